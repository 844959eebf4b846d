/* Rows are read back and compared with what was sent, where something in the database may alter them: triggers, rules, columns
 * of another type. Private to flow.
 *
 * Times that a trigger has stamped are put right by an update; where a trigger stamps that, too, it is switched off for it, if
 * the role owns the table. What is still not as it was sent stops the import, all of it named, unless --allow-altered says that
 * it may be so. */
#ifndef SIMULARK_FLOW_READBACK_H
#define SIMULARK_FLOW_READBACK_H

#include "simulark/flow/database.h"
#include "simulark/pg/copy.h"
#include "simulark/pg/trigger.h"

struct readback {
    struct pg *pg;
    const struct import_options *options;
    const struct people *people;
    struct import_report *report;
    struct triggers triggers;
    struct row_counts before[TABLE_COUNT]; /* what the session had done when the transaction began */
    int64_t put_right[TABLE_COUNT]; /* rows whose times were */
    const struct catalog *catalog;
    const struct shape *shape; /* of the rows being compared */
    struct copy_splitter splitter;
    struct buffer stamped; /* lines whose times were altered */
};

void readback_init(struct readback *b, struct pg *pg, const struct import_options *options, const struct people *people,
                   struct import_report *report);
void readback_release(struct readback *b);

/* Where there are `triggers`, of which it has been told: switches them off, if --disable-triggers says so, and counts what is
 * there before them. catalog is borrowed. */
bool readback_begin(struct readback *b, const struct catalog *catalog, const struct manifest *manifest, struct error *err);

/* Whether rows of the table must be read back after one of these events (of enum trigger_event). */
bool readback_wanted(const struct readback *b, const struct shape *shape, unsigned events);

/* Compares lines of COPY text, just written, with what is there. */
bool readback_check(struct readback *b, const struct shape *shape, const char *lines, size_t len, struct error *err);

/* After the last row: false and *err where rows are not what was sent, or triggers have added some or touched others. */
bool readback_end(struct readback *b, struct error *err);

#endif
