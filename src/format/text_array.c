#include "json_string.h"
#include "simulark/base/memory.h"
#include "simulark/format/row_text.h"
#include "simulark/model/value.h"

#include <strings.h>

#define MAX_DIMENSIONS 6 /* of an array in PostgreSQL */

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && value_is_space(*p))
        p++;
    return p;
}

/* --- literal to JSON --- */

/* Appends the element between the quotes as JSON; returns what follows it, or NULL. */
static const char *quoted_to_json(struct buffer *out, const char *p, const char *end)
{
    buffer_byte(out, '"');
    while (p < end && *p != '"') {
        char form[JSON_ESCAPE_MAX];
        size_t len;

        if (*p == '\\' && ++p == end)
            return NULL;
        len = json_escape(form, (unsigned char)*p);
        buffer_append(out, len ? form : p, len ? len : 1);
        p++;
    }
    buffer_byte(out, '"');
    return p < end ? p + 1 : NULL;
}

/* An element without quotes. With backslashes PostgreSQL takes it too, but does not write it so. */
static const char *bare_to_json(struct buffer *out, const char *p, const char *end)
{
    const char *from = p;
    const char *last;

    while (p < end && *p != ',' && *p != '}' && *p != '{' && *p != '"' && *p != '\\')
        p++;
    for (last = p; last > from && value_is_space(last[-1]);)
        last--;
    if (last == from || p == end || (*p != ',' && *p != '}'))
        return NULL;
    if (last - from == 4 && strncasecmp(from, "null", 4) == 0)
        buffer_append(out, "null", 4);
    else
        json_append_string(out, from, (size_t)(last - from));
    return p;
}

bool text_array_to_json(struct buffer *out, const char *literal, size_t len)
{
    size_t base = out->len;
    const char *end = literal + len;
    const char *p = skip_space(literal, end);
    size_t depth = 0;
    bool element = p < end && *p == '{'; /* one must or, behind a brace, may come now */

    while (p && p < end) {
        if (*p == '{' && element && depth < MAX_DIMENSIONS) {
            buffer_byte(out, '[');
            depth++;
            p = skip_space(p + 1, end);
            if (p == end || *p != '}')
                continue;
            element = false;
        } else if (*p == '}' && !element && depth) {
            buffer_byte(out, ']');
            p = skip_space(p + 1, end);
            if (--depth == 0)
                break;
        } else if (*p == ',' && !element && depth) {
            buffer_append(out, ", ", 2);
            p = skip_space(p + 1, end);
            element = true;
        } else if (element && depth) {
            p = *p == '"' ? quoted_to_json(out, p + 1, end) : bare_to_json(out, p, end);
            p = p ? skip_space(p, end) : NULL;
            element = false;
        } else {
            p = NULL;
        }
    }
    if (p == end && depth == 0 && out->len > base)
        return true;
    out->len = base;
    return false;
}

/* --- JSON to literal --- */

/* Puts quotes around the element that begins at `from` and ends with the buffer, where it needs them. */
static void quote_element(struct buffer *out, size_t from)
{
    size_t len = out->len - from;
    size_t extra = 2;
    bool needed = len == 0 || (len == 4 && strncasecmp(out->data + from, "null", 4) == 0);
    char *to;

    for (size_t i = from; i < out->len; i++) {
        char c = out->data[i];

        extra += c == '"' || c == '\\';
        needed = needed || c == '{' || c == '}' || c == ',' || value_is_space(c);
    }
    if (!needed && extra == 2)
        return;
    buffer_reserve(out, extra);
    to = out->data + out->len + extra;
    *--to = '"';
    for (size_t i = out->len; i > from; i--) {
        char c = out->data[i - 1];

        *--to = c;
        if (c == '"' || c == '\\')
            *--to = '\\';
    }
    *--to = '"';
    out->len += extra;
}

static bool fail(struct json_cursor *c, const char *problem)
{
    c->problem = problem;
    return false;
}

static bool element_from_json(struct json_cursor *c, struct buffer *out)
{
    size_t from = out->len;
    char first = json_look(c);
    const char *text;
    size_t len;

    if (first == '{')
        return fail(c, "is not an array of strings");
    if (first == '"') {
        if (!json_take_string(c, out))
            return false;
        quote_element(out, from);
        return true;
    }
    if (!json_take_raw(c, &text, &len))
        return false;
    if (first == 'n')
        buffer_append(out, "NULL", 4);
    else
        buffer_append(out, text, len);
    return true;
}

/* PostgreSQL's arrays are rectangular: at each depth all have the same length, and elements are only at the deepest. */
struct array_form {
    size_t depth, deepest; /* deepest: 0 before the first element */
    size_t counts[MAX_DIMENSIONS + 1];
    size_t lengths[MAX_DIMENSIONS + 1]; /* 0: none has ended yet */
};

static bool close_array(struct array_form *form)
{
    size_t *length = &form->lengths[form->depth];
    size_t count = form->counts[form->depth];

    if (*length == 0)
        *length = count;
    form->depth--;
    return *length == count && count > 0;
}

/* Takes an element, or what opens an array within the array. */
static bool take_item(struct json_cursor *c, struct buffer *out, struct array_form *form, bool *opened)
{
    static const char ragged[] = "is not a rectangular array";

    form->counts[form->depth]++;
    *opened = json_take(c, '[');
    if (*opened) {
        if (form->depth == MAX_DIMENSIONS)
            return fail(c, "is an array of more than six dimensions");
        if (form->depth == form->deepest)
            return fail(c, ragged);
        form->counts[++form->depth] = 0;
        buffer_byte(out, '{');
        return true;
    }
    if (form->deepest && form->deepest != form->depth)
        return fail(c, ragged);
    if (form->counts[form->depth] == 1 && json_look(c) == ']')
        return fail(c, "is an array with an empty array in it");
    form->deepest = form->depth;
    return element_from_json(c, out);
}

bool text_array_from_json(struct json_cursor *c, struct buffer *out)
{
    struct array_form form = {.depth = 1};
    bool opened;

    if (!json_take(c, '['))
        return fail(c, "is not an array");
    buffer_byte(out, '{');
    if (json_take(c, ']')) {
        buffer_byte(out, '}');
        return true;
    }
    for (;;) {
        if (!take_item(c, out, &form, &opened))
            return false;
        if (opened)
            continue;
        while (form.depth && json_take(c, ']')) {
            if (!close_array(&form))
                return fail(c, "is not a rectangular array");
            buffer_byte(out, '}');
        }
        if (!form.depth)
            return true;
        if (!json_take(c, ','))
            return fail(c, "expected ',' or ']'");
        buffer_byte(out, ',');
    }
}
