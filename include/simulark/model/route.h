/* The ways of edges through a laid-out graph, as chains of cubic Bézier curves from border to border, and the places of
 * their labels. Edges that share a side of a node stand side by side there. Pure; deterministic. */
#ifndef SIMULARK_MODEL_ROUTE_H
#define SIMULARK_MODEL_ROUTE_H

#include "simulark/model/graph.h"
#include "simulark/model/layout.h"
#include "simulark/model/lettering.h"

#include <stddef.h>

struct route {
    struct point *points; /* 1 + 3 for each curve: where it begins, then two controls and an end for each */
    size_t npoints;
    struct text_line lines[EDGE_LABEL_LINES]; /* of the edge's label */
    size_t nlines;
    struct point label; /* the middle of its box */
    double label_width, label_height;
};

/* One for each edge, in their order. */
struct route *routes_new(const struct graph *graph);
void routes_free(struct route *routes, size_t count);

#endif
