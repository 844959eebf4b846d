#include "simulark/model/difference.h"

#include <string.h>

bool ignore_add(unsigned *ignore, const char *name, size_t len)
{
    static const struct {
        const char *name;
        enum ignore set;
    } sets[] = {{"times", IGNORE_TIMES}, {"ids", IGNORE_IDS}, {"versions", IGNORE_VERSIONS}};

    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strlen(sets[i].name) == len && memcmp(sets[i].name, name, len) == 0) {
            *ignore |= sets[i].set;
            return true;
        }
    return false;
}

static bool is_time(const struct shape_column *column)
{
    return strcmp(column->name, "created_at") == 0 || strcmp(column->name, "updated_at") == 0 ||
           (column->type == TYPE_TIMESTAMPTZ && strncmp(column->name, "last_", 5) == 0);
}

bool column_is_ignored(const struct shape_column *column, unsigned ignore)
{
    return ((ignore & IGNORE_TIMES) && is_time(column)) || ((ignore & IGNORE_IDS) && column_names_user(column->known)) ||
           ((ignore & IGNORE_VERSIONS) && strcmp(column->name, "version") == 0);
}

bool cell_equal(const struct cell *a, const struct cell *b)
{
    if (!a->text || !b->text)
        return !a->text && !b->text;
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool cell_is_default(const struct shape_column *column, const struct cell *cell)
{
    const char *text = column->known ? column->known->default_text : NULL;

    if (!text || !cell->text)
        return !text && !cell->text;
    return strlen(text) == cell->len && memcmp(text, cell->text, cell->len) == 0;
}

int shape_name_column(const struct shape *shape)
{
    static const char *const names[] = {"name", "label", "title", "email"};
    int column = -1;

    for (size_t i = 0; i < sizeof names / sizeof *names && column < 0; i++)
        column = shape_column(shape, names[i]);
    return column;
}
