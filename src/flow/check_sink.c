#include "header_check.h"
#include "reference_check.h"
#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/format/cell_check.h"
#include "simulark/format/reactflow_check.h"
#include "simulark/model/check.h"
#include "simulark/model/row_key.h"

#include <stdlib.h>

#define MEMORY ((size_t)4 << 20) /* of ids, before they go to a file */

/* The sink of `verify`: takes a bundle in and keeps only what is wrong with it. */
struct check_sink {
    struct sink base;
    const struct source *source; /* knows where a row stands */
    struct findings *findings;
    bool archive;
    const struct manifest *manifest;
    const struct shape *shape;
    int64_t lost_before; /* rows that could not be read, before this table */
    struct row_key key;
    struct buffer key_text, last_key;
    bool out_of_order; /* and that was told */
    struct buffer place;
    struct problem problem;
    struct reference_check *references;
};

static struct check_sink *self(struct sink *sink)
{
    return (struct check_sink *)sink;
}

static const char *place(struct check_sink *s)
{
    buffer_clear(&s->place);
    source_place(s->source, &s->place);
    return buffer_string(&s->place);
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct check_sink *s = self(sink);

    s->manifest = manifest;
    s->references = reference_check_new(manifest, MEMORY);
    header_check(manifest, s->findings);
    return reference_check_people(s->references, err);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct check_sink *s = self(sink);

    (void)err;
    s->shape = shape;
    s->lost_before = s->findings->lost;
    s->key = row_key_of(shape);
    s->out_of_order = false;
    buffer_clear(&s->last_key);
    reference_check_table(s->references, shape);
    return true;
}

/* ---- rows ---- */

static void tell_problem(struct check_sink *s, const char *column)
{
    findings_add(s->findings, s->problem.gravity, s->problem.code, place(s), "%s.%s %s.", s->shape->table->name, column,
                 buffer_string(&s->problem.text));
}

static void check_cells(struct check_sink *s, const struct row *row)
{
    const struct table *table = s->shape->table;

    for (size_t i = 0; i < row->ncells; i++) {
        const struct shape_column *column = &s->shape->columns[i];
        const struct cell *cell = &row->cells[i];
        bool fine = check_cell(table, column, cell, &s->problem);

        if (fine && cell->text && column->type == TYPE_JSONB)
            fine = check_jsonb(cell->text, cell->len, &s->problem);
        else if (fine && cell->text && column->type == TYPE_TEXT_ARRAY)
            fine = check_text_array(cell->text, cell->len, column->known && column_is_indexed(table, column->known),
                                    &s->problem);
        if (!fine)
            tell_problem(s, column->name);
    }
}

/* One finding a table: behind the first row that is out of order nearly all are. */
static void check_order(struct check_sink *s, const struct row *row)
{
    struct buffer swap = s->last_key;
    bool first = s->last_key.len == 0;

    if (s->out_of_order)
        return;
    buffer_clear(&s->key_text);
    row_key_append(&s->key, row, &s->key_text);
    if (!first && row_key_compare(s->last_key.data, s->last_key.len, s->key_text.data, s->key_text.len) > 0) {
        s->out_of_order = true;
        findings_add(s->findings, s->archive ? GRAVITY_ERROR : GRAVITY_WARNING, "order", place(s),
                     "The rows of %s do not stand in the order of their keys from here on.", s->shape->table->name);
    }
    s->last_key = s->key_text;
    s->key_text = swap;
}

static void hear_reactflow(void *context, enum gravity gravity, const char *code, const char *column, const char *sentence)
{
    struct check_sink *s = context;

    findings_add(s->findings, gravity, code, place(s), "graphs.%s %s.", column, sentence);
}

static void check_reactflow(struct check_sink *s, const struct row *row)
{
    const struct reactflow_listener listener = {.tell = hear_reactflow, .context = s};
    int nodes = shape_column(s->shape, "nodes");
    int edges = shape_column(s->shape, "edges");

    if (nodes >= 0 && edges >= 0)
        reactflow_check(&row->cells[nodes], &row->cells[edges], &listener);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct check_sink *s = self(sink);

    check_order(s, given);
    check_cells(s, given);
    if (!check_row(s->shape, given, &s->problem))
        tell_problem(s, "period_end");
    if (shape_is(s->shape, "graphs"))
        check_reactflow(s, given);
    if (s->manifest->kind == KIND_TEMPLATE && shape_is(s->shape, "chats"))
        findings_add(s->findings, GRAVITY_ERROR, "template", place(s), "A template holds a chat.");
    place(s);
    return reference_check_row(s->references, given, &s->place, err);
}

static bool table_end(struct sink *sink, struct error *err)
{
    struct check_sink *s = self(sink);

    (void)err;
    if (s->findings->lost > s->lost_before)
        reference_check_lost(s->references, s->shape->table);
    return true;
}

static bool asset(struct sink *sink, const struct asset *given, struct error *err)
{
    struct check_sink *s = self(sink);
    struct buffer where = BUFFER_INIT;

    (void)err;
    buffer_printf(&where, "assets/%s", given->path);
    if (s->manifest->kind != KIND_TEMPLATE)
        findings_add(s->findings, GRAVITY_ERROR, "asset", buffer_string(&where), "Only templates hold other files.");
    buffer_release(&where);
    return true;
}

static bool finish(struct sink *sink, struct error *err)
{
    struct check_sink *s = self(sink);

    size_t first = s->findings->nkept;
    bool ok = reference_check_end(s->references, s->findings, err);

    findings_sort(s->findings, first);
    return ok;
}

static void free_sink(struct sink *sink)
{
    struct check_sink *s = self(sink);

    reference_check_free(s->references);
    buffer_release(&s->key_text);
    buffer_release(&s->last_key);
    buffer_release(&s->place);
    buffer_release(&s->problem.text);
    free(s);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = table_end,
    .asset = asset,
    .trailer = sink_ignore_trailer,
    .finish = finish,
    .free = free_sink,
};

struct sink *sink_check(const struct source *source, bool archive, struct findings *findings)
{
    struct check_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->source = source;
    s->archive = archive;
    s->findings = findings;
    return &s->base;
}
