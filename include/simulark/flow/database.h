/* Databases as ends of pipelines. Both borrow the connection they work on. What flows is the stream's contract; see
 * flow/stream.h. */
#ifndef SIMULARK_FLOW_DATABASE_H
#define SIMULARK_FLOW_DATABASE_H

#include "simulark/flow/people.h"
#include "simulark/flow/report.h"
#include "simulark/flow/rules.h"
#include "simulark/flow/stream.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/select.h"

#include <jansson.h>
#include <stdbool.h>

/* Rows of a database, from one snapshot. */
struct source *source_database(struct pg *pg, const struct selection *selection);

/* The same, to be run twice: the second time it gives the same snapshot again. */
struct source *source_database_twice(struct pg *pg, const struct selection *selection);

/* Rows go into a database, in one transaction that ends with finish. */
struct import_options {
    enum on_conflict { CONFLICT_FAIL, CONFLICT_SKIP, CONFLICT_REPLACE, CONFLICT_COPY } on_conflict;
    bool new_ids;          /* ids were derived from the bundle: what is there already is the same, brought in before */
    bool force;            /* replace even what was changed after the export */
    bool disable_triggers; /* of people's own, while rows come in */
    bool allow_altered;    /* rows may become something else by triggers or other types */
    bool parcel;           /* one of many imports of a bundle: one that changes nothing leaves no receipt */
    bool dry_run;          /* roll back at the end */
    const char *file_name; /* of the bundle, without its folder, for the audit log */
    struct rules *rules;   /* who acts; they get the catalog of the transaction */
    const char *action;    /* in the audit log; NULL: import */
    json_t *details;       /* more of it there; NULL: none */
};

struct sink *sink_database(struct pg *pg, const struct import_options *options, struct people *people,
                           struct import_report *report);

#endif
