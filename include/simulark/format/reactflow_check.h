/* Graphs as React Flow keeps them: arrays of nodes and edges that name each other. Pure. */
#ifndef SIMULARK_FORMAT_REACTFLOW_CHECK_H
#define SIMULARK_FORMAT_REACTFLOW_CHECK_H

#include "simulark/model/findings.h"
#include "simulark/model/row.h"

/* Who hears what is wrong: with which column, and a sentence without its full stop. */
struct reactflow_listener {
    void (*tell)(void *context, enum gravity gravity, const char *code, const char *column, const char *sentence);
    void *context;
};

/* The cells of graphs.nodes and graphs.edges, canonical JSON. Told is what a canvas cannot draw: ids that stand twice, parents
 * and ends of edges that are no node of the array. What does not look like React Flow (an array of objects with ids that are
 * strings) is passed over; so are ends that are uuids where there are no nodes, for these may be rows of their own. */
void reactflow_check(const struct cell *nodes, const struct cell *edges, const struct reactflow_listener *listener);

#endif
