#include "simulark/model/route.h"

#include "simulark/base/memory.h"

#include <math.h>
#include <stdlib.h>

#define LANE 20.0        /* between edges at one side of a node */
#define CORNER 12.0      /* of a side, kept free of edges */
#define LOOP 34.0        /* how far a loop reaches out */
#define LONGEST_PULL 260.0
#define LABEL_LINE 14.0
#define MOST_COMPARED 3000 /* labels keep clear of each other, up to so many edges and nodes */

/* Where an edge touches a node. */
struct end {
    size_t node, edge;
    enum side side;
    bool target;
    bool inward;  /* from a group to what it holds: the edge is inside */
    double key;   /* where the other end is, along the side */
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

/* ---- sides ---- */

/* The side of a node that looks at a place: the one with the widest gap to it. */
static enum side facing(const struct graph_node *node, double left, double top, double right, double bottom)
{
    double gaps[] = {[SIDE_ANY] = -INFINITY,
                     [SIDE_LEFT] = node->x - right,
                     [SIDE_RIGHT] = left - (node->x + node->width),
                     [SIDE_TOP] = node->y - bottom,
                     [SIDE_BOTTOM] = top - (node->y + node->height)};
    enum side best = SIDE_RIGHT;

    for (enum side side = SIDE_LEFT; side <= SIDE_BOTTOM; side++)
        if (gaps[side] > gaps[best] + 0.5)
            best = side;
    return best;
}

static enum side facing_node(const struct graph_node *node, const struct graph_node *other)
{
    return facing(node, other->x, other->y, other->x + other->width, other->y + other->height);
}

static struct end make_end(const struct graph *g, size_t edge, bool target)
{
    const struct graph_edge *e = &g->edges[edge];
    struct end end = {.node = target ? e->target : e->source, .edge = edge, .target = target};
    size_t other = target ? e->source : e->target;
    const struct graph_node *node = &g->nodes[end.node];
    struct point to = centre(&g->nodes[other]);

    end.side = target ? e->enters : e->leaves;
    if (graph_holds(g, end.node, other)) {
        end.inward = true;
        end.side = target ? SIDE_RIGHT : SIDE_LEFT;
    } else if (graph_holds(g, other, end.node)) {
        end.side = target ? SIDE_LEFT : SIDE_RIGHT;
    } else if (e->nbends) {
        /* The layout goes from left to right or back, whatever else a handle says. */
        to = e->bends[target ? e->nbends - 1 : 0];
        end.side = to.x < centre(node).x ? SIDE_LEFT : SIDE_RIGHT;
    } else if (end.side == SIDE_ANY) {
        end.side = facing_node(node, &g->nodes[other]);
    }
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
static void place_ends(const struct graph_node *node, struct end *ends, size_t count)
{
    enum side side = ends[0].side;
    bool upright = is_upright(side);
    double from = upright ? node->y : node->x;
    double length = upright ? node->height : node->width;
    double room = length - 2 * fmin(CORNER, length / 4);
    double lane = count > 1 ? fmin(LANE, room / (double)(count - 1)) : 0;
    double first = from + length / 2 - lane * (double)(count - 1) / 2;

    if (count == 1)
        first = lone_place(node, &ends[0], from, length);
    for (size_t i = 0; i < count; i++) {
        double along = first + lane * (double)i;

        if (upright)
            ends[i].at = (struct point){side == SIDE_LEFT ? node->x : node->x + node->width, along};
        else
            ends[i].at = (struct point){along, side == SIDE_TOP ? node->y : node->y + node->height};
    }
}

/* Both ends of every edge, at 2 * edge and 2 * edge + 1. */
static struct end *find_ends(const struct graph *g)
{
    struct end *sorted = mem_alloc((2 * g->nedges + 1) * sizeof *sorted);
    struct end *ends = mem_alloc((2 * g->nedges + 1) * sizeof *ends);
    size_t count = 0;

    for (size_t i = 0; i < g->nedges; i++)
        if (g->edges[i].source != g->edges[i].target) {
            sorted[count++] = make_end(g, i, false);
            sorted[count++] = make_end(g, i, true);
        }
    qsort(sorted, count, sizeof *sorted, by_place);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && sorted[to].node == sorted[from].node && sorted[to].side == sorted[from].side;)
            to++;
        place_ends(&g->nodes[sorted[from].node], sorted + from, to - from);
    }
    for (size_t i = 0; i < count; i++)
        ends[2 * sorted[i].edge + sorted[i].target] = sorted[i];
    free(sorted);
    return ends;
}

/* ---- curves ---- */

static struct point outwards(const struct end *end)
{
    static const struct point normals[] = {[SIDE_ANY] = {1, 0},
                                           [SIDE_LEFT] = {-1, 0},
                                           [SIDE_RIGHT] = {1, 0},
                                           [SIDE_TOP] = {0, -1},
                                           [SIDE_BOTTOM] = {0, 1}};
    struct point normal = normals[end->side];

    return end->inward ? (struct point){-normal.x, -normal.y} : normal;
}

/* How far a control point is from its end: half the way where the other end lies ahead, a little loop where it is behind. */
static double pull(struct point from, struct point normal, struct point to)
{
    double ahead = (to.x - from.x) * normal.x + (to.y - from.y) * normal.y;
    double aside = fabs((to.x - from.x) * normal.y) + fabs((to.y - from.y) * normal.x);

    if (ahead >= 0)
        return fmin(fmax(ahead / 2, fmin(aside / 4, 30)), LONGEST_PULL);
    return fmin(36 + 5 * sqrt(-ahead), LONGEST_PULL);
}

static void add_curve(struct route *route, struct point a, struct point b, struct point end)
{
    route->points[route->npoints++] = a;
    route->points[route->npoints++] = b;
    route->points[route->npoints++] = end;
}

static void curve_to(struct route *route, struct point from, struct point out, struct point to, struct point in)
{
    double a = pull(from, out, to);
    double b = pull(to, in, from);

    add_curve(route, (struct point){from.x + out.x * a, from.y + out.y * a}, (struct point){to.x + in.x * b, to.y + in.y * b},
              to);
}

static void straight_to(struct route *route, struct point from, struct point to)
{
    struct point a = {from.x + (to.x - from.x) / 3, from.y + (to.y - from.y) / 3};
    struct point b = {to.x - (to.x - from.x) / 3, to.y - (to.y - from.y) / 3};

    add_curve(route, a, b, to);
}

static void route_between(struct route *route, const struct graph_edge *edge, const struct end *source,
                          const struct end *target)
{
    struct point out = outwards(source);
    struct point from = source->at;

    route->points = mem_alloc((4 + 3 * edge->nbends) * sizeof *route->points);
    route->points[route->npoints++] = from;
    /* Bends come in pairs: straight through a layer, curved between layers. */
    for (size_t i = 0; i + 1 < edge->nbends; i += 2) {
        double ahead = edge->bends[i + 1].x >= edge->bends[i].x ? 1 : -1;

        curve_to(route, from, out, edge->bends[i], (struct point){-ahead, 0});
        straight_to(route, edge->bends[i], edge->bends[i + 1]);
        from = edge->bends[i + 1];
        out = (struct point){ahead, 0};
    }
    curve_to(route, from, out, target->at, outwards(target));
}

/* A loop round the upper right corner; the next one of the same node is larger. */
static void route_loop(struct route *route, const struct graph_node *node, size_t before)
{
    double reach = LOOP + 12 * (double)(before < 8 ? before : 8);
    double right = node->x + node->width;
    struct point from = {right, node->y + fmin(18, node->height * 0.35)};
    struct point to = {right - fmin(24, node->width * 0.3), node->y};

    route->points = mem_alloc(4 * sizeof *route->points);
    route->points[route->npoints++] = from;
    add_curve(route, (struct point){from.x + reach * 1.6, from.y - 4}, (struct point){to.x + 4, to.y - reach * 1.6}, to);
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
    double t = part * curves - whole;
    double s = 1 - t;
    const struct point *p = route->points + 3 * (size_t)whole;

    return (struct point){s * s * s * p[0].x + 3 * s * s * t * p[1].x + 3 * s * t * t * p[2].x + t * t * t * p[3].x,
                          s * s * s * p[0].y + 3 * s * s * t * p[1].y + 3 * s * t * t * p[2].y + t * t * t * p[3].y};
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

static void place_label(const struct graph *g, struct route *routes, size_t edge)
{
    static const double parts[] = {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82};
    struct route *route = &routes[edge];
    const char *label = g->edges[edge].label;
    size_t least = GRAPH_NONE;

    route->nlines = text_wrap(label, EDGE_LABEL_WIDTH, EDGE_LABEL_SIZE, false, route->lines, EDGE_LABEL_LINES);
    if (!route->nlines)
        return;
    for (size_t i = 0; i < route->nlines; i++)
        route->label_width = fmax(route->label_width, route->lines[i].width + 12);
    route->label_height = LABEL_LINE * (double)route->nlines + 4;
    route->label = point_at(route, 0.5);
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
    struct end *ends = find_ends(graph);
    size_t *loops = mem_alloc((graph->nnodes + 1) * sizeof *loops);

    for (size_t i = 0; i < graph->nedges; i++) {
        const struct graph_edge *edge = &graph->edges[i];

        if (edge->source == edge->target)
            route_loop(&routes[i], &graph->nodes[edge->source], loops[edge->source]++);
        else
            route_between(&routes[i], edge, &ends[2 * i], &ends[2 * i + 1]);
    }
    for (size_t i = 0; i < graph->nedges; i++)
        place_label(graph, routes, i);
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
