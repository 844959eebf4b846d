/* What an import brought, found again in the database and taken out of it. All in the transaction the caller has begun.
 *
 * Rows are those of the units the receipt names, and all that belongs to them now. Nobody can change them once they are counted:
 * counting locks them. A row nobody touched was written by the import's own transaction: its xmin says so, until the row is
 * rewritten as a whole (a dump restored, a column's type changed). */
#ifndef SIMULARK_PG_REMOVAL_H
#define SIMULARK_PG_REMOVAL_H

#include "simulark/base/error.h"
#include "simulark/model/shape.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>
#include <stdint.h>

/* Units that stand for themselves. */
enum removal_kind { REMOVAL_TIERS, REMOVAL_USERS, REMOVAL_TEMPLATES, REMOVAL_CONTEXTS, REMOVAL_PROJECTS, REMOVAL_CHATS };
#define REMOVAL_KINDS 6

struct receipt {
    char *details;    /* JSON text */
    char *created_at; /* as a cell */
    char *undone_at;  /* NULL: it was not taken back yet */
};

/* The receipt in audit_logs; nobody else takes it back until the transaction ends. STATUS_CONFLICT where there is none. */
bool removal_receipt(struct pg *pg, const char *id, struct receipt *receipt, struct error *err);
void receipt_release(struct receipt *receipt);

/* Notes what is meant: the transaction's number, the receipt's id, and an array literal for each kind. */
bool removal_note(struct pg *pg, const char *xid, const char *receipt, struct buffer ids[REMOVAL_KINDS], struct error *err);

/* The same for units of one kind, which no import brought; ids is an array that is ended here. */
bool removal_note_units(struct pg *pg, enum removal_kind kind, struct buffer *ids, struct error *err);

/* Locks and counts the table's rows: all, and those another transaction has written. */
bool removal_count(struct pg *pg, const struct table *table, int64_t *all, int64_t *others, struct error *err);

/* Locks the table's rows and begins the COPY of these columns, in any order. */
bool removal_copy(struct pg *pg, const struct shape *shape, struct error *err);

/* How many of the table's rows have, in each column of this shape, another value than the column's default gives a new row: one
 * row of a count and a text for each column. Only a default that is a constant is one; else any value but NULL counts, and the
 * text is the default, if there is one. */
struct pg_result *removal_count_values(struct pg *pg, const struct shape *shape, struct error *err);

/* Up to `limit` rows that another transaction wrote: id, name, when (NULL: unknown). */
struct pg_result *removal_changed(struct pg *pg, const struct table *table, int limit, struct error *err);

/* How many edges of other projects lead to nodes that go, and would go with them. */
bool removal_count_leading_in(struct pg *pg, const struct catalog *catalog, int64_t *count, struct error *err);

/* What hangs on users and tiers without being of the import: "user" or "tier", the unit's id, what hangs on it ("project"), the
 * id of one of these, how many there are. */
struct pg_result *removal_hanging(struct pg *pg, const struct catalog *catalog, struct error *err);

/* Deletes the table's rows. */
bool removal_delete(struct pg *pg, const struct table *table, int64_t *removed, struct error *err);

#endif
