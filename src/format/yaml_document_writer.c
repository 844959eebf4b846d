#include "simulark/format/row_text.h"
#include "simulark/format/writer.h"
#include "simulark/format/yaml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void append_member(struct buffer *out, const char *key, const json_t *value)
{
    char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    yaml_append_key(out, key, strlen(key), 0);
    yaml_append_json(out, json, strlen(json), 2);
    free(json);
}

static void writer_header(struct document_writer *d, struct buffer *out, const json_t *header)
{
    void *at = json_object_iter((json_t *)(uintptr_t)header);

    while (at) {
        append_member(out, json_object_iter_key(at), json_object_iter_value(at));
        at = json_object_iter_next((json_t *)(uintptr_t)header, at);
    }
    buffer_byte(out, '\n');
    d->any = true;
}

/* The key waits for the first row: without one it is `graphs: []`. */
static void writer_table(struct document_writer *d, struct buffer *out)
{
    (void)out;
    d->any = false;
}

static void writer_row(struct document_writer *d, struct buffer *out, const struct row *row)
{
    if (!d->any) {
        const char *name = d->shape->table->name;

        yaml_append_key(out, name, strlen(name), 0);
        buffer_byte(out, '\n');
        d->any = true;
    }
    buffer_append(out, "  - ", 4);
    row_yaml_append(out, d->shape, row, 4);
}

static void writer_table_end(struct document_writer *d, struct buffer *out)
{
    const char *name = d->shape->table->name;

    if (!d->any) {
        yaml_append_key(out, name, strlen(name), 0);
        buffer_text(out, " []");
    }
    buffer_byte(out, '\n');
}

static void writer_member(struct document_writer *d, struct buffer *out, const char *key, const json_t *value)
{
    if (!d->any) /* behind rows, as behind the header, is an empty line already */
        buffer_byte(out, '\n');
    append_member(out, key, value);
    d->any = false;
}

static void writer_end(struct document_writer *d, struct buffer *out)
{
    (void)d;
    (void)out;
}

const struct document_writer_ops document_writer_yaml = {
    .header = writer_header,
    .table = writer_table,
    .row = writer_row,
    .table_end = writer_table_end,
    .member = writer_member,
    .end = writer_end,
};
