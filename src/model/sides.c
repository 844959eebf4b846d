#include "sides.h"

#include <math.h>

#define LONGEST_PULL 260.0
#define LONGEST_ARC 420.0
#define CLEARANCE 18.0     /* between a way round and what it goes round */
#define SAMPLES 24         /* points of a curve that are looked at */
#define HIT 420.0          /* what covering a node costs, in length of way */
#define TURN 70.0          /* what a way costs that does not go straight from side to facing side */
#define UPRIGHT 1.5        /* horizontal gaps count so much more than vertical ones */
#define MOST_TESTED 1000000 /* nodes times edges: larger graphs take the sides that face each other */

struct point side_normal(enum side side, bool inward)
{
    static const struct point normals[] = {[SIDE_ANY] = {1, 0},
                                           [SIDE_LEFT] = {-1, 0},
                                           [SIDE_RIGHT] = {1, 0},
                                           [SIDE_TOP] = {0, -1},
                                           [SIDE_BOTTOM] = {0, 1}};

    return inward ? (struct point){-normals[side].x, -normals[side].y} : normals[side];
}

static struct point side_middle(const struct graph_node *node, enum side side)
{
    struct point normal = side_normal(side, false);

    return (struct point){node->x + node->width * (1 + normal.x) / 2, node->y + node->height * (1 + normal.y) / 2};
}

/* ---- curves ---- */

/* How far a control is from its end: half the way where the other end lies ahead, a little loop where it is behind. */
static double pull(struct point from, struct point normal, struct point to)
{
    double ahead = (to.x - from.x) * normal.x + (to.y - from.y) * normal.y;
    double aside = fabs((to.x - from.x) * normal.y) + fabs((to.y - from.y) * normal.x);

    if (ahead >= 0)
        return fmin(fmax(ahead / 2, fmin(aside / 4, 30)), LONGEST_PULL);
    return fmin(36 + 5 * sqrt(-ahead), LONGEST_PULL);
}

void curve_controls(struct point from, struct point out, struct point to, struct point in, double arc,
                    struct point controls[2])
{
    double a = arc > 0 ? arc : pull(from, out, to);
    double b = arc > 0 ? arc : pull(to, in, from);

    controls[0] = (struct point){from.x + out.x * a, from.y + out.y * a};
    controls[1] = (struct point){to.x + in.x * b, to.y + in.y * b};
}

struct point curve_at(const struct point curve[4], double t)
{
    double s = 1 - t;
    double b[] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};

    return (struct point){b[0] * curve[0].x + b[1] * curve[1].x + b[2] * curve[2].x + b[3] * curve[3].x,
                          b[0] * curve[0].y + b[1] * curve[1].y + b[2] * curve[2].y + b[3] * curve[3].y};
}

/* ---- sides that face each other ---- */

static enum side facing(const struct graph_node *a, const struct graph_node *b)
{
    double gaps[] = {[SIDE_ANY] = -INFINITY,
                     [SIDE_LEFT] = a->x - (b->x + b->width),
                     [SIDE_RIGHT] = b->x - (a->x + a->width),
                     [SIDE_TOP] = a->y - (b->y + b->height),
                     [SIDE_BOTTOM] = b->y - (a->y + a->height)};
    enum side best = SIDE_RIGHT;

    for (enum side side = SIDE_LEFT; side <= SIDE_RIGHT; side++)
        gaps[side] *= gaps[side] > 40 ? UPRIGHT : 1; /* with little room between, an edge goes better round */
    for (enum side side = SIDE_LEFT; side <= SIDE_BOTTOM; side++)
        if (gaps[side] > gaps[best] + 0.5)
            best = side;
    return best;
}

/* ---- ways round ---- */

struct trial {
    const struct graph *g;
    const struct graph_edge *edge;
    struct point curve[4];
};

static void try_way(struct trial *trial, const struct way *way)
{
    const struct graph_node *source = &trial->g->nodes[trial->edge->source];
    const struct graph_node *target = &trial->g->nodes[trial->edge->target];

    trial->curve[0] = side_middle(source, way->leaves);
    trial->curve[3] = side_middle(target, way->enters);
    curve_controls(trial->curve[0], side_normal(way->leaves, way->leaves_inward), trial->curve[3],
                   side_normal(way->enters, way->enters_inward), way->arc, trial->curve + 1);
}

/* Whether the curve passes through a node; its own nodes only count where it is well inside. */
static bool hits(const struct trial *trial, size_t node, const struct point *samples)
{
    const struct graph_node *n = &trial->g->nodes[node];
    double margin = node == trial->edge->source || node == trial->edge->target ? -5 : 3;

    for (size_t i = 0; i < SAMPLES; i++)
        if (samples[i].x > n->x - margin && samples[i].x < n->x + n->width + margin && samples[i].y > n->y - margin &&
            samples[i].y < n->y + n->height + margin)
            return true;
    return false;
}

/* How many nodes a way covers; *length is its own. */
static size_t count_hits(struct trial *trial, const struct way *way, double *length)
{
    struct point samples[SAMPLES];
    struct point before;
    size_t count = 0;

    try_way(trial, way);
    before = trial->curve[0];
    *length = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        double dx;
        double dy;

        samples[i] = curve_at(trial->curve, (double)(i + 1) / (SAMPLES + 1));
        dx = samples[i].x - before.x;
        dy = samples[i].y - before.y;
        *length += sqrt(dx * dx + dy * dy);
        before = samples[i];
    }
    for (size_t i = 0; i < trial->g->nnodes; i++)
        count += !trial->g->nodes[i].group && hits(trial, i, samples);
    return count;
}

/* How far a curve that begins and ends at the same side must swing out to pass all that is between its ends. */
static double arc_over(const struct trial *trial, enum side side)
{
    const struct graph_node *a = &trial->g->nodes[trial->edge->source];
    const struct graph_node *b = &trial->g->nodes[trial->edge->target];
    struct point normal = side_normal(side, false);
    struct point from = side_middle(a, side);
    struct point to = side_middle(b, side);
    bool level = normal.y != 0; /* the ends are beside each other */
    double first = level ? fmin(from.x, to.x) : fmin(from.y, to.y);
    double last = level ? fmax(from.x, to.x) : fmax(from.y, to.y);
    double reach = 0;

    for (size_t i = 0; i < trial->g->nnodes; i++) {
        const struct graph_node *n = &trial->g->nodes[i];
        struct point outer = side_middle(n, side);
        double begins = level ? n->x : n->y;
        double ends = begins + (level ? n->width : n->height);
        double beyond = (outer.x - (from.x + to.x) / 2) * normal.x + (outer.y - (from.y + to.y) / 2) * normal.y;

        if (!n->group && begins < last && ends > first && beyond < LONGEST_ARC * 0.75)
            reach = fmax(reach, beyond);
    }
    return fmin((reach + CLEARANCE) / 0.75, LONGEST_ARC);
}

/* The best of all pairs of sides that handles leave free. */
static struct way way_round(struct trial *trial, struct way first, size_t first_hits, double first_length)
{
    struct way best = first;
    double least = (double)first_hits * HIT + first_length;

    for (enum side leaves = SIDE_LEFT; leaves <= SIDE_BOTTOM; leaves++)
        for (enum side enters = SIDE_LEFT; enters <= SIDE_BOTTOM; enters++) {
            struct way way = {.leaves = leaves, .enters = enters};
            double length;
            double cost;

            if ((trial->edge->leaves && trial->edge->leaves != leaves) ||
                (trial->edge->enters && trial->edge->enters != enters))
                continue;
            if (leaves == enters)
                way.arc = arc_over(trial, leaves);
            cost = (double)count_hits(trial, &way, &length) * HIT + TURN;
            if (cost + length < least) {
                least = cost + length;
                best = way;
            }
        }
    return best;
}

struct way edge_way(const struct graph *g, size_t edge)
{
    const struct graph_edge *e = &g->edges[edge];
    const struct graph_node *source = &g->nodes[e->source];
    const struct graph_node *target = &g->nodes[e->target];
    struct trial trial = {.g = g, .edge = e};
    struct way way = {.leaves = e->leaves, .enters = e->enters};
    size_t count;
    double length;

    if (graph_holds(g, e->source, e->target))
        return (struct way){.leaves = SIDE_LEFT, .leaves_inward = true, .enters = SIDE_LEFT};
    if (graph_holds(g, e->target, e->source))
        return (struct way){.leaves = SIDE_RIGHT, .enters = SIDE_RIGHT, .enters_inward = true};
    if (e->layered || e->nbends) {
        /* The layout goes from left to right, and some edges back, whatever a handle says. */
        bool leaves_right = (e->nbends ? e->bends[0].x : target->x) > source->x;
        bool enters_left = (e->nbends ? e->bends[e->nbends - 1].x : source->x) < target->x + (e->nbends ? 1 : 0);

        return (struct way){.leaves = leaves_right ? SIDE_RIGHT : SIDE_LEFT, .enters = enters_left ? SIDE_LEFT : SIDE_RIGHT};
    }
    if (!way.leaves)
        way.leaves = facing(source, target);
    if (!way.enters)
        way.enters = facing(target, source);
    if ((e->leaves && e->enters) || g->nnodes * g->nedges > MOST_TESTED)
        return way;
    count = count_hits(&trial, &way, &length);
    return count ? way_round(&trial, way, count, length) : way;
}
