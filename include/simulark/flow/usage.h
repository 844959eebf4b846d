/* What a user has of what their tier allows, and what a bundle would add to it. */
#ifndef SIMULARK_FLOW_USAGE_H
#define SIMULARK_FLOW_USAGE_H

#include "simulark/base/error.h"
#include "simulark/flow/stream.h"
#include "simulark/model/tier.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>
#include <stdint.h>

struct usage {
    char *user; /* id */
    char *email;
    char *tier;
    bool active;
    struct usage_limit {
        int64_t limit;   /* UNLIMITED: none */
        int64_t current; /* of what is counted in each project, graph or chat: the largest */
        char *where;     /* … that one's name; NULL for what is counted for the user, and where there is none */
    } limits[LIMIT_COUNT];
};

/* Reads it in a transaction of its own. A zeroed struct is ready; the caller releases it. Nobody of this id or e-mail, or
 * several, is STATUS_CONFLICT. */
bool usage_read(struct pg *pg, const char *id_or_email, struct usage *usage, struct error *err);
void usage_release(struct usage *usage);

/* What a bundle holds, counted like a limit: in all, or in its largest project, graph or chat. */
struct needs {
    int64_t counts[LIMIT_COUNT]; /* of those a month: the one that bringing it in takes */
};

/* Counts rows that come in key order. Keeps nothing else. */
struct sink *sink_needs(struct needs *needs);

/* How much of the limit is left; UNLIMITED where there is none. */
int64_t usage_remaining(const struct usage *usage, enum limit limit);
/* What there would be with what the bundle brings, all of it taken as new: what is counted in one place (a project, a graph, a
 * chat) is there beside the rest. */
int64_t usage_would_be(const struct usage *usage, const struct needs *needs, enum limit limit);
/* Whether that may be. What was above the limit before may stay there, but not grow. */
bool usage_fits(const struct usage *usage, const struct needs *needs, enum limit limit);

#endif
