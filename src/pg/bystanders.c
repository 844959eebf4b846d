#include "simulark/pg/bystanders.h"

#include "simulark/pg/catalog.h"

static struct pg_result *touched_tables(struct pg *pg, struct error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.format('%I.%I', s.schemaname, s.relname), s.n_tup_del + s.n_tup_upd"
        " FROM pg_catalog.pg_stat_xact_all_tables s"
        " WHERE s.relid IN (SELECT k.conrelid FROM pg_catalog.pg_constraint k"
        "  WHERE k.contype = 'f' AND k.confdeltype IN ('c', 'n', 'd'))"
        " AND NOT (s.schemaname = $1 AND s.relname = ANY ($2::text[])) AND s.n_tup_del + s.n_tup_upd > 0 ORDER BY 1";
    struct buffer names = BUFFER_INIT;
    const char *params[] = {pg_schema(pg), catalog_table_array(&names, NULL)};
    struct pg_result *result = pg_query(pg, sql, 2, params, err);

    buffer_release(&names);
    return result;
}

static int64_t sum(const struct pg_result *result)
{
    int64_t all = 0;

    for (size_t row = 0; row < pg_result_rows(result); row++)
        all += pg_result_number(result, row, 1);
    return all;
}

bool bystanders_count(struct pg *pg, int64_t *touched, struct error *err)
{
    struct pg_result *result = touched_tables(pg, err);

    *touched = result ? sum(result) : 0;
    pg_result_free(result);
    return result != NULL;
}

bool bystanders_unharmed(struct pg *pg, int64_t before, struct error *err)
{
    struct pg_result *result = touched_tables(pg, err);

    if (result && sum(result) > before) {
        for (size_t row = 0; row < pg_result_rows(result); row++)
            error_detail(err, "%s: %s rows", pg_result_text(result, row, 0), pg_result_text(result, row, 1));
        error_set(err, STATUS_CONFLICT, "Rows of other tables, which no bundle holds, would go or lose what they refer to.");
        error_hint(err, "Their foreign keys say so (ON DELETE). Save these rows, or let them go with --force.");
    }
    pg_result_free(result);
    return !error_is_set(err);
}
