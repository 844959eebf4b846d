#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/model/lettering.h"

#include <stdlib.h>

static size_t count_common(const struct template_items *rows, const json_t *array)
{
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++)
        count += items_place(array, rows->list[i].id) != NOWHERE;
    return count;
}

static void move_all(struct template_items *out, struct template_items *from)
{
    items_release(out);
    *out = *from;
    *from = (struct template_items){0};
}

/* The array's objects, with what the rows of the same ids know better, and the other rows behind them. */
static void unite(struct template_items *rows, struct template_items *array, const json_t *index)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct template_item *row = &rows->list[i];
        size_t place = items_place(index, row->id);

        if (place != NOWHERE) {
            item_overlay(&array->list[place], row);
            continue;
        }
        *items_add(array) = *row;
        *row = (struct template_item){0};
    }
}

/* How many edges have both their ends among the nodes. */
static size_t count_reaching(const struct template_items *edges, const json_t *nodes)
{
    size_t count = 0;

    for (size_t i = 0; i < edges->count; i++)
        count += items_place(nodes, edges->list[i].source) != NOWHERE && items_place(nodes, edges->list[i].target) != NOWHERE;
    return count;
}

/* nodes: NULL: it is about them. Whether the rows alone are taken, whose order means nothing. */
static bool merge(struct template_items *out, struct template_items *rows, struct template_items *array, const json_t *nodes,
                  bool both)
{
    json_t *index = items_index(array);
    bool from_rows = false;

    if (!array->count) {
        move_all(out, rows);
        from_rows = true;
    } else if (both || count_common(rows, index)) {
        unite(rows, array, index);
        move_all(out, array);
    } else if ((nodes ? count_reaching(array, nodes) : array->count) > (nodes ? count_reaching(rows, nodes) : rows->count)) {
        move_all(out, array);
    } else {
        from_rows = rows->count > 0;
        move_all(out, from_rows ? rows : array);
    }
    json_decref(index);
    return from_rows;
}

static void tell(struct findings *findings, const char *code, const struct template_graph *graph, const char *table,
                 const struct template_item *item, const char *sentence)
{
    struct buffer where = BUFFER_INIT;

    buffer_printf(&where, "graphs/%s/%s/", graph->origin ? graph->origin : graph->name ? graph->name : "", table);
    text_clean(&where, item->id ? item->id : "(no id)", strlen(item->id ? item->id : "(no id)"));
    findings_add(findings, GRAVITY_ERROR, code, buffer_string(&where), "%s", sentence);
    buffer_release(&where);
}

static void drop_duplicates(struct template_graph *graph, struct findings *findings)
{
    json_t *index = items_index(&graph->nodes);
    size_t kept = 0;

    for (size_t i = 0; i < graph->nodes.count; i++) {
        struct template_item *node = &graph->nodes.list[i];

        if (!node->id || items_place(index, node->id) == i) {
            graph->nodes.list[kept++] = *node;
            continue;
        }
        if (findings)
            tell(findings, "duplicate", graph, "nodes", node, "Another node of the graph has the same id.");
        item_release(node);
    }
    graph->nodes.count = kept;
    json_decref(index);
}

static void drop_dangling(struct template_graph *graph, const json_t *nodes, struct findings *findings, size_t *dangling)
{
    size_t kept = 0;

    for (size_t i = 0; i < graph->edges.count; i++) {
        struct template_item *edge = &graph->edges.list[i];
        bool from = items_place(nodes, edge->source) != NOWHERE;
        bool to = items_place(nodes, edge->target) != NOWHERE;

        if (from && to) {
            graph->edges.list[kept++] = *edge;
            continue;
        }
        if (findings)
            tell(findings, "dangling", graph, "edges", edge,
                 from ? "Its target is no node of the graph." : "Its source is no node of the graph.");
        else
            ++*dangling;
        item_release(edge);
    }
    graph->edges.count = kept;
}

void gathered_merge(struct gathered *g, struct findings *findings, size_t *dangling)
{
    bool both = findings != NULL;
    json_t *nodes;

    g->nodes_from_rows = merge(&g->graph.nodes, &g->node_rows, &g->node_array, NULL, both);
    drop_duplicates(&g->graph, findings);
    nodes = items_index(&g->graph.nodes);
    g->edges_from_rows = merge(&g->graph.edges, &g->edge_rows, &g->edge_array, nodes, both);
    drop_dangling(&g->graph, nodes, findings, dangling);
    json_decref(nodes);
}

void gathered_drop_parents(struct gathered *g, struct findings *findings, size_t *parentless)
{
    json_t *nodes = items_index(&g->graph.nodes);

    for (size_t i = 0; i < g->graph.nodes.count; i++) {
        struct template_item *node = &g->graph.nodes.list[i];

        if (!node->parent || items_place(nodes, node->parent) != NOWHERE)
            continue;
        if (findings)
            tell(findings, "dangling", &g->graph, "nodes", node, "The node it is in (parentId) is no node of the graph.");
        else
            ++*parentless;
        item_drop_parent(node);
    }
    json_decref(nodes);
}

void gathered_release(struct gathered *g)
{
    template_graph_release(&g->graph);
    free(g->created);
    items_release(&g->node_rows);
    items_release(&g->edge_rows);
    items_release(&g->node_array);
    items_release(&g->edge_array);
}
