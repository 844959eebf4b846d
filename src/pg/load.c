#include "simulark/pg/load.h"

#include <string.h>

static void append_columns(struct buffer *sql, const struct shape *shape, const char *prefix)
{
    for (size_t i = 0; i < shape->ncolumns; i++) {
        if (i)
            buffer_text(sql, ", ");
        buffer_text(sql, prefix);
        pg_append_name(sql, shape->columns[i].name);
    }
}

bool load_copy(struct pg *pg, const struct shape *shape, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    bool ok;

    buffer_text(&sql, "COPY ");
    pg_append_table(pg, &sql, shape->table->name);
    buffer_text(&sql, " (");
    append_columns(&sql, shape, "");
    buffer_text(&sql, ") FROM STDIN");
    ok = pg_copy_in(pg, buffer_string(&sql), err);
    buffer_release(&sql);
    return ok;
}

/* The latest change to anything that belongs to project t. */
static void append_last_change(const struct pg *pg, struct buffer *sql)
{
    static const struct {
        const char *table;
        const char *where;
    } parts[] = {
        {"graphs", "x.project_id = t.id"},
        {"chats", "x.project_id = t.id"},
        {"nodes", "x.graph_id IN (SELECT g.id FROM %graphs g WHERE g.project_id = t.id)"},
    };

    buffer_text(sql, ", GREATEST(t.updated_at");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *percent = strchr(parts[i].where, '%');

        buffer_text(sql, ", (SELECT pg_catalog.max(x.updated_at) FROM ");
        pg_append_table(pg, sql, parts[i].table);
        buffer_text(sql, " x WHERE ");
        if (percent) {
            buffer_append(sql, parts[i].where, (size_t)(percent - parts[i].where));
            pg_append_name(sql, pg_schema(pg));
            buffer_byte(sql, '.');
        }
        buffer_text(sql, percent ? percent + 1 : parts[i].where);
        buffer_byte(sql, ')');
    }
    buffer_byte(sql, ')');
}

struct pg_result *load_existing(struct pg *pg, const struct shape *shape, const char *ids, bool lock, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT ");
    append_columns(&sql, shape, "t.");
    if (strcmp(shape->table->name, "projects") == 0)
        append_last_change(pg, &sql);
    else
        buffer_text(&sql, ", NULL");
    buffer_text(&sql, " FROM ");
    pg_append_table(pg, &sql, shape->table->name);
    buffer_text(&sql, " t WHERE t.id = ANY ($1::uuid[])");
    if (lock)
        buffer_text(&sql, " FOR UPDATE OF t");
    result = pg_query(pg, buffer_string(&sql), 1, &ids, err);
    buffer_release(&sql);
    return result;
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

struct pg_result *load_users(struct pg *pg, const char *ids, const char *emails, struct error *err)
{
    const char *params[] = {ids, emails};
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT u.id, u.email FROM ");
    pg_append_table(pg, &sql, "users");
    buffer_text(&sql, " u WHERE u.id = ANY ($1::uuid[]) OR pg_catalog.lower(u.email) IN"
                      " (SELECT pg_catalog.lower(e.email) FROM pg_catalog.unnest($2::text[]) e (email)) ORDER BY u.id");
    result = pg_query(pg, buffer_string(&sql), 2, params, err);
    buffer_release(&sql);
    return result;
}
