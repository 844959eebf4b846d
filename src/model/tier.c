#include "simulark/model/tier.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

const struct limit_spec limit_specs[LIMIT_COUNT] = {
    [LIMIT_PROJECTS] = {"max_projects", "projects", NULL},
    [LIMIT_GRAPHS] = {"max_graphs_per_project", "graphs", NULL},
    [LIMIT_NODES] = {"max_nodes_per_graph", "nodes", NULL},
    [LIMIT_EDGES] = {"max_edges_per_graph", "edges", NULL},
    [LIMIT_CHATS] = {"max_chats_per_project", "chats", NULL},
    [LIMIT_MESSAGES] = {"max_messages_per_chat", "messages", NULL},
    [LIMIT_CONTEXTS] = {"max_contexts", "contexts", NULL},
    [LIMIT_EXPORTS] = {"exports_per_month", "exports", "project_export"},
    [LIMIT_IMPORTS] = {"imports_per_month", "imports", "project_import"},
    [LIMIT_TEMPLATE_USES] = {"template_uses_per_month", "template uses", "template_use"},
};

const char *const feature_names[FEATURE_COUNT] = {
    [FEATURE_EXPORT] = "export",
    [FEATURE_IMPORT] = "import",
    [FEATURE_PUBLIC_PROJECTS] = "public_projects",
    [FEATURE_PREMIUM_TEMPLATES] = "premium_templates",
    [FEATURE_PUBLISH_TEMPLATES] = "publish_templates",
};

void tier_init(struct tier *tier, const char *name)
{
    *tier = (struct tier){.name = mem_strdup(name)};
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        tier->limits[i] = UNLIMITED;
}

void tier_release(struct tier *tier)
{
    free(tier->name);
    *tier = (struct tier){0};
}

bool tier_equal(const struct tier *a, const struct tier *b)
{
    return strcmp(a->name, b->name) == 0 && memcmp(a->limits, b->limits, sizeof a->limits) == 0 &&
           memcmp(a->features, b->features, sizeof a->features) == 0;
}

/* "The tier "free" is malformed: <where> is <what>." */
static bool refuse(const struct tier *tier, const char *where, const char *what, const char *wanted, struct error *err)
{
    error_set(err, STATUS_REFUSED, "The tier \"%s\" is malformed: its %s is %s, not %s.", tier->name, where, what, wanted);
    error_hint(err, "Correct its row in subscription_tiers; `simulark tier list` tells what is wrong with any of them.");
    return false;
}

static bool refuse_key(const struct tier *tier, const char *column, const char *key, const char *what, const char *wanted,
                       struct error *err)
{
    char *where = text_printf("%s.%s", column, key);

    refuse(tier, where, what, wanted, err);
    free(where);
    return false;
}

static const char *with_article(const char *type)
{
    static const char *const forms[] = {"a string", "a number", "a boolean", "an array", "an object"};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(strchr(forms[i], ' ') + 1, type) == 0)
            return forms[i];
    return type;
}

bool tier_check_types(const struct tier *tier, const char *limits, const char *features, struct error *err)
{
    if (!limits || strcmp(limits, "object") != 0)
        return refuse(tier, "limits", limits ? with_article(limits) : "NULL", "an object of numbers", err);
    if (!features || (strcmp(features, "array") != 0 && strcmp(features, "object") != 0))
        return refuse(tier, "features", features ? with_article(features) : "NULL",
                      "a list of strings or an object of booleans", err);
    return true;
}

/* A number as jsonb writes it: digits, no exponent; a fraction of zeros changes nothing. */
static bool read_whole(const char *text, int64_t *number, const char **what)
{
    int64_t read = 0;
    const char *p = text;

    *what = "negative";
    if (*p == '-')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        *what = "too large";
        if (read > (INT64_MAX - (*p - '0')) / 10)
            return false;
        read = read * 10 + (*p - '0');
    }
    *what = "a fraction";
    if (*p == '.')
        p += 1 + strspn(p + 1, "0");
    *number = read;
    return !*p && p != text;
}

bool tier_take_limit(struct tier *tier, const char *key, const char *type, const char *text, struct error *err)
{
    static const char wanted[] = "a whole number of zero or more";
    const char *what;
    size_t at = 0;

    while (at < LIMIT_COUNT && strcmp(limit_specs[at].name, key) != 0)
        at++;
    if (at == LIMIT_COUNT || strcmp(type, "null") == 0)
        return true;
    if (strcmp(type, "number") != 0)
        return refuse_key(tier, "limits", key, with_article(type), wanted, err);
    return read_whole(text, &tier->limits[at], &what) || refuse_key(tier, "limits", key, what, wanted, err);
}

bool tier_take_feature(struct tier *tier, const char *key, const char *type, const char *text, struct error *err)
{
    bool has = true;

    if (!key && strcmp(type, "string") != 0)
        return refuse_key(tier, "features", "*", with_article(type), "a string", err);
    if (key && strcmp(type, "boolean") != 0)
        return refuse_key(tier, "features", key, with_article(type), "true or false", err);
    if (key)
        has = strcmp(text, "true") == 0;
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (strcmp(feature_names[i], key ? key : text) == 0)
            tier->features[i] = has;
    return true;
}
