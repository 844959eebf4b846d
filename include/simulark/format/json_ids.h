/* Ids in JSON text. Pure. */
#ifndef SIMULARK_FORMAT_JSON_IDS_H
#define SIMULARK_FORMAT_JSON_IDS_H

#include "simulark/base/uuid_map.h"

#include <stdbool.h>
#include <stddef.h>

/* The next string of canonical JSON text that is a value, not a key, from *at on, which then stands behind it: where its text
 * begins and how long it is, as it is written between the quotes. False where there is none. */
bool json_next_string(const char *text, size_t len, size_t *at, size_t *from, size_t *string_len);

/* Puts others in place of ids: every string of canonical JSON text (as json_take_value writes it) that is a uuid of the map,
 * in PostgreSQL's form but with letters of any case, becomes the one it stands for, in lower case. The length stays. Keys are
 * left alone, and so is a uuid within a longer string. Whether anything was changed. */
bool json_replace_ids(char *text, size_t len, const struct uuid_map *ids);

#endif
