/* Rows of other tables that go or lose a reference with rows of ours: an instance's own tables refer to projects, nodes … by
 * foreign keys with ON DELETE CASCADE, SET NULL or SET DEFAULT, and no bundle holds what is in them. */
#ifndef SIMULARK_PG_BYSTANDERS_H
#define SIMULARK_PG_BYSTANDERS_H

#include "simulark/base/error.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>
#include <stdint.h>

/* How many rows of such tables the transaction has deleted or updated until now, by PostgreSQL's own statistics of it. */
bool bystanders_count(struct pg *pg, int64_t *touched, struct error *err);

/* Fails, naming the tables, where more were touched than `before`. */
bool bystanders_unharmed(struct pg *pg, int64_t before, struct error *err);

#endif
