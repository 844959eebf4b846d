#include "simulark/pg/catalog.h"

#include "simulark/pg/schema.h"

#include <stdlib.h>
#include <string.h>

/* Known columns come in the model's order, whatever order the instance made them in. */
static const char columns_sql[] =
    "SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)"
    " FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
    " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f')"
    " ORDER BY c.relname, a.attnum";

static void take_column(struct catalog *catalog, const struct pg_result *result, size_t row, bool known)
{
    const struct table *table = table_find(pg_result_text(result, row, 0));
    const char *name = pg_result_text(result, row, 1);

    if (table && (table_column(table, name) != NULL) == known)
        shape_add_column(&catalog->shapes[table_index(table)], name, pg_result_text(result, row, 2));
}

static int by_model(const void *a, const void *b)
{
    const struct shape_column *left = a;
    const struct shape_column *right = b;

    return left->known < right->known ? -1 : left->known > right->known;
}

void catalog_question(struct pg *pg, struct pg_question *question)
{
    buffer_text(&question->text, columns_sql);
    question->params[question->nparams++] = pg_schema(pg);
}

void catalog_take(struct catalog *catalog, const struct pg_result *result)
{
    catalog_release(catalog);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        catalog->shapes[i].table = &tables[i];
    for (size_t row = 0; row < pg_result_rows(result); row++)
        take_column(catalog, result, row, true);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (catalog->shapes[i].ncolumns)
            qsort(catalog->shapes[i].columns, catalog->shapes[i].ncolumns, sizeof *catalog->shapes[i].columns, by_model);
    for (size_t row = 0; row < pg_result_rows(result); row++)
        take_column(catalog, result, row, false);
}

bool catalog_read(struct pg *pg, struct catalog *catalog, struct error *err)
{
    struct pg_question question = {0};
    struct pg_result *result;

    catalog_question(pg, &question);
    result = pg_ask_one(pg, &question, err);
    if (result)
        catalog_take(catalog, result);
    pg_result_free(result);
    return result != NULL;
}

const char *catalog_table_array(struct buffer *array, const bool wanted[TABLE_COUNT])
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (!wanted || wanted[i])
            pg_array_add(array, tables[i].name, strlen(tables[i].name));
    return pg_array_end(array);
}

void catalog_release(struct catalog *catalog)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        shape_release(&catalog->shapes[i]);
}

void catalog_mark_tables(const struct pg_result *result, bool named[TABLE_COUNT])
{
    for (size_t row = 0; row < pg_result_rows(result); row++) {
        const struct table *table = table_find(pg_result_text(result, row, 0));

        if (table)
            named[table_index(table)] = true;
    }
}

bool catalog_may_drop(const struct shape_column *column)
{
    return strcmp(column->name, "id") != 0 && !(column->known && column->known->references);
}

static void hint_at_lacking(const struct pg *pg, bool columns, struct error *err)
{
    struct buffer apply = BUFFER_INIT;

    schema_append_command(pg, &apply);
    if (columns)
        error_hint(err, "`%s` makes the tables of the schema; add the columns by hand, or leave them behind with "
                        "--drop-unknown-columns.", buffer_string(&apply));
    else
        error_hint(err, "`%s` makes tables that are missing; `simulark schema check` tells all that differs.",
                   buffer_string(&apply));
    buffer_release(&apply);
}

bool catalog_can_take(const struct pg *pg, const struct catalog *catalog, const struct manifest *manifest, bool drop,
                      struct error *err)
{
    bool columns = false;

    for (size_t i = 0; i < manifest->nshapes; i++) {
        const struct shape *needed = &manifest->shapes[i];
        const struct shape *have = &catalog->shapes[table_index(needed->table)];

        if (needed->rows == 0)
            continue;
        if (!have->ncolumns) {
            if (!manifest->by_hand)
                error_detail(err, "the table %s", needed->table->name);
            continue;
        }
        for (size_t c = 0; c < needed->ncolumns; c++) {
            if (shape_column(have, needed->columns[c].name) >= 0 || (drop && catalog_may_drop(&needed->columns[c])))
                continue;
            error_detail(err, "the column %s.%s (%s)", needed->table->name, needed->columns[c].name,
                         needed->columns[c].sql_type);
            columns = true;
        }
    }
    if (!err->ndetails)
        return true;
    error_set(err, STATUS_CONFLICT, "The database lacks what the bundle needs.");
    hint_at_lacking(pg, columns, err);
    return false;
}
