/* Which rows of two tables are the same though their ids differ, by what they hold. Private to flow. */
#ifndef SIMULARK_FLOW_ROW_MATCHER_H
#define SIMULARK_FLOW_ROW_MATCHER_H

#include "id_map.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stdbool.h>
#include <stddef.h>

struct row_matcher; /* of one table */

struct row_matcher *row_matcher_new(const struct table *table);
void row_matcher_free(struct row_matcher *m);

/* Takes note of a row of one side (0 or 1). Its references must be comparable with those of the other side: mapped, as far as
 * the rows they hold have been matched. */
void row_matcher_add(struct row_matcher *m, size_t side, const struct shape *shape, const struct row *row);

/* Matches, in rounds: same id, same content, then by less and less that is the same; among equals in order of time. Adds what
 * the second side's ids stand for to the map. */
void row_matcher_run(struct row_matcher *m, struct id_map *map);

/* Whether the row noted as number `row` of its side was matched. */
bool row_matcher_has(const struct row_matcher *m, size_t side, size_t row);

#endif
