#include "simulark/flow/tier_list.h"

#include "simulark/base/memory.h"
#include "simulark/pg/names.h"

#include <stdlib.h>

void tier_list_release(struct tier_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].title);
    free(list->entries);
    tiers_release(&list->tiers);
    error_release(&list->problems);
    *list = (struct tier_list){0};
}

/* Of the tiers that could be read. */
static void take_entries(struct tier_list *list, const struct pg_result *rows)
{
    size_t capacity = 0;

    for (size_t row = 0; row < pg_result_rows(rows); row++) {
        const struct tier *tier = tiers_find(&list->tiers, pg_result_text(rows, row, TIERS_NAME));

        if (!tier)
            continue;
        list->entries = mem_grow(list->entries, &capacity, list->count + 1, sizeof *list->entries);
        list->entries[list->count++] = (struct listed_tier){
            .tier = tier,
            .title = pg_result_dup(rows, row, TIERS_TITLE),
            .available = pg_result_true(rows, row, TIERS_AVAILABLE),
            .users = pg_result_number(rows, row, TIERS_USERS),
        };
    }
}

static bool read_all(struct pg *pg, const struct catalog *catalog, const char *name, struct tier_list *list, struct error *err)
{
    struct pg_result *rows;

    if (!catalog_has(catalog, table_find("subscription_tiers"))) {
        error_set(err, STATUS_CONFLICT, "The database has no table subscription_tiers.");
        error_hint(err, "`simulark schema check` tells all that differs; is --dbname the right database?");
        return false;
    }
    if (!tiers_read(pg, name, &list->tiers, name ? NULL : &list->problems, err))
        return false;
    rows = tiers_list(pg, catalog, err);
    if (rows)
        take_entries(list, rows);
    if (rows && name && !list->count) {
        error_set(err, STATUS_CONFLICT, "There is no tier \"%s\".", name);
        names_propose(pg, NAME_TIER, name, err);
        error_hint(err, "`simulark tier list` lists them.");
    }
    pg_result_free(rows);
    return !error_is_set(err);
}

bool tier_list_read(struct pg *pg, const char *name, struct tier_list *list, struct error *err)
{
    struct catalog catalog = {0};
    bool ok = pg_begin_read(pg, err) && catalog_read(pg, &catalog, err) && read_all(pg, &catalog, name, list, err) &&
              pg_rollback(pg, err);

    catalog_release(&catalog);
    return ok;
}
