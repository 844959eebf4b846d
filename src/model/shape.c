#include "simulark/model/shape.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

bool shape_is(const struct shape *shape, const char *table)
{
    return table_is(shape->table, table);
}

int shape_column(const struct shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->ncolumns; i++)
        if (strcmp(shape->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

void shape_add_column(struct shape *shape, const char *name, const char *sql_type)
{
    const struct column *known = table_column(shape->table, name);

    shape->columns = mem_realloc(shape->columns, (shape->ncolumns + 1) * sizeof *shape->columns);
    if (!sql_type)
        sql_type = known ? known->sql_type : "text";
    shape->columns[shape->ncolumns++] = (struct shape_column){
        .name = mem_strdup(name),
        .name_len = strlen(name),
        .sql_type = mem_strdup(sql_type),
        .type = type_from_sql(sql_type),
        .known = known,
    };
}

void shape_init_known(struct shape *shape, const struct table *table)
{
    *shape = (struct shape){.table = table, .rows = -1};
    for (size_t i = 0; i < table->ncolumns; i++)
        shape_add_column(shape, table->columns[i].name, NULL);
}

bool shape_column_is_known(const struct shape_column *column)
{
    return column->known && (column->known->type == column->type ||
                             (column->known->type == TYPE_UUID && column->type == TYPE_ID));
}

bool shape_column_is_open(const struct shape_column *column)
{
    return column->type == TYPE_ID && column_names_owner(column->known);
}

void shape_release(struct shape *shape)
{
    for (size_t i = 0; i < shape->ncolumns; i++) {
        free(shape->columns[i].name);
        free(shape->columns[i].sql_type);
    }
    free(shape->columns);
    *shape = (struct shape){0};
}
