/* PostgreSQL's text form of a one-dimensional text array: {a,"b c",NULL,"say \"x\""}. Private to the row codecs. */
#ifndef SIMULARK_FORMAT_ARRAY_TEXT_H
#define SIMULARK_FORMAT_ARRAY_TEXT_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether the text is such an array in the form the server writes: no white space between elements, one dimension, the
 * lower bound 1. What is not must be carried as the text it is. */
bool array_text_is_simple(const char *text, size_t len);

/* Goes through a simple array: *at starts at 0; appends the next element's characters, or sets *null. False at the end. */
bool array_text_next(const char *text, size_t len, size_t *at, struct buffer *element, bool *null);

#endif
