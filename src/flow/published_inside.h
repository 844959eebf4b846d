/* What the files about published templates share. Private to flow. */
#ifndef SIMULARK_FLOW_PUBLISHED_INSIDE_H
#define SIMULARK_FLOW_PUBLISHED_INSIDE_H

#include "simulark/flow/published.h"

/* Whether the database has the table (STATUS_CONFLICT). */
bool published_has_table(struct pg *pg, struct error *err);

/* Whether who acts may replace a row or take it back (STATUS_REFUSED). */
bool published_is_theirs(const struct rules *rules, const struct published *p, struct error *err);

#endif
