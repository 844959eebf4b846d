/* Putting the members of many objects in order in one go.
 *
 * Objects whose members came in another order than jsonb's may be nested a hundred thousand deep. Moving the members of each
 * when it ends would move the inner ones once a level; so it is written down which pieces of the text must change places,
 * and done for all objects when the value is whole. */
#ifndef SIMULARK_FORMAT_JSON_KNOT_H
#define SIMULARK_FORMAT_JSON_KNOT_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets are those of the value's text, which is shorter than JSON_MAX_TEXT. */
struct member {
    uint32_t from, to;    /* from the key's opening quote to the value's end */
    uint32_t key_len;     /* bytes of the key with its escapes undone */
    uint32_t first, last; /* the tangles within it */
    bool escaped;         /* the key has escapes */
};

/* An object whose members stand in the wrong order. In the list of them, those within an object come before it. */
struct tangle {
    uint32_t from, to;       /* from '{' to behind '}' */
    uint32_t piece, npieces; /* its members in the right order */
    uint32_t first;          /* the first tangle within it */
};

/* A zeroed struct is ready. */
struct knot {
    struct member *pieces;
    size_t npieces, piece_capacity;
    struct tangle *tangles;
    size_t ntangles, tangle_capacity;
};

/* Writes down the object that has just ended; members in their right order, those left out will be gone. */
void knot_add(struct knot *k, uint32_t from, uint32_t to, uint32_t first, const struct member *members, size_t count);

/* Writes the value that begins at `base` and ends with the buffer anew, with all its objects in order. */
void knot_untie(struct knot *k, struct buffer *out, size_t base);

void knot_release(struct knot *k);

#endif
