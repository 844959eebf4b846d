#include "simulark/flow/project_sums.h"

#include "simulark/base/sum.h"
#include "simulark/model/row_cell.h"

#include <inttypes.h>

void project_sums_release(struct project_sums *p)
{
    uuid_map_release(&p->sums);
    uuid_map_release(&p->owners);
}

/* The project a row belongs to. */
static bool project_of(struct project_sums *p, const struct shape *shape, const struct row *row, struct uuid *project)
{
    const char *parent = shape->table->parent;
    const struct uuid *owner;
    struct uuid id;

    if (shape_is(shape, "projects"))
        return row_uuid(row, shape, "id", project);
    if (!parent || !row_uuid(row, shape, parent, project))
        return false;
    if (strcmp(parent, "project_id") == 0) {
        if (row_uuid(row, shape, "id", &id))
            uuid_map_put(&p->owners, &id, project);
        return true;
    }
    owner = uuid_map_get(&p->owners, project);
    if (owner)
        *project = *owner;
    return owner != NULL;
}

void project_sums_add(struct project_sums *p, const struct shape *shape, const struct row *row, const char *line, size_t len)
{
    struct uuid project;
    uint64_t sum;

    if (!project_of(p, shape, row, &project))
        return;
    /* The same line in another table counts otherwise. */
    sum = uuid_map_get_number(&p->sums, &project) + sum_hash(line, len) * (2 * table_index(shape->table) + 1);
    uuid_map_put_number(&p->sums, &project, sum);
}

bool project_sums_get(const struct project_sums *p, const struct uuid *project, struct buffer *text)
{
    bool found = uuid_map_get(&p->sums, project) != NULL;

    if (found)
        buffer_printf(text, "%016" PRIx64, uuid_map_get_number(&p->sums, project));
    return found;
}

json_t *project_sums_to_json(const struct project_sums *p)
{
    json_t *object = json_object();
    const struct uuid_pair *pair;
    char id[UUID_TEXT + 1];
    size_t at = 0;

    while ((pair = uuid_map_next(&p->sums, &at))) {
        uuid_format(&pair->from, id);
        json_object_set_new(object, id, json_sprintf("%016" PRIx64, uuid_pair_number(pair)));
    }
    return object;
}
