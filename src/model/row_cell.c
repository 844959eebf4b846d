#include "simulark/model/row_cell.h"

#include "simulark/base/memory.h"

struct cell row_cell(const struct row *row, const struct shape *shape, const char *column)
{
    int at = shape_column(shape, column);

    return at >= 0 && row->cells[at].text ? row->cells[at] : (struct cell){NULL, 0};
}

char *row_cell_text(const struct row *row, const struct shape *shape, const char *column)
{
    struct cell cell = row_cell(row, shape, column);

    return cell.text ? mem_strndup(cell.text, cell.len) : NULL;
}

char *row_cell_string(const struct row *row, const struct shape *shape, const char *column)
{
    struct cell cell = row_cell(row, shape, column);

    return mem_strndup(cell.text ? cell.text : "", cell.len);
}

bool cell_uuid(const struct cell *cell, struct uuid *id)
{
    return cell->text && uuid_parse(id, cell->text, cell->len);
}

bool row_uuid(const struct row *row, const struct shape *shape, const char *column, struct uuid *id)
{
    struct cell cell = row_cell(row, shape, column);

    return cell_uuid(&cell, id);
}
