/* The inside of JSON strings, for the files that scan and write them. */
#ifndef SIMULARK_FORMAT_JSON_STRING_H
#define SIMULARK_FORMAT_JSON_STRING_H

#include "simulark/base/eight.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_ESCAPE_MAX 6 /* bytes of the longest escape */

/* The escape jsonb writes for a character, and its length; 0 where it stands for itself. */
size_t json_escape(char form[JSON_ESCAPE_MAX], uint32_t character);

/* Reads an escape, a surrogate pair's two as one, from its backslash on. Returns NULL, or what is wrong at *p. */
const char *json_take_escape(const char **p, const char *end, uint32_t *character);

/* The bytes of eight that are a quote, a backslash or a control character, as eight_below tells them. */
static inline uint64_t json_special_bytes(uint64_t eight)
{
    return eight_below(eight, 0x20) | eight_equal(eight, '"') | eight_equal(eight, '\\');
}

/* The first byte that is a quote, a backslash, a control character or, where wanted, not ASCII. */
static inline const char *json_skip_plain(const char *p, const char *end, bool ascii)
{
    for (; end - p >= 8; p += 8) {
        uint64_t eight = eight_load(p);
        uint64_t hits = json_special_bytes(eight) | (ascii ? eight & EIGHT_HIGH : 0);

        if (hits)
            return p + eight_first(hits);
    }
    while (p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\' && !(ascii && (unsigned char)*p >= 0x80))
        p++;
    return p;
}

#endif
