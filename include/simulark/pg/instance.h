/* A private PostgreSQL of the caller's own: files under one folder, a Unix socket only, no password, no configuration.
 *
 * Run as root, the server runs as an unprivileged user. */
#ifndef SIMULARK_PG_INSTANCE_H
#define SIMULARK_PG_INSTANCE_H

#include "simulark/base/buffer.h"
#include "simulark/base/error.h"

#include <stdbool.h>

struct instance;

/* The instance under home: NULL for SIMULARK_HOME or its default. Touches nothing yet. NULL and *err on failure. */
struct instance *instance_open(const char *home, struct error *err);
void instance_free(struct instance *instance);

const char *instance_home(const struct instance *instance);
/* The URI to connect to, whether or not it runs. */
const char *instance_url(const struct instance *instance);

/* Whether the instance is the caller's, or not yet made: of another user's it is not known whether it runs. */
bool instance_is_ours(const struct instance *instance, struct error *err);
bool instance_is_running(struct instance *instance);
/* Makes the instance where there is none, with the thirteen tables in a database `simulark`, and starts it where it does not
 * run; two at once are safe. *started tells whether this call started it. */
bool instance_start(struct instance *instance, bool *started, struct error *err);
bool instance_stop(struct instance *instance, bool *stopped, struct error *err);
/* Stops it and deletes its data. *deleted tells whether there were any. */
bool instance_reset(struct instance *instance, bool *deleted, struct error *err);

#endif
