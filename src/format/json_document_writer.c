#include "simulark/format/json.h"
#include "simulark/format/row_text.h"
#include "simulark/format/writer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The key of a member of the document, which begins a line. */
static void append_key(struct buffer *out, const char *key)
{
    buffer_append(out, "  ", 2);
    json_append_string(out, key, strlen(key));
    buffer_append(out, ": ", 2);
}

static void append_value(struct buffer *out, const json_t *value)
{
    char *json = json_dumps(value, JSON_ENCODE_ANY);

    json_append_pretty(out, json, strlen(json), 2);
    free(json);
}

static void writer_header(struct document_writer *d, struct buffer *out, const json_t *header)
{
    json_t *fields = (json_t *)(uintptr_t)header; /* jansson's iterators want to be able to write */
    void *at = json_object_iter(fields);

    (void)d;
    buffer_text(out, "{\n");
    while (at) {
        append_key(out, json_object_iter_key(at));
        append_value(out, json_object_iter_value(at));
        at = json_object_iter_next(fields, at);
        if (at)
            buffer_text(out, ",\n");
    }
}

static void writer_table(struct document_writer *d, struct buffer *out)
{
    d->any = false;
    buffer_text(out, ",\n");
    append_key(out, d->shape->table->name);
    buffer_byte(out, '[');
}

static void writer_row(struct document_writer *d, struct buffer *out, const struct row *row)
{
    buffer_text(out, d->any ? ",\n    " : "\n    ");
    d->any = true;
    row_json_append_pretty(out, d->shape, row, 4);
}

static void writer_table_end(struct document_writer *d, struct buffer *out)
{
    buffer_text(out, d->any ? "\n  ]" : "]");
}

static void writer_member(struct document_writer *d, struct buffer *out, const char *key, const json_t *value)
{
    (void)d;
    buffer_text(out, ",\n");
    append_key(out, key);
    append_value(out, value);
}

static void writer_end(struct document_writer *d, struct buffer *out)
{
    (void)d;
    buffer_text(out, "\n}\n");
}

const struct document_writer_ops document_writer_json = {
    .header = writer_header,
    .table = writer_table,
    .row = writer_row,
    .table_end = writer_table_end,
    .member = writer_member,
    .end = writer_end,
};
