#include "simulark/flow/report.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

static json_t *counts_from(int64_t least, const int64_t rows[TABLE_COUNT])
{
    json_t *object = json_object();

    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (rows[i] >= least)
            json_object_set_new(object, tables[i].name, json_integer((json_int_t)rows[i]));
    return object;
}

json_t *rows_to_json(const int64_t rows[TABLE_COUNT])
{
    return counts_from(0, rows);
}

json_t *some_rows_to_json(const int64_t rows[TABLE_COUNT])
{
    return counts_from(1, rows);
}

const char *unit_action_name(enum unit_action action)
{
    static const char *const names[] = {"created", "replaced", "skipped", "copied"};

    return names[action];
}

void refusal_release(struct refusal *refusal)
{
    free(refusal->columns);
    free(refusal->value);
    *refusal = (struct refusal){0};
}

void import_report_release(struct import_report *report)
{
    for (size_t i = 0; i < report->nunits; i++) {
        free(report->units[i].old_id);
        free(report->units[i].name);
    }
    free(report->units);
    free(report->receipts);
    for (size_t i = 0; i < report->ndropped; i++)
        free(report->dropped[i]);
    free(report->dropped);
    for (size_t i = 0; i < report->naltered; i++)
        free(report->altered[i].column);
    free(report->altered);
    free(report->no_audit_reason);
    refusal_release(&report->refusal);
    *report = (struct import_report){0};
}

static void add_units(struct import_report *report, struct import_report *other)
{
    report->units = mem_grow(report->units, &report->units_capacity, report->nunits + other->nunits, sizeof *report->units);
    for (size_t i = 0; i < other->nunits; i++)
        report->units[report->nunits++] = other->units[i];
    other->nunits = 0;
}

static void add_alteration(struct import_report *report, const struct alteration *a)
{
    for (size_t i = 0; i < report->naltered; i++)
        if (report->altered[i].table == a->table && strcmp(report->altered[i].column, a->column) == 0) {
            report->altered[i].rows += a->rows;
            return;
        }
    report->altered = mem_grow(report->altered, &report->altered_capacity, report->naltered + 1, sizeof *report->altered);
    report->altered[report->naltered] = *a;
    report->altered[report->naltered++].column = mem_strdup(a->column);
}

void import_report_rows(const struct import_report *report, int64_t rows[TABLE_COUNT])
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        rows[i] = report->written[i] < 0 ? report->written[i] : report->written[i] + report->updated[i];
}

bool import_report_wrote(const struct import_report *report)
{
    int64_t rows[TABLE_COUNT];

    import_report_rows(report, rows);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (rows[i] > 0)
            return true;
    return false;
}

void import_report_add(struct import_report *report, struct import_report *other)
{
    bool wrote = import_report_wrote(other);

    for (size_t i = 0; i < TABLE_COUNT; i++) {
        report->updated[i] += other->updated[i];
        if (!report->nparts || report->written[i] < 0)
            report->written[i] = other->written[i];
        else
            report->written[i] += other->written[i];
        report->added[i] += other->added[i];
        report->touched[i] += other->touched[i];
    }
    if (wrote) {
        report->receipts =
            mem_grow(report->receipts, &report->receipts_capacity, report->nreceipts + 1, sizeof *report->receipts);
        memcpy(report->receipts[report->nreceipts++], other->receipt, sizeof report->receipt);
    }
    if (!report->nparts++ || wrote)
        memcpy(report->receipt, other->receipt, sizeof report->receipt);
    report->no_audit = other->no_audit;
    if (!report->no_audit_reason && other->no_audit_reason)
        report->no_audit_reason = mem_strdup(other->no_audit_reason);
    add_units(report, other);
    for (size_t i = 0; i < other->naltered; i++)
        add_alteration(report, &other->altered[i]);
    if (!report->ndropped) { /* the same each time */
        report->dropped = other->dropped;
        report->ndropped = other->ndropped;
        other->dropped = NULL;
        other->ndropped = 0;
    }
}
