#include "simulark/pg/select.h"

#include "simulark/base/memory.h"
#include "simulark/base/uuid.h"

#include <stdlib.h>
#include <string.h>

/* The ids stand in settings of the transaction: the statements' text is always the same, works through a pooler, and holds no
 * data. current_setting() is stable, so indexes are used as for a constant. */
#define SELECTED "pg_catalog.current_setting('simulark.projects')::uuid[]"
#define MENTIONED "pg_catalog.current_setting('simulark.contexts')::uuid[]"

/* "%" stands for the quoted schema and a dot. */
static void append_sql(struct buffer *sql, const struct pg *pg, const char *text)
{
    for (; *text; text++) {
        if (*text == '%') {
            pg_append_name(sql, pg_schema(pg));
            buffer_byte(sql, '.');
        } else {
            buffer_byte(sql, *text);
        }
    }
}

static struct pg_result *query(struct pg *pg, const char *text, const char *param, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    append_sql(&sql, pg, text);
    result = pg_query(pg, buffer_string(&sql), param ? 1 : 0, &param, err);
    buffer_release(&sql);
    return result;
}

static bool note(struct pg *pg, const char *setting, const char *value, struct error *err)
{
    const char *params[] = {setting, value};
    struct pg_result *result = pg_query(pg, "SELECT pg_catalog.set_config($1, $2, true)", 2, params, err);

    pg_result_free(result);
    return result != NULL;
}

/* ---- names to ids ---- */

static bool matches(const struct pg_result *result, size_t row, const char *wanted)
{
    struct uuid id;
    char text[UUID_TEXT + 1];

    if (uuid_parse(&id, wanted, strlen(wanted))) {
        uuid_format(&id, text);
        if (strcmp(pg_result_text(result, row, 0), text) == 0)
            return true;
    }
    return strcmp(pg_result_text(result, row, 1), wanted) == 0;
}

static void pick_project(const struct pg_result *result, const char *wanted, struct buffer *ids, struct error *err)
{
    size_t found = 0;
    const char *id = NULL;

    for (size_t row = 0; row < pg_result_rows(result); row++)
        if (matches(result, row, wanted)) {
            id = pg_result_text(result, row, 0);
            found++;
        }
    if (found == 1) {
        pg_array_add(ids, id, strlen(id));
        return;
    }
    if (found == 0)
        error_detail(err, "no project has the id or name \"%s\"", wanted);
    for (size_t row = 0; found > 1 && row < pg_result_rows(result); row++)
        if (matches(result, row, wanted))
            error_detail(err, "\"%s\" is the name of %s, which belongs to %s", wanted, pg_result_text(result, row, 0),
                         pg_result_text(result, row, 2));
}

bool select_resolve(struct pg *pg, const struct selection *selection, struct error *err)
{
    struct buffer wanted = BUFFER_INIT;
    struct buffer ids = BUFFER_INIT;
    struct pg_result *result;
    bool ok = false;

    for (size_t i = 0; i < selection->nprojects; i++) {
        struct uuid id;
        char text[UUID_TEXT + 1];

        pg_array_add(&wanted, selection->projects[i], strlen(selection->projects[i]));
        if (uuid_parse(&id, selection->projects[i], strlen(selection->projects[i]))) {
            uuid_format(&id, text);
            pg_array_add(&ids, text, UUID_TEXT);
        }
    }
    {
        const char *params[] = {pg_array_end(&wanted), pg_array_end(&ids)};
        struct buffer sql = BUFFER_INIT;

        append_sql(&sql, pg,
                   "SELECT p.id, p.name, u.email FROM %projects p LEFT JOIN %users u ON u.id = p.user_id"
                   " WHERE p.name = ANY ($1::text[]) OR p.id = ANY ($2::uuid[]) ORDER BY p.name, p.id");
        result = pg_query(pg, buffer_string(&sql), 2, params, err);
        buffer_release(&sql);
    }
    if (!result)
        goto out;
    buffer_clear(&ids);
    for (size_t i = 0; i < selection->nprojects; i++)
        pick_project(result, selection->projects[i], &ids, err);
    pg_result_free(result);
    if (err->ndetails) {
        error_set(err, STATUS_CONFLICT, "The projects to export are not clear.");
        error_hint(err, "Name each by its id, or by a name that only one project has.");
        goto out;
    }
    ok = note(pg, "simulark.projects", pg_array_end(&ids), err);
out:
    buffer_release(&wanted);
    buffer_release(&ids);
    return ok;
}

/* Contexts whose id stands as a whole JSON string in what the projects hold. */
static bool note_mentioned_contexts(struct pg *pg, struct error *err)
{
    struct pg_result *result =
        query(pg,
              "SELECT COALESCE(pg_catalog.array_agg(DISTINCT c.id), '{}') FROM %contexts c WHERE c.id IN ("
              " SELECT (m.id[1])::uuid FROM ("
              "  SELECT p.settings AS doc FROM %projects p WHERE p.id = ANY (" SELECTED ")"
              "  UNION ALL SELECT d.doc FROM %graphs g, LATERAL (VALUES (g.nodes), (g.edges)) d (doc)"
              "   WHERE g.project_id = ANY (" SELECTED ")"
              "  UNION ALL SELECT n.data FROM %graphs g JOIN %nodes n ON n.graph_id = g.id"
              "   WHERE g.project_id = ANY (" SELECTED ")"
              "  UNION ALL SELECT e.data FROM %graphs g JOIN %edges e ON e.graph_id = g.id"
              "   WHERE g.project_id = ANY (" SELECTED ")"
              "  UNION ALL SELECT d.doc FROM %chats h, LATERAL (VALUES (h.context), (h.messages)) d (doc)"
              "   WHERE h.project_id = ANY (" SELECTED ")"
              "  UNION ALL SELECT s.metadata FROM %chats h JOIN %messages s ON s.chat_id = h.id"
              "   WHERE h.project_id = ANY (" SELECTED ")"
              " ) docs, LATERAL pg_catalog.regexp_matches(docs.doc::text,"
              "  '\"([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})\"', 'g') m (id))",
              NULL, err);
    bool ok = result && note(pg, "simulark.contexts", pg_result_text(result, 0, 0), err);

    pg_result_free(result);
    return ok;
}

/* ---- which rows ---- */

/* The condition that picks a table's rows; t is the table. NULL: the table is not in the bundle. */
static const char *condition(const struct selection *selection, const struct table *table)
{
    static const struct {
        const char *table;
        const char *sql;
    } conditions[] = {
        {"projects", "t.id = ANY (" SELECTED ")"},
        {"graphs", "t.project_id = ANY (" SELECTED ")"},
        {"nodes", "t.graph_id IN (SELECT g.id FROM %graphs g WHERE g.project_id = ANY (" SELECTED "))"},
        {"edges", "t.graph_id IN (SELECT g.id FROM %graphs g WHERE g.project_id = ANY (" SELECTED "))"},
        {"chats", "t.project_id = ANY (" SELECTED ")"},
        {"messages", "t.chat_id IN (SELECT h.id FROM %chats h WHERE h.project_id = ANY (" SELECTED "))"},
    };

    if (strcmp(table->name, "contexts") == 0) {
        if (selection->contexts == CONTEXTS_NONE)
            return NULL;
        if (selection->contexts == CONTEXTS_REFERENCED)
            return "t.id = ANY (" MENTIONED ")";
        return "t.user_id IN (SELECT p.user_id FROM %projects p WHERE p.id = ANY (" SELECTED "))";
    }
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (strcmp(conditions[i].table, table->name) == 0)
            return conditions[i].sql;
    return NULL;
}

static void append_rows(struct buffer *sql, const struct pg *pg, const struct selection *selection, const struct table *table)
{
    buffer_text(sql, " FROM ");
    pg_append_table(pg, sql, table->name);
    buffer_text(sql, " t WHERE ");
    append_sql(sql, pg, condition(selection, table));
}

/* ---- the header ---- */

static bool add_tables(const struct selection *selection, const struct catalog *catalog, struct manifest *manifest,
                       struct error *err)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct shape *have = &catalog->shapes[i];
        struct shape *shape;

        if (!condition(selection, &tables[i]))
            continue;
        if (!have->ncolumns) {
            error_detail(err, "the table %s", tables[i].name);
            continue;
        }
        shape = manifest_add_table(manifest, &tables[i]);
        for (size_t c = 0; c < have->ncolumns; c++)
            shape_add_column(shape, have->columns[c].name, have->columns[c].sql_type);
    }
    if (!err->ndetails)
        return true;
    error_set(err, STATUS_CONFLICT, "The database lacks tables of the schema.");
    error_hint(err, "`simulark schema check` tells all that differs; is --dbname the right database?");
    return false;
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
    manifest->created_at = mem_strdup(pg_result_text(result, 0, 0));
    for (size_t i = 0; i < manifest->nshapes; i++)
        manifest->shapes[i].rows = strtoll(pg_result_text(result, 0, i + 1), NULL, 10);
    pg_result_free(result);
    return true;
}

/* Everybody a selected row's user_id may name. */
static bool add_people(struct pg *pg, struct manifest *manifest, struct error *err)
{
    struct pg_result *result = query(pg,
                                     "SELECT u.id, u.email FROM %users u WHERE u.id IN ("
                                     "SELECT p.user_id FROM %projects p WHERE p.id = ANY (" SELECTED ")"
                                     " UNION SELECT h.user_id FROM %chats h WHERE h.project_id = ANY (" SELECTED "))"
                                     " ORDER BY u.id",
                                     NULL, err);

    for (size_t row = 0; result && row < pg_result_rows(result); row++)
        manifest_add_person(manifest, pg_result_text(result, row, 0), pg_result_text(result, row, 1));
    pg_result_free(result);
    return result != NULL;
}

/* The templates the projects came from, as `template use` noted them. */
static bool add_requirements(struct pg *pg, struct manifest *manifest, struct error *err)
{
    struct pg_result *result = query(pg,
                                     "SELECT COALESCE(pg_catalog.jsonb_agg(DISTINCT p.settings->'template'), '[]') FROM %projects p"
                                     " WHERE p.id = ANY (" SELECTED ")"
                                     " AND pg_catalog.jsonb_typeof(p.settings->'template') = 'object'",
                                     NULL, err);

    if (!result)
        return false;
    manifest->requires_templates = json_loads(pg_result_text(result, 0, 0), 0, NULL);
    pg_result_free(result);
    return true;
}

bool select_describe(struct pg *pg, const struct selection *selection, const struct catalog *catalog,
                     struct manifest *manifest, struct error *err)
{
    if (selection->contexts == CONTEXTS_REFERENCED && !note_mentioned_contexts(pg, err))
        return false;
    return add_tables(selection, catalog, manifest, err) && count_rows(pg, selection, manifest, err) &&
           add_people(pg, manifest, err) && add_requirements(pg, manifest, err);
}

/* ---- the rows ---- */

bool select_copy(struct pg *pg, const struct selection *selection, const struct shape *shape, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    bool ok;

    buffer_text(&sql, "COPY (SELECT ");
    for (size_t i = 0; i < shape->ncolumns; i++) {
        buffer_text(&sql, i ? ", t." : "t.");
        pg_append_name(&sql, shape->columns[i].name);
    }
    append_rows(&sql, pg, selection, shape->table);
    buffer_text(&sql, " ORDER BY ");
    if (shape->table->parent)
        buffer_printf(&sql, "t.%s, ", shape->table->parent);
    buffer_text(&sql, "t.id) TO STDOUT");
    ok = pg_copy_out(pg, buffer_string(&sql), err);
    buffer_release(&sql);
    return ok;
}
