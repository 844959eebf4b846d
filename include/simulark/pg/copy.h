/* COPY's text format (PostgreSQL's documentation of COPY, "Text Format") to cells and back. Pure. */
#ifndef SIMULARK_PG_COPY_H
#define SIMULARK_PG_COPY_H

#include "simulark/base/buffer.h"
#include "simulark/model/row.h"

#include <stdbool.h>
#include <stddef.h>

/* Splits lines, one after another, in memory that is used again. A zeroed struct is ready; the owner releases it. */
struct copy_splitter {
    struct cell *cells;
    size_t capacity;
    struct buffer text; /* of cells that had escapes */
};

/* Splits one line (with or without its newline) into exactly ncells cells; they point into the line and into the splitter.
 * row->copy is the line itself where it ends in a newline. False where the line has another number of cells. */
bool copy_split(struct copy_splitter *s, const char *line, size_t len, size_t ncells, struct row *row);
void copy_splitter_release(struct copy_splitter *s);

/* Appends a row as the server's own COPY TO would write it, newline included. */
void copy_append(struct buffer *out, const struct row *row);

/* The row as such a line: its own, or one made in `made`, where it stands until that changes. */
static inline struct cell copy_line(const struct row *row, struct buffer *made)
{
    if (row->copy)
        return (struct cell){row->copy, row->copy_len};
    buffer_clear(made);
    copy_append(made, row);
    return (struct cell){made->data, made->len};
}

#endif
