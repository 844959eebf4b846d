#include "simulark/flow/diff.h"

#include "row_sorter.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/format/json_diff.h"
#include "simulark/model/row_key.h"
#include "simulark/pg/copy.h"

#include <jansson.h>
#include <stdlib.h>

#define MEMORY_OF_UNMATCHED ((size_t)2 << 20)

/* One of the two sources, at one of its rows. */
struct side {
    struct source *source;
    const struct manifest *manifest;
    const struct shape *shape; /* of the table at hand; NULL: this side lacks it */
    struct item item;          /* the next one */
    struct row_key key;
    struct buffer at, before;  /* keys of this row and of the one before */
    int id, name;              /* columns; -1: none */
    struct row_sorter *unmatched; /* rows the other side has not, by id alone; NULL where the table has no parent */
    struct copy_splitter splitter;
    struct row row; /* of those */
};

/* A column on both sides; -1: that side lacks it. */
struct pair {
    const struct shape_column *column;
    int at[2];
    bool json;
    int64_t rows; /* where one side lacks it: rows of the other that hold something there */
};

struct diff {
    struct side sides[2];
    unsigned ignore;
    const struct diff_events *events;
    struct diff_report *report;
    const struct table *table;
    struct diff_counts *counts;
    struct pair *pairs;
    size_t npairs, pair_capacity;
    struct buffer key;
    /* the comparison of two rows */
    const struct row *row;
    const char *column;
    bool told;
};

/* ---- stepping ---- */

static bool pull(struct diff *d, struct side *s, struct error *err)
{
    struct buffer swap = s->before;

    if (!interrupt_check(err) || !source_next(s->source, &s->item, err))
        return false;
    if (s->item.kind != ITEM_ROW)
        return true;
    s->before = s->at;
    s->at = swap;
    buffer_clear(&s->at);
    row_key_append(&s->key, &s->item.row, &s->at);
    if (row_key_compare(s->before.data, s->before.len, s->at.data, s->at.len) <= 0)
        return true;
    buffer_clear(&d->key);
    source_place(s->source, &d->key);
    error_set_at(err, STATUS_MALFORMED, buffer_string(&d->key), "The rows of %s do not stand in the order of their keys.",
                 d->table->name);
    error_hint(err, "Only documents and directories may be edited; unpack, check and pack it anew.");
    return false;
}

/* Begins the table at hand on one side, where it has it. */
static bool begin(struct diff *d, struct side *s, struct error *err)
{
    s->shape = manifest_shape(s->manifest, d->table);
    if (!s->shape)
        return true;
    d->counts->there = true;
    s->key = row_key_of(s->shape);
    s->id = shape_column(s->shape, "id");
    s->name = shape_name_column(s->shape);
    buffer_clear(&s->at);
    buffer_clear(&s->before);
    buffer_reserve(&s->at, 1);
    buffer_reserve(&s->before, 1);
    if (d->table->parent)
        s->unmatched = row_sorter_new(MEMORY_OF_UNMATCHED);
    return source_next(s->source, &s->item, err) && pull(d, s, err);
}

static void end(struct side *s)
{
    row_sorter_free(s->unmatched);
    s->unmatched = NULL;
}

/* ---- telling ---- */

static struct cell cell_of(const struct row *row, int column)
{
    return column >= 0 ? row->cells[column] : (struct cell){0};
}

static void tell_row(struct diff *d, const struct side *s, const struct row *row, enum row_change change)
{
    const struct diff_row told = {.table = d->table->name,
                                  .change = change,
                                  .id = cell_of(row, s->id),
                                  .name = cell_of(row, s->name)};

    d->events->row(d->events->context, &told);
}

/* `template use` notes there where a project came from. */
static bool is_provenance(const char *column, const char *path)
{
    return strcmp(column, "settings") == 0 && strncmp(path, "template", 8) == 0 &&
           (path[8] == '\0' || path[8] == '.');
}

static void tell_value(void *context, const struct difference *difference)
{
    struct diff *d = context;

    if ((d->ignore & IGNORE_IDS) && is_provenance(d->column, difference->path))
        return;
    if (!d->told)
        tell_row(d, &d->sides[0], d->row, ROW_CHANGED);
    d->told = true;
    d->events->value(d->events->context, d->column, difference);
}

/* ---- comparing two rows of the same id ---- */

static void pair_columns(struct diff *d)
{
    const struct shape *a = d->sides[0].shape;
    const struct shape *b = d->sides[1].shape;

    d->pairs = mem_grow(d->pairs, &d->pair_capacity, a->ncolumns + b->ncolumns, sizeof *d->pairs);
    d->npairs = 0;
    for (size_t i = 0; i < a->ncolumns; i++) {
        int other = shape_column(b, a->columns[i].name);

        d->pairs[d->npairs++] = (struct pair){
            .column = &a->columns[i],
            .at = {(int)i, other},
            .json = other >= 0 && a->columns[i].type == TYPE_JSONB && b->columns[other].type == TYPE_JSONB,
        };
    }
    for (size_t i = 0; i < b->ncolumns; i++)
        if (shape_column(a, b->columns[i].name) < 0)
            d->pairs[d->npairs++] = (struct pair){.column = &b->columns[i], .at = {-1, (int)i}};
}

static bool holds_what_other_lacks(struct pair *pair, const struct row *a, const struct row *b)
{
    struct cell cell = pair->at[0] >= 0 ? cell_of(a, pair->at[0]) : cell_of(b, pair->at[1]);

    if (cell_is_default(pair->column, &cell))
        return false;
    pair->rows++;
    return true;
}

static void compare_cells(struct diff *d, bool json, const struct cell *from, const struct cell *to)
{
    const struct difference whole = {.path = "", .from = *from, .to = *to};

    if (cell_equal(from, to))
        return;
    if (json && from->text && to->text)
        json_diff(from->text, from->len, to->text, to->len, tell_value, d);
    else
        tell_value(d, &whole);
}

static void compare_rows(struct diff *d, const struct row *a, const struct row *b)
{
    bool lacking = false;

    d->told = false;
    d->row = a;
    for (size_t i = 0; i < d->npairs; i++) {
        struct pair *pair = &d->pairs[i];

        d->column = pair->column->name;
        if (column_is_ignored(pair->column, d->ignore))
            continue;
        if (pair->at[0] < 0 || pair->at[1] < 0)
            lacking = holds_what_other_lacks(pair, a, b) || lacking;
        else
            compare_cells(d, pair->json, &a->cells[pair->at[0]], &b->cells[pair->at[1]]);
    }
    d->counts->changed += d->told || lacking;
}

/* ---- rows that only one side has ---- */

static void tell_unmatched(struct diff *d, const struct side *s, const struct row *row)
{
    bool added = s == &d->sides[1];

    tell_row(d, s, row, added ? ROW_ADDED : ROW_REMOVED);
    if (added)
        d->counts->added++;
    else
        d->counts->removed++;
}

/* It may stand under another parent on the other side, so it waits for the table's end. */
static bool put_aside(struct diff *d, struct side *s, struct error *err)
{
    const struct row *row = &s->item.row;
    struct row_key id = row_key_of_id(s->shape);
    struct buffer made = BUFFER_INIT;
    struct cell line;
    bool ok;

    if (!s->unmatched) {
        tell_unmatched(d, s, row);
        return true;
    }
    buffer_clear(&d->key);
    row_key_append(&id, row, &d->key);
    line = copy_line(row, &made);
    ok = row_sorter_add(s->unmatched, &d->key, line.text, line.len, err);
    buffer_release(&made);
    return ok;
}

static bool next_unmatched(struct side *s, struct sorted_row *kept, struct error *err)
{
    if (!row_sorter_next(s->unmatched, kept, err))
        return false;
    return !kept->line || sorted_row_split(kept, s->shape, &s->splitter, &s->row, err);
}

static bool settle_unmatched(struct diff *d, struct error *err)
{
    struct side *a = &d->sides[0];
    struct side *b = &d->sides[1];
    struct sorted_row x, y;

    if (!a->unmatched || !b->unmatched)
        return true;
    if (!row_sorter_end(a->unmatched, err) || !row_sorter_end(b->unmatched, err) || !next_unmatched(a, &x, err) ||
        !next_unmatched(b, &y, err))
        return false;
    while (x.line || y.line) {
        int order = !x.line ? 1 : !y.line ? -1 : row_key_compare(x.key, x.key_len, y.key, y.key_len);

        if (order == 0)
            compare_rows(d, &a->row, &b->row);
        else
            tell_unmatched(d, order < 0 ? a : b, order < 0 ? &a->row : &b->row);
        if (order <= 0 && !next_unmatched(a, &x, err))
            return false;
        if (order >= 0 && !next_unmatched(b, &y, err))
            return false;
    }
    return true;
}

/* ---- tables ---- */

/* Two that are there. */
static bool step_table(struct diff *d, struct error *err)
{
    struct side *a = &d->sides[0];
    struct side *b = &d->sides[1];

    pair_columns(d);
    while (a->item.kind == ITEM_ROW || b->item.kind == ITEM_ROW) {
        int order = a->item.kind != ITEM_ROW   ? 1
                    : b->item.kind != ITEM_ROW ? -1
                                               : row_key_compare(a->at.data, a->at.len, b->at.data, b->at.len);

        if (order == 0)
            compare_rows(d, &a->item.row, &b->item.row);
        else if (!put_aside(d, order < 0 ? a : b, err))
            return false;
        if (order <= 0 && !pull(d, a, err))
            return false;
        if (order >= 0 && !pull(d, b, err))
            return false;
    }
    return settle_unmatched(d, err);
}

/* One that only this side has: its rows are counted. */
static bool count_table(struct diff *d, struct side *s, struct error *err)
{
    struct diff_lacking lacking = {.table = d->table->name, .added = s == &d->sides[1]};

    for (; s->item.kind == ITEM_ROW; lacking.rows++)
        if (!pull(d, s, err))
            return false;
    if (lacking.added)
        d->counts->added = lacking.rows;
    else
        d->counts->removed = lacking.rows;
    if (lacking.rows)
        d->events->lacking(d->events->context, &lacking);
    return true;
}

static void tell_lacking(const struct diff *d)
{
    for (size_t i = 0; i < d->npairs; i++) {
        const struct pair *pair = &d->pairs[i];
        const struct diff_lacking lacking = {
            .table = d->table->name, .column = pair->column->name, .added = pair->at[0] < 0, .rows = pair->rows};

        if (pair->rows)
            d->events->lacking(d->events->context, &lacking);
    }
}

static bool diff_table(struct diff *d, struct error *err)
{
    struct side *a = &d->sides[0];
    struct side *b = &d->sides[1];
    bool ok;

    d->counts = &d->report->tables[table_index(d->table)];
    d->npairs = 0;
    ok = begin(d, a, err) && begin(d, b, err);
    if (ok && a->shape && b->shape)
        ok = step_table(d, err);
    else if (ok && (a->shape || b->shape))
        ok = count_table(d, a->shape ? a : b, err);
    if (ok)
        tell_lacking(d);
    end(a);
    end(b);
    return ok;
}

/* ---- beside the tables ---- */

static void tell_asset(const struct diff *d, const struct side *s, enum row_change change)
{
    const char *path = s->item.asset.path;
    const struct diff_row told = {.table = "assets", .change = change, .id = {path, strlen(path)}};

    d->events->row(d->events->context, &told);
}

/* Assets come in order of their paths. */
static bool diff_assets(struct diff *d, struct error *err)
{
    struct side *a = &d->sides[0];
    struct side *b = &d->sides[1];
    struct diff_counts *counts = &d->report->assets;

    if (!source_next(a->source, &a->item, err) || !source_next(b->source, &b->item, err))
        return false;
    while (a->item.kind == ITEM_ASSET || b->item.kind == ITEM_ASSET) {
        int order = a->item.kind != ITEM_ASSET   ? 1
                    : b->item.kind != ITEM_ASSET ? -1
                                                 : strcmp(a->item.asset.path, b->item.asset.path);
        bool changed = order == 0 && (a->item.asset.len != b->item.asset.len ||
                                      memcmp(a->item.asset.bytes, b->item.asset.bytes, a->item.asset.len) != 0);

        counts->there = true;
        counts->removed += order < 0;
        counts->added += order > 0;
        counts->changed += changed;
        if (changed || order)
            tell_asset(d, order <= 0 ? a : b, changed ? ROW_CHANGED : order < 0 ? ROW_REMOVED : ROW_ADDED);
        if (order <= 0 && !source_next(a->source, &a->item, err))
            return false;
        if (order >= 0 && !source_next(b->source, &b->item, err))
            return false;
    }
    return true;
}

static void tell_header_value(void *context, const struct difference *difference)
{
    struct diff *d = context;
    const struct diff_row told = {.table = "header", .change = ROW_CHANGED};

    if (!d->told)
        d->events->row(d->events->context, &told);
    d->told = true;
    d->events->value(d->events->context, d->column, difference);
}

static void diff_kinds(struct diff *d)
{
    const char *a = kind_name(d->sides[0].manifest->kind);
    const char *b = kind_name(d->sides[1].manifest->kind);
    const struct difference whole = {.path = "", .from = {a, strlen(a)}, .to = {b, strlen(b)}};

    d->column = "kind";
    if (strcmp(a, b) != 0)
        tell_header_value(d, &whole);
}

/* What a template says of itself; nothing where the bundle is none. */
static void template_value(const struct manifest *m, struct buffer *out)
{
    char *text = m->template ? json_dumps(m->template, JSON_COMPACT) : NULL;
    struct json_cursor cursor = {.text = text, .len = text ? strlen(text) : 0};

    if (text)
        json_take_value(&cursor, out);
    free(text);
}

static void diff_templates(struct diff *d)
{
    struct buffer a = BUFFER_INIT;
    struct buffer b = BUFFER_INIT;
    struct difference whole;

    d->column = "template";
    template_value(d->sides[0].manifest, &a);
    template_value(d->sides[1].manifest, &b);
    whole = (struct difference){.path = "", .from = {a.data, a.len}, .to = {b.data, b.len}};
    if (a.len && b.len)
        json_diff(a.data, a.len, b.data, b.len, tell_header_value, d);
    else if (a.len || b.len)
        tell_header_value(d, &whole);
    buffer_release(&a);
    buffer_release(&b);
}

static bool diff_headers(struct diff *d)
{
    d->told = false;
    diff_kinds(d);
    diff_templates(d);
    return d->told;
}

static bool counts_nothing(const struct diff_counts *c)
{
    return !c->added && !c->removed && !c->changed;
}

static bool run(struct diff *d, struct error *err)
{
    struct diff_report *report = d->report;

    if (!source_header(d->sides[0].source, &d->sides[0].manifest, err) ||
        !source_header(d->sides[1].source, &d->sides[1].manifest, err))
        return false;
    report->equal = (d->ignore & IGNORE_IDS) || !diff_headers(d);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        d->table = &tables[i];
        if (!diff_table(d, err))
            return false;
        report->equal = report->equal && counts_nothing(&report->tables[i]);
    }
    if (!diff_assets(d, err))
        return false;
    report->equal = report->equal && counts_nothing(&report->assets);
    return true;
}

bool diff_run(struct source *a, struct source *b, unsigned ignore, const struct diff_events *events,
              struct diff_report *report, struct error *err)
{
    struct diff d = {.sides = {{.source = a}, {.source = b}}, .ignore = ignore, .events = events, .report = report};
    bool ok;

    *report = (struct diff_report){0};
    ok = run(&d, err);
    if (!ok)
        interrupt_check(err); /* what failed because of the interruption is told as that */
    for (size_t i = 0; i < 2; i++) {
        buffer_release(&d.sides[i].at);
        buffer_release(&d.sides[i].before);
        copy_splitter_release(&d.sides[i].splitter);
    }
    free(d.pairs);
    buffer_release(&d.key);
    return ok;
}
