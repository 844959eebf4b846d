/* A graph as a picture needs it: nodes with places and labels, edges with ends. Built from React Flow's objects, whether
 * they come from rows or from the arrays of a graph. Pure. */
#ifndef SIMULARK_MODEL_GRAPH_H
#define SIMULARK_MODEL_GRAPH_H

#include "simulark/model/family.h"
#include "simulark/model/geometry.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define GRAPH_NONE ((size_t)-1)
#define GRAPH_FARTHEST 200000.0 /* a coordinate beyond this is taken for none */
#define GRAPH_LARGEST 10000.0   /* a width or height beyond this, too */
#define GRAPH_SMALLEST 20.0     /* or below this */

enum side { SIDE_ANY, SIDE_LEFT, SIDE_RIGHT, SIDE_TOP, SIDE_BOTTOM };

struct graph_node {
    char *label; /* cleaned text; never empty, never NULL */
    char *type;  /* cleaned text, of the technology where one is named; empty where there is none that the label does not say */
    enum family family;
    size_t parent; /* the group it is in, or GRAPH_NONE */
    size_t depth;  /* how many groups it is in */
    bool group;    /* a frame around others */
    bool placed;   /* x and y are known */
    double x, y;   /* of the upper left corner; in the parent's, once laid out in the picture's coordinates */
    double width, height; /* 0: not known; never once laid out */
    bool sized;           /* width and height were both known before layout */
    enum side leaves, enters; /* where its edges begin and end, unless they say otherwise */
};

struct graph_edge {
    size_t source, target;
    enum side leaves, enters;
    char *label; /* cleaned text; may be empty */
    bool dashed; /* animated on the canvas */
    bool both;   /* an arrow at its source, too */
    bool layered; /* a layout has put its source into a layer before its target's, or after it */
    struct point *bends; /* that a layout leads it through, from source to target; two for each layer it crosses */
    size_t nbends;
};

struct graph {
    char *name; /* cleaned text; may be empty */
    struct graph_node *nodes;
    size_t nnodes;
    struct graph_edge *edges;
    size_t nedges;
    size_t dangling; /* edges left out because an end is missing */
    double x, y, width, height; /* what it covers, once laid out */
    double pen; /* how much larger than usual edges and their labels are drawn, as the nodes are: 1 to 2 */
};

/* Where a graph may stand: objects as React Flow has them, but only the members a picture needs. Lists may be NULL. */
struct graph_parts {
    const char *name;
    json_t *node_rows, *edge_rows;   /* made from rows */
    json_t *node_array, *edge_array; /* from graphs.nodes and graphs.edges */
};

/* The larger of rows and array gives the nodes, and so for the edges; rows are preferred to an array as large. Where both
 * know one by the same id, rows win for what they hold. Members are changed in place. */
struct graph *graph_new(const struct graph_parts *parts);
void graph_free(struct graph *graph);

/* Whether `ancestor` is a group that holds `node`, at any depth. */
bool graph_holds(const struct graph *graph, size_t ancestor, size_t node);

#endif
