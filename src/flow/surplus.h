/* What a project or chat has in the database beyond what a bundle can hold: values in columns, and rows in tables, that the
 * bundle lacks as a whole (it is older than they are, or was made without them). To replace it would lose them. Private to
 * flow. */
#ifndef SIMULARK_FLOW_SURPLUS_H
#define SIMULARK_FLOW_SURPLUS_H

#include "simulark/base/buffer.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/removal.h"

/* Both are about the units that were noted (pg/removal.h). The rows of tables that the bundle lacks are locked. */

/* Appends "nodes.locked (12 rows), chats (3 rows)", and what edges lead in from other projects, which would go, too; nothing
 * where there is nothing. */
bool surplus_find(struct pg *pg, const struct catalog *catalog, const struct manifest *manifest, struct buffer *found,
                  struct error *err);

/* Adds the rows in each table, which are locked. */
bool surplus_count(struct pg *pg, const struct catalog *catalog, int64_t counts[TABLE_COUNT], struct error *err);

#endif
