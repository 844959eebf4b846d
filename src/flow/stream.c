#include "simulark/flow/stream.h"

#include "simulark/base/interrupt.h"

bool source_header(struct source *source, const struct manifest **manifest, struct error *err)
{
    return source->ops->header(source, manifest, err);
}

bool source_next(struct source *source, struct item *item, struct error *err)
{
    return source->ops->next(source, item, err);
}

void source_place(const struct source *source, struct buffer *text)
{
    source->ops->place(source, text);
}

void source_place_nothing(const struct source *source, struct buffer *text)
{
    (void)source, (void)text;
}

void source_free(struct source *source)
{
    if (source)
        source->ops->free(source);
}

bool sink_header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    return sink->ops->header(sink, manifest, err);
}

bool sink_table(struct sink *sink, const struct shape *shape, struct error *err)
{
    return sink->ops->table(sink, shape, err);
}

bool sink_row(struct sink *sink, const struct row *row, struct error *err)
{
    return sink->ops->row(sink, row, err);
}

bool sink_table_end(struct sink *sink, struct error *err)
{
    return sink->ops->table_end(sink, err);
}

bool sink_asset(struct sink *sink, const struct asset *asset, struct error *err)
{
    return sink->ops->asset(sink, asset, err);
}

bool sink_trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    return sink->ops->trailer(sink, seal, err);
}

bool sink_finish(struct sink *sink, struct error *err)
{
    return sink->ops->finish(sink, err);
}

void sink_free(struct sink *sink)
{
    while (sink) {
        struct sink *next = sink->next;

        sink->ops->free(sink);
        sink = next;
    }
}

bool sink_pass_header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    return sink_header(sink->next, manifest, err);
}

bool sink_pass_table(struct sink *sink, const struct shape *shape, struct error *err)
{
    return sink_table(sink->next, shape, err);
}

bool sink_pass_row(struct sink *sink, const struct row *row, struct error *err)
{
    return sink_row(sink->next, row, err);
}

bool sink_pass_table_end(struct sink *sink, struct error *err)
{
    return sink_table_end(sink->next, err);
}

bool sink_pass_asset(struct sink *sink, const struct asset *asset, struct error *err)
{
    return sink_asset(sink->next, asset, err);
}

bool sink_pass_trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    return sink_trailer(sink->next, seal, err);
}

bool sink_pass_finish(struct sink *sink, struct error *err)
{
    return sink_finish(sink->next, err);
}

bool sink_ignore_header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    (void)sink, (void)manifest, (void)err;
    return true;
}

bool sink_ignore_table(struct sink *sink, const struct shape *shape, struct error *err)
{
    (void)sink, (void)shape, (void)err;
    return true;
}

bool sink_ignore_row(struct sink *sink, const struct row *row, struct error *err)
{
    (void)sink, (void)row, (void)err;
    return true;
}

bool sink_ignore_table_end(struct sink *sink, struct error *err)
{
    (void)sink, (void)err;
    return true;
}

bool sink_ignore_asset(struct sink *sink, const struct asset *asset, struct error *err)
{
    (void)sink, (void)asset, (void)err;
    return true;
}

bool sink_ignore_trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    (void)sink, (void)seal, (void)err;
    return true;
}

bool sink_ignore_finish(struct sink *sink, struct error *err)
{
    (void)sink, (void)err;
    return true;
}

bool sink_refuse_asset(struct sink *sink, const struct asset *asset, struct error *err)
{
    (void)sink;
    return error_set(err, STATUS_MALFORMED, "A bundle with assets/%s is a template; it cannot be imported as a project.",
                     asset->path);
}

bool sink_push(struct sink *sink, const struct item *item, struct error *err)
{
    switch (item->kind) {
    case ITEM_TABLE: return sink_table(sink, item->shape, err);
    case ITEM_ROW: return sink_row(sink, &item->row, err);
    case ITEM_TABLE_END: return sink_table_end(sink, err);
    case ITEM_ASSET: return sink_asset(sink, &item->asset, err);
    case ITEM_TRAILER: return sink_trailer(sink, item->seal, err);
    }
    return error_set(err, STATUS_INTERNAL, "A source gave an item of unknown kind.");
}

/* Everything but the finish. */
static bool run(struct source *source, struct sink *sink, struct error *err)
{
    const struct manifest *manifest;
    struct item item;
    int64_t number = 0; /* of rows in this table */

    if (!source_header(source, &manifest, err) || !sink_header(sink, manifest, err))
        return false;
    do {
        if (!interrupt_check(err) || !source_next(source, &item, err))
            return false;
        number = item.kind == ITEM_ROW ? number + 1 : 0;
        item.row.number = number;
        if (!sink_push(sink, &item, err))
            return false;
    } while (item.kind != ITEM_TRAILER);
    return true;
}

bool stream_run(struct source *source, struct sink *sink, struct error *err)
{
    bool passed = run(source, sink, err);

    /* What failed because of the interruption is told as that. */
    return interrupt_check(err) && passed && sink_finish(sink, err);
}
