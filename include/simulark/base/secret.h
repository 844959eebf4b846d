/* Passphrases and key files: small, held in memory that is wiped (base/crypto.h). A zeroed struct is empty; the owner releases
 * it. */
#ifndef SIMULARK_BASE_SECRET_H
#define SIMULARK_BASE_SECRET_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define SECRET_BYTES ((size_t)64 << 10) /* the most that is taken */

struct secret {
    char *bytes;
    size_t len;
};

/* All of a file (or pipe, or standard input for "-"); at most SECRET_BYTES. */
bool secret_read(struct secret *s, const char *path, struct error *err);

/* A file's first line, without what ends it. One that is empty is refused. */
bool secret_read_passphrase(struct secret *s, const char *path, struct error *err);

void secret_release(struct secret *s);

#endif
