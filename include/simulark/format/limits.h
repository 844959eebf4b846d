/* How much of anything is taken from a bundle. Every limit is named when it is hit. */
#ifndef SIMULARK_FORMAT_LIMITS_H
#define SIMULARK_FORMAT_LIMITS_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits {
    size_t row_bytes;      /* text of one row, and of one value of a header */
    size_t asset_bytes;    /* one asset, bundle.json or seal.json */
    size_t entries;        /* entries of an archive or files of a directory */
    size_t expansion;      /* bytes that one byte of a compressed archive may become, after EXPANSION_FREE */
    size_t yaml_depth;     /* nesting of YAML */
    size_t alias_bytes;    /* text that one YAML document's aliases may stand for, and anchors may keep */
    size_t scrypt_bytes;   /* memory for the passphrase of an encrypted bundle */
};

#define EXPANSION_FREE ((int64_t)64 << 20) /* bytes that may come out of anything */

#define LIMITS_DEFAULT                                                                                                       \
    ((struct limits){                                                                                                        \
        .row_bytes = (size_t)256 << 20,                                                                                      \
        .asset_bytes = (size_t)16 << 20,                                                                                     \
        .entries = 100000,                                                                                                   \
        .expansion = 1000,                                                                                                   \
        .yaml_depth = 10000,                                                                                                 \
        .alias_bytes = (size_t)16 << 20,                                                                                     \
        .scrypt_bytes = (size_t)1 << 30,                                                                                     \
    })

/* Sets one of them from "NAME=VALUE", as --limit takes it. */
bool limits_set(struct limits *limits, const char *text, struct error *err);

/* Says how the limit that was hit is raised. Always false. */
bool limits_hint(struct error *err, const char *name);

#endif
