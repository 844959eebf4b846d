/* Pairs of keys in files: NAME.key, which is secret and readable for its owner only, and NAME.pub. With `force` they replace
 * what is there. */
#ifndef SIMULARK_FLOW_KEY_PAIR_H
#define SIMULARK_FLOW_KEY_PAIR_H

#include "simulark/format/age.h"
#include "simulark/format/minisign.h"

#include <stdbool.h>

/* To sign with: minisign's. passphrase: NULL for none. Gives the key's id. */
bool signing_pair_make(const char *name, const struct secret *passphrase, bool force, char id[MINISIGN_ID_TEXT + 1],
                       struct error *err);

/* To encrypt to: age's. Appends the recipient. */
bool encryption_pair_make(const char *name, bool force, struct buffer *recipient, struct error *err);

#endif
