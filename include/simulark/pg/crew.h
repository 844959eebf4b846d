/* Several connections that read one snapshot together.
 *
 * COPYs are given to them in turn and their rows come back in the order in which they were given: while the rows of one are
 * taken, the servers of the others work ahead, and what they send waits here, up to a few MiB each. No threads: whoever takes
 * rows also looks after the other connections. */
#ifndef SIMULARK_PG_CREW_H
#define SIMULARK_PG_CREW_H

#include "simulark/base/error.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>
#include <stddef.h>

#define CREW_MAX 8

struct crew;

/* The leader, and helpers on its snapshot, each with memory to sort a piece of a table (work_mem). leader has begun to read
 * (pg_begin_read) and asked nothing yet. Where the server gives no connection, no snapshot, or a pooler gives another server,
 * there are fewer, and perhaps the leader alone; that is no error. An error is a leader that is lost. */
struct crew *crew_new(struct pg *leader, size_t connections, struct error *err);
void crew_free(struct crew *crew); /* the leader stays open */

/* Notes a setting for the statements of all of them. */
bool crew_note(struct crew *crew, const char *setting, const char *value, struct error *err);

/* Whether another COPY can be given before rows are taken; and gives it. */
bool crew_has_room(const struct crew *crew);
bool crew_copy_out(struct crew *crew, const char *sql, struct error *err);

/* What the server sent next, as a row, for the COPY that was given first (valid until the next call); NULL at its end, and the
 * one that was given next is the first. */
bool crew_row(struct crew *crew, const char **row, size_t *len, struct error *err);

#endif
