/* UTF-8 as RFC 3629 and PostgreSQL have it: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#ifndef SIMULARK_BASE_UTF8_H
#define SIMULARK_BASE_UTF8_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length (1 to 4) of the character that starts at text, 0 where it is not valid UTF-8. len is what is left, not 0. */
size_t utf8_length(const char *text, size_t len);

/* Decodes one character known to be valid; *used is its length. */
uint32_t utf8_decode(const char *text, size_t *used);

void utf8_append(struct buffer *b, uint32_t code_point);

/* The offset of the first byte that is not valid UTF-8; len where all is well. */
size_t utf8_check(const char *text, size_t len);

/* How many characters a valid text has. */
size_t utf8_count(const char *text, size_t len);

/* The length of a valid text's beginning of at most `most` bytes that ends with a whole character. */
size_t utf8_cut(const char *text, size_t len, size_t most);

/* The length of the byte order mark that a text begins with (editors and spreadsheets put it there), or 0. */
size_t utf8_mark(const char *text, size_t len);

#endif
