/* Both YAML readers on any bytes; and whatever string or JSON the bytes are, written as YAML it must come back. */
#include "fuzzing.h"
#include "simulark/base/utf8.h"
#include "simulark/format/json.h"
#include "simulark/format/reader.h"
#include "simulark/format/yaml.h"

#include <stdlib.h>

static struct limits small_limits(void)
{
    struct limits limits = LIMITS_DEFAULT;

    limits.row_bytes = 1 << 20;
    limits.alias_bytes = 1 << 16;
    limits.yaml_depth = 5000;
    return limits;
}

static bool read_rows(struct rows_reader *rows, const struct shape *shape, struct error *err)
{
    struct row_builder row = {0};
    bool more = true;
    bool read;

    while ((read = rows->ops->row(rows, shape, &row, &more, err)) && more)
        row_builder_end(&row);
    row_builder_release(&row);
    return read;
}

static void read_stream(const char *text, size_t len)
{
    struct limits limits = small_limits();
    struct input *in = input_memory("fuzz", text, len);
    struct rows_reader *rows = rows_reader_yaml_stream(in, &limits);
    struct error err = ERROR_INIT;
    struct shape shape;

    shape_init_known(&shape, &tables[len % TABLE_COUNT]);
    if (!read_rows(rows, &shape, &err) && !err.message.len)
        abort();
    shape_release(&shape);
    error_release(&err);
    rows->ops->free(rows);
    input_free(in);
}

static bool read_document(const char *text, size_t len, struct buffer *json)
{
    struct limits limits = small_limits();
    struct input *in = input_memory("fuzz", text, len);
    struct document_reader *d = document_reader_yaml(in, &limits);
    struct error err = ERROR_INIT;
    struct rows_reader *rows;
    const char *key;
    bool read;

    while ((read = d->ops->member(d, &key, &err)) && key) {
        const struct table *table = table_find(key);

        if (table) {
            struct shape shape;

            shape_init_known(&shape, table);
            read = d->ops->rows(d, &rows, &err) && read_rows(rows, &shape, &err);
            shape_release(&shape);
        } else {
            buffer_clear(json);
            read = d->ops->value(d, json, &err);
        }
        if (!read)
            break;
    }
    if (!read && !err.message.len)
        abort();
    error_release(&err);
    d->ops->free(d);
    input_free(in);
    return read;
}

static void check_round_trip(const struct buffer *canonical)
{
    struct buffer yaml = BUFFER_INIT;
    struct buffer json = BUFFER_INIT;
    struct buffer back = BUFFER_INIT;
    struct json_cursor c = {0};

    buffer_text(&yaml, "value:");
    yaml_append_json(&yaml, canonical->data, canonical->len, 2);
    if (!read_document(yaml.data, yaml.len, &json))
        abort();
    c.text = json.data;
    c.len = json.len;
    if (!json_take_value(&c, &back) || back.len != canonical->len || memcmp(back.data, canonical->data, back.len) != 0)
        abort();
    buffer_release(&yaml);
    buffer_release(&json);
    buffer_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;
    size_t len = size - 1;
    struct buffer json = BUFFER_INIT;
    struct json_cursor c = {.text = text, .len = len, .limit = 1 << 20};

    if (size < 2)
        return 0;
    switch (data[0] % 4) {
    case 0: read_stream(text, len); break;
    case 1: read_document(text, len, &json); break;
    case 2:
        if (utf8_check(text, len) == len && !memchr(text, 0, len)) {
            json_append_string(&json, text, len);
            check_round_trip(&json);
        }
        break;
    default:
        if (json_take_value(&c, &json) && json.len < 1 << 18)
            check_round_trip(&json);
    }
    buffer_release(&json);
    return 0;
}
