/* Any bytes through the JSON scanner, the rows and both readers. What is accepted must be a fixed point: taken again, it comes
 * out the same. */
#include "fuzzing.h"
#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/format/reader.h"
#include "simulark/format/row_text.h"
#include "simulark/model/value.h"

#include <stdint.h>
#include <stdlib.h>

static bool same(const struct buffer *a, const struct buffer *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool take(const struct buffer *text, struct buffer *out)
{
    struct json_cursor c = {.text = text->data, .len = text->len, .limit = (size_t)1 << 20};

    buffer_clear(out);
    return json_take_value(&c, out) && c.at == text->len;
}

static void check_value(const char *text, size_t size)
{
    struct json_cursor c = {.text = text, .len = size, .limit = (size_t)1 << 20};
    struct json_cursor raw = c;
    struct json_extent extent = {0};
    struct buffer once = BUFFER_INIT;
    struct buffer again = BUFFER_INIT;
    struct buffer pretty = BUFFER_INIT;
    const char *from;
    size_t len;

    if (json_take_value(&c, &once)) {
        must(take(&once, &again) && same(&once, &again));
        must(utf8_check(once.data, once.len) == once.len);
        json_append_pretty(&pretty, once.data, once.len, size % 7);
        must(take(&pretty, &again) && same(&once, &again));
        must(json_take_raw(&raw, &from, &len) && raw.at == c.at);
        must(json_extent_feed(&extent, from, len) == len && (extent.complete || extent.scalar));
    } else {
        must(once.len == 0 && c.at <= size && c.problem);
    }
    buffer_release(&once);
    buffer_release(&again);
    buffer_release(&pretty);
}

static void check_values(const char *text, size_t size)
{
    static const enum type types[] = {TYPE_UUID,    TYPE_INTEGER,     TYPE_BIGINT, TYPE_DOUBLE,
                                      TYPE_NUMERIC, TYPE_TIMESTAMPTZ, TYPE_INET};
    struct buffer once = BUFFER_INIT;
    struct buffer again = BUFFER_INIT;
    const char *problem = NULL;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        buffer_clear(&once);
        buffer_clear(&again);
        if (value_canonical(types[i], text, size, &once, &problem))
            must(value_canonical(types[i], once.data, once.len, &again, &problem) && same(&once, &again));
        else
            must(once.len == 0 && problem);
    }
    buffer_release(&once);
    buffer_release(&again);
}

static void init_shape(struct shape *shape)
{
    static const struct table table = {.name = "samples"};
    static const enum type types[] = {TYPE_OTHER,   TYPE_UUID,    TYPE_TEXT,        TYPE_INTEGER, TYPE_BIGINT,     TYPE_DOUBLE,
                                      TYPE_NUMERIC, TYPE_BOOLEAN, TYPE_TIMESTAMPTZ, TYPE_JSONB,   TYPE_TEXT_ARRAY, TYPE_INET};

    *shape = (struct shape){.table = &table};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const char name[2] = {(char)('a' + i), '\0'};

        shape_add_column(shape, name, "text");
        shape->columns[i].type = types[i];
    }
}

/* A row that is accepted, written and taken again, is written the same. */
static void check_row(const char *text, size_t size, const struct shape *shape)
{
    struct json_cursor c = {.text = text, .len = size, .limit = (size_t)1 << 20};
    struct row_builder builder = {0};
    struct row_problem problem = {0};
    struct buffer once = BUFFER_INIT;
    struct buffer again = BUFFER_INIT;

    if (row_json_take(&c, shape, &builder, &problem)) {
        struct row row = row_builder_end(&builder);

        row_json_append(&once, shape, &row);
        c = (struct json_cursor){.text = once.data, .len = once.len};
        must(row_json_take(&c, shape, &builder, &problem) && c.at == once.len);
        row = row_builder_end(&builder);
        row_json_append(&again, shape, &row);
        must(same(&once, &again));
        row_json_append_pretty(&again, shape, &row, 2);
    } else {
        must(problem.text.len > 0 && c.at <= size);
    }
    row_builder_release(&builder);
    buffer_release(&problem.text);
    buffer_release(&once);
    buffer_release(&again);
}

static void read_all(struct rows_reader *r, const struct shape *shape, struct error *err)
{
    struct row_builder builder = {0};
    bool more = true;

    while (more && r->ops->row(r, shape, &builder, &more, err)) {
        if (more)
            row_builder_end(&builder);
    }
    row_builder_release(&builder);
}

static void check_readers(const char *text, size_t size, const struct shape *shape)
{
    struct limits limits = LIMITS_DEFAULT;
    struct input *in = input_memory("fuzz", text, size);
    struct rows_reader *lines;
    struct document_reader *document;
    struct error err = ERROR_INIT;
    struct buffer value = BUFFER_INIT;
    const char *key;

    limits.row_bytes = 200;
    lines = rows_reader_json_lines(in, &limits);
    read_all(lines, shape, &err);
    lines->ops->place(lines, &value);
    lines->ops->free(lines);
    input_free(in);
    error_clear(&err);

    in = input_memory("fuzz", text, size);
    document = document_reader_json(in, &limits);
    while (!error_is_set(&err) && document->ops->member(document, &key, &err) && key) {
        struct rows_reader *rows;

        buffer_clear(&value);
        if (*key != 'r')
            document->ops->value(document, &value, &err);
        else if (document->ops->rows(document, &rows, &err))
            read_all(rows, shape, &err);
    }
    document->ops->free(document);
    input_free(in);
    error_release(&err);
    buffer_release(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(size); /* exactly as long, so that reading beyond it is seen */
    struct shape shape;

    if (size)
        memcpy(text, data, size);
    init_shape(&shape);
    check_value(text, size);
    check_values(text, size);
    check_row(text, size, &shape);
    check_readers(text, size, &shape);
    shape_release(&shape);
    free(text);
    return 0;
}
