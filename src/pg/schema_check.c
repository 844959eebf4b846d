#include "simulark/base/memory.h"
#include "simulark/model/table.h"
#include "simulark/pg/rules.h"
#include "simulark/pg/schema.h"

#include <stdlib.h>
#include <string.h>

/* The catalog as facts about tables: what kind of fact, the table, its column (or columns, "a, b"), and a detail. Keys and
 * indexes are known by their columns, for instances call them what they like. Indexes over expressions or parts of a table
 * are left out: they do not do what the model asks for. */
static const char facts_sql[] =
    "WITH rel AS (SELECT c.oid, c.relname, c.relkind::text AS kind, n.nspname"
    "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')),"
    " col AS (SELECT rel.oid, rel.relname, a.* FROM rel JOIN pg_catalog.pg_attribute a"
    "  ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped),"
    " con AS (SELECT rel.relname, k.contype::text AS kind, k.confdeltype::text AS on_delete,"
    "   (SELECT string_agg(a.attname, ', ' ORDER BY p.place) FROM unnest(k.conkey) WITH ORDINALITY AS p (number, place)"
    "    JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid AND a.attnum = p.number) AS columns,"
    "   CASE WHEN tn.nspname <> rel.nspname THEN tn.nspname || '.' ELSE '' END || t.relname || ' (' ||"
    "   (SELECT string_agg(a.attname, ', ' ORDER BY p.place) FROM unnest(k.confkey) WITH ORDINALITY AS p (number, place)"
    "    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = p.number) || ')' AS target"
    "  FROM rel JOIN pg_catalog.pg_constraint k ON k.conrelid = rel.oid"
    "  LEFT JOIN pg_catalog.pg_class t ON t.oid = k.confrelid"
    "  LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace),"
    " idx AS (SELECT rel.relname, m.amname, i.indisunique,"
    "   (SELECT string_agg(a.attname, ', ' ORDER BY p.place) FROM unnest(i.indkey) WITH ORDINALITY AS p (number, place)"
    "    JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid AND a.attnum = p.number"
    "    WHERE p.place <= i.indnkeyatts) AS columns"
    "  FROM rel JOIN pg_catalog.pg_index i ON i.indrelid = rel.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
    "  JOIN pg_catalog.pg_am m ON m.oid = x.relam WHERE i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)"
    " SELECT 'relation', relname, '', kind, 0 AS place FROM rel"
    " UNION ALL SELECT 'column', relname, attname, pg_catalog.format_type(atttypid, atttypmod), attnum FROM col"
    " UNION ALL SELECT 'not null', relname, attname, '', 0 FROM col WHERE attnotnull"
    " UNION ALL SELECT 'default', relname, attname, '', 0 FROM col WHERE atthasdef OR attidentity <> ''"
    " UNION ALL SELECT 'primary key', relname, columns, '', 0 FROM con WHERE kind = 'p'"
    " UNION ALL SELECT 'check', relname, columns, '', 0 FROM con WHERE kind = 'c'"
    " UNION ALL SELECT 'foreign key', relname, columns, target, 0 FROM con WHERE kind = 'f'"
    " UNION ALL SELECT 'on delete', relname, columns, on_delete, 0 FROM con WHERE kind = 'f'"
    " UNION ALL SELECT 'unique', relname, columns, '', 0 FROM idx WHERE indisunique"
    " UNION ALL SELECT 'index', relname, columns, amname, 0 FROM idx"
    " ORDER BY 1, 2, 5, 3, 4";

enum fact { FACT_KIND, FACT_TABLE, FACT_COLUMNS, FACT_DETAIL };

struct check {
    const struct pg_result *facts;
    const struct table *table; /* looked at now */
    struct drifts *drifts;
};

static bool fact_is(const struct check *check, size_t row, enum fact part, const char *text)
{
    const char *found = pg_result_text(check->facts, row, part);

    return found && strcmp(found, text) == 0;
}

/* The detail of the fact of this kind about the table's columns; NULL where there is none. */
static const char *fact(const struct check *check, const char *kind, const char *columns)
{
    for (size_t row = 0; row < pg_result_rows(check->facts); row++)
        if (fact_is(check, row, FACT_KIND, kind) && fact_is(check, row, FACT_TABLE, check->table->name) &&
            fact_is(check, row, FACT_COLUMNS, columns))
            return pg_result_text(check->facts, row, FACT_DETAIL);
    return NULL;
}

/* The same where several may be: whether one of them has this detail. */
static bool fact_holds(const struct check *check, const char *kind, const char *columns, const char *detail)
{
    for (size_t row = 0; row < pg_result_rows(check->facts); row++)
        if (fact_is(check, row, FACT_KIND, kind) && fact_is(check, row, FACT_TABLE, check->table->name) &&
            fact_is(check, row, FACT_COLUMNS, columns) && fact_is(check, row, FACT_DETAIL, detail))
            return true;
    return false;
}

__attribute__((format(printf, 3, 4))) static void report(struct check *check, const char *column, const char *format, ...)
{
    struct drifts *drifts = check->drifts;
    va_list args;

    drifts->items = mem_grow(drifts->items, &drifts->capacity, drifts->count + 1, sizeof *drifts->items);
    va_start(args, format);
    drifts->items[drifts->count++] = (struct drift){
        .table = mem_strdup(check->table->name),
        .column = mem_strdup_or_null(column),
        .problem = text_vprintf(format, args),
    };
    va_end(args);
}

void drifts_release(struct drifts *drifts)
{
    for (size_t i = 0; i < drifts->count; i++) {
        free(drifts->items[i].table);
        free(drifts->items[i].column);
        free(drifts->items[i].problem);
    }
    free(drifts->items);
    *drifts = (struct drifts){0};
}

static void check_reference(struct check *check, const struct column *column)
{
    const char *key = column->type == TYPE_UUID ? "id" : "name";
    const char *found = fact(check, "foreign key", column->name);
    struct buffer target = BUFFER_INIT;

    buffer_printf(&target, "%s (%s)", column->references, key);
    if (!found)
        report(check, column->name, "has no foreign key to %s", column->references);
    else if (!fact_holds(check, "foreign key", column->name, buffer_string(&target)))
        report(check, column->name, "references %s, not %s", found, buffer_string(&target));
    else if (column->on_delete == ON_DELETE_CASCADE && !fact_holds(check, "on delete", column->name, "c"))
        report(check, column->name, "has a foreign key without ON DELETE CASCADE");
    else if (column->on_delete == ON_DELETE_SET_NULL && !fact_holds(check, "on delete", column->name, "n"))
        report(check, column->name, "has a foreign key without ON DELETE SET NULL");
    buffer_release(&target);
}

static const char *expected_type(const struct column *column)
{
    return strcmp(column->sql_type, "serial") == 0 ? "integer" : column->sql_type;
}

/* What only tables have. */
static void check_constraints(struct check *check, const struct column *column)
{
    const char *name = column->name;
    bool key = strcmp(name, "id") == 0;

    if (key && !fact(check, "primary key", name))
        report(check, name, "is not the primary key");
    else if (column->not_null && !fact(check, "not null", name))
        report(check, name, "is not NOT NULL");
    else if (!column->not_null && fact(check, "not null", name))
        report(check, name, "is NOT NULL, but may be NULL in the model");
    if ((column->default_sql || strcmp(column->sql_type, "serial") == 0) && !fact(check, "default", name))
        report(check, name, "has no default");
    if (column->unique && !fact(check, "unique", name))
        report(check, name, "is not unique");
    if (column->references)
        check_reference(check, column);
    if ((column->check || column->values) && !fact(check, "check", name))
        report(check, name, "has no check");
}

static void check_column(struct check *check, const struct column *column, bool is_table)
{
    const char *type = fact(check, "column", column->name);

    if (!type) {
        report(check, column->name, "is missing");
        return;
    }
    if (strcmp(type, expected_type(column)) != 0)
        report(check, column->name, "is %s, not %s", type, expected_type(column));
    if (is_table)
        check_constraints(check, column);
}

/* Whether some index begins with these columns. */
static bool is_indexed(const struct check *check, const struct index *index)
{
    size_t len = strlen(index->columns);

    for (size_t row = 0; row < pg_result_rows(check->facts); row++) {
        const char *columns = pg_result_text(check->facts, row, FACT_COLUMNS);

        if (fact_is(check, row, FACT_KIND, "index") && fact_is(check, row, FACT_TABLE, check->table->name) &&
            fact_is(check, row, FACT_DETAIL, index->method) && columns && strncmp(columns, index->columns, len) == 0 &&
            (columns[len] == '\0' || columns[len] == ','))
            return true;
    }
    return false;
}

static bool has_columns(const struct check *check, const char *columns)
{
    for (const char *at = columns; *at; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ",");
        char *name = mem_strndup(at, len);
        bool has = fact(check, "column", name) != NULL;

        free(name);
        if (!has)
            return false;
        at += len;
    }
    return true;
}

static void check_indexes(struct check *check)
{
    for (size_t i = 0; i < check->table->nindexes; i++) {
        const struct index *index = &check->table->indexes[i];

        if (!has_columns(check, index->columns) || is_indexed(check, index))
            continue;
        if (strcmp(index->method, "btree") == 0)
            report(check, index->columns, "has no index");
        else
            report(check, index->columns, "has no %s index", index->method);
    }
}

static void check_extra_columns(struct check *check)
{
    for (size_t row = 0; row < pg_result_rows(check->facts); row++)
        if (fact_is(check, row, FACT_KIND, "column") && fact_is(check, row, FACT_TABLE, check->table->name) &&
            !table_column(check->table, pg_result_text(check->facts, row, FACT_COLUMNS)))
            report(check, pg_result_text(check->facts, row, FACT_COLUMNS), "is not in the model");
}

/* The one CHECK over two columns; the order of its columns in the catalog is that of the table. */
static void check_table_check(struct check *check)
{
    static const char period[] = "period_start, period_end";

    if (check->table->check && has_columns(check, period) && !fact(check, "check", period) &&
        !fact(check, "check", "period_end, period_start"))
        report(check, period, "has no check");
}

static void check_table(struct check *check)
{
    const char *kind = fact(check, "relation", "");
    bool is_table;

    if (!kind) {
        report(check, NULL, "is missing");
        return;
    }
    is_table = *kind == 'r' || *kind == 'p';
    if (!is_table)
        report(check, NULL, "is a %s", *kind == 'v' ? "view" : *kind == 'm' ? "materialized view" : "foreign table");
    for (size_t i = 0; i < check->table->ncolumns; i++)
        check_column(check, &check->table->columns[i], is_table);
    if (is_table) {
        check_table_check(check);
        check_indexes(check);
    }
    check_extra_columns(check);
}

/* Tiers whose JSON says nothing that can be obeyed. Who may not read them learns nothing of it. */
static void check_tiers(struct check *check, struct pg *pg)
{
    struct error problems = ERROR_INIT;
    struct error unread = ERROR_INIT;
    struct tiers tiers = {0};

    check->table = table_find("subscription_tiers");
    if (fact_holds(check, "column", "limits", "jsonb") && fact_holds(check, "column", "features", "jsonb") &&
        fact(check, "column", "name"))
        tiers_read(pg, NULL, &tiers, &problems, &unread);
    for (size_t i = 0; i < problems.ndetails; i++)
        report(check, NULL, "has a row that cannot be obeyed: %s", problems.details[i]);
    error_release(&problems);
    error_release(&unread);
    tiers_release(&tiers);
}

bool schema_check(struct pg *pg, struct drifts *drifts, struct error *err)
{
    const char *schema = pg_schema(pg);
    struct pg_result *facts = pg_begin_read(pg, err) ? pg_query(pg, facts_sql, 1, &schema, err) : NULL;
    struct check check = {.facts = facts, .drifts = drifts};
    bool ok;

    *drifts = (struct drifts){0};
    for (size_t i = 0; facts && i < TABLE_COUNT; i++) {
        check.table = &tables[i];
        check_table(&check);
    }
    if (facts)
        check_tiers(&check, pg);
    ok = facts && pg_rollback(pg, err);
    pg_result_free(facts);
    return ok;
}
