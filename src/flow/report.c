#include "simulark/flow/report.h"

#include <stdlib.h>

const char *unit_action_name(enum unit_action action)
{
    static const char *const names[] = {"created", "replaced", "skipped", "copied"};

    return names[action];
}

void import_report_release(struct import_report *report)
{
    for (size_t i = 0; i < report->nunits; i++)
        free(report->units[i].name);
    free(report->units);
    for (size_t i = 0; i < report->ndropped; i++)
        free(report->dropped[i]);
    free(report->dropped);
    for (size_t i = 0; i < report->naltered; i++)
        free(report->altered[i].column);
    free(report->altered);
    free(report->no_audit_reason);
    *report = (struct import_report){0};
}
