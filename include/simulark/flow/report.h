/* What pipelines tell about themselves once they have run. Zeroed structs are ready; the caller releases them. */
#ifndef SIMULARK_FLOW_REPORT_H
#define SIMULARK_FLOW_REPORT_H

#include "simulark/base/digest.h"
#include "simulark/base/uuid.h"
#include "simulark/flow/project_sums.h"
#include "simulark/model/table.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From filter_seal: what really went through. */
struct seal_report {
    char digest[DIGEST_HEX + 1];
    int64_t rows[TABLE_COUNT]; /* -1: the table is not in the bundle */
    bool claimed;              /* the bundle carries a seal */
    bool edited;               /* … of another digest */
    bool signature_lost;       /* … and a signature, which is not passed on, as it signs another content */
    struct project_sums *projects; /* filled, where the caller sets it: NULL is not wanted */
};

/* From sink_bundle. */
struct bundle_report {
    int64_t bytes;     /* of all files */
    bool has_signature; /* one is in it, or beside it */
};

/* {"projects": 2, …} of counts by table index; negative ones are left out. The caller owns it. */
json_t *rows_to_json(const int64_t rows[TABLE_COUNT]);
/* The same without tables of no rows. */
json_t *some_rows_to_json(const int64_t rows[TABLE_COUNT]);

enum unit_action { UNIT_CREATED, UNIT_REPLACED, UNIT_SKIPPED, UNIT_COPIED };

const char *unit_action_name(enum unit_action action);

struct unit {
    const struct table *table;
    char id[UUID_TEXT + 1]; /* in the database */
    char *old_id;           /* in the bundle; NULL: the same */
    char *name;
    enum unit_action action;
    bool minor; /* a tier, or a chat of no project: in the receipt alone */
};

/* A column whose rows are not as they were sent: triggers or another type made something else of them. */
struct alteration {
    const struct table *table;
    char *column;
    int64_t rows;
};

/* A row that the database refused. */
struct refusal {
    const struct table *table; /* NULL: no row was refused */
    int64_t row;   /* which of the table's in the bundle, from 1 on; 0: unknown */
    size_t parcel; /* … of those in this parcel of the bundle, where it was cut into some */
    char *columns; /* of a key that it was about: "id", "graph_id, label"; NULL: it was about none */
    char *value;   /* of the key, as the database was given it */
    bool repeated; /* another row has the same key */
};

void refusal_release(struct refusal *refusal);

/* From sink_database. */
struct import_report {
    char receipt[UUID_TEXT + 1];
    bool no_audit;         /* the receipt could not be kept: */
    char *no_audit_reason; /* why; NULL: the target has no audit_logs */

    size_t nparts;                   /* imports that were added to this one */
    char (*receipts)[UUID_TEXT + 1]; /* theirs, but for those that changed nothing */
    size_t nreceipts;
    size_t receipts_capacity;

    int64_t written[TABLE_COUNT]; /* rows that went in; -1: the table is not in the bundle */
    int64_t updated[TABLE_COUNT]; /* rows that were there and were given the bundle's values */
    int64_t added[TABLE_COUNT];   /* rows that triggers have put beside them; allowed by --allow-altered */
    int64_t touched[TABLE_COUNT]; /* rows that triggers have changed or deleted once they were there; likewise */
    struct alteration *altered;   /* allowed, too */
    size_t naltered;
    size_t altered_capacity;
    char **dropped; /* "projects.color": columns that were left out because the target lacks them */
    size_t ndropped;
    size_t dropped_capacity;

    struct unit *units; /* in the bundle's order */
    size_t nunits;
    size_t units_capacity;

    struct refusal refusal; /* where it failed */
};

void import_report_release(struct import_report *report);

/* Rows of each table that went in or were given other values; -1: the table is not in the bundle. */
void import_report_rows(const struct import_report *report, int64_t rows[TABLE_COUNT]);
/* Whether there is any such row; if not, there is nothing that a receipt were good for. */
bool import_report_wrote(const struct import_report *report);

/* Adds what another import did, and takes it over: of the other only release may follow. */
void import_report_add(struct import_report *report, struct import_report *other);

#endif
