/* An instance without some of the tables: told apart from a database that is no instance at all, with the way out.
 *
 * An older Simulark keeps graphs in projects.nodes and projects.edges, and messages in chat_messages or chats.messages. */
#ifndef SIMULARK_PG_MISSING_H
#define SIMULARK_PG_MISSING_H

#include "simulark/base/error.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

/* Whether the schema has any of the tables; else *err (STATUS_CONFLICT). */
bool missing_check_any(const struct pg *pg, const struct catalog *catalog, struct error *err);
/* Fills *err (STATUS_CONFLICT) for tables that are wanted and not there; always false. */
bool missing_refuse(struct pg *pg, const struct catalog *catalog, const bool missing[TABLE_COUNT], struct error *err);

#endif
