#include "absent_parents.h"

#include "key_index.h"
#include "simulark/base/memory.h"
#include "simulark/model/row_cell.h"
#include "simulark/pg/connection.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_MEMORY ((size_t)1 << 20)
#define BATCH 1000

struct absent_parents {
    struct key_index *index; /* ids of projects, graphs, chats, nodes where wanted, and references to them */
    bool nodes;
    const struct shape *shape; /* of the rows that are added */
    bool own;                  /* whether their ids are parents' */
    int parent;                /* the column of their parent; -1: none that is looked for */
    char last[UUID_TEXT];      /* the parent that was added last, as it was written; empty: none */
    int ends[2];               /* the columns of the nodes that they lead to; -1: not looked for */
};

struct absent_parents *absent_parents_new(bool nodes)
{
    struct absent_parents *absent = mem_alloc(sizeof *absent);

    absent->nodes = nodes;
    absent->index = key_index_new(INDEX_MEMORY);
    return absent;
}

void absent_parents_free(struct absent_parents *absent)
{
    if (!absent)
        return;
    key_index_free(absent->index);
    free(absent);
}

/* `of` is the table of the row that says so. */
static bool add_key(struct absent_parents *absent, const struct table *table, enum key_role role, const struct uuid *id,
                    const struct table *of, struct error *err)
{
    struct key_entry entry = {
        .space = (uint8_t)table_index(table), .role = (uint8_t)role, .table = (uint8_t)table_index(of)};

    memcpy(entry.key, id, sizeof *id);
    return key_index_add(absent->index, &entry, err);
}

void absent_parents_table(struct absent_parents *absent, const struct shape *shape)
{
    const struct table *table = shape->table;
    const struct column *column = table->parent ? table_column(table, table->parent) : NULL;

    absent->shape = shape;
    absent->own = shape_is(shape, "projects") || shape_is(shape, "graphs") || shape_is(shape, "chats") ||
                  (absent->nodes && shape_is(shape, "nodes"));
    absent->ends[0] = absent->nodes && shape_is(shape, "edges") ? shape_column(shape, "source_node_id") : -1;
    absent->ends[1] = absent->nodes && shape_is(shape, "edges") ? shape_column(shape, "target_node_id") : -1;
    absent->parent = column && column->references && !column_names_user(column) ? shape_column(shape, column->name) : -1;
    *absent->last = '\0';
}

/* Rows of one parent mostly stand together. */
static bool is_as_before(const struct absent_parents *absent, const struct cell *parent)
{
    return parent->text && parent->len == UUID_TEXT && memcmp(parent->text, absent->last, UUID_TEXT) == 0;
}

static bool add_parent(struct absent_parents *absent, const struct row *row, struct error *err)
{
    const struct table *table = absent->shape->table;
    const struct cell *parent = &row->cells[absent->parent];
    struct uuid id;

    if (is_as_before(absent, parent) || !cell_uuid(parent, &id))
        return true;
    if (parent->len == UUID_TEXT)
        memcpy(absent->last, parent->text, UUID_TEXT);
    return add_key(absent, table_find(table_column(table, table->parent)->references), KEY_REFERENCE, &id, table, err);
}

static bool add_own(struct absent_parents *absent, const struct row *row, bool stray, struct error *err)
{
    const struct table *table = absent->shape->table;
    struct uuid id;

    return !row_uuid(row, absent->shape, "id", &id) || add_key(absent, table, stray ? KEY_REFERENCE : KEY_OWN, &id, table, err);
}

static bool add_end(struct absent_parents *absent, const struct row *row, int column, struct error *err)
{
    struct uuid id;

    return column < 0 || !cell_uuid(&row->cells[column], &id) ||
           add_key(absent, table_find("nodes"), KEY_REFERENCE, &id, absent->shape->table, err);
}

bool absent_parents_add(struct absent_parents *absent, const struct row *row, bool stray, struct error *err)
{
    return (!absent->own || add_own(absent, row, stray, err)) && (absent->parent < 0 || add_parent(absent, row, err)) &&
           add_end(absent, row, absent->ends[0], err) && add_end(absent, row, absent->ends[1], err);
}

/* References come behind the ids they refer to. */
bool absent_parents_tell(struct absent_parents *absent, absent_parents_fn *tell, void *context, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    struct key_entry entry;
    struct key_entry own = {0};
    const struct table *table = NULL;
    struct uuid id;
    size_t count = 0;
    bool more = false;
    bool ok = key_index_end(absent->index, err) && key_index_next(absent->index, &entry, &more, err);

    while (ok && more) {
        bool known = own.space == entry.space && memcmp(own.key, entry.key, KEY_BYTES) == 0;

        if (table && count && (count == BATCH || entry.space != table_index(table))) {
            ok = tell(context, table, pg_array_end(&ids), err);
            buffer_clear(&ids);
            count = 0;
        }
        if (!known && entry.role == KEY_REFERENCE) {
            memcpy(&id, entry.key, sizeof id);
            pg_array_add_uuid(&ids, &id);
            table = &tables[entry.space];
            count++;
        }
        own = entry;
        ok = ok && key_index_next(absent->index, &entry, &more, err);
    }
    ok = ok && (!count || tell(context, table, pg_array_end(&ids), err));
    buffer_release(&ids);
    return ok;
}
