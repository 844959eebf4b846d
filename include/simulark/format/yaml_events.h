/* libyaml's events, one at a time, with our messages. Private to the YAML readers.
 *
 * Bytes are checked before libyaml sees them: UTF-8 only (it would take UTF-16 too), printable only. */
#ifndef SIMULARK_FORMAT_YAML_EVENTS_H
#define SIMULARK_FORMAT_YAML_EVENTS_H

#include "simulark/base/error.h"
#include "simulark/base/input.h"

#include <stddef.h>
#include <yaml.h>

struct yaml_events;

/* No event may take more than `limit` bytes of the input (libyaml holds a scalar whole). The input stays the caller's. */
struct yaml_events *yaml_events_new(struct input *in, size_t limit);

/* The next event, valid until the next call. NULL on failure. Not to be called again after a failure or the stream's end. */
const yaml_event_t *yaml_events_next(struct yaml_events *e, struct error *err);

const char *yaml_events_name(const struct yaml_events *e); /* of the input */
void yaml_events_free(struct yaml_events *e);

#endif
