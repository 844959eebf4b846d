/* How far a stream has come: what filter_progress tells. */
#ifndef SIMULARK_FLOW_PROGRESS_H
#define SIMULARK_FLOW_PROGRESS_H

#include "simulark/model/shape.h"

#include <stdint.h>

enum progress_stage {
    PROGRESS_BEGUN,      /* the header is there */
    PROGRESS_ROWS,       /* some more rows have gone by */
    PROGRESS_TABLE_DONE, /* the table has ended */
    PROGRESS_FINISHING,  /* all rows have gone by; what makes them stay (commit, rename) comes now and may take time */
    PROGRESS_DONE,
};

struct progress {
    enum progress_stage stage;
    const struct shape *shape; /* the table, or the last one; NULL where there was none */
    int64_t rows;              /* of it */
    int64_t all_rows;          /* of all tables so far */
    int64_t expected;          /* of all tables, as the header counts them; -1 where it does not */
    int64_t bytes;             /* the text of all rows so far */
};

typedef void progress_tick_fn(void *context, const struct progress *progress);

#endif
