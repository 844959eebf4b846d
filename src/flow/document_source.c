#include "bundle_parts.h"
#include "bundle_source.h"
#include "row_defaults.h"
#include "simulark/base/base64.h"
#include "simulark/base/memory.h"
#include "simulark/flow/bundle.h"
#include "simulark/format/package_name.h"
#include "simulark/format/reader.h"

#include <stdlib.h>

/* A JSON or YAML document as a source: the header's fields, then tables in load order, then the seal. */
struct document_source {
    struct source base;
    const struct limits *limits;
    struct input *in;
    struct document_reader *reader;
    struct findings *findings; /* NULL: the first thing that is wrong ends the stream */
    const char *member; /* the one to take next; NULL: the end */
    struct manifest *manifest;
    struct row_defaults defaults;
    struct rereading shared; /* not begun: there are no other readings */
    struct rows_reader *rows; /* of the table being read; NULL: the document leaves it out */
    size_t table;
    bool in_table;
    struct row_builder row;
    json_t *assets; /* NULL until they have been read */
    size_t asset;   /* the next one of them */
    struct buffer bytes;
    struct seal *seal;
    char *signature; /* what stands beside the document; NULL: nothing */
};

static struct document_source *self(struct source *source)
{
    return (struct document_source *)source;
}

static bool next_member(struct document_source *s, struct error *err)
{
    return s->reader->ops->member(s->reader, &s->member, err);
}

/* "<place>: <sentence>" for what the document's structure gets wrong. */
__attribute__((format(printf, 3, 4))) static bool refuse(const struct document_source *s, struct error *err,
                                                         const char *format, ...)
{
    struct buffer place = BUFFER_INIT;
    va_list args;

    s->reader->ops->place(s->reader, &place);
    va_start(args, format);
    error_vset_at(err, STATUS_MALFORMED, buffer_string(&place), format, args);
    va_end(args);
    buffer_release(&place);
    return false;
}

static json_t *member_value(struct document_source *s, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    json_error_t where;
    json_t *value = NULL;

    if (s->reader->ops->value(s->reader, &text, err)) {
        value = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &where);
        if (!value)
            refuse(s, err, "The value is malformed: %s.", where.text);
    }
    buffer_release(&text);
    return value;
}

static bool ends_header(const char *member)
{
    return !member || table_find(member) || strcmp(member, "assets") == 0 || strcmp(member, "seal") == 0;
}

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct document_source *s = self(source);
    json_t *fields = json_object();
    bool ok = next_member(s, err);

    while (ok && !ends_header(s->member)) {
        char *name = mem_strdup(s->member);
        json_t *value = json_object_get(fields, name) ? NULL : member_value(s, err);

        if (!value)
            ok = refuse(s, err, "The field %s stands twice.", name);
        else
            ok = json_object_set_new(fields, name, value) == 0 && next_member(s, err);
        free(name);
    }
    if (ok) {
        s->manifest = read_manifest(input_name(s->in), fields, err);
        ok = s->manifest != NULL;
    }
    json_decref(fields);
    if (ok && s->manifest->by_hand && !s->member)
        ok = refuse(s, err, "The document holds no tables.");
    if (ok)
        row_defaults_init(&s->defaults, s->manifest, &s->shared);
    *manifest = s->manifest;
    return ok;
}

/* Reads one row. On failure *more tells whether the row was taken, and only what it lacks is wrong. */
static bool read_row(struct document_source *s, const struct shape *shape, bool *more, struct error *err)
{
    const char *lacking;

    *more = false;
    row_builder_begin(&s->row, shape->ncolumns);
    if (s->rows && !s->rows->ops->row(s->rows, shape, &s->row, more, err)) {
        *more = false;
        return false;
    }
    return !*more || row_defaults_complete(&s->defaults, &s->row, shape, &lacking) ||
           refuse(s, err, "This row lacks %s, which has no default.", lacking);
}

static bool next_row(struct document_source *s, struct item *item, struct error *err)
{
    const struct shape *shape = &s->manifest->shapes[s->table];
    bool more;

    item->shape = shape;
    while (!read_row(s, shape, &more, err))
        if (!more_after_failure(s->rows, more, s->findings, err))
            return false;
    if (!more) {
        item->kind = ITEM_TABLE_END;
        s->in_table = false;
        s->table++;
        return !s->rows || next_member(s, err);
    }
    item->kind = ITEM_ROW;
    item->row = row_builder_end(&s->row);
    return true;
}

static bool begin_table(struct document_source *s, struct item *item, struct error *err)
{
    const struct shape *shape = &s->manifest->shapes[s->table];

    *item = (struct item){.kind = ITEM_TABLE, .shape = shape};
    s->in_table = true;
    s->rows = NULL;
    if (s->member && shape_is(shape, s->member))
        return s->reader->ops->rows(s->reader, &s->rows, err);
    return true;
}

static bool take_assets(struct document_source *s, struct error *err)
{
    s->assets = member_value(s, err);
    if (s->assets && !json_is_array(s->assets))
        return refuse(s, err, "The assets must be a list of objects with path, and text or base64.");
    return s->assets && next_member(s, err);
}

static bool next_asset(struct document_source *s, struct item *item, struct error *err)
{
    const json_t *asset = json_array_get(s->assets, s->asset++);
    const char *path = json_string_value(json_object_get(asset, "path"));
    const json_t *text = json_object_get(asset, "text");
    const json_t *base64 = json_object_get(asset, "base64");
    const char *before = s->asset > 1 ? json_string_value(json_object_get(json_array_get(s->assets, s->asset - 2), "path")) : "";

    buffer_clear(&s->bytes);
    if (text)
        buffer_append(&s->bytes, json_string_value(text), json_string_length(text));
    if (!path || !package_name_is_safe(path) || (json_is_string(text) == json_is_string(base64)) ||
        (base64 && !base64_decode(&s->bytes, json_string_value(base64), json_string_length(base64))))
        return refuse(s, err, "An asset must have a plain relative path, and either text or base64.");
    if (strcmp(before, path) >= 0)
        return refuse(s, err, "The asset %s does not stand in order of the paths, or stands twice.", path);
    if (s->bytes.len > s->limits->asset_bytes)
        return refuse(s, err, "The asset %s is larger than %zu bytes (limit asset_bytes).", path, s->limits->asset_bytes) ||
               limits_hint(err, "asset_bytes");
    *item = (struct item){.kind = ITEM_ASSET, .asset = {path, buffer_string(&s->bytes), s->bytes.len}};
    return true;
}

static bool take_seal(struct document_source *s, struct error *err)
{
    json_t *value = member_value(s, err);

    s->seal = value ? seal_from_json(value, err) : NULL;
    if (value && !s->seal)
        error_prefix(err, "%s", input_name(s->in));
    json_decref(value);
    if (s->seal) {
        s->seal->signature = s->signature;
        s->signature = NULL;
    }
    return s->seal && next_member(s, err);
}

/* A table that is there once all that the header has were read. */
static bool refuse_table(const struct document_source *s, struct error *err)
{
    const struct manifest *m = s->manifest;
    struct buffer order = BUFFER_INIT;
    bool known = false;

    for (size_t i = 0; i < m->nshapes; i++) {
        known = known || m->shapes[i].table == table_find(s->member);
        buffer_printf(&order, "%s%s", i ? ", " : "", m->shapes[i].table->name);
    }
    if (known)
        refuse(s, err, "The table %s stands behind tables that it must precede.", s->member);
    else if (m->by_hand)
        refuse(s, err, "A bundle of this kind holds no table %s.", s->member);
    else
        refuse(s, err, "The table %s is not named in the header's `tables`.", s->member);
    error_hint(err, "Tables in their order: %s.", buffer_string(&order));
    buffer_release(&order);
    return false;
}

/* Reads what stands behind the tables. */
static bool read_end(struct document_source *s, struct error *err)
{
    if (s->member && table_find(s->member))
        return refuse_table(s, err);
    if (s->member && strcmp(s->member, "seal") == 0 && !take_seal(s, err))
        return false;
    if (s->member)
        return refuse(s, err, "The field %s has no place behind the tables.", s->member);
    if (!s->manifest->by_hand && !s->seal)
        return refuse_unsealed(input_name(s->in), err);
    if (s->seal && input_last_byte(s->in) != '\n')
        return error_set(err, STATUS_MALFORMED, "%s does not end in a newline: it was cut short.", input_name(s->in));
    return true;
}

static bool finish(struct document_source *s, struct item *item, struct error *err)
{
    if (!(read_end(s, err) && input_finish(s->in, err)) && !findings_take(s->findings, "end", err))
        return false;
    *item = (struct item){.kind = ITEM_TRAILER, .seal = s->seal};
    return true;
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct document_source *s = self(source);

    if (s->in_table)
        return next_row(s, item, err);
    if (s->table < s->manifest->nshapes)
        return begin_table(s, item, err);
    if (s->member && strcmp(s->member, "assets") == 0 && !s->assets && !take_assets(s, err))
        return false;
    if (s->asset < json_array_size(s->assets))
        return next_asset(s, item, err);
    return finish(s, item, err);
}

static void place(const struct source *source, struct buffer *text)
{
    const struct document_source *s = (const struct document_source *)source;

    s->reader->ops->place(s->reader, text);
}

static void free_source(struct source *source)
{
    struct document_source *s = self(source);

    s->reader->ops->free(s->reader);
    input_free(s->in);
    manifest_free(s->manifest);
    json_decref(s->assets);
    buffer_release(&s->bytes);
    seal_free(s->seal);
    free(s->signature);
    row_builder_release(&s->row);
    row_defaults_release(&s->defaults);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

struct source *source_document(struct input *in, enum container container, const struct reading *how)
{
    struct document_source *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->in = in;
    s->findings = how->findings;
    if (how->shared)
        s->shared = *how->shared;
    if (how->signature)
        s->signature = mem_strdup(how->signature);
    s->limits = how->limits;
    s->reader = container == CONTAINER_JSON ? document_reader_json(in, how->limits) : document_reader_yaml(in, how->limits);
    return &s->base;
}
