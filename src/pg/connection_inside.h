/* What a connection is made of. Private to pg: for the few files that speak to libpq themselves. */
#ifndef SIMULARK_PG_CONNECTION_INSIDE_H
#define SIMULARK_PG_CONNECTION_INSIDE_H

#include "simulark/pg/connection.h"

#include <libpq-fe.h>

struct pg {
    PGconn *conn;
    PGcancel *cancel;
    char *schema;
    char *acting;        /* the user whose policies hold; NULL: nobody's */
    char *row;           /* the COPY's row given last; libpq's */
    bool in_transaction; /* BEGIN has been sent, neither COMMIT nor ROLLBACK has */
    int64_t copy_line;   /* this and what follows: of the last error */
    char *detail;        /* NULL: there was none */
    bool repeated;       /* it was a key that another row has */
};

/* Another connection to the same server, database and schema; NULL where it cannot be had. */
struct pg *pg_open_beside(const struct pg *pg);

/* Sends what begins a transaction like pg_begin_read, on another connection's exported snapshot; its results are still to be
 * taken. */
bool pg_send_begin_read_at(struct pg *pg, const char *snapshot);

/* Both fill *err: from what the server answered; for a connection that is gone. Always false. */
bool pg_fail(struct pg *pg, const PGresult *result, struct error *err);
bool pg_fail_lost(struct pg *pg, struct error *err);

/* The last word on a COPY; takes the NULL result behind it, too. rows may be NULL. */
bool pg_copy_end(struct pg *pg, int64_t *rows, struct error *err);

#endif
