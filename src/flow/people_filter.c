#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

/* Puts the database's user ids in place of the bundle's. */
struct people_filter {
    struct sink base;
    struct people *people;
    const struct shape *shape;
    bool names_users; /* a column of it does */
    struct row_edit edit;
    char (*texts)[UUID_TEXT + 1]; /* of the cells that change; one place for each column */
    size_t texts_capacity;
};

static struct people_filter *self(struct sink *sink)
{
    return (struct people_filter *)sink;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    /* The sink behind opens the transaction in which people are looked up. */
    return sink_pass_header(sink, manifest, err) && people_match(self(sink)->people, manifest, err);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct people_filter *f = self(sink);

    f->shape = shape;
    f->names_users = false;
    for (size_t i = 0; i < shape->ncolumns; i++)
        f->names_users = f->names_users || column_names_user(shape->columns[i].known);
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

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct people_filter *f = self(sink);
    struct row passed;

    if (is_somebody_else(f, given))
        return true;
    if (!f->names_users)
        return sink_pass_row(sink, given, err);
    passed = row_edit_begin(&f->edit, given);
    f->texts = mem_grow(f->texts, &f->texts_capacity, given->ncells, sizeof *f->texts);
    for (size_t i = 0; i < given->ncells; i++) {
        const struct shape_column *column = &f->shape->columns[i];
        const struct uuid *to = column_names_user(column->known) ? target_of(f->people, column, &given->cells[i]) : NULL;

        if (!to)
            continue;
        uuid_format(to, f->texts[i]);
        f->edit.cells[i] = (struct cell){f->texts[i], UUID_TEXT};
        passed.copy = NULL;
    }
    return sink_pass_row(sink, &passed, err);
}

static void free_filter(struct sink *sink)
{
    struct people_filter *f = self(sink);

    row_edit_release(&f->edit);
    free(f->texts);
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
