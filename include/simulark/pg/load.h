/* What enters a database: the statements of an import. All run in the transaction the caller has begun. */
#ifndef SIMULARK_PG_LOAD_H
#define SIMULARK_PG_LOAD_H

#include "simulark/base/error.h"
#include "simulark/model/manifest.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

/* Begins the COPY of rows of this shape into its table. */
bool load_copy(struct pg *pg, const struct shape *shape, struct error *err);

/* The rows of a table that have one of these ids (an array literal): the shape's columns in its order, then, for projects, when
 * anything in them was changed last (else NULL). With `lock` nobody else can change them until the transaction ends. */
struct pg_result *load_existing(struct pg *pg, const struct shape *shape, const char *ids, bool lock, struct error *err);

/* Deletes rows by id (an array literal); what belongs to them goes, too. */
bool load_delete(struct pg *pg, const struct table *table, const char *ids, struct error *err);

/* Users that have one of these ids or, whatever the case of its letters, e-mails (array literals): id, e-mail. */
struct pg_result *load_users(struct pg *pg, const char *ids, const char *emails, struct error *err);

#endif
