#include "key_index.h"

#include "row_sorter.h"
#include "simulark/base/digest.h"
#include "simulark/base/hex.h"
#include "simulark/base/memory.h"

#include <stdlib.h>

struct key_index {
    struct row_sorter *sorter;
    struct buffer key;
};

/* What is kept of an entry beside its key. */
struct rest {
    uint64_t group;
    uint32_t place, line;
    uint8_t table, column;
};

void key_of_text(unsigned char key[KEY_BYTES], const char *text, size_t len)
{
    char hex[DIGEST_HEX + 1];

    digest_of(text, len, hex);
    for (size_t i = 0; i < KEY_BYTES; i++)
        key[i] = (unsigned char)(16 * hex_value(hex[2 * i]) + hex_value(hex[2 * i + 1]));
}

struct key_index *key_index_new(size_t memory)
{
    struct key_index *index = mem_alloc(sizeof *index);

    index->sorter = row_sorter_new(memory);
    return index;
}

bool key_index_add(struct key_index *index, const struct key_entry *entry, struct error *err)
{
    struct rest rest;

    memset(&rest, 0, sizeof rest); /* padding too: it goes to the file */
    rest.group = entry->group;
    rest.place = entry->place;
    rest.line = entry->line;
    rest.table = entry->table;
    rest.column = entry->column;
    buffer_clear(&index->key);
    buffer_byte(&index->key, (char)entry->space);
    buffer_append(&index->key, entry->key, KEY_BYTES);
    buffer_byte(&index->key, (char)entry->role);
    return row_sorter_add(index->sorter, &index->key, (const char *)&rest, sizeof rest, err);
}

bool key_index_end(struct key_index *index, struct error *err)
{
    return row_sorter_end(index->sorter, err);
}

bool key_index_next(struct key_index *index, struct key_entry *entry, bool *more, struct error *err)
{
    struct sorted_row row;
    struct rest rest;

    if (!row_sorter_next(index->sorter, &row, err))
        return false;
    *more = row.line != NULL;
    if (!*more)
        return true;
    memcpy(&rest, row.line, sizeof rest);
    *entry = (struct key_entry){.space = (uint8_t)row.key[0],
                                .role = (uint8_t)row.key[1 + KEY_BYTES],
                                .table = rest.table,
                                .column = rest.column,
                                .place = rest.place,
                                .line = rest.line,
                                .group = rest.group};
    memcpy(entry->key, row.key + 1, KEY_BYTES);
    return true;
}

void key_index_free(struct key_index *index)
{
    if (!index)
        return;
    row_sorter_free(index->sorter);
    buffer_release(&index->key);
    free(index);
}
