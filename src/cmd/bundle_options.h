/* The options of commands that write a bundle. Private to cmd. */
#ifndef SIMULARK_CMD_BUNDLE_OPTIONS_H
#define SIMULARK_CMD_BUNDLE_OPTIONS_H

#include "simulark/cmd/cmd.h"
#include "simulark/flow/bundle.h"

#include <stdbool.h>

/* For a command's table of options; path: what its help calls the place. */
#define BUNDLE_OPTIONS(path)                                                                                                 \
    {"format", 0, "yaml|json|directory|ark|tar.zst|tar.gz|tar|zip",                                                          \
     "the container, where the ending of " path " does not tell"},                                                           \
    {"encoding", 0, "json|yaml", "of the rows in archives and directories (default json)"}

/* Reads --format, --encoding, --force and SOURCE_DATE_EPOCH for a bundle at path. encrypt_to is set before, if at all
 * (encryption_options.h). */
bool read_bundle_options(const struct arguments *a, const char *path, struct bundle_options *options, struct error *err);

/* What was written, for people: "ark", "encrypted ark". */
const char *bundle_kind(const struct bundle_options *options, char text[32]);

#endif
