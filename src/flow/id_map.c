#include "id_map.h"

#include "simulark/base/memory.h"
#include "simulark/base/uuid.h"
#include "simulark/format/json_ids.h"

#include <stdlib.h>

struct id_pair {
    const struct table *table;
    char *from, *to;
};

static size_t first_slot(const struct id_map *map, const char *text, size_t len)
{
    return (size_t)siphash(text, len, map->key) & (map->nslots - 1);
}

static void put(struct id_map *map, size_t pair)
{
    size_t at = first_slot(map, map->pairs[pair].from, strlen(map->pairs[pair].from));

    while (map->slots[at])
        at = (at + 1) & (map->nslots - 1);
    map->slots[at] = pair + 1;
}

void id_map_add(struct id_map *map, const struct table *table, const struct cell *from, const struct cell *to)
{
    map->pairs = mem_grow(map->pairs, &map->capacity, map->npairs + 1, sizeof *map->pairs);
    map->pairs[map->npairs++] = (struct id_pair){table, mem_strndup(from->text, from->len), mem_strndup(to->text, to->len)};
    if (map->npairs * 2 <= map->nslots) {
        put(map, map->npairs - 1);
        return;
    }
    if (!map->nslots)
        random_bytes(map->key, sizeof map->key);
    free(map->slots);
    map->nslots = map->nslots ? map->nslots * 2 : 64;
    map->slots = mem_alloc(map->nslots * sizeof *map->slots);
    for (size_t i = 0; i < map->npairs; i++)
        put(map, i);
}

void id_map_add_texts(struct id_map *map, const struct table *table, const char *from, const char *to)
{
    id_map_add(map, table, &(struct cell){from, strlen(from)}, &(struct cell){to, strlen(to)});
}

const char *id_map_find(const struct id_map *map, const struct table *table, const char *text, size_t len)
{
    if (!map->nslots)
        return NULL;
    for (size_t at = first_slot(map, text, len); map->slots[at]; at = (at + 1) & (map->nslots - 1)) {
        const struct id_pair *pair = &map->pairs[map->slots[at] - 1];

        if ((!table || pair->table == table) && strncmp(pair->from, text, len) == 0 && !pair->from[len])
            return pair->to;
    }
    return NULL;
}

void id_map_release(struct id_map *map)
{
    for (size_t i = 0; i < map->npairs; i++) {
        free(map->pairs[i].from);
        free(map->pairs[i].to);
    }
    free(map->pairs);
    free(map->slots);
    *map = (struct id_map){0};
}

static void append_json(const struct id_map *map, const char *text, size_t len, struct buffer *out)
{
    size_t taken = 0;
    size_t at = 0;
    size_t from;
    size_t string_len;

    while (json_next_string(text, len, &at, &from, &string_len)) {
        const char *found = string_len == UUID_TEXT ? id_map_find(map, NULL, text + from, UUID_TEXT) : NULL;

        if (!found)
            continue;
        buffer_append(out, text + taken, from - taken);
        buffer_text(out, found);
        taken = from + string_len;
    }
    buffer_append(out, text + taken, len - taken);
}

/* Whose ids a column holds. */
static const struct table *target_of(const struct shape *shape, const struct shape_column *column)
{
    if (strcmp(column->name, "id") == 0)
        return shape->table;
    return column->known && column->known->references ? table_find(column->known->references) : NULL;
}

struct row id_map_row(const struct id_map *map, const struct shape *shape, const struct row *row, struct row_builder *out)
{
    row_builder_begin(out, shape->ncolumns);
    for (size_t i = 0; i < shape->ncolumns; i++) {
        const struct cell *cell = &row->cells[i];
        const struct table *target = target_of(shape, &shape->columns[i]);
        const char *found = target && cell->text ? id_map_find(map, target, cell->text, cell->len) : NULL;

        if (cell->text && shape->columns[i].type == TYPE_JSONB) {
            row_builder_open(out, i);
            append_json(map, cell->text, cell->len, &out->text);
            row_builder_close(out, i);
        } else {
            row_builder_put(out, i, found ? found : cell->text, found ? strlen(found) : cell->len);
        }
    }
    return row_builder_end(out);
}
