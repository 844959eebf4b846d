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
    double key;
    bool bend;
};

/* Between neighbouring layers, left to right. */
struct segment {
    size_t left, right;
};

struct drawing {
    struct vertex *v;
    size_t nv, nboxes;
    struct segment *segments;
    size_t nsegments;
    size_t *right_start, *right_of; /* of vertex i: right_of[right_start[i]] up to right_start[i + 1] */
    size_t *left_start, *left_of;
    size_t nlayers;
    size_t *layer_start, *in_layer; /* the vertices of a layer, in order */
    bool *reversed;                 /* links that lead back */
    size_t *first_bend;             /* of each link; GRAPH_NONE: it has none */
};

/* ---- neighbours of links ---- */

/* Lists for each box the links that start there. */
static size_t *links_by_start(const struct layer_link *links, size_t nlinks, size_t nboxes, size_t **list)
{
    size_t *start = mem_alloc((nboxes + 2) * sizeof *start);

    *list = mem_alloc((nlinks + 1) * sizeof **list);
    for (size_t i = 0; i < nlinks; i++)
        start[links[i].from + 2]++;
    for (size_t i = 0; i < nboxes; i++)
        start[i + 2] += start[i + 1];
    for (size_t i = 0; i < nlinks; i++)
        (*list)[start[links[i].from + 1]++] = i;
    return start;
}

/* ---- 1: no cycles ---- */

/* Depth first, without recursion: a link to a box that is still open leads back. */
static void reverse_back_links(struct drawing *d, const struct layer_link *links, size_t nlinks)
{
    size_t *list;
    size_t *start = links_by_start(links, nlinks, d->nboxes, &list);
    size_t *next = mem_alloc(d->nboxes * sizeof *next);
    size_t *stack = mem_alloc(d->nboxes * sizeof *stack);
    char *state = mem_alloc(d->nboxes); /* 0 new, 1 open, 2 done */
    size_t *entered = mem_alloc(d->nboxes * sizeof *entered);

    for (size_t i = 0; i < nlinks; i++)
        entered[links[i].to]++;
    for (size_t round = 0; round < 2; round++) /* what nothing leads to comes first: it belongs to the left */
        for (size_t root = 0; root < d->nboxes; root++) {
            size_t depth = 0;

            if (state[root] || (round == 0 && entered[root]))
                continue;
            state[root] = 1;
            next[root] = start[root];
            stack[depth++] = root;
            while (depth) {
                size_t box = stack[depth - 1];

                if (next[box] == start[box + 1]) {
                    state[box] = 2;
                    depth--;
                } else {
                    size_t link = list[next[box]++];
                    size_t to = links[link].to;

                    d->reversed[link] = state[to] == 1;
                    if (!state[to]) {
                        state[to] = 1;
                        next[to] = start[to];
                        stack[depth++] = to;
                    }
                }
            }
        }
    free(list);
    free(start);
    free(next);
    free(stack);
    free(state);
    free(entered);
}

/* ---- 2: layers ---- */

static size_t left_end(const struct drawing *d, const struct layer_link *links, size_t i)
{
    return d->reversed[i] ? links[i].to : links[i].from;
}

static size_t right_end(const struct drawing *d, const struct layer_link *links, size_t i)
{
    return d->reversed[i] ? links[i].from : links[i].to;
}

/* The boxes in an order in which every link leads forward. */
static size_t *topological(const struct drawing *d, const struct layer_link *forward, size_t nlinks)
{
    size_t *list;
    size_t *start = links_by_start(forward, nlinks, d->nboxes, &list);
    size_t *waiting = mem_alloc(d->nboxes * sizeof *waiting);
    size_t *order = mem_alloc(d->nboxes * sizeof *order);
    size_t count = 0;

    for (size_t i = 0; i < nlinks; i++)
        waiting[forward[i].to]++;
    for (size_t i = 0; i < d->nboxes; i++)
        if (!waiting[i])
            order[count++] = i;
    for (size_t at = 0; at < count; at++)
        for (size_t k = start[order[at]]; k < start[order[at] + 1]; k++)
            if (--waiting[forward[list[k]].to] == 0)
                order[count++] = forward[list[k]].to;
    free(list);
    free(start);
    free(waiting);
    return order;
}

static void assign_layers(struct drawing *d, const struct layer_link *links, size_t nlinks)
{
    struct layer_link *forward = mem_alloc((nlinks + 1) * sizeof *forward);
    size_t *nearest = mem_alloc(d->nboxes * sizeof *nearest);
    size_t *entered = mem_alloc(d->nboxes * sizeof *entered);
    size_t *list;
    size_t *start;
    size_t *order;

    for (size_t i = 0; i < nlinks; i++) {
        forward[i] = (struct layer_link){.from = left_end(d, links, i), .to = right_end(d, links, i)};
        entered[forward[i].to]++;
    }
    order = topological(d, forward, nlinks);
    start = links_by_start(forward, nlinks, d->nboxes, &list);
    for (size_t at = 0; at < d->nboxes; at++)
        for (size_t k = start[order[at]]; k < start[order[at] + 1]; k++) {
            struct vertex *to = &d->v[forward[list[k]].to];

            if (to->layer <= d->v[order[at]].layer)
                to->layer = d->v[order[at]].layer + 1;
        }
    /* What begins somewhere goes right before what it leads to, however far that is from the left. */
    for (size_t i = 0; i < d->nboxes; i++)
        nearest[i] = GRAPH_NONE;
    for (size_t i = 0; i < nlinks; i++)
        if (d->v[forward[i].to].layer < nearest[forward[i].from])
            nearest[forward[i].from] = d->v[forward[i].to].layer;
    for (size_t i = 0; i < d->nboxes; i++) {
        if (!entered[i] && nearest[i] != GRAPH_NONE)
            d->v[i].layer = nearest[i] - 1;
        if (d->v[i].layer >= d->nlayers)
            d->nlayers = d->v[i].layer + 1;
    }
    free(forward);
    free(nearest);
    free(entered);
    free(list);
    free(start);
    free(order);
}

/* ---- 3: links as chains of segments ---- */

static void make_segments(struct drawing *d, const struct layer_link *links, size_t nlinks)
{
    size_t bends = 0;
    size_t segments = 0;

    for (size_t i = 0; i < nlinks; i++) {
        bends += d->v[right_end(d, links, i)].layer - d->v[left_end(d, links, i)].layer - 1;
        d->first_bend[i] = GRAPH_NONE;
    }
    if (bends > MOST_BENDS)
        bends = 0;
    d->v = mem_realloc(d->v, (d->nboxes + bends) * sizeof *d->v);
    d->segments = mem_alloc((nlinks + bends + 1) * sizeof *d->segments);
    for (size_t i = 0; i < nlinks; i++) {
        size_t left = left_end(d, links, i);
        size_t right = right_end(d, links, i);
        size_t gap = d->v[right].layer - d->v[left].layer;

        if (gap > 1 && !bends)
            continue;
        for (size_t k = 1; k < gap; k++) {
            if (k == 1)
                d->first_bend[i] = d->nv;
            d->v[d->nv] = (struct vertex){.layer = d->v[right].layer - gap + k, .bend = true};
            d->segments[segments++] = (struct segment){left, d->nv};
            left = d->nv++;
        }
        d->segments[segments++] = (struct segment){left, right};
    }
    d->nsegments = segments;
}

static void index_segments(struct drawing *d)
{
    d->right_start = mem_alloc((d->nv + 2) * sizeof *d->right_start);
    d->left_start = mem_alloc((d->nv + 2) * sizeof *d->left_start);
    d->right_of = mem_alloc((d->nsegments + 1) * sizeof *d->right_of);
    d->left_of = mem_alloc((d->nsegments + 1) * sizeof *d->left_of);
    for (size_t i = 0; i < d->nsegments; i++) {
        d->right_start[d->segments[i].left + 2]++;
        d->left_start[d->segments[i].right + 2]++;
    }
    for (size_t i = 0; i < d->nv; i++) {
        d->right_start[i + 2] += d->right_start[i + 1];
        d->left_start[i + 2] += d->left_start[i + 1];
    }
    for (size_t i = 0; i < d->nsegments; i++) {
        d->right_of[d->right_start[d->segments[i].left + 1]++] = d->segments[i].right;
        d->left_of[d->left_start[d->segments[i].right + 1]++] = d->segments[i].left;
    }
}

/* ---- 4: order within layers ---- */

/* The first order: neighbours of what came before, from the left. */
static void order_first(struct drawing *d)
{
    size_t *count = mem_alloc((d->nlayers + 1) * sizeof *count);
    size_t *stack = mem_alloc((d->nv + 1) * sizeof *stack);
    bool *seen = mem_alloc((d->nv + 1) * sizeof *seen);

    d->layer_start = mem_alloc((d->nlayers + 2) * sizeof *d->layer_start);
    d->in_layer = mem_alloc((d->nv + 1) * sizeof *d->in_layer);
    for (size_t i = 0; i < d->nv; i++)
        d->layer_start[d->v[i].layer + 1]++;
    for (size_t l = 0; l < d->nlayers; l++)
        d->layer_start[l + 1] += d->layer_start[l];
    for (size_t layer = 0; layer < d->nlayers; layer++)
        for (size_t root = 0; root < d->nv; root++) {
            size_t depth = 0;

            if (seen[root] || d->v[root].layer != layer)
                continue;
            stack[depth++] = root;
            seen[root] = true;
            while (depth) {
                size_t i = stack[--depth];
                size_t at = d->layer_start[d->v[i].layer] + count[d->v[i].layer]++;

                d->in_layer[at] = i;
                for (size_t k = d->right_start[i + 1]; k > d->right_start[i]; k--) {
                    size_t to = d->right_of[k - 1];

                    if (!seen[to]) {
                        seen[to] = true;
                        stack[depth++] = to;
                    }
                }
            }
        }
    for (size_t l = 0; l < d->nlayers; l++)
        for (size_t at = d->layer_start[l]; at < d->layer_start[l + 1]; at++)
            d->v[d->in_layer[at]].order = at - d->layer_start[l];
    free(count);
    free(stack);
    free(seen);
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
    const size_t *start = by_left ? d->left_start : d->right_start;
    const size_t *of = by_left ? d->left_of : d->right_of;
    size_t from = d->layer_start[layer];
    size_t count = d->layer_start[layer + 1] - from;

    for (size_t i = 0; i < count; i++) {
        size_t vertex = d->in_layer[from + i];
        double sum = 0;
        size_t n = start[vertex + 1] - start[vertex];

        for (size_t k = start[vertex]; k < start[vertex + 1]; k++)
            sum += (double)d->v[of[k]].order;
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

        for (size_t k = d->right_start[i]; k < d->right_start[i + 1]; k++) {
            size_t before = 0;

            for (size_t p = d->v[d->right_of[k]].order + 1; p; p &= p - 1)
                before += tree[p];
            crossings += total - before;
        }
        for (size_t k = d->right_start[i]; k < d->right_start[i + 1]; k++, total++)
            for (size_t p = d->v[d->right_of[k]].order + 1; p <= width; p += p & (~p + 1))
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
    for (size_t l = 0; l < d->nlayers; l++)
        for (size_t at = d->layer_start[l]; at < d->layer_start[l + 1]; at++)
            d->v[d->in_layer[at]].order = at - d->layer_start[l];
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

    for (size_t k = d->left_start[i]; left && k < d->left_start[i + 1]; k++, n++)
        sum += d->v[d->left_of[k]].y;
    for (size_t k = d->right_start[i]; right && k < d->right_start[i + 1]; k++, n++)
        sum += d->v[d->right_of[k]].y;
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
static void place_columns(const struct drawing *d, const struct layer_box *boxes, const struct layer_link *links,
                          size_t nlinks, double *x, double *width)
{
    double *gap = mem_alloc((d->nlayers + 1) * sizeof *gap);
    double at = 0;

    for (size_t i = 0; i < d->nboxes; i++)
        if (boxes[i].width > width[d->v[i].layer])
            width[d->v[i].layer] = boxes[i].width;
    for (size_t i = 0; i < nlinks; i++) {
        size_t layer = d->v[left_end(d, links, i)].layer;
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
static void give_bends(const struct drawing *d, struct layer_link *link, bool reversed, size_t first, const double *x,
                       const double *width, double top)
{
    size_t count = 0;

    link->bends = NULL;
    link->nbends = 0;
    if (first == GRAPH_NONE)
        return;
    /* A link's bends follow each other, layer by layer. */
    count = d->v[reversed ? link->from : link->to].layer - d->v[first].layer;
    link->bends = mem_alloc(2 * count * sizeof *link->bends);
    link->nbends = 2 * count;
    for (size_t k = 0; k < count; k++) {
        const struct vertex *v = &d->v[first + k];
        struct point in = {x[v->layer], v->y - top};
        struct point out = {x[v->layer] + width[v->layer], v->y - top};

        if (reversed) {
            link->bends[2 * (count - 1 - k)] = out;
            link->bends[2 * (count - 1 - k) + 1] = in;
        } else {
            link->bends[2 * k] = in;
            link->bends[2 * k + 1] = out;
        }
    }
}

static void take_places(const struct drawing *d, struct layer_box *boxes, struct layer_link *links, size_t nlinks)
{
    double *x = mem_alloc((d->nlayers + 1) * sizeof *x);
    double *width = mem_alloc((d->nlayers + 1) * sizeof *width);
    double top = d->v[0].y - d->v[0].height / 2;

    place_columns(d, boxes, links, nlinks, x, width);
    for (size_t i = 0; i < d->nv; i++)
        if (d->v[i].y - d->v[i].height / 2 < top)
            top = d->v[i].y - d->v[i].height / 2;
    for (size_t i = 0; i < d->nboxes; i++) {
        boxes[i].x = x[d->v[i].layer] + (width[d->v[i].layer] - boxes[i].width) / 2;
        boxes[i].y = d->v[i].y - d->v[i].height / 2 - top;
    }
    for (size_t i = 0; i < nlinks; i++)
        give_bends(d, &links[i], d->reversed[i], d->first_bend[i], x, width, top);
    free(x);
    free(width);
}

void layers_place(struct layer_box *boxes, size_t nboxes, struct layer_link *links, size_t nlinks)
{
    struct drawing d = {.nv = nboxes, .nboxes = nboxes};

    if (!nboxes)
        return;
    d.v = mem_alloc(nboxes * sizeof *d.v);
    for (size_t i = 0; i < nboxes; i++)
        d.v[i].height = boxes[i].height;
    d.reversed = mem_alloc((nlinks + 1) * sizeof *d.reversed);
    d.first_bend = mem_alloc((nlinks + 1) * sizeof *d.first_bend);
    reverse_back_links(&d, links, nlinks);
    assign_layers(&d, links, nlinks);
    make_segments(&d, links, nlinks);
    index_segments(&d);
    order_layers(&d);
    place_vertically(&d);
    take_places(&d, boxes, links, nlinks);
    free(d.v);
    free(d.reversed);
    free(d.first_bend);
    free(d.segments);
    free(d.right_start);
    free(d.right_of);
    free(d.left_start);
    free(d.left_of);
    free(d.layer_start);
    free(d.in_layer);
}
