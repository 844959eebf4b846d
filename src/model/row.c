#include "simulark/model/row.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define CELL_NULL ((size_t)-2) /* length of a cell that is SQL NULL, until the row ends */

struct row row_edit_begin(struct row_edit *edit, const struct row *given)
{
    struct row copy = *given;

    edit->cells = mem_grow(edit->cells, &edit->capacity, given->ncells, sizeof *edit->cells);
    memcpy(edit->cells, given->cells, given->ncells * sizeof *edit->cells);
    copy.cells = edit->cells;
    return copy;
}

void row_edit_release(struct row_edit *edit)
{
    free(edit->cells);
    *edit = (struct row_edit){0};
}

void row_builder_begin(struct row_builder *b, size_t ncells)
{
    if (ncells > b->capacity) {
        size_t same = b->capacity;

        b->cells = mem_grow(b->cells, &same, ncells, sizeof *b->cells);
        b->starts = mem_grow(b->starts, &b->capacity, ncells, sizeof *b->starts);
    }
    b->ncells = ncells;
    for (size_t i = 0; i < ncells; i++)
        b->cells[i].len = CELL_UNSET;
    buffer_clear(&b->text);
}

void row_builder_open(struct row_builder *b, size_t cell)
{
    b->starts[cell] = b->text.len;
}

void row_builder_close(struct row_builder *b, size_t cell)
{
    b->cells[cell].len = b->text.len - b->starts[cell];
}

void row_builder_put(struct row_builder *b, size_t cell, const char *text, size_t len)
{
    if (!text) {
        b->cells[cell].len = CELL_NULL;
        return;
    }
    row_builder_open(b, cell);
    buffer_append(&b->text, text, len);
    row_builder_close(b, cell);
}

bool row_builder_is_set(const struct row_builder *b, size_t cell)
{
    return b->cells[cell].len != CELL_UNSET;
}

struct cell row_builder_cell(const struct row_builder *b, size_t cell)
{
    size_t len = b->cells[cell].len;

    if (len == CELL_UNSET || len == CELL_NULL)
        return (struct cell){NULL, 0};
    return (struct cell){b->text.len ? b->text.data + b->starts[cell] : "", len};
}

struct row row_builder_end(struct row_builder *b)
{
    buffer_reserve(&b->text, 1); /* an empty cell of an empty row still needs an address */
    for (size_t i = 0; i < b->ncells; i++) {
        if (b->cells[i].len == CELL_UNSET || b->cells[i].len == CELL_NULL)
            b->cells[i] = (struct cell){NULL, 0};
        else
            b->cells[i].text = b->text.data + b->starts[i];
    }
    return (struct row){.cells = b->cells, .ncells = b->ncells};
}

void row_builder_release(struct row_builder *b)
{
    buffer_release(&b->text);
    free(b->cells);
    free(b->starts);
    *b = (struct row_builder){0};
}
