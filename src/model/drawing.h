/* A graph being put into layers (layers.c): what its steps hand on. Private to model. */
#ifndef SIMULARK_MODEL_DRAWING_H
#define SIMULARK_MODEL_DRAWING_H

#include <stdbool.h>
#include <stddef.h>

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

/* Step 4: orders the vertices of each layer so that few segments cross. */
void drawing_order(struct drawing *d);

/* Step 5: gives each vertex its y, as near to its neighbours as the order within its layer lets it. */
void drawing_place(struct drawing *d);

#endif
