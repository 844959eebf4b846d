/* The schema's SQL, made from the table of tables, and drift from it. */
#ifndef SIMULARK_PG_SCHEMA_H
#define SIMULARK_PG_SCHEMA_H

#include "simulark/base/buffer.h"
#include "simulark/base/error.h"
#include "simulark/pg/connection.h"

/* Appends the statements that make the thirteen tables, keys, checks, indexes and default tiers in this schema: what
 * `schema print` prints. They can be run on an instance that has some or all of them. */
void schema_sql(struct buffer *sql, const char *schema);

/* Runs them in one transaction; *made tells how many tables were not there before. */
bool schema_apply(struct pg *pg, size_t *made, struct error *err);
/* Appends the command that does that here, for a hint. */
void schema_append_command(const struct pg *pg, struct buffer *text);

struct drift {
    char *table;
    char *column; /* or constraint or index; NULL: the table as a whole */
    char *problem; /* "is missing", "is text, not uuid" */
};

struct drifts {
    struct drift *items;
    size_t count;
    size_t capacity;
};

/* Compares the instance's catalog with the table of tables. Extra columns are drift, too; extra tables are not. */
bool schema_check(struct pg *pg, struct drifts *drifts, struct error *err);
void drifts_release(struct drifts *drifts);

#endif
