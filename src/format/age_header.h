/* The header of an age file: the file's key, wrapped for each of those who may have it. Only src/format/age*.c include this. */
#ifndef SIMULARK_FORMAT_AGE_HEADER_H
#define SIMULARK_FORMAT_AGE_HEADER_H

#include "simulark/base/buffer.h"
#include "simulark/format/age.h"

#include <stdbool.h>
#include <stddef.h>

#define AGE_VERSION "age-encryption.org/v1\n"
#define AGE_FILE_KEY 16
#define AGE_HEADER_BYTES ((size_t)256 << 10) /* the largest header that is read: some two thousand recipients */

/* The file's key, wrapped for somebody. */
struct age_stanza {
    enum { AGE_X25519, AGE_SCRYPT } kind;
    unsigned char with[32]; /* the ephemeral share; or the salt, of 16 bytes */
    unsigned log2_n;        /* of scrypt */
    unsigned char body[AGE_FILE_KEY + AEAD_TAG];
};

/* A zeroed struct is empty; the owner releases it. */
struct age_header {
    struct age_stanza *stanzas; /* those of the kinds we know */
    size_t count;
    size_t capacity;
    size_t all;     /* stanzas of any kind */
    size_t covered; /* bytes of the text that the MAC covers */
    unsigned char mac[HMAC_BYTES];
};

struct age_identity {
    unsigned char secret[X25519_KEY];
    unsigned char public[X25519_KEY];
};

/* Reads a header's whole text, from the version to the MAC's line end. *line is the line that is wrong, from 1. */
bool age_header_read(struct age_header *header, const char *text, size_t len, size_t *line);
void age_header_release(struct age_header *header);

/* Finds the file's key and checks that the header is the one that was written with it. name is what messages call the file. */
bool age_unwrap(const struct age_header *header, const char *text, const char *name, const struct age_keys *keys,
                const struct limits *limits, unsigned char file_key[AGE_FILE_KEY], struct error *err);

/* Appends a header for a new file. */
bool age_wrap(struct buffer *text, const struct age_recipients *to, const unsigned char file_key[AGE_FILE_KEY],
              struct error *err);

/* Base64 without padding. */
void age_base64_append(struct buffer *out, const void *bytes, size_t len);

#endif
