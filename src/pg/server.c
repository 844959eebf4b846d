#include "server.h"

#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define START_SECONDS 120 /* recovery after a crash included */
#define STOP_SECONDS 60
#define SETTLE_SECONDS 10
#define POLL_MILLISECONDS 10
#define LOG_MAX (4 << 20) /* bytes from which on a log is begun anew */
#define LOG_LINES 8       /* shown with an error */
#define LOG_TAIL 8192     /* bytes looked at for them */

/* The server inherits a lock, and each of its processes keeps it until its end, however it ends. So, unlike with a process id
 * in a file, nothing that was killed or copied, no other process of the same id, can be taken for the server. */
bool server_lives(const struct place *place)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(place->server_lock, O_RDWR | O_CLOEXEC);
    bool lives;

    if (fd < 0)
        return false;
    lives = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return lives;
}

bool server_listens(const struct place *place)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool listens = false;

    if (fd < 0)
        return false;
    if (snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", place->sockets) <
        (int)sizeof address.sun_path)
        listens = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return listens;
}

/* Takes the lock that the server will hold. */
static int server_lock_take(const struct place *place, struct error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(place->server_lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return fd;
    error_file(err, errno, "Cannot lock %s", place->server_lock);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- the log ---- */

/* Opens the log to append to it; *start is where this run's lines will begin. */
static int log_open(const struct place *place, off_t *start, struct error *err)
{
    int fd = open(place->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0 || (st.st_size > LOG_MAX && ftruncate(fd, 0) != 0)) {
        error_file(err, errno, "Cannot write %s", place->log);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *start = st.st_size > LOG_MAX ? 0 : st.st_size;
    return fd;
}

/* Gives the error the last lines that were logged from `start` on. */
static void log_quote(const struct place *place, off_t start, struct error *err)
{
    char tail[LOG_TAIL];
    int fd = open(place->log, O_RDONLY | O_CLOEXEC);
    off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = end - start > LOG_TAIL ? end - LOG_TAIL : start;
    ssize_t len = fd < 0 ? 0 : pread(fd, tail, sizeof tail, from);
    const char *lines[LOG_LINES + 1]; /* where the last lines begin; the newest last */
    size_t n = 0;

    if (fd >= 0)
        close(fd);
    error_hint(err, "The whole log is %s.", place->log);
    while (len > 0 && tail[len - 1] == '\n')
        len--;
    if (len <= 0)
        return;
    lines[n++] = tail + len + 1;
    for (const char *at = tail + len; n <= LOG_LINES && at > tail; at--)
        if (at - 1 == tail || at[-2] == '\n')
            lines[n++] = at - 1;
    while (n-- > 1)
        error_detail(err, "%.*s", (int)(lines[n - 1] - lines[n] - 1), lines[n]);
}

/* ---- postmaster.pid ---- */

/* What the server writes about itself; see src/include/utils/pidfile.h in PostgreSQL. */
struct postmaster {
    pid_t pid; /* 0: there is no such file */
    bool ready;
    char data[4096];
};

static void postmaster_read(const struct place *place, struct postmaster *postmaster)
{
    struct buffer path = BUFFER_INIT;
    char text[8192];
    char *line = text;
    int fd;
    ssize_t len;

    *postmaster = (struct postmaster){0};
    buffer_printf(&path, "%s/postmaster.pid", place->data);
    fd = open(buffer_string(&path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    len = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[len > 0 ? len : 0] = '\0';
    for (int number = 1; number <= 8 && line; number++) {
        char *end = strchr(line, '\n');

        if (end)
            *end = '\0';
        if (number == 1)
            postmaster->pid = (pid_t)strtol(line, NULL, 10);
        else if (number == 2 && strlen(line) < sizeof postmaster->data)
            memcpy(postmaster->data, line, strlen(line) + 1);
        else if (number == 8)
            postmaster->ready = strncmp(line, "ready", 5) == 0;
        line = end ? end + 1 : NULL;
    }
    if (fd >= 0)
        close(fd);
    buffer_release(&path);
}

/* Whether no server in our folder stands behind the file: the folder was copied, or the process id has been used again, or is
 * that of a killed server which nobody has waited for. */
static bool postmaster_is_foreign(const struct place *place, const struct postmaster *postmaster)
{
    struct buffer path = BUFFER_INIT;
    struct stat named, ours, cwd;
    bool foreign = true;

    if (stat(place->data, &ours) == 0 && stat(postmaster->data, &named) == 0) {
        buffer_printf(&path, "/proc/%ld/cwd", (long)postmaster->pid);
        foreign = named.st_dev != ours.st_dev || named.st_ino != ours.st_ino;
        if (stat(buffer_string(&path), &cwd) == 0)
            foreign = foreign || cwd.st_dev != ours.st_dev || cwd.st_ino != ours.st_ino;
        else if (errno == ENOENT)
            foreign = true;
        buffer_release(&path);
    }
    return foreign;
}

/* Removes what would keep a server from starting though none of ours lives. Any doubt is left to the server to judge. */
static void remnants_remove(const struct place *place)
{
    static const char *const names[] = {".s.PGSQL.5432", ".s.PGSQL.5432.lock"};
    struct postmaster postmaster;
    struct buffer path = BUFFER_INIT;

    postmaster_read(place, &postmaster);
    if (postmaster.pid > 0 && postmaster_is_foreign(place, &postmaster)) {
        buffer_printf(&path, "%s/postmaster.pid", place->data);
        unlink(buffer_string(&path));
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        buffer_clear(&path);
        buffer_printf(&path, "%s/%s", place->sockets, names[i]);
        unlink(buffer_string(&path));
    }
    buffer_release(&path);
}

/* ---- starting ---- */

/* Makes the data in a folder that takes its name when it is whole. */
static bool run_initdb(const struct place *place, const char *programs, const char *folder, int log)
{
    char *initdb = text_printf("%s/initdb", programs);
    const char *const argv[] = {initdb,         "--pgdata",        folder,            "--username=simulark",
                                "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
                                NULL};
    bool ok = program_run(&place->account, argv, log);

    free(initdb);
    return ok;
}

static bool data_make(const struct place *place, const char *programs, int log, struct error *err)
{
    struct error ignored = ERROR_INIT;
    struct stat st;
    char *fresh;
    bool ok;

    if (stat(place->data, &st) == 0)
        return true;
    place_sweep(place);
    fresh = place_make_data(place, err);
    if (!fresh)
        return false;
    ok = run_initdb(place, programs, fresh, log);
    if (!ok)
        error_set(err, STATUS_DATABASE, "initdb could not make a PostgreSQL instance in %s.", place->folder);
    else if (rename(fresh, place->data) != 0)
        ok = error_file(err, errno, "Cannot rename %s to %s", fresh, place->data);
    if (!ok)
        place_delete(place, fresh, &ignored);
    error_release(&ignored);
    free(fresh);
    return ok;
}

/* A value of unix_socket_directories, which is a list: quoted, so that it is one folder whatever its name is. */
static void append_setting(struct buffer *setting, const char *name, const char *folder)
{
    buffer_printf(setting, "%s=", name);
    pg_append_name(setting, folder);
}

static bool server_launch(const struct place *place, const char *programs, int log, struct error *err)
{
    struct buffer postgres = BUFFER_INIT;
    struct buffer sockets = BUFFER_INIT;
    int lock = server_lock_take(place, err);
    bool ok = lock >= 0;

    if (ok) {
        buffer_printf(&postgres, "%s/postgres", programs);
        append_setting(&sockets, "unix_socket_directories", place->sockets);
        const char *const argv[] = {buffer_string(&postgres), "-D", place->data, "-p", "5432",
                                    "-c", "listen_addresses=", "-c", buffer_string(&sockets),
                                    "-c", "unix_socket_permissions=0700", "-c", "logging_collector=off",
                                    "-c", "log_destination=stderr", NULL};

        unlink(place->prepared);
        ok = program_detach(&place->account, argv, log, lock) ||
             error_set(err, STATUS_DATABASE, "The local PostgreSQL could not be started.");
        close(lock);
    }
    buffer_release(&sockets);
    buffer_release(&postgres);
    return ok;
}

static void pause_briefly(void)
{
    const struct timespec time = {.tv_nsec = POLL_MILLISECONDS * 1000000L};

    nanosleep(&time, NULL);
}

/* False once somebody does not want to wait for the server to start or stop. */
static bool await_briefly(const struct place *place, const char *verb, struct error *err)
{
    pause_briefly();
    if (interrupt_check(err))
        return true;
    error_detail(err, "the local PostgreSQL in %s was asked to %s, and may do so yet", place->home, verb);
    return false;
}

bool server_settle(const struct place *place)
{
    for (int i = 0; i < SETTLE_SECONDS * 1000 / POLL_MILLISECONDS && server_lives(place); i++) {
        if (server_listens(place))
            return true;
        pause_briefly();
    }
    return false;
}

bool server_await(const struct place *place, struct error *err)
{
    struct postmaster postmaster;

    for (int i = 0; i < START_SECONDS * 1000 / POLL_MILLISECONDS; i++) {
        if (!server_lives(place))
            return error_set(err, STATUS_DATABASE, "The local PostgreSQL in %s did not start.", place->home);
        /* In this order: as long as nobody listens, the file may be that of a server which was killed. */
        if (server_listens(place)) {
            postmaster_read(place, &postmaster);
            if (postmaster.ready)
                return true;
        }
        if (!await_briefly(place, "start", err))
            return false;
    }
    return error_set(err, STATUS_DATABASE, "The local PostgreSQL in %s was not ready after %d seconds.", place->home,
                     START_SECONDS);
}

static int interrupt(const char *pid)
{
    return kill((pid_t)strtol(pid, NULL, 10), SIGINT) == 0 || errno == ESRCH ? 0 : 1;
}

bool server_stop(const struct place *place, struct error *err)
{
    struct postmaster postmaster;
    struct buffer pid = BUFFER_INIT;
    bool asked = false;
    bool waiting = true;

    for (int i = 0; waiting && i < STOP_SECONDS * 1000 / POLL_MILLISECONDS && server_lives(place); i++) {
        postmaster_read(place, &postmaster);
        if (!asked && postmaster.pid > 1) {
            /* As the account: root should not signal whatever a file of somebody else names. */
            buffer_printf(&pid, "%ld", (long)postmaster.pid);
            asked = account_call(&place->account, interrupt, buffer_string(&pid)) == 0;
        }
        waiting = await_briefly(place, "stop", err);
    }
    buffer_release(&pid);
    if (!waiting)
        return false;
    if (!server_lives(place)) {
        unlink(place->prepared);
        return true;
    }
    error_set(err, STATUS_DATABASE, "The local PostgreSQL in %s did not stop within %d seconds.", place->home, STOP_SECONDS);
    error_hint(err, "Look into %s.", place->log);
    return false;
}

/* The major version the data were made by; NULL where there are none. */
static const char *data_version(const struct place *place, char version[16])
{
    struct buffer path = BUFFER_INIT;
    int fd;
    ssize_t len;

    buffer_printf(&path, "%s/PG_VERSION", place->data);
    fd = open(buffer_string(&path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    len = fd < 0 ? 0 : read(fd, version, 15);
    if (fd >= 0)
        close(fd);
    buffer_release(&path);
    version[len > 0 ? len : 0] = '\0';
    version[strspn(version, "0123456789.")] = '\0';
    return *version ? version : NULL;
}

bool server_start(const struct place *place, struct error *err)
{
    char version[16];
    off_t log_start = 0;
    int log = -1;
    char *programs = program_folder(data_version(place, version), err);
    bool ok = programs && place_make(place, err);

    if (ok) {
        log = log_open(place, &log_start, err);
        ok = log >= 0;
    }
    if (ok) {
        ok = data_make(place, programs, log, err) && place_claim(place, err);
        if (ok) {
            remnants_remove(place);
            ok = server_launch(place, programs, log, err) && server_await(place, err);
        }
        if (!ok)
            log_quote(place, log_start, err);
        close(log);
    }
    free(programs);
    return ok;
}
