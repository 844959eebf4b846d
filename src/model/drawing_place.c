#include "drawing.h"
#include "simulark/base/memory.h"

#include <stdlib.h>

#define BOX_GAP 36.0     /* between boxes of a column */
#define BEND_GAP 18.0    /* between a box and an edge that passes, and between two of those */
#define PLACE_SWEEPS 16

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

void drawing_place(struct drawing *d)
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
