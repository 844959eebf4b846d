/* Which premium templates a database knows graphs of. Private to flow. */
#ifndef SIMULARK_FLOW_LINEAGE_PRIVATE_H
#define SIMULARK_FLOW_LINEAGE_PRIVATE_H

#include "simulark/base/error.h"
#include "simulark/pg/catalog.h"

#include <jansson.h>

/* For each of these fingerprints (an array of texts) a list of lineages (settings.template of a project): of all premium
 * templates that have such a graph, as published, as the application keeps its own, or as they were once used; none where one
 * that is not premium was published with it. In the open transaction. The caller owns the object; NULL is an error. */
json_t *lineages_of(struct pg *pg, const struct catalog *catalog, const json_t *fingerprints, struct error *err);

#endif
