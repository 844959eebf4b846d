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

/* Makes the tables ready for frozen rows (load_copy): rows that everybody sees, so that nobody need find out any more who does.
 * It takes a TRUNCATE of all tables that were found empty. Transactions with an older snapshot see such rows, too, and must see
 * those of all written tables or none: *allowed is false where one of these has rows or refers to a table that is not written
 * (but for tiers), where one that was found empty ever had rows or any other table refers to it, and where logical replication
 * may carry the TRUNCATE. False and *err on failure. */
bool bulk_load_allow_freeze(struct bulk_load *b, const bool written[TABLE_COUNT], bool *allowed, struct error *err);

/* All rows of the table are there: its indexes, its keys, and references between it and tables that came before are put back.
 * The server checks the rows against them; where some do not hold, *refused is their table. */
bool bulk_load_end_table(struct bulk_load *b, const struct table *table, const struct table **refused, struct error *err);

#endif
