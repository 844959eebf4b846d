/* Bundles as ends of pipelines: documents, directories and archives, whichever a path names.
 *
 * Constructors return NULL and fill *err where opening fails. What flows is the stream's contract; see flow/stream.h. */
#ifndef SIMULARK_FLOW_BUNDLE_H
#define SIMULARK_FLOW_BUNDLE_H

#include "simulark/flow/report.h"
#include "simulark/flow/stream.h"
#include "simulark/format/age.h"
#include "simulark/format/limits.h"
#include "simulark/format/package.h"
#include "simulark/model/findings.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- reading ---- */

/* What a bundle is, beyond its rows. */
struct bundle_info {
    const struct age_keys *keys; /* the caller's: what opens it where it is encrypted; NULL: nothing */
    bool encrypted;              /* it was; also told where no key opened it */
    bool at_hand;                /* a file or a directory: reading it waits for nobody, as reading a pipe may */
    enum container container;
    const char *const *ignored; /* files of a directory that were left alone, NULL-ended; NULL: none */
};

/* Rows of a bundle: "-" is standard input. info is valid while the source lives. */
struct source *source_bundle(const char *path, const struct limits *limits, struct bundle_info *info, struct error *err);

/* What readings of one bundle share. A zeroed struct is ready for the first. */
struct rereading {
    bool begun;
    int64_t now; /* microseconds since 1970 */
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

/* ---- writing ---- */

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

#endif
