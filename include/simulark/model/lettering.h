/* Text as it will stand in a picture: cleaned of what no picture can show, measured, broken into lines. Pure.
 *
 * Nobody knows which font a viewer has, so widths are estimates from Helvetica's, whose metrics Arial and Liberation Sans
 * share, with some room to spare; a wide East Asian character or an emoji is one em. */
#ifndef SIMULARK_MODEL_LETTERING_H
#define SIMULARK_MODEL_LETTERING_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

#define LETTERING_MAX_BYTES 1000 /* of cleaned text: more fits into no label */

/* One line of a wrapped text: a range of its bytes. */
struct text_line {
    size_t start, len;
    double width;
    bool cut; /* an ellipsis follows */
};

/* Appends text as one line of printable characters: white space, line ends and control characters become single spaces,
 * characters that turn the direction of writing or that XML forbids go, invalid UTF-8 becomes U+FFFD. Cut, with an
 * ellipsis, after LETTERING_MAX_BYTES. */
void text_clean(struct buffer *out, const char *text, size_t len);

/* The width of cleaned text in units of `size`'s. */
double text_width(const char *text, size_t len, double size, bool bold);

/* Breaks cleaned text into at most max_lines lines no wider than `width` (but of one character at least), at spaces and
 * after punctuation where it can. Returns how many; 0 for an empty text. */
size_t text_wrap(const char *text, double width, double size, bool bold, struct text_line *lines, size_t max_lines);

#endif
