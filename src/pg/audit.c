#include "simulark/pg/audit.h"

bool audit_write(struct pg *pg, const struct audit_entry *entry, struct error *err)
{
    const char *params[] = {entry->id,          entry->action,  entry->resource_type,
                            entry->resource_id, entry->details, "simulark/" SIMULARK_VERSION};
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "INSERT INTO ");
    pg_append_table(pg, &sql, "audit_logs");
    buffer_text(&sql, " (id, action, resource_type, resource_id, details, ip_address, user_agent) VALUES"
                      " (COALESCE($1::uuid, pg_catalog.gen_random_uuid()), $2, $3, $4, $5::jsonb,"
                      " pg_catalog.inet_client_addr(), $6)");
    result = pg_query(pg, buffer_string(&sql), sizeof params / sizeof *params, params, err);
    buffer_release(&sql);
    pg_result_free(result);
    return result != NULL;
}
