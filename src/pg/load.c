#include "simulark/pg/load.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *id_type(const struct table *table)
{
    return table->columns[0].type == TYPE_UUID ? "uuid" : "integer";
}

bool load_copy(struct pg *pg, const struct shape *shape, bool binary, bool frozen, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    bool ok;

    buffer_text(&sql, "COPY ");
    pg_append_table(pg, &sql, shape->table->name);
    buffer_text(&sql, " (");
    pg_append_columns(&sql, "", shape);
    buffer_printf(&sql, ") FROM STDIN (FORMAT %s, FREEZE %s)", binary ? "binary" : "text", frozen ? "true" : "false");
    ok = pg_copy_in(pg, buffer_string(&sql), err);
    buffer_release(&sql);
    return ok;
}

bool load_refer_elsewhere(struct pg *pg, bool refers[TABLE_COUNT], struct error *err)
{
    static const char sql[] =
        "SELECT c.relname FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND k.contype = 'f'"
        " GROUP BY c.oid, c.relname HAVING pg_catalog.bool_and(k.confrelid <> k.conrelid)";
    const char *schema = pg_schema(pg);
    struct pg_result *result = pg_query(pg, sql, 1, &schema, err);

    memset(refers, 0, TABLE_COUNT * sizeof *refers);
    catalog_mark_tables(result, refers);
    pg_result_free(result);
    return result != NULL;
}

/* The latest change to anything that belongs to the unit t; a time that is still to come is no change. */
static void append_last_change(const struct pg *pg, const struct catalog *catalog, const struct table *unit, struct buffer *sql)
{
    static const struct {
        const char *unit, *tables[2];
        const char *sql;
    } parts[] = {
        {"projects", {"graphs", NULL},
         "x.updated_at) FROM %graphs x WHERE x.updated_at <= pg_catalog.now() AND x.project_id = t.id"},
        {"projects", {"chats", NULL},
         "x.updated_at) FROM %chats x WHERE x.updated_at <= pg_catalog.now() AND x.project_id = t.id"},
        {"projects", {"nodes", "graphs"},
         "x.updated_at) FROM %nodes x WHERE x.updated_at <= pg_catalog.now()"
         " AND x.graph_id IN (SELECT g.id FROM %graphs g WHERE g.project_id = t.id)"},
        {"projects", {"edges", "graphs"},
         "x.created_at) FROM %edges x WHERE x.created_at <= pg_catalog.now()"
         " AND x.graph_id IN (SELECT g.id FROM %graphs g WHERE g.project_id = t.id)"},
        {"projects", {"messages", "chats"},
         "x.created_at) FROM %messages x WHERE x.created_at <= pg_catalog.now()"
         " AND x.chat_id IN (SELECT h.id FROM %chats h WHERE h.project_id = t.id)"},
        {"chats", {"messages", NULL},
         "x.created_at) FROM %messages x WHERE x.created_at <= pg_catalog.now() AND x.chat_id = t.id"},
    };

    buffer_text(sql, ", GREATEST(NULL::timestamptz");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!table_is(unit, parts[i].unit) || !catalog_has(catalog, table_find(parts[i].tables[0])) ||
            (parts[i].tables[1] && !catalog_has(catalog, table_find(parts[i].tables[1]))))
            continue;
        buffer_text(sql, ", (SELECT pg_catalog.max(");
        pg_append_sql(pg, sql, parts[i].sql);
        buffer_byte(sql, ')');
    }
    buffer_byte(sql, ')');
}

const struct column *load_natural_key(const struct table *table)
{
    for (size_t i = 0; i < table->ncolumns; i++)
        if (table->columns[i].unique)
            return &table->columns[i];
    return NULL;
}

struct pg_result *load_existing(struct pg *pg, const struct catalog *catalog, const struct shape *shape, const char *ids,
                                const char *keys, bool lock, struct error *err)
{
    const struct column *key = load_natural_key(shape->table);
    const char *params[] = {ids, keys};
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT ");
    pg_append_columns(&sql, "t.", shape);
    if (lock)
        append_last_change(pg, catalog, shape->table, &sql);
    else
        buffer_text(&sql, ", NULL");
    buffer_text(&sql, " FROM ");
    pg_append_table(pg, &sql, shape->table->name);
    buffer_printf(&sql, " t WHERE t.id = ANY ($1::%s[])", id_type(shape->table));
    if (key)
        buffer_printf(&sql, " OR t.%s = ANY ($2::text[])", key->name);
    if (lock)
        buffer_text(&sql, " FOR UPDATE OF t");
    result = pg_query(pg, buffer_string(&sql), key ? 2 : 1, params, err);
    buffer_release(&sql);
    return result;
}

struct pg_result *load_present(struct pg *pg, const struct table *table, const char *ids, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT t.id FROM ");
    pg_append_table(pg, &sql, table->name);
    buffer_text(&sql, " t WHERE t.id = ANY ($1::uuid[])");
    result = pg_query(pg, buffer_string(&sql), 1, &ids, err);
    buffer_release(&sql);
    return result;
}

bool load_update(struct pg *pg, const struct shape *shape, const char *id, const struct row *row, struct error *err)
{
    const char **params = mem_alloc((shape->ncolumns + 1) * sizeof *params);
    struct buffer sql = BUFFER_INIT;
    struct buffer texts = BUFFER_INIT; /* NUL-ended, one behind the other */
    struct pg_result *result;
    size_t count = 1;
    size_t room = 0;

    for (size_t i = 0; i < row->ncells; i++)
        room += row->cells[i].len + 1;
    buffer_reserve(&texts, room); /* so that the parameters stay where they are */
    buffer_text(&sql, "UPDATE ");
    pg_append_table(pg, &sql, shape->table->name);
    buffer_text(&sql, " SET ");
    params[0] = id;
    for (size_t i = 0; i < shape->ncolumns; i++) {
        if (strcmp(shape->columns[i].name, "id") == 0)
            continue;
        buffer_text(&sql, count > 1 ? ", " : "");
        pg_append_name(&sql, shape->columns[i].name);
        buffer_printf(&sql, " = $%zu", ++count);
        params[count - 1] = row->cells[i].text ? texts.data + texts.len : NULL;
        buffer_append(&texts, row->cells[i].text ? row->cells[i].text : "", row->cells[i].len);
        buffer_byte(&texts, '\0');
    }
    buffer_text(&sql, " WHERE id = $1");
    result = pg_query(pg, buffer_string(&sql), count, params, err);
    buffer_release(&sql);
    buffer_release(&texts);
    free(params);
    if (result && pg_result_affected(result) != 1)
        load_refuse_count(shape->table, pg_result_affected(result), 1, err);
    pg_result_free(result);
    return !error_is_set(err);
}

struct pg_result *load_rows(struct pg *pg, const struct shape *shape, const char *ids, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT ");
    pg_append_columns(&sql, "t.", shape);
    buffer_printf(&sql, " FROM pg_catalog.unnest($1::%s[]) WITH ORDINALITY w (id, n) LEFT JOIN ", id_type(shape->table));
    pg_append_table(pg, &sql, shape->table->name);
    buffer_text(&sql, " t ON t.id = w.id ORDER BY w.n");
    result = pg_query(pg, buffer_string(&sql), 1, &ids, err);
    buffer_release(&sql);
    return result;
}

bool load_sets_time(const struct shape_column *column)
{
    return column->type == TYPE_TIMESTAMPTZ || strcmp(column->name, "id") == 0;
}

bool load_update_times(struct pg *pg, const struct shape *shape, struct buffer *arrays, struct error *err)
{
    const char **params = mem_alloc(shape->ncolumns * sizeof *params);
    struct buffer sql = BUFFER_INIT;
    struct buffer names = BUFFER_INIT;
    struct buffer values = BUFFER_INIT;
    struct pg_result *result;
    size_t count = 0;
    bool first = true;

    buffer_text(&sql, "UPDATE ");
    pg_append_table(pg, &sql, shape->table->name);
    buffer_text(&sql, " t SET ");
    for (size_t i = 0; i < shape->ncolumns; i++) {
        const struct shape_column *column = &shape->columns[i];

        if (!load_sets_time(column))
            continue;
        buffer_text(&names, count ? ", " : "");
        pg_append_name(&names, column->name);
        buffer_printf(&values, "%spg_catalog.unnest($%zu::%s[])", count ? ", " : "", count + 1,
                      column->type == TYPE_TIMESTAMPTZ ? "timestamptz" : id_type(shape->table));
        params[count++] = pg_array_end(&arrays[i]);
        if (column->type != TYPE_TIMESTAMPTZ)
            continue;
        buffer_text(&sql, first ? "" : ", ");
        pg_append_name(&sql, column->name);
        buffer_text(&sql, " = v.");
        pg_append_name(&sql, column->name);
        first = false;
    }
    buffer_printf(&sql, " FROM ROWS FROM (%s) v (%s) WHERE t.id = v.id", buffer_string(&values), buffer_string(&names));
    result = pg_query(pg, buffer_string(&sql), count, params, err);
    buffer_release(&sql);
    buffer_release(&names);
    buffer_release(&values);
    free(params);
    pg_result_free(result);
    return result != NULL;
}

bool load_user(struct pg *pg, const char *id, const char *email, bool *made, struct error *err)
{
    const char *params[] = {id, email};
    struct pg_result *result = pg_ask_with(pg, "INSERT INTO %users (id, email) VALUES ($1, $2) ON CONFLICT DO NOTHING", 2,
                                           params, err);

    *made = result && pg_result_affected(result) == 1;
    pg_result_free(result);
    return result != NULL;
}

bool load_refuse_count(const struct table *table, int64_t taken, int64_t sent, struct error *err)
{
    return error_set(err, STATUS_DATABASE, "The database kept %lld of %lld rows of %s: a trigger or rule holds some back.",
                     (long long)taken, (long long)sent, table->name);
}

/* The sequence behind a table's id, as an expression. */
static void append_sequence(const struct pg *pg, struct buffer *sql, const struct table *table)
{
    struct buffer name = BUFFER_INIT;

    pg_append_table(pg, &name, table->name);
    buffer_text(sql, "pg_catalog.pg_get_serial_sequence(");
    pg_append_text(sql, buffer_string(&name));
    buffer_text(sql, ", 'id')");
    buffer_release(&name);
}

bool load_next_serial(struct pg *pg, const struct table *table, struct buffer *number, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT pg_catalog.nextval(");
    append_sequence(pg, &sql, table);
    buffer_text(&sql, "::regclass)");
    result = pg_query(pg, buffer_string(&sql), 0, NULL, err);
    buffer_clear(number);
    if (result && pg_result_text(result, 0, 0))
        buffer_text(number, pg_result_text(result, 0, 0));
    else
        error_set(err, STATUS_CONFLICT, "The ids of %s have no sequence, so none can be made for another.", table->name);
    buffer_release(&sql);
    pg_result_free(result);
    return !error_is_set(err);
}

/* Whole numbers that count upwards. Rows with an identity need no right to its sequence: without one it stays where it is. */
static const char serials_sql[] =
    "SELECT c.relname, a.attname, pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(s.relname)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_depend d ON d.refobjid = c.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    "  AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid"
    " JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
    " JOIN pg_catalog.pg_namespace m ON m.oid = s.relnamespace"
    " JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0"
    " WHERE n.nspname = $1"
    "  AND a.atttypid IN ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype,"
    "   'pg_catalog.int8'::pg_catalog.regtype)"
    "  AND (a.attname = 'id' OR pg_catalog.has_sequence_privilege(s.oid, 'UPDATE'))";

static bool advance_serial(struct pg *pg, const char *table, const char *column, const char *sequence, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT pg_catalog.setval(q.seqrelid::regclass, m.largest) FROM pg_catalog.pg_sequence q,"
                      " pg_catalog.pg_sequence_last_value(q.seqrelid::regclass) l (last), (SELECT pg_catalog.max(t.");
    pg_append_name(&sql, column);
    buffer_text(&sql, ")::bigint AS largest FROM ");
    pg_append_table(pg, &sql, table);
    buffer_text(&sql, " t) m WHERE q.seqrelid = $1::regclass AND m.largest BETWEEN q.seqmin AND q.seqmax"
                      " AND (m.largest > l.last OR (l.last IS NULL AND m.largest >= q.seqstart))");
    result = pg_query(pg, buffer_string(&sql), 1, &sequence, err);
    buffer_release(&sql);
    pg_result_free(result);
    return result != NULL;
}

void load_question_serials(struct pg *pg, struct pg_question *question)
{
    buffer_text(&question->text, serials_sql);
    question->params[question->nparams++] = pg_schema(pg);
}

bool load_advance_serials(struct pg *pg, const struct pg_result *serials, const bool written[TABLE_COUNT], struct error *err)
{
    for (size_t row = 0; row < pg_result_rows(serials); row++) {
        const char *name = pg_result_text(serials, row, 0);
        const struct table *table = table_find(name);

        if (table && written[table_index(table)] &&
            !advance_serial(pg, name, pg_result_text(serials, row, 1), pg_result_text(serials, row, 2), err))
            return false;
    }
    return true;
}

bool load_delete(struct pg *pg, const struct table *table, const char *ids, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "DELETE FROM ");
    pg_append_table(pg, &sql, table->name);
    buffer_text(&sql, " WHERE id = ANY ($1::uuid[])");
    result = pg_query(pg, buffer_string(&sql), 1, &ids, err);
    buffer_release(&sql);
    pg_result_free(result);
    return result != NULL;
}

void load_question_users(const char *ids, const char *emails, struct pg_question *question)
{
    buffer_text(&question->text,
                "SELECT u.id, u.email FROM %users u WHERE u.id = ANY ($1::uuid[]) OR pg_catalog.lower(u.email) IN"
                " (SELECT pg_catalog.lower(e.email) FROM pg_catalog.unnest($2::text[]) e (email)) ORDER BY u.id");
    question->params[question->nparams++] = ids;
    question->params[question->nparams++] = emails;
}
