/* Pictures of graphs as the end of a pipeline. */
#ifndef SIMULARK_FLOW_RENDER_H
#define SIMULARK_FLOW_RENDER_H

#include "simulark/flow/stream.h"
#include "simulark/format/picture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RENDER_NODES 20000 /* the largest graph that is drawn */
#define RENDER_EDGES 100000

struct render_options {
    const char *graph; /* id or name; NULL: the first by name */
    enum picture picture;
    enum theme theme;
    bool force; /* replace what is there */
};

/* A zeroed struct is ready; the caller releases it. */
struct render_report {
    char *graph; /* its name as it stands in the table */
    char *title; /* the same without control characters, for people */
    char *id;
    size_t graphs; /* that there were to choose from */
    size_t nodes, edges;
    size_t dangling; /* edges left out because a node is missing */
    int64_t bytes;
};

void render_report_release(struct render_report *report);

/* A picture of one graph of the bundle under path; "-" is standard output. A name that matches no graph or several is
 * STATUS_CONFLICT with the graphs as details. Keeps that graph's nodes and edges in memory, as far as needed. */
struct sink *sink_render(const char *path, const struct render_options *options, struct render_report *report,
                         struct error *err);

#endif
