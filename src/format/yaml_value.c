#include "simulark/format/yaml_value.h"

#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/format/yaml_scalar.h"

#include <stdlib.h>

/* An open collection. Of a mapping, the key last taken: an offset in the JSON text, and its length without escapes. */
struct yaml_level {
    bool mapping;
    bool any;      /* something stands before what comes next */
    bool awaiting; /* the value of that key comes next */
    size_t key;
    size_t key_len;
};

static bool refuse(struct yaml_value *v, const struct yaml_node *node, struct error *err, const char *sentence)
{
    return yaml_nodes_refuse(v->nodes, node->line, node->column, err, "%s", sentence);
}

/* ---- scalars ---- */

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

static bool refuse_not_finite(struct yaml_value *v, const struct yaml_node *node, struct error *err)
{
    refuse(v, node, err, "Neither infinity nor NaN can be a number in JSON.");
    error_hint(err, "If it is meant as a text, put it in quotes: \"%.*s\".", (int)node->len, node->text);
    return false;
}

/* What a scalar is by its tag and as it is read here. */
static bool resolve(struct yaml_value *v, const struct yaml_node *node, enum reading reading, enum scalar *scalar,
                    struct error *err)
{
    *scalar = SCALAR_STRING;
    if (node->tag == TAG_STRING)
        return true;
    if (node->tag == TAG_NONE && reading == READING_TEXT) {
        *scalar = scalar_is_null(node->text, node->len) ? SCALAR_NULL : SCALAR_STRING;
        return true;
    }
    *scalar = scalar_resolve(node->text, node->len);
    if (!fits_tag(node->tag, *scalar))
        return refuse(v, node, err, "The tag does not fit what it stands before.");
    if (reading == READING_TEXT && *scalar != SCALAR_NULL)
        *scalar = SCALAR_STRING;
    return *scalar < SCALAR_INFINITY || reading == READING_NUMBERS || refuse_not_finite(v, node, err);
}

/* What stands for a scalar that is neither a string nor a finite number. */
static const char *const words[] = {
    [SCALAR_NULL] = "null",
    [SCALAR_TRUE] = "true",
    [SCALAR_FALSE] = "false",
    [SCALAR_INFINITY] = "Infinity",
    [SCALAR_MINUS_INFINITY] = "-Infinity",
    [SCALAR_NAN] = "NaN",
};

static bool is_finite_number(enum scalar scalar)
{
    return scalar >= SCALAR_INTEGER && scalar < SCALAR_INFINITY;
}

static bool append_number(struct yaml_value *v, const struct yaml_node *node, enum scalar scalar, struct buffer *out,
                          struct error *err)
{
    return scalar_append_number(out, scalar, node->text, node->len) ||
           yaml_nodes_refuse(v->nodes, node->line, node->column, err,
                             "A hexadecimal or octal number may have %d digits, and this one has more.", SCALAR_RADIX_DIGITS);
}

bool yaml_value_text(struct yaml_value *v, const struct yaml_node *node, enum reading reading, const char **text, size_t *len,
                     struct error *err)
{
    enum scalar scalar;

    if (!resolve(v, node, reading, &scalar, err))
        return false;
    if (scalar == SCALAR_STRING) {
        *text = node->text;
        *len = node->len;
    } else if (is_finite_number(scalar)) {
        buffer_clear(&v->number);
        if (!append_number(v, node, scalar, &v->number, err))
            return false;
        *text = v->number.data;
        *len = v->number.len;
    } else {
        *text = scalar == SCALAR_NULL ? NULL : words[scalar];
        *len = *text ? strlen(*text) : 0;
    }
    return true;
}

/* Numbers that jsonb writes otherwise have an exponent, a zero with a sign, or so many digits that they may be none. */
static bool is_canonical_number(enum scalar scalar, const char *text, size_t len)
{
    return scalar != SCALAR_SCIENTIFIC && len <= JSON_SAFE_DIGITS && (text[0] != '-' || text[1] != '0');
}

static bool append_scalar(struct yaml_value *v, const struct yaml_node *node, enum reading reading, struct buffer *json,
                          struct error *err)
{
    size_t from = json->len;
    enum scalar scalar;

    if (!resolve(v, node, reading, &scalar, err))
        return false;
    if (scalar == SCALAR_STRING) {
        json_append_string(json, node->text, node->len);
    } else if (is_finite_number(scalar)) {
        if (!append_number(v, node, scalar, json, err))
            return false;
        v->canonical = v->canonical && is_canonical_number(scalar, json->data + from, json->len - from);
    } else if (scalar >= SCALAR_INFINITY) {
        json_append_string(json, words[scalar], strlen(words[scalar]));
    } else {
        buffer_text(json, words[scalar]);
    }
    return true;
}

/* ---- collections ---- */

static void open_collection(struct yaml_value *v, bool mapping, struct buffer *json)
{
    v->canonical = v->canonical && v->nopen < JSON_MAX_DEPTH;
    v->open = mem_grow(v->open, &v->open_capacity, v->nopen + 1, sizeof *v->open);
    v->open[v->nopen++] = (struct yaml_level){.mapping = mapping};
    buffer_byte(json, mapping ? '{' : '[');
}

/* Whether jsonb would put a key behind the one before it: it is longer, or as long and of greater bytes. */
static bool follows(const struct yaml_level *level, const struct yaml_node *key, const struct buffer *json)
{
    const char *before = json->data + level->key + 1;

    if (!level->any || level->key_len < key->len)
        return true;
    return level->key_len == key->len && !memchr(before, '\\', key->len) && memcmp(before, key->text, key->len) < 0;
}

static bool append_key(struct yaml_value *v, struct yaml_level *level, const struct yaml_node *node, struct buffer *json,
                       struct error *err)
{
    if (node->kind != NODE_SCALAR)
        return refuse(v, node, err, "A key must be a scalar, and this is a mapping or a sequence.");
    v->canonical = v->canonical && follows(level, node, json);
    if (level->any)
        buffer_append(json, ", ", 2);
    level->key = json->len;
    level->key_len = node->len;
    level->any = level->awaiting = true;
    json_append_string(json, node->text, node->len);
    buffer_append(json, ": ", 2);
    return true;
}

/* Appends a scalar, or the beginning of a collection. */
static bool append_value(struct yaml_value *v, const struct yaml_node *node, enum reading reading, struct buffer *json,
                         struct error *err)
{
    if (node->kind == NODE_SCALAR)
        return append_scalar(v, node, reading, json, err);
    open_collection(v, node->kind == NODE_MAPPING, json);
    return true;
}

/* Appends what comes next in the innermost collection: a key, a value, or its end. */
static bool append_inside(struct yaml_value *v, const struct yaml_node *node, enum reading reading, struct buffer *json,
                          struct error *err)
{
    struct yaml_level *level = &v->open[v->nopen - 1];

    if (node->kind == NODE_END) {
        buffer_byte(json, level->mapping ? '}' : ']');
        v->nopen--;
        return true;
    }
    if (level->mapping && !level->awaiting)
        return append_key(v, level, node, json, err);
    if (level->any && !level->mapping)
        buffer_append(json, ", ", 2);
    level->any = true;
    level->awaiting = false;
    return append_value(v, node, reading, json, err);
}

bool yaml_value_take(struct yaml_value *v, const struct yaml_node *first, enum reading reading, struct buffer *json,
                     struct error *err)
{
    size_t limit = json->len + v->limits->row_bytes;
    struct yaml_node node;

    v->nopen = 0;
    v->canonical = true;
    if (!append_value(v, first, reading, json, err))
        return false;
    for (;;) {
        if (json->len > limit)
            return yaml_nodes_refuse(v->nodes, first->line, first->column, err,
                                     "A value is larger than %zu bytes (limit row_bytes).", v->limits->row_bytes) ||
                   limits_hint(err, "row_bytes");
        if (!v->nopen)
            return true;
        if (!yaml_nodes_next(v->nodes, &node, err) || !append_inside(v, &node, reading, json, err))
            return false;
    }
}

void yaml_value_release(struct yaml_value *v)
{
    free(v->open);
    buffer_release(&v->number);
}
