/* A set of UUIDs: 16 bytes each, at most twice that with the room to grow. A zeroed struct is an empty set. */
#ifndef SIMULARK_BASE_UUID_SET_H
#define SIMULARK_BASE_UUID_SET_H

#include "simulark/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>

struct uuid_set {
    struct uuid *slots;
    bool has_zero; /* the id of all zeros, which marks an empty slot */
    size_t count;
    size_t nslots; /* a power of two, or 0 */
};

void uuid_set_add(struct uuid_set *set, const struct uuid *id);
bool uuid_set_has(const struct uuid_set *set, const struct uuid *id);
void uuid_set_release(struct uuid_set *set);

#endif
