#include "simulark/base/uuid_map.h"

#include "simulark/base/crypto.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

static bool is_zero(const struct uuid *id)
{
    static const struct uuid zero;

    return uuid_equal(id, &zero);
}

/* Ids are chosen by whoever wrote the bundle. A secret of this run keeps them from being chosen to collide. */
static uint64_t secret(void)
{
    static uint64_t value;

    while (!value)
        random_bytes(&value, sizeof value);
    return value;
}

static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9); /* the finalizer of splitmix64 */
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

static size_t hash(const struct uuid *id)
{
    uint64_t halves[2];

    memcpy(halves, id->bytes, sizeof halves);
    return (size_t)mix(mix(halves[0] ^ secret()) ^ halves[1]);
}

/* The slot that holds the id, or the empty one where it belongs. */
static struct uuid_pair *find(const struct uuid_map *map, const struct uuid *id)
{
    size_t at = hash(id) & (map->nslots - 1);

    while (!is_zero(&map->slots[at].from) && !uuid_equal(&map->slots[at].from, id))
        at = (at + 1) & (map->nslots - 1);
    return &map->slots[at];
}

static void grow(struct uuid_map *map)
{
    struct uuid_map larger = *map;

    larger.nslots = map->nslots ? map->nslots * 2 : 64;
    larger.slots = mem_alloc(larger.nslots * sizeof *larger.slots);
    for (size_t i = 0; i < map->nslots; i++)
        if (!is_zero(&map->slots[i].from))
            *find(&larger, &map->slots[i].from) = map->slots[i];
    free(map->slots);
    *map = larger;
}

void uuid_map_put(struct uuid_map *map, const struct uuid *from, const struct uuid *to)
{
    struct uuid_pair *slot = &map->zero;

    if (is_zero(from)) {
        map->has_zero = true;
    } else {
        if (4 * (map->count + 1) > 3 * map->nslots)
            grow(map);
        slot = find(map, from);
        if (is_zero(&slot->from))
            map->count++;
    }
    *slot = (struct uuid_pair){*from, *to};
}

void uuid_map_put_texts(struct uuid_map *map, const char *from, const char *to)
{
    struct uuid known;
    struct uuid other;

    if (uuid_parse_text(&known, from) && uuid_parse_text(&other, to))
        uuid_map_put(map, &known, &other);
}

const struct uuid *uuid_map_get(const struct uuid_map *map, const struct uuid *from)
{
    const struct uuid_pair *slot;

    if (is_zero(from))
        return map->has_zero ? &map->zero.to : NULL;
    slot = map->nslots ? find(map, from) : NULL;
    return slot && !is_zero(&slot->from) ? &slot->to : NULL;
}

static uint64_t number_in(const struct uuid *to)
{
    uint64_t number;

    memcpy(&number, to->bytes, sizeof number);
    return number;
}

void uuid_map_put_number(struct uuid_map *map, const struct uuid *from, uint64_t number)
{
    struct uuid to = {0};

    memcpy(to.bytes, &number, sizeof number);
    uuid_map_put(map, from, &to);
}

uint64_t uuid_map_get_number(const struct uuid_map *map, const struct uuid *from)
{
    const struct uuid *to = uuid_map_get(map, from);

    return to ? number_in(to) : 0;
}

uint64_t uuid_pair_number(const struct uuid_pair *pair)
{
    return number_in(&pair->to);
}

bool uuid_map_replace(const struct uuid_map *map, char *text)
{
    char form[UUID_TEXT + 1];
    const struct uuid *other;
    struct uuid id;

    if (!uuid_parse_usual(&id, text))
        return false;
    other = uuid_map_get(map, &id);
    if (!other)
        return false;
    uuid_format(other, form);
    memcpy(text, form, UUID_TEXT);
    return true;
}

struct uuid_pair *uuid_map_next(const struct uuid_map *map, size_t *at)
{
    while (*at < map->nslots) {
        struct uuid_pair *slot = &map->slots[(*at)++];

        if (!is_zero(&slot->from))
            return slot;
    }
    return (*at)++ == map->nslots && map->has_zero ? (struct uuid_pair *)(uintptr_t)&map->zero : NULL;
}

void uuid_map_release(struct uuid_map *map)
{
    free(map->slots);
    *map = (struct uuid_map){0};
}
