#include "simulark/model/row_key.h"

#include <errno.h>
#include <stdlib.h>

/* What stands before a cell in a key: NULL behind all values. Text ends with a byte 0, which it cannot hold, so that the
 * shorter of two that begin alike comes first. */
enum { MARK_NUMBER = 1, MARK_TEXT = 2, MARK_NULL = 3 };

static enum type type_of(const struct shape *shape, int column)
{
    return column < 0 ? TYPE_OTHER : shape->columns[column].type;
}

struct row_key row_key_of_id(const struct shape *shape)
{
    int id = shape_column(shape, "id");

    return (struct row_key){.parent = -1, .id = id, .id_type = type_of(shape, id)};
}

struct row_key row_key_of(const struct shape *shape)
{
    struct row_key key = row_key_of_id(shape);

    if (shape->table->parent)
        key.parent = shape_column(shape, shape->table->parent);
    key.parent_type = type_of(shape, key.parent);
    return key;
}

static bool append_number(struct buffer *out, const struct cell *cell)
{
    char text[24];
    unsigned char bytes[8];
    uint64_t number;
    char *end;

    if (!cell->len || cell->len >= sizeof text)
        return false;
    memcpy(text, cell->text, cell->len);
    text[cell->len] = '\0';
    errno = 0;
    number = (uint64_t)strtoll(text, &end, 10) ^ (UINT64_C(1) << 63); /* negative ones first */
    if (*end || errno)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(number >> (56 - 8 * i));
    buffer_byte(out, MARK_NUMBER);
    buffer_append(out, bytes, sizeof bytes);
    return true;
}

static void append_cell(struct buffer *out, const struct cell *cell, enum type type)
{
    if (!cell->text) {
        buffer_byte(out, MARK_NULL);
        return;
    }
    if ((type == TYPE_INTEGER || type == TYPE_BIGINT) && append_number(out, cell))
        return;
    buffer_byte(out, MARK_TEXT);
    buffer_append(out, cell->text, cell->len);
    buffer_byte(out, '\0');
}

void row_key_append(const struct row_key *key, const struct row *row, struct buffer *out)
{
    static const struct cell null;

    if (key->parent >= 0)
        append_cell(out, &row->cells[key->parent], key->parent_type);
    append_cell(out, key->id >= 0 ? &row->cells[key->id] : &null, key->id_type);
}

int row_key_compare(const void *a, size_t a_len, const void *b, size_t b_len)
{
    size_t least = a_len < b_len ? a_len : b_len;
    int order = least ? memcmp(a, b, least) : 0;

    if (order || a_len == b_len)
        return order;
    return a_len < b_len ? -1 : 1;
}
