#include "simulark/pg/schema.h"

#include "simulark/model/table.h"

#include <stdio.h>
#include <string.h>

#define VERSION 1 /* of the thirteen tables */

static const char heading[] =
    "-- The tables of Simulark, version %d of the schema, with their keys, checks, indexes and default tiers.\n"
    "-- Whatever is there already stays as it is, so this may be run any number of times.\n\n";

/* What a new instance offers. Prices that are not zero are for the operator to set. */
static const char tiers_sql[] =
    " (name, display_name, price_monthly, price_yearly, features, limits)\n"
    "SELECT tier.name, tier.display_name, tier.price, tier.price, tier.features, tier.limits\n"
    "FROM (VALUES\n"
    "    ('free', 'Free', 0.00,\n"
    "     '[\"export\", \"import\"]'::jsonb,\n"
    "     '{\"max_projects\": 3, \"max_graphs_per_project\": 5, \"max_nodes_per_graph\": 100,\n"
    "       \"max_edges_per_graph\": 200, \"max_chats_per_project\": 10,\n"
    "       \"max_messages_per_chat\": 500, \"max_contexts\": 10,\n"
    "       \"exports_per_month\": 10, \"imports_per_month\": 10, \"template_uses_per_month\": 10}'::jsonb),\n"
    "    ('pro', 'Pro', NULL,\n"
    "     '[\"export\", \"import\", \"public_projects\", \"premium_templates\"]',\n"
    "     '{\"max_projects\": 100, \"max_graphs_per_project\": 50, \"max_nodes_per_graph\": 5000,\n"
    "       \"max_edges_per_graph\": 10000, \"max_chats_per_project\": 200,\n"
    "       \"max_messages_per_chat\": 10000, \"max_contexts\": 500,\n"
    "       \"exports_per_month\": 1000, \"imports_per_month\": 1000, \"template_uses_per_month\": 1000}'),\n"
    "    ('enterprise', 'Enterprise', NULL,\n"
    "     '[\"export\", \"import\", \"public_projects\", \"premium_templates\", \"publish_templates\"]',\n"
    "     '{}')\n"
    ") AS tier (name, display_name, price, features, limits)\n"
    "WHERE NOT EXISTS (SELECT FROM ";

/* Names of tables and columns are the model's, none of which needs quotes; a schema may be called anything. */
static void append_schema(struct buffer *sql, const char *schema)
{
    if (strcmp(schema, "public") == 0)
        buffer_text(sql, schema);
    else
        pg_append_name(sql, schema);
}

static void append_table_name(struct buffer *sql, const char *schema, const char *table)
{
    append_schema(sql, schema);
    buffer_printf(sql, ".%s", table);
}

static const char *type_name(const struct column *column)
{
    return column->type == TYPE_TIMESTAMPTZ ? "timestamptz" : column->sql_type;
}

static int longest(int so_far, const char *text)
{
    int len = (int)strlen(text);

    return len > so_far ? len : so_far;
}

static void append_check(struct buffer *sql, const struct column *column)
{
    if (column->check)
        buffer_printf(sql, " CHECK (%s)", column->check);
    if (!column->values)
        return;
    buffer_printf(sql, " CHECK (%s IN (", column->name);
    for (size_t i = 0; column->values[i]; i++)
        buffer_printf(sql, "%s'%s'", i ? ", " : "", column->values[i]);
    buffer_text(sql, "))");
}

static void append_reference(struct buffer *sql, const char *schema, const struct column *column)
{
    if (!column->references)
        return;
    buffer_text(sql, " REFERENCES ");
    append_table_name(sql, schema, column->references);
    /* Tiers alone are referenced by name, and a name may change. */
    buffer_text(sql, column->type == TYPE_UUID ? " (id)" : " (name) ON UPDATE CASCADE");
    if (column->on_delete == ON_DELETE_CASCADE)
        buffer_text(sql, " ON DELETE CASCADE");
    else if (column->on_delete == ON_DELETE_SET_NULL)
        buffer_text(sql, " ON DELETE SET NULL");
}

/* Constraints are left without names: the ones PostgreSQL gives (users_email_key, nodes_graph_id_fkey) are as stable. */
static void append_column(struct buffer *sql, const char *schema, const struct column *column, int name_width, int type_width)
{
    bool key = strcmp(column->name, "id") == 0;

    buffer_printf(sql, "    %-*s  %-*s", name_width, column->name, type_width, type_name(column));
    if (key)
        buffer_text(sql, " PRIMARY KEY");
    else if (column->not_null)
        buffer_text(sql, " NOT NULL");
    if (column->default_sql)
        buffer_printf(sql, " DEFAULT %s", column->default_sql);
    if (column->unique)
        buffer_text(sql, " UNIQUE");
    append_reference(sql, schema, column);
    append_check(sql, column);
    while (sql->data[sql->len - 1] == ' ')
        sql->len--;
}

static void append_table(struct buffer *sql, const char *schema, const struct table *table)
{
    int name_width = 0;
    int type_width = 0;

    for (size_t i = 0; i < table->ncolumns; i++) {
        name_width = longest(name_width, table->columns[i].name);
        type_width = longest(type_width, type_name(&table->columns[i]));
    }
    buffer_text(sql, "CREATE TABLE IF NOT EXISTS ");
    append_table_name(sql, schema, table->name);
    buffer_text(sql, " (\n");
    for (size_t i = 0; i < table->ncolumns; i++) {
        append_column(sql, schema, &table->columns[i], name_width, type_width);
        buffer_text(sql, i + 1 < table->ncolumns || table->check ? ",\n" : "\n");
    }
    if (table->check)
        buffer_printf(sql, "    CHECK (%s)\n", table->check);
    buffer_text(sql, ");\n");
}

/* Under the name that PostgreSQL would choose, which IF NOT EXISTS must be told. */
static void append_index(struct buffer *sql, const char *schema, const struct table *table, const struct index *index)
{
    buffer_printf(sql, "CREATE INDEX IF NOT EXISTS %s_", table->name);
    for (const char *at = index->columns; *at; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ",");

        buffer_append(sql, at, len);
        buffer_byte(sql, '_');
        at += len;
    }
    buffer_text(sql, "idx ON ");
    append_table_name(sql, schema, table->name);
    if (strcmp(index->method, "btree") != 0)
        buffer_printf(sql, " USING %s", index->method);
    buffer_printf(sql, " (%s);\n", index->columns);
}

static void append_tiers(struct buffer *sql, const char *schema)
{
    buffer_text(sql, "INSERT INTO ");
    append_table_name(sql, schema, "subscription_tiers");
    buffer_text(sql, tiers_sql);
    append_table_name(sql, schema, "subscription_tiers");
    buffer_text(sql, ");\n");
}

void schema_sql(struct buffer *sql, const char *schema)
{
    buffer_printf(sql, heading, VERSION);
    buffer_text(sql, "BEGIN;\nSET LOCAL client_min_messages = warning;\n\n");
    if (strcmp(schema, "public") != 0) {
        buffer_text(sql, "CREATE SCHEMA IF NOT EXISTS ");
        append_schema(sql, schema);
        buffer_text(sql, ";\n\n");
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        append_table(sql, schema, &tables[i]);
        for (size_t n = 0; n < tables[i].nindexes; n++)
            append_index(sql, schema, &tables[i], &tables[i].indexes[n]);
        buffer_byte(sql, '\n');
    }
    append_tiers(sql, schema);
    buffer_text(sql, "\nCOMMIT;\n");
}

/* ---- applying ---- */

/* Runs a query of one value, a boolean. */
static bool ask(struct pg *pg, const char *sql, size_t nparams, const char *const *params, bool *yes, struct error *err)
{
    struct pg_result *result = pg_query(pg, sql, nparams, params, err);

    if (!result)
        return false;
    *yes = pg_result_rows(result) == 1 && pg_result_true(result, 0, 0);
    pg_result_free(result);
    return true;
}

static bool make_schema(struct pg *pg, struct buffer *sql, struct error *err)
{
    const char *schema = pg_schema(pg);
    bool there;

    /* IF NOT EXISTS would ask for the right to make schemas even where it has nothing to do. */
    if (!ask(pg, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)", 1, &schema, &there, err))
        return false;
    if (there)
        return true;
    buffer_clear(sql);
    buffer_text(sql, "CREATE SCHEMA IF NOT EXISTS ");
    append_schema(sql, schema);
    return pg_run(pg, buffer_string(sql), err);
}

static bool make_table(struct pg *pg, const struct table *table, struct buffer *sql, size_t *made, struct error *err)
{
    static const char exists_sql[] =
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relname = $2)";
    const char *const params[] = {pg_schema(pg), table->name};
    bool there;

    if (!ask(pg, exists_sql, 2, params, &there, err))
        return false;
    if (there)
        return true;
    buffer_clear(sql);
    append_table(sql, pg_schema(pg), table);
    ++*made;
    return pg_run(pg, buffer_string(sql), err);
}

/* An older table may have the index under another name, lack the column, or be a view. */
static bool make_index(struct pg *pg, const struct table *table, const struct index *index, struct buffer *sql,
                       struct error *err)
{
    static const char wanted_sql[] =
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')"
        " AND (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped"
        "      AND a.attname = ANY (string_to_array($3, ', '))) = cardinality(string_to_array($3, ', '))"
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
        "      JOIN pg_catalog.pg_am m ON m.oid = x.relam"
        "      WHERE i.indrelid = c.oid AND i.indpred IS NULL AND m.amname = $4"
        "      AND (SELECT string_agg(a.attname, ', ' ORDER BY k.place)"
        "           FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)"
        "           JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number) = $3))";
    const char *const params[] = {pg_schema(pg), table->name, index->columns, index->method};
    bool wanted;

    if (!ask(pg, wanted_sql, 4, params, &wanted, err))
        return false;
    if (!wanted)
        return true;
    buffer_clear(sql);
    append_index(sql, pg_schema(pg), table, index);
    return pg_run(pg, buffer_string(sql), err);
}

static bool make_all(struct pg *pg, struct buffer *sql, size_t *made, struct error *err)
{
    /* IF NOT EXISTS fails where two look at the same moment. */
    if (!pg_run(pg, "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('simulark schema apply'))", err) ||
        !make_schema(pg, sql, err))
        return false;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (!make_table(pg, &tables[i], sql, made, err))
            return false;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        for (size_t n = 0; n < tables[i].nindexes; n++)
            if (!make_index(pg, &tables[i], &tables[i].indexes[n], sql, err))
                return false;
    buffer_clear(sql);
    append_tiers(sql, pg_schema(pg));
    return pg_run(pg, buffer_string(sql), err);
}

void schema_append_command(const struct pg *pg, struct buffer *text)
{
    buffer_text(text, "simulark schema apply");
    if (strcmp(pg_schema(pg), "public") != 0)
        buffer_printf(text, " --schema '%s'", pg_schema(pg));
}

bool schema_apply(struct pg *pg, size_t *made, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct error ignored = ERROR_INIT;
    bool ok;

    *made = 0;
    ok = pg_begin_write(pg, err) && make_all(pg, &sql, made, err) && pg_commit(pg, err);
    if (!ok)
        pg_rollback(pg, &ignored);
    error_release(&ignored);
    buffer_release(&sql);
    return ok;
}
