#include "connection_inside.h"
#include "failure.h"

#include <string.h>

/* ---- what goes ahead ---- */

void pg_later(struct pg *pg, const char *sql)
{
    buffer_append(&pg->ahead, sql, strlen(sql) + 1);
}

void pg_forget_ahead(struct pg *pg)
{
    buffer_clear(&pg->ahead);
    pg->unbegun = false;
}

/* The statement behind this one, or the first; NULL: there is none. */
static const char *next_ahead(const struct pg *pg, const char *sql)
{
    const char *next = sql ? sql + strlen(sql) + 1 : pg->ahead.data;

    return next < pg->ahead.data + pg->ahead.len ? next : NULL;
}

/* ---- sending ---- */

static bool send_one(struct pg *pg, const struct pg_statement *s)
{
    return PQsendQueryParams(pg->conn, s->sql, (int)s->nparams, NULL, s->params, NULL, NULL, 0) == 1;
}

static bool send_all(struct pg *pg, const struct pg_statement *statements, size_t count)
{
    for (const char *sql = next_ahead(pg, NULL); sql; sql = next_ahead(pg, sql))
        if (!send_one(pg, &(struct pg_statement){.sql = sql}))
            return false;
    for (size_t i = 0; i < count; i++)
        if (statements[i].sql && !send_one(pg, &statements[i]))
            return false;
    return PQpipelineSync(pg->conn) == 1;
}

/* ---- receiving ---- */

/* What one statement gave, and the NULL behind it. After one that failed, the others are passed over by the server: *ok is false
 * from the first on, which is told. */
static PGresult *receive(struct pg *pg, bool *ok, struct error *err)
{
    PGresult *result = PQgetResult(pg->conn);

    if (*ok && !pg_is_good(result))
        *ok = pg_fail(pg, result, err);
    if (result)
        PQclear(PQgetResult(pg->conn));
    if (*ok)
        return result;
    PQclear(result);
    return NULL;
}

/* Only what begins a transaction gives a row: whether all may but be read. */
static void receive_ahead(struct pg *pg, bool *ok, struct error *err)
{
    PGresult *result = receive(pg, ok, err);

    if (*ok && pg->writes && PQntuples(result) && strcmp(PQgetvalue(result, 0, 0), "off") != 0) {
        *ok = error_set(err, STATUS_DATABASE, "The database may only be read.");
        error_hint(err, "%s", failure_hint(&(struct failure){.sqlstate = "25006"}, false));
    }
    PQclear(result);
}

static bool receive_all(struct pg *pg, const struct pg_statement *statements, size_t count, struct pg_result **answers,
                        struct error *err)
{
    bool ok = true;

    for (const char *sql = next_ahead(pg, NULL); sql; sql = next_ahead(pg, sql))
        receive_ahead(pg, &ok, err);
    for (size_t i = 0; i < count; i++)
        if (statements[i].sql)
            answers[i] = (struct pg_result *)receive(pg, &ok, err);
    PQclear(PQgetResult(pg->conn)); /* that of the end */
    return ok;
}

bool pg_exchange(struct pg *pg, const struct pg_statement *statements, size_t count, struct pg_result **answers,
                 struct error *err)
{
    bool ok;

    for (size_t i = 0; i < count; i++)
        answers[i] = NULL;
    if (PQenterPipelineMode(pg->conn) != 1 || !send_all(pg, statements, count))
        return pg_fail_lost(pg, err);
    ok = receive_all(pg, statements, count, answers, err);
    pg_forget_ahead(pg);
    if (PQexitPipelineMode(pg->conn) != 1 && ok)
        ok = pg_fail_lost(pg, err);
    return ok;
}

bool pg_send_ahead(struct pg *pg, struct error *err)
{
    return !pg->ahead.len || pg_exchange(pg, NULL, 0, NULL, err);
}
