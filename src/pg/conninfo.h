/* Connection strings as people write them. Private to pg. */
#ifndef SIMULARK_PG_CONNINFO_H
#define SIMULARK_PG_CONNINFO_H

#include "simulark/base/error.h"

#include <stdbool.h>

/* Whether libpq can read it, and would repeat nothing of a password when it cannot connect. libpq repeats parts of a string it
 * cannot parse, passwords too: the error says only that it is malformed (STATUS_USAGE). Text that is neither a URI nor has an
 * equals sign is a database's name (libpq's rule for expanding dbname), and the server would repeat it: what looks like a URI
 * of something else is none. */
bool conninfo_check(const char *conninfo, struct error *err);

#endif
