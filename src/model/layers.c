#include "simulark/model/layers.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define LAYER_GAP 84.0   /* between columns, at least */
#define WIDEST_GAP 200.0 /* between columns, however long a label is */
#define BOX_GAP 36.0     /* between boxes of a column */
#define BEND_GAP 18.0    /* between a box and an edge that passes, and between two of those */
#define MOST_BENDS 20000 /* more edges than that pass behind the boxes */
#define ORDER_SWEEPS 12
#define PLACE_SWEEPS 16

/* A box, or the place where a long link passes a layer. */
struct vertex {
    double height, y; /* y: of its centre */
    size_t layer;
    size_t order; /* within the layer */
    bool bend;
};

/* Of a link's two ends, or of a part of one between neighbouring layers. */
struct arc {
    size_t left, right;
};

/* A list for each vertex, all in one: that of vertex i is list[start[i]] up to list[start[i + 1]]. */
struct lists {
    size_t *start, *list;
};

struct drawing {
    struct vertex *v; /* boxes, then bends */
    size_t nv, nboxes;
    struct arc *links; /* turned, where they led back: they lead to the right */
    size_t nlinks;
    bool *reversed;     /* which of them are turned */
    size_t *first_bend; /* of each link; GRAPH_NONE: it has none */
    struct arc *segments;
    size_t nsegments;
    struct lists left_of, right_of; /* the neighbours of each vertex */
    size_t nlayers;
    size_t *layer_start, *in_layer; /* the vertices of a layer, in order */
};

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

/* ---- 4: order within layers ---- */

struct ordering {
    size_t *count; /* of each layer's vertices that have their place */
    size_t *stack;
    bool *seen;
};

/* Gives a vertex, and what it leads to, the next places of their layers. */
static void order_from(struct drawing *d, struct ordering *o, size_t root)
{
    size_t depth = 0;

    o->stack[depth++] = root;
    o->seen[root] = true;
    while (depth) {
        size_t i = o->stack[--depth];
        size_t layer = d->v[i].layer;

        d->in_layer[d->layer_start[layer] + o->count[layer]++] = i;
        for (size_t k = d->right_of.start[i + 1]; k > d->right_of.start[i]; k--) {
            size_t to = d->right_of.list[k - 1];

            if (o->seen[to])
                continue;
            o->seen[to] = true;
            o->stack[depth++] = to;
        }
    }
}

/* Tells each vertex its place in its layer. */
static void number_layers(struct drawing *d)
{
    for (size_t l = 0; l < d->nlayers; l++)
        for (size_t at = d->layer_start[l]; at < d->layer_start[l + 1]; at++)
            d->v[d->in_layer[at]].order = at - d->layer_start[l];
}

/* The first order: neighbours of what came before, from the left. */
static void order_first(struct drawing *d)
{
    struct ordering o = {.count = mem_alloc((d->nlayers + 1) * sizeof *o.count),
                         .stack = mem_alloc((d->nv + 1) * sizeof *o.stack),
                         .seen = mem_alloc((d->nv + 1) * sizeof *o.seen)};

    d->layer_start = mem_alloc((d->nlayers + 2) * sizeof *d->layer_start);
    d->in_layer = mem_alloc((d->nv + 1) * sizeof *d->in_layer);
    for (size_t i = 0; i < d->nv; i++)
        d->layer_start[d->v[i].layer + 1]++;
    for (size_t l = 0; l < d->nlayers; l++)
        d->layer_start[l + 1] += d->layer_start[l];
    for (size_t layer = 0; layer < d->nlayers; layer++)
        for (size_t i = 0; i < d->nv; i++)
            if (!o.seen[i] && d->v[i].layer == layer)
                order_from(d, &o, i);
    number_layers(d);
    free(o.count);
    free(o.stack);
    free(o.seen);
}

struct keyed {
    double key;
    size_t order, vertex;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Orders one layer by the mean order of its neighbours on one side. */
static void order_layer(struct drawing *d, size_t layer, bool by_left, struct keyed *scratch)
{
    const struct lists *of = by_left ? &d->left_of : &d->right_of;
    size_t from = d->layer_start[layer];
    size_t count = d->layer_start[layer + 1] - from;

    for (size_t i = 0; i < count; i++) {
        size_t vertex = d->in_layer[from + i];
        double sum = 0;
        size_t n = of->start[vertex + 1] - of->start[vertex];

        for (size_t k = of->start[vertex]; k < of->start[vertex + 1]; k++)
            sum += (double)d->v[of->list[k]].order;
        scratch[i] = (struct keyed){n ? sum / (double)n : (double)i, i, vertex};
    }
    qsort(scratch, count, sizeof *scratch, by_key);
    for (size_t i = 0; i < count; i++) {
        d->in_layer[from + i] = scratch[i].vertex;
        d->v[scratch[i].vertex].order = i;
    }
}

/* How many segments cross between a layer and the next: inversions, counted with a binary indexed tree. */
static size_t crossings_after(const struct drawing *d, size_t layer, size_t *tree)
{
    size_t width = d->layer_start[layer + 2] - d->layer_start[layer + 1];
    size_t total = 0;
    size_t crossings = 0;

    memset(tree, 0, (width + 2) * sizeof *tree);
    for (size_t at = d->layer_start[layer]; at < d->layer_start[layer + 1]; at++) {
        size_t i = d->in_layer[at];

        for (size_t k = d->right_of.start[i]; k < d->right_of.start[i + 1]; k++) {
            size_t before = 0;

            for (size_t p = d->v[d->right_of.list[k]].order + 1; p; p &= p - 1)
                before += tree[p];
            crossings += total - before;
        }
        for (size_t k = d->right_of.start[i]; k < d->right_of.start[i + 1]; k++, total++)
            for (size_t p = d->v[d->right_of.list[k]].order + 1; p <= width; p += p & (~p + 1))
                tree[p]++;
    }
    return crossings;
}

static size_t count_crossings(const struct drawing *d, size_t *tree)
{
    size_t crossings = 0;

    for (size_t layer = 0; layer + 1 < d->nlayers; layer++)
        crossings += crossings_after(d, layer, tree);
    return crossings;
}

static void order_layers(struct drawing *d)
{
    struct keyed *scratch = mem_alloc((d->nv + 1) * sizeof *scratch);
    size_t *tree = mem_alloc((d->nv + 2) * sizeof *tree);
    size_t *best = mem_alloc((d->nv + 1) * sizeof *best);
    size_t fewest;

    order_first(d);
    fewest = count_crossings(d, tree);
    memcpy(best, d->in_layer, d->nv * sizeof *best);
    for (size_t sweep = 0; sweep < ORDER_SWEEPS && fewest; sweep++) {
        size_t crossings;

        for (size_t l = 0; l < d->nlayers; l++)
            order_layer(d, sweep % 2 ? d->nlayers - 1 - l : l, sweep % 2 == 0, scratch);
        crossings = count_crossings(d, tree);
        if (crossings < fewest) {
            fewest = crossings;
            memcpy(best, d->in_layer, d->nv * sizeof *best);
        }
    }
    memcpy(d->in_layer, best, d->nv * sizeof *best);
    number_layers(d);
    free(scratch);
    free(tree);
    free(best);
}

/* ---- 5: places ---- */

static double separation(const struct vertex *above, const struct vertex *below)
{
    double gap = above->bend || below->bend ? BEND_GAP : BOX_GAP;

    return above->height / 2 + gap + below->height / 2;
}

/* The mean height of the neighbours on one side, or on both. */
static bool wanted(const struct drawing *d, size_t i, bool left, bool right, double *y)
{
    double sum = 0;
    size_t n = 0;

    for (size_t k = d->left_of.start[i]; left && k < d->left_of.start[i + 1]; k++, n++)
        sum += d->v[d->left_of.list[k]].y;
    for (size_t k = d->right_of.start[i]; right && k < d->right_of.start[i + 1]; k++, n++)
        sum += d->v[d->right_of.list[k]].y;
    if (n)
        *y = sum / (double)n;
    return n > 0;
}

struct block {
    double sum, weight;
    size_t count;
};

/* Moves a layer's vertices as near as their order and gaps let them to where they want to be: least squares under an
 * order, by pooling adjacent violators. */
static void place_layer(struct drawing *d, size_t layer, bool left, bool right, struct block *blocks)
{
    size_t from = d->layer_start[layer];
    size_t count = d->layer_start[layer + 1] - from;
    double offset = 0;
    size_t nblocks = 0;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        struct vertex *v = &d->v[d->in_layer[from + i]];
        double weight = v->bend ? 4 : 1; /* long edges are to be straight */
        double y = v->y;

        if (i)
            offset += separation(&d->v[d->in_layer[from + i - 1]], v);
        if (!wanted(d, d->in_layer[from + i], left, right, &y))
            weight = 0.05;
        blocks[nblocks++] = (struct block){(y - offset) * weight, weight, 1};
        while (nblocks > 1 && blocks[nblocks - 1].sum * blocks[nblocks - 2].weight <
                                  blocks[nblocks - 2].sum * blocks[nblocks - 1].weight) {
            nblocks--;
            blocks[nblocks - 1].sum += blocks[nblocks].sum;
            blocks[nblocks - 1].weight += blocks[nblocks].weight;
            blocks[nblocks - 1].count += blocks[nblocks].count;
        }
    }
    offset = 0;
    for (size_t b = 0; b < nblocks; b++)
        for (size_t k = 0; k < blocks[b].count; k++, at++) {
            struct vertex *v = &d->v[d->in_layer[from + at]];

            if (at)
                offset += separation(&d->v[d->in_layer[from + at - 1]], v);
            v->y = blocks[b].sum / blocks[b].weight + offset;
        }
}

static void place_vertically(struct drawing *d)
{
    struct block *blocks = mem_alloc((d->nv + 1) * sizeof *blocks);

    for (size_t l = 0; l < d->nlayers; l++) {
        double y = 0;

        for (size_t at = d->layer_start[l]; at < d->layer_start[l + 1]; at++) {
            if (at > d->layer_start[l])
                y += separation(&d->v[d->in_layer[at - 1]], &d->v[d->in_layer[at]]);
            d->v[d->in_layer[at]].y = y;
        }
        for (size_t at = d->layer_start[l]; at < d->layer_start[l + 1]; at++)
            d->v[d->in_layer[at]].y -= y / 2;
    }
    for (size_t sweep = 0; sweep < PLACE_SWEEPS; sweep++)
        for (size_t l = 0; l < d->nlayers; l++) {
            bool back = sweep % 2;
            bool both = sweep + 4 >= PLACE_SWEEPS;

            place_layer(d, back ? d->nlayers - 1 - l : l, !back || both, back || both, blocks);
        }
    free(blocks);
}

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
    order_layers(&d);
    place_vertically(&d);
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
