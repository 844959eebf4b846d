/* What rows of a bundle get that leave columns out: the schema's defaults, ids and times of their own (docs/format.md, "Rows").
 * Private to flow. */
#ifndef SIMULARK_FLOW_ROW_DEFAULTS_H
#define SIMULARK_FLOW_ROW_DEFAULTS_H

#include "simulark/base/buffer.h"
#include "simulark/flow/bundle.h"
#include "simulark/model/manifest.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stdbool.h>
#include <stdint.h>

/* A zeroed struct may be released. */
struct row_defaults {
    struct buffer now;              /* the cell of now(): when the bundle was written, or this moment */
    const struct rereading *shared; /* not begun: there are no other readings */
    uint64_t made;                  /* ids so far */
    const struct table *table;      /* of the row before that named none, … */
    uint64_t nameless;              /* … the how manieth it was there */
    struct buffer content;          /* of such a row */
};

/* Now, in microseconds since 1970. */
int64_t row_defaults_now(void);

/* shared is borrowed. */
void row_defaults_init(struct row_defaults *d, const struct manifest *manifest, const struct rereading *shared);
void row_defaults_release(struct row_defaults *d);

/* Gives the columns that the row leaves out their defaults. False and *lacking where a column has none and may not be NULL. */
bool row_defaults_complete(struct row_defaults *d, struct row_builder *row, const struct shape *shape, const char **lacking);

#endif
