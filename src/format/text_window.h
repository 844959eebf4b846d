/* A window on text that comes in: what has been read and not yet been taken, and where in the input that is. */
#ifndef SIMULARK_FORMAT_TEXT_WINDOW_H
#define SIMULARK_FORMAT_TEXT_WINDOW_H

#include "simulark/base/buffer.h"
#include "simulark/base/error.h"
#include "simulark/base/input.h"

#include <stdbool.h>
#include <stddef.h>

struct window {
    struct input *in;
    struct buffer text;
    size_t at;           /* what stands before it has been taken */
    bool ended;          /* nothing follows text */
    size_t counted;      /* line and column are those of this place in text */
    size_t line, column; /* counted from 0, the column in characters */
};

void window_init(struct window *w, struct input *in); /* the input stays the caller's */

/* Forgets what has been taken, so that places in text change, and reads more behind the rest. */
bool window_fill(struct window *w, struct error *err);

/* At the beginning: takes a byte order mark, where there is one. */
bool window_skip_mark(struct window *w, struct error *err);

/* Counts up to `at`. Returns the line, from 1. */
size_t window_line(struct window *w);

/* STATUS_MALFORMED with "<input>:<line>:<column>: <sentence>" for a place in text from `counted` on. */
bool window_refuse(const struct window *w, size_t place, struct error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void window_release(struct window *w);

#endif
