/* The audit trail beside what imports leave: their own receipt, in their transaction. */
#ifndef SIMULARK_FLOW_RECORD_H
#define SIMULARK_FLOW_RECORD_H

#include "simulark/base/error.h"
#include "simulark/flow/report.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

/* Notes an export that is done. file_name is the bundle's, without its folder; user_id who did it, NULL for the operator. On
 * failure (a read-only standby, a missing table, a role without the right) the export stands; the caller says that it was not
 * noted, and why. */
bool record_export(struct pg *pg, const char *user_id, const char *file_name, const struct seal_report *sealed,
                   struct error *err);

struct rules;

/* Notes what was refused, in the open transaction: what was to be done, why not, with all details. */
bool record_refusal(struct pg *pg, const struct rules *rules, const char *deed, const struct error *refusal, struct error *err);

/* Notes that an operator passed over what the rules say, for the import with this receipt. */
bool record_override(struct pg *pg, const struct rules *rules, const char *receipt, struct error *err);

#endif
