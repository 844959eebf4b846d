#include "select_inside.h"
#include "simulark/pg/copy_binary.h"
#include "simulark/pg/missing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which rows ---- */

/* The conditions that pick rows of projects and accounts; t is the table. A project's chats are everybody's in it; a chat
 * without a project goes with its author's account. */
static const char *const conditions[TABLE_COUNT] = {
    [TABLE_USERS] = "t.id = ANY (" ACCOUNTS ")",
    [TABLE_CONTEXTS] = "t.user_id = ANY (" ACCOUNTS ")",
    [TABLE_PROJECTS] = "t.id = ANY (" SELECTED ")",
    [TABLE_GRAPHS] = "t.project_id = ANY (" SELECTED ")",
    [TABLE_NODES] = "t.graph_id IN (SELECT g.id FROM %graphs g WHERE g.project_id = ANY (" SELECTED "))",
    [TABLE_EDGES] = "t.graph_id IN (SELECT g.id FROM %graphs g WHERE g.project_id = ANY (" SELECTED "))",
    [TABLE_CHATS] = "(t.project_id = ANY (" OWNED ") OR (t.project_id IS NULL AND t.user_id = ANY (" ACCOUNTS ")))",
    [TABLE_MESSAGES] = "t.chat_id IN (SELECT h.id FROM %chats h WHERE h.project_id = ANY (" OWNED ")"
                       " OR (h.project_id IS NULL AND h.user_id = ANY (" ACCOUNTS ")))",
    [TABLE_API_KEYS] = "t.user_id = ANY (" ACCOUNTS ")",
    [TABLE_AUDIT_LOGS] = "t.user_id = ANY (" ACCOUNTS ")",
    [TABLE_USAGE_ANALYTICS] = "t.user_id = ANY (" ACCOUNTS ")",
};

#define OWNERS_CONTEXTS "t.user_id IN (SELECT p.user_id FROM %projects p WHERE p.id = ANY (" OWNED "))"

static const char *condition(const struct selection *selection, const struct table *table)
{
    if (selection->kind == KIND_INSTANCE)
        return "true";
    if (selection->kind == KIND_PROJECT && table_is(table, "contexts"))
        return selection->contexts == CONTEXTS_REFERENCED ? OWNERS_CONTEXTS " AND t.id = ANY (" MENTIONED ")" : OWNERS_CONTEXTS;
    return conditions[table_index(table)];
}

bool select_can_hold(const struct selection *selection, const struct table *table)
{
    static const unsigned scopes[] = {
        [KIND_PROJECT] = SCOPE_PROJECT, [KIND_ACCOUNT] = SCOPE_ACCOUNT, [KIND_INSTANCE] = SCOPE_INSTANCE};

    if (selection->kind == KIND_PROJECT && selection->contexts == CONTEXTS_NONE && table_is(table, "contexts"))
        return false;
    return table->scopes & (scopes[selection->kind] | selection->extra_scopes);
}

static bool is_selected(const struct selection *selection, const struct table *table)
{
    return select_can_hold(selection, table) && !selection->left_out[table_index(table)];
}

static void append_rows(struct buffer *sql, const struct pg *pg, const struct selection *selection, const struct table *table)
{
    buffer_text(sql, " FROM ");
    pg_append_table(pg, sql, table->name);
    buffer_text(sql, " t WHERE ");
    pg_append_sql(pg, sql, condition(selection, table));
}

/* ---- contexts that are mentioned ---- */

/* In some instances it is json, not jsonb. */
static bool holds_json(const struct shape_column *column)
{
    return (column->known ? column->known->type : column->type) == TYPE_JSONB || strcmp(column->sql_type, "json") == 0;
}

/* Appends a query of all JSON that the selected rows of a table hold. */
static void append_documents(struct buffer *sql, const struct pg *pg, const struct selection *selection,
                             const struct shape *have)
{
    size_t count = 0;

    for (size_t c = 0; c < have->ncolumns; c++) {
        if (!holds_json(&have->columns[c]))
            continue;
        buffer_text(sql, count++ ? ", t." : " UNION ALL SELECT pg_catalog.jsonb_build_array(t.");
        pg_append_name(sql, have->columns[c].name);
        buffer_text(sql, "::jsonb");
    }
    if (!count)
        return;
    buffer_byte(sql, ')');
    append_rows(sql, pg, selection, have->table);
}

/* Contexts whose id stands as a whole JSON string in what is selected of the projects. */
static bool note_mentioned_contexts(struct pg *pg, const struct selection *selection, const struct catalog *catalog,
                                    struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;
    bool ok;

    pg_append_sql(pg, &sql, "SELECT COALESCE(pg_catalog.array_agg(DISTINCT c.id), '{}') FROM %contexts c WHERE c.id IN ("
                            " SELECT (m.id[1])::uuid FROM (SELECT NULL::jsonb AS doc");
    for (size_t i = TABLE_PROJECTS; i <= TABLE_MESSAGES; i++)
        if (is_selected(selection, &tables[i]))
            append_documents(&sql, pg, selection, &catalog->shapes[i]);
    buffer_text(&sql, ") docs, LATERAL pg_catalog.regexp_matches(docs.doc::text,"
                      " '\"([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})\"', 'g') m (id))");
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    ok = result && pg_note(pg, "simulark.contexts", pg_result_text(result, 0, 0), err);
    buffer_release(&sql);
    pg_result_free(result);
    return ok;
}

/* ---- the header ---- */

static bool add_tables(struct pg *pg, const struct selection *selection, const struct catalog *catalog,
                       struct manifest *manifest, struct error *err)
{
    bool missing[TABLE_COUNT] = {false};
    bool any = false;

    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct shape *have = &catalog->shapes[i];
        struct shape *shape;

        if (!is_selected(selection, &tables[i]))
            continue;
        if (!have->ncolumns) {
            missing[i] = true;
            any = true;
            continue;
        }
        shape = manifest_add_table(manifest, &tables[i]);
        for (size_t c = 0; c < have->ncolumns; c++)
            shape_add_column(shape, have->columns[c].name, have->columns[c].sql_type);
    }
    return !any || missing_refuse(pg, catalog, missing, err);
}

static bool count_rows(struct pg *pg, const struct selection *selection, struct manifest *manifest, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT pg_catalog.to_char(pg_catalog.now(), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    for (size_t i = 0; i < manifest->nshapes; i++) {
        buffer_text(&sql, ", (SELECT pg_catalog.count(*)");
        append_rows(&sql, pg, selection, manifest->shapes[i].table);
        buffer_byte(&sql, ')');
    }
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    buffer_release(&sql);
    if (!result)
        return false;
    manifest->created_at = pg_result_dup(result, 0, 0);
    for (size_t i = 0; i < manifest->nshapes; i++)
        manifest->shapes[i].rows = pg_result_number(result, 0, i + 1);
    pg_result_free(result);
    return true;
}

#define PEOPLE_OF(projects)                                                                                                  \
    "SELECT p.user_id FROM %projects p WHERE p.id = ANY (" projects ")"                                                      \
    " UNION SELECT pg_catalog.unnest(" ACCOUNTS ")"
#define AUTHORS " UNION SELECT h.user_id FROM %chats h WHERE h.project_id = ANY (" OWNED ")"

/* Everybody whose id a selected row may hold, but for those whose own rows are in the bundle. */
static bool add_people(struct pg *pg, const struct selection *selection, const struct catalog *catalog,
                       struct manifest *manifest, struct error *err)
{
    static const char everybody[] = "SELECT u.id, u.email FROM %users u ORDER BY u.id";
    /* The e-mail of somebody else whose public project a user takes is none of theirs. */
    static const char concerned[] = "SELECT u.id, CASE WHEN u.id IN (" PEOPLE_OF(OWNED) AUTHORS ") THEN u.email END"
                                    " FROM %users u WHERE u.id IN (" PEOPLE_OF(SELECTED) AUTHORS ")";
    static const char without_chats[] = "SELECT u.id, CASE WHEN u.id IN (" PEOPLE_OF(OWNED) ") THEN u.email END"
                                        " FROM %users u WHERE u.id IN (" PEOPLE_OF(SELECTED) ")";
    bool chats = catalog_has(catalog, table_find("chats"));
    bool has_rows = manifest_shape(manifest, table_find("users")) != NULL;
    struct pg_result *result;
    struct buffer sql = BUFFER_INIT;

    if (selection->kind == KIND_INSTANCE && has_rows)
        return true;
    buffer_text(&sql, selection->kind == KIND_INSTANCE ? everybody : chats ? concerned : without_chats);
    if (has_rows)
        buffer_text(&sql, " AND u.id <> ALL (" ACCOUNTS ")");
    if (selection->kind != KIND_INSTANCE)
        buffer_text(&sql, " ORDER BY u.id");
    result = pg_ask(pg, buffer_string(&sql), NULL, err);
    buffer_release(&sql);
    for (size_t row = 0; result && row < pg_result_rows(result); row++)
        manifest_add_person(manifest, pg_result_text(result, row, 0), pg_result_text(result, row, 1));
    pg_result_free(result);
    return result != NULL;
}

/* The templates the projects came from, as `template use` noted them. */
static bool add_requirements(struct pg *pg, const struct selection *selection, const struct catalog *catalog,
                             struct manifest *manifest, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    if (!catalog_has_column(catalog, "projects", "settings"))
        return true;

    buffer_text(&sql, "SELECT COALESCE(pg_catalog.jsonb_agg(DISTINCT t.settings::jsonb->'template'), '[]')");
    append_rows(&sql, pg, selection, table_find("projects"));
    buffer_text(&sql, " AND pg_catalog.jsonb_typeof(t.settings::jsonb->'template') = 'object'");
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    buffer_release(&sql);

    if (!result)
        return false;
    manifest->requires_templates = json_loads(pg_result_text(result, 0, 0), 0, NULL);
    pg_result_free(result);
    return true;
}

bool select_describe(struct pg *pg, const struct selection *selection, const struct catalog *catalog,
                     struct manifest *manifest, struct error *err)
{
    if (selection->kind == KIND_PROJECT && selection->contexts == CONTEXTS_REFERENCED &&
        !note_mentioned_contexts(pg, selection, catalog, err))
        return false;
    return add_tables(pg, selection, catalog, manifest, err) && count_rows(pg, selection, manifest, err) &&
           add_people(pg, selection, catalog, manifest, err) && add_requirements(pg, selection, catalog, manifest, err);
}

/* ---- the rows ---- */

static void append_copy(struct buffer *sql, const struct pg *pg, const struct selection *selection, const struct shape *shape)
{
    buffer_text(sql, "COPY (SELECT ");
    pg_append_columns(sql, "t.", shape);
    append_rows(sql, pg, selection, shape->table);
}

static void append_order(struct buffer *sql, const struct shape *shape)
{
    buffer_text(sql, " ORDER BY ");
    if (shape->table->parent)
        buffer_printf(sql, "t.%s, ", shape->table->parent);
    buffer_text(sql, "t.id) TO STDOUT");
    if (copy_binary_takes(shape))
        buffer_text(sql, " (FORMAT binary)");
}

bool select_copy(struct pg *pg, const struct selection *selection, const struct shape *shape, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    bool ok;

    append_copy(&sql, pg, selection, shape);
    append_order(&sql, shape);
    ok = pg_copy_out(pg, buffer_string(&sql), err);
    buffer_release(&sql);
    return ok;
}

/* ---- pieces ---- */

void select_bounds_setting(const struct table *table, struct buffer *name)
{
    buffer_printf(name, "simulark.bounds_%s", table->name);
}

bool select_divide(struct pg *pg, const struct selection *selection, const struct shape *shape, int64_t rows,
                   struct buffer *bounds, size_t *pieces, struct error *err)
{
    const char *parent = shape->table->parent;
    int column = parent ? shape_column(shape, parent) : -1;
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;
    char wanted[24];

    *pieces = 1;
    if (selection->kind != KIND_INSTANCE || shape->rows < 2 * rows || column < 0 ||
        strcmp(shape->columns[column].sql_type, "uuid") != 0)
        return true;
    snprintf(wanted, sizeof wanted, "%lld", (long long)(shape->rows / rows));
    buffer_text(&sql, "SELECT COALESCE(pg_catalog.array_agg(b.id ORDER BY b.id), '{}'), pg_catalog.count(*) FROM"
                      " (SELECT p.id, pg_catalog.row_number() OVER (ORDER BY p.id) AS number,"
                      "  pg_catalog.count(*) OVER () AS total FROM ");
    pg_append_table(pg, &sql, table_column(shape->table, parent)->references);
    buffer_text(&sql, " p) b WHERE b.number % GREATEST(b.total / $1::bigint, 1) = 0");
    result = pg_query(pg, buffer_string(&sql), 1, &(const char *){wanted}, err);
    buffer_release(&sql);
    if (!result)
        return false;
    buffer_text(bounds, pg_result_text(result, 0, 0));
    if (pg_result_number(result, 0, 1))
        *pieces = (size_t)pg_result_number(result, 0, 1) + 2; /* what is below the first, and what has no parent */
    pg_result_free(result);
    return true;
}

static void append_bound(struct buffer *sql, const struct table *table, const char *operator, size_t number)
{
    buffer_printf(sql, " AND t.%s %s (SELECT (pg_catalog.current_setting('", table->parent, operator);
    select_bounds_setting(table, sql);
    buffer_printf(sql, "')::uuid[])[%zu])", number);
}

void select_append_piece(struct buffer *sql, const struct pg *pg, const struct selection *selection, const struct shape *shape,
                         size_t piece, size_t pieces)
{
    const struct table *table = shape->table;

    append_copy(sql, pg, selection, shape);
    if (pieces > 1 && piece == pieces - 1) {
        buffer_printf(sql, " AND t.%s IS NULL", table->parent);
    } else if (pieces > 1) {
        if (piece > 0)
            append_bound(sql, table, ">=", piece);
        if (piece < pieces - 2)
            append_bound(sql, table, "<", piece + 1);
    }
    append_order(sql, shape);
}
