/* A bundle in motion. Read this first.
 *
 * Every command is the same pipeline: rows flow from a *source* through *filters* into a *sink*.
 *
 *     stream = header table* asset* trailer
 *     table  = table-begin row* table-end
 *
 * Exactly one header and one trailer, even where nothing is between them. Every table the header names is begun and ended,
 * in that order, even where it is empty. A filter is a sink with a next sink.
 *
 * A source is pulled: source_header once, then source_next until it gives ITEM_TRAILER. A sink is pushed: header, then for
 * each table begin, row …, end, then assets, then trailer, then finish. Finish makes it real: it commits the transaction,
 * renames the file. A sink that is freed without finish leaves nothing behind: it rolls back, it removes.
 *
 * What is passed is borrowed: a row until the next call, the manifest until its source is freed. Freeing a filter frees the
 * sinks behind it. All callbacks are required; a filter passes on what it does not change with sink_pass_header and the
 * like. After a function has returned false only free may follow. */
#ifndef SIMULARK_FLOW_STREAM_H
#define SIMULARK_FLOW_STREAM_H

#include "simulark/base/error.h"
#include "simulark/model/manifest.h"
#include "simulark/model/row.h"
#include "simulark/model/seal.h"

#include <stdbool.h>

/* A file of a template that travels with the rows, whole: README.md, thumbnail.svg. */
struct asset {
    const char *path; /* below assets/ */
    const char *bytes;
    size_t len;
};

enum item_kind { ITEM_TABLE, ITEM_ROW, ITEM_TABLE_END, ITEM_ASSET, ITEM_TRAILER };

struct item {
    enum item_kind kind;
    const struct shape *shape; /* ITEM_TABLE, ITEM_ROW and ITEM_TABLE_END */
    struct row row;            /* ITEM_ROW */
    struct asset asset;        /* ITEM_ASSET */
    const struct seal *seal;   /* ITEM_TRAILER: what the bundle claims to add up to; NULL where it claims nothing */
};

struct source;

struct source_ops {
    bool (*header)(struct source *source, const struct manifest **manifest, struct error *err);
    bool (*next)(struct source *source, struct item *item, struct error *err);
    /* Where the last row came from, for messages: "shop.yaml:41", "data/nodes/000002.jsonl in shop.ark:7". */
    void (*place)(const struct source *source, struct buffer *text);
    void (*free)(struct source *source);
};

struct source {
    const struct source_ops *ops;
};

struct sink;

struct sink_ops {
    bool (*header)(struct sink *sink, const struct manifest *manifest, struct error *err);
    bool (*table)(struct sink *sink, const struct shape *shape, struct error *err);
    bool (*row)(struct sink *sink, const struct row *row, struct error *err);
    bool (*table_end)(struct sink *sink, struct error *err);
    bool (*asset)(struct sink *sink, const struct asset *asset, struct error *err);
    bool (*trailer)(struct sink *sink, const struct seal *seal, struct error *err);
    bool (*finish)(struct sink *sink, struct error *err);
    void (*free)(struct sink *sink);
};

struct sink {
    const struct sink_ops *ops;
    struct sink *next; /* NULL for the last */
};

bool source_header(struct source *source, const struct manifest **manifest, struct error *err);
bool source_next(struct source *source, struct item *item, struct error *err);
void source_place(const struct source *source, struct buffer *text);
void source_free(struct source *source); /* NULL is fine, here and below */

/* What a source puts into its ops where nobody asks for places, as its rows' are told by another. */
void source_place_nothing(const struct source *source, struct buffer *text);

bool sink_header(struct sink *sink, const struct manifest *manifest, struct error *err);
bool sink_table(struct sink *sink, const struct shape *shape, struct error *err);
bool sink_row(struct sink *sink, const struct row *row, struct error *err);
bool sink_table_end(struct sink *sink, struct error *err);
bool sink_asset(struct sink *sink, const struct asset *asset, struct error *err);
bool sink_trailer(struct sink *sink, const struct seal *seal, struct error *err);
bool sink_finish(struct sink *sink, struct error *err);
void sink_free(struct sink *sink);

/* Pushes what a source gave. */
bool sink_push(struct sink *sink, const struct item *item, struct error *err);

/* What a last sink puts into its ops for what does not concern it. */
bool sink_ignore_header(struct sink *sink, const struct manifest *manifest, struct error *err);
bool sink_ignore_table(struct sink *sink, const struct shape *shape, struct error *err);
bool sink_ignore_row(struct sink *sink, const struct row *row, struct error *err);
bool sink_ignore_table_end(struct sink *sink, struct error *err);
bool sink_ignore_asset(struct sink *sink, const struct asset *asset, struct error *err);
bool sink_ignore_trailer(struct sink *sink, const struct seal *seal, struct error *err);
bool sink_ignore_finish(struct sink *sink, struct error *err);
/* And one that takes projects in: only templates have assets. */
bool sink_refuse_asset(struct sink *sink, const struct asset *asset, struct error *err);

/* What a filter puts into its ops for what it does not change. */
bool sink_pass_header(struct sink *sink, const struct manifest *manifest, struct error *err);
bool sink_pass_table(struct sink *sink, const struct shape *shape, struct error *err);
bool sink_pass_row(struct sink *sink, const struct row *row, struct error *err);
bool sink_pass_table_end(struct sink *sink, struct error *err);
bool sink_pass_asset(struct sink *sink, const struct asset *asset, struct error *err);
bool sink_pass_trailer(struct sink *sink, const struct seal *seal, struct error *err);
bool sink_pass_finish(struct sink *sink, struct error *err);

/* Lets everything flow from source to sink, finish included. Ends early, with STATUS_INTERRUPTED or STATUS_TERMINATED, once
 * somebody has asked (base/interrupt.h). Neither end is freed. */
bool stream_run(struct source *source, struct sink *sink, struct error *err);

#endif
