/* The layered drawing of one connected set of boxes (Sugiyama's method): what leads goes left of where it leads to. Layers
 * by the longest path, order within a layer by the barycentre of neighbours, places by least squares. The same input gives
 * the same drawing. Pure. */
#ifndef SIMULARK_MODEL_LAYERS_H
#define SIMULARK_MODEL_LAYERS_H

#include "simulark/model/graph.h"

#include <stddef.h>

struct layer_box {
    double width, height;
    double x, y; /* out: the upper left corner; the drawing begins at 0, 0 */
};

struct layer_link {
    size_t from, to;     /* boxes; not the same */
    double label;        /* width of its label; 0: none */
    struct point *bends; /* out: where it passes layers between its ends, from `from` to `to`; the caller frees it */
    size_t nbends;
};

void layers_place(struct layer_box *boxes, size_t nboxes, struct layer_link *links, size_t nlinks);

#endif
