/* A sum of lines that is the same in whatever order they come: for finding out that rows have changed, not for security. */
#ifndef SIMULARK_BASE_SUM_H
#define SIMULARK_BASE_SUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t sum_fold(uint64_t h)
{
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return h ^ h >> 32;
}

/* A hash of 64 bits, eight bytes a step (multiply and fold, as in wyhash). */
static inline uint64_t sum_hash(const char *bytes, size_t len)
{
    uint64_t h = UINT64_C(0x9E3779B97F4A7C15) ^ len;
    uint64_t word;

    for (; len >= sizeof word; bytes += sizeof word, len -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        h = sum_fold(h ^ word);
    }
    if (len) {
        word = 0;
        memcpy(&word, bytes, len);
        h = sum_fold(h ^ word);
    }
    return sum_fold(h);
}

static inline void sum_add(uint64_t *sum, const char *line, size_t len)
{
    *sum += sum_hash(line, len);
}

#endif
