/* JSON text (RFC 8259): scanned strictly and without a tree, written as PostgreSQL writes jsonb. Pure: bytes in, bytes out.
 *
 * What is accepted is exactly what PostgreSQL's jsonb accepts: no \u0000, no lone surrogates, no invalid UTF-8, numbers
 * within numeric's range; duplicate keys, of which the last one counts. */
#ifndef SIMULARK_FORMAT_JSON_H
#define SIMULARK_FORMAT_JSON_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

#define JSON_MAX_DEPTH 100000 /* nesting of one value; PostgreSQL's own limit (its stack) is lower */
#define JSON_MAX_TEXT ((size_t)0x3fffffff) /* of one value in jsonb's form: the longest text PostgreSQL makes */
#define JSON_SAFE_DIGITS 16383 /* of a number; more may be beyond numeric's range */

/* A place in JSON text, and what is wrong there. */
struct json_cursor {
    const char *text;
    size_t len;
    size_t at;           /* next byte; where something is wrong, the offending one */
    const char *problem; /* a phrase such as "expected ':' after a key", set by the function that returned false */
    size_t limit;        /* most bytes json_take_value may make of a value (`1e9999` is short); 0: JSON_MAX_TEXT */
};

static inline bool json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline void json_skip_space(struct json_cursor *c)
{
    while (c->at < c->len && json_is_space(c->text[c->at]))
        c->at++;
}

/* The next byte after white space without taking it; '\0' at the end. */
static inline char json_look(struct json_cursor *c)
{
    json_skip_space(c);
    return c->at < c->len ? c->text[c->at] : '\0';
}

/* Takes this byte after white space; false (without a problem) where something else stands there. */
static inline bool json_take(struct json_cursor *c, char byte)
{
    if (json_look(c) != byte || c->at == c->len)
        return false;
    c->at++;
    return true;
}

/* Takes a string and appends its characters, escapes undone, as UTF-8. */
bool json_take_string(struct json_cursor *c, struct buffer *out);
/* The same, but copies only what must be undone: *text is in the cursor's text, or where there are escapes in `scratch`. */
bool json_take_text(struct json_cursor *c, struct buffer *scratch, const char **text, size_t *len);
/* Takes any value and appends it as jsonb's text: ", " and ": " between, keys sorted by length and then by bytes, the last
 * of equal keys kept, escapes and numbers in jsonb's form. Text in that form already comes out unchanged. On failure `out`
 * is as it was. */
bool json_take_value(struct json_cursor *c, struct buffer *out);
/* Takes any value and gives the range of its text as it stands, checked as strictly. */
bool json_take_raw(struct json_cursor *c, const char **text, size_t *len);

/* Appends a string with quotes, escaped as jsonb escapes it. The text must be valid UTF-8. */
void json_append_string(struct buffer *out, const char *text, size_t len);
/* Appends canonical JSON text on several lines, `indent` spaces deep, two more a level; what fits stays on one line. */
void json_append_pretty(struct buffer *out, const char *canonical, size_t len, size_t indent);

/* Finds where a value ends in text that arrives piece by piece. A zeroed struct is ready. Looks only at brackets and
 * strings; the value is checked when it is taken. */
struct json_extent {
    size_t depth;
    bool started, in_string, escaped, scalar, complete;
};

/* Feeds more text, from the value's first byte on; returns how many bytes of it belong to the value. At complete the value
 * is whole (a number or word: once something else follows it). */
size_t json_extent_feed(struct json_extent *extent, const char *text, size_t len);

#endif
