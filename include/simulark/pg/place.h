/* Where a private instance keeps what: its folders and files, and the URI of its socket.
 *
 * Everything lives in the home folder. Two things may have to be elsewhere: the data, where the server runs as another user
 * whom a folder above keeps out (/root), and the socket, where the path would be too long for one. Both places are named
 * after the digest of the home's path; the file `location` in the home folder names them for people, and for a home that
 * was moved. */
#ifndef SIMULARK_PG_PLACE_H
#define SIMULARK_PG_PLACE_H

#include "simulark/base/error.h"
#include "simulark/pg/program.h"

#include <stdbool.h>

struct place {
    struct account account; /* who owns data and sockets */
    char *home;             /* absolute, links resolved */
    char *folder;           /* holds the data: the home, or /var/lib/simulark/<digest> */
    char *data;
    char *sockets; /* folder of the socket */
    char *log;
    char *lock;        /* held by whoever starts, stops or deletes */
    char *server_lock; /* held by the server's processes as long as one of them lives */
    char *prepared;    /* is there while the running server has database and tables */
    char *url;
};

/* Finds the places; makes nothing. home NULL: SIMULARK_HOME or its default. */
bool place_find(struct place *place, const char *home, struct error *err);
void place_release(struct place *place);

/* Appends the URI of a database; unlike `url` it says everything that PG* variables of the caller could add. */
void place_url(const struct place *place, const char *database, struct buffer *url);

/* Refuses a home folder that is there and not the caller's own. */
bool place_check_home(const struct place *place, struct error *err);
/* Makes the home folder; refuses one likewise. */
bool place_make_home(const struct place *place, struct error *err);
/* Makes the folders outside the home, that of the socket, and `location` where it is needed. */
bool place_make(const struct place *place, struct error *err);
/* Makes a new empty folder for data beside the data; the caller frees the path. */
char *place_make_data(const struct place *place, struct error *err);
/* Gives data that root has copied from elsewhere to the account. */
bool place_claim(const struct place *place, struct error *err);
/* Deletes everything but the home folder and its lock. */
bool place_clear(const struct place *place, struct error *err);
/* Deletes what interrupted runs of place_make_data left. */
void place_sweep(const struct place *place);

/* Deletes a folder of the account with all in it. */
bool place_delete(const struct place *place, const char *path, struct error *err);

#endif
