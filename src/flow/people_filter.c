#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/format/json_ids.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

/* Puts the database's user ids in place of the bundle's: in columns that name users, and in JSON. */
struct people_filter {
    struct sink base;
    struct people *people;
    struct uuid_map owned; /* to the owner, where everything is his: the bundle's people */
    const struct shape *shape;
    bool concerned; /* a column of it names users, or is JSON and may hold their ids */
    struct row_edit edit;
    struct buffer texts; /* of the cells that change */
};

static struct people_filter *self(struct sink *sink)
{
    return (struct people_filter *)sink;
}

/* Who is somebody else here. */
static const struct uuid_map *others(const struct people_filter *f)
{
    return f->people->has_owner ? &f->owned : &f->people->map;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct people_filter *f = self(sink);
    struct uuid id;

    /* The sink behind opens the transaction in which people are looked up. */
    if (!sink_pass_header(sink, manifest, err) || !people_match(f->people, manifest, err))
        return false;
    for (size_t i = 0; f->people->has_owner && i < manifest->npeople; i++)
        if (uuid_parse_text(&id, manifest->people[i].id))
            uuid_map_put(&f->owned, &id, &f->people->owner);
    return true;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct people_filter *f = self(sink);
    bool changes = !uuid_map_is_empty(others(f));

    f->shape = shape;
    f->concerned = false;
    for (size_t i = 0; i < shape->ncolumns; i++)
        f->concerned = f->concerned || column_names_user(shape->columns[i].known) ||
                       (changes && shape->columns[i].type == TYPE_JSONB);
    return sink_pass_table(sink, shape, err);
}

/* The id this cell becomes; NULL: it stays. A row of nobody goes to the owner, where it must be somebody's. */
static const struct uuid *target_of(const struct people *people, const struct shape_column *column, const struct cell *cell)
{
    struct uuid id;

    if (!cell->text)
        return people->has_owner && column->known->not_null ? &people->owner : NULL;
    return cell_uuid(cell, &id) ? people_target(people, &id) : NULL;
}

/* A user of the bundle who is somebody else here: that one's row stays as it is. */
static bool is_somebody_else(const struct people_filter *f, const struct row *row)
{
    struct uuid id;

    return shape_is(f->shape, "users") && row_uuid(row, f->shape, "id", &id) && people_target(f->people, &id);
}

/* Whether a cell becomes another, which stands in `texts` then: there is room for it. */
static bool replace(struct people_filter *f, const struct shape_column *column, struct cell *cell)
{
    const struct uuid *to = column_names_user(column->known) ? target_of(f->people, column, cell) : NULL;
    char *text = f->texts.data + f->texts.len;

    if (to) {
        uuid_format(to, text);
        *cell = (struct cell){text, UUID_TEXT};
        f->texts.len += UUID_TEXT + 1;
        return true;
    }
    if (column->type != TYPE_JSONB || !cell->text)
        return false;
    buffer_append(&f->texts, cell->text, cell->len);
    cell->text = text;
    return json_replace_ids(text, cell->len, others(f));
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct people_filter *f = self(sink);
    struct row passed;
    size_t room = 0;

    if (is_somebody_else(f, given))
        return true;
    if (!f->concerned)
        return sink_pass_row(sink, given, err);
    passed = row_edit_begin(&f->edit, given);
    for (size_t i = 0; i < given->ncells; i++)
        room += given->cells[i].len + UUID_TEXT + 1;
    buffer_clear(&f->texts);
    buffer_reserve(&f->texts, room);
    for (size_t i = 0; i < given->ncells; i++)
        if (replace(f, &f->shape->columns[i], &f->edit.cells[i]))
            passed.copy = NULL;
    return sink_pass_row(sink, &passed, err);
}

static void free_filter(struct sink *sink)
{
    struct people_filter *f = self(sink);

    uuid_map_release(&f->owned);
    row_edit_release(&f->edit);
    buffer_release(&f->texts);
    free(f);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = sink_pass_trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_people(struct sink *next, struct people *people)
{
    struct people_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->people = people;
    return &f->base;
}
