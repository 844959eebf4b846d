/* The private instance's server: whether there is one, how it is started and stopped. Private to pg.
 *
 * Whoever starts or stops it holds the instance's lock; see instance.c. */
#ifndef SIMULARK_PG_SERVER_H
#define SIMULARK_PG_SERVER_H

#include "simulark/base/error.h"
#include "simulark/pg/place.h"

#include <stdbool.h>

bool server_lives(const struct place *place);

/* Whether somebody listens at the socket: not so while processes of a killed server finish, which live on for a moment. */
bool server_listens(const struct place *place);

/* Whether there is a server that can be waited for. One that lives and does not listen is on its way up or down, or has lost
 * its socket to somebody who cleans up. */
bool server_settle(const struct place *place);

/* Waits until a server that lives takes connections. */
bool server_await(const struct place *place, struct error *err);

/* Makes the folders and the data where there are none, and starts. An error shows the last lines of the log. */
bool server_start(const struct place *place, struct error *err);

/* Fast shutdown: connections are ended, what is committed is kept. Fine where none lives. */
bool server_stop(const struct place *place, struct error *err);

#endif
