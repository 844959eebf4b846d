/* What of a bundle stays out of the database because it is there already: projects, chats of no project, and all that belongs to
 * them. The end of the pipeline decides and adds; the filters before it ask, for what stays out neither counts nor claims
 * anything. */
#ifndef SIMULARK_FLOW_SKIPPED_H
#define SIMULARK_FLOW_SKIPPED_H

#include "simulark/base/uuid_set.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stdbool.h>

/* A zeroed struct is empty; its owner releases it. */
struct skipped {
    struct uuid_set ids[TABLE_COUNT]; /* of projects, chats, and of what rows may belong to among their parts */
    bool any;
};

void skipped_release(struct skipped *skipped);

void skipped_add(struct skipped *skipped, const struct table *table, const struct uuid *id);

/* Whether a row belongs to something that was skipped; then it is remembered, too, where rows may belong to it. */
bool skipped_has(struct skipped *skipped, const struct shape *shape, const struct row *row);

#endif
