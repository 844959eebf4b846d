/* What is wrong with a bundle: collected, not failed with, so that one run shows all of it.
 *
 * Memory is bounded: the first FINDINGS_KEPT are kept, all are counted. A zeroed struct is ready; the owner releases it. */
#ifndef SIMULARK_MODEL_FINDINGS_H
#define SIMULARK_MODEL_FINDINGS_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDINGS_KEPT 1000

enum gravity {
    GRAVITY_WARNING, /* worth a look */
    GRAVITY_ERROR,   /* an import would refuse it, or the canvas cannot draw it */
    GRAVITY_DAMAGE,  /* no bundle, not the one that was sealed, or nothing a server could hold */
};
#define GRAVITIES 3

struct finding {
    enum gravity gravity;
    const char *code; /* one word for programs: "dangling". Static. */
    char *where;      /* "data/nodes/000001.jsonl:7" */
    char *message;    /* one complete sentence, perhaps another one with the way out */
};

struct findings {
    const char *bundle; /* its path: left out of places. NULL: places stay as they are. Borrowed. */
    struct finding *kept;
    size_t nkept;
    size_t capacity;
    int64_t counts[GRAVITIES]; /* of all of them */
    int64_t lost;              /* rows or runs of rows that could not be read */
};

void findings_add(struct findings *f, enum gravity gravity, const char *code, const char *where, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Takes a failure as damage and clears it. False, with nothing changed, where f is NULL or the failure is none of the
 * bundle's (a full disk, an interruption). */
bool findings_take(struct findings *f, const char *code, struct error *err);

/* Puts those from the first-th on in order of their places. */
void findings_sort(struct findings *f, size_t first);

bool findings_truncated(const struct findings *f); /* some were counted only */

/* "error" or "warning": damage is an error, too. */
const char *gravity_name(enum gravity gravity);

/* What all of it comes to: malformed for damage, no for errors (strict: warnings, too), else ok. */
enum status findings_status(const struct findings *f, bool strict);

void findings_release(struct findings *f);

#endif
