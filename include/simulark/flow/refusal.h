/* Where in its bundle a row stands that a database refused.
 *
 * The server says no long after a row was read, and of what is checked at a table's end it only says which value it is about. So
 * nothing is kept of where rows stand: after a failure the bundle is read once more, up to that row. */
#ifndef SIMULARK_FLOW_REFUSAL_H
#define SIMULARK_FLOW_REFUSAL_H

#include "simulark/base/error.h"
#include "simulark/flow/parcels.h"
#include "simulark/flow/progress.h"
#include "simulark/flow/report.h"
#include "simulark/format/age.h"
#include "simulark/format/limits.h"

/* Where the bundle is, and who is told how far the second reading is. All borrowed. */
struct refused_bundle {
    const char *path;
    const struct limits *limits;
    const struct age_keys *keys;
    struct parcels *parcels; /* that it was cut into; NULL: it was not */
    progress_tick_fn *tick;
    void *context; /* of tick */
};

/* Puts the place of the row before the error, if it is found in the bundle (a pipe is read no second time). A key that stands in
 * it twice is the bundle's fault, whatever the error said: it becomes STATUS_MALFORMED with both places. */
void refusal_locate(const struct refusal *refusal, const struct refused_bundle *bundle, struct error *err);

#endif
