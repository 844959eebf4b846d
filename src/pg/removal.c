#include "simulark/pg/removal.h"

#include <stdlib.h>
#include <string.h>

#define NOTED(kind, type) "(SELECT pg_catalog.current_setting('simulark." kind "')::" type "[])::" type "[]"
#define TIERS NOTED("tiers", "integer")
#define USERS NOTED("users", "uuid")
#define TEMPLATES NOTED("templates", "uuid")
#define CONTEXTS NOTED("contexts", "uuid")
#define PROJECTS NOTED("projects", "uuid")
#define CHATS NOTED("chats", "uuid")
#define EACH(kind) "SELECT pg_catalog.unnest(" kind ")" /* of very many, which are hashed */
#define GRAPHS "(SELECT g.id FROM %graphs g WHERE g.project_id = ANY (" PROJECTS "))"
#define XID "(SELECT pg_catalog.current_setting('simulark.xid'))"
#define RECEIPT "(SELECT pg_catalog.current_setting('simulark.receipt')::uuid)"

static const char *const settings[REMOVAL_KINDS] = {"simulark.tiers",    "simulark.users",    "simulark.templates",
                                                    "simulark.contexts", "simulark.projects", "simulark.chats"};

/* The rows of each table; t is the table. History has no units: only the transaction tells. */
static const char *const conditions[TABLE_COUNT] = {
    [TABLE_SUBSCRIPTION_TIERS] = "t.id = ANY (" TIERS ")",
    [TABLE_USERS] = "t.id = ANY (" USERS ")",
    [TABLE_TEMPLATES] = "t.id = ANY (" TEMPLATES ")",
    [TABLE_CONTEXTS] = "t.id = ANY (" CONTEXTS ")",
    [TABLE_PROJECTS] = "t.id = ANY (" PROJECTS ")",
    [TABLE_GRAPHS] = "t.project_id = ANY (" PROJECTS ")",
    [TABLE_NODES] = "t.graph_id IN " GRAPHS,
    [TABLE_EDGES] = "t.graph_id IN " GRAPHS,
    [TABLE_CHATS] = "(t.project_id = ANY (" PROJECTS ") OR t.id = ANY (" CHATS "))",
    [TABLE_MESSAGES] = "t.chat_id IN (SELECT h.id FROM %chats h WHERE h.project_id = ANY (" PROJECTS ")"
                       " OR h.id = ANY (" CHATS "))",
    [TABLE_API_KEYS] = "t.xmin::text = " XID,
    [TABLE_AUDIT_LOGS] = "t.xmin::text = " XID " AND t.id <> " RECEIPT,
    [TABLE_USAGE_ANALYTICS] = "t.xmin::text = " XID,
};

/* ---- the receipt ---- */

static bool lock_receipt(struct pg *pg, const char *id, struct error *err)
{
    struct pg_result *result = pg_query(pg, "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))", 1,
                                        &id, err);

    pg_result_free(result);
    return result != NULL;
}

bool removal_receipt(struct pg *pg, const char *id, struct receipt *receipt, struct error *err)
{
    struct pg_result *result;

    if (!lock_receipt(pg, id, err))
        return false;
    result = pg_ask(pg,
                    "SELECT a.details, a.created_at, (SELECT pg_catalog.max(u.created_at) FROM %audit_logs u"
                    " WHERE u.action = 'undo' AND u.resource_id = $1) FROM %audit_logs a WHERE a.id = ($1::text)::uuid"
                    " AND a.details::jsonb ? 'receipt' AND a.details::jsonb ? 'units'",
                    id, err);
    if (!result)
        return false;
    if (!pg_result_rows(result)) {
        error_set(err, STATUS_CONFLICT, "The database has no receipt %s of an import.", id);
        error_hint(err, "An import names its receipt at its end; audit_logs holds them all.");
    } else {
        *receipt = (struct receipt){pg_result_dup(result, 0, 0), pg_result_dup(result, 0, 1), pg_result_dup(result, 0, 2)};
    }
    pg_result_free(result);
    return !error_is_set(err);
}

void receipt_release(struct receipt *receipt)
{
    free(receipt->details);
    free(receipt->created_at);
    free(receipt->undone_at);
    *receipt = (struct receipt){0};
}

/* ---- the rows ---- */

static bool note(struct pg *pg, const char *xid, const char *receipt, const char *const arrays[REMOVAL_KINDS], struct error *err)
{
    for (size_t i = 0; i < REMOVAL_KINDS; i++)
        if (!pg_note(pg, settings[i], arrays[i], err))
            return false;
    return pg_note(pg, "simulark.xid", xid, err) && pg_note(pg, "simulark.receipt", receipt, err);
}

bool removal_note(struct pg *pg, const char *xid, const char *receipt, struct buffer ids[REMOVAL_KINDS], struct error *err)
{
    const char *arrays[REMOVAL_KINDS];

    for (size_t i = 0; i < REMOVAL_KINDS; i++)
        arrays[i] = pg_array_end(&ids[i]);
    return note(pg, xid, receipt, arrays, err);
}

bool removal_note_units(struct pg *pg, enum removal_kind kind, struct buffer *ids, struct error *err)
{
    const char *arrays[REMOVAL_KINDS];

    for (size_t i = 0; i < REMOVAL_KINDS; i++)
        arrays[i] = i == (size_t)kind ? pg_array_end(ids) : "{}";
    return note(pg, "", "", arrays, err);
}

static void append_from(const struct pg *pg, struct buffer *sql, const struct table *table)
{
    buffer_text(sql, " FROM ");
    pg_append_table(pg, sql, table->name);
    buffer_text(sql, " t WHERE ");
    pg_append_sql(pg, sql, conditions[table_index(table)]);
}

bool removal_count(struct pg *pg, const struct table *table, int64_t *all, int64_t *others, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    /* A row that somebody is just changing is waited for, and seen as it is then. */
    buffer_text(&sql, "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE r.xid <> " XID ")"
                      " FROM (SELECT t.xmin::text AS xid");
    append_from(pg, &sql, table);
    buffer_text(&sql, " FOR UPDATE OF t) r");
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    buffer_release(&sql);
    *all = result ? pg_result_number(result, 0, 0) : 0;
    *others = result ? pg_result_number(result, 0, 1) : 0;
    pg_result_free(result);
    return result != NULL;
}

bool removal_copy(struct pg *pg, const struct shape *shape, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    bool ok;

    buffer_text(&sql, "COPY (SELECT ");
    pg_append_columns(&sql, "t.", shape);
    append_from(pg, &sql, shape->table);
    buffer_text(&sql, " FOR UPDATE OF t) TO STDOUT");
    ok = pg_copy_out(pg, buffer_string(&sql), err);
    buffer_release(&sql);
    return ok;
}

/* The defaults of a table's columns, as the server writes expressions, and which are constants. Others (now(), a sequence) give
 * another value each time they are asked, or do something. */
static struct pg_result *column_defaults(struct pg *pg, const struct table *table, struct error *err)
{
    static const char sql[] =
        "SELECT x.name, x.value, x.value ~"
        " '^(true|false|-?[0-9.]+|''([^'']|'''')*''|ARRAY\\[\\])(::[A-Za-z0-9_ .\"]+(\\([0-9,]+\\))?(\\[\\])*)*$'"
        " FROM (SELECT a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)"
        "  FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
        "  WHERE d.adrelid = ($1::text)::pg_catalog.regclass) x (name, value)";
    struct buffer name = BUFFER_INIT;
    struct pg_result *result;
    const char *param;

    pg_append_table(pg, &name, table->name);
    param = buffer_string(&name);
    result = pg_query(pg, sql, 1, &param, err);
    buffer_release(&name);
    return result;
}

/* Texts are compared, as not every type has equality. */
static void append_count_of(struct buffer *sql, const struct shape_column *column, const struct pg_result *defaults)
{
    const char *constant = "NULL";
    const char *computed = NULL;

    for (size_t i = 0; i < pg_result_rows(defaults); i++)
        if (strcmp(pg_result_text(defaults, i, 0), column->name) == 0)
            *(pg_result_true(defaults, i, 2) ? &constant : &computed) = pg_result_text(defaults, i, 1);
    buffer_text(sql, "pg_catalog.count(*) FILTER (WHERE t.");
    pg_append_name(sql, column->name);
    buffer_printf(sql, "::text IS DISTINCT FROM ((%s)::%s)::text), ", constant, column->sql_type);
    if (computed)
        pg_append_text(sql, computed);
    else
        buffer_text(sql, "NULL");
}

struct pg_result *removal_count_values(struct pg *pg, const struct shape *shape, struct error *err)
{
    struct pg_result *defaults = column_defaults(pg, shape->table, err);
    struct pg_result *result = NULL;
    struct buffer sql = BUFFER_INIT;

    if (!defaults)
        return NULL;
    buffer_text(&sql, "SELECT ");
    for (size_t i = 0; i < shape->ncolumns; i++) {
        buffer_text(&sql, i ? ", " : "");
        append_count_of(&sql, &shape->columns[i], defaults);
    }
    append_from(pg, &sql, shape->table);
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    buffer_release(&sql);
    pg_result_free(defaults);
    return result;
}

/* The column that names a row, and the one that says when it was written last. */
static const char *name_column(const struct table *table)
{
    static const char *const names[] = {"name", "title", "email", "label", "content", "action", "metric_type"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (table_column(table, names[i]))
            return names[i];
    return NULL;
}

static const char *time_column(const struct table *table)
{
    return table_column(table, "updated_at") ? "updated_at" : table_column(table, "created_at") ? "created_at" : NULL;
}

/* A row's id, what it is called, and when it was written last. */
static void append_summary(struct buffer *sql, const struct table *table)
{
    const char *name = name_column(table);
    const char *time = time_column(table);

    buffer_text(sql, "t.id::text, ");
    buffer_printf(sql, name ? "pg_catalog.left(t.%s, 80), " : "NULL, ", name);
    buffer_printf(sql, time ? "t.%s" : "NULL", time);
}

struct pg_result *removal_changed(struct pg *pg, const struct table *table, int limit, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT ");
    append_summary(&sql, table);
    append_from(pg, &sql, table);
    buffer_printf(&sql, " AND t.xmin::text <> " XID " ORDER BY 3 DESC, 1 LIMIT %d", limit);
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    buffer_release(&sql);
    return result;
}

/* ---- what hangs on users and tiers ---- */

/* Rows that would go with a unit, or stand in the way, without being of the import: the unit's kind and id, the row's id. */
static const struct {
    const char *table, *sql;
} hanging[] = {
    {"contexts", "SELECT 'user', t.user_id::text, t.id::text FROM %contexts t"
                 " WHERE t.user_id IN (" EACH(USERS) ") AND t.id NOT IN (" EACH(CONTEXTS) ")"},
    {"projects", "SELECT 'user', t.user_id::text, t.id::text FROM %projects t"
                 " WHERE t.user_id IN (" EACH(USERS) ") AND t.id NOT IN (" EACH(PROJECTS) ")"},
    {"chats", "SELECT 'user', t.user_id::text, t.id::text FROM %chats t WHERE t.user_id IN (" EACH(USERS) ")"
              " AND t.id NOT IN (" EACH(CHATS) ") AND COALESCE(t.project_id NOT IN (" EACH(PROJECTS) "), true)"},
    {"api_keys", "SELECT 'user', t.user_id::text, t.id::text FROM %api_keys t"
                 " WHERE t.user_id IN (" EACH(USERS) ") AND t.xmin::text <> " XID},
    {"usage_analytics", "SELECT 'user', t.user_id::text, t.id::text FROM %usage_analytics t"
                        " WHERE t.user_id IN (" EACH(USERS) ") AND t.xmin::text <> " XID},
    {"users", "SELECT 'tier', n.id::text, t.id::text FROM %users t JOIN %subscription_tiers n ON n.name = t.subscription_tier"
              " WHERE n.id IN (" EACH(TIERS) ") AND t.id NOT IN (" EACH(USERS) ")"},
};

#define LEADING(end)                                                                                                         \
    "SELECT t.id FROM %nodes n JOIN %edges t ON t." end " = n.id WHERE n.graph_id IN " GRAPHS " AND t.graph_id NOT IN " GRAPHS

bool removal_count_leading_in(struct pg *pg, const struct catalog *catalog, int64_t *count, struct error *err)
{
    struct pg_result *result;

    *count = 0;
    if (!catalog_has(catalog, table_find("graphs")) || !catalog_has(catalog, table_find("nodes")) ||
        !catalog_has_column(catalog, "edges", "source_node_id") || !catalog_has_column(catalog, "edges", "target_node_id"))
        return true;
    result = pg_ask_with(pg,
                         "SELECT pg_catalog.count(*) FROM (" LEADING("source_node_id") " UNION " LEADING("target_node_id") ") t",
                         0, NULL, err);
    if (result)
        *count = pg_result_number(result, 0, 0);
    pg_result_free(result);
    return result != NULL;
}

struct pg_result *removal_hanging(struct pg *pg, const struct catalog *catalog, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT h.kind, h.unit, h.noun, pg_catalog.min(h.id), pg_catalog.count(*) FROM ("
                      "SELECT NULL, NULL, NULL, NULL WHERE false");
    for (size_t i = 0; i < sizeof hanging / sizeof *hanging; i++) {
        const struct table *table = table_find(hanging[i].table);

        if (!catalog_has(catalog, table) || !catalog_has(catalog, table_find("users")))
            continue;
        buffer_printf(&sql, " UNION ALL SELECT x.*, '%s' FROM (", table->noun);
        pg_append_sql(pg, &sql, hanging[i].sql);
        buffer_text(&sql, ") x");
    }
    buffer_text(&sql, ") h (kind, unit, id, noun) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    buffer_release(&sql);
    return result;
}

bool removal_delete(struct pg *pg, const struct table *table, int64_t *removed, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "DELETE");
    append_from(pg, &sql, table);
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    buffer_release(&sql);
    *removed = result ? pg_result_affected(result) : 0;
    pg_result_free(result);
    return result != NULL;
}
