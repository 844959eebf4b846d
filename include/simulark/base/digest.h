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

/* A digest as bundles and reports write it: "sha256:" and the digits. */
#define DIGEST_PREFIX "sha256:"
#define DIGEST_TEXT (sizeof DIGEST_PREFIX - 1 + DIGEST_HEX) /* characters of it */

void digest_format(const char hex[DIGEST_HEX + 1], char text[DIGEST_TEXT + 1]);
/* The digits of such a text, within it; NULL where it is none. */
const char *digest_parse(const char *text);

#endif
