/* What breaks the rules: gathered, compared with how it was before, told. Private to flow. */
#ifndef SIMULARK_FLOW_VIOLATIONS_H
#define SIMULARK_FLOW_VIOLATIONS_H

#include "simulark/base/uuid.h"
#include "simulark/flow/rules.h"

/* The seven limits of what a user has are their own numbers. */
#define RULE_PUBLIC ((int)LIMIT_EXPORTS)
#define RULE_PREMIUM ((int)LIMIT_EXPORTS + 1)

/* More than these of one rule are not told. */
#define VIOLATIONS_TOLD 1000

struct violation {
    int rule;
    struct uuid place; /* user, project, graph or chat */
    int64_t count, cap;
    int64_t now;                             /* how many there are without the import; -1: unknown */
    bool at_least;                           /* the count is what is certain from the header */
    const char *email;
    const char *tier;          /* NULL: of several */
    const char *name;          /* of the place, where it is no user */
    const char *template_name; /* RULE_PREMIUM */
};

/* A zeroed struct is empty; the caller releases it. The texts are its own. */
struct violations {
    struct violation *list;
    size_t count, capacity;
};

void violations_release(struct violations *v);

/* Adds one that is certain from the header. Its texts are copied. */
void violations_add(struct violations *v, const struct violation *violation);

/* What is looked for. */
struct violations_query {
    const char *users;               /* an array literal; NULL: everybody */
    const char *requires;            /* of the bundle's header, a JSON array */
    const struct violations *before; /* sorted; what is there and is no worse is passed over. NULL: nothing is */
    bool units_only;                 /* what projects and contexts break by themselves, not their parts */
};

/* Adds all that breaks a rule in the database as it is. */
bool violations_find(struct violations *v, struct rules *rules, const struct violations_query *query, struct error *err);

/* The same once the users are locked (LOCK_CLOSED) and their tiers have been read again. */
bool violations_find_locked(struct violations *v, struct rules *rules, const struct violations_query *query, struct error *err);

/* The same for one limit and only in these places. */
bool violations_find_in(struct violations *v, struct rules *rules, enum limit limit, const char *places, struct error *err);

/* Puts them in the order that violations_find looks them up in. */
void violations_sort(struct violations *v);

/* Fills in what there is without the import, asking the database as it is. */
bool violations_compare(struct violations *v, struct rules *rules, struct error *err);

/* The error: a refusal with a detail for each. allowing: "the tiers …" that have premium_templates, or empty. */
bool violations_refuse(const struct violations *v, const char *allowing, struct error *err);

/* A text for each, for the audit log. The caller owns the array. */
json_t *violations_to_json(const struct violations *v);

#endif
