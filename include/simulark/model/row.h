/* A row is text cells, as PostgreSQL's COPY text format carries them once its escapes are undone.
 *
 * Cells are borrowed: they live until the next row is asked of whoever gave them. */
#ifndef SIMULARK_MODEL_ROW_H
#define SIMULARK_MODEL_ROW_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell {
    const char *text; /* not NUL-ended; NULL: SQL NULL */
    size_t len;
};

struct row {
    const struct cell *cells; /* one for each column of the table announced */
    size_t ncells;
    /* The same row as one line of COPY text, newline included, where somebody has it already; else NULL. Whoever changes a
     * cell sets it to NULL. */
    const char *copy;
    size_t copy_len;
    int64_t number; /* which of its table's rows it is, from 1 on, as the stream's source gives them; set by stream_run */
};

/* Room for rows that are another's but for some cells. A zeroed struct is ready; the owner releases it. */
struct row_edit {
    struct cell *cells;
    size_t capacity;
};

/* A copy of the row whose cells may be changed, in edit->cells; valid until the next. Its line of COPY text is still the given
 * one's. */
struct row row_edit_begin(struct row_edit *edit, const struct row *given);
void row_edit_release(struct row_edit *edit);

/* Collects the cells of one row after another in memory that is used again for each: its text may move while the row
 * grows, so the cells are known only at the end. A zeroed struct is ready; the owner releases it. */
struct row_builder {
    struct buffer text;
    struct cell *cells;
    size_t *starts; /* offset of each cell in text */
    size_t capacity;
    size_t ncells;
};

#define CELL_UNSET ((size_t)-1) /* length of a cell nobody has given yet */

void row_builder_begin(struct row_builder *b, size_t ncells); /* forgets the row before; all cells unset */
/* A cell's text is appended to b->text between these two. */
void row_builder_open(struct row_builder *b, size_t cell);
void row_builder_close(struct row_builder *b, size_t cell);
void row_builder_put(struct row_builder *b, size_t cell, const char *text, size_t len); /* text NULL: SQL NULL */
bool row_builder_is_set(const struct row_builder *b, size_t cell);
/* A cell as it is so far, valid until the next is put; one that is not set is as one that is NULL. */
struct cell row_builder_cell(const struct row_builder *b, size_t cell);
/* The finished row, valid until the next begin; cells never set are SQL NULL. */
struct row row_builder_end(struct row_builder *b);
void row_builder_release(struct row_builder *b);

#endif
