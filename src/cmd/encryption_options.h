/* Encryption of what commands read and write. Private to cmd.
 *
 * A command that reads bundles puts DECRYPT_OPTIONS into its table, one that writes them ENCRYPT_OPTIONS (one that does both
 * CONVERT_OPTIONS), and calls read_encryption first. The keys go into bundle_info.keys; encrypt_output sets
 * bundle_options.encrypt_to. */
#ifndef SIMULARK_CMD_ENCRYPTION_OPTIONS_H
#define SIMULARK_CMD_ENCRYPTION_OPTIONS_H

#include "simulark/cmd/cmd.h"
#include "simulark/flow/bundle.h"

#include <stdbool.h>

#define IDENTITY_OPTION {"identity", 0, "FILE", "the age identity that opens an encrypted bundle; may be repeated"}
#define RECIPIENT_OPTIONS                                                                                                    \
    {"encrypt-to", 0, "RECIPIENT", "encrypt to this age recipient (age1...); may be repeated"},                                \
    {"recipients-file", 0, "FILE", "encrypt to the recipients in FILE, one a line"}

#define DECRYPT_OPTIONS                                                                                                      \
    IDENTITY_OPTION,                                                                                                         \
    {"passphrase-file", 0, "FILE", "the passphrase that opens it is FILE's first line"}
#define ENCRYPT_OPTIONS                                                                                                      \
    RECIPIENT_OPTIONS,                                                                                                       \
    {"passphrase-file", 0, "FILE", "encrypt with the passphrase in FILE's first line"}
#define CONVERT_OPTIONS                                                                                                      \
    IDENTITY_OPTION, RECIPIENT_OPTIONS,                                                                                      \
    {"passphrase-file", 0, "FILE", "a passphrase: opens IN, and encrypts OUT if it ends in .age"}

/* Points into itself: not to be copied. Zeroed before; the caller releases it, also after a failure. */
struct encryption {
    struct secret passphrase;
    struct age_keys keys;
    struct age_recipients to;
};

bool read_encryption(const struct arguments *a, struct encryption *e, struct error *err);
void encryption_release(struct encryption *e);

/* Decides whether what goes to path is encrypted, and to whom. */
bool encrypt_output(const struct arguments *a, const char *path, struct encryption *e, struct bundle_options *options,
                    struct error *err);

#endif
