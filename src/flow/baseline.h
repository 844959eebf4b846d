/* Whether what an import replaces is still as the bundle's export, or an earlier import of it, left it, or is what comes in
 * already. Private to flow.
 *
 * The database remembers in audit_logs, under the bundle's digest, what each project's rows added up to when it gave them or
 * took them. Where it does, only that counts, whatever the clocks and triggers of the instance say: a transaction that began
 * before the export and committed after it is seen, and so is a row that was deleted. Where it does not (the bundle is of
 * another instance, or its export could not be noted), the times decide. The bundle's seal comes last, so what was found out
 * about each project is kept until then. All rows of it are locked, so that it is so until the end. */
#ifndef SIMULARK_FLOW_BASELINE_H
#define SIMULARK_FLOW_BASELINE_H

#include "simulark/base/buffer.h"
#include "simulark/flow/project_sums.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/connection.h"

struct baseline_project {
    char id[UUID_TEXT + 1];
    char *name;
    char *changed_at; /* by the times; NULL: it was not */
};

/* A zeroed struct with pg set is ready; the owner releases it. */
struct baseline {
    struct pg *pg;
    const struct manifest *manifest; /* of what comes in */
    const struct catalog *catalog;
    struct project_sums found; /* of the projects as they were there */
    const struct project_sums *coming; /* of those that come in; NULL: nobody adds them up. Borrowed. */
    struct baseline_project *projects;
    size_t count;
    size_t capacity;
};

void baseline_release(struct baseline *b);

/* A project that is to be replaced. changed_at is copied, as all is; NULL: by the times it was not. */
void baseline_add(struct baseline *b, const char *id, const char *name, const char *changed_at);

/* Locks and sums up the rows of the projects that were noted (pg/removal.h). */
bool baseline_sum(struct baseline *b, struct error *err);

/* Adds to conflicts, as details, the projects that were changed since the bundle of this digest ("" for none) was made. */
bool baseline_check(struct baseline *b, const char *digest, struct error *conflicts, struct error *err);

#endif
