/* The ends and filters of pipelines. What each gives and takes is the stream's contract; see flow/stream.h.
 *
 * Constructors return NULL and fill *err where opening fails. A source or sink borrows the connection it works on. */
#ifndef SIMULARK_FLOW_ENDPOINTS_H
#define SIMULARK_FLOW_ENDPOINTS_H

#include "simulark/flow/report.h"
#include "simulark/flow/stream.h"
#include "simulark/format/limits.h"
#include "simulark/format/package.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/select.h"

#include <stdbool.h>

/* ---- sources ---- */

/* Rows of a database, from one snapshot. */
struct source *source_database(struct pg *pg, const struct selection *selection);

/* What a bundle is, beyond its rows. */
struct bundle_info {
    enum container container;
    const char *const *ignored; /* files of a directory that were left alone, NULL-ended; NULL: none */
};

/* Rows of a bundle: "-" is standard input. info is valid while the source lives. */
struct source *source_bundle(const char *path, const struct limits *limits, struct bundle_info *info, struct error *err);

/* The same without most of an archive's rows: header, contexts, projects, graphs, seal. For looking, not for checking. */
struct source *source_bundle_outline(const char *path, const struct limits *limits, struct bundle_info *info,
                                     struct error *err);

/* The two they open; in is taken over. With `outline` the rows behind graphs are passed over unread. */
struct source *source_document(struct input *in, enum container container, const struct limits *limits);
struct source *source_package(struct package_reader *package, const struct limits *limits, bool outline);

/* ---- sinks ---- */

struct bundle_options {
    enum container container;
    enum encoding encoding; /* of the rows in a package; a document's own is its container's */
    bool force;             /* replace what is there */
    int64_t epoch;          /* seconds: created_at and the time of entries (SOURCE_DATE_EPOCH); -1: the header's created_at */
};

/* A bundle under path; "-" is standard output (documents and archives). *report tells what was written. */
struct sink *sink_bundle(const char *path, const struct bundle_options *options, struct bundle_report *report,
                         struct error *err);

/* Rows go into a database, in one transaction that ends with finish. */
struct import_options {
    enum on_conflict { CONFLICT_FAIL, CONFLICT_SKIP, CONFLICT_REPLACE } on_conflict;
    bool force;            /* replace even what was changed after the export */
    bool dry_run;          /* roll back at the end */
    const char *file_name; /* of the bundle, without its folder, for the audit log */
};

struct sink *sink_database(struct pg *pg, const struct import_options *options, struct import_report *report);

/* ---- filters; each takes over next ---- */

/* Counts and digests the rows, compares them with what the bundle claims, and passes on the seal they really have. With
 * `sealed` a digest that differs is an error; else *report says that the bundle was edited. */
struct sink *filter_seal(struct sink *next, bool sealed, struct seal_report *report);

/* Gives user ids their place in the target: everything to `owner` (an id or e-mail; NULL: nobody in particular), or each to the
 * person of the same id, else of the same e-mail. Whoever matches nobody stops the import, all of them named. */
struct sink *filter_people(struct sink *next, struct pg *pg, const char *owner);

/* Calls back for each row, for progress. */
struct sink *filter_progress(struct sink *next, void (*tick)(void *context, const struct shape *shape, int64_t rows),
                             void *context);

/* ---- sources around a source; each takes over inner ---- */

/* The same rows in key order, of a bundle that people may have edited; counted, where the header counts nothing. Rows of the
 * same key keep their order. A table is kept (in a scratch file, where it is large) before its first row is given; a bundle
 * without counts is read whole before its header is given. Archives and databases are in order already. */
struct source *source_settled(struct source *inner);

/* What filter_seal does, for those who pull. */
struct source *source_checked(struct source *inner, bool sealed);

#endif
