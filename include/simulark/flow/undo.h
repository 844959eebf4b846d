/* Taking back an import: exactly what it brought, and only if nobody has touched it since.
 *
 * What counts as touched: a row changed or gone, a row that somebody put into a project of the import, anything else that a
 * user or tier of the import has by now. Units that were skipped are not the import's; of replaced ones only the new form is
 * left, so they stay, and unless forced they stop the undo. Audit logs of what was done, and counts of what was used, stay. */
#ifndef SIMULARK_FLOW_UNDO_H
#define SIMULARK_FLOW_UNDO_H

#include "simulark/base/error.h"
#include "simulark/model/table.h"
#include "simulark/pg/connection.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct undo_options {
    const char *receipt; /* its id */
    bool force;          /* what was touched goes, too; users and tiers that something else hangs on stay */
    bool dry_run;
};

/* A zeroed struct is ready; the caller releases it. */
struct undo_report {
    char *undone_at;              /* it was taken back before, then; nothing was done. NULL: it is now */
    int64_t removed[TABLE_COUNT]; /* rows; -1: the database has no such table */
    json_t *kept;                 /* [{"kind","id","why"}] */
};

void undo_report_release(struct undo_report *report);

/* One transaction. What was touched is STATUS_CONFLICT, all of it named. */
bool undo_run(struct pg *pg, const struct undo_options *options, struct undo_report *report, struct error *err);

#endif
