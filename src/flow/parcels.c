#include "simulark/flow/parcels.h"

#include "row_sorter.h"
#include "simulark/base/memory.h"
#include "simulark/base/uuid_map.h"
#include "simulark/model/row_cell.h"
#include "simulark/pg/copy.h"

#include <stdlib.h>

#define MEMORY ((size_t)8 << 20) /* bytes of rows before they go to the scratch file */

struct parcels {
    struct manifest *manifest;
    struct seal seal; /* its lists are the pipeline's */
    struct row_sorter *rows;
    struct uuid_map numbers; /* of projects, graphs and chats: the parcel's number */
    uint64_t count;
    struct copy_splitter splitter;
    struct buffer key;
    struct buffer line;
    struct sorted_row next; /* the next row to be given */
    bool begun;
    uint64_t given; /* parcels */
};

struct parcels *parcels_new(void)
{
    struct parcels *p = mem_alloc(sizeof *p);

    p->rows = row_sorter_new(MEMORY);
    p->count = 1;
    return p;
}

void parcels_free(struct parcels *p)
{
    if (!p)
        return;
    manifest_free(p->manifest);
    row_sorter_free(p->rows);
    uuid_map_release(&p->numbers);
    copy_splitter_release(&p->splitter);
    buffer_release(&p->key);
    buffer_release(&p->line);
    free(p);
}

size_t parcels_count(const struct parcels *p)
{
    return p->count;
}

/* ---- taking in ---- */

struct parcels_sink {
    struct sink base;
    struct parcels *parcels;
    const struct shape *shape;
};

static struct parcels_sink *sink_self(struct sink *sink)
{
    return (struct parcels_sink *)sink;
}

static bool take_header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct parcels *p = sink_self(sink)->parcels;

    (void)err;
    p->manifest = manifest_copy(manifest);
    for (size_t i = 0; i < p->manifest->nshapes; i++)
        if (p->manifest->shapes[i].rows > 0)
            p->manifest->shapes[i].rows = -1; /* nobody has counted them by parcels */
    return true;
}

static bool take_table(struct sink *sink, const struct shape *shape, struct error *err)
{
    (void)err;
    sink_self(sink)->shape = shape;
    return true;
}

size_t parcels_number(const struct parcels *p, const struct shape *shape, const struct row *row)
{
    const char *column = shape_is(shape, "projects") ? "id" : shape->table->parent;
    struct uuid id;

    return column && row_uuid(row, shape, column, &id) ? uuid_map_get_number(&p->numbers, &id) : 0;
}

/* A project begins a parcel (where it stands twice it stays in its own, and whoever takes that in will say so); its graphs and
 * chats lead there. */
static size_t assign(struct parcels *p, const struct shape *shape, const struct row *row)
{
    size_t number = parcels_number(p, shape, row);
    bool is_project = shape_is(shape, "projects");
    struct uuid id;

    if (is_project && !number)
        number = p->count++;
    if (number && (is_project || shape_is(shape, "graphs") || shape_is(shape, "chats")) && row_uuid(row, shape, "id", &id))
        uuid_map_put_number(&p->numbers, &id, number);
    return number;
}

/* The key: the parcel's number, then the table's place. */
static void set_key(struct parcels *p, uint64_t number, const struct table *table)
{
    buffer_clear(&p->key);
    for (int shift = 56; shift >= 0; shift -= 8)
        buffer_byte(&p->key, (char)(number >> shift));
    buffer_byte(&p->key, (char)table_index(table));
}

static bool take_row(struct sink *sink, const struct row *row, struct error *err)
{
    struct parcels *p = sink_self(sink)->parcels;
    const struct shape *shape = sink_self(sink)->shape;
    struct cell line;

    set_key(p, assign(p, shape, row), shape->table);
    line = copy_line(row, &p->line);
    return row_sorter_add(p->rows, &p->key, line.text, line.len, err);
}

static bool take_trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    struct parcels *p = sink_self(sink)->parcels;

    p->seal = *seal;
    return row_sorter_end(p->rows, err);
}

static void free_sink(struct sink *sink)
{
    free(sink);
}

static const struct sink_ops sink_ops = {
    .header = take_header,
    .table = take_table,
    .row = take_row,
    .table_end = sink_ignore_table_end,
    .asset = sink_refuse_asset,
    .trailer = take_trailer,
    .finish = sink_ignore_finish,
    .free = free_sink,
};

struct sink *sink_parcels(struct parcels *p)
{
    struct parcels_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &sink_ops;
    s->parcels = p;
    return &s->base;
}

/* ---- giving ---- */

struct parcel_source {
    struct source base;
    struct parcels *parcels;
    uint64_t number;
    size_t table; /* the next or current one */
    bool in_table;
    bool given; /* the next row was given by the last call */
};

static struct parcel_source *source_self(struct source *source)
{
    return (struct parcel_source *)source;
}

static bool give_header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct parcels *p = source_self(source)->parcels;

    *manifest = p->manifest;
    if (p->begun)
        return true;
    p->begun = true;
    return row_sorter_next(p->rows, &p->next, err);
}

/* Whether the next row is of this table of this parcel. */
static bool is_here(struct parcel_source *s, const struct shape *shape)
{
    struct parcels *p = s->parcels;

    set_key(p, s->number, shape->table);
    return p->next.line && p->next.key_len == p->key.len && memcmp(p->next.key, p->key.data, p->key.len) == 0;
}

static bool give_row(struct parcel_source *s, struct item *item, struct error *err)
{
    struct parcels *p = s->parcels;

    if (s->given && !row_sorter_next(p->rows, &p->next, err))
        return false;
    s->given = is_here(s, item->shape);
    if (!s->given) {
        item->kind = ITEM_TABLE_END;
        s->in_table = false;
        s->table++;
        return true;
    }
    item->kind = ITEM_ROW;
    return sorted_row_split(&p->next, item->shape, &p->splitter, &item->row, err);
}

static bool give(struct source *source, struct item *item, struct error *err)
{
    struct parcel_source *s = source_self(source);
    const struct manifest *manifest = s->parcels->manifest;

    *item = (struct item){0};
    if (s->table == manifest->nshapes) {
        *item = (struct item){.kind = ITEM_TRAILER, .seal = &s->parcels->seal};
        return true;
    }
    item->shape = &manifest->shapes[s->table];
    if (s->in_table)
        return give_row(s, item, err);
    item->kind = ITEM_TABLE;
    s->in_table = true;
    return true;
}

static void free_source(struct source *source)
{
    free(source);
}

static const struct source_ops source_ops = {
    .header = give_header,
    .next = give,
    .place = source_place_nothing,
    .free = free_source,
};

struct source *source_parcel(struct parcels *p)
{
    struct parcel_source *s = mem_alloc(sizeof *s);

    s->base.ops = &source_ops;
    s->parcels = p;
    s->number = p->given++;
    return &s->base;
}
