#include "simulark/model/layers.h"

#include "drawing.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define LAYER_GAP 84.0   /* between columns, at least */
#define WIDEST_GAP 200.0 /* between columns, however long a label is */
#define MOST_BENDS 20000 /* more edges than that pass behind the boxes */

/* ---- lists ---- */

enum end { LEFT, RIGHT };

/* For each vertex the places of the arcs that it is this end of. */
static struct lists lists_by(enum end end, const struct arc *arcs, size_t narcs, size_t nv)
{
    struct lists lists = {mem_alloc((nv + 2) * sizeof *lists.start), mem_alloc((narcs + 1) * sizeof *lists.list)};

    for (size_t i = 0; i < narcs; i++)
        lists.start[(end == LEFT ? arcs[i].left : arcs[i].right) + 2]++;
    for (size_t i = 0; i < nv; i++)
        lists.start[i + 2] += lists.start[i + 1];
    for (size_t i = 0; i < narcs; i++)
        lists.list[lists.start[(end == LEFT ? arcs[i].left : arcs[i].right) + 1]++] = i;
    return lists;
}

static void lists_free(struct lists *lists)
{
    free(lists->start);
    free(lists->list);
}

/* How many links lead to each box. */
static size_t *count_entering(const struct drawing *d)
{
    size_t *entering = mem_alloc(d->nboxes * sizeof *entering);

    for (size_t i = 0; i < d->nlinks; i++)
        entering[d->links[i].right]++;
    return entering;
}

/* ---- 1: no cycles ---- */

struct walk {
    struct lists leaving; /* the links that leave each box */
    size_t *next;         /* of each box's links */
    size_t *stack;        /* the boxes that are open */
    size_t depth;
    enum { NEW, OPEN, DONE } *state;
};

static void enter(struct walk *w, size_t box)
{
    w->state[box] = OPEN;
    w->next[box] = w->leaving.start[box];
    w->stack[w->depth++] = box;
}

/* Depth first, without recursion: a link to a box that is still open leads back. */
static void find_back_links(struct drawing *d, struct walk *w, size_t root)
{
    if (w->state[root] == NEW)
        enter(w, root);
    while (w->depth) {
        size_t box = w->stack[w->depth - 1];

        if (w->next[box] < w->leaving.start[box + 1]) {
            size_t link = w->leaving.list[w->next[box]++];
            size_t to = d->links[link].right;

            d->reversed[link] = w->state[to] == OPEN;
            if (w->state[to] == NEW)
                enter(w, to);
        } else {
            w->state[box] = DONE;
            w->depth--;
        }
    }
}

static void reverse_back_links(struct drawing *d)
{
    struct walk w = {.leaving = lists_by(LEFT, d->links, d->nlinks, d->nboxes),
                     .next = mem_alloc(d->nboxes * sizeof *w.next),
                     .stack = mem_alloc(d->nboxes * sizeof *w.stack),
                     .state = mem_alloc(d->nboxes * sizeof *w.state)};
    size_t *entering = count_entering(d);

    for (size_t box = 0; box < d->nboxes; box++) /* what nothing leads to comes first: it belongs to the left */
        if (!entering[box])
            find_back_links(d, &w, box);
    for (size_t box = 0; box < d->nboxes; box++)
        find_back_links(d, &w, box);
    for (size_t i = 0; i < d->nlinks; i++)
        if (d->reversed[i])
            d->links[i] = (struct arc){.left = d->links[i].right, .right = d->links[i].left};
    lists_free(&w.leaving);
    free(w.next);
    free(w.stack);
    free(w.state);
    free(entering);
}

/* ---- 2: layers ---- */

/* The boxes in an order in which every link leads forward. */
static size_t *topological(const struct drawing *d, const struct lists *leaving, const size_t *entering)
{
    size_t *waiting = mem_alloc(d->nboxes * sizeof *waiting);
    size_t *order = mem_alloc(d->nboxes * sizeof *order);
    size_t count = 0;

    memcpy(waiting, entering, d->nboxes * sizeof *waiting);
    for (size_t i = 0; i < d->nboxes; i++)
        if (!waiting[i])
            order[count++] = i;
    for (size_t at = 0; at < count; at++)
        for (size_t k = leaving->start[order[at]]; k < leaving->start[order[at] + 1]; k++) {
            size_t to = d->links[leaving->list[k]].right;

            if (--waiting[to] == 0)
                order[count++] = to;
        }
    free(waiting);
    return order;
}

/* Each box stands right of all that lead to it. */
static void layer_by_longest_way(struct drawing *d, const size_t *entering)
{
    struct lists leaving = lists_by(LEFT, d->links, d->nlinks, d->nboxes);
    size_t *order = topological(d, &leaving, entering);

    for (size_t at = 0; at < d->nboxes; at++)
        for (size_t k = leaving.start[order[at]]; k < leaving.start[order[at] + 1]; k++) {
            struct vertex *to = &d->v[d->links[leaving.list[k]].right];

            if (to->layer <= d->v[order[at]].layer)
                to->layer = d->v[order[at]].layer + 1;
        }
    lists_free(&leaving);
    free(order);
}

/* What begins somewhere goes right before what it leads to, however far that is from the left. */
static void pull_beginnings(struct drawing *d, const size_t *entering)
{
    size_t *nearest = mem_alloc(d->nboxes * sizeof *nearest);

    for (size_t i = 0; i < d->nboxes; i++)
        nearest[i] = GRAPH_NONE;
    for (size_t i = 0; i < d->nlinks; i++)
        if (d->v[d->links[i].right].layer < nearest[d->links[i].left])
            nearest[d->links[i].left] = d->v[d->links[i].right].layer;
    for (size_t i = 0; i < d->nboxes; i++)
        if (!entering[i] && nearest[i] != GRAPH_NONE)
            d->v[i].layer = nearest[i] - 1;
    free(nearest);
}

static void assign_layers(struct drawing *d)
{
    size_t *entering = count_entering(d);

    layer_by_longest_way(d, entering);
    pull_beginnings(d, entering);
    for (size_t i = 0; i < d->nboxes; i++)
        if (d->v[i].layer >= d->nlayers)
            d->nlayers = d->v[i].layer + 1;
    free(entering);
}

/* ---- 3: links as chains of segments ---- */

static void make_segments(struct drawing *d)
{
    size_t bends = 0;
    size_t segments = 0;

    for (size_t i = 0; i < d->nlinks; i++) {
        bends += d->v[d->links[i].right].layer - d->v[d->links[i].left].layer - 1;
        d->first_bend[i] = GRAPH_NONE;
    }
    if (bends > MOST_BENDS)
        bends = 0;
    d->v = mem_realloc(d->v, (d->nboxes + bends) * sizeof *d->v);
    d->segments = mem_alloc((d->nlinks + bends + 1) * sizeof *d->segments);
    for (size_t i = 0; i < d->nlinks; i++) {
        size_t left = d->links[i].left;
        size_t right = d->links[i].right;
        size_t gap = d->v[right].layer - d->v[left].layer;

        if (gap > 1 && !bends)
            continue;
        for (size_t k = 1; k < gap; k++) {
            if (k == 1)
                d->first_bend[i] = d->nv;
            d->v[d->nv] = (struct vertex){.layer = d->v[right].layer - gap + k, .bend = true};
            d->segments[segments++] = (struct arc){left, d->nv};
            left = d->nv++;
        }
        d->segments[segments++] = (struct arc){left, right};
    }
    d->nsegments = segments;
}

static void find_neighbours(struct drawing *d)
{
    d->left_of = lists_by(RIGHT, d->segments, d->nsegments, d->nv);
    d->right_of = lists_by(LEFT, d->segments, d->nsegments, d->nv);
    for (size_t i = 0; i < d->nsegments; i++) {
        d->left_of.list[i] = d->segments[d->left_of.list[i]].left;
        d->right_of.list[i] = d->segments[d->right_of.list[i]].right;
    }
}

/* ---- 6: columns and bends ---- */

/* The left edge of each column, and its width. */
static void place_columns(const struct drawing *d, const struct layer_box *boxes, const struct layer_link *links, double *x,
                          double *width)
{
    double *gap = mem_alloc((d->nlayers + 1) * sizeof *gap);
    double at = 0;

    for (size_t i = 0; i < d->nboxes; i++)
        if (boxes[i].width > width[d->v[i].layer])
            width[d->v[i].layer] = boxes[i].width;
    for (size_t i = 0; i < d->nlinks; i++) {
        size_t layer = d->v[d->links[i].left].layer;
        double wish = links[i].label ? links[i].label + 56 : 0;

        if (wish > gap[layer])
            gap[layer] = wish < WIDEST_GAP ? wish : WIDEST_GAP;
    }
    for (size_t l = 0; l < d->nlayers; l++) {
        x[l] = at;
        at += width[l] + (gap[l] > LAYER_GAP ? gap[l] : LAYER_GAP);
    }
    free(gap);
}

/* Gives a link two bends in each layer it passes: one where it comes in, one where it goes. */
static void give_bends(const struct drawing *d, size_t at, struct layer_link *link, const double *x, const double *width,
                       double top)
{
    size_t first = d->first_bend[at];
    size_t count;

    link->bends = NULL;
    link->nbends = 0;
    if (first == GRAPH_NONE)
        return;
    /* A link's bends follow each other, layer by layer. */
    count = d->v[d->links[at].right].layer - d->v[first].layer;
    link->bends = mem_alloc(2 * count * sizeof *link->bends);
    link->nbends = 2 * count;
    for (size_t k = 0; k < count; k++) {
        const struct vertex *v = &d->v[first + k];
        struct point in = {x[v->layer], v->y - top};
        struct point out = {x[v->layer] + width[v->layer], v->y - top};

        if (d->reversed[at]) {
            link->bends[2 * (count - 1 - k)] = out;
            link->bends[2 * (count - 1 - k) + 1] = in;
        } else {
            link->bends[2 * k] = in;
            link->bends[2 * k + 1] = out;
        }
    }
}

static void take_places(const struct drawing *d, struct layer_box *boxes, struct layer_link *links)
{
    double *x = mem_alloc((d->nlayers + 1) * sizeof *x);
    double *width = mem_alloc((d->nlayers + 1) * sizeof *width);
    double top = d->v[0].y - d->v[0].height / 2;

    place_columns(d, boxes, links, x, width);
    for (size_t i = 0; i < d->nv; i++)
        if (d->v[i].y - d->v[i].height / 2 < top)
            top = d->v[i].y - d->v[i].height / 2;
    for (size_t i = 0; i < d->nboxes; i++) {
        boxes[i].x = x[d->v[i].layer] + (width[d->v[i].layer] - boxes[i].width) / 2;
        boxes[i].y = d->v[i].y - d->v[i].height / 2 - top;
    }
    for (size_t i = 0; i < d->nlinks; i++)
        give_bends(d, i, &links[i], x, width, top);
    free(x);
    free(width);
}

void layers_place(struct layer_box *boxes, size_t nboxes, struct layer_link *links, size_t nlinks)
{
    struct drawing d = {.nv = nboxes, .nboxes = nboxes, .nlinks = nlinks};

    if (!nboxes)
        return;
    d.v = mem_alloc(nboxes * sizeof *d.v);
    for (size_t i = 0; i < nboxes; i++)
        d.v[i].height = boxes[i].height;
    d.links = mem_alloc((nlinks + 1) * sizeof *d.links);
    for (size_t i = 0; i < nlinks; i++)
        d.links[i] = (struct arc){.left = links[i].from, .right = links[i].to};
    d.reversed = mem_alloc((nlinks + 1) * sizeof *d.reversed);
    d.first_bend = mem_alloc((nlinks + 1) * sizeof *d.first_bend);
    reverse_back_links(&d);
    assign_layers(&d);
    make_segments(&d);
    find_neighbours(&d);
    drawing_order(&d);
    drawing_place(&d);
    take_places(&d, boxes, links);
    free(d.v);
    free(d.links);
    free(d.reversed);
    free(d.first_bend);
    free(d.segments);
    lists_free(&d.left_of);
    lists_free(&d.right_of);
    free(d.layer_start);
    free(d.in_layer);
}
