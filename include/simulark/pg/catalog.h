/* What an instance really has: its tables and columns, read from the system catalog before anything else is done. */
#ifndef SIMULARK_PG_CATALOG_H
#define SIMULARK_PG_CATALOG_H

#include "simulark/base/error.h"
#include "simulark/model/manifest.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/question.h"

#include <stdbool.h>

struct catalog {
    /* For each table in load order: its columns, known ones first in schema order, then the others; generated columns are left
     * out. No columns: the instance has no such table (views are no tables). */
    struct shape shapes[TABLE_COUNT];
};

/* A zeroed struct is ready; what was read before is forgotten. The caller releases it. */
bool catalog_read(struct pg *pg, struct catalog *catalog, struct error *err);
/* The same, to be asked together with others. */
void catalog_question(struct pg *pg, struct pg_question *question);
void catalog_take(struct catalog *catalog, const struct pg_result *result);
void catalog_release(struct catalog *catalog);

static inline const struct shape *catalog_shape(const struct catalog *catalog, const struct table *table)
{
    return &catalog->shapes[table_index(table)];
}

static inline bool catalog_has(const struct catalog *catalog, const struct table *table)
{
    return catalog_shape(catalog, table)->ncolumns > 0;
}

/* The same for a column of one of the model's tables, both by name. */
static inline bool catalog_has_column(const struct catalog *catalog, const char *table, const char *column)
{
    return shape_column(catalog_shape(catalog, table_find(table)), column) >= 0;
}

/* An array literal of the names of the model's tables: of all (NULL), or of those that are wanted. array is an empty buffer. */
const char *catalog_table_array(struct buffer *array, const bool wanted[TABLE_COUNT]);

/* Marks the tables of the model that a result names in its first column; NULL names none. */
void catalog_mark_tables(const struct pg_result *result, bool named[TABLE_COUNT]);

/* Whether rows make sense without the column: it is neither a key nor a reference of the schema. */
bool catalog_may_drop(const struct shape_column *column);

/* Whether the instance can take everything these shapes carry; with `drop`, but for columns that may be dropped. Lists every
 * table and column that is lacking (STATUS_CONFLICT); empty tables are not asked for. */
bool catalog_can_take(const struct pg *pg, const struct catalog *catalog, const struct manifest *manifest, bool drop,
                      struct error *err);

#endif
