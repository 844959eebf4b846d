/* What the statements of a selection share. Private to pg.
 *
 * The ids stand in settings of the transaction: the statements' text is always the same, works through a pooler, and holds no
 * data. A subselect reads a setting once for the statement, not once for each row; indexes are used as for a constant. */
#ifndef SIMULARK_PG_SELECT_INSIDE_H
#define SIMULARK_PG_SELECT_INSIDE_H

#include "simulark/pg/select.h"

#define SELECTED "(SELECT pg_catalog.current_setting('simulark.projects')::uuid[])::uuid[]"
#define ACCOUNTS "(SELECT pg_catalog.current_setting('simulark.users')::uuid[])::uuid[]"
/* Those of the selected projects whose chats and owners' contexts go with them: all, but for others' that a user sees. */
#define OWNED "(SELECT pg_catalog.current_setting('simulark.owned')::uuid[])::uuid[]"
#define MENTIONED "(SELECT pg_catalog.current_setting('simulark.contexts')::uuid[])::uuid[]"

#endif
