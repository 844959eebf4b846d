/* The filters of pipelines, the sources that stand around a source, and the sinks that keep nothing. What they give and take
 * is the stream's contract; see flow/stream.h. Filters with more to them stand in headers of their own: ids.h, signature.h. */
#ifndef SIMULARK_FLOW_FILTERS_H
#define SIMULARK_FLOW_FILTERS_H

#include "simulark/flow/database.h"
#include "simulark/flow/people.h"
#include "simulark/flow/progress.h"
#include "simulark/flow/report.h"
#include "simulark/flow/rules.h"
#include "simulark/flow/stream.h"
#include "simulark/format/package.h"
#include "simulark/model/findings.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- filters; each takes over next ---- */

/* Counts and digests the rows, compares them with what the bundle claims, and passes on the seal they really have. With
 * `sealed` a digest that differs is an error; else *report says that the bundle was edited. */
struct sink *filter_seal(struct sink *next, bool sealed, struct seal_report *report);

/* The same, but what differs is told to findings, each table and asset by name, and the stream goes on. */
struct sink *filter_seal_findings(struct sink *next, bool sealed, struct seal_report *report, struct findings *findings);

/* Calls back now and then, and at the end of each table and of all. */
struct sink *filter_progress(struct sink *next, progress_tick_fn *tick, void *context);

/* Matches people when the header comes, and puts the database's user ids in place of the bundle's. */
struct sink *filter_people(struct sink *next, struct people *people);

/* Takes projects in as not public. */
struct sink *filter_private(struct sink *next);

/* Leaves out columns that the target lacks, and names them in the report; keys and references are not left out. */
struct sink *filter_columns(struct sink *next, struct pg *target, struct import_report *report);

/* ---- filters that hold the rules; each takes over next. The order of all stands in flow/rules.h ---- */

/* Takes over next, which ends in sink_database. Holds what is brought in against the tiers of those who will own it: what is
 * certain from the header before the first row, and all of it, as the database then has it, before the commit. Every violation
 * is a detail of the error (STATUS_REFUSED): limit, how many there are, how many there would be, where. What was no better before
 * stops nothing.
 * Keeps, beside ids of users, some of projects, graphs and chats, and the rest in a scratch file. */
struct sink *filter_rules(struct sink *next, struct rules *rules, struct people *people, const struct import_options *options);

/* How an export by a user is counted and noted. */
struct meter_options {
    const struct seal_report *sealed; /* filled in once the trailer has come */
    bool *audited;                    /* whether the audit log has it; */
    struct error *problem;            /* … why not, where there is one */
};

/* Takes over next, the sink of a bundle. Where a user acts it counts the export when it finishes: an export that fails costs
 * nothing, and two cannot both take the last place. */
struct sink *filter_meter(struct sink *next, struct rules *rules, const struct meter_options *options);

/* Takes over next, which begins with filter_rules. Where everything goes to one user: a project with a graph that the database
 * knows as that of a premium template, or of a project made of one, gets back the lineage it lacks, before the rules look; so
 * does a project that was there before and gets such a graph. All that its graphs tell goes into rules->lineages. Bundles with
 * more text of graphs than LINEAGE_BYTES are not looked through. */
struct sink *filter_lineage(struct sink *next, struct rules *rules, const struct people *people);
#define LINEAGE_BYTES ((size_t)16 << 20)

/* Takes over next, which begins with filter_people. Where a user acts: refuses what no user may bring in (tiers, templates, audit
 * logs, usage) and other people's accounts and API keys. */
struct sink *filter_claims(struct sink *next, struct rules *rules);

/* ---- sources around a source; each takes over inner ---- */

/* The same rows in key order, of a bundle that people may have edited; counted, where the header counts nothing. Rows of the
 * same key keep their order. A table is kept (in a scratch file, where it is large) before its first row is given; a bundle
 * without counts is read whole before its header is given. Archives and databases are in order already. */
struct source *source_settled(struct source *inner);

/* The same rows, read ahead by a thread: some 2 MiB of a table, or one row that is larger. place tells nothing. The inner source
 * must not wait for others (bundle_info.at_hand), or an interruption would have to wait for them, too; until this one is freed
 * nobody else may touch it. */
struct source *source_prefetch(struct source *inner);

/* The rows of a bundle as they are to be counted or compared: an archive's, which are in order and must match their seal, or
 * those of a working copy, settled and checked. */
struct source *source_orderly(struct source *inner, enum container container);

/* What filter_progress does, for those who pull; all is never told to be done, as nothing is pulled behind the trailer. */
struct source *source_progress(struct source *inner, progress_tick_fn *tick, void *context);

/* ---- sinks that keep nothing ---- */

/* Keeps nothing; what is wrong with the rows, ids, references and header becomes findings. source: where the rows come from. */
struct sink *sink_check(const struct source *source, bool archive, struct findings *findings);

/* The last sink of who only wants to know what filters find. */
struct sink *sink_nothing(void);

#endif
