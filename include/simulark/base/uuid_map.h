/* A map from UUID to UUID, or to number: 32 bytes an entry, at most two thirds more with the room to grow. A zeroed struct is an
 * empty map. */
#ifndef SIMULARK_BASE_UUID_MAP_H
#define SIMULARK_BASE_UUID_MAP_H

#include "simulark/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>

struct uuid_pair {
    struct uuid from, to;
};

struct uuid_map {
    struct uuid_pair *slots; /* one whose `from` is all zeros is empty */
    struct uuid_pair zero;   /* the entry for the id of all zeros */
    bool has_zero;
    size_t count;  /* of entries in slots */
    size_t nslots; /* a power of two, or 0 */
};

static inline bool uuid_map_is_empty(const struct uuid_map *map)
{
    return !map->count && !map->has_zero;
}

void uuid_map_put(struct uuid_map *map, const struct uuid *from, const struct uuid *to); /* replaces */
/* The same of two texts; where one is no uuid, nothing. */
void uuid_map_put_texts(struct uuid_map *map, const char *from, const char *to);
const struct uuid *uuid_map_get(const struct uuid_map *map, const struct uuid *from);    /* NULL: not there */
/* For maps to numbers, which stand in `to`. */
void uuid_map_put_number(struct uuid_map *map, const struct uuid *from, uint64_t number);
uint64_t uuid_map_get_number(const struct uuid_map *map, const struct uuid *from); /* 0: not there */
uint64_t uuid_pair_number(const struct uuid_pair *pair);
/* Puts what stands for an id in its place in a text of UUID_TEXT characters in PostgreSQL's form; false where it is none, or
 * nothing stands for it. */
bool uuid_map_replace(const struct uuid_map *map, char *text);
/* Each entry, in no order: *at is 0 for the first call and kept for the next. NULL after the last. `to` may be changed. */
struct uuid_pair *uuid_map_next(const struct uuid_map *map, size_t *at);
void uuid_map_release(struct uuid_map *map);

#endif
