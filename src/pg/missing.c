#include "simulark/pg/missing.h"

#include <string.h>

/* What else the schema holds: no table of ours, or a view of the name of one. */
static const char others_sql[] =
    "SELECT c.relname, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f', 'v', 'm') ORDER BY c.relname";

static bool is_wanted(const bool *missing, const char *name)
{
    const struct table *table = table_find(name);

    return table && missing[table_index(table)];
}

/* Where an older instance keeps what the table would hold. */
static void find_old_places(const struct catalog *catalog, const bool *missing, struct error *err)
{
    static const struct {
        const char *table, *place_table, *place_column;
    } places[] = {
        {"graphs", "projects", "nodes"},
        {"graphs", "projects", "edges"},
        {"graphs", "projects", "graph_data"},
        {"messages", "chats", "messages"},
    };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct shape *shape = catalog_shape(catalog, table_find(places[i].place_table));
        int at = shape_column(shape, places[i].place_column);

        if (is_wanted(missing, places[i].table) && at >= 0)
            error_detail(err, "%s.%s is there, where an older Simulark keeps %s: it travels as a column of %s",
                         places[i].place_table, places[i].place_column, places[i].table, places[i].place_table);
    }
}

static void find_others(const struct pg_result *others, const bool *missing, struct error *err)
{
    for (size_t i = 0; i < pg_result_rows(others); i++) {
        const char *name = pg_result_text(others, i, 0);
        const char *kind = pg_result_text(others, i, 1);

        if (is_wanted(missing, name) && strcmp(kind, "view") == 0)
            error_detail(err, "%s is a view, and rows are taken from tables only", name);
        else if (is_wanted(missing, "messages") && strcmp(name, "chat_messages") == 0)
            error_detail(err, "the %s chat_messages is there, where an older Simulark keeps messages: it does not travel", kind);
    }
}

/* The tables to leave out: those that are missing, and those whose rows are known by one of them. */
static void append_exclusion(const bool *missing, struct buffer *list)
{
    bool out[TABLE_COUNT] = {0};

    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct column *parent = tables[i].parent ? table_column(&tables[i], tables[i].parent) : NULL;

        out[i] = missing[i] || (parent && out[table_index(table_find(parent->references))]);
        if (out[i])
            buffer_printf(list, "%s%s", list->len ? "," : "", tables[i].name);
    }
}

bool missing_check_any(const struct pg *pg, const struct catalog *catalog, struct error *err)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (catalog_has(catalog, &tables[i]))
            return true;
    error_set(err, STATUS_CONFLICT, "The database has no tables of Simulark in the schema %s.", pg_schema(pg));
    error_hint(err, "Is it the right database, and --schema the right schema?");
    return false;
}

bool missing_refuse(struct pg *pg, const struct catalog *catalog, const bool missing[TABLE_COUNT], struct error *err)
{
    const char *schema = pg_schema(pg);
    struct pg_result *others = pg_query(pg, others_sql, 1, &schema, err);
    struct buffer list = BUFFER_INIT;

    if (!others)
        return false;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (missing[i])
            error_detail(err, "the table %s", tables[i].name);
    find_old_places(catalog, missing, err);
    find_others(others, missing, err);
    pg_result_free(others);
    append_exclusion(missing, &list);
    error_set(err, STATUS_CONFLICT, "The database lacks tables of the schema; perhaps it is of an older Simulark.");
    error_hint(err, "--exclude %s takes the rest; `simulark schema check` tells all that differs.", buffer_string(&list));
    buffer_release(&list);
    return false;
}
