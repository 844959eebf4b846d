/* The header of a bundle: who, what, when, how many. Its other end is the seal, model/seal.h.
 *
 * A plain JSON object in the bundle, small enough to be held whole. docs/format.md is its description. */
#ifndef SIMULARK_MODEL_MANIFEST_H
#define SIMULARK_MODEL_MANIFEST_H

#include "simulark/base/error.h"
#include "simulark/model/shape.h"

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

/* The header as a JSON object with its fields in the order of docs/format.md. The caller owns it. */
json_t *manifest_to_json(const struct manifest *m);

#endif
