/* The inside of JSON strings, for the files that scan and write them. */
#ifndef SIMULARK_FORMAT_JSON_STRING_H
#define SIMULARK_FORMAT_JSON_STRING_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JSON_ESCAPE_MAX 6 /* bytes of the longest escape */

/* The escape jsonb writes for a character, and its length; 0 where it stands for itself. */
size_t json_escape(char form[JSON_ESCAPE_MAX], uint32_t character);

/* Reads an escape, a surrogate pair's two as one, from its backslash on. Returns NULL, or what is wrong at *p. */
const char *json_take_escape(const char **p, const char *end, uint32_t *character);

/* A set high bit for each of eight bytes that is a quote, a backslash or a control character. The first is exact; behind it
 * there may be false ones: a byte below n borrows from the next in x - n. */
static inline uint64_t json_special_bytes(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t quote = eight ^ ones * '"';
    uint64_t backslash = eight ^ ones * '\\';

    return (((eight - ones * 0x20) & ~eight) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & ones * 0x80;
}

/* The first byte that is a quote, a backslash, a control character or, where wanted, not ASCII. */
static inline const char *json_skip_plain(const char *p, const char *end, bool ascii)
{
    for (; end - p >= 8; p += 8) {
        uint64_t eight, hits;

        memcpy(&eight, p, 8);
        eight = le64toh(eight);
        hits = json_special_bytes(eight) | (ascii ? eight & UINT64_C(0x8080808080808080) : 0);
        if (hits)
            return p + (__builtin_ctzll(hits) >> 3);
    }
    while (p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\' && !(ascii && (unsigned char)*p >= 0x80))
        p++;
    return p;
}

#endif
