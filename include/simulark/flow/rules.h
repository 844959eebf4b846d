/* The rules: tiers, premium templates, ownership, metering, audit. docs/tiers.md tells them to people.
 *
 * A *deed* is done by a user (--as) or by the operator of the database (nobody). Whoever does it, what it adds obeys the tiers of
 * the users it belongs to. A user moreover must be active, needs the deed's feature, has only so many a month, and touches only
 * what is theirs.
 *
 * To put a command that writes under the rules: fill in a struct rules (pg, options), give its address to sink_database in
 * import_options, set people.options.owner to options.as where there is one, and build
 *
 *     [filter_ids] -> filter_claims -> filter_people -> [filter_private] -> [filter_lineage] -> filter_rules
 *         -> [filter_columns] -> sink_database
 *
 * When the stream fails, call rules_note_refusal. A template that is used is named in the header's `requires`: then it is refused
 * before the first row where it is premium and the owner's tier lacks premium_templates. */
#ifndef SIMULARK_FLOW_RULES_H
#define SIMULARK_FLOW_RULES_H

#include "simulark/base/error.h"
#include "simulark/base/uuid.h"
#include "simulark/flow/people.h"
#include "simulark/flow/report.h"
#include "simulark/flow/skipped.h"
#include "simulark/flow/stream.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/rules.h"

#include <jansson.h>
#include <stdbool.h>

enum deed { DEED_LOOK, DEED_EXPORT, DEED_IMPORT, DEED_USE, DEED_PUBLISH };

struct rules_options {
    enum deed deed;
    const char *as;        /* who does it (id or e-mail); NULL: the operator */
    const char *override;  /* why an operator passes over what tiers say; NULL: nobody does */
    bool dry_run;          /* nothing is recorded */
    const char *file_name; /* of the bundle, without its folder, for the audit log; or NULL */
};

/* Zeroed but for pg and options it is ready; the caller releases it. */
struct rules {
    struct pg *pg;
    struct rules_options options;
    struct catalog catalog; /* as it was read in the open transaction */
    struct tiers tiers;
    char user[UUID_TEXT + 1]; /* who acts, once rules_admit has found them; else empty */
    char *email;
    char *tier;
    char *digest;    /* of the bundle, as far as it is known */
    json_t *overridden; /* array of what would have been refused, or NULL */
    struct skipped skipped;
    char *lineages; /* by their graphs: an object with a list of lineages for each project; NULL: none */
};

void rules_release(struct rules *rules);

/* Finds who acts (options.as), their tier, and whether they are active, in the open transaction (one that writes, where `lock`),
 * after its catalog has been read into rules->catalog. Nobody or several of this id or e-mail, or a database without tiers, is
 * STATUS_CONFLICT; a malformed tier STATUS_REFUSED. With `lock` their row stays locked. */
bool rules_find_actor(struct rules *rules, bool lock, bool *active, struct error *err);

/* Lets the acting user in, in the same way: there must be exactly one (STATUS_CONFLICT), active, of a tier with the deed's
 * feature, and with one left this month (STATUS_REFUSED). An operator is always let in. To be called before the others. */
bool rules_admit(struct rules *rules, bool lock, struct error *err);

/* Lets the acting user in before a source is opened, in a transaction of its own. What is counted cannot be done on a read-only
 * standby (STATUS_DATABASE). */
bool rules_admit_early(struct rules *rules, struct error *err);

/* Counts the deed for the acting user, who must have been admitted with `lock` in this transaction; not for operators. */
bool rules_meter(struct rules *rules, struct error *err);

/* Whether who acts may replace or skip a row that is there (one of `existing`, columns as in the shape): operators may; users,
 * where its user_id is theirs, and a chat where its project is, if it is in one. False and *err on failure. */
bool rules_may_touch(const struct rules *rules, const struct shape *shape, const struct pg_result *existing, size_t row,
                     bool *may, struct error *err);

/* Who acts, for audit_logs.user_id; NULL for operators and for no rules. */
const char *rules_actor(const struct rules *rules);
/* Whether who acts may do so with what is this user's (NULL: nobody's): operators may with all, users with their own. */
bool rules_may_act_for(const struct rules *rules, const char *user);
/* Adds to the details of an audit row what the rules know: the reason of an override and what it passed over. */
void rules_add_details(const struct rules *rules, json_t *details);

/* Where *err is a refusal, notes it in the audit log, in a transaction of its own, after rolling back what is open; *err stays as
 * it is. False where it could not be noted. */
bool rules_note_refusal(struct rules *rules, const struct error *err);

#endif
