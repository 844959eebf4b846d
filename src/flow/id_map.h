/* Which id stands for which: of rows of one bundle, the ids of what they match in another. Private to flow. */
#ifndef SIMULARK_FLOW_ID_MAP_H
#define SIMULARK_FLOW_ID_MAP_H

#include "simulark/base/buffer.h"
#include "simulark/base/crypto.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"
#include "simulark/model/table.h"

#include <stddef.h>

/* A zeroed struct is an empty map. */
struct id_map {
    struct id_pair *pairs;
    size_t npairs, capacity;
    size_t *slots; /* places in pairs, from 1; 0: empty */
    size_t nslots; /* a power of two, or 0 */
    unsigned char key[SIPHASH_KEY]; /* of the hash, once there are slots: ids are chosen by whoever wrote the bundle */
};

void id_map_add(struct id_map *map, const struct table *table, const struct cell *from, const struct cell *to);
/* The same of NUL-ended texts. */
void id_map_add_texts(struct id_map *map, const struct table *table, const char *from, const char *to);
/* NULL where nothing stands for it. table NULL: of any. */
const char *id_map_find(const struct id_map *map, const struct table *table, const char *text, size_t len);
void id_map_release(struct id_map *map);

/* The row with its id, its references and, in JSON, the strings that are a row's id replaced. Keys stay. */
struct row id_map_row(const struct id_map *map, const struct shape *shape, const struct row *row, struct row_builder *out);

#endif
