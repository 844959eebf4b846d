/* Where a row stands: by its parent's id, then by its own. uuids compare as text, integers as numbers; NULL comes last. */
#ifndef SIMULARK_MODEL_ROW_KEY_H
#define SIMULARK_MODEL_ROW_KEY_H

#include "simulark/base/buffer.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <stddef.h>

/* The columns of a shape that hold the ids. A column that the shape lacks counts as NULL. */
struct row_key {
    int parent, id; /* -1: none */
    enum type parent_type, id_type;
};

struct row_key row_key_of(const struct shape *shape);
/* The same without the parent. */
struct row_key row_key_of_id(const struct shape *shape);

/* Appends bytes that compare as the rows do. */
void row_key_append(const struct row_key *key, const struct row *row, struct buffer *out);

/* Less than, equal to or greater than 0, for two such runs of bytes. */
int row_key_compare(const void *a, size_t a_len, const void *b, size_t b_len);

#endif
