/* What the document source and the package source have in common. Private to flow. */
#ifndef SIMULARK_FLOW_BUNDLE_PARTS_H
#define SIMULARK_FLOW_BUNDLE_PARTS_H

#include "simulark/base/error.h"
#include "simulark/base/input.h"
#include "simulark/format/reader.h"
#include "simulark/model/findings.h"
#include "simulark/model/manifest.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Parses the text of a small JSON object. name is what messages call it. NULL and *err on failure. */
json_t *parse_object(const char *name, const struct buffer *text, struct error *err);

/* Reads all of an input, at most `most` bytes; limit is the name of the limit that says so, NULL where it is none of them. */
bool read_whole(struct input *in, size_t most, const char *limit, struct buffer *bytes, struct error *err);

/* The manifest of a parsed header; one written by hand gets the shapes of all tables its kind may hold. */
struct manifest *read_manifest(const char *name, const json_t *header, struct error *err);

/* Whether rows can be read on after a failure, which is then a finding. taken: the row itself was read, and only what it lacks
 * is wrong. */
bool more_after_failure(const struct rows_reader *rows, bool taken, struct findings *findings, struct error *err);

/* "The bundle has no seal …: it was cut short." */
bool refuse_unsealed(const char *name, struct error *err);

#endif
