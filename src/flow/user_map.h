/* The file of --map-users: lines "old,new", each an id or an e-mail; lines that begin with # and a first line that begins with
 * old,new say nothing. Private to flow. */
#ifndef SIMULARK_FLOW_USER_MAP_H
#define SIMULARK_FLOW_USER_MAP_H

#include "simulark/base/error.h"
#include "simulark/base/input.h"

#include <stdbool.h>

/* Both are without blanks around them and valid during the call; line counts from 1. False and *err ends the reading. */
typedef bool user_map_fn(void *context, const char *old, const char *new, int line, struct error *err);

/* Gives each pair. A line that is none, or longer than 4096 bytes, is STATUS_FILE with its place. */
bool user_map_read(struct input *in, user_map_fn *pair, void *context, struct error *err);

#endif
