#include "bundle_parts.h"
#include "bundle_source.h"
#include "row_defaults.h"
#include "signature_file.h"
#include "simulark/base/memory.h"
#include "simulark/flow/bundle.h"
#include "simulark/format/reader.h"

#include <stdlib.h>

/* A directory or an archive as a source: bundle.json, parts of rows, assets, seal.json. The package gives its entries in that
 * order. */
struct package_source {
    struct source base;
    struct package_reader *package;
    struct input *in; /* of an archive; the package reads from it */
    struct limits limits;
    bool outline;              /* pass over the rows behind graphs */
    struct findings *findings; /* NULL: the first thing that is wrong ends the stream */
    struct package_entry entry; /* the one to take next */
    bool more;                  /* there is one */
    struct manifest *manifest;
    struct row_defaults defaults;
    struct rereading shared; /* not begun: there are no other readings */
    struct rows_reader *rows; /* of the part being read */
    size_t table;
    bool in_table;
    struct row_builder row;
    struct buffer asset;
    struct buffer name; /* of the entry being read, for messages and assets */
    struct seal *seal;
};

static struct package_source *self(struct source *source)
{
    return (struct package_source *)source;
}

static bool next_entry(struct package_source *s, struct error *err)
{
    return s->package->ops->next(s->package, &s->entry, &s->more, err);
}

static bool entry_is(const struct package_source *s, const char *name)
{
    return s->more && strcmp(s->entry.name, name) == 0;
}

static json_t *entry_object(struct package_source *s, struct error *err)
{
    struct input *in = s->package->ops->input(s->package);
    struct buffer text = BUFFER_INIT;
    json_t *object = NULL;

    buffer_clear(&s->name);
    buffer_text(&s->name, input_name(in));
    if (read_whole(in, s->limits.asset_bytes, "asset_bytes", &text, err))
        object = parse_object(buffer_string(&s->name), &text, err);
    buffer_release(&text);
    return object;
}

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct package_source *s = self(source);
    json_t *fields;

    if (!next_entry(s, err))
        return false;
    if (!entry_is(s, "bundle.json"))
        return error_set(err, STATUS_MALFORMED, "This is no simulark bundle: it does not begin with bundle.json.");
    fields = entry_object(s, err);
    if (!fields)
        return false;
    s->manifest = read_manifest(buffer_string(&s->name), fields, err);
    json_decref(fields);
    *manifest = s->manifest;
    if (!s->manifest || !next_entry(s, err))
        return false;
    row_defaults_init(&s->defaults, s->manifest, &s->shared);
    return true;
}

/* Whether the next entry is a part of this table: data/<table>/… */
static bool entry_is_part(const struct package_source *s, const struct table *table)
{
    size_t len = strlen(table->name);

    return s->more && strncmp(s->entry.name, "data/", 5) == 0 && strncmp(s->entry.name + 5, table->name, len) == 0 &&
           s->entry.name[5 + len] == '/';
}

static void open_part(struct package_source *s)
{
    struct input *in = s->package->ops->input(s->package);
    size_t len = strlen(s->entry.name);
    bool yaml = len > 5 && strcmp(s->entry.name + len - 5, ".yaml") == 0;

    s->rows = yaml ? rows_reader_yaml_stream(in, &s->limits) : rows_reader_json_lines(in, &s->limits);
}

static void close_part(struct package_source *s)
{
    if (s->rows)
        s->rows->ops->free(s->rows);
    s->rows = NULL;
}

static bool refuse_row(const struct package_source *s, const char *lacking, struct error *err)
{
    struct buffer place = BUFFER_INIT;

    s->rows->ops->place(s->rows, &place);
    error_set_at(err, STATUS_MALFORMED, buffer_string(&place), "This row lacks %s, which has no default.", lacking);
    buffer_release(&place);
    return false;
}

static bool pass_over_parts(struct package_source *s, const struct table *table, struct error *err)
{
    while (entry_is_part(s, table))
        if (!next_entry(s, err))
            return false;
    return true;
}

/* Reads one row of the part. On failure *more tells whether the row was taken, and only what it lacks is wrong. */
static bool read_row(struct package_source *s, const struct shape *shape, bool *more, struct error *err)
{
    const char *lacking;

    *more = false;
    row_builder_begin(&s->row, shape->ncolumns);
    if (!s->rows->ops->row(s->rows, shape, &s->row, more, err)) {
        *more = false;
        return false;
    }
    return !*more || row_defaults_complete(&s->defaults, &s->row, shape, &lacking) || refuse_row(s, lacking, err);
}

/* The same, going on behind what is wrong: at the next row or, where that cannot be found, at the part's end. */
static bool read_row_leniently(struct package_source *s, const struct shape *shape, bool *more, struct error *err)
{
    while (!read_row(s, shape, more, err)) {
        if (more_after_failure(s->rows, *more, s->findings, err))
            continue;
        if (input_failed(s->package->ops->input(s->package)) || !findings_take(s->findings, "syntax", err))
            return false;
        s->findings->lost++;
        *more = false;
        return true;
    }
    return true;
}

static bool next_row(struct package_source *s, struct item *item, struct error *err)
{
    const struct shape *shape = &s->manifest->shapes[s->table];
    bool more = false;

    item->shape = shape;
    if (s->outline && table_index(shape->table) > TABLE_GRAPHS && !pass_over_parts(s, shape->table, err))
        return false;
    for (;;) {
        if (!s->rows && !entry_is_part(s, shape->table))
            break;
        if (!s->rows)
            open_part(s);
        if (!read_row_leniently(s, shape, &more, err))
            return false;
        if (more)
            break;
        close_part(s);
        if (!next_entry(s, err))
            return false;
    }
    if (!more) {
        item->kind = ITEM_TABLE_END;
        s->in_table = false;
        s->table++;
        return true;
    }
    item->kind = ITEM_ROW;
    item->row = row_builder_end(&s->row);
    return true;
}

static bool next_asset(struct package_source *s, struct item *item, struct error *err)
{
    buffer_clear(&s->name);
    buffer_text(&s->name, s->entry.name + strlen("assets/"));
    buffer_clear(&s->asset);
    if (!read_whole(s->package->ops->input(s->package), s->limits.asset_bytes, "asset_bytes", &s->asset, err))
        return false;
    *item = (struct item){.kind = ITEM_ASSET,
                          .asset = {buffer_string(&s->name), buffer_string(&s->asset), s->asset.len}};
    return next_entry(s, err);
}

static bool take_seal(struct package_source *s, struct error *err)
{
    json_t *object = entry_object(s, err);

    if (!object)
        return false;
    s->seal = seal_from_json(object, err);
    if (!s->seal)
        error_prefix(err, "%s", buffer_string(&s->name));
    json_decref(object);
    return s->seal && next_entry(s, err);
}

static bool take_signature(struct package_source *s, struct error *err)
{
    char *text = signature_read(s->package->ops->input(s->package), err);

    if (text && s->seal)
        s->seal->signature = text;
    else
        free(text);
    return text && next_entry(s, err);
}

/* Reads what stands behind the tables. */
static bool read_end(struct package_source *s, struct error *err)
{
    if (entry_is(s, "seal.json") && !take_seal(s, err))
        return false;
    if (entry_is(s, "seal.json.minisig") && !take_signature(s, err))
        return false;
    if (s->more)
        return error_set(err, STATUS_MALFORMED, "The entry %s belongs to a table that the header does not name.",
                         s->entry.name);
    if (!s->seal && !s->manifest->by_hand)
        return refuse_unsealed("The bundle", err);
    return true;
}

static bool finish(struct package_source *s, struct item *item, struct error *err)
{
    if (!(read_end(s, err) && (!s->in || input_finish(s->in, err))) && !findings_take(s->findings, "end", err))
        return false;
    *item = (struct item){.kind = ITEM_TRAILER, .seal = s->seal};
    return true;
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct package_source *s = self(source);

    if (s->in_table)
        return next_row(s, item, err);
    if (s->table < s->manifest->nshapes) {
        *item = (struct item){.kind = ITEM_TABLE, .shape = &s->manifest->shapes[s->table]};
        s->in_table = true;
        return true;
    }
    if (s->more && strncmp(s->entry.name, "assets/", strlen("assets/")) == 0)
        return next_asset(s, item, err);
    return finish(s, item, err);
}

static void place(const struct source *source, struct buffer *text)
{
    const struct package_source *s = (const struct package_source *)source;

    if (s->rows)
        s->rows->ops->place(s->rows, text);
}

static void free_source(struct source *source)
{
    struct package_source *s = self(source);

    close_part(s);
    s->package->ops->free(s->package);
    input_free(s->in);
    manifest_free(s->manifest);
    seal_free(s->seal);
    row_builder_release(&s->row);
    row_defaults_release(&s->defaults);
    buffer_release(&s->asset);
    buffer_release(&s->name);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

struct source *source_package(struct package_reader *package, struct input *in, const struct reading *how)
{
    struct package_source *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->package = package;
    s->in = in;
    s->limits = *how->limits;
    s->outline = how->outline;
    s->findings = how->findings;
    if (how->shared)
        s->shared = *how->shared;
    return &s->base;
}
