/* The seal, the last thing of a bundle: what its tables and assets must add up to. docs/format.md is its description. */
#ifndef SIMULARK_MODEL_SEAL_H
#define SIMULARK_MODEL_SEAL_H

#include "simulark/base/digest.h"
#include "simulark/base/error.h"
#include "simulark/model/manifest.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct table_seal {
    const struct table *table;
    int64_t rows;
    char sha256[DIGEST_HEX + 1];
};

struct asset_seal {
    char *path;
    int64_t bytes;
    char sha256[DIGEST_HEX + 1];
};

struct seal {
    struct table_seal tables[TABLE_COUNT];
    size_t ntables;
    struct asset_seal *assets;
    size_t nassets;
    size_t assets_capacity;
    char digest[DIGEST_HEX + 1]; /* over all of these and the header */
    char *signature;             /* what travels with it: a minisign signature of the digest, unchecked; NULL: none */
    char claimed[DIGEST_HEX + 1]; /* of a seal made anew from a bundle: the digest the bundle claims; empty: none */
};

struct seal *seal_new(void);
void seal_free(struct seal *seal);
void seal_add_table(struct seal *seal, const struct table *table, int64_t rows, const char *sha256);
void seal_add_asset(struct seal *seal, const char *path, int64_t bytes, const char *sha256);
const struct table_seal *seal_table(const struct seal *seal, const struct table *table);

/* Computes seal->digest: SHA-256 of the compact JSON with sorted keys of {"header", "tables", "assets"}, the header without
 * `encoding`, `created_at` and `generator`. */
void seal_close(struct seal *seal, const struct manifest *m);

struct seal *seal_from_json(const json_t *object, struct error *err);
json_t *seal_to_json(const struct seal *seal);

#endif
