#include "simulark/format/array_text.h"
#include "simulark/format/row_text.h"
#include "simulark/format/yaml.h"

#define FLOW_COLUMNS_MAX 100 /* a sequence of strings that takes more is written one a line */

/* Whether a cell of a number's type is a number to JSON and YAML: NaN and Infinity are not. */
static bool is_number(const struct cell *cell)
{
    size_t sign = cell->len && cell->text[0] == '-';

    return cell->len > sign && cell->text[sign] >= '0' && cell->text[sign] <= '9';
}

static bool has_prefix(const struct cell *cell, const char *prefix)
{
    size_t len = strlen(prefix);

    return cell->len >= len && !memcmp(cell->text, prefix, len);
}

/* Whether canonical JSON text is an object whose only key is $json. */
static bool is_wrapped(const struct cell *cell)
{
    struct json_cursor c = {.text = cell->text, .len = cell->len};
    const char *text;
    size_t len;

    if (!has_prefix(cell, "{\"$json\": "))
        return false;
    c.at = strlen("{\"$json\": ");
    return json_take_raw(&c, &text, &len) && json_look(&c) == '}';
}

static void append_jsonb(struct buffer *out, const struct cell *cell, size_t indent)
{
    bool null = cell->len == 4 && has_prefix(cell, "null");

    if (!null && !is_wrapped(cell)) {
        yaml_append_json(out, cell->text, cell->len, indent + 2);
        return;
    }
    buffer_byte(out, '\n');
    yaml_append_indent(out, indent + 2);
    buffer_text(out, "$json:");
    yaml_append_json(out, cell->text, cell->len, indent + 4);
}

static bool append_flow_array(struct buffer *out, const struct cell *cell, struct buffer *element)
{
    size_t start = out->len;
    size_t at = 0;
    bool null;

    buffer_append(out, " [", 2);
    buffer_clear(element);
    while (array_text_next(cell->text, cell->len, &at, element, &null)) {
        if (out->len > start + 2)
            buffer_append(out, ", ", 2);
        if (null)
            buffer_append(out, "null", 4);
        else
            yaml_append_flow_string(out, element->data, element->len);
        buffer_clear(element);
        if (out->len - start > FLOW_COLUMNS_MAX) {
            out->len = start;
            return false;
        }
    }
    buffer_append(out, "]\n", 2);
    return true;
}

static void append_array(struct buffer *out, const struct cell *cell, size_t indent)
{
    struct buffer element = BUFFER_INIT;
    size_t at = 0;
    bool null;

    buffer_reserve(&element, cell->len); /* has an address, even for an empty element */
    if (!append_flow_array(out, cell, &element)) {
        buffer_byte(out, '\n');
        while (array_text_next(cell->text, cell->len, &at, &element, &null)) {
            yaml_append_indent(out, indent + 2);
            buffer_append(out, "- ", 2);
            if (null)
                buffer_append(out, "null\n", 5);
            else
                yaml_append_string(out, element.data, element.len, indent + 2);
            buffer_clear(&element);
        }
    }
    buffer_release(&element);
}

static void append_text(struct buffer *out, const struct cell *cell, size_t indent)
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
    case TYPE_TEXT_ARRAY:
        if (!array_text_is_simple(cell->text, cell->len))
            break;
        append_array(out, cell, indent);
        return;
    case TYPE_BOOLEAN: buffer_text(out, cell->text[0] == 't' ? " true\n" : " false\n"); return;
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_NUMERIC:
        if (!is_number(cell))
            break;
        buffer_byte(out, ' ');
        buffer_append(out, cell->text, cell->len);
        buffer_byte(out, '\n');
        return;
    case TYPE_OTHER:
    case TYPE_UUID:
    case TYPE_TEXT:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INET: break;
    }
    append_text(out, cell, indent);
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
