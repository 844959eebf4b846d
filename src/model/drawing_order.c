#include "drawing.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define ORDER_SWEEPS 12

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

void drawing_order(struct drawing *d)
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
