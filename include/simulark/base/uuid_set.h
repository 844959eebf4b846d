/* A set of UUIDs, kept as a map of each to itself. A zeroed struct is an empty set. */
#ifndef SIMULARK_BASE_UUID_SET_H
#define SIMULARK_BASE_UUID_SET_H

#include "simulark/base/uuid_map.h"

#include <stdint.h>

struct uuid_set {
    struct uuid_map map;
};

static inline void uuid_set_add(struct uuid_set *set, const struct uuid *id)
{
    uuid_map_put(&set->map, id, id);
}

static inline bool uuid_set_has(const struct uuid_set *set, const struct uuid *id)
{
    return uuid_map_get(&set->map, id) != NULL;
}

static inline bool uuid_set_is_empty(const struct uuid_set *set)
{
    return set->map.count == 0 && !set->map.has_zero;
}

static inline size_t uuid_set_count(const struct uuid_set *set)
{
    return set->map.count + set->map.has_zero;
}

/* Each, in no order, as uuid_map_next. */
static inline const struct uuid *uuid_set_next(const struct uuid_set *set, size_t *at)
{
    const struct uuid_pair *pair = uuid_map_next(&set->map, at);

    return pair ? &pair->from : NULL;
}

static inline void uuid_set_release(struct uuid_set *set)
{
    uuid_map_release(&set->map);
}

#endif
