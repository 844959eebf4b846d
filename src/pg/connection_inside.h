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
    struct buffer ahead; /* statements that go out with the next, each with its NUL */
    bool in_transaction; /* it has begun, and neither COMMIT nor ROLLBACK has been sent */
    bool unbegun;        /* but its BEGIN is still to go ahead */
    bool writes;         /* it is one that writes */
    int64_t copy_line;   /* this and what follows: of the last error */
    char *detail;        /* NULL: there was none */
    bool repeated;       /* it was a key that another row has */
};

/* Another connection to the same server, database and schema; NULL where it cannot be had. */
struct pg *pg_open_beside(const struct pg *pg);

/* Sends what begins a transaction like pg_begin_read, on another connection's exported snapshot; its results are still to be
 * taken. */
bool pg_send_begin_read_at(struct pg *pg, const char *snapshot);

/* Statements that go out together, and come back in one round trip. */
struct pg_statement {
    const char *sql; /* NULL: there is none */
    size_t nparams;
    const char *const *params;
};

/* Sends what is to go ahead, and these. answers[i] is the caller's, and NULL where there is none: for a statement that is NULL,
 * for the first that fails, which is told in *err, and for those behind it. No COPY. */
bool pg_exchange(struct pg *pg, const struct pg_statement *statements, size_t count, struct pg_result **answers,
                 struct error *err);

/* Puts a statement by that gives nothing to wait for: it goes ahead of the next, and its failure is that one's. */
void pg_later(struct pg *pg, const char *sql);
/* Sends what was put by alone, before something that cannot go with it. */
bool pg_send_ahead(struct pg *pg, struct error *err);
void pg_forget_ahead(struct pg *pg);

/* Whether a result is one of a statement that went well. */
bool pg_is_good(const PGresult *result);

/* Both fill *err: from what the server answered; for a connection that is gone. Always false. */
bool pg_fail(struct pg *pg, const PGresult *result, struct error *err);
bool pg_fail_lost(struct pg *pg, struct error *err);

/* The last word on a COPY; takes the NULL result behind it, too. rows may be NULL. */
bool pg_copy_end(struct pg *pg, int64_t *rows, struct error *err);

#endif
