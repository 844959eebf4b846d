/* What a project or chat has in the database beyond what a bundle can hold: values in columns, and rows in tables, that the
 * bundle lacks as a whole (it is older than they are, or was made without them). To replace it would lose them. Private to
 * flow. */
#ifndef SIMULARK_FLOW_SURPLUS_H
#define SIMULARK_FLOW_SURPLUS_H

#include "simulark/base/buffer.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/removal.h"

/* Appends "nodes.locked (12 rows), chats (3 rows)", of the units of this kind and id; nothing where there is nothing. The rows
 * of the tables are locked. Where anything is asked, it notes what removal.h's statements are about. */
bool surplus_find(struct pg *pg, const struct catalog *catalog, const struct manifest *manifest, enum removal_kind kind,
                  const char *id, struct buffer *found, struct error *err);

/* Adds the rows of the unit in each table, which are locked. */
bool surplus_count(struct pg *pg, const struct catalog *catalog, enum removal_kind kind, const char *id,
                   int64_t counts[TABLE_COUNT], struct error *err);

#endif
