#include "simulark/pg/trigger.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Rules have no type of their own: the event's number is turned into a trigger's bit. */
static const char triggers_sql[] =
    "SELECT c.relname, t.tgname, t.tgtype::integer, t.tgenabled = 'A', pg_catalog.pg_has_role(c.relowner, 'USAGE')"
    " FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
    " UNION ALL SELECT c.relname, r.rulename, CASE r.ev_type WHEN '2' THEN 16 WHEN '3' THEN 4 END, false, false"
    " FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relkind <> 'v' AND r.ev_enabled IN ('O', 'A') AND r.ev_type IN ('2', '3')"
    " ORDER BY 1, 2";

void triggers_question(struct pg *pg, struct pg_question *question)
{
    buffer_text(&question->text, triggers_sql);
    question->params[question->nparams++] = pg_schema(pg);
}

void triggers_take(struct triggers *triggers, const struct pg_result *result)
{
    for (size_t row = 0; row < pg_result_rows(result); row++) {
        const struct table *table = table_find(pg_result_text(result, row, 0));

        if (!table)
            continue;
        triggers->items = mem_grow(triggers->items, &triggers->capacity, triggers->count + 1, sizeof *triggers->items);
        triggers->items[triggers->count++] = (struct trigger){
            .table = table,
            .name = pg_result_dup(result, row, 1),
            .events = (unsigned)pg_result_number(result, row, 2) & (TRIGGER_INSERT | TRIGGER_UPDATE),
            .always = pg_result_true(result, row, 3),
            .ours = pg_result_true(result, row, 4),
        };
    }
}

void triggers_release(struct triggers *triggers)
{
    for (size_t i = 0; i < triggers->count; i++)
        free(triggers->items[i].name);
    free(triggers->items);
    *triggers = (struct triggers){0};
}

static bool fires(const struct trigger *t, const struct table *table, unsigned events)
{
    return t->table == table && (t->events & events) && !t->disabled;
}

bool triggers_any(const struct triggers *triggers, const struct table *table, unsigned events)
{
    for (size_t i = 0; i < triggers->count; i++)
        if (fires(&triggers->items[i], table, events))
            return true;
    return false;
}

void triggers_name(const struct triggers *triggers, const struct table *table, unsigned events, struct buffer *names)
{
    bool first = true;

    for (size_t i = 0; i < triggers->count; i++) {
        if (!fires(&triggers->items[i], table, events))
            continue;
        buffer_printf(names, "%s%s", first ? "" : ", ", triggers->items[i].name);
        first = false;
    }
}

static bool alter(struct pg *pg, const struct trigger *t, const char *verb, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    bool ok;

    buffer_text(&sql, "ALTER TABLE ");
    pg_append_table(pg, &sql, t->table->name);
    buffer_printf(&sql, " %s TRIGGER ", verb);
    pg_append_name(&sql, t->name);
    ok = pg_run(pg, buffer_string(&sql), err);
    buffer_release(&sql);
    return ok;
}

bool triggers_disable(struct pg *pg, struct triggers *triggers, const struct table *table, unsigned events, bool all,
                      struct error *err)
{
    for (size_t i = 0; i < triggers->count; i++) {
        struct trigger *t = &triggers->items[i];

        if (!fires(t, table, events) || !(t->ours || all))
            continue;
        if (!alter(pg, t, "DISABLE", err))
            return false;
        t->disabled = true;
    }
    return true;
}

bool triggers_enable(struct pg *pg, struct triggers *triggers, struct error *err)
{
    for (size_t i = 0; i < triggers->count; i++) {
        struct trigger *t = &triggers->items[i];

        if (t->disabled && !alter(pg, t, t->always ? "ENABLE ALWAYS" : "ENABLE", err))
            return false;
        t->disabled = false;
    }
    return true;
}

bool triggers_count_rows(struct pg *pg, struct row_counts counts[TABLE_COUNT], struct error *err)
{
    const char *schema = pg_schema(pg);
    struct pg_result *result = pg_query(pg,
                                        "SELECT s.relname, s.n_tup_ins, s.n_tup_upd + s.n_tup_del"
                                        " FROM pg_catalog.pg_stat_xact_all_tables s WHERE s.schemaname = $1",
                                        1, &schema, err);

    memset(counts, 0, TABLE_COUNT * sizeof *counts);
    for (size_t row = 0; result && row < pg_result_rows(result); row++) {
        const struct table *table = table_find(pg_result_text(result, row, 0));

        if (table)
            counts[table_index(table)] =
                (struct row_counts){pg_result_number(result, row, 1), pg_result_number(result, row, 2)};
    }
    pg_result_free(result);
    return result != NULL;
}

bool triggers_fire_deferred(struct pg *pg, struct error *err)
{
    return pg_run(pg, "SET CONSTRAINTS ALL IMMEDIATE", err);
}
