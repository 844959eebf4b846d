/* Hexadecimal digits. */
#ifndef SIMULARK_BASE_HEX_H
#define SIMULARK_BASE_HEX_H

#include <endian.h>
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

/* Writes four bytes as eight lower-case digits, all at once: every half of a byte in a byte of its own. Nothing ends them. */
static inline void hex_write_four(const unsigned char bytes[4], char *text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint32_t four;
    uint64_t halves, letters;

    memcpy(&four, bytes, sizeof four);
    halves = le32toh(four);
    halves = (halves | halves << 16) & UINT64_C(0x0000FFFF0000FFFF);
    halves = (halves | halves << 8) & UINT64_C(0x00FF00FF00FF00FF);
    halves = (halves >> 4 | halves << 8) & (ones * 0x0F);
    letters = (halves + ones * 6) >> 4 & ones; /* those above nine */
    halves = htole64(halves + ones * '0' + letters * ('a' - '9' - 1));
    memcpy(text, &halves, sizeof halves);
}

#endif
