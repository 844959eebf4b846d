/* The cells of a row by the names of their columns. A column that the shape lacks counts as NULL. */
#ifndef SIMULARK_MODEL_ROW_CELL_H
#define SIMULARK_MODEL_ROW_CELL_H

#include "simulark/base/uuid.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stdbool.h>

/* Borrowed like the row's. */
struct cell row_cell(const struct row *row, const struct shape *shape, const char *column);

/* A copy, which the caller owns; NULL for NULL. */
char *row_cell_text(const struct row *row, const struct shape *shape, const char *column);
/* The same; "" for NULL. */
char *row_cell_string(const struct row *row, const struct shape *shape, const char *column);

/* False where the cell is NULL or no uuid. */
bool cell_uuid(const struct cell *cell, struct uuid *id);
bool row_uuid(const struct row *row, const struct shape *shape, const char *column, struct uuid *id);

#endif
