#include "surplus.h"

#include <stdlib.h>

/* computed: what a column has by default, where that is no constant; NULL: nothing of the kind. */
static void append(struct buffer *found, const char *table, const char *column, long long rows, const char *computed)
{
    if (!rows)
        return;
    buffer_printf(found, "%s%s%s%s (%lld row%s", found->len ? ", " : "", table, column ? "." : "", column ? column : "", rows,
                  rows == 1 ? "" : "s");
    if (computed)
        buffer_printf(found, "; the default is %s, so nothing tells what was edited", computed);
    buffer_byte(found, ')');
}

/* The columns that are there and not in the bundle. */
static void shape_beyond(const struct shape *there, const struct shape *held, struct shape *beyond)
{
    *beyond = (struct shape){.table = there->table};
    for (size_t i = 0; i < there->ncolumns; i++)
        if (shape_column(held, there->columns[i].name) < 0)
            shape_add_column(beyond, there->columns[i].name, there->columns[i].sql_type);
}

static bool find_values(struct pg *pg, const struct shape *beyond, struct buffer *found, struct error *err)
{
    struct pg_result *counts = removal_count_values(pg, beyond, err);

    for (size_t i = 0; counts && i < beyond->ncolumns; i++)
        append(found, beyond->table->name, beyond->columns[i].name, pg_result_number(counts, 0, 2 * i),
               pg_result_text(counts, 0, 2 * i + 1));
    pg_result_free(counts);
    return counts != NULL;
}

static bool find_rows(struct pg *pg, const struct table *table, struct buffer *found, struct error *err)
{
    int64_t all;
    int64_t others;

    if (!removal_count(pg, table, &all, &others, err))
        return false;
    append(found, table->name, NULL, (long long)all, NULL);
    return true;
}

static bool find_leading_in(struct pg *pg, const struct catalog *catalog, struct buffer *found, struct error *err)
{
    int64_t count;

    if (!removal_count_leading_in(pg, catalog, &count, err))
        return false;
    append(found, "edges that lead to its nodes from other projects", NULL, (long long)count, NULL);
    return true;
}

bool surplus_find(struct pg *pg, const struct catalog *catalog, const struct manifest *manifest, struct buffer *found,
                  struct error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < TABLE_COUNT; i++) {
        const struct shape *there = &catalog->shapes[i];
        const struct shape *held = manifest_shape(manifest, &tables[i]);
        struct shape beyond = {0};

        if (!there->ncolumns || !table_is_of_project(&tables[i]))
            continue;
        if (held)
            shape_beyond(there, held, &beyond);
        if (!held)
            ok = find_rows(pg, there->table, found, err);
        else if (beyond.ncolumns)
            ok = find_values(pg, &beyond, found, err);
        shape_release(&beyond);
    }
    return ok && find_leading_in(pg, catalog, found, err);
}

bool surplus_count(struct pg *pg, const struct catalog *catalog, int64_t counts[TABLE_COUNT], struct error *err)
{
    int64_t all;
    int64_t others;
    bool ok = true;

    for (size_t i = 0; ok && i < TABLE_COUNT; i++) {
        if (!catalog->shapes[i].ncolumns || !table_is_of_project(&tables[i]))
            continue;
        ok = removal_count(pg, &tables[i], &all, &others, err);
        counts[i] += ok ? all : 0;
    }
    return ok;
}
