/* SHA-256 (FIPS 180-4), by libcrypto. */
#ifndef SIMULARK_BASE_DIGEST_H
#define SIMULARK_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_HEX 64 /* characters of a digest in hexadecimal, without the NUL */

struct digest; /* one running computation */

struct digest *digest_new(void);
void digest_add(struct digest *d, const void *bytes, size_t len);
/* Gives the digest as lower-case hexadecimal with a NUL; the computation starts again from nothing. */
void digest_take(struct digest *d, char hex[DIGEST_HEX + 1]);
void digest_free(struct digest *d);

/* The digest of one run of bytes. */
void digest_of(const void *bytes, size_t len, char hex[DIGEST_HEX + 1]);

/* Whether text is 64 lower-case hexadecimal digits. */
bool digest_is_hex(const char *text);

#endif
