/* A bundle taken apart, to be committed piece by piece: a parcel of all that belongs to no project (users, templates, contexts,
 * chats of no project …), then one for each project with all its parts, in the bundle's order.
 *
 * A bundle stands table by table, so it is read whole before the first parcel is given: what is damaged or incomplete is found
 * before anything is committed. Rows are kept in a scratch file (as much as the content as text), put in order there in one
 * pass; of each project, graph and chat some 40 to 80 bytes stay in memory. */
#ifndef SIMULARK_FLOW_PARCELS_H
#define SIMULARK_FLOW_PARCELS_H

#include "simulark/flow/stream.h"

#include <stdbool.h>
#include <stddef.h>

struct parcels;

struct parcels *parcels_new(void);
void parcels_free(struct parcels *p);

/* Takes the rows in. What stands before it in the pipeline must live as long as the parcels. */
struct sink *sink_parcels(struct parcels *p);

/* How many there are, once all was taken in; that of no project counts, too. */
size_t parcels_count(const struct parcels *p);

/* The next one, a whole stream of its own with the bundle's header and seal; it must be read to its end and freed before another
 * is asked for. */
struct source *source_parcel(struct parcels *p);

/* Which parcel, from 0 on, a row went into: for who reads the bundle once more after all was taken in. */
size_t parcels_number(const struct parcels *p, const struct shape *shape, const struct row *row);

#endif
