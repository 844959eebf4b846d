/* The audit trail: one row of audit_logs for each thing done. */
#ifndef SIMULARK_PG_AUDIT_H
#define SIMULARK_PG_AUDIT_H

#include "simulark/base/error.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

struct audit_entry {
    const char *id;            /* NULL: the database makes one */
    const char *user_id;       /* who did it; NULL: the operator of the database */
    const char *action;        /* "export", "import" … */
    const char *resource_type; /* "bundle" */
    const char *resource_id;   /* its digest */
    const char *details;       /* JSON text, of an object */
    bool undoable;             /* the details also get "xid", the number of the transaction, by which undo knows its rows */
};

/* Writes the entry in the open transaction; the user agent is simulark's. */
bool audit_write(struct pg *pg, const struct audit_entry *entry, struct error *err);

/* The same in a transaction that goes on where the entry cannot be written: there is no such table, or no right to it. *problem
 * then says why. False and *err where the transaction itself is broken. */
bool audit_try(struct pg *pg, const struct audit_entry *entry, bool *written, struct error *problem, struct error *err);

/* What the database remembers of the bundle of this digest, as an exporter or importer noted it: the JSON object of project ids
 * and sums, later notes over earlier ones; *text stays NULL where it remembers nothing. The caller frees it. */
bool audit_recall(struct pg *pg, const char *digest, char **text, struct error *err);

#endif
