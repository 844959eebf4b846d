/* What counts as a difference between two cells, and how one is told. Pure. */
#ifndef SIMULARK_MODEL_DIFFERENCE_H
#define SIMULARK_MODEL_DIFFERENCE_H

#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stdbool.h>

/* One place where two values differ. All borrowed, for the call only. */
struct difference {
    const char *path; /* inside a JSON value: "replicas", "nodes[id=api].size", "[2]"; "" for the value itself */
    struct cell from, to; /* inside JSON: its text; text NULL: SQL NULL, or nothing there */
    bool order; /* the same elements in another order: from and to are the lists of their ids */
};

typedef void difference_fn(void *context, const struct difference *difference);

/* What is not to be told. */
enum ignore {
    IGNORE_TIMES = 1,    /* created_at, updated_at, last_… */
    IGNORE_IDS = 2,      /* whose the rows are, and which template they came from */
    IGNORE_VERSIONS = 4, /* version */
};

/* Whether the name of a set ("times", "ids", "versions") is known; adds it to *ignore. len: of the name. */
bool ignore_add(unsigned *ignore, const char *name, size_t len);

bool column_is_ignored(const struct shape_column *column, unsigned ignore);
bool cell_equal(const struct cell *a, const struct cell *b);
/* Whether a row that leaves the column out has this cell. */
bool cell_is_default(const struct shape_column *column, const struct cell *cell);

/* The column that names a row to people (name, label, title, email); -1 where there is none. */
int shape_name_column(const struct shape *shape);

#endif
