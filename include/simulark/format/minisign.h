/* Keys and signatures in the formats of minisign (https://jedisct1.github.io/minisign/), so that it checks ours and we check
 * its. Ed25519; what is signed is a short text, hashed with BLAKE2b-512 ("ED") or, in signatures of old, as it is ("Ed"). */
#ifndef SIMULARK_FORMAT_MINISIGN_H
#define SIMULARK_FORMAT_MINISIGN_H

#include "simulark/base/buffer.h"
#include "simulark/base/crypto.h"
#include "simulark/base/error.h"
#include "simulark/base/secret.h"

#include <stdbool.h>
#include <stddef.h>

#define MINISIGN_ID 8
#define MINISIGN_ID_TEXT 16               /* in hexadecimal, without the NUL */
#define MINISIGN_COMMENT 1000             /* bytes of a comment that we write; minisign reads some more */
#define MINISIGN_BYTES ((size_t)16 << 10) /* the largest signature file that is read */

struct minisign_public {
    unsigned char id[MINISIGN_ID];
    unsigned char key[ED25519_PUBLIC];
};

/* To be allocated with secret_alloc. */
struct minisign_secret {
    unsigned char id[MINISIGN_ID];
    unsigned char key[ED25519_SECRET];
};

struct minisign_signature {
    bool prehashed;
    unsigned char id[MINISIGN_ID]; /* of the key it claims to be from */
    unsigned char signature[ED25519_SIGNATURE];
    const char *comment; /* the trusted one, in the text that was read; to be believed once it is verified */
    size_t comment_len;
    unsigned char global[ED25519_SIGNATURE]; /* of signature and comment */
};

/* An id as minisign shows it: upper-case digits of a little-endian number. */
void minisign_id_text(const unsigned char id[MINISIGN_ID], char text[MINISIGN_ID_TEXT + 1]);

/* ---- keys ---- */

/* A new pair, from the system's generator. */
void minisign_make(struct minisign_public *public, struct minisign_secret *secret);

/* Appends a whole file. passphrase: NULL for a key that is not encrypted (minisign -W). False where there is not the memory
 * that its scrypt takes (256 MiB). */
void minisign_write_public(struct buffer *file, const struct minisign_public *public);
bool minisign_write_secret(struct buffer *file, const struct minisign_secret *secret, const struct secret *passphrase,
                           struct error *err);

/* Reads a file's text; name is what messages call it. A key that is encrypted needs the passphrase, others leave it alone. */
bool minisign_read_secret(struct minisign_secret *secret, const char *name, const struct secret *text,
                          const struct secret *passphrase, struct error *err);

/* Public keys from one or several files. A zeroed struct is empty; the owner releases it. */
struct minisign_keys {
    struct minisign_public *keys;
    size_t count;
    size_t capacity;
};

/* Adds the keys of a file: each line that is neither empty nor a comment ("untrusted comment: …", "#…") is one. */
bool minisign_read_keys(struct minisign_keys *keys, const char *name, const char *text, size_t len, struct error *err);
/* NULL where none has the id. */
const struct minisign_public *minisign_find(const struct minisign_keys *keys, const unsigned char id[MINISIGN_ID]);
void minisign_keys_release(struct minisign_keys *keys);

/* ---- signatures ---- */

/* Appends a signature file. The comments are single lines. */
void minisign_sign(struct buffer *file, const struct minisign_secret *secret, const void *message, size_t len,
                   const char *untrusted, const char *trusted);

/* Reads a signature file; false where it is none. Points into text. */
bool minisign_read_signature(struct minisign_signature *s, const char *text, size_t len);

/* Whether both the message and the trusted comment are what the key's owner signed. */
bool minisign_verify(const struct minisign_signature *s, const struct minisign_public *public, const void *message, size_t len);

#endif
