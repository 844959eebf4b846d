/* The two kinds of bundle source. Private to flow and its tests; source_bundle chooses. Both take over their input. */
#ifndef SIMULARK_FLOW_BUNDLE_SOURCE_H
#define SIMULARK_FLOW_BUNDLE_SOURCE_H

#include "simulark/base/input.h"
#include "simulark/flow/bundle.h"

/* How a bundle is read. */
struct reading {
    const struct limits *limits;
    bool outline;              /* the rows behind graphs are passed over unread */
    struct findings *findings; /* NULL: the first thing that is wrong ends the stream */
    const struct rereading *shared; /* NULL: what rows leave out is made anew */
    const char *signature;          /* of a document: what stands beside it; NULL: nothing */
};

struct source *source_document(struct input *in, enum container container, const struct reading *how);
struct source *source_package(struct package_reader *package, struct input *in, const struct reading *how);

#endif
