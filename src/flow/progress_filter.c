#include "simulark/base/memory.h"
#include "simulark/flow/endpoints.h"

#include <stdlib.h>

struct progress_filter {
    struct sink base;
    void (*tick)(void *context, const struct shape *shape, int64_t rows);
    void *context;
    const struct shape *shape;
    int64_t rows;
};

static struct progress_filter *self(struct sink *sink)
{
    return (struct progress_filter *)sink;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    self(sink)->shape = shape;
    self(sink)->rows = 0;
    return sink_pass_table(sink, shape, err);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct progress_filter *f = self(sink);

    f->rows++;
    f->tick(f->context, f->shape, f->rows);
    return sink_pass_row(sink, given, err);
}

static void free_filter(struct sink *sink)
{
    free(self(sink));
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

struct sink *filter_progress(struct sink *next, void (*tick)(void *context, const struct shape *shape, int64_t rows),
                             void *context)
{
    struct progress_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->tick = tick;
    f->context = context;
    return &f->base;
}
