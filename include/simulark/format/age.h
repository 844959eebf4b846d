/* Encryption in age's format (https://age-encryption.org/v1), to X25519 recipients or a passphrase, so that the age program
 * opens our files and we open its. Both ways are layers over an input or an output: 64 KiB chunks, each authenticated, in flat
 * memory. */
#ifndef SIMULARK_FORMAT_AGE_H
#define SIMULARK_FORMAT_AGE_H

#include "simulark/base/crypto.h"
#include "simulark/base/error.h"
#include "simulark/base/input.h"
#include "simulark/base/output.h"
#include "simulark/base/secret.h"
#include "simulark/format/limits.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- keys ---- */

/* Who may read what is written: any of the recipients, or whoever has the passphrase. A zeroed struct is empty; the owner
 * releases it. */
struct age_recipients {
    unsigned char (*keys)[X25519_KEY];
    size_t count;
    size_t capacity;
    const struct secret *passphrase; /* NULL: none; only where there are no recipients. Borrowed. */
};

/* "age1…". False where text is none. */
bool age_add_recipient(struct age_recipients *to, const char *text, size_t len);
/* A file's text, with one recipient a line; empty lines and those that begin with # are passed over. */
bool age_read_recipients(struct age_recipients *to, const char *name, const char *text, size_t len, struct error *err);
void age_recipients_release(struct age_recipients *to);

/* What opens files. A zeroed struct is empty; the owner releases it. */
struct age_keys {
    struct age_identity *identities; /* secret */
    size_t count;
    size_t capacity;
    const struct secret *passphrase; /* NULL: none. Borrowed. */
};

/* A file's text, with one identity ("AGE-SECRET-KEY-1…") a line, as age-keygen writes it. */
bool age_read_identities(struct age_keys *keys, const char *name, const struct secret *text, struct error *err);
void age_keys_release(struct age_keys *keys);

/* Makes an identity: appends a file as age-keygen's, and its recipient. */
void age_make(struct buffer *file, struct buffer *recipient);

/* ---- streams ---- */

/* Whether what stands at the beginning is an encrypted file, in age's binary form or in its armor. */
bool age_detect(struct input *in, bool *encrypted, struct error *err);

/* What is encrypted in `in`, which it takes over, also on failure. Bytes are given only once their chunk is found authentic, and
 * the end only once it is known to be the real one. NULL and *err where no key opens it. */
struct input *age_decrypt(struct input *in, const struct age_keys *keys, const struct limits *limits, struct error *err);

/* An output whose bytes are encrypted on their way to `out`, which it takes over, also on failure. */
struct output *age_encrypt(struct output *out, const struct age_recipients *to, struct error *err);

#endif
