/* A table as it travels: which columns, in which order, how many rows. A bundle or a database may lack columns of the model's
 * table, and have others. */
#ifndef SIMULARK_MODEL_SHAPE_H
#define SIMULARK_MODEL_SHAPE_H

#include "simulark/model/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One column of a table as this bundle or database has it. */
struct shape_column {
    char *name;
    size_t name_len;
    char *sql_type; /* as format_type() writes it */
    enum type type;
    const struct column *known; /* NULL: a column the model does not know */
};

struct shape {
    const struct table *table;
    struct shape_column *columns;
    size_t ncolumns;
    int64_t rows; /* -1 where nobody has counted (a document written by hand) */
};

/* Whether it is that of the table of this name. */
bool shape_is(const struct shape *shape, const char *table);
/* Whether a column has the type the model gives it. */
bool shape_column_is_known(const struct shape_column *column);
/* Whether a column holds whose a template's rows are: what only the use of it tells. */
bool shape_column_is_open(const struct shape_column *column);
/* The place of a column in a shape; -1 where it is not there. */
int shape_column(const struct shape *shape, const char *name);
/* Adds a column; known ones may leave sql_type NULL. */
void shape_add_column(struct shape *shape, const char *name, const char *sql_type);
/* The shape that has exactly the model's columns. */
void shape_init_known(struct shape *shape, const struct table *table);
void shape_release(struct shape *shape);

#endif
