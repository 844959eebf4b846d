#include "simulark/pg/instance.h"

#include "server.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/place.h"
#include "simulark/pg/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

struct instance {
    struct place place;
};

struct instance *instance_open(const char *home, struct error *err)
{
    struct instance *instance = mem_alloc(sizeof *instance);

    if (place_find(&instance->place, home, err))
        return instance;
    instance_free(instance);
    return NULL;
}

void instance_free(struct instance *instance)
{
    if (!instance)
        return;
    place_release(&instance->place);
    free(instance);
}

const char *instance_home(const struct instance *instance)
{
    return instance->place.home;
}

const char *instance_url(const struct instance *instance)
{
    return instance->place.url;
}

/* ---- locks ---- */

/* One at a time starts, stops or deletes an instance. Gives a descriptor to close, or -1. */
static int lock_take(const struct place *place, struct error *err)
{
    int fd = open(place->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        error_file(err, errno, "Cannot open %s", place->lock);
        return -1;
    }
    while (flock(fd, LOCK_EX) != 0) { /* waits for another command to be done with the instance */
        if (errno == EINTR && interrupt_check(err))
            continue;
        if (!error_is_set(err))
            error_file(err, errno, "Cannot lock %s", place->lock);
        close(fd);
        return -1;
    }
    return fd;
}

bool instance_is_ours(const struct instance *instance, struct error *err)
{
    return place_check_home(&instance->place, err);
}

bool instance_is_running(struct instance *instance)
{
    return server_lives(&instance->place) && server_listens(&instance->place);
}

/* ---- the database ---- */

static bool database_make(const struct place *place, struct error *err)
{
    struct buffer url = BUFFER_INIT;
    struct pg_result *result = NULL;
    struct pg *pg;
    bool ok = false;

    place_url(place, "postgres", &url);
    pg = pg_open(buffer_string(&url), "public", err);
    if (pg)
        result = pg_query(pg, "SELECT 1 FROM pg_catalog.pg_database WHERE datname = 'simulark'", 0, NULL, err);
    if (result)
        ok = pg_result_rows(result) > 0 || pg_run(pg, "CREATE DATABASE simulark", err);
    pg_result_free(result);
    pg_free(pg);
    buffer_release(&url);
    return ok;
}

static bool tables_make(const struct place *place, struct error *err)
{
    struct buffer url = BUFFER_INIT;
    size_t made;
    struct pg *pg;
    bool ok;

    place_url(place, "simulark", &url);
    pg = pg_open(buffer_string(&url), "public", err);
    ok = pg && schema_apply(pg, &made, err);
    pg_free(pg);
    buffer_release(&url);
    return ok;
}

/* A running server is of use when it has the database with its tables; a file says that this was seen to. */
static bool server_prepare(const struct place *place, struct error *err)
{
    const char *set = getenv("PGSERVICE");
    char *service = mem_strdup_or_null(set);
    bool ok;
    int fd;

    unsetenv("PGSERVICE"); /* the one variable of libpq's that a URI cannot overrule: a service nobody defines is an error */
    ok = database_make(place, err) && tables_make(place, err);
    if (service)
        setenv("PGSERVICE", service, 1);
    free(service);
    if (!ok)
        return false;
    fd = open(place->prepared, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_file(err, errno, "Cannot write %s", place->prepared);
    close(fd);
    return true;
}

/* ---- the life cycle ---- */

bool instance_start(struct instance *instance, bool *started, struct error *err)
{
    const struct place *place = &instance->place;
    bool ok;
    int lock;

    *started = false;
    if (instance_is_running(instance) && access(place->prepared, F_OK) == 0)
        return true;
    lock = place_make_home(place, err) ? lock_take(place, err) : -1;
    if (lock < 0)
        return false;
    if (server_settle(place)) {
        ok = server_await(place, err);
    } else {
        ok = server_stop(place, err) && server_start(place, err);
        *started = ok;
    }
    if (ok && access(place->prepared, F_OK) != 0)
        ok = server_prepare(place, err);
    close(lock);
    return ok;
}

bool instance_stop(struct instance *instance, bool *stopped, struct error *err)
{
    const struct place *place = &instance->place;
    bool ok = true;
    int lock;

    *stopped = false;
    if (!place_check_home(place, err))
        return false;
    if (!server_lives(place))
        return true;
    lock = lock_take(place, err);
    if (lock < 0)
        return false;
    if (server_lives(place)) {
        ok = server_stop(place, err);
        *stopped = ok;
    }
    close(lock);
    return ok;
}

bool instance_reset(struct instance *instance, bool *deleted, struct error *err)
{
    const struct place *place = &instance->place;
    bool ok;
    int lock;

    *deleted = false;
    if (access(place->home, F_OK) != 0)
        return true;
    lock = place_make_home(place, err) ? lock_take(place, err) : -1;
    if (lock < 0)
        return false;
    *deleted = access(place->data, F_OK) == 0;
    ok = (!server_lives(place) || server_stop(place, err)) && place_clear(place, err);
    close(lock);
    return ok;
}
