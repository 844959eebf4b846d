#include "simulark/model/route.h"

#include "sides.h"
#include "simulark/base/memory.h"

#include <math.h>
#include <stdlib.h>

#define LANE 20.0        /* between edges at one side of a node */
#define CORNER 12.0      /* of a side, kept free of edges */
#define SLANT 24.0       /* what a lone end is moved by at most to make an edge straight */
#define LOOP 34.0        /* how far a loop reaches out */
#define NARROWEST_LABEL 46.0
#define LABEL_EDGE 40.0  /* of an edge that stay visible beside its label */
#define MOST_COMPARED 3000 /* labels keep clear of each other, up to so many edges and nodes */

/* Where an edge touches a node. */
struct end {
    size_t node, edge;
    enum side side;
    bool target;
    bool lone; /* no other is at this side */
    double key; /* where the other end is, along the side */
    struct point at;
};

static struct point centre(const struct graph_node *node)
{
    return (struct point){node->x + node->width / 2, node->y + node->height / 2};
}

static bool is_upright(enum side side) /* a side from top to bottom */
{
    return side == SIDE_LEFT || side == SIDE_RIGHT;
}

static struct end make_end(const struct graph *g, size_t edge, const struct way *way, bool target)
{
    const struct graph_edge *e = &g->edges[edge];
    struct end end = {.node = target ? e->target : e->source,
                      .edge = edge,
                      .side = target ? way->enters : way->leaves,
                      .target = target};
    struct point to = centre(&g->nodes[target ? e->source : e->target]);

    if (e->nbends)
        to = e->bends[target ? e->nbends - 1 : 0];
    end.key = is_upright(end.side) ? to.y : to.x;
    return end;
}

/* ---- places along a side ---- */

static int by_place(const void *a, const void *b)
{
    const struct end *x = a;
    const struct end *y = b;

    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->side != y->side)
        return x->side < y->side ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

/* A lone edge touches the long side of a group where it is nearest to the other end, all others touch the middle. */
static double lone_place(const struct graph_node *node, const struct end *end, double from, double length)
{
    if (!node->group || length < 4 * CORNER)
        return from + length / 2;
    return fmin(fmax(end->key, from + 2 * CORNER), from + length - 2 * CORNER);
}

/* Spreads the ends at one side of one node. */
static void place_ends(const struct graph_node *node, struct end *ends, size_t count, double pen)
{
    enum side side = ends[0].side;
    bool upright = is_upright(side);
    double from = upright ? node->y : node->x;
    double length = upright ? node->height : node->width;
    double room = length - 2 * fmin(CORNER, length / 4);
    double lane = count > 1 ? fmin(LANE * pen, room / (double)(count - 1)) : 0;
    double first = from + length / 2 - lane * (double)(count - 1) / 2;

    if (count == 1)
        first = lone_place(node, &ends[0], from, length);
    for (size_t i = 0; i < count; i++) {
        double place = first + lane * (double)i;

        ends[i].lone = count == 1;
        if (upright)
            ends[i].at = (struct point){side == SIDE_LEFT ? node->x : node->x + node->width, place};
        else
            ends[i].at = (struct point){place, side == SIDE_TOP ? node->y : node->y + node->height};
    }
}

/* Where an end is along its side, to be changed. */
static double *along(struct end *end)
{
    return is_upright(end->side) ? &end->at.y : &end->at.x;
}

/* A lone end moves a little where that makes its edge straight. */
static void straighten(const struct graph *g, struct end *end, struct end *other)
{
    const struct graph_node *node = &g->nodes[end->node];
    bool upright = is_upright(end->side);
    double from = upright ? node->y : node->x;
    double length = upright ? node->height : node->width;
    double wish = *along(other);

    if (end->lone && is_upright(other->side) == upright && other->side != end->side && wish >= from + CORNER &&
        wish <= from + length - CORNER && fabs(wish - *along(end)) <= SLANT)
        *along(end) = wish;
}

/* Both ends of every edge, at 2 * edge and 2 * edge + 1. */
static struct end *find_ends(const struct graph *g, const struct way *ways)
{
    struct end *sorted = mem_alloc((2 * g->nedges + 1) * sizeof *sorted);
    struct end *ends = mem_alloc((2 * g->nedges + 1) * sizeof *ends);
    size_t count = 0;

    for (size_t i = 0; i < g->nedges; i++)
        if (g->edges[i].source != g->edges[i].target) {
            sorted[count++] = make_end(g, i, &ways[i], false);
            sorted[count++] = make_end(g, i, &ways[i], true);
        }
    qsort(sorted, count, sizeof *sorted, by_place);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && sorted[to].node == sorted[from].node && sorted[to].side == sorted[from].side;)
            to++;
        place_ends(&g->nodes[sorted[from].node], sorted + from, to - from, g->pen);
    }
    for (size_t i = 0; i < count; i++)
        ends[2 * sorted[i].edge + sorted[i].target] = sorted[i];
    for (size_t i = 0; i < g->nedges; i++)
        if (g->edges[i].source != g->edges[i].target && !g->edges[i].nbends) {
            straighten(g, &ends[2 * i + 1], &ends[2 * i]);
            straighten(g, &ends[2 * i], &ends[2 * i + 1]);
        }
    free(sorted);
    return ends;
}

/* ---- curves ---- */

static void add_curve(struct route *route, struct point a, struct point b, struct point end)
{
    route->points[route->npoints++] = a;
    route->points[route->npoints++] = b;
    route->points[route->npoints++] = end;
}

static void curve_to(struct route *route, struct point from, struct point out, struct point to, struct point in, double arc)
{
    struct point controls[2];

    curve_controls(from, out, to, in, arc, controls);
    add_curve(route, controls[0], controls[1], to);
}

static void straight_to(struct route *route, struct point from, struct point to)
{
    struct point a = {from.x + (to.x - from.x) / 3, from.y + (to.y - from.y) / 3};
    struct point b = {to.x - (to.x - from.x) / 3, to.y - (to.y - from.y) / 3};

    add_curve(route, a, b, to);
}

static void route_between(struct route *route, const struct graph_edge *edge, const struct way *way, struct point from,
                          struct point to)
{
    struct point out = side_normal(way->leaves, way->leaves_inward);

    route->points = mem_alloc((4 + 3 * edge->nbends) * sizeof *route->points);
    route->points[route->npoints++] = from;
    /* Bends come in pairs: straight through a layer, curved between layers. */
    for (size_t i = 0; i + 1 < edge->nbends; i += 2) {
        double ahead = edge->bends[i + 1].x >= edge->bends[i].x ? 1 : -1;

        curve_to(route, from, out, edge->bends[i], (struct point){-ahead, 0}, 0);
        straight_to(route, edge->bends[i], edge->bends[i + 1]);
        from = edge->bends[i + 1];
        out = (struct point){ahead, 0};
    }
    curve_to(route, from, out, to, side_normal(way->enters, way->enters_inward), way->arc);
}

/* A loop on top of the right corner; the next one of the same node is larger. */
static void route_loop(struct route *route, const struct graph_node *node, size_t before)
{
    double reach = LOOP + 12 * (double)(before < 8 ? before : 8);
    double width = fmin(22, node->width * 0.3);
    struct point to = {node->x + node->width - fmin(18, node->width * 0.2), node->y};
    struct point from = {to.x - width, node->y};

    route->points = mem_alloc(4 * sizeof *route->points);
    route->points[route->npoints++] = from;
    add_curve(route, (struct point){from.x - reach * 0.4, from.y - reach}, (struct point){to.x + reach * 0.4, to.y - reach},
              to);
}

/* ---- labels ---- */

struct box {
    double left, top, right, bottom;
};

static bool overlap(const struct box *a, const struct box *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

/* A point of the route: `part` of its curves, from 0 to 1. */
static struct point point_at(const struct route *route, double part)
{
    double curves = (double)(route->npoints - 1) / 3;
    double whole = fmin(floor(part * curves), curves - 1);

    return curve_at(route->points + 3 * (size_t)whole, part * curves - whole);
}

static struct box label_box(const struct route *route, struct point middle)
{
    return (struct box){middle.x - route->label_width / 2 - 2, middle.y - route->label_height / 2 - 2,
                        middle.x + route->label_width / 2 + 2, middle.y + route->label_height / 2 + 2};
}

/* How many nodes and earlier labels a label would cover. */
static size_t covered(const struct graph *g, const struct route *routes, size_t edge, struct point middle)
{
    struct box mine = label_box(&routes[edge], middle);
    size_t count = 0;

    for (size_t i = 0; i < g->nnodes; i++) {
        const struct graph_node *n = &g->nodes[i];
        struct box box = {n->x, n->y, n->x + n->width, n->y + n->height};

        count += !n->group && overlap(&mine, &box);
    }
    for (size_t i = 0; i < edge; i++) {
        struct box box = label_box(&routes[i], routes[i].label);

        count += routes[i].nlines && overlap(&mine, &box);
    }
    return count;
}

/* How much is free between the nodes of an edge that are beside each other; more than any label where they are not. */
static double gap_beside(const struct graph *g, const struct graph_edge *edge)
{
    const struct graph_node *a = &g->nodes[edge->source];
    const struct graph_node *b = &g->nodes[edge->target];
    double gap = fmax(b->x - a->x - a->width, a->x - b->x - b->width);
    bool beside = a->y < b->y + b->height && b->y < a->y + a->height;

    return beside && gap > 0 ? gap : 10 * EDGE_LABEL_WIDTH;
}

static void place_label(const struct graph *g, struct route *routes, size_t edge)
{
    static const double parts[] = {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82};
    struct route *route = &routes[edge];
    const char *label = g->edges[edge].label;
    double gap = gap_beside(g, &g->edges[edge]);
    double room = fmax(fmin(gap - LABEL_EDGE, EDGE_LABEL_WIDTH * g->pen), NARROWEST_LABEL * g->pen);
    size_t least = GRAPH_NONE;

    route->nlines = text_wrap(label, room, EDGE_LABEL_SIZE * g->pen, false, route->lines, EDGE_LABEL_LINES);
    if (!route->nlines)
        return;
    for (size_t i = 0; i < route->nlines; i++)
        route->label_width = fmax(route->label_width, route->lines[i].width + 12 * g->pen);
    route->label_height = (EDGE_LABEL_LINE * (double)route->nlines + 4) * g->pen;
    route->label = point_at(route, 0.5);
    if (g->edges[edge].source == g->edges[edge].target) {
        route->label.y -= route->label_height / 2 + 2; /* on top of the loop */
        return;
    }
    if (route->label_width > gap - LABEL_EDGE / 2) { /* it would hide the edge */
        route->label.y -= route->label_height / 2 + 2;
        return;
    }
    if (g->nnodes > MOST_COMPARED || g->nedges > MOST_COMPARED)
        return;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && least; i++) {
        size_t count = covered(g, routes, edge, point_at(route, parts[i]));

        if (count < least) {
            least = count;
            route->label = point_at(route, parts[i]);
        }
    }
}

struct route *routes_new(const struct graph *graph)
{
    struct route *routes = mem_alloc((graph->nedges + 1) * sizeof *routes);
    struct way *ways = mem_alloc((graph->nedges + 1) * sizeof *ways);
    struct end *ends;
    size_t *loops = mem_alloc((graph->nnodes + 1) * sizeof *loops);

    for (size_t i = 0; i < graph->nedges; i++)
        if (graph->edges[i].source != graph->edges[i].target)
            ways[i] = edge_way(graph, i);
    ends = find_ends(graph, ways);
    for (size_t i = 0; i < graph->nedges; i++) {
        const struct graph_edge *edge = &graph->edges[i];

        if (edge->source == edge->target)
            route_loop(&routes[i], &graph->nodes[edge->source], loops[edge->source]++);
        else
            route_between(&routes[i], edge, &ways[i], ends[2 * i].at, ends[2 * i + 1].at);
    }
    for (size_t i = 0; i < graph->nedges; i++)
        place_label(graph, routes, i);
    free(ways);
    free(ends);
    free(loops);
    return routes;
}

void routes_free(struct route *routes, size_t count)
{
    for (size_t i = 0; routes && i < count; i++)
        free(routes[i].points);
    free(routes);
}
