/* What a server would refuse of a cell although it has the form of its type: constraints, ranges, sizes. Pure.
 *
 * Cells are in PostgreSQL's own form, as the readers give them. */
#ifndef SIMULARK_MODEL_CHECK_H
#define SIMULARK_MODEL_CHECK_H

#include "simulark/base/buffer.h"
#include "simulark/model/findings.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stdbool.h>
#include <stddef.h>

/* A zeroed struct is ready; the owner releases its text. */
struct problem {
    enum gravity gravity;
    const char *code;
    struct buffer text; /* a phrase behind the column's name: "must not be null" */
};

/* Bytes of text that fit into a btree or GIN index of PostgreSQL, if they do not compress (measured with PostgreSQL 15). */
#define BTREE_TEXT_MAX 2692
#define GIN_TEXT_MAX 2700

/* Always false, so that a check can end with it. */
bool problem_set(struct problem *problem, enum gravity gravity, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Whether an index on the column holds its text. */
bool column_is_indexed(const struct table *table, const struct column *column);

/* One cell against its column: not null, one of the values, its CHECK, the precision of its type, the room in an index. */
bool check_cell(const struct table *table, const struct shape_column *column, const struct cell *cell, struct problem *problem);

/* A row against the CHECK of its table. */
bool check_row(const struct shape *shape, const struct row *row, struct problem *problem);

#endif
