#include "simulark/base/uuid_set.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

static bool is_zero(const struct uuid *id)
{
    static const struct uuid zero;

    return memcmp(id, &zero, sizeof zero) == 0;
}

/* Ids may be chosen by whoever wrote the bundle, so all sixteen bytes are mixed (FNV-1a with a final spread). */
static size_t hash(const struct uuid *id)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < sizeof id->bytes; i++)
        h = (h ^ id->bytes[i]) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

/* The slot that holds the id, or the empty one where it belongs. */
static struct uuid *find(const struct uuid_set *set, const struct uuid *id)
{
    size_t at = hash(id) & (set->nslots - 1);

    while (!is_zero(&set->slots[at]) && memcmp(&set->slots[at], id, sizeof *id) != 0)
        at = (at + 1) & (set->nslots - 1);
    return &set->slots[at];
}

static void grow(struct uuid_set *set)
{
    struct uuid_set larger = {.nslots = set->nslots ? set->nslots * 2 : 64, .count = set->count, .has_zero = set->has_zero};

    larger.slots = mem_alloc(larger.nslots * sizeof *larger.slots);
    for (size_t i = 0; i < set->nslots; i++)
        if (!is_zero(&set->slots[i]))
            *find(&larger, &set->slots[i]) = set->slots[i];
    free(set->slots);
    *set = larger;
}

void uuid_set_add(struct uuid_set *set, const struct uuid *id)
{
    struct uuid *slot;

    if (is_zero(id)) {
        set->has_zero = true;
        return;
    }
    if (4 * (set->count + 1) > 3 * set->nslots)
        grow(set);
    slot = find(set, id);
    if (is_zero(slot))
        set->count++;
    *slot = *id;
}

bool uuid_set_has(const struct uuid_set *set, const struct uuid *id)
{
    if (is_zero(id))
        return set->has_zero;
    return set->nslots && !is_zero(find(set, id));
}

void uuid_set_release(struct uuid_set *set)
{
    free(set->slots);
    *set = (struct uuid_set){0};
}
