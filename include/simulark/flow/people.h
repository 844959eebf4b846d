/* Who is who: the users of a bundle and the users of the database it goes into.
 *
 * People are matched before the first row: by --map-users, by id, by e-mail. Users whose own rows are in the bundle (accounts,
 * instances) are its content; where the database has one of the same e-mail under another id, that is learned while their rows
 * go in. */
#ifndef SIMULARK_FLOW_PEOPLE_H
#define SIMULARK_FLOW_PEOPLE_H

#include "simulark/base/error.h"
#include "simulark/base/uuid_set.h"
#include "simulark/model/manifest.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

struct people_options {
    const char *owner;    /* everything goes to this user (id or e-mail); NULL: to nobody in particular */
    const char *map_file; /* lines "old,new", each an id or e-mail; NULL: none */
    bool create;          /* make the users nobody matches */
    bool as_user;         /* a user does it (--as), who is told of nobody else */
};

struct people {
    struct pg *pg;
    struct people_options options;
    struct uuid owner;
    bool has_owner;
    bool mapped; /* the map was read; it stays for the next import of the same bundle */
    struct uuid_map map;  /* ids that become others */
    struct uuid_set made; /* users that --create-users has made, since they were matched last */
};

/* A zeroed struct with pg and options set is ready; the caller releases it. */
void people_release(struct people *people);

/* Finds the owner alone, in a transaction of its own, before there is a bundle. */
bool people_find_owner(struct people *people, struct error *err);

/* Matches everybody, in the open transaction. Whoever matches nobody is listed (STATUS_CONFLICT). */
bool people_match(struct people *people, const struct manifest *manifest, struct error *err);

/* The id a user of the bundle has in the database; NULL: the same. */
const struct uuid *people_target(const struct people *people, const struct uuid *id);

/* Learns that a user of the bundle is there under another id. */
void people_learn(struct people *people, const struct uuid *id, const struct uuid *there);

#endif
