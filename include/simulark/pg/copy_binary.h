/* COPY's binary format (PostgreSQL's documentation of COPY, "Binary Format", and the send and receive functions of its types):
 * what the server takes with a quarter less work than text, and gives with a third less. Pure. */
#ifndef SIMULARK_PG_COPY_BINARY_H
#define SIMULARK_PG_COPY_BINARY_H

#include "simulark/base/buffer.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"
#include "simulark/pg/copy.h"

#include <stdbool.h>

/* Whether all columns are of types that are known here. The columns in the database must be of exactly these types. */
bool copy_binary_takes(const struct shape *shape);

void copy_binary_begin(struct buffer *out);
/* False, and nothing is appended, where a cell's text is not a value of its type as we know it. */
bool copy_binary_append(struct buffer *out, const struct shape *shape, const struct row *row);
void copy_binary_end(struct buffer *out);

/* What the server sends as one message: a row, behind the stream's beginning where it is the first, or the stream's end. The
 * cells are as PostgreSQL writes the values as text; they point into the message and into the splitter. */
enum copy_found { COPY_ROW, COPY_NO_ROW, COPY_BROKEN };
enum copy_found copy_binary_split(struct copy_splitter *s, const char *message, size_t len, const struct shape *shape,
                                  struct row *row);

#endif
