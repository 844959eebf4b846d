/* At which sides an edge leaves and enters, and how far it swings out. Private to model. */
#ifndef SIMULARK_MODEL_SIDES_H
#define SIMULARK_MODEL_SIDES_H

#include "simulark/model/graph.h"

struct way {
    enum side leaves, enters; /* never SIDE_ANY */
    bool leaves_inward, enters_inward; /* from a group's frame to what it holds: the edge is inside */
    double arc;               /* how far its controls are pulled out; 0: as the distance has it */
};

/* For an edge between two nodes. What handles and layouts say is kept; otherwise the sides that face each other, unless other
 * nodes are in the way and a way round is better. */
struct way edge_way(const struct graph *g, size_t edge);

struct point side_normal(enum side side, bool inward);

/* The two controls of the curve between two points, with the directions in which each is left. */
void curve_controls(struct point from, struct point out, struct point to, struct point in, double arc,
                    struct point controls[2]);
struct point curve_at(const struct point curve[4], double t);

#endif
