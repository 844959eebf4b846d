/* Parents that rows are given to and that the bundle does not hold: somebody's project gets a graph. Found by sorting ids and
 * references, in little memory and a scratch file. Private to flow. */
#ifndef SIMULARK_FLOW_ABSENT_PARENTS_H
#define SIMULARK_FLOW_ABSENT_PARENTS_H

#include "simulark/base/error.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stdbool.h>

struct absent_parents;

/* With `nodes` those that edges lead to are looked for, too. */
struct absent_parents *absent_parents_new(bool nodes);
void absent_parents_free(struct absent_parents *absent);

/* Rows of this table come next. */
void absent_parents_table(struct absent_parents *absent, const struct shape *shape);

/* Takes a row's id and its references. With `stray` the row counts as one that the bundle does not hold: it is told itself. */
bool absent_parents_add(struct absent_parents *absent, const struct row *row, bool stray, struct error *err);

/* Some of them: ids (an array literal) of rows of this table. */
typedef bool absent_parents_fn(void *context, const struct table *table, const char *ids, struct error *err);

/* Tells all of them, table by table, some at a time. To be called once, behind the last row. */
bool absent_parents_tell(struct absent_parents *absent, absent_parents_fn *tell, void *context, struct error *err);

#endif
