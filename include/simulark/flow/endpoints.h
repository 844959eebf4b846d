/* The ends and filters of pipelines. What each gives and takes is the stream's contract; see flow/stream.h. Those of a subject
 * with more to it stand in its header: rules.h, ids.h, signature.h, parcels.h, usage.h, summary.h, template.h.
 *
 * Constructors return NULL and fill *err where opening fails. A source or sink borrows the connection it works on. */
#ifndef SIMULARK_FLOW_ENDPOINTS_H
#define SIMULARK_FLOW_ENDPOINTS_H

#include "simulark/flow/people.h"
#include "simulark/flow/progress.h"
#include "simulark/flow/report.h"
#include "simulark/flow/rules.h"
#include "simulark/flow/stream.h"
#include "simulark/format/age.h"
#include "simulark/format/limits.h"
#include "simulark/format/package.h"
#include "simulark/format/picture.h"
#include "simulark/model/findings.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/select.h"

#include <stdbool.h>

/* ---- sources ---- */

/* Rows of a database, from one snapshot. */
struct source *source_database(struct pg *pg, const struct selection *selection);

/* The same, to be run twice: the second time it gives the same snapshot again. */
struct source *source_database_twice(struct pg *pg, const struct selection *selection);

/* What a bundle is, beyond its rows. */
struct bundle_info {
    const struct age_keys *keys; /* the caller's: what opens it where it is encrypted; NULL: nothing */
    bool encrypted;              /* it was; also told where no key opened it */
    enum container container;
    const char *const *ignored; /* files of a directory that were left alone, NULL-ended; NULL: none */
};

/* Rows of a bundle: "-" is standard input. info is valid while the source lives. */
struct source *source_bundle(const char *path, const struct limits *limits, struct bundle_info *info, struct error *err);

/* What readings of one bundle share. A zeroed struct is ready for the first. */
struct rereading {
    bool begun;
    int64_t now; /* seconds */
    struct uuid secret;
};

/* The same for a bundle that is opened several times, one after another: ids and times that its rows leave out are the same
 * each time, and standard input is kept in a scratch file. */
struct source *source_bundle_again(const char *path, const struct limits *limits, struct rereading *shared,
                                   struct bundle_info *info, struct error *err);

/* The same without most of an archive's rows: header, contexts, projects, graphs, seal. For looking, not for checking. */
struct source *source_bundle_outline(const char *path, const struct limits *limits, struct bundle_info *info,
                                     struct error *err);

/* The same, but what is wrong becomes a finding wherever it can be told where to go on: a row, a part of a package. */
struct source *source_bundle_lenient(const char *path, const struct limits *limits, struct findings *findings,
                                     struct bundle_info *info, struct error *err);

/* How a bundle is read. */
struct reading {
    const struct limits *limits;
    bool outline;              /* the rows behind graphs are passed over unread */
    struct findings *findings; /* NULL: the first thing that is wrong ends the stream */
    const struct rereading *shared; /* NULL: what rows leave out is made anew */
    const char *signature;          /* of a document: what stands beside it; NULL: nothing */
};

/* The two they open; in is taken over. */
struct source *source_document(struct input *in, enum container container, const struct reading *how);
struct source *source_package(struct package_reader *package, struct input *in, const struct reading *how);

/* ---- sinks ---- */

struct bundle_options {
    enum container container;
    enum encoding encoding; /* of the rows in a package; a document's own is its container's */
    bool force;             /* replace what is there */
    const struct age_recipients *encrypt_to; /* NULL: nobody; it is written in clear */
    int64_t epoch;          /* seconds: created_at and the time of entries (SOURCE_DATE_EPOCH); -1: the header's created_at */
};

/* A bundle under path; "-" is standard output (documents and archives). *report tells what was written. */
struct sink *sink_bundle(const char *path, const struct bundle_options *options, struct bundle_report *report,
                         struct error *err);

/* Rows go into a database, in one transaction that ends with finish. */
struct import_options {
    enum on_conflict { CONFLICT_FAIL, CONFLICT_SKIP, CONFLICT_REPLACE, CONFLICT_COPY } on_conflict;
    bool new_ids;          /* ids were derived from the bundle: what is there already is the same, brought in before */
    bool force;            /* replace even what was changed after the export */
    bool disable_triggers; /* of people's own, while rows come in */
    bool allow_altered;    /* rows may become something else by triggers or other types */
    bool parcel;           /* one of many imports of a bundle: one that changes nothing leaves no receipt */
    bool dry_run;          /* roll back at the end */
    const char *file_name; /* of the bundle, without its folder, for the audit log */
    struct rules *rules;   /* who acts; NULL: an operator, without rules */
    const char *action;    /* in the audit log; NULL: import */
    json_t *details;       /* more of it there; NULL: none */
};

struct sink *sink_database(struct pg *pg, const struct import_options *options, struct people *people,
                           struct import_report *report);

/* Keeps nothing; what is wrong with the rows, ids, references and header becomes findings. source: where the rows come from. */
struct sink *sink_check(const struct source *source, bool archive, struct findings *findings);

/* ---- filters; each takes over next ---- */

/* Counts and digests the rows, compares them with what the bundle claims, and passes on the seal they really have. With
 * `sealed` a digest that differs is an error; else *report says that the bundle was edited. */
struct sink *filter_seal(struct sink *next, bool sealed, struct seal_report *report);

/* The same, but what differs is told to findings, each table and asset by name, and the stream goes on. */
struct sink *filter_seal_findings(struct sink *next, bool sealed, struct seal_report *report, struct findings *findings);

/* Matches people when the header comes, and puts the database's user ids in place of the bundle's. */
struct sink *filter_people(struct sink *next, struct people *people);

/* Leaves out columns that the target lacks, and names them in the report; keys and references are not left out. */
struct sink *filter_columns(struct sink *next, struct pg *target, struct import_report *report);

/* Takes projects in as not public. */
struct sink *filter_private(struct sink *next);

/* Calls back now and then, and at the end of each table and of all. */
struct sink *filter_progress(struct sink *next, progress_tick_fn *tick, void *context);

/* ---- sources around a source; each takes over inner ---- */

/* The same rows in key order, of a bundle that people may have edited; counted, where the header counts nothing. Rows of the
 * same key keep their order. A table is kept (in a scratch file, where it is large) before its first row is given; a bundle
 * without counts is read whole before its header is given. Archives and databases are in order already. */
struct source *source_settled(struct source *inner);

/* What filter_seal does, for those who pull. */
struct source *source_checked(struct source *inner, bool sealed);

/* What filter_progress does, for those who pull; all is never told to be done, as nothing is pulled behind the trailer. */
struct source *source_progress(struct source *inner, progress_tick_fn *tick, void *context);

/* The last sink of who only wants to know what filters find. */
struct sink *sink_nothing(void);

/* ---- pictures ---- */

#define RENDER_NODES 20000 /* the largest graph that is drawn */
#define RENDER_EDGES 100000

struct render_options {
    const char *graph; /* id or name; NULL: the first by name */
    enum picture picture;
    enum theme theme;
    bool force; /* replace what is there */
};

/* A zeroed struct is ready; the caller releases it. */
struct render_report {
    char *graph; /* its name as it stands in the table */
    char *title; /* the same without control characters, for people */
    char *id;
    size_t graphs; /* that there were to choose from */
    size_t nodes, edges;
    size_t dangling; /* edges left out because a node is missing */
    int64_t bytes;
};

void render_report_release(struct render_report *report);

/* A picture of one graph of the bundle under path; "-" is standard output. A name that matches no graph or several is
 * STATUS_CONFLICT with the graphs as details. Keeps that graph's nodes and edges in memory, as far as needed. */
struct sink *sink_render(const char *path, const struct render_options *options, struct render_report *report,
                         struct error *err);

#endif
