#include "simulark/flow/skipped.h"

#include "simulark/model/row_cell.h"

void skipped_release(struct skipped *skipped)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        uuid_set_release(&skipped->ids[i]);
    skipped->any = false;
}

void skipped_add(struct skipped *skipped, const struct table *table, const struct uuid *id)
{
    uuid_set_add(&skipped->ids[table_index(table)], id);
    skipped->any = true;
}

bool skipped_has(struct skipped *skipped, const struct shape *shape, const struct row *row)
{
    const struct table *table = shape->table;
    const struct column *parent = skipped->any && table->parent ? table_column(table, table->parent) : NULL;
    struct uuid id;

    if (!parent || !parent->references || !row_uuid(row, shape, parent->name, &id) ||
        !uuid_set_has(&skipped->ids[table_index(table_find(parent->references))], &id))
        return false;
    if ((shape_is(shape, "graphs") || shape_is(shape, "chats")) && row_uuid(row, shape, "id", &id))
        skipped_add(skipped, table, &id);
    return true;
}
