/* Values as text: from what people and other programs write to what PostgreSQL writes. Pure. */
#ifndef SIMULARK_MODEL_VALUE_H
#define SIMULARK_MODEL_VALUE_H

#include "simulark/base/buffer.h"
#include "simulark/model/table.h"

#include <stdbool.h>
#include <stdint.h>

/* What C's isspace() takes for space, and so PostgreSQL around a value, and its array_isspace(). */
static inline bool value_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Appends the text PostgreSQL would write (time zone UTC, date style ISO) for `text` read as this type: uuids in lower case,
 * `t` and `f`, `2026-11-23 10:00:00+00` for `2026-11-23T11:00:00+01:00`. Text that is in that form already comes out
 * unchanged. Where PostgreSQL would refuse the text, returns false and points *problem to what a value of the type must be
 * ("is not a uuid"). Types that need no checking (text, jsonb, arrays, other) are copied. */
bool value_canonical(enum type type, const char *text, size_t len, struct buffer *out, const char **problem);

#define LOCAL_ID_MAX 1000 /* bytes of a template's id that is no uuid */

/* Appends the text PostgreSQL's jsonb writes for a JSON number: no exponent, sign of zero lost, scale kept (`1.50`).
 * False and *problem where it is beyond numeric's range. The text must be a number by JSON's grammar. */
bool number_canonical(const char *text, size_t len, struct buffer *out, const char **problem);

/* The types with an arithmetic of their own; text without space around it. */
bool numeric_canonical(const char *text, size_t len, struct buffer *out, const char **problem);
bool double_canonical(const char *text, size_t len, struct buffer *out, const char **problem);
bool timestamptz_canonical(const char *text, size_t len, struct buffer *out, const char **problem);

/* Microseconds since 2000, PostgreSQL's own count, of a timestamp with its zone (UTC where it names none); the least and the
 * greatest number for -infinity and infinity. False where the text is no timestamp. */
bool timestamptz_instant(const char *text, size_t len, int64_t *microseconds);

/* Append the text PostgreSQL writes for a value, of such an instant in UTC and the ISO style; at most VALUE_TEXT_MAX bytes. */
void timestamptz_append(int64_t microseconds, struct buffer *out);
void double_append(double value, struct buffer *out);
void integer_append(int64_t value, struct buffer *out);

#define VALUE_TEXT_MAX 48

#endif
