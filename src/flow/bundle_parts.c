#include "bundle_parts.h"

#include "simulark/base/utf8.h"
#include "simulark/base/uuid.h"
#include "simulark/model/value.h"

#include <stdio.h>
#include <time.h>

json_t *parse_object(const char *name, const struct buffer *text, struct error *err)
{
    struct buffer place = BUFFER_INIT;
    json_error_t where;
    size_t mark = utf8_mark(text->data ? text->data : "", text->len);
    json_t *object = json_loadb(text->data ? text->data + mark : "", text->len - mark, JSON_REJECT_DUPLICATES, &where);

    if (object && json_is_object(object))
        return object;
    buffer_printf(&place, "%s:%d:%d", name, where.line, where.column);
    if (object)
        error_set_at(err, STATUS_MALFORMED, name, "This is no JSON object.");
    else
        error_set_at(err, STATUS_MALFORMED, buffer_string(&place), "The JSON is malformed: %s.", where.text);
    buffer_release(&place);
    json_decref(object);
    return NULL;
}

bool read_whole(struct input *in, size_t limit, struct buffer *bytes, struct error *err)
{
    const char *piece;
    size_t len;

    do {
        if (!input_next(in, &piece, &len, err))
            return false;
        if (bytes->len + len > limit)
            return error_set(err, STATUS_MALFORMED, "%s is larger than %zu bytes (limit asset_bytes).", input_name(in),
                             limit) || limits_hint(err, "asset_bytes");
        buffer_append(bytes, piece, len);
    } while (len);
    return true;
}

struct manifest *read_manifest(const char *name, const json_t *header, struct error *err)
{
    static const unsigned scopes[] = {
        [KIND_PROJECT] = SCOPE_PROJECT,
        [KIND_ACCOUNT] = SCOPE_ACCOUNT | SCOPE_KEYS | SCOPE_HISTORY,
        [KIND_INSTANCE] = SCOPE_INSTANCE | SCOPE_KEYS | SCOPE_HISTORY,
        [KIND_TEMPLATE] = SCOPE_PROJECT,
    };
    struct manifest *m = manifest_from_json(header, err);

    if (!m) {
        error_prefix(err, "%s", name);
        return NULL;
    }
    for (size_t i = 0; i < m->nshapes; i++)
        if (!(m->shapes[i].table->scopes & scopes[m->kind])) {
            error_set_at(err, STATUS_MALFORMED, name, "A bundle of kind %s cannot hold the table %s.", kind_name(m->kind),
                         m->shapes[i].table->name);
            manifest_free(m);
            return NULL;
        }
    for (size_t i = 0; m->by_hand && i < TABLE_COUNT; i++)
        if (tables[i].scopes & scopes[m->kind])
            shape_init_known(manifest_add_table(m, &tables[i]), &tables[i]);
    if (m->kind == KIND_TEMPLATE)
        manifest_allow_local_ids(m);
    return m;
}

int64_t moment(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void defaults_init(struct defaults *d, const struct manifest *manifest, const struct rereading *shared)
{
    int64_t now = shared->begun ? shared->now : moment();
    time_t seconds = (time_t)(now / 1000000);
    const char *problem;
    char text[64];
    struct tm tm;
    size_t len;

    d->shared = shared;
    if (manifest->created_at &&
        value_canonical(TYPE_TIMESTAMPTZ, manifest->created_at, strlen(manifest->created_at), &d->now, &problem))
        return;
    gmtime_r(&seconds, &tm);
    len = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    len += (size_t)snprintf(text + len, sizeof text - len, ".%06d+00", (int)(now % 1000000));
    buffer_clear(&d->now);
    value_canonical(TYPE_TIMESTAMPTZ, text, len, &d->now, &problem);
}

void defaults_release(struct defaults *d)
{
    buffer_release(&d->now);
    buffer_release(&d->content);
}

/* The first 16 bytes of a digest, as a uuid that looks like any other. */
static void id_of(const void *bytes, size_t len, struct uuid *id)
{
    char hex[DIGEST_HEX + 1];

    digest_of(bytes, len, hex);
    uuid_of_digest(id, hex, 4);
}

/* The next one of what stands alone: where the bundle is read again, the same each time, and not to be foretold. */
static void make_id(struct defaults *d, struct uuid *id)
{
    struct {
        struct uuid secret;
        uint64_t number;
    } of;

    if (!d->shared->begun) {
        uuid_random(id);
        return;
    }
    of.secret = d->shared->secret;
    of.number = d->made++;
    id_of(&of, sizeof of, id);
}

/* Whether the row belongs to another of the bundle. */
static bool has_parent(const struct row_builder *row, const struct shape *shape)
{
    const char *parent = shape->table->parent;
    int at = parent ? shape_column(shape, parent) : -1;

    return at >= 0 && !column_names_user(shape->columns[at].known) && row_builder_cell(row, (size_t)at).text;
}

/* Of a part, whose parent's id makes it one of this bundle: docs/format.md, "Rows". */
static void derive_id(const struct row_builder *row, const struct shape *shape, struct defaults *d, struct uuid *id)
{
    d->nameless = d->table == shape->table ? d->nameless + 1 : 1;
    d->table = shape->table;
    buffer_clear(&d->content);
    buffer_printf(&d->content, "%s\n%llu\n", shape->table->name, (unsigned long long)d->nameless);
    for (size_t i = 0; i < shape->ncolumns; i++) {
        struct cell cell = row_builder_cell(row, i);

        if (cell.text) {
            buffer_printf(&d->content, "%s\n%zu\n", shape->columns[i].name, cell.len);
            buffer_append(&d->content, cell.text, cell.len);
            buffer_byte(&d->content, '\n');
        }
    }
    id_of(d->content.data, d->content.len, id);
}

/* The default of one column as a cell; false where it has none and may not be NULL. */
static bool put_default(struct row_builder *row, const struct shape *shape, size_t cell, struct defaults *d)
{
    const struct shape_column *column = &shape->columns[cell];
    const struct column *known = column->known;
    const char *text = known ? known->default_text : NULL;
    char id[UUID_TEXT + 1];

    if (known && known->default_sql && !text) {
        if (strcmp(known->default_sql, "now()") == 0) {
            text = buffer_string(&d->now);
        } else if (strcmp(known->default_sql, "gen_random_uuid()") == 0) {
            struct uuid made;

            if (has_parent(row, shape))
                derive_id(row, shape, d, &made);
            else
                make_id(d, &made);
            uuid_format(&made, id);
            text = id;
        }
    }
    /* Whose a row is may be left to the import's --owner; the database refuses rows of nobody. */
    if (!text && known && known->not_null && !column_names_user(known) && !shape_column_is_open(column))
        return false;
    row_builder_put(row, cell, text, text ? strlen(text) : 0);
    return true;
}

bool row_complete(struct row_builder *row, const struct shape *shape, struct defaults *d, const char **lacking)
{
    int id = shape_column(shape, "id");

    if (id >= 0 && !row_builder_is_set(row, (size_t)id))
        put_default(row, shape, (size_t)id, d); /* first, as it may be made of what the row says */
    for (size_t i = 0; i < shape->ncolumns; i++)
        if (!row_builder_is_set(row, i) && !put_default(row, shape, i, d)) {
            *lacking = shape->columns[i].name;
            return false;
        }
    return true;
}

bool more_after_failure(const struct rows_reader *rows, bool taken, struct findings *findings, struct error *err)
{
    if ((!taken && !rows->ops->may_go_on(rows)) || !findings_take(findings, "row", err))
        return false;
    findings->lost++;
    return true;
}

bool refuse_unsealed(const char *name, struct error *err)
{
    error_set(err, STATUS_MALFORMED, "%s ends without a seal: it is incomplete.", name);
    error_hint(err, "It was cut short, or its writing did not finish: get it again. A document written by hand leaves out both "
                    "`tables` and `seal`.");
    return false;
}
