#include "simulark/base/memory.h"
#include "simulark/base/output.h"
#include "simulark/flow/render.h"
#include "simulark/format/graph_json.h"
#include "simulark/model/layout.h"
#include "simulark/model/lettering.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

#define MOST_NAMED 20 /* graphs that a message names */

struct choice {
    char *id;
    char *name;
};

static void choice_release(struct choice *choice)
{
    free(choice->id);
    free(choice->name);
    *choice = (struct choice){0};
}

/* Keeps the graph that was asked for, and draws it at the end. */
struct render_sink {
    struct sink base;
    struct output *out;
    struct render_options options;
    struct render_report *report;
    const struct shape *shape; /* the table that flows */
    struct choice named[MOST_NAMED]; /* the first graphs there are to choose from; once one matches, those that match */
    size_t matches;
    bool any; /* a graph is chosen */
    struct choice chosen;
    struct graph_parts parts;
};

static struct render_sink *self(struct sink *sink)
{
    return (struct render_sink *)sink;
}

/* ---- choosing ---- */

static bool is_id(const struct choice *graph, const char *text)
{
    struct uuid id;
    char canonical[UUID_TEXT + 1];

    if (uuid_parse_text(&id, text)) {
        uuid_format(&id, canonical);
        text = canonical;
    }
    return strcmp(text, graph->id) == 0;
}

static bool is_before(const struct choice *a, const struct choice *b)
{
    int order = strcmp(a->name, b->name);

    return order ? order < 0 : strcmp(a->id, b->id) < 0;
}

/* Whether this graph is the one to draw, as far as anybody can know who has not seen the rest. */
static bool is_better(struct render_sink *s, const struct choice *graph)
{
    if (!s->options.graph)
        return !s->any || is_before(graph, &s->chosen);
    if (strcmp(graph->name, s->options.graph) != 0 && !is_id(graph, s->options.graph))
        return false;
    return s->matches++ == 0;
}

static json_t *list_cell(const struct shape *shape, const struct row *row, const char *column, size_t most)
{
    struct cell cell = row_cell(row, shape, column);

    return cell.text ? graph_json_list(cell.text, cell.len, most) : json_array();
}

static void forget_chosen(struct render_sink *s)
{
    choice_release(&s->chosen);
    json_decref(s->parts.node_array);
    json_decref(s->parts.edge_array);
}

/* A name as a terminal may have it. The caller frees it. */
static char *shown(const char *name)
{
    struct buffer text = BUFFER_INIT;

    text_clean(&text, name, strlen(name));
    buffer_string(&text);
    return text.data;
}

/* Names are kept for the message: of all graphs while none matches, then of those that do. */
static void remember_name(struct render_sink *s, const struct choice *graph, size_t matches_before)
{
    size_t at = s->matches ? s->matches - 1 : s->report->graphs - 1;

    if ((s->matches && s->matches == matches_before) || at >= MOST_NAMED)
        return;
    choice_release(&s->named[at]);
    s->named[at] = (struct choice){.id = shown(graph->id), .name = shown(graph->name)};
}

static void take_graph(struct render_sink *s, const struct row *row)
{
    struct choice graph = {.id = row_cell_string(row, s->shape, "id"), .name = row_cell_string(row, s->shape, "name")};
    size_t matches = s->matches;

    s->report->graphs++;
    if (is_better(s, &graph)) {
        forget_chosen(s);
        s->any = true;
        s->chosen = (struct choice){.id = mem_strdup(graph.id), .name = mem_strdup(graph.name)};
        s->parts.node_array = list_cell(s->shape, row, "nodes", RENDER_NODES);
        s->parts.edge_array = list_cell(s->shape, row, "edges", RENDER_EDGES);
    }
    remember_name(s, &graph, matches);
    choice_release(&graph);
}

static bool refuse_choice(const struct render_sink *s, struct error *err)
{
    size_t total = s->matches ? s->matches : s->report->graphs;

    if (!s->report->graphs) {
        error_set(err, STATUS_CONFLICT, "There is no graph to draw.");
        error_hint(err, "A project without graphs has no picture; name another.");
        return false;
    }
    for (size_t i = 0; i < total && i < MOST_NAMED; i++)
        error_detail(err, "%s  %s", s->named[i].id, s->named[i].name);
    if (total > MOST_NAMED)
        error_detail(err, "and %zu more", total - MOST_NAMED);
    if (s->matches) {
        error_set(err, STATUS_CONFLICT, "%zu graphs have the name \"%s\".", s->matches, s->options.graph);
        error_hint(err, "Name one by its id: --graph %s", s->named[0].id);
    } else {
        error_set(err, STATUS_CONFLICT, "There is no graph \"%s\".", s->options.graph);
        error_hint(err, "These are there; name one with --graph ID or --graph NAME.");
    }
    return false;
}

/* All graphs have been seen: either one is chosen, or it ends here. */
static bool settle(const struct render_sink *s, struct error *err)
{
    if (s->any && s->matches <= 1)
        return true;
    return refuse_choice(s, err);
}

/* ---- the stream ---- */

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    (void)err;
    self(sink)->shape = shape;
    return true;
}

static bool refuse_size(const struct render_sink *s, const char *what, size_t most, struct error *err)
{
    error_set(err, STATUS_MALFORMED, "The graph %s has more than %zu %s, too many for a picture.", s->chosen.id, most, what);
    error_hint(err, "Draw another graph of the project with --graph, or divide this one.");
    return false;
}

/* A row of nodes or edges, if it is the chosen graph's. */
static bool take_part(struct render_sink *s, const struct row *row, json_t *list, const char *what, size_t most,
                      struct error *err)
{
    struct cell graph = row_cell(row, s->shape, "graph_id");

    if (!graph.text || graph.len != strlen(s->chosen.id) || memcmp(graph.text, s->chosen.id, graph.len) != 0)
        return true;
    if (json_array_size(list) == most)
        return refuse_size(s, what, most, err);
    json_array_append_new(list, graph_json_row(s->shape, row));
    return true;
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct render_sink *s = self(sink);

    if (shape_is(s->shape, "graphs"))
        take_graph(s, given);
    else if (shape_is(s->shape, "nodes"))
        return settle(s, err) && take_part(s, given, s->parts.node_rows, "nodes", RENDER_NODES, err);
    else if (shape_is(s->shape, "edges"))
        return settle(s, err) && take_part(s, given, s->parts.edge_rows, "edges", RENDER_EDGES, err);
    return true;
}

static bool table_end(struct sink *sink, struct error *err)
{
    struct render_sink *s = self(sink);

    return !shape_is(s->shape, "graphs") || settle(s, err);
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    (void)seal;
    return settle(self(sink), err);
}

static bool finish(struct sink *sink, struct error *err)
{
    struct render_sink *s = self(sink);
    struct buffer picture = BUFFER_INIT;
    struct graph *graph;
    bool ok;

    if (json_array_size(s->parts.node_array) > RENDER_NODES)
        return refuse_size(s, "nodes", RENDER_NODES, err);
    if (json_array_size(s->parts.edge_array) > RENDER_EDGES)
        return refuse_size(s, "edges", RENDER_EDGES, err);
    s->parts.name = s->chosen.name;
    graph = graph_new(&s->parts);
    graph_layout(graph);
    picture_write(s->options.picture, graph, s->options.theme, &picture);
    s->report->graph = mem_strdup(s->chosen.name);
    s->report->title = mem_strdup(graph->name);
    s->report->id = mem_strdup(s->chosen.id);
    s->report->nodes = graph->nnodes;
    s->report->edges = graph->nedges;
    s->report->dangling = graph->dangling;
    s->report->bytes = (int64_t)picture.len;
    graph_free(graph);
    ok = output_write(s->out, picture.data, picture.len, err) && output_commit(s->out, err);
    buffer_release(&picture);
    return ok;
}

static void free_sink(struct sink *sink)
{
    struct render_sink *s = self(sink);

    forget_chosen(s);
    json_decref(s->parts.node_rows);
    json_decref(s->parts.edge_rows);
    for (size_t i = 0; i < MOST_NAMED; i++)
        choice_release(&s->named[i]);
    output_free(s->out);
    free(s);
}

static const struct sink_ops ops = {
    .header = sink_ignore_header,
    .table = table,
    .row = row,
    .table_end = table_end,
    .asset = sink_ignore_asset,
    .trailer = trailer,
    .finish = finish,
    .free = free_sink,
};

struct sink *sink_render(const char *path, const struct render_options *options, struct render_report *report,
                         struct error *err)
{
    struct output *out = output_open(path, options->force, err);
    struct render_sink *s;

    if (!out)
        return NULL;
    s = mem_alloc(sizeof *s);
    s->base.ops = &ops;
    s->out = out;
    s->options = *options;
    s->report = report;
    s->parts.node_rows = json_array();
    s->parts.edge_rows = json_array();
    return &s->base;
}

void render_report_release(struct render_report *report)
{
    free(report->graph);
    free(report->id);
    free(report->title);
    *report = (struct render_report){0};
}
