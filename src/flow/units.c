#include "units.h"

#include "surplus.h"
#include "simulark/base/memory.h"
#include "simulark/flow/database.h"
#include "simulark/model/row_cell.h"
#include "simulark/model/value.h"
#include "simulark/pg/bystanders.h"
#include "simulark/pg/load.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCH_ROWS 256
#define BATCH_BYTES ((size_t)1 << 20)

void units_init(struct units *u, struct loader *loader, const struct import_options *options, struct people *people)
{
    *u = (struct units){
        .pg = loader->pg, .loader = loader, .options = options, .people = people, .report = loader->report};
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
    buffer_release(&u->rewritten);
    uuid_set_release(&u->seen);
    error_release(&u->conflicts);
    copy_splitter_release(&u->splitter);
    baseline_release(&u->baseline);
}

bool units_look_up(const struct units *u, const struct table *table)
{
    return table->unit || table_is(table, "subscription_tiers") || table_is(table, "chats") ||
           (table_is_history(table) && u->options->on_conflict != CONFLICT_FAIL);
}

bool units_has(const struct units *u, const struct shape *shape, const struct row *row)
{
    if (shape_is(shape, "chats"))
        return !row_cell(row, shape, "project_id").text;
    return units_look_up(u, shape->table);
}

/* ---- deciding ---- */

enum fate {
    FATE_STAYS_OUT,
    FATE_GOES_IN,
    FATE_REPLACES, /* goes in, after what is there was deleted */
};

static void report_unit(struct units *u, const struct units_row *row, enum unit_action action)
{
    struct import_report *r = u->report;
    struct unit *unit;

    if (table_is_history(u->shape->table))
        return;
    r->units = mem_grow(r->units, &r->units_capacity, r->nunits + 1, sizeof *r->units);
    unit = &r->units[r->nunits++];
    *unit = (struct unit){.table = u->shape->table, .name = mem_strdup(row->name), .action = action,
                           .minor = !u->shape->table->unit};
    memcpy(unit->id, row->id, sizeof unit->id);
}

static void leave_out(struct units *u, const struct units_row *row)
{
    struct uuid id;

    /* Users' and contexts' parts are units of their own, or stand beside them. */
    if ((shape_is(u->shape, "projects") || shape_is(u->shape, "chats")) && uuid_parse_text(&id, row->id))
        skipped_add(&u->options->rules->skipped, u->shape->table, &id);
    report_unit(u, row, UNIT_SKIPPED);
}

/* The row of `existing` with this text in this column; -1 where there is none. */
static int find_existing(const struct units *u, const struct pg_result *existing, const char *column, const char *text)
{
    int at = shape_column(u->shape, column);

    for (size_t row = 0; at >= 0 && row < pg_result_rows(existing); row++) {
        const char *there = pg_result_text(existing, row, (size_t)at);

        if (there && strcmp(there, text) == 0)
            return (int)row;
    }
    return -1;
}

static const char *existing_id(const struct units *u, const struct pg_result *existing, int row)
{
    return pg_result_text(existing, (size_t)row, (size_t)shape_column(u->shape, "id"));
}

static void split(struct units *u, const struct units_row *row, struct row *cells)
{
    copy_split(&u->splitter, u->lines.data + row->start, row->len, u->shape->ncolumns, cells);
}

/* Whether the target's row holds the same, but for when it was touched. */
static bool is_same(struct units *u, const struct units_row *row, const struct pg_result *existing, size_t there)
{
    struct row ours;

    split(u, row, &ours);
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

static bool has_newer_version(const struct units *u, const struct row *ours, const struct pg_result *existing, size_t there)
{
    int version = shape_column(u->shape, "version");
    const char *text = version < 0 ? NULL : pg_result_text(existing, there, (size_t)version);

    return text && ours->cells[version].text && strtoll(text, NULL, 10) > strtoll(ours->cells[version].text, NULL, 10);
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
    split(u, row, &ours);
    ours_text = ours.cells[updated].text;
    if (!pg_result_text(existing, there, (size_t)updated))
        return NULL; /* an instance where it may be null: nobody knows */
    if (!ours_text || strncmp(pg_result_text(existing, there, (size_t)updated), ours_text, ours.cells[updated].len) > 0)
        return pg_result_text(existing, there, (size_t)updated);
    if (u->exported.len && has_newer_version(u, &ours, existing, there))
        return pg_result_text(existing, there, (size_t)updated);
    if (last_change && u->exported.len && strcmp(last_change, buffer_string(&u->exported)) > 0)
        return last_change;
    return NULL;
}

/* "the project "Shop" (…) " and these two, one after the other. */
static void add_conflict(struct units *u, const struct units_row *row, const char *what, const char *more)
{
    error_detail(&u->conflicts, "the %s \"%s\" (%s) %s%s", u->shape->table->noun, row->name, row->id, what, more);
}

static bool is_id_of_batch(const struct units *u, const char *id)
{
    for (size_t i = 0; i < u->nrows; i++)
        if (strcmp(u->rows[i].id, id) == 0)
            return true;
    return false;
}

/* A tier is the target's own business: one of the same name stays; one whose number is taken gets another. */
static bool decide_tier(struct units *u, struct units_row *row, int by_id, int by_key, enum fate *fate, struct error *err)
{
    struct buffer number = BUFFER_INIT;
    struct row cells;
    bool ok = true;

    *fate = by_key < 0 ? FATE_GOES_IN : FATE_STAYS_OUT;
    if (by_key < 0 && by_id >= 0) {
        do
            ok = load_next_serial(u->pg, u->shape->table, &number, err);
        while (ok && is_id_of_batch(u, buffer_string(&number))); /* a tier that comes later keeps its own */
        split(u, row, &cells);
        u->splitter.cells[shape_column(u->shape, "id")] = (struct cell){buffer_string(&number), number.len};
        row->start = u->lines.len;
        if (ok)
            copy_append(&u->rewritten, &cells);
        buffer_append(&u->lines, u->rewritten.data, u->rewritten.len);
        row->len = u->lines.len - row->start;
        buffer_clear(&u->rewritten);
        snprintf(row->id, sizeof row->id, "%s", buffer_string(&number));
    }
    if (by_key < 0)
        report_unit(u, row, UNIT_CREATED);
    buffer_release(&number);
    return ok;
}

/* Puts the bundle's values into the row that is there; nothing that belongs to it goes. */
static bool update(struct units *u, const struct units_row *row, const char *there, struct error *err)
{
    struct readback *readback = &u->loader->readback;
    struct row cells;

    split(u, row, &cells);
    if (!load_update(u->pg, u->shape, there, &cells, err))
        return false;
    if (!readback_wanted(readback, u->shape, TRIGGER_UPDATE))
        return true;
    u->splitter.cells[shape_column(u->shape, "id")] = (struct cell){there, strlen(there)};
    cells.copy = NULL;
    buffer_clear(&u->rewritten);
    copy_append(&u->rewritten, &cells);
    return readback_check(readback, u->shape, u->rewritten.data, u->rewritten.len, err);
}

/* What has parts goes with them, and comes again. What others refer to must not go, and what stands alone need not: it is
 * given the bundle's values. */
static bool goes_and_comes(const struct units *u)
{
    return table_is_of_project(u->shape->table);
}

/* Copies of projects, contexts and chats are made before they come here; users are matched, history has happened once. */
static bool is_left_alone(const struct units *u)
{
    return u->options->on_conflict == CONFLICT_SKIP ||
           (u->options->on_conflict == CONFLICT_COPY && (shape_is(u->shape, "users") || table_is_history(u->shape->table)));
}

/* A user who is there under another id is that one from now on. */
static void learn_user(struct units *u, const struct units_row *row, const char *there_id)
{
    struct uuid id, other;

    if (shape_is(u->shape, "users") && uuid_parse_text(&id, row->id) && uuid_parse_text(&other, there_id))
        people_learn(u->people, &id, &other);
}

static void refuse_existing(struct units *u, const struct units_row *row, const char *there_id)
{
    if (u->options->on_conflict == CONFLICT_COPY && shape_is(u->shape, "templates"))
        add_conflict(u, row, "is there already, and no two templates have one name: it cannot be copied", "");
    else if (strcmp(there_id, row->id) == 0)
        add_conflict(u, row, "is there already", "");
    else
        add_conflict(u, row, "is there already under the id ", there_id);
}

/* Of a project more than its own row decides, at the end; see baseline.h. */
static bool replace(struct units *u, const struct units_row *row, const struct pg_result *existing, int there, enum fate *fate,
                    struct error *err)
{
    const char *changed = u->options->force ? NULL : changed_since(u, row, existing, (size_t)there);

    if (!u->options->force && shape_is(u->shape, "projects")) {
        baseline_add(&u->baseline, row->id, row->name, changed);
    } else if (changed) {
        add_conflict(u, row, "was changed in the database after the export, at ", changed);
        return true;
    }
    report_unit(u, row, UNIT_REPLACED);
    if (!goes_and_comes(u)) {
        u->report->updated[table_index(u->shape->table)]++;
        return update(u, row, existing_id(u, existing, there), err) || loader_refuse(u->loader, u->shape->table, row->number);
    }
    *fate = FATE_REPLACES;
    return true;
}

/* Whether the row that is there needs nothing: of a project or chat, whose parts may differ, that is never so. */
static bool is_there_as_it_is(struct units *u, const struct units_row *row, const struct pg_result *existing, int there)
{
    return strcmp(existing_id(u, existing, there), row->id) == 0 && !goes_and_comes(u) &&
           is_same(u, row, existing, (size_t)there);
}

/* What becomes of a unit that is there already. */
static bool decide(struct units *u, const struct units_row *row, const struct pg_result *existing, int there, enum fate *fate,
                   struct error *err)
{
    bool may;

    *fate = FATE_STAYS_OUT;
    learn_user(u, row, existing_id(u, existing, there));
    if (!rules_may_touch(u->options->rules, u->shape, existing, (size_t)there, &may, err))
        return false;
    if (!may) {
        u->forbidden = true;
        add_conflict(u, row, "is there already and belongs to somebody else", "");
    } else if (is_left_alone(u) || is_there_as_it_is(u, row, existing, there)) {
        leave_out(u, row);
    } else if (u->options->on_conflict == CONFLICT_REPLACE) {
        return replace(u, row, existing, there, fate, err);
    } else {
        refuse_existing(u, row, existing_id(u, existing, there));
    }
    return true;
}

static bool decide_row(struct units *u, struct units_row *row, const struct pg_result *existing, enum fate *fate,
                       struct error *err)
{
    const struct column *key = load_natural_key(u->shape->table);
    int by_id = find_existing(u, existing, "id", row->id);
    int by_key = key ? find_existing(u, existing, key->name, row->name) : -1;

    if (shape_is(u->shape, "subscription_tiers"))
        return decide_tier(u, row, by_id, by_key, fate, err);
    *fate = by_id < 0 && by_key < 0 ? FATE_GOES_IN : FATE_STAYS_OUT;
    if (*fate == FATE_GOES_IN) {
        report_unit(u, row, UNIT_CREATED);
        return true;
    }
    if (by_id >= 0 && by_key >= 0 && by_id != by_key) {
        add_conflict(u, row, "has the id of one row there and the name of another, ", existing_id(u, existing, by_key));
        return true;
    }
    return decide(u, row, existing, by_key >= 0 ? by_key : by_id, fate, err);
}

/* ---- batches ---- */

static bool copy_in(struct units *u, const enum fate *fates, struct error *err)
{
    for (size_t i = 0; i < u->nrows; i++) {
        struct row row;

        if (fates[i] == FATE_STAYS_OUT || u->conflicts.ndetails)
            continue;
        split(u, &u->rows[i], &row);
        row.number = u->rows[i].number;
        if (!loader_row(u->loader, &row, err))
            return false;
    }
    return loader_end(u->loader, err);
}

static struct pg_result *look_up(struct units *u, struct error *err)
{
    bool lock = u->options->on_conflict == CONFLICT_REPLACE && (u->shape->table->unit || goes_and_comes(u));
    struct buffer ids = BUFFER_INIT;
    struct buffer keys = BUFFER_INIT;
    struct pg_result *existing;

    for (size_t i = 0; i < u->nrows; i++) {
        pg_array_add(&ids, u->rows[i].id, strlen(u->rows[i].id));
        pg_array_add(&keys, u->rows[i].name, strlen(u->rows[i].name));
    }
    existing = load_existing(u->pg, u->baseline.catalog, u->shape, pg_array_end(&ids), pg_array_end(&keys), lock, err);
    buffer_release(&ids);
    buffer_release(&keys);
    return existing;
}

/* The ids of what is replaced, as an array; false where nothing is. */
static bool list_replaced(const struct units *u, const enum fate *fates, struct buffer *ids)
{
    for (size_t i = 0; i < u->nrows; i++)
        if (fates[i] == FATE_REPLACES)
            pg_array_add(ids, u->rows[i].id, strlen(u->rows[i].id));
    return ids->len > 0;
}

static enum removal_kind removal_kind(const struct units *u)
{
    return shape_is(u->shape, "chats") ? REMOVAL_CHATS : REMOVAL_PROJECTS;
}

static bool find_surplus(struct units *u, struct buffer *found, struct error *err)
{
    return surplus_find(u->pg, u->baseline.catalog, u->baseline.manifest, found, err);
}

static bool name_surplus(struct units *u, const struct units_row *row, struct error *err)
{
    struct buffer id = BUFFER_INIT;
    struct buffer found = BUFFER_INIT;
    bool ok;

    pg_array_add(&id, row->id, strlen(row->id));
    ok = removal_note_units(u->pg, removal_kind(u), &id, err) && find_surplus(u, &found, err);
    if (ok && found.len)
        add_conflict(u, row, "has in the database what the bundle does not: ", buffer_string(&found));
    buffer_release(&id);
    buffer_release(&found);
    return ok;
}

/* Whether the bundle can hold all there is of the units that go, which are noted; what it cannot is a conflict. */
static bool look_for_surplus(struct units *u, const enum fate *fates, struct error *err)
{
    struct buffer found = BUFFER_INIT;
    bool ok = find_surplus(u, &found, err);

    if (ok && u->baseline.manifest->by_hand)
        ok = surplus_count(u->pg, u->baseline.catalog, u->at_stake, err);
    for (size_t i = 0; ok && found.len && i < u->nrows; i++)
        ok = fates[i] != FATE_REPLACES || name_surplus(u, &u->rows[i], err);
    buffer_release(&found);
    return ok;
}

/* Looks at what is to be replaced before it goes: it is locked, summed up, and what would be lost is found. */
static bool examine(struct units *u, const enum fate *fates, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    bool ok = u->options->force || !list_replaced(u, fates, &ids) ||
              (removal_note_units(u->pg, removal_kind(u), &ids, err) &&
               (!shape_is(u->shape, "projects") || baseline_sum(&u->baseline, err)) && look_for_surplus(u, fates, err));

    buffer_release(&ids);
    return ok;
}

static bool take_out(struct units *u, const enum fate *fates, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    int64_t before = 0;
    bool ok = !list_replaced(u, fates, &ids) ||
              ((u->options->force || bystanders_count(u->pg, &before, err)) &&
               load_delete(u->pg, u->shape->table, pg_array_end(&ids), err) &&
               (u->options->force || bystanders_unharmed(u->pg, before, err)));

    buffer_release(&ids);
    return ok;
}

static bool settle(struct units *u, struct error *err)
{
    struct pg_result *existing;
    enum fate fates[BATCH_ROWS] = {FATE_STAYS_OUT};
    bool ok;

    if (!u->nrows)
        return true;
    existing = look_up(u, err);
    ok = existing != NULL;
    for (size_t i = 0; ok && i < u->nrows; i++)
        ok = decide_row(u, &u->rows[i], existing, &fates[i], err);
    pg_result_free(existing);
    ok = ok && examine(u, fates, err) && (u->conflicts.ndetails || take_out(u, fates, err)) && copy_in(u, fates, err);
    forget_batch(u);
    return ok;
}

void units_header(struct units *u, const struct manifest *manifest, const struct catalog *catalog)
{
    const char *created_at = manifest->created_at;
    const char *problem;

    u->baseline = (struct baseline){.pg = u->pg, .manifest = manifest, .catalog = catalog};
    if (created_at && !value_canonical(TYPE_TIMESTAMPTZ, created_at, strlen(created_at), &u->exported, &problem))
        buffer_clear(&u->exported);
}

void units_begin(struct units *u, const struct shape *shape)
{
    u->shape = shape;
    uuid_set_release(&u->seen);
}

/* What people call the row: its natural key, else its name or title. */
static struct cell name_of(const struct shape *shape, const struct row *row)
{
    const struct column *key = load_natural_key(shape->table);
    struct cell name = row_cell(row, shape, key ? key->name : "name");

    return name.text ? name : row_cell(row, shape, "title");
}

/* The second would find the first there, and be skipped or replace it. */
static bool stands_twice(struct units *u, const struct units_row *row)
{
    struct uuid id;

    if (table_is_history(u->shape->table) || !uuid_parse(&id, row->id, strlen(row->id)))
        return false;
    if (uuid_set_has(&u->seen, &id))
        return true;
    uuid_set_add(&u->seen, &id);
    return false;
}

static bool refuse_twice(struct units *u, const struct units_row *row, struct error *err)
{
    struct refusal *refusal = &u->report->refusal;

    *refusal = (struct refusal){.table = u->shape->table, .row = row->number, .columns = mem_strdup("id"),
                                .value = mem_strdup(row->id), .repeated = true};
    return error_set(err, STATUS_MALFORMED, "The %s \"%s\" (%s) is in the bundle twice.", u->shape->table->noun, row->name,
                     row->id);
}

bool units_add(struct units *u, const struct row *row, struct error *err)
{
    struct cell id = row_cell(row, u->shape, "id");
    struct cell name = name_of(u->shape, row);
    struct units_row *unit;

    u->rows = mem_grow(u->rows, &u->capacity, u->nrows + 1, sizeof *u->rows);
    unit = &u->rows[u->nrows];
    if (!id.text || id.len > UUID_TEXT)
        return error_set(err, STATUS_MALFORMED, "A row of %s has no id.", u->shape->table->name);
    memcpy(unit->id, id.text, id.len);
    unit->id[id.len] = '\0';
    unit->name = mem_strndup(name.text ? name.text : "", name.len);
    unit->number = row->number;
    unit->start = u->lines.len;
    if (row->copy)
        buffer_append(&u->lines, row->copy, row->copy_len);
    else
        copy_append(&u->lines, row);
    unit->len = u->lines.len - unit->start;
    u->nrows++;
    if (stands_twice(u, unit))
        return refuse_twice(u, unit, err);
    return (u->nrows < BATCH_ROWS && u->lines.len < BATCH_BYTES) || settle(u, err);
}

bool units_end(struct units *u, struct error *err)
{
    return settle(u, err);
}

bool units_unchanged(struct units *u, const char *digest, struct error *err)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (u->at_stake[i] && !u->loader->loaded[i].shape)
            error_detail(&u->conflicts, "the bundle holds no %s, and %lld row%s of what it replaces would go", tables[i].name,
                         (long long)u->at_stake[i], u->at_stake[i] == 1 ? "" : "s");
    u->baseline.coming = u->loader->projects;
    return baseline_check(&u->baseline, digest, &u->conflicts, err);
}

bool units_agree(struct units *u, struct error *err)
{
    if (!u->conflicts.ndetails)
        return true;
    for (size_t i = 0; i < u->conflicts.ndetails; i++)
        error_detail(err, "%s", u->conflicts.details[i]);
    if (u->forbidden) {
        error_set(err, STATUS_REFUSED, "The bundle holds what belongs to somebody else.");
        error_hint(err, "--ids new takes it in as something of your own.");
        return false;
    }
    error_set(err, STATUS_CONFLICT, "The database already has what the bundle brings.");
    if (u->options->on_conflict == CONFLICT_REPLACE)
        error_hint(err, "Look at both first: export what is there. --force replaces it all the same, and what only the database "
                        "has is gone. A file that was imported is exported again before it is edited further.");
    else if (u->options->on_conflict == CONFLICT_COPY || u->options->new_ids)
        error_hint(err, "The same bundle makes the same ids: it was probably brought in before. Another --seed makes others.");
    else
        error_hint(err, "--on-conflict skip leaves what is there, --on-conflict replace puts the bundle's in its place.");
    return false;
}
