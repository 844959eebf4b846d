#include "simulark/format/yaml_value.h"

#include "simulark/format/json.h"
#include "simulark/format/yaml_scalar.h"

static bool refuse(struct yaml_value *v, const struct yaml_node *node, struct error *err, const char *sentence)
{
    return yaml_nodes_refuse(v->nodes, node->line, node->column, err, "%s", sentence);
}

/* Whether a scalar that says by its tag what it is, is that. */
static bool fits_tag(enum tag tag, enum scalar scalar)
{
    switch (tag) {
    case TAG_NULL: return scalar == SCALAR_NULL;
    case TAG_BOOLEAN: return scalar == SCALAR_TRUE || scalar == SCALAR_FALSE;
    case TAG_INTEGER: return scalar == SCALAR_INTEGER || scalar == SCALAR_OCTAL || scalar == SCALAR_HEXADECIMAL;
    case TAG_FLOAT: return scalar >= SCALAR_INTEGER;
    case TAG_NONE:
    case TAG_STRING: break;
    }
    return true;
}

static bool append_not_finite(struct yaml_value *v, const struct yaml_node *node, enum scalar scalar, enum reading reading,
                              struct buffer *json, struct error *err)
{
    if (reading != READING_NUMBERS) {
        refuse(v, node, err, "Neither infinity nor NaN can be a number in JSON.");
        error_hint(err, "If it is meant as a text, put it in quotes: \"%.*s\".", (int)node->len, node->text);
        return false;
    }
    if (scalar == SCALAR_NAN)
        buffer_text(json, "\"NaN\"");
    else
        buffer_text(json, scalar == SCALAR_INFINITY ? "\"Infinity\"" : "\"-Infinity\"");
    return true;
}

static bool append_scalar(struct yaml_value *v, const struct yaml_node *node, enum reading reading, struct buffer *json,
                          struct error *err)
{
    enum scalar scalar = node->tag == TAG_STRING ? SCALAR_STRING : scalar_resolve(node->text, node->len);

    if (!fits_tag(node->tag, scalar))
        return refuse(v, node, err, "The tag does not fit what it stands before.");
    if (reading == READING_TEXT && scalar != SCALAR_NULL)
        scalar = SCALAR_STRING;
    switch (scalar) {
    case SCALAR_STRING: json_append_string(json, node->text, node->len); break;
    case SCALAR_NULL: buffer_append(json, "null", 4); break;
    case SCALAR_TRUE: buffer_append(json, "true", 4); break;
    case SCALAR_FALSE: buffer_append(json, "false", 5); break;
    case SCALAR_INTEGER:
    case SCALAR_OCTAL:
    case SCALAR_HEXADECIMAL:
    case SCALAR_FLOAT:
        if (!scalar_append_number(json, scalar, node->text, node->len))
            return yaml_nodes_refuse(v->nodes, node->line, node->column, err,
                                     "A hexadecimal or octal number may have %d digits, and this one has more.",
                                     SCALAR_RADIX_DIGITS);
        break;
    case SCALAR_INFINITY:
    case SCALAR_MINUS_INFINITY:
    case SCALAR_NAN: return append_not_finite(v, node, scalar, reading, json, err);
    }
    return true;
}

static void close_collection(struct yaml_value *v, struct buffer *json)
{
    v->open.len--;
    buffer_byte(json, v->open.data[v->open.len] == NODE_MAPPING ? '}' : ']');
}

bool yaml_value_take(struct yaml_value *v, const struct yaml_node *first, enum reading reading, struct buffer *json,
                     struct error *err)
{
    struct yaml_node node = *first;
    size_t limit = json->len + v->limits->row_bytes;
    bool is_key = false; /* the next scalar is one */
    bool any = false;    /* something stands before the next item */

    buffer_clear(&v->open);
    for (;;) {
        bool was_key = is_key && node.kind == NODE_SCALAR;

        if (node.kind == NODE_END) {
            close_collection(v, json);
        } else {
            if (any)
                buffer_append(json, ", ", 2);
            if (is_key && !was_key)
                return refuse(v, &node, err, "A key must be a scalar, and this is a mapping or a sequence.");
            if (is_key) {
                json_append_string(json, node.text, node.len);
                buffer_append(json, ": ", 2);
            } else if (node.kind == NODE_SCALAR) {
                if (!append_scalar(v, &node, reading, json, err))
                    return false;
            } else {
                buffer_byte(json, node.kind == NODE_MAPPING ? '{' : '[');
                buffer_byte(&v->open, (char)node.kind);
            }
        }
        if (json->len > limit)
            return yaml_nodes_refuse(v->nodes, first->line, first->column, err,
                                     "A value is larger than %zu bytes (limit row_bytes).", v->limits->row_bytes) ||
                   limits_hint(err, "row_bytes");
        if (!v->open.len)
            return true;
        any = !was_key && (node.kind == NODE_SCALAR || node.kind == NODE_END);
        is_key = !was_key && v->open.data[v->open.len - 1] == NODE_MAPPING;
        if (!yaml_nodes_next(v->nodes, &node, err))
            return false;
    }
}

void yaml_value_release(struct yaml_value *v)
{
    buffer_release(&v->open);
}
