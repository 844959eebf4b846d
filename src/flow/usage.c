#include "simulark/flow/usage.h"

#include "simulark/base/memory.h"
#include "simulark/flow/rules.h"
#include "simulark/pg/names.h"

#include <stdlib.h>

void usage_release(struct usage *usage)
{
    free(usage->user);
    free(usage->email);
    free(usage->tier);
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        free(usage->limits[i].where);
    *usage = (struct usage){0};
}

static bool read_limit(struct rules *rules, const struct tier *tier, enum limit limit, const char *users,
                       struct usage_limit *read, struct error *err)
{
    struct over_query query = {.limit = limit, .users = users, .most = 1, .all = true, .largest = true};
    struct pg_result *largest;

    read->limit = tier->limits[limit];
    if (limit_specs[limit].metric)
        return !catalog_has(&rules->catalog, table_find("usage_analytics")) ||
               rules_used(rules->pg, rules->user, limit_specs[limit].metric, &read->current, err);
    if (!rules_over(rules->pg, &rules->catalog, &rules->tiers, &query, &largest, err))
        return false;
    if (pg_result_rows(largest) > 0) {
        const char *name = pg_result_text(largest, 0, OVER_NAME);

        read->current = pg_result_number(largest, 0, OVER_COUNT);
        read->where = name && read->current > 0 ? mem_strdup(name) : NULL;
    }
    pg_result_free(largest);
    return true;
}

static bool read_all(struct rules *rules, struct usage *usage, struct error *err)
{
    struct buffer users = BUFFER_INIT;
    const struct tier *tier = tiers_find(&rules->tiers, rules->tier);
    bool ok = tier != NULL;

    if (!tier) /* it was changed in between */
        error_set(err, STATUS_DATABASE, "The tier of %s was changed just now: run the command again.", rules->email);
    usage->user = mem_strdup(rules->user);
    usage->email = mem_strdup(rules->email);
    usage->tier = mem_strdup(rules->tier);
    pg_array_add(&users, rules->user, UUID_TEXT);
    pg_array_end(&users);
    for (size_t i = 0; ok && i < LIMIT_COUNT; i++)
        ok = read_limit(rules, tier, (enum limit)i, buffer_string(&users), &usage->limits[i], err);
    buffer_release(&users);
    return ok;
}

bool usage_read(struct pg *pg, const char *id_or_email, struct usage *usage, struct error *err)
{
    struct rules rules = {.pg = pg, .options = {.deed = DEED_LOOK, .as = id_or_email}};
    bool found = pg_begin_read(pg, err) && catalog_read(pg, &rules.catalog, err) &&
                 rules_find_actor(&rules, false, &usage->active, err);
    bool ok = found && read_all(&rules, usage, err) && pg_rollback(pg, err);

    if (!found && err->status == STATUS_CONFLICT)
        names_propose(pg, NAME_USER, id_or_email, err);
    rules_release(&rules);
    return ok;
}

/* ---- what a bundle adds ---- */

int64_t usage_remaining(const struct usage *usage, enum limit limit)
{
    const struct usage_limit *l = &usage->limits[limit];

    if (l->limit == UNLIMITED)
        return UNLIMITED;
    return l->limit > l->current ? l->limit - l->current : 0;
}

int64_t usage_would_be(const struct usage *usage, const struct needs *needs, enum limit limit)
{
    int64_t current = usage->limits[limit].current;
    int64_t brings = needs->counts[limit];

    if (limit == LIMIT_PROJECTS || limit == LIMIT_CONTEXTS || limit_specs[limit].metric)
        return current + brings;
    return brings > current ? brings : current;
}

bool usage_fits(const struct usage *usage, const struct needs *needs, enum limit limit)
{
    const struct usage_limit *l = &usage->limits[limit];
    int64_t most = l->limit > l->current ? l->limit : l->current;

    return l->limit == UNLIMITED || !needs->counts[limit] ||
           (needs->counts[limit] <= l->limit && usage_would_be(usage, needs, limit) <= most);
}
