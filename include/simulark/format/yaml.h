/* YAML text, written by us: block style, two spaces, only what every YAML 1.1 and 1.2 reader takes for the same value.
 *
 * Lines are never folded: no reader has to guess where a space was. Strings are valid UTF-8. */
#ifndef SIMULARK_FORMAT_YAML_H
#define SIMULARK_FORMAT_YAML_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends `more` spaces. */
void yaml_append_indent(struct buffer *out, size_t more);

/* Appends a string as a scalar and a newline: plain where no reader could take it for something else, a literal block where
 * it has several lines, else in double quotes. indent is the depth of the mapping or sequence that holds it. */
void yaml_append_string(struct buffer *out, const char *text, size_t len, size_t indent);

/* Appends a string inside of a flow collection, without a newline: plain or in double quotes. */
void yaml_append_flow_string(struct buffer *out, const char *text, size_t len);

/* Appends a key and its colon, without a space behind it. Keys longer than readers must accept in front of a colon become
 * "? …", a newline and `indent` spaces before the colon. */
void yaml_append_key(struct buffer *out, const char *text, size_t len, size_t indent);

/* Appends JSON text (valid, white space or not; members stay in their order) as a value behind a key's colon: " 5\n", or a
 * newline and a block that is `indent` spaces deep. Short sequences of single values are on one line ("[a, b]"), and so is
 * what is nested deeply. */
void yaml_append_json(struct buffer *out, const char *json, size_t len, size_t indent);

#endif
