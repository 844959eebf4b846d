/* Writing documents: the header's fields, tables of rows, assets, the seal, as one JSON or YAML mapping. Pure: everything is
 * appended to a buffer that the caller empties. */
#ifndef SIMULARK_FORMAT_WRITER_H
#define SIMULARK_FORMAT_WRITER_H

#include "simulark/base/buffer.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <jansson.h>
#include <stddef.h>

struct document_writer {
    const struct document_writer_ops *ops;
    const struct shape *shape; /* the table being written */
    bool any;                  /* kept by the ops: a row of it, or no table yet, has been written */
};

struct document_writer_ops {
    void (*header)(struct document_writer *d, struct buffer *out, const json_t *header);
    void (*table)(struct document_writer *d, struct buffer *out);
    void (*row)(struct document_writer *d, struct buffer *out, const struct row *row);
    void (*table_end)(struct document_writer *d, struct buffer *out);
    void (*member)(struct document_writer *d, struct buffer *out, const char *key, const json_t *value); /* assets, seal */
    void (*end)(struct document_writer *d, struct buffer *out);
};

extern const struct document_writer_ops document_writer_json;
extern const struct document_writer_ops document_writer_yaml;

#endif
