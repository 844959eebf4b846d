#include "simulark/pg/rules.h"

#include "simulark/base/memory.h"
#include "simulark/base/uuid.h"

#include <stdlib.h>

bool rules_have_tiers(const struct catalog *catalog)
{
    return catalog_has(catalog, table_find("subscription_tiers")) && catalog_has_column(catalog, "users", "subscription_tier");
}

/* ---- users ---- */

struct pg_result *rules_find_user(struct pg *pg, const struct catalog *catalog, const char *id_or_email, bool lock,
                                  struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;
    struct uuid id;
    bool is_id = uuid_parse_text(&id, id_or_email);

    buffer_text(&sql, "SELECT u.id, u.email, ");
    buffer_text(&sql, catalog_has_column(catalog, "users", "subscription_tier") ? "u.subscription_tier, " : "NULL, ");
    buffer_text(&sql, catalog_has_column(catalog, "users", "is_active") ? "u.is_active" : "true");
    buffer_text(&sql, " FROM %users u WHERE ");
    buffer_text(&sql, is_id ? "u.id = $1::uuid" : "pg_catalog.lower(u.email) = pg_catalog.lower($1)");
    buffer_text(&sql, lock ? " ORDER BY u.id FOR NO KEY UPDATE OF u" : " ORDER BY u.id");
    result = pg_ask_with(pg, buffer_string(&sql), 1, &id_or_email, err);
    buffer_release(&sql);
    return result;
}

/* ---- usage ---- */

/* The transaction's time zone is UTC. */
#define MONTH "pg_catalog.date_trunc('month', pg_catalog.now())"
#define NEXT_MONTH "(" MONTH " + '1 month'::interval)"

/* At most so many that one more fits. */
bool rules_used(struct pg *pg, const char *user, const char *metric, int64_t *used, struct error *err)
{
    const char *params[] = {user, metric};
    struct pg_result *result =
        pg_ask_with(pg,
               "SELECT LEAST(COALESCE(pg_catalog.sum(a.count), 0), 9223372036854775806)::bigint FROM %usage_analytics a"
               " WHERE a.user_id = $1::uuid AND a.metric_type = $2 AND a.period_start >= " MONTH
               " AND a.period_start < " NEXT_MONTH,
               2, params, err);

    *used = result ? pg_result_number(result, 0, 0) : 0;
    pg_result_free(result);
    return result != NULL;
}

bool rules_use(struct pg *pg, const char *user, const char *metric, struct error *err)
{
    const char *params[] = {user, metric};
    struct pg_result *result =
        pg_ask_with(pg,
               "UPDATE %usage_analytics SET count = COALESCE(count, 0) + 1 WHERE id = (SELECT a.id FROM %usage_analytics a"
               " WHERE a.user_id = $1::uuid AND a.metric_type = $2 AND a.period_start = " MONTH
               " AND a.period_end = " NEXT_MONTH " ORDER BY a.created_at, a.id LIMIT 1)",
               2, params, err);
    bool there = result && pg_result_affected(result) > 0;

    pg_result_free(result);
    if (!result || there)
        return result != NULL;
    result = pg_ask_with(pg,
                    "INSERT INTO %usage_analytics (user_id, metric_type, count, period_start, period_end)"
                    " VALUES ($1::uuid, $2, 1, " MONTH ", " NEXT_MONTH ")",
                    2, params, err);
    pg_result_free(result);
    return result != NULL;
}
