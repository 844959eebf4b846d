#include "simulark/format/row_text.h"
#include "simulark/format/yaml.h"

static bool has_prefix(const struct cell *cell, const char *prefix)
{
    size_t len = strlen(prefix);

    return cell->len >= len && !memcmp(cell->text, prefix, len);
}

/* Appends a cell by way of JSON: one that is not JSON yet, or may need a wrapper. */
static void append_as_json(struct buffer *out, enum type type, const struct cell *cell, size_t indent)
{
    struct buffer json = BUFFER_INIT;

    cell_json_append(&json, type, cell);
    yaml_append_json(out, json.data, json.len, indent + 2);
    buffer_release(&json);
}

static void append_jsonb(struct buffer *out, const struct cell *cell, size_t indent)
{
    if (has_prefix(cell, "null") || has_prefix(cell, "{\"$json\":"))
        append_as_json(out, TYPE_JSONB, cell, indent);
    else
        yaml_append_json(out, cell->text, cell->len, indent + 2);
}

static void append_string(struct buffer *out, const struct cell *cell, size_t indent)
{
    buffer_byte(out, ' ');
    yaml_append_string(out, cell->text, cell->len, indent);
}

static void append_cell(struct buffer *out, enum type type, const struct cell *cell, size_t indent)
{
    if (!cell->text) {
        buffer_append(out, " null\n", 6);
        return;
    }
    switch (type) {
    case TYPE_JSONB: append_jsonb(out, cell, indent); return;
    case TYPE_TEXT_ARRAY: append_as_json(out, type, cell, indent); return;
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_NUMERIC:
    case TYPE_BOOLEAN: /* NaN and Infinity come as strings, whose quotes YAML wants too */
        buffer_byte(out, ' ');
        cell_json_append(out, type, cell);
        buffer_byte(out, '\n');
        return;
    case TYPE_OTHER:
    case TYPE_UUID:
    case TYPE_ID:
    case TYPE_TEXT:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INET: break;
    }
    append_string(out, cell, indent);
}

void row_yaml_append(struct buffer *out, const struct shape *shape, const struct row *row, size_t indent)
{
    for (size_t i = 0; i < shape->ncolumns; i++) {
        const struct shape_column *column = &shape->columns[i];

        if (i)
            yaml_append_indent(out, indent);
        yaml_append_key(out, column->name, strlen(column->name), indent);
        append_cell(out, column->type, &row->cells[i], indent);
    }
    if (!shape->ncolumns)
        buffer_append(out, "{}\n", 3);
}
