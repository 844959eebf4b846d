#include "simulark/base/memory.h"
#include "simulark/flow/summary.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

struct summary_sink {
    struct sink base;
    struct summary *summary;
    const struct shape *shape;
};

static struct summary_sink *self(struct sink *sink)
{
    return (struct summary_sink *)sink;
}

void summary_release(struct summary *summary)
{
    json_decref(summary->header);
    json_decref(summary->seal);
    json_decref(summary->projects);
    json_decref(summary->assets);
    *summary = (struct summary){0};
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct summary *summary = self(sink)->summary;

    (void)err;
    summary->header = manifest_to_json(manifest);
    summary->projects = json_array();
    summary->assets = json_array();
    return true;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    (void)err;
    self(sink)->shape = shape;
    return true;
}

/* A cell as a JSON string, or null. */
static json_t *cell_to_json(const struct shape *shape, const struct row *row, const char *column)
{
    struct cell cell = row_cell(row, shape, column);

    return cell.text ? json_stringn(cell.text, cell.len) : json_null();
}

static void add_graph(struct summary *summary, const struct shape *shape, const struct row *row)
{
    json_t *owner = cell_to_json(shape, row, "project_id");
    size_t i;
    json_t *project;

    json_array_foreach(summary->projects, i, project) {
        if (json_equal(json_object_get(project, "id"), owner))
            json_array_append_new(json_object_get(project, "graphs"), cell_to_json(shape, row, "name"));
    }
    json_decref(owner);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct summary *summary = self(sink)->summary;
    const struct shape *shape = self(sink)->shape;

    (void)err;
    if (shape_is(shape, "projects") && summary->nprojects++ < SUMMARY_PROJECTS)
        json_array_append_new(summary->projects, json_pack("{s:o, s:o, s:[]}", "id", cell_to_json(shape, given, "id"), "name",
                                                           cell_to_json(shape, given, "name"), "graphs"));
    else if (shape_is(shape, "graphs"))
        add_graph(summary, shape, given);
    return true;
}

static bool asset(struct sink *sink, const struct asset *given, struct error *err)
{
    (void)err;
    json_array_append_new(self(sink)->summary->assets,
                          json_pack("{s:s, s:I}", "path", given->path, "bytes", (json_int_t)given->len));
    return true;
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    (void)err;
    self(sink)->summary->seal = seal ? seal_to_json(seal) : NULL;
    return true;
}

static void free_sink(struct sink *sink)
{
    free(self(sink));
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_ignore_table_end,
    .asset = asset,
    .trailer = trailer,
    .finish = sink_ignore_finish,
    .free = free_sink,
};

struct sink *sink_summary(struct summary *summary)
{
    struct summary_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->summary = summary;
    return &s->base;
}
