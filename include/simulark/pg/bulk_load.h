/* Many rows into empty tables: keys and indexes are taken away before the rows come, and put back behind them as they were.
 *
 * All of it happens in the caller's transaction, so nobody ever sees the tables without them, and whatever ends the transaction
 * early leaves them as they are. Only tables are touched that have no row, belong to the role, and are locked at once: whoever
 * would write to them waits until the transaction ends. Only keys and indexes are touched whose definition says all there is
 * to say of them; others stay in place. */
#ifndef SIMULARK_PG_BULK_LOAD_H
#define SIMULARK_PG_BULK_LOAD_H

#include "simulark/base/error.h"
#include "simulark/model/table.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

struct bulk_load;

/* Prepares those of the wanted tables (by table index) that can be. A table that cannot is loaded as any other. NULL and *err
 * on failure; needs a transaction that writes. */
struct bulk_load *bulk_load_begin(struct pg *pg, const bool wanted[TABLE_COUNT], struct error *err);
void bulk_load_free(struct bulk_load *b);

/* Makes the written tables ready for frozen rows (load_copy), where that is right: nobody need find out any more who may see
 * such rows, for everybody does, transactions with an older snapshot too. So these must see all or nothing: *ready is false where
 * one of the tables has rows, ever had, refers to a table that is not among them (but for tiers) or is referred to by one that
 * has rows; or where logical replication would carry the TRUNCATE that it takes. False and *err on failure. */
bool bulk_load_freeze(struct bulk_load *b, const bool written[TABLE_COUNT], bool *ready, struct error *err);

/* All rows of the table are there: its indexes, its keys, and its references to tables that came before are put back. The
 * server checks the rows against them; an error says which do not hold. */
bool bulk_load_end_table(struct bulk_load *b, const struct table *table, struct error *err);

#endif
