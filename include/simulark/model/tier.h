/* A subscription tier: what its users may have and do. docs/tiers.md is the description for people.
 *
 * A tier's `limits` and `features` come from the database already taken apart: a key, the type of its JSON value (as
 * jsonb_typeof names it) and its text. Whatever is not exactly as it should be is an error (STATUS_REFUSED) that names the tier
 * and the key; it never means unlimited. */
#ifndef SIMULARK_MODEL_TIER_H
#define SIMULARK_MODEL_TIER_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit {
    LIMIT_PROJECTS,
    LIMIT_GRAPHS,
    LIMIT_NODES,
    LIMIT_EDGES,
    LIMIT_CHATS,
    LIMIT_MESSAGES,
    LIMIT_CONTEXTS,
    LIMIT_EXPORTS, /* this and what follows: a month */
    LIMIT_IMPORTS,
    LIMIT_TEMPLATE_USES,
};

#define LIMIT_COUNT 10
#define UNLIMITED (-1)

struct limit_spec {
    const char *name;   /* its key in `limits` */
    const char *things; /* what it counts: "nodes" */
    const char *metric; /* of usage_analytics, for those a month; else NULL */
};

extern const struct limit_spec limit_specs[LIMIT_COUNT];

enum feature {
    FEATURE_EXPORT,
    FEATURE_IMPORT,
    FEATURE_PUBLIC_PROJECTS,
    FEATURE_PREMIUM_TEMPLATES,
    FEATURE_PUBLISH_TEMPLATES,
};

#define FEATURE_COUNT 5

extern const char *const feature_names[FEATURE_COUNT];

struct tier {
    char *name;
    int64_t limits[LIMIT_COUNT]; /* UNLIMITED: none */
    bool features[FEATURE_COUNT];
};

/* A tier without limits or features; what follows fills it in. The caller releases it. */
void tier_init(struct tier *tier, const char *name);
void tier_release(struct tier *tier);

/* Whether two are of one name, and allow the same. */
bool tier_equal(const struct tier *a, const struct tier *b);

/* The types of the two columns' values, NULL for SQL NULL: limits must be an object, features an object or an array. */
bool tier_check_types(const struct tier *tier, const char *limits, const char *features, struct error *err);

/* One key of `limits`. Keys that are none of the ten are the application's own business. */
bool tier_take_limit(struct tier *tier, const char *key, const char *type, const char *text, struct error *err);

/* One entry of `features`: of a list (key NULL) or of an object. */
bool tier_take_feature(struct tier *tier, const char *key, const char *type, const char *text, struct error *err);

#endif
