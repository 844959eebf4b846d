#include "simulark/model/table.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a column is, beyond its name and type; one macro for each shape that recurs. */
#define KEY {.name = "id", .sql_type = "uuid", .type = TYPE_UUID, .not_null = true, .default_sql = "gen_random_uuid()"}
#define UUID(n, ...) {.name = n, .sql_type = "uuid", .type = TYPE_UUID, __VA_ARGS__}
#define TEXT(n, ...) {.name = n, .sql_type = "text", .type = TYPE_TEXT, __VA_ARGS__}
#define JSONB(n, empty) {.name = n, .sql_type = "jsonb", .type = TYPE_JSONB, .default_sql = "'" empty "'", .default_text = empty}
#define FLAG(n, value, cell) \
    {.name = n, .sql_type = "boolean", .type = TYPE_BOOLEAN, .not_null = true, .default_sql = value, .default_text = cell}
#define COUNTER(n, sql, kind, start) \
    {.name = n, .sql_type = sql, .type = kind, .default_sql = start, .default_text = start, .check = n " >= 0"}
#define SIZE(n) {.name = n, .sql_type = "double precision", .type = TYPE_DOUBLE}
#define PRICE(n) {.name = n, .sql_type = "numeric(10,2)", .type = TYPE_NUMERIC, .check = n " >= 0"}
#define STAMP(n) \
    {.name = n, .sql_type = "timestamp with time zone", .type = TYPE_TIMESTAMPTZ, .not_null = true, .default_sql = "now()"}
#define MOMENT(n, ...) {.name = n, .sql_type = "timestamp with time zone", .type = TYPE_TIMESTAMPTZ, __VA_ARGS__}
#define OWNED_BY(table) .not_null = true, .references = table, .on_delete = ON_DELETE_CASCADE

static const char *const project_status[] = {"draft", "active", "archived", NULL};
static const char *const message_role[] = {"user", "assistant", "system", NULL};
static const char *const context_type[] = {"text", "json", "yaml", NULL};

static const struct column tier_columns[] = {
    {.name = "id", .sql_type = "serial", .type = TYPE_INTEGER, .not_null = true},
    TEXT("name", .not_null = true, .unique = true),
    TEXT("display_name"),
    PRICE("price_monthly"),
    PRICE("price_yearly"),
    JSONB("features", "[]"),
    JSONB("limits", "{}"),
    FLAG("is_active", "true", "t"),
};

static const struct column user_columns[] = {
    KEY,
    TEXT("email", .not_null = true, .unique = true),
    TEXT("subscription_tier", .not_null = true, .default_sql = "'free'", .default_text = "free",
         .references = "subscription_tiers"),
    JSONB("preferences", "{}"),
    STAMP("created_at"),
    STAMP("updated_at"),
    MOMENT("last_sign_in_at"),
    FLAG("is_active", "true", "t"),
};
static const struct index user_indexes[] = {{"subscription_tier", "btree"}};

static const struct column template_columns[] = {
    KEY,
    TEXT("name", .not_null = true, .unique = true),
    TEXT("description"),
    TEXT("category"),
    JSONB("graph_data", "{}"),
    TEXT("thumbnail_url"),
    FLAG("is_premium", "false", "f"),
    COUNTER("usage_count", "integer", TYPE_INTEGER, "0"),
    STAMP("created_at"),
    STAMP("updated_at"),
};
static const struct index template_indexes[] = {{"category", "btree"}, {"is_premium", "btree"}};

static const struct column context_columns[] = {
    KEY,
    UUID("user_id", OWNED_BY("users")),
    TEXT("name", .not_null = true),
    TEXT("description"),
    TEXT("content"),
    TEXT("type", .values = context_type),
    {.name = "tags", .sql_type = "text[]", .type = TYPE_TEXT_ARRAY, .default_sql = "'{}'", .default_text = "{}"},
    FLAG("is_public", "false", "f"),
    STAMP("created_at"),
    STAMP("updated_at"),
};
static const struct index context_indexes[] = {{"user_id", "btree"}, {"type", "btree"}, {"tags", "gin"}};

static const struct column project_columns[] = {
    KEY,
    UUID("user_id", OWNED_BY("users")),
    TEXT("name", .not_null = true),
    TEXT("description"),
    TEXT("status", .values = project_status),
    JSONB("settings", "{}"),
    FLAG("is_public", "false", "f"),
    COUNTER("version", "integer", TYPE_INTEGER, "1"),
    STAMP("created_at"),
    STAMP("updated_at"),
};
static const struct index project_indexes[] = {{"user_id", "btree"}, {"status", "btree"}, {"created_at", "btree"}};

static const struct column graph_columns[] = {
    KEY,
    UUID("project_id", OWNED_BY("projects")),
    TEXT("name"),
    JSONB("nodes", "[]"),
    JSONB("edges", "[]"),
    JSONB("viewport", "{}"),
    FLAG("is_valid", "true", "t"),
    COUNTER("version", "integer", TYPE_INTEGER, "1"),
    STAMP("created_at"),
    STAMP("updated_at"),
};
static const struct index graph_indexes[] = {{"project_id", "btree"}};

static const struct column node_columns[] = {
    KEY,
    UUID("graph_id", OWNED_BY("graphs")),
    TEXT("type", .not_null = true),
    TEXT("label"),
    JSONB("position", "{}"),
    JSONB("data", "{}"),
    JSONB("style", "{}"),
    SIZE("width"),
    SIZE("height"),
    STAMP("created_at"),
    STAMP("updated_at"),
};
static const struct index node_indexes[] = {{"graph_id", "btree"}, {"type", "btree"}};

static const struct column edge_columns[] = {
    KEY,
    UUID("graph_id", OWNED_BY("graphs")),
    UUID("source_node_id", OWNED_BY("nodes")),
    UUID("target_node_id", OWNED_BY("nodes")),
    TEXT("source_handle"),
    TEXT("target_handle"),
    TEXT("type"),
    JSONB("data", "{}"),
    TEXT("label"),
    STAMP("created_at"),
};
static const struct index edge_indexes[] = {{"graph_id", "btree"}, {"source_node_id", "btree"}, {"target_node_id", "btree"}};

static const struct column chat_columns[] = {
    KEY,
    UUID("project_id", .references = "projects", .on_delete = ON_DELETE_CASCADE),
    UUID("user_id", OWNED_BY("users")),
    TEXT("title"),
    JSONB("context", "{}"),
    JSONB("messages", "[]"),
    FLAG("is_archived", "false", "f"),
    STAMP("created_at"),
    STAMP("updated_at"),
};
static const struct index chat_indexes[] = {{"project_id", "btree"}, {"user_id", "btree"}, {"created_at", "btree"}};

static const struct column message_columns[] = {
    KEY,
    UUID("chat_id", OWNED_BY("chats")),
    TEXT("role", .not_null = true, .values = message_role),
    TEXT("content", .not_null = true),
    JSONB("metadata", "{}"),
    COUNTER("tokens", "integer", TYPE_INTEGER, "0"),
    STAMP("created_at"),
};
static const struct index message_indexes[] = {{"chat_id", "btree"}, {"created_at", "btree"}};

static const struct column api_key_columns[] = {
    KEY,
    UUID("user_id", OWNED_BY("users")),
    TEXT("name"),
    TEXT("provider"),
    TEXT("api_key_encrypted"),
    FLAG("is_active", "true", "t"),
    MOMENT("last_used_at"),
    MOMENT("expires_at"),
    STAMP("created_at"),
};
static const struct index api_key_indexes[] = {{"user_id", "btree"}, {"provider", "btree"}};

static const struct column audit_columns[] = {
    KEY,
    UUID("user_id", .references = "users", .on_delete = ON_DELETE_SET_NULL),
    TEXT("action"),
    TEXT("resource_type"),
    TEXT("resource_id"),
    JSONB("details", "{}"),
    {.name = "ip_address", .sql_type = "inet", .type = TYPE_INET},
    TEXT("user_agent"),
    STAMP("created_at"),
};
static const struct index audit_indexes[] = {{"user_id", "btree"}, {"action", "btree"}, {"created_at", "btree"}};

static const struct column usage_columns[] = {
    KEY,
    UUID("user_id", OWNED_BY("users")),
    TEXT("metric_type"),
    COUNTER("count", "bigint", TYPE_BIGINT, "0"),
    STAMP("period_start"),
    STAMP("period_end"),
    STAMP("created_at"),
};
static const struct index usage_indexes[] = {
    {"user_id", "btree"}, {"metric_type", "btree"}, {"period_start, period_end", "btree"}};

#define COLUMNS(array) .columns = (array), .ncolumns = COUNT(array)
#define INDEXES(array) .indexes = (array), .nindexes = COUNT(array)
#define EVERYWHERE (SCOPE_PROJECT | SCOPE_ACCOUNT | SCOPE_INSTANCE)

const struct table tables[TABLE_COUNT] = {
    [TABLE_SUBSCRIPTION_TIERS] = {.name = "subscription_tiers", .noun = "tier", .scopes = SCOPE_INSTANCE,
                                  COLUMNS(tier_columns)},
    [TABLE_USERS] = {.name = "users", .noun = "user", .scopes = SCOPE_ACCOUNT | SCOPE_INSTANCE, .unit = true,
                     COLUMNS(user_columns), INDEXES(user_indexes)},
    [TABLE_TEMPLATES] = {.name = "templates", .noun = "template", .scopes = SCOPE_INSTANCE, .unit = true,
                         COLUMNS(template_columns), INDEXES(template_indexes)},
    [TABLE_CONTEXTS] = {.name = "contexts", .noun = "context", .parent = "user_id", .scopes = EVERYWHERE, .unit = true,
                        COLUMNS(context_columns), INDEXES(context_indexes)},
    [TABLE_PROJECTS] = {.name = "projects", .noun = "project", .parent = "user_id", .scopes = EVERYWHERE, .unit = true,
                        COLUMNS(project_columns), INDEXES(project_indexes)},
    [TABLE_GRAPHS] = {.name = "graphs", .noun = "graph", .parent = "project_id", .scopes = EVERYWHERE, COLUMNS(graph_columns),
                      INDEXES(graph_indexes)},
    [TABLE_NODES] = {.name = "nodes", .noun = "node", .parent = "graph_id", .scopes = EVERYWHERE, COLUMNS(node_columns),
                     INDEXES(node_indexes)},
    [TABLE_EDGES] = {.name = "edges", .noun = "edge", .parent = "graph_id", .scopes = EVERYWHERE, COLUMNS(edge_columns),
                     INDEXES(edge_indexes)},
    [TABLE_CHATS] = {.name = "chats", .noun = "chat", .parent = "project_id", .scopes = EVERYWHERE, COLUMNS(chat_columns),
                     INDEXES(chat_indexes)},
    [TABLE_MESSAGES] = {.name = "messages", .noun = "message", .parent = "chat_id", .scopes = EVERYWHERE,
                        COLUMNS(message_columns), INDEXES(message_indexes)},
    [TABLE_API_KEYS] = {.name = "api_keys", .noun = "API key", .parent = "user_id", .scopes = SCOPE_KEYS,
                        COLUMNS(api_key_columns), INDEXES(api_key_indexes)},
    [TABLE_AUDIT_LOGS] = {.name = "audit_logs", .noun = "audit log", .parent = "user_id", .scopes = SCOPE_HISTORY,
                          COLUMNS(audit_columns), INDEXES(audit_indexes)},
    [TABLE_USAGE_ANALYTICS] = {.name = "usage_analytics", .noun = "usage count", .parent = "user_id", .scopes = SCOPE_HISTORY,
                               COLUMNS(usage_columns), INDEXES(usage_indexes), .check = "period_end > period_start"},
};

const struct table *table_find(const char *name)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (strcmp(tables[i].name, name) == 0)
            return &tables[i];
    return NULL;
}

bool table_is(const struct table *table, const char *name)
{
    return strcmp(table->name, name) == 0;
}

size_t table_index(const struct table *table)
{
    return (size_t)(table - tables);
}

const struct column *table_column(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->ncolumns; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

bool column_names_user(const struct column *column)
{
    return column && column->references && strcmp(column->references, "users") == 0;
}

bool column_names_owner(const struct column *column)
{
    return column_names_user(column) || (column && column->references && strcmp(column->references, "projects") == 0);
}

bool table_is_of_project(const struct table *table)
{
    return table_is(table, "projects") ||
           (table->parent && !column_names_user(table_column(table, table->parent)));
}

bool table_is_history(const struct table *table)
{
    return table->scopes & (SCOPE_KEYS | SCOPE_HISTORY);
}

bool table_is_of_template(const struct table *table)
{
    return table_is(table, "contexts") || table_is(table, "graphs") || table_is(table, "nodes") || table_is(table, "edges");
}

enum type type_from_sql(const char *sql_type)
{
    static const struct {
        const char *sql_type;
        enum type type;
    } types[] = {
        {"uuid", TYPE_UUID},
        {"text", TYPE_TEXT},
        {"integer", TYPE_INTEGER},
        {"smallint", TYPE_INTEGER},
        {"serial", TYPE_INTEGER},
        {"bigint", TYPE_BIGINT},
        {"double precision", TYPE_DOUBLE},
        {"boolean", TYPE_BOOLEAN},
        {"timestamp with time zone", TYPE_TIMESTAMPTZ},
        {"jsonb", TYPE_JSONB},
        {"text[]", TYPE_TEXT_ARRAY},
        {"inet", TYPE_INET},
    };

    for (size_t i = 0; i < COUNT(types); i++)
        if (strcmp(types[i].sql_type, sql_type) == 0)
            return types[i].type;
    if (strchr(sql_type, '['))
        return TYPE_OTHER;
    if (strncmp(sql_type, "numeric", 7) == 0)
        return TYPE_NUMERIC;
    if (strncmp(sql_type, "character varying", 17) == 0)
        return TYPE_TEXT;
    return TYPE_OTHER;
}
