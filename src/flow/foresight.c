#include "foresight.h"

#include <stdlib.h>

#define LARGE 20000

bool is_worth_foresight(const struct manifest *manifest)
{
    int64_t rows = 0;

    for (size_t i = 0; i < manifest->nshapes; i++)
        rows += manifest->shapes[i].rows > 0 ? manifest->shapes[i].rows : 0;
    return rows > LARGE;
}

/* Rows of a table, as the header counts them; -1: it does not. */
static int64_t rows_of(const struct foresight *f, const char *table)
{
    const struct shape *shape = manifest_shape(f->manifest, table_find(table));

    return shape ? shape->rows : -1;
}

static const struct violation *first_of(const struct violations *v, int rule)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].rule == rule)
            return &v->list[i];
    return NULL;
}

/* So many units will be there, whatever of them is there already: more than all owners together may have, or have now. */
static bool foresee_total(const struct foresight *f, enum limit limit, const char *table, struct violations *v, struct error *err)
{
    struct over_query query = {.limit = limit, .users = f->users, .all = true};
    struct violation found = {.rule = (int)limit, .at_least = true, .count = rows_of(f, table)};
    struct pg_result *there;
    int64_t room = 0;
    bool unlimited = false;

    if (found.count <= 0)
        return true;
    if (!rules_over(f->rules->pg, &f->rules->catalog, &f->rules->tiers, &query, &there, err))
        return false;
    for (size_t row = 0; row < pg_result_rows(there); row++) {
        const struct tier *tier = tiers_find(&f->rules->tiers, pg_result_text(there, row, OVER_TIER));
        int64_t count = pg_result_number(there, row, OVER_COUNT);
        int64_t cap = tier ? tier->limits[limit] : UNLIMITED;

        unlimited = unlimited || cap == UNLIMITED || cap > INT64_MAX / 2 - room;
        room += unlimited ? 0 : cap > count ? cap : count;
        found.cap += unlimited ? 0 : cap;
        found.now += count;
    }
    if (!unlimited && found.count > room && pg_result_rows(there) > 0) {
        found.email = pg_result_rows(there) == 1 ? pg_result_text(there, 0, OVER_EMAIL) : "all owners together";
        found.tier = f->rules->tiers.count == 1 ? f->rules->tiers.list[0].name : NULL;
        violations_add(v, &found);
    }
    pg_result_free(there);
    return true;
}

/* So many parts cannot be in so few places without one having too many. */
static void foresee_shares(const struct foresight *f, enum limit limit, const char *table, const char *places,
                           struct violations *v)
{
    int64_t rows = rows_of(f, table);
    int64_t nplaces = rows_of(f, places);
    const struct tier *tier = f->rules->tiers.count == 1 ? &f->rules->tiers.list[0] : NULL;
    struct violation found = {.rule = (int)limit, .now = -1, .at_least = true};

    if (rows <= 0 || nplaces <= 0 || !tier || tier->limits[limit] == UNLIMITED || first_of(f->before, (int)limit) ||
        (rows - 1) / nplaces + 1 <= tier->limits[limit])
        return;
    found.count = (rows - 1) / nplaces + 1;
    found.cap = tier->limits[limit];
    found.tier = tier->name;
    found.email = f->rules->email ? f->rules->email : "the owner";
    violations_add(v, &found);
}

bool foresee(const struct foresight *f, struct violations *v, struct error *err)
{
    bool ok = foresee_total(f, LIMIT_PROJECTS, "projects", v, err) && foresee_total(f, LIMIT_CONTEXTS, "contexts", v, err);

    foresee_shares(f, LIMIT_GRAPHS, "graphs", "projects", v);
    foresee_shares(f, LIMIT_NODES, "nodes", "graphs", v);
    foresee_shares(f, LIMIT_EDGES, "edges", "graphs", v);
    foresee_shares(f, LIMIT_MESSAGES, "messages", "chats", v);
    return ok;
}
