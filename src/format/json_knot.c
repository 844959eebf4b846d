#include "json_knot.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

void knot_add(struct knot *k, uint32_t from, uint32_t to, uint32_t first, const struct member *members, size_t count)
{
    k->tangles = mem_grow(k->tangles, &k->tangle_capacity, k->ntangles + 1, sizeof *k->tangles);
    k->tangles[k->ntangles++] = (struct tangle){from, to, (uint32_t)k->npieces, (uint32_t)count, first};
    k->pieces = mem_grow(k->pieces, &k->piece_capacity, k->npieces + count, sizeof *k->pieces);
    memcpy(k->pieces + k->npieces, members, count * sizeof *members);
    k->npieces += count;
}

void knot_release(struct knot *k)
{
    free(k->pieces);
    free(k->tangles);
    *k = (struct knot){0};
}

/* One member on its way out, and those of its object that stand before it. */
struct step {
    uint32_t piece, first_piece;
    uint32_t to;   /* text behind this is out */
    uint32_t last; /* so are the tangles from this one on */
};

static struct step step_to(const struct knot *k, uint32_t piece, uint32_t first_piece)
{
    return (struct step){piece, first_piece, k->pieces[piece].to, k->pieces[piece].last};
}

/* Goes from the back to the front, as the last tangle within a piece is always one that no other of the piece holds. */
void knot_untie(struct knot *k, struct buffer *out, size_t base)
{
    size_t len = out->len - base;
    const char *text = out->data + base;
    char *ordered = mem_alloc(len);
    char *to = ordered + len;
    struct step *steps = NULL;
    size_t nsteps = 0;
    size_t capacity = 0;
    uint32_t whole = (uint32_t)k->npieces;

    k->pieces = mem_grow(k->pieces, &k->piece_capacity, k->npieces + 1, sizeof *k->pieces);
    k->pieces[whole] = (struct member){.to = (uint32_t)len, .last = (uint32_t)k->ntangles};
    steps = mem_grow(steps, &capacity, 1, sizeof *steps);
    steps[nsteps++] = step_to(k, whole, whole);
    while (nsteps) {
        struct step *step = &steps[nsteps - 1];
        const struct member *piece = &k->pieces[step->piece];
        const struct tangle *inner = step->last > piece->first ? &k->tangles[step->last - 1] : NULL;
        uint32_t from = inner ? inner->to : piece->from;

        to -= step->to - from;
        memcpy(to, text + from, step->to - from);
        if (inner) {
            *--to = '}';
            step->to = inner->from;
            step->last = inner->first;
            steps = mem_grow(steps, &capacity, nsteps + 1, sizeof *steps);
            steps[nsteps++] = step_to(k, inner->piece + inner->npieces - 1, inner->piece);
        } else if (step->piece > step->first_piece) {
            to -= 2;
            memcpy(to, ", ", 2);
            *step = step_to(k, step->piece - 1, step->first_piece);
        } else {
            nsteps--;
            if (nsteps)
                *--to = '{';
        }
    }
    len -= (size_t)(to - ordered);
    memcpy(out->data + base, to, len);
    out->len = base + len;
    free(steps);
    free(ordered);
}
