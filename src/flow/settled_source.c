#include "row_sorter.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/model/row_key.h"
#include "simulark/pg/copy.h"

#include <stdlib.h>

/* What people have edited, put in order: rows by their keys, and counted where nobody has.
 *
 * A header that counts its rows is right already, so each table is read when its turn comes, and given in order. One without
 * counts is right only once everything was read: then there is a sorter for each table, filled before the header is given. */
struct settled_source {
    struct source base;
    struct source *inner;
    struct manifest *counted;         /* our own, of a bundle written by hand; else NULL */
    const struct manifest *manifest;  /* the one that was given */
    struct row_sorter *sorters[TABLE_COUNT]; /* by their place in the manifest */
    size_t table;                     /* the next or current one */
    bool in_table;
    struct row_key key;
    struct buffer key_text, line;
    struct copy_splitter splitter;
    struct row row; /* the last one given */
    bool reading;   /* the inner source, not what is kept of it */
};

/* Of rows in memory: of the one table that is read at a time, and of each where all are read at once. */
#define MEMORY ((size_t)4 << 20)
#define MEMORY_OF_MANY ((size_t)1 << 20)

static struct settled_source *self(struct source *source)
{
    return (struct settled_source *)source;
}

static bool keep_row(struct settled_source *s, struct row_sorter *sorter, const struct row *row, struct error *err)
{
    struct cell line = copy_line(row, &s->line);

    buffer_clear(&s->key_text);
    row_key_append(&s->key, row, &s->key_text);
    return row_sorter_add(sorter, &s->key_text, line.text, line.len, err);
}

/* Reads the rows of the table that the inner source has begun. */
static bool keep_table(struct settled_source *s, size_t table, size_t memory, int64_t *rows, struct error *err)
{
    struct row_sorter *sorter = row_sorter_new(memory);
    struct item item;

    s->sorters[table] = sorter;
    s->key = row_key_of(&s->manifest->shapes[table]);
    s->reading = true;
    for (*rows = 0;; (*rows)++) {
        if (!interrupt_check(err) || !source_next(s->inner, &item, err))
            return false;
        if (item.kind != ITEM_ROW)
            break;
        if (!keep_row(s, sorter, &item.row, err))
            return false;
    }
    s->reading = false;
    return row_sorter_end(sorter, err);
}

static bool count_all(struct settled_source *s, const struct manifest *uncounted, struct error *err)
{
    struct item item;

    s->counted = manifest_copy(uncounted);
    s->counted->by_hand = false;
    s->manifest = s->counted;
    for (size_t i = 0; i < s->counted->nshapes; i++)
        if (!source_next(s->inner, &item, err) || !keep_table(s, i, MEMORY_OF_MANY, &s->counted->shapes[i].rows, err))
            return false;
    return true;
}

static bool has_counts(const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->nshapes; i++)
        if (manifest->shapes[i].rows < 0)
            return false;
    return !manifest->by_hand;
}

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct settled_source *s = self(source);

    if (!source_header(s->inner, &s->manifest, err) ||
        (!has_counts(s->manifest) && !count_all(s, s->manifest, err)))
        return false;
    *manifest = s->manifest;
    return true;
}

static bool begin_table(struct settled_source *s, struct item *item, struct error *err)
{
    int64_t rows;

    if (!s->counted && (!source_next(s->inner, item, err) || !keep_table(s, s->table, MEMORY, &rows, err)))
        return false;
    *item = (struct item){.kind = ITEM_TABLE, .shape = &s->manifest->shapes[s->table]};
    s->in_table = true;
    s->row = (struct row){0};
    return true;
}

static bool next_row(struct settled_source *s, struct item *item, struct error *err)
{
    const struct shape *shape = &s->manifest->shapes[s->table];
    struct sorted_row kept;

    if (!row_sorter_next(s->sorters[s->table], &kept, err))
        return false;
    *item = (struct item){.kind = kept.line ? ITEM_ROW : ITEM_TABLE_END, .shape = shape};
    if (!kept.line) {
        row_sorter_free(s->sorters[s->table]);
        s->sorters[s->table++] = NULL;
        s->in_table = false;
        return true;
    }
    if (!sorted_row_split(&kept, shape, &s->splitter, &s->row, err))
        return false;
    item->row = s->row;
    return true;
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct settled_source *s = self(source);

    if (s->in_table)
        return next_row(s, item, err);
    if (s->table < s->manifest->nshapes)
        return begin_table(s, item, err);
    s->reading = true;
    return source_next(s->inner, item, err);
}

/* Lines of the file are known only while it is read; later a row is named by its id. */
static void place(const struct source *source, struct buffer *text)
{
    const struct settled_source *s = (const struct settled_source *)source;
    const struct shape *shape;
    int id;

    if (s->reading || !s->in_table) {
        source_place(s->inner, text);
        return;
    }
    shape = &s->manifest->shapes[s->table];
    id = shape_column(shape, "id");
    buffer_text(text, shape->table->noun);
    if (id >= 0 && s->row.cells && s->row.cells[id].text)
        buffer_printf(text, " %.*s", (int)s->row.cells[id].len, s->row.cells[id].text);
}

static void free_source(struct source *source)
{
    struct settled_source *s = self(source);

    for (size_t i = 0; i < TABLE_COUNT; i++)
        row_sorter_free(s->sorters[i]);
    source_free(s->inner);
    manifest_free(s->counted);
    copy_splitter_release(&s->splitter);
    buffer_release(&s->key_text);
    buffer_release(&s->line);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

struct source *source_settled(struct source *inner)
{
    struct settled_source *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->inner = inner;
    return &s->base;
}
