/* What a bundle says of itself, for people who look at it. */
#ifndef SIMULARK_FLOW_SUMMARY_H
#define SIMULARK_FLOW_SUMMARY_H

#include "simulark/flow/stream.h"

#include <jansson.h>

/* A zeroed struct is ready; the caller releases it. */
struct summary {
    json_t *header;   /* as in the bundle */
    json_t *seal;     /* the one it carries or, behind filter_seal, deserves; NULL: none */
    json_t *projects; /* [{"id", "name", "graphs": [name]}], at most SUMMARY_PROJECTS */
    size_t nprojects; /* of all */
    json_t *assets;   /* [{"path", "bytes"}] */
};

#define SUMMARY_PROJECTS 100

void summary_release(struct summary *summary);

/* Fills the summary from what flows in. */
struct sink *sink_summary(struct summary *summary);

#endif
