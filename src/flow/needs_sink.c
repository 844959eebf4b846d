#include "simulark/base/memory.h"
#include "simulark/flow/usage.h"
#include "simulark/format/json.h"
#include "simulark/model/manifest.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

struct needs_sink {
    struct sink base;
    struct needs *needs;
    const struct shape *shape;
    bool template;         /* its graphs name no project: all go into the one that it becomes */
    int parent;            /* its column; -1: none */
    struct buffer current; /* the parent whose rows are being counted */
    int64_t run;           /* rows of it so far */
};

static struct needs_sink *self(struct sink *sink)
{
    return (struct needs_sink *)sink;
}

/* What rows of a table are counted for: all, or those of one parent. */
static int limit_of(const struct table *table, bool *of_parent)
{
    static const struct {
        const char *table;
        int limit;
        bool of_parent;
    } counted[] = {
        {"projects", LIMIT_PROJECTS, false}, {"contexts", LIMIT_CONTEXTS, false}, {"graphs", LIMIT_GRAPHS, true},
        {"nodes", LIMIT_NODES, true},        {"edges", LIMIT_EDGES, true},        {"chats", LIMIT_CHATS, true},
        {"messages", LIMIT_MESSAGES, true},
    };

    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        if (table_is(table, counted[i].table)) {
            *of_parent = counted[i].of_parent;
            return counted[i].limit;
        }
    return -1;
}

static void raise_to(struct needs_sink *s, int limit, int64_t count)
{
    if (s->needs->counts[limit] < count)
        s->needs->counts[limit] = count;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct needs_sink *s = self(sink);

    (void)err;
    s->template = manifest->kind == KIND_TEMPLATE;
    *s->needs = (struct needs){0};
    s->needs->counts[s->template ? LIMIT_TEMPLATE_USES : LIMIT_IMPORTS] = 1;
    s->needs->counts[LIMIT_PROJECTS] = s->template;
    return true;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct needs_sink *s = self(sink);

    (void)err;
    s->shape = shape;
    s->parent = shape->table->parent ? shape_column(shape, shape->table->parent) : -1;
    s->run = 0;
    buffer_clear(&s->current);
    return true;
}

/* Elements of an array; of anything else 0. */
static int64_t array_length(const struct cell *cell)
{
    struct json_cursor c = {.text = cell->text, .len = cell->len};
    const char *text;
    size_t len;
    int64_t count = 0;

    if (!cell->text || !json_take(&c, '[') || json_take(&c, ']'))
        return 0;
    do
        count++;
    while (json_take_raw(&c, &text, &len) && json_take(&c, ','));
    return count;
}

static void count_array(struct needs_sink *s, const struct row *row, const char *column, int limit)
{
    struct cell cell = row_cell(row, s->shape, column);

    raise_to(s, limit, array_length(&cell));
}

static void count_in_parent(struct needs_sink *s, const struct row *row, int limit)
{
    const struct cell *parent = s->parent >= 0 ? &row->cells[s->parent] : NULL;
    bool named = parent && parent->text;

    if (!named && !s->template)
        return;
    if (named && (s->current.len != parent->len || memcmp(s->current.data, parent->text, parent->len) != 0)) {
        buffer_clear(&s->current);
        buffer_append(&s->current, parent->text, parent->len);
        s->run = 0;
    }
    raise_to(s, limit, ++s->run);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct needs_sink *s = self(sink);
    bool of_parent = false;
    int limit = limit_of(s->shape->table, &of_parent);

    (void)err;
    if (limit >= 0 && of_parent)
        count_in_parent(s, given, limit);
    else if (limit >= 0)
        s->needs->counts[limit]++;
    if (shape_is(s->shape, "graphs")) {
        count_array(s, given, "nodes", LIMIT_NODES);
        count_array(s, given, "edges", LIMIT_EDGES);
    } else if (shape_is(s->shape, "chats")) {
        count_array(s, given, "messages", LIMIT_MESSAGES);
    }
    return true;
}

static void free_sink(struct sink *sink)
{
    buffer_release(&self(sink)->current);
    free(sink);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_ignore_table_end,
    .asset = sink_ignore_asset,
    .trailer = sink_ignore_trailer,
    .finish = sink_ignore_finish,
    .free = free_sink,
};

struct sink *sink_needs(struct needs *needs)
{
    struct needs_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->needs = needs;
    return &s->base;
}
