#include "simulark/pg/copy_binary.h"

#include "simulark/base/memory.h"
#include "simulark/base/uuid.h"
#include "simulark/model/value.h"

#include <endian.h>
#include <stdint.h>
#include <stdlib.h>

#define JSONB_VERSION 1
#define LONGEST_NUMBER 400 /* digits of a double that are looked at; longer ones are the server's to read */

static bool is_known(const struct shape_column *column)
{
    static const char *const types[] = {"uuid",    "text",    "integer", "bigint", "double precision",
                                        "boolean", "timestamp with time zone", "jsonb"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(column->sql_type, types[i]) == 0)
            return true;
    return false;
}

bool copy_binary_takes(const struct shape *shape)
{
    for (size_t i = 0; i < shape->ncolumns; i++)
        if (!is_known(&shape->columns[i]))
            return false;
    return true;
}

static void append_16(struct buffer *out, uint16_t number)
{
    number = htobe16(number);
    buffer_append(out, &number, sizeof number);
}

static void append_32(struct buffer *out, uint32_t number)
{
    number = htobe32(number);
    buffer_append(out, &number, sizeof number);
}

static void append_64(struct buffer *out, uint64_t number)
{
    number = htobe64(number);
    buffer_append(out, &number, sizeof number);
}

/* ---- values to bytes, each behind its length ---- */

static bool append_uuid(struct buffer *out, const struct cell *cell)
{
    struct uuid id;

    if (!uuid_parse(&id, cell->text, cell->len))
        return false;
    append_32(out, sizeof id.bytes);
    buffer_append(out, id.bytes, sizeof id.bytes);
    return true;
}

static bool take_integer(const struct cell *cell, int64_t min, int64_t max, int64_t *number)
{
    bool negative = cell->len && *cell->text == '-';

    *number = 0;
    if (cell->len == negative)
        return false;
    for (size_t i = negative; i < cell->len; i++) {
        int digit = cell->text[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, negative ? -digit : digit, number))
            return false;
    }
    return *number >= min && *number <= max;
}

static bool append_integer(struct buffer *out, const struct cell *cell)
{
    int64_t number;

    if (!take_integer(cell, INT32_MIN, INT32_MAX, &number))
        return false;
    append_32(out, sizeof(int32_t));
    append_32(out, (uint32_t)number);
    return true;
}

static bool append_bigint(struct buffer *out, const struct cell *cell)
{
    int64_t number;

    if (!take_integer(cell, INT64_MIN, INT64_MAX, &number))
        return false;
    append_32(out, sizeof number);
    append_64(out, (uint64_t)number);
    return true;
}

static bool append_double(struct buffer *out, const struct cell *cell)
{
    char text[LONGEST_NUMBER + 1];
    uint64_t bits;
    double number;
    char *end;

    if (cell->len == 0 || cell->len > LONGEST_NUMBER || strchr(" \t\n\v\f\r", *cell->text))
        return false;
    memcpy(text, cell->text, cell->len);
    text[cell->len] = '\0';
    number = strtod(text, &end);
    if (end != text + cell->len)
        return false;
    memcpy(&bits, &number, sizeof bits);
    append_32(out, sizeof bits);
    append_64(out, bits);
    return true;
}

static bool append_boolean(struct buffer *out, const struct cell *cell)
{
    if (cell->len != 1 || (*cell->text != 't' && *cell->text != 'f'))
        return false;
    append_32(out, 1);
    buffer_byte(out, *cell->text == 't');
    return true;
}

static bool append_timestamptz(struct buffer *out, const struct cell *cell)
{
    int64_t instant;

    if (!timestamptz_instant(cell->text, cell->len, &instant))
        return false;
    append_32(out, sizeof instant);
    append_64(out, (uint64_t)instant);
    return true;
}

static bool append_jsonb(struct buffer *out, const struct cell *cell)
{
    append_32(out, (uint32_t)cell->len + 1);
    buffer_byte(out, JSONB_VERSION);
    buffer_append(out, cell->text, cell->len);
    return true;
}

static bool append_text(struct buffer *out, const struct cell *cell)
{
    append_32(out, (uint32_t)cell->len);
    buffer_append(out, cell->text, cell->len);
    return true;
}

static bool append_value(struct buffer *out, enum type type, const struct cell *cell)
{
    switch (type) {
    case TYPE_UUID: return append_uuid(out, cell);
    case TYPE_INTEGER: return append_integer(out, cell);
    case TYPE_BIGINT: return append_bigint(out, cell);
    case TYPE_DOUBLE: return append_double(out, cell);
    case TYPE_BOOLEAN: return append_boolean(out, cell);
    case TYPE_TIMESTAMPTZ: return append_timestamptz(out, cell);
    case TYPE_JSONB: return append_jsonb(out, cell);
    case TYPE_TEXT: return append_text(out, cell);
    case TYPE_OTHER:
    case TYPE_ID: /* of templates, which are not loaded */
    case TYPE_NUMERIC:
    case TYPE_TEXT_ARRAY:
    case TYPE_INET: break;
    }
    return false;
}

/* ---- rows to the stream ---- */

static const char signature[] = "PGCOPY\n\377\r\n"; /* its NUL is part of it */

void copy_binary_begin(struct buffer *out)
{
    buffer_append(out, signature, sizeof signature);
    append_32(out, 0); /* flags */
    append_32(out, 0); /* length of the header's extension */
}

bool copy_binary_append(struct buffer *out, const struct shape *shape, const struct row *row)
{
    size_t before = out->len;

    append_16(out, (uint16_t)row->ncells);
    for (size_t i = 0; i < row->ncells; i++) {
        const struct cell *cell = &row->cells[i];

        if (!cell->text) {
            append_32(out, UINT32_MAX);
        } else if (cell->len >= INT32_MAX || !append_value(out, shape->columns[i].type, cell)) {
            out->len = before;
            return false;
        }
    }
    return true;
}

void copy_binary_end(struct buffer *out)
{
    append_16(out, UINT16_MAX);
}

/* ---- bytes to values ---- */

struct bytes {
    const char *at, *end;
};

static bool take(struct bytes *b, void *to, size_t len)
{
    if ((size_t)(b->end - b->at) < len)
        return false;
    memcpy(to, b->at, len);
    b->at += len;
    return true;
}

static bool take_16(struct bytes *b, uint16_t *number)
{
    if (!take(b, number, sizeof *number))
        return false;
    *number = be16toh(*number);
    return true;
}

static bool take_32(struct bytes *b, uint32_t *number)
{
    if (!take(b, number, sizeof *number))
        return false;
    *number = be32toh(*number);
    return true;
}

static bool take_64(struct bytes *b, uint64_t *number)
{
    if (!take(b, number, sizeof *number))
        return false;
    *number = be64toh(*number);
    return true;
}

static bool take_uuid(struct bytes *value, struct buffer *text)
{
    struct uuid id;

    if (!take(value, id.bytes, sizeof id.bytes))
        return false;
    uuid_format(&id, text->data + text->len);
    text->len += UUID_TEXT;
    return true;
}

static bool take_number(struct bytes *value, enum type type, struct buffer *text)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;
    double number;

    if (!(type == TYPE_INTEGER ? take_32(value, &narrow) : take_64(value, &wide)))
        return false;
    if (type == TYPE_INTEGER) {
        integer_append((int32_t)narrow, text);
    } else if (type == TYPE_BIGINT) {
        integer_append((int64_t)wide, text);
    } else {
        memcpy(&number, &wide, sizeof number);
        double_append(number, text);
    }
    return true;
}

static bool take_boolean(struct bytes *value, struct buffer *text)
{
    if (value->at == value->end)
        return false;
    buffer_byte(text, *value->at++ ? 't' : 'f');
    return true;
}

static bool take_timestamptz(struct bytes *value, struct buffer *text)
{
    uint64_t instant;

    if (!take_64(value, &instant))
        return false;
    timestamptz_append((int64_t)instant, text);
    return true;
}

/* The value's text, where it is not the bytes themselves. text has room for it. */
static bool take_value(struct bytes *value, enum type type, struct buffer *text)
{
    switch (type) {
    case TYPE_UUID: return take_uuid(value, text);
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_DOUBLE: return take_number(value, type, text);
    case TYPE_BOOLEAN: return take_boolean(value, text);
    case TYPE_TIMESTAMPTZ: return take_timestamptz(value, text);
    case TYPE_TEXT:
    case TYPE_JSONB:
    case TYPE_OTHER:
    case TYPE_ID:
    case TYPE_NUMERIC:
    case TYPE_TEXT_ARRAY:
    case TYPE_INET: break;
    }
    return false;
}

static bool take_cell(struct bytes *value, enum type type, struct buffer *text, struct cell *cell)
{
    size_t before = text->len;

    if (type == TYPE_JSONB && (value->at == value->end || *value->at++ != JSONB_VERSION))
        return false;
    if (type == TYPE_TEXT || type == TYPE_JSONB) {
        *cell = (struct cell){value->at, (size_t)(value->end - value->at)};
        return true;
    }
    if (!take_value(value, type, text) || value->at != value->end)
        return false;
    *cell = (struct cell){text->data + before, text->len - before};
    return true;
}

/* ---- the stream to rows ---- */

static bool take_field(struct bytes *b, enum type type, struct buffer *text, struct cell *cell)
{
    struct bytes value;
    uint32_t len;

    *cell = (struct cell){NULL, 0};
    if (!take_32(b, &len))
        return false;
    if (len == UINT32_MAX)
        return true;
    if (len > (size_t)(b->end - b->at))
        return false;
    value = (struct bytes){b->at, b->at + len};
    b->at = value.end;
    return take_cell(&value, type, text, cell);
}

/* No row has as many columns as the signature's first two bytes would say. */
static bool take_beginning(struct bytes *b)
{
    uint32_t flags, extension;

    if ((size_t)(b->end - b->at) < sizeof signature || memcmp(b->at, signature, sizeof signature) != 0)
        return true;
    b->at += sizeof signature;
    if (!take_32(b, &flags) || flags || !take_32(b, &extension) || extension > (size_t)(b->end - b->at))
        return false;
    b->at += extension;
    return true;
}

enum copy_found copy_binary_split(struct copy_splitter *s, const char *message, size_t len, const struct shape *shape,
                                  struct row *row)
{
    struct bytes b = {message, message + len};
    uint16_t count;

    if (!take_beginning(&b))
        return COPY_BROKEN;
    if (b.at == b.end)
        return COPY_NO_ROW;
    if (!take_16(&b, &count))
        return COPY_BROKEN;
    if (count == UINT16_MAX && b.at == b.end)
        return COPY_NO_ROW;
    if (count != shape->ncolumns)
        return COPY_BROKEN;
    s->cells = mem_grow(s->cells, &s->capacity, count, sizeof *s->cells);
    buffer_clear(&s->text);
    buffer_reserve(&s->text, (size_t)count * VALUE_TEXT_MAX); /* it never moves under the cells */
    for (size_t i = 0; i < count; i++)
        if (!take_field(&b, shape->columns[i].type, &s->text, &s->cells[i]))
            return COPY_BROKEN;
    *row = (struct row){.cells = s->cells, .ncells = count};
    return b.at == b.end ? COPY_ROW : COPY_BROKEN;
}
