/* The audit trail beside what imports leave: their own receipt, in their transaction. */
#ifndef SIMULARK_FLOW_RECORD_H
#define SIMULARK_FLOW_RECORD_H

#include "simulark/base/error.h"
#include "simulark/flow/report.h"
#include "simulark/pg/connection.h"

#include <jansson.h>
#include <stdbool.h>

struct rules;

/* Notes an export, in a transaction that goes on where that cannot be (a missing table, a role without the right): then not
 * *noted, and *problem says why. */
bool record_export(const struct rules *rules, const struct seal_report *sealed, bool *noted,
                   struct error *problem, struct error *err);

/* The same for one that is done, in a transaction of its own; false where it cannot be noted. */
bool record_export_done(const struct rules *rules, const struct seal_report *sealed, struct error *problem);

/* Notes what was refused, in the open transaction: what was to be done, why not, with all details. */
bool record_refusal(const struct rules *rules, const char *deed, const struct error *refusal, struct error *err);

/* Notes that an operator passed over what the rules say, for the import with this receipt. */
bool record_override(const struct rules *rules, const char *receipt, struct error *err);

/* Notes what was done to a published template, in the open transaction; takes over details. Where there is no audit log, nothing
 * is noted. */
bool record_template(const struct rules *rules, const char *action, const char *id, json_t *details, struct error *err);

/* Notes that the import with this receipt was taken back, in the open transaction; takes over details. */
bool record_undo(struct pg *pg, const char *receipt, json_t *details, struct error *err);

#endif
