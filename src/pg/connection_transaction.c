#include "connection_inside.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

void pg_act_as(struct pg *pg, const char *user)
{
    free(pg->acting);
    pg->acting = mem_strdup_or_null(user);
}

/* The policies of an instance ask auth.uid() and auth.role(), which read these settings; older ones have one for each claim. */
static bool act(struct pg *pg, struct error *err)
{
    static const char role_sql[] = "SELECT 1 FROM pg_catalog.pg_roles r WHERE r.rolname = 'authenticated'";
    struct pg_result *result = pg_query(pg, role_sql, 0, NULL, err);
    const char *user = pg->acting;

    if (result && !pg_result_rows(result)) {
        error_set(err, STATUS_DATABASE, "The database has no role \"authenticated\" for users to act as.");
        error_hint(err, "--rls-user is for instances with policies as Supabase makes them.");
    }
    pg_result_free(result);
    if (error_is_set(err))
        return false;
    result = pg_query(pg,
                      "SELECT pg_catalog.set_config('request.jwt.claims', pg_catalog.json_build_object('sub', $1::text, 'role',"
                      " 'authenticated')::text, true), pg_catalog.set_config('request.jwt.claim.sub', $1::text, true),"
                      " pg_catalog.set_config('request.jwt.claim.role', 'authenticated', true),"
                      " pg_catalog.set_config('row_security', 'on', true),"
                      " pg_catalog.set_config('role', 'authenticated', true)",
                      1, &user, err);
    pg_result_free(result);
    return result != NULL;
}

/* ---- beginning ---- */

/* Local to the transaction, so that a pooler may give the next transaction another server connection. The first column tells
 * whether the transaction may write. */
#define SETTINGS                                                                                                             \
    "SELECT pg_catalog.current_setting('transaction_read_only'), pg_catalog.set_config('search_path', '', true),"            \
    " pg_catalog.set_config('standard_conforming_strings', 'on', true), pg_catalog.set_config('TimeZone', 'UTC', true),"     \
    " pg_catalog.set_config('DateStyle', 'ISO, MDY', true), pg_catalog.set_config('IntervalStyle', 'postgres', true),"       \
    " pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('bytea_output', 'hex', true),"           \
    " pg_catalog.set_config('array_nulls', 'on', true), pg_catalog.set_config('xmloption', 'content', true),"                \
    " pg_catalog.set_config('statement_timeout', '0', true),"                                                                \
    " pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true),"                                              \
    " pg_catalog.set_config('row_security', 'off', true)"

static bool begin(struct pg *pg, const char *sql, bool writes, struct error *err)
{
    pg_later(pg, sql);
    pg_later(pg, SETTINGS);
    pg->in_transaction = pg->unbegun = true;
    pg->writes = writes;
    return !pg->acting || act(pg, err);
}

bool pg_begin_read(struct pg *pg, struct error *err)
{
    return begin(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", false, err);
}

bool pg_send_begin_read_at(struct pg *pg, const char *snapshot)
{
    struct buffer sql = BUFFER_INIT;
    bool ok;

    buffer_text(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ");
    pg_append_text(&sql, snapshot);
    buffer_text(&sql, "; " SETTINGS);
    ok = PQsendQuery(pg->conn, buffer_string(&sql)) == 1;
    buffer_release(&sql);
    return ok;
}

/* We do not ask for READ WRITE: a database that was put to reading only (default_transaction_read_only; hosts do so where a disk
 * is full) is not written to. */
bool pg_begin_write(struct pg *pg, struct error *err)
{
    return begin(pg, "BEGIN ISOLATION LEVEL READ COMMITTED", true, err);
}

/* ---- ending ---- */

static bool end(struct pg *pg, const char *verb, struct error *err)
{
    struct pg_result *result;
    bool ok;

    pg->in_transaction = false;
    if (pg->unbegun) {
        pg_forget_ahead(pg);
        return true;
    }
    result = pg_query(pg, verb, 0, NULL, err);
    ok = result && strcmp(PQcmdStatus((PGresult *)result), verb) == 0;
    if (result && !ok)
        error_set(err, STATUS_INTERNAL, "The transaction had failed before and was rolled back.");
    pg_result_free(result);
    return ok;
}

bool pg_commit(struct pg *pg, struct error *err)
{
    if (end(pg, "COMMIT", err))
        return true;
    if (PQstatus(pg->conn) != CONNECTION_OK)
        error_detail(err, "It was lost while committing, so the transaction may or may not be there.");
    return false;
}

bool pg_commit_for_good(struct pg *pg, struct error *err)
{
    bool ok = pg_commit(pg, err);

    if (ok)
        interrupt_note_kept(KEPT_ALL);
    return ok;
}

bool pg_rollback(struct pg *pg, struct error *err)
{
    if (!pg->in_transaction)
        return true;
    if (!pg->unbegun)
        pg_forget_ahead(pg);
    return end(pg, "ROLLBACK", err);
}

/* ---- within ---- */

bool pg_in_transaction(const struct pg *pg)
{
    return pg->in_transaction;
}

bool pg_try(struct pg *pg, bool (*attempt)(void *context, struct error *err), void *context, bool *done,
            struct error *refusal, struct error *err)
{
    pg_later(pg, "SAVEPOINT simulark");
    *done = attempt(context, refusal);
    if (!*done)
        return pg_run(pg, "ROLLBACK TO SAVEPOINT simulark; RELEASE SAVEPOINT simulark", err);
    pg_later(pg, "RELEASE SAVEPOINT simulark");
    return true;
}

bool pg_is_standby(struct pg *pg, bool *standby, struct error *err)
{
    struct pg_result *result = pg_query(pg, "SELECT pg_catalog.pg_is_in_recovery()", 0, NULL, err);

    *standby = result && pg_result_true(result, 0, 0);
    pg_result_free(result);
    return result != NULL;
}
