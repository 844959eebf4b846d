/* The audit trail of what leaves a database. (An import leaves its own receipt, in its transaction.) */
#ifndef SIMULARK_FLOW_RECORD_H
#define SIMULARK_FLOW_RECORD_H

#include "simulark/base/error.h"
#include "simulark/flow/report.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

/* Notes an export that is done. file_name is the bundle's, without its folder. On failure (a read-only standby, a missing
 * table, a role without the right) the export stands; the caller says that it was not noted, and why. */
bool record_export(struct pg *pg, const char *file_name, const struct seal_report *sealed, struct error *err);

#endif
