#include "row_defaults.h"

#include "simulark/base/digest.h"
#include "simulark/base/uuid.h"
#include "simulark/model/value.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t row_defaults_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void row_defaults_init(struct row_defaults *d, const struct manifest *manifest, const struct rereading *shared)
{
    int64_t now = shared->begun ? shared->now : row_defaults_now();
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

void row_defaults_release(struct row_defaults *d)
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
static void make_id(struct row_defaults *d, struct uuid *id)
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
static void derive_id(const struct row_builder *row, const struct shape *shape, struct row_defaults *d, struct uuid *id)
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

/* An id for the row, in id's memory. */
static const char *new_id(const struct row_builder *row, const struct shape *shape, struct row_defaults *d,
                          char id[UUID_TEXT + 1])
{
    struct uuid made;

    if (has_parent(row, shape))
        derive_id(row, shape, d, &made);
    else
        make_id(d, &made);
    uuid_format(&made, id);
    return id;
}

/* The default of one column as a cell; false where it has none and may not be NULL. */
static bool put_default(struct row_builder *row, const struct shape *shape, size_t cell, struct row_defaults *d)
{
    const struct shape_column *column = &shape->columns[cell];
    const struct column *known = column->known;
    const char *sql = known && known->default_sql ? known->default_sql : "";
    const char *text = known ? known->default_text : NULL;
    char id[UUID_TEXT + 1];

    if (!text && strcmp(sql, "now()") == 0)
        text = buffer_string(&d->now);
    else if (!text && strcmp(sql, "gen_random_uuid()") == 0)
        text = new_id(row, shape, d, id);
    /* Whose a row is may be left to the import's --owner; the database refuses rows of nobody. */
    if (!text && known && known->not_null && !column_names_user(known) && !shape_column_is_open(column))
        return false;
    row_builder_put(row, cell, text, text ? strlen(text) : 0);
    return true;
}

bool row_defaults_complete(struct row_defaults *d, struct row_builder *row, const struct shape *shape, const char **lacking)
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
