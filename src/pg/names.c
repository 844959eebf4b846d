#include "simulark/pg/names.h"

#define TEXT_OF(number) #number
#define LIMIT(number) TEXT_OF(number)

/* @table stands for the table with its schema. */
static const char *const statements[] = {
    [NAME_PROJECT] = "SELECT p.name::pg_catalog.text, pg_catalog.min(u.email) FROM @projects p"
                     " LEFT JOIN @users u ON u.id OPERATOR(pg_catalog.=) p.user_id"
                     " WHERE pg_catalog.starts_with(p.name::pg_catalog.text, $1)"
                     " AND p.name::pg_catalog.text OPERATOR(pg_catalog.!~) '[[:cntrl:]]'",
    [NAME_USER] = "SELECT u.email::pg_catalog.text, pg_catalog.min(u.subscription_tier) FROM @users u"
                  " WHERE pg_catalog.starts_with(u.email::pg_catalog.text, $1)"
                  " AND u.email::pg_catalog.text OPERATOR(pg_catalog.!~) '[[:cntrl:]]'",
    [NAME_TEMPLATE] = "SELECT t.name::pg_catalog.text, pg_catalog.min(t.category) FROM @templates t"
                      " WHERE pg_catalog.starts_with(t.name::pg_catalog.text, $1)"
                      " AND t.name::pg_catalog.text OPERATOR(pg_catalog.!~) '[[:cntrl:]]'",
    [NAME_TIER] = "SELECT t.name::pg_catalog.text, '' FROM @subscription_tiers t"
                  " WHERE pg_catalog.starts_with(t.name::pg_catalog.text, $1)"
                  " AND t.name::pg_catalog.text OPERATOR(pg_catalog.!~) '[[:cntrl:]]'",
    [NAME_RECEIPT] = "SELECT a.id::pg_catalog.text, pg_catalog.min(pg_catalog.to_char(a.created_at, 'YYYY-MM-DD HH24:MI'))"
                     " FROM @audit_logs a WHERE a.action OPERATOR(pg_catalog.=) 'import'"
                     " AND pg_catalog.starts_with(a.id::pg_catalog.text, $1)",
};

static void append_statement(struct pg *pg, struct buffer *sql, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "@");

        buffer_append(sql, text, len);
        text += len;
        if (*text == '@') {
            struct buffer table = BUFFER_INIT;

            len = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_");
            buffer_append(&table, text + 1, len);
            pg_append_table(pg, sql, buffer_string(&table));
            buffer_release(&table);
            text += 1 + len;
        }
    }
    buffer_text(sql, " GROUP BY 1 ORDER BY 1 LIMIT " LIMIT(NAMES_MAX));
}

bool names_list(struct pg *pg, enum name_kind kind, const char *prefix,
                void (*take)(void *context, const char *name, const char *note), void *context, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    append_statement(pg, &sql, statements[kind]);
    result = pg_query(pg, buffer_string(&sql), 1, &prefix, err);
    buffer_release(&sql);
    for (size_t i = 0; result && i < pg_result_rows(result); i++) {
        const char *note = pg_result_text(result, i, 1);

        take(context, pg_result_text(result, i, 0), note ? note : "");
    }
    pg_result_free(result);
    return result != NULL;
}
