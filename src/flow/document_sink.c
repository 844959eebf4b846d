#include "asset_json.h"
#include "bundle_sink.h"
#include "signature_file.h"
#include "simulark/base/memory.h"
#include "simulark/format/writer.h"

#include <stdlib.h>

#define FLUSH_BYTES ((size_t)64 << 10)

/* One JSON or YAML document, written as the rows come. */
struct document_sink {
    struct sink base;
    struct output *out;
    struct bundle_options options;
    struct bundle_report *report;
    struct document_writer writer;
    struct buffer text; /* written by the writer, not yet by the output */
    json_t *assets;     /* what stands before the seal; NULL: none */
    char *signature;    /* what goes beside it; NULL: nothing */
};

static struct document_sink *self(struct sink *sink)
{
    return (struct document_sink *)sink;
}

static bool flush(struct document_sink *s, size_t threshold, struct error *err)
{
    if (s->text.len <= threshold)
        return true;
    if (!output_write(s->out, s->text.data, s->text.len, err))
        return false;
    buffer_clear(&s->text);
    return true;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct document_sink *s = self(sink);
    json_t *fields;

    s->options.encoding = s->options.container == CONTAINER_JSON ? ENCODING_JSON : ENCODING_YAML;
    fields = bundle_header(manifest, &s->options);
    s->writer.ops->header(&s->writer, &s->text, fields);
    json_decref(fields);
    return flush(s, FLUSH_BYTES, err);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct document_sink *s = self(sink);

    s->writer.shape = shape;
    s->writer.ops->table(&s->writer, &s->text);
    return flush(s, FLUSH_BYTES, err);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct document_sink *s = self(sink);

    s->writer.ops->row(&s->writer, &s->text, given);
    return flush(s, FLUSH_BYTES, err);
}

static bool table_end(struct sink *sink, struct error *err)
{
    struct document_sink *s = self(sink);

    s->writer.ops->table_end(&s->writer, &s->text);
    return flush(s, FLUSH_BYTES, err);
}

static bool asset(struct sink *sink, const struct asset *given, struct error *err)
{
    struct document_sink *s = self(sink);

    (void)err;
    if (!s->assets)
        s->assets = json_array();
    json_array_append_new(s->assets, asset_to_json(given));
    return true;
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    struct document_sink *s = self(sink);
    json_t *fields = seal_to_json(seal);

    if (s->assets)
        s->writer.ops->member(&s->writer, &s->text, "assets", s->assets);
    s->writer.ops->member(&s->writer, &s->text, "seal", fields);
    s->writer.ops->end(&s->writer, &s->text);
    json_decref(fields);
    s->signature = mem_strdup_or_null(seal->signature);
    return flush(s, 0, err);
}

static bool finish(struct sink *sink, struct error *err)
{
    struct document_sink *s = self(sink);

    if (!output_commit(s->out, err))
        return false;
    s->report->bytes = output_position(s->out);
    if (output_is_stream(s->out)) /* there is no beside */
        return true;
    s->report->has_signature = s->signature != NULL;
    return signature_write_beside(output_name(s->out), s->signature, err);
}

static void free_sink(struct sink *sink)
{
    struct document_sink *s = self(sink);

    output_free(s->out);
    json_decref(s->assets);
    free(s->signature);
    buffer_release(&s->text);
    free(s);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = table_end,
    .asset = asset,
    .trailer = trailer,
    .finish = finish,
    .free = free_sink,
};

struct sink *sink_document(struct output *out, const struct bundle_options *options, struct bundle_report *report)
{
    struct document_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->out = out;
    s->options = *options;
    s->report = report;
    s->writer.ops = options->container == CONTAINER_JSON ? &document_writer_json : &document_writer_yaml;
    return &s->base;
}
