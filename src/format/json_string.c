#include "json_string.h"

#include "simulark/base/hex.h"
#include "simulark/base/utf8.h"
#include "simulark/format/json.h"

/* Reads four hexadecimal digits. At the first that is none *p stays there, and the result is -1. */
static int32_t take_hex(const char **p, const char *end)
{
    int32_t code = 0;

    for (int i = 0; i < 4; i++, ++*p) {
        int digit = *p < end ? hex_value(**p) : -1;

        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

static const char *take_code_unit(const char **p, const char *end, uint32_t *character)
{
    static const char no_hex[] = "expected four hexadecimal digits after \\u";
    static const char lone[] = "half of a surrogate pair stands alone";
    const char *from = *p - 2;
    int32_t unit = take_hex(p, end);
    int32_t low;

    if (unit < 0)
        return no_hex;
    if (unit == 0) {
        *p = from;
        return "\\u0000 cannot be stored in PostgreSQL";
    }
    *character = (uint32_t)unit;
    if (unit < 0xD800 || unit > 0xDFFF)
        return NULL;
    if (unit <= 0xDBFF && *p == end)
        return lone;
    if (unit > 0xDBFF || end - *p < 2 || (*p)[0] != '\\' || (*p)[1] != 'u') {
        *p = from;
        return lone;
    }
    *p += 2;
    low = take_hex(p, end);
    if (low < 0)
        return no_hex;
    if (low < 0xDC00 || low > 0xDFFF) {
        *p = from;
        return lone;
    }
    *character = 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    return NULL;
}

const char *json_take_escape(const char **p, const char *end, uint32_t *character)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (end - *p < 2) {
        *p = end;
        return "a string is not closed";
    }
    if ((*p)[1] == 'u') {
        *p += 2;
        return take_code_unit(p, end, character);
    }
    name = memchr(names, (*p)[1], sizeof names - 1);
    if (!name)
        return "there is no such escape";
    *character = (unsigned char)meant[name - names];
    *p += 2;
    return NULL;
}

size_t json_escape(char form[JSON_ESCAPE_MAX], uint32_t character)
{
    static const char digits[] = "0123456789abcdef";
    static const char names[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char name = '\0';

    if (character == '"' || character == '\\')
        name = (char)character;
    else if (character < sizeof names)
        name = names[character];
    else
        return 0;
    form[0] = '\\';
    form[1] = name;
    if (name)
        return 2;
    memcpy(form + 1, "u00", 3);
    form[4] = digits[character >> 4];
    form[5] = digits[character & 15];
    return 6;
}

/* The first byte that must be escaped. Short strings mostly end within eight bytes: the last eight are looked at together,
 * though they begin among those that are plain. */
static const char *skip_unescaped(const char *p, const char *end)
{
    uint64_t special;

    if (end - p < 8)
        return json_skip_plain(p, end, false);
    for (; end - p > 8; p += 8) {
        special = json_special_bytes(eight_load(p));
        if (special)
            return p + eight_first(special);
    }
    special = json_special_bytes(eight_load(end - 8));
    return special ? end - 8 + eight_first(special) : end;
}

void json_append_string(struct buffer *out, const char *text, size_t len)
{
    const char *end = text + len;
    const char *p = text;

    buffer_reserve(out, len + 2);
    out->data[out->len++] = '"';
    for (;;) {
        const char *run = p;
        char form[JSON_ESCAPE_MAX];

        p = skip_unescaped(p, end);
        buffer_append(out, run, (size_t)(p - run));
        if (p == end)
            break;
        buffer_append(out, form, json_escape(form, (unsigned char)*p++));
    }
    buffer_byte(out, '"');
}

static bool fail(struct json_cursor *c, const char *at, const char *problem)
{
    c->at = (size_t)(at - c->text);
    c->problem = problem;
    return false;
}

bool json_take_string(struct json_cursor *c, struct buffer *out)
{
    size_t base = out->len;
    const char *end = c->text + c->len;
    const char *p, *problem;

    json_skip_space(c);
    p = c->text + c->at;
    if (p == end || *p != '"')
        return fail(c, p, "expected a string");
    p++;
    for (;;) {
        const char *run = p;
        uint32_t character;
        size_t used;

        p = json_skip_plain(p, end, true);
        while (p < end && (unsigned char)*p >= 0x80 && (used = utf8_length(p, (size_t)(end - p))) != 0)
            p += used;
        buffer_append(out, run, (size_t)(p - run));
        if (p == run && p < end && (unsigned char)*p >= 0x80) {
            problem = "is not valid UTF-8";
        } else if (p == end) {
            problem = "a string is not closed";
        } else if (*p == '"') {
            c->at = (size_t)(p + 1 - c->text);
            return true;
        } else if (*p == '\\') {
            problem = json_take_escape(&p, end, &character);
            if (!problem)
                utf8_append(out, character);
        } else {
            problem = (unsigned char)*p < 0x20 ? "a control character in a string must be escaped" : NULL;
        }
        if (problem) {
            out->len = base;
            return fail(c, p, problem);
        }
    }
}

bool json_take_text(struct json_cursor *c, struct buffer *scratch, const char **text, size_t *len)
{
    const char *end = c->text + c->len;
    const char *from, *p;
    size_t used = 1;

    if (json_look(c) != '"')
        return fail(c, c->text + c->at, "expected a string");
    from = p = c->text + c->at + 1;
    while (used) {
        p = json_skip_plain(p, end, true);
        used = p < end && (unsigned char)*p >= 0x80 ? utf8_length(p, (size_t)(end - p)) : 0;
        p += used;
    }
    if (p < end && *p == '"') {
        *text = from;
        *len = (size_t)(p - from);
        c->at = (size_t)(p + 1 - c->text);
        return true;
    }
    buffer_clear(scratch);
    if (!json_take_string(c, scratch))
        return false;
    *text = buffer_string(scratch);
    *len = scratch->len;
    return true;
}
