/* New ids for what is brought in: of every row, or of what is there already and comes in beside it.
 *
 * A bundle is then read twice. The first time (into sink_ids) tells its digest and which ids become others; the second time
 * filter_ids puts these in their place: in the rows' ids, in references, and in JSON, in strings that are exactly such an id.
 * Of each of these ids 43 to 85 bytes are kept (and half as much again while the map grows).
 *
 * A new id is the first 16 bytes of SHA-256 over four lines (the bundle's digest, the id of the user everything is given to
 * or nothing, the seed, the old id), with the bits of version 8 and RFC 9562's variant. So a retry makes the same ids, and
 * another seed makes others. Users are matched, and tiers have numbers: theirs stay. */
#ifndef SIMULARK_FLOW_IDS_H
#define SIMULARK_FLOW_IDS_H

#include "simulark/base/digest.h"
#include "simulark/base/uuid_map.h"
#include "simulark/flow/people.h"
#include "simulark/flow/report.h"
#include "simulark/flow/stream.h"

#include <stdbool.h>
#include <stdint.h>

struct id_options {
    enum id_choice {
        IDS_KEEP,
        IDS_NEW,  /* all */
        IDS_COPY, /* of projects and contexts (and chats of no project) that are there already, and of all their parts */
    } choice;
    uint64_t seed;
    const char *list_file; /* gets "table,old,new" of all that changed, once it is done; NULL: none */
    bool force;            /* replace that file */
    bool drop_columns;     /* what the target lacks will be left out */
};

struct id_plan {
    struct id_options options;
    char digest[DIGEST_HEX + 1]; /* of the bundle */
    struct uuid_map ids;         /* old to new; the new ones are known once the owner is */
    bool derived;                /* … and they are */
};

/* A zeroed struct with options set is ready; the caller releases it. */
void id_plan_release(struct id_plan *plan);

/* Whether the bundle must be read into sink_ids first. */
bool id_plan_reads_ahead(const struct id_plan *plan);

/* Fills in the new ids. owner: NULL for none. */
void id_plan_derive(struct id_plan *plan, const struct uuid *owner);

/* Learns from the rows which ids become others. target is asked what is there already, in a transaction of its own. */
struct sink *sink_ids(struct id_plan *plan, struct pg *target);

/* Takes over next, a pipeline that begins with filter_people. Names in the report the old ids of units, and those that are
 * copies, and writes the list. */
struct sink *filter_ids(struct sink *next, struct id_plan *plan, struct people *people, struct import_report *report);

#endif
