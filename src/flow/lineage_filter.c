#include "lineage.h"
#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/rules.h"
#include "simulark/model/row_cell.h"
#include "simulark/pg/templates.h"

#include <stdlib.h>

/* What a graph is told by: any of them may be another's work as it was. */
enum print { OF_ROWS, OF_ARRAYS, OF_BOTH, PRINTS };

/* A graph that comes in, and whose it is. */
struct known_graph {
    struct gathered gathered;
    char *project;
    char prints[PRINTS][DIGEST_HEX + 1]; /* empty: too small to have one */
};

/* Projects from premium templates, told by their graphs where nothing else tells any more. */
struct lineage_filter {
    struct sink base;
    struct rules *rules;
    const struct people *people;
    bool looking;
    const struct shape *shape;
    struct known_graph *graphs;
    size_t ngraphs, capacity, bytes;
    json_t *index; /* their places by id */
};

static struct lineage_filter *self(struct sink *sink)
{
    return (struct lineage_filter *)sink;
}

static void forget(struct lineage_filter *f)
{
    for (size_t i = 0; i < f->ngraphs; i++) {
        gathered_release(&f->graphs[i].gathered);
        free(f->graphs[i].project);
    }
    free(f->graphs);
    f->graphs = NULL;
    f->ngraphs = f->capacity = 0;
    f->looking = false;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct lineage_filter *f = self(sink);

    f->looking = f->people->options.owner != NULL;
    free(f->rules->lineages);
    f->rules->lineages = NULL;
    return sink_pass_header(sink, manifest, err);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    self(sink)->shape = shape;
    return sink_pass_table(sink, shape, err);
}

static void take_graph(struct lineage_filter *f, const struct row *row)
{
    struct cell nodes = row_cell(row, f->shape, "nodes");
    struct cell edges = row_cell(row, f->shape, "edges");
    struct known_graph *g;
    char *id = row_cell_string(row, f->shape, "id");

    f->graphs = mem_grow(f->graphs, &f->capacity, f->ngraphs + 1, sizeof *f->graphs);
    g = &f->graphs[f->ngraphs];
    *g = (struct known_graph){.project = row_cell_string(row, f->shape, "project_id")};
    items_take_array(&g->gathered.node_array, &nodes);
    items_take_array(&g->gathered.edge_array, &edges);
    json_object_set_new_nocheck(f->index, id, json_integer((json_int_t)f->ngraphs++));
    free(id);
}

static void take_part(struct lineage_filter *f, const struct row *row, bool node)
{
    char *id = row_cell_string(row, f->shape, "graph_id");
    const json_t *place = json_object_get(f->index, id);

    if (place) {
        struct gathered *g = &f->graphs[json_integer_value(place)].gathered;

        item_from_row(items_add(node ? &g->node_rows : &g->edge_rows), f->shape, row);
    }
    free(id);
}

static void look_at(struct lineage_filter *f, const struct row *row)
{
    bool graph = shape_is(f->shape, "graphs");
    bool node = shape_is(f->shape, "nodes");

    if ((!graph && !node && !shape_is(f->shape, "edges")) || skipped_has(&f->rules->skipped, f->shape, row))
        return;
    for (size_t i = 0; i < row->ncells; i++)
        f->bytes += row->cells[i].len;
    if (f->bytes > LINEAGE_BYTES)
        forget(f);
    else if (graph)
        take_graph(f, row);
    else
        take_part(f, row, node);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct lineage_filter *f = self(sink);

    if (f->looking)
        look_at(f, given);
    return sink_pass_row(sink, given, err);
}

/* ---- the end ---- */

static void take_prints_of(struct known_graph *g)
{
    struct gathered *parts = &g->gathered;
    const struct template_graph of_rows = {.nodes = parts->node_rows, .edges = parts->edge_rows};
    const struct template_graph of_arrays = {.nodes = parts->node_array, .edges = parts->edge_array};
    size_t dangling = 0;

    graph_fingerprint(&of_rows, NULL, g->prints[OF_ROWS]);
    graph_fingerprint(&of_arrays, NULL, g->prints[OF_ARRAYS]);
    gathered_merge(parts, NULL, &dangling);
    graph_fingerprint(&parts->graph, NULL, g->prints[OF_BOTH]);
}

static void take_prints(struct lineage_filter *f, json_t *prints)
{
    for (size_t i = 0; i < f->ngraphs; i++) {
        struct known_graph *g = &f->graphs[i];

        take_prints_of(g);
        for (size_t k = 0; k < PRINTS; k++)
            if (*g->prints[k])
                json_array_append_new(prints, json_string(g->prints[k]));
    }
}

/* What projects come from by their graphs: a list for each. */
static json_t *by_project(const struct lineage_filter *f, const json_t *lineages)
{
    json_t *projects = json_object();

    for (size_t i = 0; i < f->ngraphs; i++)
        for (size_t k = 0; k < PRINTS; k++) {
            json_t *known = json_object_get(lineages, f->graphs[i].prints[k]);
            json_t *list = json_object_get(projects, f->graphs[i].project);

            if (json_array_size(known) && list)
                json_array_extend(list, known);
            else if (json_array_size(known))
                json_object_set_new(projects, f->graphs[i].project, json_copy(known));
        }
    return projects;
}

static bool mark(const struct lineage_filter *f, const json_t *lineages, struct error *err)
{
    json_t *projects = by_project(f, lineages);
    const json_t *list;
    const char *project;
    bool ok = true;

    json_object_foreach(projects, project, list) {
        char *text = json_dumps(list, JSON_COMPACT);

        ok = ok && templates_mark_project(f->rules->pg, project, text, err);
        free(text);
    }
    f->rules->lineages = json_dumps(projects, JSON_COMPACT);
    json_decref(projects);
    return ok;
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    struct lineage_filter *f = self(sink);
    json_t *prints = json_array();
    json_t *lineages = NULL;
    bool ok = true;

    if (f->looking)
        take_prints(f, prints);
    if (json_array_size(prints)) {
        lineages = lineages_of(f->rules->pg, &f->rules->catalog, prints, err);
        ok = lineages && mark(f, lineages, err);
    }
    json_decref(lineages);
    json_decref(prints);
    return ok && sink_pass_trailer(sink, seal, err);
}

static void free_filter(struct sink *sink)
{
    struct lineage_filter *f = self(sink);

    forget(f);
    json_decref(f->index);
    free(f);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_lineage(struct sink *next, struct rules *rules, const struct people *people)
{
    struct lineage_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->rules = rules;
    f->people = people;
    f->index = json_object();
    return &f->base;
}
