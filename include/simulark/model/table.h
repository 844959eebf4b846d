/* The table of tables: what Simulark's thirteen tables are.
 *
 * This one table drives the schema's SQL, export, import, checking, mapping of people and ids, redaction and the search
 * for drift. A new column is one line in src/model/table.c. The authority is the application's database document. */
#ifndef SIMULARK_MODEL_TABLE_H
#define SIMULARK_MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Types matter only where a cell is written as JSON or YAML, read back, or checked. */
enum type {
    TYPE_OTHER, /* any type the model does not know: carried as the text PostgreSQL writes */
    TYPE_UUID,
    TYPE_ID, /* in templates: a uuid, or a short id that is good within the bundle ("cdn") */
    TYPE_TEXT,
    TYPE_INTEGER,
    TYPE_BIGINT,
    TYPE_DOUBLE,
    TYPE_NUMERIC,
    TYPE_BOOLEAN,
    TYPE_TIMESTAMPTZ,
    TYPE_JSONB,
    TYPE_TEXT_ARRAY,
    TYPE_INET,
};

/* What happens to a row when the row it references goes. */
enum on_delete { ON_DELETE_NOTHING, ON_DELETE_CASCADE, ON_DELETE_SET_NULL };

struct column {
    const char *name;
    const char *sql_type; /* as format_type() writes it, or "serial" */
    enum type type;
    enum on_delete on_delete;
    const char *default_sql; /* the expression after DEFAULT, or NULL */
    /* The cell of a row that leaves the column out; NULL: SQL NULL, but for gen_random_uuid() and now(), made when read. */
    const char *default_text;
    const char *references;    /* table whose key this holds, or NULL */
    const char *check;         /* the condition of a CHECK, or NULL */
    const char *const *values; /* for a CHECK of the form "in (…)": NULL-ended; else NULL */
    bool not_null;
    bool unique;
};

struct index {
    const char *columns; /* as in CREATE INDEX … (columns) */
    const char *method;  /* "btree", "gin" */
};

/* Which selections a table's rows belong to. */
enum scope {
    SCOPE_PROJECT = 1,  /* goes with a project */
    SCOPE_ACCOUNT = 2,  /* goes with a user's account */
    SCOPE_INSTANCE = 4, /* goes with the whole instance */
    SCOPE_KEYS = 8,     /* only where asked for by name (api_keys) */
    SCOPE_HISTORY = 16, /* only where asked for by name (audit_logs, usage_analytics) */
};

struct table {
    const char *name;
    const char *noun;   /* one row, in messages: "graph" */
    const char *parent; /* column that holds the parent's id: rows stand in order of it, then of id; NULL: of id alone */
    unsigned scopes;    /* of enum scope */
    bool unit;          /* conflicts are decided row by row: project, context, user, template */
    const struct column *columns;
    size_t ncolumns;
    const struct index *indexes;
    size_t nindexes;
    const char *check; /* a CHECK over several columns, or NULL */
};

/* Load order: a row only references rows of earlier tables, or of its own. */
enum {
    TABLE_SUBSCRIPTION_TIERS,
    TABLE_USERS,
    TABLE_TEMPLATES,
    TABLE_CONTEXTS,
    TABLE_PROJECTS,
    TABLE_GRAPHS,
    TABLE_NODES,
    TABLE_EDGES,
    TABLE_CHATS,
    TABLE_MESSAGES,
    TABLE_API_KEYS,
    TABLE_AUDIT_LOGS,
    TABLE_USAGE_ANALYTICS,
    TABLE_COUNT
};

/* All tables in load order. */
extern const struct table tables[TABLE_COUNT];

const struct table *table_find(const char *name); /* NULL where there is none */
bool table_is(const struct table *table, const char *name);
size_t table_index(const struct table *table);    /* its place in load order */
const struct column *table_column(const struct table *table, const char *name);

/* Whether the column, which may be NULL, holds a user's id. */
bool column_names_user(const struct column *column);
/* The same for a user's or a project's: whose the rows of a template are is no part of it. */
bool column_names_owner(const struct column *column);

/* Whether the table's rows belong to projects or, as messages do, to what may belong to one: they go with it. */
bool table_is_of_project(const struct table *table);

/* Whether its rows tell what happened, or open doors: they travel only where asked for by name, and are nobody's content. */
bool table_is_history(const struct table *table);

/* Whether templates hold its rows: contexts, graphs, nodes, edges. */
bool table_is_of_template(const struct table *table);

/* The type for a name as PostgreSQL's format_type() writes it. */
enum type type_from_sql(const char *sql_type);

#endif
