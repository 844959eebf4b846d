#include "simulark/base/memory.h"
#include "simulark/flow/endpoints.h"

#include <stdlib.h>

/* For those who pull rows from two sources and so have no place for a filter: everything that is pulled also goes through
 * filter_seal, behind which is nothing. */
struct checked_source {
    struct source base;
    struct source *inner;
    struct sink *check;
    struct seal_report report;
};

static struct checked_source *self(struct source *source)
{
    return (struct checked_source *)source;
}

/* ---- nothing ---- */

static bool no_header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    (void)sink, (void)manifest, (void)err;
    return true;
}

static bool no_table(struct sink *sink, const struct shape *shape, struct error *err)
{
    (void)sink, (void)shape, (void)err;
    return true;
}

static bool no_row(struct sink *sink, const struct row *row, struct error *err)
{
    (void)sink, (void)row, (void)err;
    return true;
}

static bool no_asset(struct sink *sink, const struct asset *asset, struct error *err)
{
    (void)sink, (void)asset, (void)err;
    return true;
}

static bool no_trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    (void)sink, (void)seal, (void)err;
    return true;
}

static bool nothing(struct sink *sink, struct error *err)
{
    (void)sink, (void)err;
    return true;
}

static void free_nothing(struct sink *sink)
{
    free(sink);
}

static const struct sink_ops nothing_ops = {
    .header = no_header,
    .table = no_table,
    .row = no_row,
    .table_end = nothing,
    .asset = no_asset,
    .trailer = no_trailer,
    .finish = nothing,
    .free = free_nothing,
};

/* ---- the source ---- */

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct checked_source *s = self(source);

    return source_header(s->inner, manifest, err) && sink_header(s->check, *manifest, err);
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct checked_source *s = self(source);

    if (!source_next(s->inner, item, err))
        return false;
    switch (item->kind) {
    case ITEM_TABLE: return sink_table(s->check, item->shape, err);
    case ITEM_ROW: return sink_row(s->check, &item->row, err);
    case ITEM_TABLE_END: return sink_table_end(s->check, err);
    case ITEM_ASSET: return sink_asset(s->check, &item->asset, err);
    case ITEM_TRAILER: return sink_trailer(s->check, item->seal, err);
    }
    return error_set(err, STATUS_INTERNAL, "A source gave an item of unknown kind.");
}

static void place(const struct source *source, struct buffer *text)
{
    source_place(((const struct checked_source *)source)->inner, text);
}

static void free_source(struct source *source)
{
    struct checked_source *s = self(source);

    sink_free(s->check);
    source_free(s->inner);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

struct source *source_checked(struct source *inner, bool sealed)
{
    struct checked_source *s = mem_alloc(sizeof *s);
    struct sink *end = mem_alloc(sizeof *end);

    end->ops = &nothing_ops;
    s->base.ops = &ops;
    s->inner = inner;
    s->check = filter_seal(end, sealed, &s->report);
    return &s->base;
}
