#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"

#include <stdlib.h>

/* How much goes by before the tick is asked again whether it is time to say something. */
#define ROWS 256
#define BYTES INT64_C(262144)

struct progress_filter {
    struct sink base;
    progress_tick_fn *tick;
    void *context;
    struct progress progress;
    int64_t rows_told, bytes_told; /* of all tables, when tick was called last */
};

static struct progress_filter *self(struct sink *sink)
{
    return (struct progress_filter *)sink;
}

static void tell(struct progress_filter *f, enum progress_stage stage)
{
    f->progress.stage = stage;
    f->rows_told = f->progress.all_rows;
    f->bytes_told = f->progress.bytes;
    f->tick(f->context, &f->progress);
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct progress *p = &self(sink)->progress;

    p->expected = manifest->nshapes ? 0 : -1;
    for (size_t i = 0; i < manifest->nshapes && p->expected >= 0; i++)
        p->expected = manifest->shapes[i].rows < 0 ? -1 : p->expected + manifest->shapes[i].rows;
    tell(self(sink), PROGRESS_BEGUN);
    return sink_pass_header(sink, manifest, err);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    self(sink)->progress.shape = shape;
    self(sink)->progress.rows = 0;
    return sink_pass_table(sink, shape, err);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct progress_filter *f = self(sink);
    struct progress *p = &f->progress;

    p->rows++;
    p->all_rows++;
    for (size_t i = 0; i < given->ncells; i++)
        p->bytes += (int64_t)given->cells[i].len;
    if (p->all_rows - f->rows_told >= ROWS || p->bytes - f->bytes_told >= BYTES)
        tell(f, PROGRESS_ROWS);
    return sink_pass_row(sink, given, err);
}

static bool table_end(struct sink *sink, struct error *err)
{
    if (!sink_pass_table_end(sink, err))
        return false;
    tell(self(sink), PROGRESS_TABLE_DONE);
    return true;
}

static bool finish(struct sink *sink, struct error *err)
{
    tell(self(sink), PROGRESS_FINISHING);
    if (!sink_pass_finish(sink, err))
        return false;
    tell(self(sink), PROGRESS_DONE);
    return true;
}

static void free_filter(struct sink *sink)
{
    free(self(sink));
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = table_end,
    .asset = sink_pass_asset,
    .trailer = sink_pass_trailer,
    .finish = finish,
    .free = free_filter,
};

struct sink *filter_progress(struct sink *next, progress_tick_fn *tick, void *context)
{
    struct progress_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->tick = tick;
    f->context = context;
    return &f->base;
}
