/* Failure, told once.
 *
 * Functions that can fail return false and fill the caller's struct error with one complete sentence; the first error
 * wins, so a caller that fails because its callee failed has nothing to add. Only `cmd` and `main` print errors. */
#ifndef SIMULARK_BASE_ERROR_H
#define SIMULARK_BASE_ERROR_H

#include "simulark/base/buffer.h"

#include <stdarg.h>
#include <stdbool.h>

/* The kinds of failure are the exit statuses of the program. */
enum status {
    STATUS_OK = 0,
    STATUS_NO = 1,        /* the answer is no: differences, findings, drift */
    STATUS_USAGE = 2,     /* the command line is wrong */
    STATUS_MALFORMED = 3, /* the bundle is malformed, damaged, unsafe or of an unknown version */
    STATUS_DATABASE = 4,  /* the database cannot be reached or refused a statement */
    STATUS_CONFLICT = 5,  /* already there, changed since, or nothing or too much of a name */
    STATUS_REFUSED = 6,   /* a tier, premium or ownership rule says no */
    STATUS_FILE = 7,      /* a file cannot be read or written, or is no key, passphrase or map of users */
    STATUS_INTERNAL = 8,
    STATUS_INTERRUPTED = 130,
    STATUS_TERMINATED = 143,
};

struct error {
    enum status status;    /* STATUS_OK: nothing has failed */
    struct buffer message; /* one complete sentence; a place and ": " may stand before it */
    size_t place;          /* the length of that place; 0: none */
    struct buffer hint;    /* what to do about it; may be empty */
    char **details;        /* one line each: every offender of a kind */
    size_t ndetails;
    size_t capacity;
};

#define ERROR_INIT ((struct error){0})

void error_release(struct error *err);
void error_clear(struct error *err); /* forget the failure */

/* Fills *err unless it is filled already. Always returns false, so that a failing function can end with it. */
bool error_set(struct error *err, enum status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with "<place>: " before the sentence. */
bool error_set_at(struct error *err, enum status status, const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool error_vset_at(struct error *err, enum status status, const char *place, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

/* The same as error_set with ": <strerror(saved_errno)>" and STATUS_FILE. */
bool error_file(struct error *err, int saved_errno, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Says what to do; only the first hint is kept. */
void error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds one offender to the list under the message. Works before error_set, too. */
void error_detail(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets the sentence and the hint, for others to be set: something else is the matter. The details still hold. */
void error_restate(struct error *err);

/* Makes it another kind of failure, told by the same sentence; its hint was that of the kind before. */
void error_recast(struct error *err, enum status status);

/* Puts "<text>: " before the message: where it happened, known only to the caller. */
void error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline bool error_is_set(const struct error *err)
{
    return err->status != STATUS_OK;
}

/* The name of a kind of failure, as `--json` gives it: "usage", "malformed" … */
const char *status_name(enum status status);

#endif
