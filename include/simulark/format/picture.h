/* A laid-out graph as a picture or as the text of another tool that draws. Pure: everything is appended to a buffer; the same
 * graph gives the same bytes. No label can become anything but text in the result. */
#ifndef SIMULARK_FORMAT_PICTURE_H
#define SIMULARK_FORMAT_PICTURE_H

#include "simulark/base/buffer.h"
#include "simulark/model/graph.h"

#include <stdbool.h>

enum picture { PICTURE_SVG, PICTURE_MERMAID, PICTURE_DOT };
enum theme { THEME_LIGHT, THEME_DARK };

/* "svg", "mmd", "dot" */
const char *picture_name(enum picture picture);
/* From a name, or from the ending of a path ("mermaid" and ".gv" too); false for an unknown one. */
bool picture_from_name(const char *name, enum picture *picture);
bool picture_from_path(const char *path, enum picture *picture);

void picture_write(enum picture picture, const struct graph *graph, enum theme theme, struct buffer *out);

/* SVG 1.1, standing alone: no scripts, no style sheets, no references. */
void picture_svg(const struct graph *graph, enum theme theme, struct buffer *out);
/* A flowchart for Mermaid 9 and later. */
void picture_mermaid(const struct graph *graph, enum theme theme, struct buffer *out);
/* A digraph for Graphviz. */
void picture_dot(const struct graph *graph, enum theme theme, struct buffer *out);

#endif
