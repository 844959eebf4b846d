/* Which premium templates a database knows graphs of. Private to flow. */
#ifndef SIMULARK_FLOW_LINEAGE_PRIVATE_H
#define SIMULARK_FLOW_LINEAGE_PRIVATE_H

#include "simulark/base/error.h"
#include "simulark/pg/catalog.h"

#include <jansson.h>

/* The lineages (settings.template of a project) by fingerprint, of those that are graphs of premium templates: as published, as
 * the application keeps its own, or as they were once used. fingerprints: an array literal. In the open transaction. The caller
 * owns it; NULL is an error. */
json_t *lineages_of(struct pg *pg, const struct catalog *catalog, const char *fingerprints, struct error *err);

#endif
