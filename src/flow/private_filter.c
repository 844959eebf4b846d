#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"

#include <stdlib.h>

/* Takes projects in as not public. Their rows come before anybody can read them, and their version stays as it is. */
struct private_filter {
    struct sink base;
    int is_public; /* the column; -1: not here */
    struct row_edit edit;
};

static struct private_filter *self(struct sink *sink)
{
    return (struct private_filter *)sink;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    self(sink)->is_public = shape_is(shape, "projects") ? shape_column(shape, "is_public") : -1;
    return sink_pass_table(sink, shape, err);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct private_filter *f = self(sink);
    struct row passed;

    if (f->is_public < 0 || !given->cells[f->is_public].text || *given->cells[f->is_public].text == 'f')
        return sink_pass_row(sink, given, err);
    passed = row_edit_begin(&f->edit, given);
    f->edit.cells[f->is_public] = (struct cell){"f", 1};
    passed.copy = NULL;
    return sink_pass_row(sink, &passed, err);
}

static void free_filter(struct sink *sink)
{
    row_edit_release(&self(sink)->edit);
    free(sink);
}

static const struct sink_ops ops = {
    .header = sink_pass_header,
    .table = table,
    .row = row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = sink_pass_trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_private(struct sink *next)
{
    struct private_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->is_public = -1;
    return &f->base;
}
