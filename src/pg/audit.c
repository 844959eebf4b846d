#include "simulark/pg/audit.h"

bool audit_write(struct pg *pg, const struct audit_entry *entry, struct error *err)
{
    const char *params[] = {entry->id,          entry->user_id, entry->action,
                            entry->resource_type, entry->resource_id, entry->details, "simulark/" SIMULARK_VERSION};
    struct pg_result *result =
        pg_ask_with(pg,
               "INSERT INTO %audit_logs (id, user_id, action, resource_type, resource_id, details, ip_address, user_agent)"
               " VALUES (COALESCE($1::uuid, pg_catalog.gen_random_uuid()), $2::uuid, $3, $4, $5, $6::jsonb,"
               " pg_catalog.inet_client_addr(), $7)",
               sizeof params / sizeof *params, params, err);

    pg_result_free(result);
    return result != NULL;
}

bool audit_try(struct pg *pg, const struct audit_entry *entry, bool *written, struct error *problem, struct error *err)
{
    if (!pg_run(pg, "SAVEPOINT simulark_audit", err))
        return false;
    *written = audit_write(pg, entry, problem);
    if (!*written && !pg_run(pg, "ROLLBACK TO SAVEPOINT simulark_audit", err))
        return false;
    return pg_run(pg, "RELEASE SAVEPOINT simulark_audit", err);
}
