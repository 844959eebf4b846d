#include "connection_inside.h"

#include <stdlib.h>

static bool copy_begin(struct pg *pg, const char *sql, ExecStatusType wanted, struct error *err)
{
    PGresult *result;
    bool ok;

    if (!pg_send_ahead(pg, err))
        return false;
    result = PQexec(pg->conn, sql);
    ok = PQresultStatus(result) == wanted;
    if (!ok)
        pg_fail(pg, result, err);
    PQclear(result);
    return ok;
}

bool pg_copy_end(struct pg *pg, int64_t *rows, struct error *err)
{
    PGresult *result = PQgetResult(pg->conn);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    if (!ok)
        pg_fail(pg, result, err);
    else if (rows)
        *rows = strtoll(PQcmdTuples(result), NULL, 10);
    while (result) {
        PQclear(result);
        result = PQgetResult(pg->conn);
    }
    return ok;
}

bool pg_copy_out(struct pg *pg, const char *sql, struct error *err)
{
    return copy_begin(pg, sql, PGRES_COPY_OUT, err);
}

bool pg_copy_out_row(struct pg *pg, const char **row, size_t *len, struct error *err)
{
    int got;

    if (pg->row)
        PQfreemem(pg->row);
    pg->row = NULL;
    *row = NULL;
    *len = 0;
    got = PQgetCopyData(pg->conn, &pg->row, 0);
    if (got > 0) {
        *row = pg->row;
        *len = (size_t)got;
        return true;
    }
    if (got == -1)
        return pg_copy_end(pg, NULL, err);
    return pg_fail_lost(pg, err);
}

bool pg_copy_in(struct pg *pg, const char *sql, struct error *err)
{
    return copy_begin(pg, sql, PGRES_COPY_IN, err);
}

/* The server has ended the COPY before we did: its error is waiting. */
static bool copy_broken(struct pg *pg, struct error *err)
{
    int64_t rows;

    if (PQstatus(pg->conn) != CONNECTION_OK || pg_copy_end(pg, &rows, err))
        return pg_fail_lost(pg, err);
    return false;
}

bool pg_copy_in_data(struct pg *pg, const void *bytes, size_t len, struct error *err)
{
    const char *at = bytes;

    while (len) {
        size_t piece = len < ((size_t)1 << 28) ? len : (size_t)1 << 28; /* libpq counts in int */

        if (PQputCopyData(pg->conn, at, (int)piece) != 1)
            return copy_broken(pg, err);
        at += piece;
        len -= piece;
    }
    return true;
}

bool pg_copy_in_end(struct pg *pg, int64_t *rows, struct error *err)
{
    if (PQputCopyEnd(pg->conn, NULL) != 1)
        return copy_broken(pg, err);
    return pg_copy_end(pg, rows, err);
}
