/* What a picture needs of React Flow's nodes and edges, taken off their JSON text or off rows: large data around it is passed
 * over, and numbers that no double can hold are left out. */
#ifndef SIMULARK_FORMAT_GRAPH_JSON_H
#define SIMULARK_FORMAT_GRAPH_JSON_H

#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <jansson.h>
#include <stddef.h>

/* The objects of a JSON array, each with the members a picture needs; at most `most`, and one more to tell that there are
 * more. An empty list where the text is no array. The text must be JSON. The caller owns the list. */
json_t *graph_json_list(const char *text, size_t len, size_t most);

/* The same object from a row of nodes or edges. */
json_t *graph_json_row(const struct shape *shape, const struct row *row);

#endif
