#include "simulark/pg/audit.h"

bool audit_write(struct pg *pg, const struct audit_entry *entry, struct error *err)
{
    const char *params[] = {entry->id,          entry->user_id, entry->action,
                            entry->resource_type, entry->resource_id, entry->details, "simulark/" SIMULARK_VERSION,
                            entry->undoable ? "t" : "f"};
    struct pg_result *result =
        pg_ask_with(pg,
               "INSERT INTO %audit_logs (id, user_id, action, resource_type, resource_id, details, ip_address, user_agent)"
               " VALUES (COALESCE($1::uuid, pg_catalog.gen_random_uuid()), $2::uuid, $3, $4, $5, CASE WHEN $8::boolean"
               "  THEN $6::jsonb || pg_catalog.jsonb_build_object('xid', pg_catalog.pg_current_xact_id()::text)"
               "  ELSE $6::jsonb END, pg_catalog.inet_client_addr(), $7)",
               sizeof params / sizeof *params, params, err);

    pg_result_free(result);
    return result != NULL;
}

/* What audit_try tries. */
struct attempt {
    struct pg *pg;
    const struct audit_entry *entry;
};

static bool attempt(void *context, struct error *err)
{
    const struct attempt *a = context;

    return audit_write(a->pg, a->entry, err);
}

bool audit_try(struct pg *pg, const struct audit_entry *entry, bool *written, struct error *problem, struct error *err)
{
    struct attempt a = {pg, entry};

    return pg_try(pg, attempt, &a, written, problem, err);
}

/* A role that may write the log need not be one that may read it. */
static bool may_read(struct pg *pg, bool *may, struct error *err)
{
    struct buffer name = BUFFER_INIT;
    struct pg_result *result;

    pg_append_table(pg, &name, "audit_logs");
    result = pg_ask(pg, "SELECT pg_catalog.has_table_privilege($1, 'SELECT')", buffer_string(&name), err);
    *may = result && pg_result_true(result, 0, 0);
    buffer_release(&name);
    pg_result_free(result);
    return result != NULL;
}

bool audit_recall(struct pg *pg, const char *digest, char **text, struct error *err)
{
    struct pg_result *result;
    bool may;

    if (!may_read(pg, &may, err) || !may)
        return !error_is_set(err);
    result =
        pg_ask(pg,
               "SELECT pg_catalog.jsonb_object_agg(p.key, p.value ORDER BY a.created_at) FROM %audit_logs a,"
               " LATERAL pg_catalog.jsonb_each(a.details::jsonb->'projects') p WHERE a.action IN ('export', 'import')"
               " AND a.resource_id = $1 AND pg_catalog.jsonb_typeof(a.details::jsonb->'projects') = 'object'",
               digest, err);

    if (result && pg_result_text(result, 0, 0))
        *text = pg_result_dup(result, 0, 0);
    pg_result_free(result);
    return result != NULL;
}
