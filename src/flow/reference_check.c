#include "reference_check.h"

#include "key_index.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/base/uuid.h"
#include "simulark/flow/stream.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

/* Key spaces: a table's ids, and behind those of all tables its unique column (none has two). */
#define ID_SPACE(table) ((uint8_t)(table))
#define NAME_SPACE(table) ((uint8_t)(TABLE_COUNT + (table)))

/* What a column of the current table has to do with keys. */
struct part {
    uint8_t column; /* its place in the shape */
    uint8_t space;
    uint8_t role;
    bool is_uuid;
    bool given;                      /* `last` was */
    unsigned char last[KEY_BYTES];   /* the reference added last: a run of equal ones is added once */
    uint64_t group;
};

struct reference_check {
    const struct manifest *manifest;
    struct key_index *index;
    bool lost[TABLE_COUNT];
    bool any_user; /* the bundle says who its user ids are; one written by hand may leave that to the target */
    char **places; /* names of inputs; a place is one of them and a line */
    size_t nplaces, places_capacity;
    uint8_t table;
    struct part *parts;
    size_t nparts, parts_capacity;
    int group; /* column that edges and nodes have to agree in; -1: none */
    bool group_is_uuid;
};

struct reference_check *reference_check_new(const struct manifest *manifest, size_t memory)
{
    struct reference_check *check = mem_alloc(sizeof *check);

    check->manifest = manifest;
    check->index = key_index_new(memory);
    return check;
}

void reference_check_free(struct reference_check *check)
{
    if (!check)
        return;
    key_index_free(check->index);
    for (size_t i = 0; i < check->nplaces; i++)
        free(check->places[i]);
    free(check->places);
    free(check->parts);
    free(check);
}

void reference_check_lost(struct reference_check *check, const struct table *table)
{
    check->lost[table_index(table)] = true;
}

/* ---- collecting ---- */

bool reference_check_people(struct reference_check *check, struct error *err)
{
    const struct manifest *m = check->manifest;
    struct key_entry entry = {.space = ID_SPACE(TABLE_USERS), .role = KEY_KNOWN};
    struct uuid id;

    check->any_user = m->npeople > 0 || !m->by_hand;
    for (size_t i = 0; i < m->npeople; i++) {
        if (!uuid_parse_text(&id, m->people[i].id))
            continue;
        memcpy(entry.key, id.bytes, KEY_BYTES);
        if (!key_index_add(check->index, &entry, err))
            return false;
    }
    return true;
}

static void add_part(struct reference_check *check, size_t column, uint8_t space, enum key_role role, enum type type)
{
    check->parts = mem_grow(check->parts, &check->parts_capacity, check->nparts + 1, sizeof *check->parts);
    check->parts[check->nparts++] =
        (struct part){.column = (uint8_t)column, .space = space, .role = (uint8_t)role, .is_uuid = type == TYPE_UUID};
}

/* Tiers are named, not numbered, and mostly the target's own. */
static void add_reference(struct reference_check *check, size_t column, const struct shape_column *of)
{
    const struct table *target = table_find(of->known->references);

    if (of->type == TYPE_UUID || of->type == TYPE_ID)
        add_part(check, column, ID_SPACE(table_index(target)), KEY_REFERENCE, of->type);
    else if (manifest_shape(check->manifest, target))
        add_part(check, column, NAME_SPACE(table_index(target)), KEY_REFERENCE, of->type);
}

void reference_check_table(struct reference_check *check, const struct shape *shape)
{
    size_t table = table_index(shape->table);
    bool grouped = shape_is(shape, "nodes") || shape_is(shape, "edges");

    check->table = (uint8_t)table;
    check->group = grouped ? shape_column(shape, "graph_id") : -1;
    check->group_is_uuid = check->group >= 0 && shape->columns[check->group].type == TYPE_UUID;
    check->nparts = 0;
    for (size_t i = 0; i < shape->ncolumns && i < UINT8_MAX; i++) {
        const struct shape_column *column = &shape->columns[i];

        if (!column->known)
            continue;
        if (strcmp(column->name, "id") == 0)
            add_part(check, i, ID_SPACE(table), KEY_OWN, column->type);
        if (column->known->unique)
            add_part(check, i, NAME_SPACE(table), KEY_OWN, column->type);
        if (column->known->references)
            add_reference(check, i, column);
    }
}

/* Takes "data/nodes/000001.jsonl:7" apart. */
static void note_place(struct reference_check *check, struct buffer *place, struct key_entry *entry)
{
    char *text = (char *)(uintptr_t)buffer_string(place);
    char *colon = strrchr(text, ':');
    char *end = NULL;

    entry->line = colon ? (uint32_t)strtoul(colon + 1, &end, 10) : 0;
    if (colon && end && !*end)
        *colon = '\0';
    else
        entry->line = 0;
    if (!check->nplaces || strcmp(check->places[check->nplaces - 1], text) != 0) {
        check->places = mem_grow(check->places, &check->places_capacity, check->nplaces + 1, sizeof *check->places);
        check->places[check->nplaces++] = mem_strdup(text);
    }
    entry->place = (uint32_t)(check->nplaces - 1);
}

static bool key_of_cell(unsigned char key[KEY_BYTES], const struct cell *cell, bool is_uuid)
{
    struct uuid id;

    if (!is_uuid) {
        key_of_text(key, cell->text, cell->len);
        return true;
    }
    if (!cell_uuid(cell, &id))
        return false;
    memcpy(key, id.bytes, KEY_BYTES);
    return true;
}

static uint64_t group_of(const struct reference_check *check, const struct row *row)
{
    unsigned char key[KEY_BYTES];
    uint64_t group;

    if (check->group < 0 || !row->cells[check->group].text || !key_of_cell(key, &row->cells[check->group], check->group_is_uuid))
        return 0;
    memcpy(&group, key + KEY_BYTES - sizeof group, sizeof group);
    return group;
}

static bool is_repeated(struct part *part, const struct key_entry *entry)
{
    if (part->role != KEY_REFERENCE)
        return false;
    if (part->given && part->group == entry->group && memcmp(part->last, entry->key, KEY_BYTES) == 0)
        return true;
    part->given = true;
    part->group = entry->group;
    memcpy(part->last, entry->key, KEY_BYTES);
    return false;
}

bool reference_check_row(struct reference_check *check, const struct row *row, struct buffer *place, struct error *err)
{
    struct key_entry entry = {.table = check->table, .group = group_of(check, row)};

    note_place(check, place, &entry);
    for (size_t i = 0; i < check->nparts; i++) {
        struct part *part = &check->parts[i];
        const struct cell *cell = &row->cells[part->column];

        if (!cell->text || !key_of_cell(entry.key, cell, part->is_uuid))
            continue;
        entry.space = part->space;
        entry.role = part->role;
        entry.column = part->column;
        if (!is_repeated(part, &entry) && !key_index_add(check->index, &entry, err))
            return false;
    }
    return true;
}

/* ---- telling ---- */

static void put_place(const struct reference_check *check, const struct key_entry *entry, struct buffer *out)
{
    buffer_text(out, check->places[entry->place]);
    if (entry->line)
        buffer_printf(out, ":%lu", (unsigned long)entry->line);
}

static const char *column_of(const struct reference_check *check, const struct key_entry *entry)
{
    return manifest_shape(check->manifest, &tables[entry->table])->columns[entry->column].name;
}

/* " 4000…", where the key is one that can be shown. */
static void put_key(const struct reference_check *check, const struct key_entry *entry, struct buffer *out)
{
    struct uuid id;
    char text[UUID_TEXT + 1];

    if (entry->space >= TABLE_COUNT || entry->table == TABLE_SUBSCRIPTION_TIERS ||
        manifest_shape(check->manifest, &tables[entry->table])->columns[entry->column].type != TYPE_UUID)
        return;
    memcpy(id.bytes, entry->key, KEY_BYTES);
    uuid_format(&id, text);
    buffer_printf(out, " %s", text);
}

/* what: the rest of the sentence, behind the column and its key. */
static void tell(const struct reference_check *check, struct findings *findings, enum gravity gravity, const char *code,
                 const struct key_entry *entry, const char *what)
{
    struct buffer where = BUFFER_INIT;
    struct buffer key = BUFFER_INIT;

    put_place(check, entry, &where);
    put_key(check, entry, &key);
    findings_add(findings, gravity, code, buffer_string(&where), "%s.%s%s %s.", tables[entry->table].name,
                 column_of(check, entry), buffer_string(&key), what);
    buffer_release(&where);
    buffer_release(&key);
}

static void tell_duplicate(const struct reference_check *check, struct findings *findings, const struct key_entry *first,
                           const struct key_entry *again)
{
    struct buffer what = BUFFER_INIT;

    buffer_printf(&what, "is there already, in line %lu", (unsigned long)first->line);
    if (first->place != again->place)
        buffer_printf(&what, " of %s", check->places[first->place]);
    tell(check, findings, GRAVITY_ERROR, "duplicate", again, buffer_string(&what));
    buffer_release(&what);
}

static void tell_dangling(const struct reference_check *check, struct findings *findings, const struct key_entry *entry)
{
    const struct table *target = &tables[entry->space % TABLE_COUNT];
    struct buffer what = BUFFER_INIT;

    buffer_printf(&what, "names no %s of the bundle", table_is(target, "users") ? "person" : target->noun);
    tell(check, findings, GRAVITY_ERROR, "dangling", entry, buffer_string(&what));
    buffer_release(&what);
}

/* Whether a reference that found no row may be told as wrong. */
static bool is_known_space(const struct reference_check *check, uint8_t space)
{
    size_t target = space % TABLE_COUNT;

    return !check->lost[target] && (target != TABLE_USERS || check->any_user);
}

static bool is_same_key(const struct key_entry *a, const struct key_entry *b)
{
    return a->space == b->space && memcmp(a->key, b->key, KEY_BYTES) == 0;
}

/* An entry, and the first that has the same key. */
static void judge(const struct reference_check *check, struct findings *findings, const struct key_entry *first,
                  const struct key_entry *entry)
{
    if (entry->role == KEY_OWN && first->role == KEY_OWN && first != entry)
        tell_duplicate(check, findings, first, entry);
    if (entry->role != KEY_REFERENCE)
        return;
    if (first->role == KEY_REFERENCE) {
        if (is_known_space(check, entry->space))
            tell_dangling(check, findings, entry);
    } else if (first->group && entry->group && first->group != entry->group && entry->table != first->table) {
        tell(check, findings, GRAVITY_WARNING, "other-graph", entry, "is a node of another graph");
    }
}

bool reference_check_end(struct reference_check *check, struct findings *findings, struct error *err)
{
    struct key_entry first = {0};
    struct key_entry entry;
    bool any = false;
    bool more;

    if (!key_index_end(check->index, err))
        return false;
    for (;;) {
        if (!interrupt_check(err) || !key_index_next(check->index, &entry, &more, err))
            return false;
        if (!more)
            return true;
        if (!any || !is_same_key(&first, &entry)) {
            first = entry;
            judge(check, findings, &first, &first);
        } else {
            /* A person of the header stands before the user's own row: that is what others of it are compared with. */
            judge(check, findings, &first, &entry);
            if (first.role == KEY_KNOWN && entry.role == KEY_OWN)
                first = entry;
        }
        any = true;
    }
}
