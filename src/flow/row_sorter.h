/* Rows as COPY lines, kept and given back in order of a key: in memory while they are few, else as sorted runs in a scratch
 * file. Rows of the same key stay in the order they came in. Memory is flat. Private to flow. */
#ifndef SIMULARK_FLOW_ROW_SORTER_H
#define SIMULARK_FLOW_ROW_SORTER_H

#include "simulark/base/buffer.h"
#include "simulark/base/error.h"
#include "simulark/model/shape.h"
#include "simulark/pg/copy.h"

#include <stdbool.h>
#include <stddef.h>

struct row_sorter;

/* memory: bytes of rows that are kept before they go to the file. */
struct row_sorter *row_sorter_new(size_t memory);
void row_sorter_free(struct row_sorter *s);

/* key: bytes that row_key_compare puts in order. */
bool row_sorter_add(struct row_sorter *s, const struct buffer *key, const char *line, size_t len, struct error *err);
/* No more rows come; from now on they are given. */
bool row_sorter_end(struct row_sorter *s, struct error *err);

struct sorted_row {
    const char *key;
    size_t key_len;
    const char *line; /* newline included; NULL: that was the last */
    size_t len;
};

/* The row is valid until the next call. */
bool row_sorter_next(struct row_sorter *s, struct sorted_row *row, struct error *err);

/* Its cells, which point into it and into the splitter. */
bool sorted_row_split(const struct sorted_row *kept, const struct shape *shape, struct copy_splitter *splitter, struct row *row,
                      struct error *err);

#endif
