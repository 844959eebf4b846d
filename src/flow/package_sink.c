#include "bundle_sink.h"
#include "simulark/base/memory.h"
#include "simulark/format/row_text.h"

#include <stdio.h>
#include <stdlib.h>

#define PART_BYTES ((size_t)1 << 20) /* a part ends with the row that passes this; larger ones make zstd's thread wait */

/* A directory or an archive: an archive's entry needs its size first, so rows are gathered into parts first. */
struct package_sink {
    struct sink base;
    struct package_writer *package;
    struct bundle_options options;
    struct bundle_report *report;
    const struct shape *shape;
    struct buffer part;
    unsigned number; /* of the part being gathered */
};

static struct package_sink *self(struct sink *sink)
{
    return (struct package_sink *)sink;
}

/* A small JSON object as an entry of its own. Takes over the object. */
static bool write_object(struct package_sink *s, const char *name, json_t *object, struct error *err)
{
    char *text = json_dumps(object, JSON_INDENT(2));
    struct buffer line = BUFFER_INIT;
    bool ok;

    buffer_text(&line, text);
    buffer_byte(&line, '\n');
    if (line.len > LIMITS_DEFAULT.asset_bytes)
        error_set(err, STATUS_MALFORMED, "%s would be larger than readers take (limit asset_bytes).", name);
    ok = !error_is_set(err) && s->package->ops->entry(s->package, name, line.data, line.len, err);
    buffer_release(&line);
    free(text);
    json_decref(object);
    return ok;
}

static bool flush_part(struct package_sink *s, struct error *err)
{
    char name[128];

    if (!s->part.len)
        return true;
    if (s->number > 999999)
        return error_set(err, STATUS_INTERNAL, "The table %s has too many parts for one bundle.", s->shape->table->name);
    snprintf(name, sizeof name, "data/%s/%06u.%s", s->shape->table->name, s->number,
             s->options.encoding == ENCODING_YAML ? "yaml" : "jsonl");
    if (!s->package->ops->entry(s->package, name, s->part.data, s->part.len, err))
        return false;
    buffer_clear(&s->part);
    s->number++;
    return true;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct package_sink *s = self(sink);

    return write_object(s, "bundle.json", bundle_header(manifest, &s->options), err);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct package_sink *s = self(sink);

    (void)err;
    s->shape = shape;
    s->number = 1;
    return true;
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct package_sink *s = self(sink);

    if (s->options.encoding == ENCODING_YAML) {
        buffer_text(&s->part, "---\n");
        row_yaml_append(&s->part, s->shape, given, 0);
    } else {
        row_json_append(&s->part, s->shape, given);
        buffer_byte(&s->part, '\n');
    }
    return s->part.len < PART_BYTES || flush_part(s, err);
}

static bool table_end(struct sink *sink, struct error *err)
{
    return flush_part(self(sink), err);
}

static bool asset(struct sink *sink, const struct asset *given, struct error *err)
{
    struct package_sink *s = self(sink);
    struct buffer name = BUFFER_INIT;
    bool ok;

    buffer_printf(&name, "assets/%s", given->path);
    ok = s->package->ops->entry(s->package, buffer_string(&name), given->bytes, given->len, err);
    buffer_release(&name);
    return ok;
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    struct package_sink *s = self(sink);

    s->report->has_signature = seal->signature != NULL;
    return write_object(s, "seal.json", seal_to_json(seal), err) &&
           (!seal->signature ||
            s->package->ops->entry(s->package, "seal.json.minisig", seal->signature, strlen(seal->signature), err));
}

static bool finish(struct sink *sink, struct error *err)
{
    struct package_sink *s = self(sink);

    return s->package->ops->finish(s->package, &s->report->bytes, err);
}

static void free_sink(struct sink *sink)
{
    struct package_sink *s = self(sink);

    s->package->ops->free(s->package);
    buffer_release(&s->part);
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

struct sink *sink_package(struct package_writer *package, const struct bundle_options *options,
                          struct bundle_report *report)
{
    struct package_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->package = package;
    s->options = *options;
    s->report = report;
    return &s->base;
}
