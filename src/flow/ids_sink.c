#include "simulark/base/memory.h"
#include "simulark/flow/ids.h"
#include "simulark/model/row_cell.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/load.h"

#include <stdlib.h>

#define BATCH_IDS 256

/* Which ids of a bundle become others: all, or of what the target has already and of its parts. */
struct ids_sink {
    struct sink base;
    struct id_plan *plan;
    struct pg *target;
    const struct shape *shape;
    int id, parent;      /* columns; -1: none that is meant */
    struct buffer batch; /* ids to be looked up, as an array literal */
    size_t nbatch;
};

static struct ids_sink *self(struct sink *sink)
{
    return (struct ids_sink *)sink;
}

/* What the target lacks is told before all is read, rather than after. */
static bool check_target(struct pg *target, const struct manifest *manifest, bool drop, struct error *err)
{
    struct catalog catalog = {0};
    bool ok = catalog_read(target, &catalog, err) && catalog_can_take(target, &catalog, manifest, drop, err);

    catalog_release(&catalog);
    return ok;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct ids_sink *s = self(sink);

    return s->plan->options.choice != IDS_COPY ||
           (pg_begin_read(s->target, err) && check_target(s->target, manifest, s->plan->options.drop_columns, err));
}

/* Users are matched; tiers have numbers. */
static bool has_ids(const struct table *table)
{
    return table_column(table, "id")->type == TYPE_UUID && !table_is(table, "users");
}

/* Of something that may be copied: not of a user. */
static bool is_part(const struct table *table)
{
    return table->parent && !column_names_user(table_column(table, table->parent));
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct ids_sink *s = self(sink);

    (void)err;
    s->shape = shape;
    s->id = has_ids(shape->table) ? shape_column(shape, "id") : -1;
    s->parent = is_part(shape->table) ? shape_column(shape, shape->table->parent) : -1;
    return true;
}

static bool column_uuid(const struct row *row, int column, struct uuid *id)
{
    return column >= 0 && cell_uuid(&row->cells[column], id);
}

static void take(struct ids_sink *s, const struct uuid *id)
{
    uuid_map_put(&s->plan->ids, id, id);
}

/* ---- copies: what is there already ---- */

/* Whether the row comes in on its own, so that it may be there already: it is no part of anything before it. */
static bool is_whole(const struct ids_sink *s, const struct row *row)
{
    return shape_is(s->shape, "projects") || shape_is(s->shape, "contexts") ||
           (shape_is(s->shape, "chats") && (s->parent < 0 || !row->cells[s->parent].text));
}

static bool look_up(struct ids_sink *s, struct error *err)
{
    struct pg_result *there;
    struct uuid id;

    if (!s->nbatch)
        return true;
    there = load_present(s->target, s->shape->table, pg_array_end(&s->batch), err);
    for (size_t i = 0; there && i < pg_result_rows(there); i++)
        if (uuid_parse(&id, pg_result_text(there, i, 0), pg_result_len(there, i, 0)))
            take(s, &id);
    buffer_clear(&s->batch);
    s->nbatch = 0;
    pg_result_free(there);
    return there != NULL;
}

static bool look_up_later(struct ids_sink *s, const struct uuid *id, struct error *err)
{
    pg_array_add_uuid(&s->batch, id);
    return ++s->nbatch < BATCH_IDS || look_up(s, err);
}

/* ---- rows ---- */

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct ids_sink *s = self(sink);
    struct uuid parent;
    struct uuid id;

    if (!column_uuid(given, s->id, &id))
        return true;
    if (s->plan->options.choice == IDS_COPY && is_whole(s, given))
        return look_up_later(s, &id, err);
    if (s->plan->options.choice == IDS_NEW ||
        (column_uuid(given, s->parent, &parent) && uuid_map_get(&s->plan->ids, &parent)))
        take(s, &id);
    return true;
}

static bool table_end(struct sink *sink, struct error *err)
{
    return look_up(self(sink), err);
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    (void)err;
    memcpy(self(sink)->plan->digest, seal->digest, sizeof seal->digest);
    return true;
}

static bool finish(struct sink *sink, struct error *err)
{
    struct ids_sink *s = self(sink);

    return s->plan->options.choice != IDS_COPY || pg_commit(s->target, err);
}

static void free_sink(struct sink *sink)
{
    buffer_release(&self(sink)->batch);
    free(sink);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = table_end,
    .asset = sink_ignore_asset,
    .trailer = trailer,
    .finish = finish,
    .free = free_sink,
};

struct sink *sink_ids(struct id_plan *plan, struct pg *target)
{
    struct ids_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->plan = plan;
    s->target = target;
    return &s->base;
}
