/* Reading bundles' text: rows one at a time from JSON Lines, YAML streams, and JSON and YAML documents, in flat memory.
 *
 * Every error is STATUS_MALFORMED (STATUS_FILE for the file itself) and names input, line and column. */
#ifndef SIMULARK_FORMAT_READER_H
#define SIMULARK_FORMAT_READER_H

#include "simulark/base/error.h"
#include "simulark/base/input.h"
#include "simulark/format/limits.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stdbool.h>

/* A run of rows. */
struct rows_reader;

struct rows_reader_ops {
    /* Reads the next row's cells; columns left out stay unset. *more is false at the end, and then there is no row. */
    bool (*row)(struct rows_reader *r, const struct shape *shape, struct row_builder *row, bool *more, struct error *err);
    /* Whether row, which has failed, may be called again: the text tells where the row ends that was wrong, and the next call
     * passes over the rest of it. */
    bool (*may_go_on)(const struct rows_reader *r);
    void (*place)(const struct rows_reader *r, struct buffer *text); /* of the last row: "shop.yaml:41" */
    void (*free)(struct rows_reader *r);
};

struct rows_reader {
    const struct rows_reader_ops *ops;
};

/* JSON Lines: one object a line. YAML stream: one mapping a document. The input stays the caller's. */
struct rows_reader *rows_reader_json_lines(struct input *in, const struct limits *limits);
struct rows_reader *rows_reader_yaml_stream(struct input *in, const struct limits *limits);

/* One mapping of members, some of which are sequences of rows. */
struct document_reader;

struct document_reader_ops {
    /* Goes to the next member; *key is its name, valid until the next call, or NULL at the end, when it has been checked that
     * nothing follows. A member must be taken by value or rows (to the end) before the next. */
    bool (*member)(struct document_reader *d, const char **key, struct error *err);
    /* Appends the member's value as JSON text, canonical or not. */
    bool (*value)(struct document_reader *d, struct buffer *json, struct error *err);
    /* The member's value as rows: a sequence of mappings; null is an empty one. Borrowed; read it to its end. */
    bool (*rows)(struct document_reader *d, struct rows_reader **rows, struct error *err);
    void (*place)(const struct document_reader *d, struct buffer *text); /* of the last member or row */
    void (*free)(struct document_reader *d);
};

struct document_reader {
    const struct document_reader_ops *ops;
};

struct document_reader *document_reader_json(struct input *in, const struct limits *limits);
struct document_reader *document_reader_yaml(struct input *in, const struct limits *limits);

#endif
