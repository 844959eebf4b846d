/* Eight bytes of text looked at together, in one word whose lowest byte is the first. */
#ifndef SIMULARK_BASE_EIGHT_H
#define SIMULARK_BASE_EIGHT_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EIGHT_ONES UINT64_C(0x0101010101010101)
#define EIGHT_HIGH (EIGHT_ONES * 0x80)

static inline uint64_t eight_load(const char *bytes)
{
    uint64_t eight;

    memcpy(&eight, bytes, sizeof eight);
    return le64toh(eight);
}

/* A set high bit for each byte that is below a limit (at most 0x80), or equal to one. The first is exact; behind it there may be
 * false ones: a byte that is met borrows from the next. */
static inline uint64_t eight_below(uint64_t eight, unsigned char limit)
{
    return (eight - EIGHT_ONES * limit) & ~eight & EIGHT_HIGH;
}

static inline uint64_t eight_equal(uint64_t eight, unsigned char byte)
{
    return eight_below(eight ^ EIGHT_ONES * byte, 1);
}

/* The place of the first byte with a set high bit; there must be one. */
static inline size_t eight_first(uint64_t bits)
{
    return (size_t)__builtin_ctzll(bits) >> 3;
}

#endif
