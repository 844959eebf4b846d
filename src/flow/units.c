#include "units.h"

#include "simulark/base/memory.h"
#include "simulark/model/value.h"
#include "simulark/pg/load.h"

#include <stdlib.h>

#define BATCH_ROWS 256
#define BATCH_BYTES ((size_t)1 << 20)

void units_init(struct units *u, struct pg *pg, const struct import_options *options, struct import_report *report)
{
    *u = (struct units){.pg = pg, .options = options, .report = report};
}

static void forget_batch(struct units *u)
{
    for (size_t i = 0; i < u->nrows; i++)
        free(u->rows[i].name);
    u->nrows = 0;
    buffer_clear(&u->lines);
}

void units_release(struct units *u)
{
    forget_batch(u);
    free(u->rows);
    buffer_release(&u->lines);
    buffer_release(&u->exported);
    uuid_set_release(&u->skipped);
    error_release(&u->conflicts);
    copy_splitter_release(&u->splitter);
}

static const struct cell *cell_of(const struct shape *shape, const struct row *row, const char *column)
{
    int at = shape_column(shape, column);

    return at >= 0 && row->cells[at].text ? &row->cells[at] : NULL;
}

static bool id_of(const struct shape *shape, const struct row *row, const char *column, struct uuid *id)
{
    const struct cell *cell = cell_of(shape, row, column);

    return cell && uuid_parse(id, cell->text, cell->len);
}

/* ---- deciding ---- */

static void report_unit(struct units *u, const struct units_row *row, enum unit_action action)
{
    struct import_report *r = u->report;
    struct unit *unit;

    r->units = mem_grow(r->units, &r->capacity, r->nunits + 1, sizeof *r->units);
    unit = &r->units[r->nunits++];
    *unit = (struct unit){.table = u->shape->table, .name = mem_strdup(row->name), .action = action};
    uuid_format(&row->id, unit->id);
}

/* The row of `existing` that has this id; -1 where there is none. */
static int find_existing(const struct units *u, const struct pg_result *existing, const struct uuid *id)
{
    int column = shape_column(u->shape, "id");

    for (size_t row = 0; row < pg_result_rows(existing); row++) {
        struct uuid there;

        if (uuid_parse(&there, pg_result_text(existing, row, (size_t)column), UUID_TEXT) &&
            memcmp(&there, id, sizeof there) == 0)
            return (int)row;
    }
    return -1;
}

/* Whether the target's row holds the same, but for when it was touched. */
static bool is_same(struct units *u, const struct units_row *row, const struct pg_result *existing, size_t there)
{
    struct row ours;

    copy_split(&u->splitter, u->lines.data + row->start, row->len, u->shape->ncolumns, &ours);
    for (size_t c = 0; c < ours.ncells; c++) {
        const char *text = pg_result_text(existing, there, c);

        if (strcmp(u->shape->columns[c].name, "updated_at") == 0)
            continue;
        if ((text != NULL) != (ours.cells[c].text != NULL))
            return false;
        if (text && (pg_result_len(existing, there, c) != ours.cells[c].len ||
                     memcmp(text, ours.cells[c].text, ours.cells[c].len) != 0))
            return false;
    }
    return true;
}

/* When the target's unit was changed, where that was after the bundle was made of it; else NULL. Times are in one form, so
 * that their texts compare as they do. */
static const char *changed_since(struct units *u, const struct units_row *row, const struct pg_result *existing, size_t there)
{
    int updated = shape_column(u->shape, "updated_at");
    const char *last_change = pg_result_text(existing, there, u->shape->ncolumns);
    const char *ours_text = NULL;
    struct row ours;

    if (updated < 0)
        return NULL;
    copy_split(&u->splitter, u->lines.data + row->start, row->len, u->shape->ncolumns, &ours);
    ours_text = ours.cells[updated].text;
    if (!ours_text || strncmp(pg_result_text(existing, there, (size_t)updated), ours_text, ours.cells[updated].len) > 0)
        return pg_result_text(existing, there, (size_t)updated);
    if (last_change && u->exported.len && strcmp(last_change, buffer_string(&u->exported)) > 0)
        return last_change;
    return NULL;
}

static void add_conflict(struct units *u, const struct units_row *row, const char *what)
{
    char id[UUID_TEXT + 1];

    uuid_format(&row->id, id);
    error_detail(&u->conflicts, "the %s \"%s\" (%s) %s", u->shape->table->noun, row->name, id, what);
}

/* What becomes of a unit that is there already. True where it goes in. */
static bool decide(struct units *u, const struct units_row *row, const struct pg_result *existing, size_t there,
                   struct buffer *replaced)
{
    bool has_parts = strcmp(u->shape->table->name, "projects") == 0;
    const char *changed;

    if (u->options->on_conflict == CONFLICT_SKIP || (!has_parts && is_same(u, row, existing, there))) {
        uuid_set_add(&u->skipped, &row->id);
        report_unit(u, row, UNIT_SKIPPED);
        return false;
    }
    if (u->options->on_conflict == CONFLICT_FAIL) {
        add_conflict(u, row, "is there already");
        return false;
    }
    changed = u->options->force ? NULL : changed_since(u, row, existing, there);
    if (changed) {
        struct buffer text = BUFFER_INIT;

        buffer_printf(&text, "was changed in the database at %s, after the export", changed);
        add_conflict(u, row, buffer_string(&text));
        buffer_release(&text);
        return false;
    }
    pg_array_add(replaced, pg_result_text(existing, there, (size_t)shape_column(u->shape, "id")), UUID_TEXT);
    report_unit(u, row, UNIT_REPLACED);
    return true;
}

/* ---- batches ---- */

static bool copy_in(struct units *u, const bool *goes_in, struct error *err)
{
    size_t count = 0;
    bool ok;

    for (size_t i = 0; i < u->nrows; i++)
        count += goes_in[i];
    if (!count || u->conflicts.ndetails)
        return true;
    ok = load_copy(u->pg, u->shape, err);
    for (size_t i = 0; ok && i < u->nrows; i++)
        if (goes_in[i])
            ok = pg_copy_in_data(u->pg, u->lines.data + u->rows[i].start, u->rows[i].len, err);
    ok = ok && pg_copy_in_end(u->pg, NULL, err);
    if (ok)
        u->report->written[table_index(u->shape->table)] += (int64_t)count;
    else
        error_prefix(err, "In %s", u->shape->table->name);
    return ok;
}

static bool settle(struct units *u, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    struct buffer replaced = BUFFER_INIT;
    struct pg_result *existing;
    bool goes_in[BATCH_ROWS];
    bool ok;

    if (!u->nrows)
        return true;
    for (size_t i = 0; i < u->nrows; i++) {
        char id[UUID_TEXT + 1];

        uuid_format(&u->rows[i].id, id);
        pg_array_add(&ids, id, UUID_TEXT);
    }
    existing = load_existing(u->pg, u->shape, pg_array_end(&ids), u->options->on_conflict == CONFLICT_REPLACE, err);
    ok = existing != NULL;
    for (size_t i = 0; ok && i < u->nrows; i++) {
        int there = find_existing(u, existing, &u->rows[i].id);

        goes_in[i] = there < 0 || decide(u, &u->rows[i], existing, (size_t)there, &replaced);
        if (there < 0)
            report_unit(u, &u->rows[i], UNIT_CREATED);
    }
    pg_result_free(existing);
    if (ok && replaced.len && !u->conflicts.ndetails)
        ok = load_delete(u->pg, u->shape->table, pg_array_end(&replaced), err);
    ok = ok && copy_in(u, goes_in, err);
    buffer_release(&ids);
    buffer_release(&replaced);
    forget_batch(u);
    return ok;
}

void units_exported_at(struct units *u, const char *created_at)
{
    const char *problem;

    if (created_at && !value_canonical(TYPE_TIMESTAMPTZ, created_at, strlen(created_at), &u->exported, &problem))
        buffer_clear(&u->exported);
}

void units_begin(struct units *u, const struct shape *shape)
{
    u->shape = shape;
}

bool units_add(struct units *u, const struct row *row, struct error *err)
{
    const struct cell *name = cell_of(u->shape, row, "name");
    struct units_row *unit;

    u->rows = mem_grow(u->rows, &u->capacity, u->nrows + 1, sizeof *u->rows);
    unit = &u->rows[u->nrows];
    if (!id_of(u->shape, row, "id", &unit->id))
        return error_set(err, STATUS_MALFORMED, "A row of %s has no id.", u->shape->table->name);
    unit->name = name ? mem_strndup(name->text, name->len) : mem_strdup("");
    unit->start = u->lines.len;
    if (row->copy)
        buffer_append(&u->lines, row->copy, row->copy_len);
    else
        copy_append(&u->lines, row);
    unit->len = u->lines.len - unit->start;
    u->nrows++;
    return (u->nrows < BATCH_ROWS && u->lines.len < BATCH_BYTES) || settle(u, err);
}

bool units_end(struct units *u, struct error *err)
{
    return settle(u, err);
}

bool units_agree(struct units *u, struct error *err)
{
    if (!u->conflicts.ndetails)
        return true;
    for (size_t i = 0; i < u->conflicts.ndetails; i++)
        error_detail(err, "%s", u->conflicts.details[i]);
    error_set(err, STATUS_CONFLICT, "The database already has what the bundle brings.");
    if (u->options->on_conflict == CONFLICT_REPLACE)
        error_hint(err, "Look at both first (export the target's); --force replaces what was changed.");
    else
        error_hint(err, "--on-conflict skip leaves what is there, --on-conflict replace puts the bundle's in its place.");
    return false;
}

/* ---- parts ---- */

bool units_pass_over(struct units *u, const struct shape *shape, const struct row *row)
{
    struct uuid id;

    if (!u->skipped.count || !shape->table->parent || !id_of(shape, row, shape->table->parent, &id) ||
        !uuid_set_has(&u->skipped, &id))
        return false;
    if ((strcmp(shape->table->name, "graphs") == 0 || strcmp(shape->table->name, "chats") == 0) &&
        id_of(shape, row, "id", &id))
        uuid_set_add(&u->skipped, &id);
    return true;
}
