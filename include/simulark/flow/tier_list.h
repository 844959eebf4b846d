/* The tiers of a database, as people are told of them. */
#ifndef SIMULARK_FLOW_TIER_LIST_H
#define SIMULARK_FLOW_TIER_LIST_H

#include "simulark/base/error.h"
#include "simulark/pg/tiers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed it is empty; the caller releases it. */
struct tier_list {
    struct listed_tier {
        const struct tier *tier; /* in `tiers` */
        char *title;             /* the name to show; NULL: it has none */
        bool available;          /* whether users can take it */
        int64_t users;           /* that have it */
    } *entries;                  /* by number */
    size_t count;
    struct tiers tiers;
    struct error problems; /* a detail for each malformed tier, which is left out */
};

/* Reads all, in a transaction of its own; or the one of this name: there a malformed one is STATUS_REFUSED, and none
 * STATUS_CONFLICT. A database without their table is STATUS_CONFLICT, too. */
bool tier_list_read(struct pg *pg, const char *name, struct tier_list *list, struct error *err);
void tier_list_release(struct tier_list *list);

#endif
