/* What the files about published templates share. Private to flow. */
#ifndef SIMULARK_FLOW_PUBLISHED_INSIDE_H
#define SIMULARK_FLOW_PUBLISHED_INSIDE_H

#include "simulark/flow/published.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/question.h"

/* Whether the database has the table (STATUS_CONFLICT). */
bool published_has_table(const struct catalog *catalog, struct error *err);

/* Asks something of that table, which it says better than the server where there is none, together with the catalog. Releases
 * the question; *answer is the caller's. */
bool published_ask(struct pg *pg, pg_ask_fn *ask, struct pg_question *question, struct catalog *catalog,
                   struct pg_result **answer, struct error *err);

/* Whether who acts may replace a row or take it back (STATUS_REFUSED). */
bool published_is_theirs(const struct rules *rules, const struct published *p, struct error *err);

#endif
