#include "id_map.h"
#include "row_matcher.h"
#include "row_sorter.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/flow/diff.h"
#include "simulark/flow/filters.h"
#include "simulark/pg/copy.h"

#include <stdlib.h>

/* Two sources that agree on ids as far as their content does. Both are read, table by table, and their rows kept; a table's
 * rows are matched before the next is read, for those refer to them. Then the rows are given again, those of the second side
 * with the first side's ids. */

#define MEMORY ((size_t)1 << 20)

/* What was read of one source. */
struct kept {
    struct source base;
    struct manifest *manifest;
    struct row_sorter *rows[TABLE_COUNT]; /* by place in the manifest */
    bool *dropped[TABLE_COUNT];           /* rows that are not given; NULL: all are */
    struct id_map map;                    /* of the second side */
    struct copy_splitter splitter;
    struct row_builder row;
    size_t table, number;
    bool in_table;
};

struct matching {
    struct source *sources[2];
    const struct manifest *manifests[2];
    struct kept *kept[2];
    bool with_template; /* one side is a template */
    struct row_edit edit; /* the row that is kept */
    struct buffer line;
};

/* ---- giving ---- */

static struct kept *self(struct source *source)
{
    return (struct kept *)source;
}

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    (void)err;
    *manifest = self(source)->manifest;
    return true;
}

static bool next_row(struct kept *k, struct item *item, struct error *err)
{
    struct sorted_row row;

    do {
        if (!row_sorter_next(k->rows[k->table], &row, err))
            return false;
        k->number++;
    } while (row.line && k->dropped[k->table] && k->dropped[k->table][k->number - 1]);
    *item = (struct item){.kind = row.line ? ITEM_ROW : ITEM_TABLE_END, .shape = &k->manifest->shapes[k->table]};
    if (!row.line) {
        row_sorter_free(k->rows[k->table]);
        k->rows[k->table++] = NULL;
        k->in_table = false;
        return true;
    }
    if (!sorted_row_split(&row, item->shape, &k->splitter, &item->row, err))
        return false;
    if (k->map.npairs)
        item->row = id_map_row(&k->map, item->shape, &item->row, &k->row);
    return true;
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct kept *k = self(source);

    if (k->in_table)
        return next_row(k, item, err);
    if (k->table == k->manifest->nshapes) {
        *item = (struct item){.kind = ITEM_TRAILER};
        return true;
    }
    *item = (struct item){.kind = ITEM_TABLE, .shape = &k->manifest->shapes[k->table]};
    k->in_table = true;
    k->number = 0;
    return true;
}

static void place(const struct source *source, struct buffer *text)
{
    const struct kept *k = (const struct kept *)source;

    if (k->table < k->manifest->nshapes)
        buffer_printf(text, "row %zu of %s", k->number, k->manifest->shapes[k->table].table->name);
}

static void free_source(struct source *source)
{
    struct kept *k = self(source);

    for (size_t i = 0; i < TABLE_COUNT; i++) {
        row_sorter_free(k->rows[i]);
        free(k->dropped[i]);
    }
    manifest_free(k->manifest);
    id_map_release(&k->map);
    copy_splitter_release(&k->splitter);
    row_builder_release(&k->row);
    free(k);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

/* ---- reading ---- */

static bool is_wanted(const struct matching *m, const struct table *table)
{
    return !m->with_template || table_is_of_template(table);
}

static bool is_left_out(const struct matching *m, const struct shape_column *column)
{
    return m->with_template && column_names_owner(column->known);
}

static void add_shape(const struct matching *m, struct manifest *manifest, const struct shape *given)
{
    struct shape *shape = manifest_add_table(manifest, given->table);

    for (size_t i = 0; i < given->ncolumns; i++)
        if (!is_left_out(m, &given->columns[i]))
            shape_add_column(shape, given->columns[i].name, given->columns[i].sql_type);
    shape->rows = 0;
}

static bool keep_row(struct matching *m, struct row_sorter *sorter, const struct shape *shape, const struct row *row,
                     struct error *err)
{
    const struct buffer no_key = BUFFER_INIT; /* they stay as they stand */
    struct row kept = row_edit_begin(&m->edit, row);

    kept.ncells = 0;
    for (size_t i = 0; i < shape->ncolumns; i++)
        if (!is_left_out(m, &shape->columns[i]))
            m->edit.cells[kept.ncells++] = row->cells[i];
    buffer_clear(&m->line);
    if (kept.ncells == shape->ncolumns && row->copy)
        return row_sorter_add(sorter, &no_key, row->copy, row->copy_len, err);
    copy_append(&m->line, &kept);
    return row_sorter_add(sorter, &no_key, m->line.data, m->line.len, err);
}

/* Reads one side's rows of a table. */
static bool read_table(struct matching *m, size_t side, struct row_matcher *matcher, const struct table *table,
                       struct error *err)
{
    struct kept *k = m->kept[side];
    bool wanted = is_wanted(m, table);
    struct row_sorter *sorter = row_sorter_new(MEMORY);
    struct row_builder mapped = {0};
    const struct shape *shape;
    struct item item;
    bool ok = source_next(m->sources[side], &item, err);

    if (ok && wanted) {
        add_shape(m, k->manifest, item.shape);
        k->rows[k->manifest->nshapes - 1] = sorter;
    }
    while (ok && (ok = interrupt_check(err) && source_next(m->sources[side], &item, err)) && item.kind == ITEM_ROW) {
        shape = item.shape;
        ok = !wanted || keep_row(m, sorter, shape, &item.row, err);
        if (ok && wanted) {
            struct row row = side == 1 ? id_map_row(&k->map, shape, &item.row, &mapped) : item.row;

            row_matcher_add(matcher, side, shape, &row);
            k->manifest->shapes[k->manifest->nshapes - 1].rows++;
        }
    }
    ok = ok && (!wanted || row_sorter_end(sorter, err));
    if (!k->manifest->nshapes || k->rows[k->manifest->nshapes - 1] != sorter)
        row_sorter_free(sorter);
    row_builder_release(&mapped);
    return ok;
}

/* A template takes along only the contexts it mentions; a project has all of its owner's. */
static void drop_unmatched(struct kept *k, const struct row_matcher *matcher, size_t side)
{
    size_t at = k->manifest->nshapes - 1;
    size_t rows = (size_t)k->manifest->shapes[at].rows;

    k->dropped[at] = mem_alloc((rows + 1) * sizeof(bool));
    for (size_t i = 0; i < rows; i++)
        k->dropped[at][i] = !row_matcher_has(matcher, side, i);
}

static bool match_table(struct matching *m, const struct table *table, struct error *err)
{
    struct row_matcher *matcher = row_matcher_new(table);
    bool there[2];
    bool ok = true;

    for (size_t side = 0; side < 2; side++) {
        there[side] = manifest_shape(m->manifests[side], table) != NULL;
        ok = ok && (!there[side] || read_table(m, side, matcher, table, err));
    }
    if (ok && there[0] && there[1])
        row_matcher_run(matcher, &m->kept[1]->map);
    for (size_t side = 0; ok && side < 2; side++)
        if (m->with_template && there[side] && table_is(table, "contexts") && m->manifests[side]->kind != KIND_TEMPLATE)
            drop_unmatched(m->kept[side], matcher, side);
    row_matcher_free(matcher);
    return ok;
}

/* What is behind the tables is no part of the structure, but must be there and whole. */
static bool read_rest(struct source *source, struct error *err)
{
    struct item item;

    do {
        if (!source_next(source, &item, err))
            return false;
    } while (item.kind != ITEM_TRAILER);
    return true;
}

static bool read_all(struct matching *m, struct error *err)
{
    if (!source_header(m->sources[0], &m->manifests[0], err) || !source_header(m->sources[1], &m->manifests[1], err))
        return false;
    m->with_template = m->manifests[0]->kind == KIND_TEMPLATE || m->manifests[1]->kind == KIND_TEMPLATE;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (!match_table(m, &tables[i], err))
            return false;
    return read_rest(m->sources[0], err) && read_rest(m->sources[1], err);
}

bool sources_match(struct source **a, struct source **b, struct error *err)
{
    struct matching m = {.sources = {*a, *b}};
    bool ok;

    for (size_t side = 0; side < 2; side++) {
        m.kept[side] = mem_alloc(sizeof *m.kept[side]);
        m.kept[side]->base.ops = &ops;
        m.kept[side]->manifest = manifest_new(KIND_PROJECT);
    }
    ok = read_all(&m, err);
    row_edit_release(&m.edit);
    buffer_release(&m.line);
    if (!ok)
        interrupt_check(err);
    for (size_t side = 0; side < 2; side++)
        source_free(m.sources[side]);
    *a = &m.kept[0]->base;
    *b = source_settled(&m.kept[1]->base);
    if (ok)
        return true;
    source_free(*a);
    source_free(*b);
    *a = *b = NULL;
    return false;
}
