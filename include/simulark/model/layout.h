/* Gives every node of a graph its size and its place. Where the canvas has a place it stays, but that all nodes of a group
 * are moved apart together where their estimated sizes would overlap. Without places a group's nodes are laid out in
 * layers; where only some have none, those stand below the others. Groups grow around what they hold. Pure; the same graph
 * gives the same picture. */
#ifndef SIMULARK_MODEL_LAYOUT_H
#define SIMULARK_MODEL_LAYOUT_H

#include "simulark/model/graph.h"

#define LABEL_SIZE 13.0 /* of letters in a node of usual size */
#define CAPTION_SIZE 10.5
#define NODE_PADDING 12.0
#define NODE_ICON 30.0
#define NODE_ICON_GAP 10.0 /* between the icon and the text */
#define NODE_LINE 17.0     /* from one line of a label to the next */
#define NODE_CAPTION 14.0  /* the line of the caption */
#define NODE_LINES 3
#define GROUP_PADDING 24.0
#define GROUP_TITLE 40.0 /* room for the title above what a group holds */
#define EDGE_LABEL_SIZE 11.0
#define EDGE_LABEL_LINE 14.0
#define EDGE_LABEL_WIDTH 130.0
#define EDGE_LABEL_LINES 3

void graph_layout(struct graph *graph);

#endif
