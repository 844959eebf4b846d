#include "baseline.h"

#include "simulark/base/memory.h"
#include "simulark/pg/audit.h"
#include "simulark/pg/copy.h"
#include "simulark/pg/removal.h"

#include <stdlib.h>

void baseline_release(struct baseline *b)
{
    for (size_t i = 0; i < b->count; i++) {
        free(b->projects[i].name);
        free(b->projects[i].changed_at);
    }
    free(b->projects);
    project_sums_release(&b->found);
    *b = (struct baseline){0};
}

/* The columns of the bundle that are here. */
static void shape_here(const struct shape *shape, const struct shape *there, struct shape *here)
{
    *here = (struct shape){.table = shape->table};
    for (size_t i = 0; i < shape->ncolumns; i++)
        if (shape_column(there, shape->columns[i].name) >= 0)
            shape_add_column(here, shape->columns[i].name, shape->columns[i].sql_type);
}

static bool add_table(struct baseline *b, const struct shape *shape, struct copy_splitter *splitter, struct error *err)
{
    struct shape here;
    const char *line;
    size_t len;
    bool ok;

    shape_here(shape, catalog_shape(b->catalog, shape->table), &here);
    ok = here.ncolumns == 0 || removal_copy(b->pg, &here, err);
    while (ok && here.ncolumns && (ok = pg_copy_out_row(b->pg, &line, &len, err)) && line) {
        struct row row;

        if (copy_split(splitter, line, len, here.ncolumns, &row))
            project_sums_add(&b->found, &here, &row, line, len);
    }
    shape_release(&here);
    return ok;
}

void baseline_add(struct baseline *b, const char *id, const char *name, const char *changed_at)
{
    b->projects = mem_grow(b->projects, &b->capacity, b->count + 1, sizeof *b->projects);
    b->projects[b->count] = (struct baseline_project){.name = mem_strdup(name),
                                                      .changed_at = mem_strdup_or_null(changed_at)};
    memcpy(b->projects[b->count++].id, id, UUID_TEXT + 1);
}

bool baseline_sum(struct baseline *b, struct error *err)
{
    struct copy_splitter splitter = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < b->manifest->nshapes; i++)
        if (table_is_of_project(b->manifest->shapes[i].table))
            ok = add_table(b, &b->manifest->shapes[i], &splitter, err);
    copy_splitter_release(&splitter);
    return ok;
}

/* ---- the verdict ---- */

/* Nothing is lost where the rows are those that come in, from whoever brought them. */
static bool comes_as_it_is(const struct baseline *b, const struct uuid *id, const char *now)
{
    struct buffer sum = BUFFER_INIT;
    bool same = b->coming && project_sums_get(b->coming, id, &sum) && strcmp(buffer_string(&sum), now) == 0;

    buffer_release(&sum);
    return same;
}

static void check_project(const struct baseline *b, const struct baseline_project *project, const json_t *remembered,
                          struct error *conflicts)
{
    const char *then = json_string_value(json_object_get(remembered, project->id));
    struct buffer now = BUFFER_INIT;
    struct uuid id;
    bool changed = project->changed_at != NULL;

    uuid_parse_text(&id, project->id);
    project_sums_get(&b->found, &id, &now);
    if (then)
        changed = strcmp(buffer_string(&now), then) != 0;
    if (changed && !comes_as_it_is(b, &id, buffer_string(&now)))
        error_detail(conflicts, "the project \"%s\" (%s) was changed in the database after the export%s%s", project->name,
                     project->id, project->changed_at ? ", at " : "", project->changed_at ? project->changed_at : "");
    buffer_release(&now);
}

bool baseline_check(struct baseline *b, const char *digest, struct error *conflicts, struct error *err)
{
    char *text = NULL;
    json_t *remembered;

    if (!b->count)
        return true;
    if (catalog_has(b->catalog, table_find("audit_logs")) && *digest && !audit_recall(b->pg, digest, &text, err))
        return false;
    remembered = text ? json_loads(text, 0, NULL) : NULL;
    for (size_t i = 0; i < b->count; i++)
        check_project(b, &b->projects[i], remembered, conflicts);
    json_decref(remembered);
    free(text);
    return true;
}
