/* What commands that read a bundle ask of its signature, and how they tell of it. Private to cmd.
 *
 * A command puts SIGNATURE_OPTIONS into its table, reads them into a struct signature_check, and puts filter_signature
 * (flow/signature.h) right behind filter_seal. */
#ifndef SIMULARK_CMD_SIGNATURE_OPTIONS_H
#define SIMULARK_CMD_SIGNATURE_OPTIONS_H

#include "simulark/cmd/cmd.h"
#include "simulark/flow/signature.h"

#include <stdbool.h>

#define SIGNATURE_OPTIONS                                                                                                    \
    {"trusted-keys", 0, "FILE", "check the signature with these minisign public keys"},                                      \
    {"require-signature", 0, NULL, "refuse what none of the trusted keys has signed"}

/* The caller releases check with signature_check_release, also after a failure. */
bool read_signature_options(const struct arguments *a, struct signature_check *check, struct error *err);

/* {"state","key_id","comment"}, or null where there is no signature. The caller owns it. */
json_t *signature_to_json(const struct signature_report *report);

/* One line, where there is something to say. */
void tell_signature(const struct cli *cli, const struct signature_report *report);

/* The same as words: "good, by key 147F…: comment". */
void describe_signature(const struct signature_report *report, struct buffer *text);

#endif
