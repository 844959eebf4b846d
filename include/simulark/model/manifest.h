/* The two ends of a bundle: its header (who, what, when, how many) and its seal (what it must add up to).
 *
 * Both are plain JSON objects in the bundle, small enough to be held whole. docs/format.md is their description. */
#ifndef SIMULARK_MODEL_MANIFEST_H
#define SIMULARK_MODEL_MANIFEST_H

#include "simulark/base/digest.h"
#include "simulark/base/error.h"
#include "simulark/model/table.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUNDLE_FORMAT 1 /* the newest bundle format this program reads and writes */
#define BUNDLE_SCHEMA 1 /* the newest version of the thirteen tables it knows */

enum kind { KIND_PROJECT, KIND_ACCOUNT, KIND_INSTANCE, KIND_TEMPLATE };
enum encoding { ENCODING_JSON, ENCODING_YAML };

const char *kind_name(enum kind kind);
const char *encoding_name(enum encoding encoding);

/* One column of a table as this bundle or database has it. */
struct shape_column {
    char *name;
    char *sql_type; /* as format_type() writes it */
    enum type type;
    const struct column *known; /* NULL: a column the model does not know */
};

/* A table as it travels: which columns, in which order, how many rows. */
struct shape {
    const struct table *table;
    struct shape_column *columns;
    size_t ncolumns;
    int64_t rows; /* -1 where nobody has counted (a document written by hand) */
};

/* Whether a column has the type the model gives it. */
bool shape_column_is_known(const struct shape_column *column);
/* Whether a column holds whose a template's rows are: what only the use of it tells. */
bool shape_column_is_open(const struct shape_column *column);
/* The place of a column in a shape; -1 where it is not there. */
int shape_column(const struct shape *shape, const char *name);
/* Adds a column; known ones may leave sql_type NULL. */
void shape_add_column(struct shape *shape, const char *name, const char *sql_type);
/* The shape that has exactly the model's columns. */
void shape_init_known(struct shape *shape, const struct table *table);
void shape_release(struct shape *shape);

struct person {
    char *id;
    char *email;
};

struct manifest {
    int format;
    int schema;
    enum kind kind;
    enum encoding encoding;
    char *created_at; /* RFC 3339, UTC; NULL where left out */
    char *generator;  /* "simulark 1.0.0"; NULL where left out */
    struct shape *shapes; /* the tables that follow, in load order, empty ones too */
    size_t nshapes;
    struct person *people;
    size_t npeople;
    size_t people_capacity;
    json_t *requires_templates; /* array or NULL */
    json_t *template;           /* object of kind template, or NULL */
    bool by_hand;               /* it has no `tables`: counts and columns are unknown, and no seal is demanded */
};

struct manifest *manifest_new(enum kind kind);
void manifest_free(struct manifest *m);
struct manifest *manifest_copy(const struct manifest *m);

/* Adds an empty shape and returns it; valid until the next is added. Tables must come in load order. */
struct shape *manifest_add_table(struct manifest *m, const struct table *table);
struct shape *manifest_shape(const struct manifest *m, const struct table *table); /* NULL where not in the bundle */
void manifest_add_person(struct manifest *m, const char *id, const char *email);

/* Lets the ids of a template's rows be short ones. */
void manifest_allow_local_ids(struct manifest *m);

/* Reads a header from its parsed JSON object. Refuses (STATUS_MALFORMED) what is no header, a newer format or schema,
 * unknown fields, tables twice or out of load order. The caller prefixes the place. */
struct manifest *manifest_from_json(const json_t *object, struct error *err);

/* Text that need not be valid UTF-8 (a file's name) as a JSON string: what is not becomes U+FFFD. The caller owns it. */
json_t *text_to_json(const char *text);
/* The text of a field, borrowed; "" where it is none. */
const char *json_text(const json_t *object, const char *field);

/* The header as a JSON object with its fields in the order of docs/format.md. The caller owns it. */
json_t *manifest_to_json(const struct manifest *m);

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
