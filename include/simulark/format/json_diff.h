/* In which places two JSON values differ. Pure; the values are walked as text, so numbers keep every digit. */
#ifndef SIMULARK_FORMAT_JSON_DIFF_H
#define SIMULARK_FORMAT_JSON_DIFF_H

#include "simulark/model/difference.h"

#include <stddef.h>

#define JSON_DIFF_DEPTH 64        /* values nested deeper are compared as a whole */
#define JSON_DIFF_ELEMENTS 100000 /* of arrays, listed at one time; of more, index is compared with index */

/* Calls `told` for each place where two texts differ, in the order of the first. Both are in jsonb's form (json_take_value).
 *
 * Members of objects are compared by key. Elements of arrays are compared by their member `id` where all on both sides are
 * objects that have one (a string or number) and no two on one side have the same; else by index, after what is the same at
 * both ends has been left out. Paths join keys with dots; other keys than names stand as ["…"], elements as [2] or [id=x]. */
void json_diff(const char *a, size_t a_len, const char *b, size_t b_len, difference_fn *told, void *context);

#endif
