#include "simulark/pg/select.h"

#include "simulark/base/uuid.h"
#include "simulark/pg/copy_binary.h"
#include "simulark/pg/missing.h"
#include "simulark/pg/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The ids stand in settings of the transaction: the statements' text is always the same, works through a pooler, and holds no
 * data. A subselect reads a setting once for the statement, not once for each row; indexes are used as for a constant. */
#define SELECTED "(SELECT pg_catalog.current_setting('simulark.projects')::uuid[])::uuid[]"
#define ACCOUNTS "(SELECT pg_catalog.current_setting('simulark.users')::uuid[])::uuid[]"
/* Those of the selected projects whose chats and owners' contexts go with them: all, but for others' that a user sees. */
#define OWNED "(SELECT pg_catalog.current_setting('simulark.owned')::uuid[])::uuid[]"
#define MENTIONED "(SELECT pg_catalog.current_setting('simulark.contexts')::uuid[])::uuid[]"

/* ---- names to ids ---- */

/* A thing that can be selected: by id, or by a name that need not be its own alone. */
struct selectable {
    enum name_kind kind;
    const char *noun;
    const char *names;   /* what its names are called */
    const char *sql;     /* id, name, whose or what it is; $1 names, $2 ids */
    const char *setting; /* where the ids are noted */
    bool any_case;       /* names are the same whatever the case of their letters */
    bool of_user;        /* $3 is the user who asks */
};

static const struct selectable selectable_projects = {
    .kind = NAME_PROJECT,
    .noun = "project",
    .names = "name",
    .sql = "SELECT p.id, p.name, 'belongs to ' || COALESCE(u.email, 'nobody') FROM %projects p"
           " LEFT JOIN %users u ON u.id = p.user_id WHERE p.id IN (SELECT i.id FROM %projects i WHERE i.id = ANY ($2::uuid[])"
           /* names have no index: they are looked for only where there are any */
           " UNION SELECT n.id FROM %projects n WHERE pg_catalog.cardinality($1::text[]) > 0 AND n.name = ANY ($1::text[]))"
           " ORDER BY p.name, p.id",
    .setting = "simulark.projects",
};

/* A user means their own by a name, and somebody else's only where they have none of it. */
static const struct selectable selectable_visible_projects = {
    .kind = NAME_PROJECT,
    .noun = "project",
    .names = "name",
    .sql = "SELECT p.id, p.name, CASE WHEN p.user_id = $3::uuid THEN 'is yours' ELSE 'is public' END FROM %projects p"
           " WHERE (p.name = ANY ($1::text[]) OR p.id = ANY ($2::uuid[])) AND (p.user_id = $3::uuid OR p.is_public AND"
           " (p.id = ANY ($2::uuid[]) OR NOT EXISTS (SELECT FROM %projects o WHERE o.user_id = $3::uuid AND o.name = p.name)))"
           " ORDER BY p.name, p.id",
    .setting = "simulark.projects",
    .of_user = true,
};

static const struct selectable selectable_users = {
    .kind = NAME_USER,
    .noun = "user",
    .names = "e-mail",
    .sql = "SELECT u.id, u.email, 'is of tier ' || u.subscription_tier FROM %users u WHERE pg_catalog.lower(u.email) IN"
           " (SELECT pg_catalog.lower(e.email) FROM pg_catalog.unnest($1::text[]) e (email)) OR u.id = ANY ($2::uuid[])"
           " ORDER BY u.email, u.id",
    .setting = "simulark.users",
    .any_case = true,
};

static bool matches(const struct selectable *s, const struct pg_result *result, size_t row, const char *wanted)
{
    const char *name = pg_result_text(result, row, 1);
    struct uuid id;
    char text[UUID_TEXT + 1];

    if (uuid_parse(&id, wanted, strlen(wanted))) {
        uuid_format(&id, text);
        if (strcmp(pg_result_text(result, row, 0), text) == 0)
            return true;
    }
    return name && (s->any_case ? strcasecmp(name, wanted) : strcmp(name, wanted)) == 0;
}

static size_t count_matches(const struct selectable *s, const struct pg_result *result, const char *wanted, const char **id)
{
    size_t found = 0;

    for (size_t row = 0; row < pg_result_rows(result); row++)
        if (matches(s, result, row, wanted)) {
            *id = pg_result_text(result, row, 0);
            found++;
        }
    return found;
}

static void tell_several(const struct selectable *s, const struct pg_result *result, const char *wanted, struct error *err)
{
    for (size_t row = 0; row < pg_result_rows(result); row++)
        if (matches(s, result, row, wanted))
            error_detail(err, "\"%s\" is the %s of %s, which %s", wanted, s->names, pg_result_text(result, row, 0),
                         pg_result_text(result, row, 2));
}

static void tell_none(struct pg *pg, const struct selectable *s, const char *user, const char *wanted, struct error *err)
{
    struct buffer near = BUFFER_INIT;

    if (err->ndetails < NAMES_NEAR)
        names_append_near(pg, s->kind, user, wanted, &near);
    error_detail(err, "no %s has the id or %s \"%s\"%s%s%s", s->noun, s->names, wanted, near.len ? ": did you mean " : "",
                 buffer_string(&near), near.len ? "?" : "");
    buffer_release(&near);
}

/* What could be meant by these words. */
static struct pg_result *find(struct pg *pg, const struct selectable *s, const char *user, const char *const *wanted,
                              size_t count, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct buffer names = BUFFER_INIT;
    struct buffer ids = BUFFER_INIT;
    const char *params[3] = {NULL, NULL, user};
    struct pg_result *result;

    for (size_t i = 0; i < count; i++) {
        struct uuid id;

        if (uuid_parse(&id, wanted[i], strlen(wanted[i]))) {
            pg_array_add_uuid(&ids, &id);
            if (strlen(wanted[i]) == UUID_TEXT)
                continue; /* what looks like an id is nobody's name */
        }
        pg_array_add(&names, wanted[i], strlen(wanted[i]));
    }
    params[0] = pg_array_end(&names);
    params[1] = pg_array_end(&ids);
    pg_append_sql(pg, &sql, s->sql);
    result = pg_query(pg, buffer_string(&sql), s->of_user ? 3 : 2, params, err);
    buffer_release(&sql);
    buffer_release(&names);
    buffer_release(&ids);
    return result;
}

/* Notes the ids of what these words name; of none, none. */
static bool resolve(struct pg *pg, const struct selectable *s, const struct selection *selection, const char *const *wanted,
                    size_t count, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    struct pg_result *result = count ? find(pg, s, selection->user, wanted, count, err) : NULL;
    bool ok = result || !count;

    for (size_t i = 0; ok && i < count; i++) {
        const char *id = NULL;
        size_t found = count_matches(s, result, wanted[i], &id);

        if (found == 1)
            pg_array_add(&ids, id, strlen(id));
        else if (found)
            tell_several(s, result, wanted[i], err);
        else if (!selection->as_far_as_there)
            tell_none(pg, s, selection->user, wanted[i], err);
    }
    pg_result_free(result);
    if (ok && err->ndetails) {
        error_set(err, STATUS_CONFLICT, "It is not clear which %ss are meant.", s->noun);
        error_hint(err, "Name each by its id, or by %s %s that only one %s has.", s->any_case ? "an" : "a", s->names, s->noun);
        ok = false;
    }
    if (ok && count && !ids.len)
        ok = error_set(err, STATUS_CONFLICT, "None of the %ss is in the database.", s->noun);
    ok = ok && pg_note(pg, s->setting, pg_array_end(&ids), err);
    buffer_release(&ids);
    return ok;
}

/* An account's projects are selected like projects named one by one. */
static bool note_projects_of_accounts(struct pg *pg, struct error *err)
{
    struct pg_result *result = pg_ask(pg,
                                      "SELECT COALESCE(pg_catalog.array_agg(p.id ORDER BY p.id), '{}') FROM %projects p"
                                      " WHERE p.user_id = ANY (" ACCOUNTS ")",
                                      NULL, err);
    bool ok = result && pg_note(pg, "simulark.projects", pg_result_text(result, 0, 0), err);

    pg_result_free(result);
    return ok;
}

/* A user has their own account, and nobody the instance. */
static bool check_accounts(struct pg *pg, const struct selection *selection, struct error *err)
{
    struct pg_result *others;

    if (selection->kind == KIND_INSTANCE)
        return error_set(err, STATUS_REFUSED, "A user may not have the whole instance, only what is theirs.");
    others = pg_ask(pg, "SELECT u.email FROM %users u WHERE u.id = ANY (" ACCOUNTS ") AND u.id <> $1::uuid LIMIT 1",
                    selection->user, err);
    if (others && pg_result_rows(others) > 0)
        error_set(err, STATUS_REFUSED, "The account of %s is not that of the user who asks.", pg_result_text(others, 0, 0));
    pg_result_free(others);
    return !error_is_set(err);
}

/* Somebody else's project that is not public, asked for by its id. One asked for by name is not even seen. */
static bool check_projects(struct pg *pg, const struct selection *selection, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    const char *params[2] = {selection->user, NULL};
    struct pg_result *others;

    for (size_t i = 0; i < selection->nprojects; i++) {
        struct uuid id;

        if (uuid_parse(&id, selection->projects[i], strlen(selection->projects[i])))
            pg_array_add_uuid(&ids, &id);
    }
    params[1] = pg_array_end(&ids);
    others = pg_ask_with(pg,
                         "SELECT p.id FROM %projects p WHERE p.id = ANY ($2::uuid[]) AND p.user_id IS DISTINCT FROM $1::uuid"
                         " AND p.is_public IS NOT TRUE ORDER BY p.id",
                         2, params, err);
    for (size_t row = 0; others && row < pg_result_rows(others); row++)
        error_detail(err, "the project %s", pg_result_text(others, row, 0));
    if (others && pg_result_rows(others) > 0)
        error_set(err, STATUS_REFUSED, "It belongs to somebody else and is not public.");
    pg_result_free(others);
    buffer_release(&ids);
    return !error_is_set(err);
}

static bool note_owned(struct pg *pg, const char *user, struct error *err)
{
    struct pg_result *result =
        user ? pg_ask(pg,
                      "SELECT COALESCE(pg_catalog.array_agg(p.id ORDER BY p.id), '{}') FROM %projects p"
                      " WHERE p.id = ANY (" SELECTED ") AND p.user_id = $1::uuid",
                      user, err)
             : pg_ask(pg, "SELECT pg_catalog.current_setting('simulark.projects')", NULL, err);
    bool ok = result && pg_note(pg, "simulark.owned", pg_result_text(result, 0, 0), err);

    pg_result_free(result);
    return ok;
}

static bool resolve_projects(struct pg *pg, const struct selection *selection, struct error *err)
{
    if (selection->kind == KIND_ACCOUNT)
        return note_projects_of_accounts(pg, err);
    if (selection->user && !check_projects(pg, selection, err))
        return false;
    return resolve(pg, selection->user ? &selectable_visible_projects : &selectable_projects, selection, selection->projects,
                   selection->nprojects, err);
}

bool select_resolve(struct pg *pg, const struct selection *selection, struct error *err)
{
    return resolve(pg, &selectable_users, selection, selection->users, selection->nusers, err) &&
           (!selection->user || check_accounts(pg, selection, err)) && resolve_projects(pg, selection, err) &&
           note_owned(pg, selection->user, err);
}

/* Where JSON stands in what the projects hold, by the tables it takes to find it. In some instances it is json, not jsonb. */
static const struct {
    const char *tables[2];
    const char *sql;
} documents[] = {
    {{"projects", NULL}, "SELECT p.settings::jsonb AS doc FROM %projects p WHERE p.id = ANY (" SELECTED ")"},
    {{"graphs", NULL}, "SELECT d.doc FROM %graphs g, LATERAL (VALUES (g.nodes::jsonb), (g.edges::jsonb)) d (doc)"
                       " WHERE g.project_id = ANY (" SELECTED ")"},
    {{"graphs", "nodes"}, "SELECT n.data::jsonb FROM %graphs g JOIN %nodes n ON n.graph_id = g.id"
                          " WHERE g.project_id = ANY (" SELECTED ")"},
    {{"graphs", "edges"}, "SELECT e.data::jsonb FROM %graphs g JOIN %edges e ON e.graph_id = g.id"
                          " WHERE g.project_id = ANY (" SELECTED ")"},
    {{"chats", NULL}, "SELECT d.doc FROM %chats h, LATERAL (VALUES (h.context::jsonb), (h.messages::jsonb)) d (doc)"
                      " WHERE h.project_id = ANY (" SELECTED ")"},
    {{"chats", "messages"}, "SELECT s.metadata::jsonb FROM %chats h JOIN %messages s ON s.chat_id = h.id"
                            " WHERE h.project_id = ANY (" SELECTED ")"},
};

/* Contexts whose id stands as a whole JSON string in what the projects hold. */
static bool note_mentioned_contexts(struct pg *pg, const struct catalog *catalog, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;
    bool ok;

    buffer_text(&sql, "SELECT COALESCE(pg_catalog.array_agg(DISTINCT c.id), '{}') FROM %contexts c WHERE c.id IN ("
                      " SELECT (m.id[1])::uuid FROM (SELECT NULL::jsonb AS doc");
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        if (!catalog_has(catalog, table_find(documents[i].tables[0])) ||
            (documents[i].tables[1] && !catalog_has(catalog, table_find(documents[i].tables[1]))))
            continue;
        buffer_text(&sql, " UNION ALL ");
        buffer_text(&sql, documents[i].sql);
    }
    buffer_text(&sql, ") docs, LATERAL pg_catalog.regexp_matches(docs.doc::text,"
                      " '\"([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})\"', 'g') m (id))");
    result = pg_ask(pg, buffer_string(&sql), NULL, err);
    ok = result && pg_note(pg, "simulark.contexts", pg_result_text(result, 0, 0), err);
    buffer_release(&sql);
    pg_result_free(result);
    return ok;
}

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
        !note_mentioned_contexts(pg, catalog, err))
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
