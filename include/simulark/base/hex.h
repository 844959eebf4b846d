/* Hexadecimal digits. */
#ifndef SIMULARK_BASE_HEX_H
#define SIMULARK_BASE_HEX_H

#include "simulark/base/eight.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The value of a digit of any case; -1 for anything else. */
static inline int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The lower-case digits of eight halves of bytes, each in a byte of its own. */
static inline uint64_t hex_digits(uint64_t halves)
{
    uint64_t letters = (halves + EIGHT_ONES * 6) >> 4 & EIGHT_ONES; /* those above nine */

    return halves + EIGHT_ONES * '0' + letters * ('a' - '9' - 1);
}

/* Writes four bytes as eight lower-case digits, all at once: every half of a byte in a byte of its own. Nothing ends them. */
static inline void hex_write_four(const unsigned char bytes[4], char *text)
{
    uint32_t four;
    uint64_t halves;

    memcpy(&four, bytes, sizeof four);
    halves = le32toh(four);
    halves = (halves | halves << 16) & UINT64_C(0x0000FFFF0000FFFF);
    halves = (halves | halves << 8) & UINT64_C(0x00FF00FF00FF00FF);
    halves = (halves >> 4 | halves << 8) & (EIGHT_ONES * 0x0F);
    halves = htole64(hex_digits(halves));
    memcpy(text, &halves, sizeof halves);
}

/* Reads four digits of any case here and four there as four bytes, all at once. False where they are none, and then the bytes are
 * of no meaning: what a digit is worth is written again, and compared. */
static inline bool hex_read_four(const char *here, const char *there, unsigned char bytes[4])
{
    uint64_t digits, halves, pairs;
    uint32_t four, more;

    memcpy(&four, here, sizeof four);
    memcpy(&more, there, sizeof more);
    digits = le32toh(four) | (uint64_t)le32toh(more) << 32;
    digits |= digits >> 1 & EIGHT_ONES * 0x20; /* letters become lower case */
    halves = (digits & EIGHT_ONES * 0x0F) + (digits >> 6 & EIGHT_ONES) * 9; /* 'a' is 0x61 */
    pairs = (halves << 4 | halves >> 8) & UINT64_C(0x00FF00FF00FF00FF);
    pairs = (pairs | pairs >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    four = htole32((uint32_t)(pairs | pairs >> 16));
    memcpy(bytes, &four, sizeof four);
    return hex_digits(halves) == digits && !(halves & EIGHT_ONES * 0xF0);
}

#endif
