/* What a SQLSTATE (PostgreSQL's documentation, "Error Codes") means to our user. Private to pg. */
#ifndef SIMULARK_PG_FAILURE_H
#define SIMULARK_PG_FAILURE_H

#include "simulark/base/buffer.h"
#include "simulark/base/error.h"

#include <stdbool.h>

/* Ends the program where libpq says (not the server) that memory ran out; NULL: it could not even say that. */
void failure_check_memory(const char *message);

/* What the server says of one; NULL where it says nothing. */
struct failure {
    const char *sqlstate, *detail, *column;
    bool parameter; /* it came up where a value of ours was read, perhaps */
    bool inside; /* a statement of the database's own failed: one of a trigger's or a function's */
};

/* The kind of it. */
enum status failure_status(const struct failure *failure);

/* The key that a detail is about, "Key (graph_id)=(5f…) …", in whatever language: appends its columns as they stand there, with
 * ", " between them, and its value. False where it is about none. */
bool failure_key(const char *detail, struct buffer *columns, struct buffer *value);

/* Whether the server ends the connection by it: an administrator, a crash or a shutdown does. */
bool failure_is_the_end(const char *sqlstate);

/* What to do about it; NULL: nothing is better than what the server says. */
const char *failure_hint(const struct failure *failure, bool standby);

#endif
