#include "id_list.h"
#include "simulark/base/memory.h"
#include "simulark/flow/ids.h"
#include "simulark/format/json_ids.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

/* What becomes of the cells of a column. */
enum treatment { LEAVE, REPLACE, REPLACE_IN_ARRAY, REPLACE_IN_JSON };

/* Puts new ids in place of the bundle's. */
struct ids_filter {
    struct sink base;
    struct id_plan *plan;
    struct people *people;
    struct import_report *report;
    const struct manifest *manifest;
    struct id_list *list; /* NULL: none is wanted */
    const struct shape *shape;
    enum treatment *treatments; /* of its columns */
    size_t capacity;
    int id; /* the column of the rows' own; -1: they keep theirs */
    struct uuid_map units; /* new ids to old, of what conflicts are decided for */
    struct row_builder row;
};

static struct ids_filter *self(struct sink *sink)
{
    return (struct ids_filter *)sink;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct ids_filter *f = self(sink);
    const struct id_options *options = &f->plan->options;

    f->manifest = manifest;
    if (options->list_file) {
        f->list = id_list_open(options->list_file, options->force, err);
        if (!f->list)
            return false;
    }
    if (!sink_pass_header(sink, manifest, err))
        return false;
    id_plan_derive(f->plan, f->people->has_owner ? &f->people->owner : NULL);
    return true;
}

/* A uuid of a column that the model does not know may be a reference, too; those of users stay. */
static enum treatment treatment_of(const struct table *table, const struct shape_column *column)
{
    bool key = strcmp(column->name, "id") == 0;
    bool of_user = key ? table_is(table, "users") : column_names_user(column->known);

    if (column->type == TYPE_JSONB)
        return REPLACE_IN_JSON;
    if (strcmp(column->sql_type, "uuid[]") == 0)
        return REPLACE_IN_ARRAY;
    return column->type == TYPE_UUID && !of_user ? REPLACE : LEAVE;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct ids_filter *f = self(sink);

    f->shape = shape;
    f->treatments = mem_grow(f->treatments, &f->capacity, shape->ncolumns, sizeof *f->treatments);
    for (size_t i = 0; i < shape->ncolumns; i++)
        f->treatments[i] = treatment_of(shape->table, &shape->columns[i]);
    f->id = shape_column(shape, "id");
    if (f->id >= 0 && f->treatments[f->id] != REPLACE)
        f->id = -1;
    return sink_pass_table(sink, shape, err);
}

/* In PostgreSQL's form of an array uuids stand without quotes. */
static bool replace_in_array(char *text, size_t len, const struct uuid_map *ids)
{
    bool changed = false;

    for (size_t at = 1; at + UUID_TEXT <= len; at++)
        if ((text[at - 1] == '{' || text[at - 1] == ',') && uuid_map_replace(ids, text + at))
            changed = true;
    return changed;
}

/* Puts a cell into the row being built; whether it became another. */
static bool put(struct ids_filter *f, size_t at, const struct cell *cell)
{
    const struct uuid_map *ids = &f->plan->ids;
    char *text;

    row_builder_put(&f->row, at, cell->text, cell->len);
    if (!cell->text || f->treatments[at] == LEAVE)
        return false;
    text = f->row.text.data + f->row.text.len - cell->len;
    if (f->treatments[at] == REPLACE)
        return cell->len == UUID_TEXT && uuid_map_replace(ids, text);
    if (f->treatments[at] == REPLACE_IN_ARRAY)
        return replace_in_array(text, cell->len, ids);
    return json_replace_ids(text, cell->len, ids);
}

static bool list(struct ids_filter *f, const struct row *old, const struct row *new, struct error *err)
{
    if (!f->list || f->id < 0 || !old->cells[f->id].text)
        return true;
    return id_list_add(f->list, f->shape->table, &old->cells[f->id], &new->cells[f->id], err);
}

/* Users of the bundle whose rows stay out, as everything goes to the owner. */
static bool list_user(struct ids_filter *f, const struct row *user, struct error *err)
{
    int id = shape_column(f->shape, "id");

    if (!f->list || !f->people->has_owner || !shape_is(f->shape, "users") || id < 0)
        return true;
    return id_list_add_user(f->list, &user->cells[id], &f->people->owner, err);
}

static void remember_unit(struct ids_filter *f, const struct row *old, const struct row *new)
{
    struct uuid from;
    struct uuid to;

    if (f->shape->table->unit && f->id >= 0 && cell_uuid(&old->cells[f->id], &from) && cell_uuid(&new->cells[f->id], &to))
        uuid_map_put(&f->units, &to, &from);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct ids_filter *f = self(sink);
    struct row passed;
    bool changed = false;

    if (!list_user(f, given, err))
        return false;
    if (uuid_map_is_empty(&f->plan->ids))
        return sink_pass_row(sink, given, err);

    row_builder_begin(&f->row, given->ncells);
    for (size_t i = 0; i < given->ncells; i++)
        if (put(f, i, &given->cells[i]))
            changed = true;
    if (!changed)
        return sink_pass_row(sink, given, err);
    passed = row_builder_end(&f->row);
    passed.number = given->number;
    remember_unit(f, given, &passed);
    return list(f, given, &passed, err) && sink_pass_row(sink, &passed, err);
}

/* ---- the end ---- */

static void name_units(struct ids_filter *f)
{
    const struct uuid *old;
    struct uuid id;

    for (size_t i = 0; i < f->report->nunits; i++) {
        struct unit *unit = &f->report->units[i];
        char text[UUID_TEXT + 1];

        old = uuid_parse(&id, unit->id, UUID_TEXT) ? uuid_map_get(&f->units, &id) : NULL;
        if (!old || uuid_equal(old, &id))
            continue;
        uuid_format(old, text);
        free(unit->old_id);
        unit->old_id = mem_strdup(text);
        if (f->plan->options.choice == IDS_COPY && unit->action == UNIT_CREATED)
            unit->action = UNIT_COPIED;
    }
}

/* The ids were derived from what the bundle was the first time. */
static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    struct ids_filter *f = self(sink);

    if (id_plan_reads_ahead(f->plan) && strcmp(seal->digest, f->plan->digest) != 0) {
        error_set(err, STATUS_CONFLICT, "The bundle was changed while it was read.");
        error_hint(err, "Nothing was kept: import it again once nobody writes it any more.");
        return false;
    }
    name_units(f);
    return sink_pass_trailer(sink, seal, err);
}

static bool finish(struct sink *sink, struct error *err)
{
    struct ids_filter *f = self(sink);

    /* A full disk shows before the transaction is committed; then the list only needs its name. */
    if (f->list && !(id_list_add_people(f->list, f->people, f->manifest, err) && id_list_prepare(f->list, err)))
        return false;
    if (!sink_pass_finish(sink, err))
        return false;
    if (!f->list || id_list_commit(f->list, err))
        return true;
    error_detail(err, "The import itself is done; its receipt is %s.", f->report->receipt);
    return false;
}

static void free_filter(struct sink *sink)
{
    struct ids_filter *f = self(sink);

    id_list_free(f->list);
    row_builder_release(&f->row);
    uuid_map_release(&f->units);
    free(f->treatments);
    free(f);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = trailer,
    .finish = finish,
    .free = free_filter,
};

struct sink *filter_ids(struct sink *next, struct id_plan *plan, struct people *people, struct import_report *report)
{
    struct ids_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->plan = plan;
    f->people = people;
    f->report = report;
    return &f->base;
}
