/* Faults on request, for tests: a library that is loaded before the C library and lets single calls fail.
 *
 * SIMULARK_FAULTS is a list of NAME:N[:ERRNO] with commas between. The N-th call (for write: the byte with this number, counted
 * from 1) of that name fails with this errno (default EIO), and so does each after it, but for alloc, which fails once. Each
 * fault that was hit puts its name on a line of the file that SIMULARK_FAULTS_HIT names, so that a test can tell whether
 * what it asked for has happened at all. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum fault { FSYNC, WRITE, READ, RENAME, TMPFILE, OPEN, ALLOC, RECV, SEND, CLOCK, FAULTS };

static const char *const names[FAULTS] = {"fsync", "write", "read", "rename", "tmpfile", "open", "alloc", "recv", "send", "clock"};

static struct {
    long long at; /* 0: not asked for */
    int error;
    long long count;
    bool hit;
} faults[FAULTS];

static bool ready;

/* Without allocating: this runs before anything else does. */
__attribute__((constructor)) static void read_faults(void)
{
    const char *text = getenv("SIMULARK_FAULTS");

    while (text && *text) {
        size_t len = strcspn(text, ":");

        for (int i = 0; i < FAULTS; i++)
            if (strlen(names[i]) == len && strncmp(names[i], text, len) == 0) {
                char *end;

                faults[i].at = strtoll(text + len + 1, &end, 10);
                faults[i].error = *end == ':' ? (int)strtol(end + 1, &end, 10) : EIO;
                text = end;
            }
        text += strcspn(text, ",");
        text += *text == ',';
    }
    ready = true;
}

static void report(enum fault fault)
{
    const char *path = getenv("SIMULARK_FAULTS_HIT");
    int fd;

    if (faults[fault].hit || !path)
        return;
    faults[fault].hit = true;
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    syscall(SYS_write, fd, names[fault], strlen(names[fault]));
    syscall(SYS_write, fd, "\n", 1);
    syscall(SYS_close, fd);
}

/* Whether this call fails; errno is set then. */
static bool fails(enum fault fault)
{
    if (!ready || !faults[fault].at || ++faults[fault].count < faults[fault].at)
        return false;
    report(fault);
    errno = faults[fault].error;
    return true;
}

#define REAL(type, name, ...)                                                                                                \
    static type (*real)(__VA_ARGS__);                                                                                        \
    if (!real)                                                                                                               \
    *(void **)&real = dlsym(RTLD_NEXT, name)

int fsync(int fd)
{
    REAL(int, "fsync", int);
    return fails(FSYNC) ? -1 : real(fd);
}

static bool is_file(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* How many of these bytes may still be written; -1 where none may. */
static ssize_t room(int fd, size_t len)
{
    long long left;

    if (!faults[WRITE].at || !is_file(fd))
        return (ssize_t)len;
    left = faults[WRITE].at - 1 - faults[WRITE].count;
    if (left <= 0 && len) {
        report(WRITE);
        errno = faults[WRITE].error;
        return -1;
    }
    if ((long long)len < left)
        left = (long long)len;
    faults[WRITE].count += left;
    return (ssize_t)left;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    ssize_t most = room(fd, len);

    REAL(ssize_t, "write", int, const void *, size_t);
    return most < 0 ? -1 : real(fd, bytes, (size_t)most);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t most = room(fd, len);

    REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
    return most < 0 ? -1 : real(fd, bytes, (size_t)most, at);
}

ssize_t read(int fd, void *bytes, size_t len)
{
    REAL(ssize_t, "read", int, void *, size_t);
    return is_file(fd) && fails(READ) ? -1 : real(fd, bytes, len);
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    return fails(RENAME) ? -1 : real(from, to);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    return fails(RENAME) ? -1 : real(from_fd, from, to_fd, to, flags);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    REAL(int, "linkat", int, const char *, int, const char *, int);
    return fails(RENAME) ? -1 : real(from_fd, from, to_fd, to, flags);
}

static int opened(int folder, const char *path, int flags, mode_t mode)
{
    REAL(int, "openat64", int, const char *, int, ...);
    if ((flags & O_TMPFILE) == O_TMPFILE && fails(TMPFILE))
        return -1;
    if ((flags & O_CREAT) && fails(OPEN))
        return -1;
    return real(folder, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;

    va_start(more, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return opened(AT_FDCWD, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;

    va_start(more, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return opened(folder, path, flags, mode);
}

ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    REAL(ssize_t, "recv", int, void *, size_t, int);
    return fails(RECV) ? -1 : real(fd, bytes, len, flags);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    REAL(ssize_t, "send", int, const void *, size_t, int);
    if (!fails(SEND))
        return real(fd, bytes, len, flags);
    shutdown(fd, SHUT_RDWR); /* else libpq would wait for what the server has to say */
    errno = faults[SEND].error;
    return -1;
}

/* N is the hour that it is, counted from 1970, for ever. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!faults[CLOCK].at || clock != CLOCK_REALTIME)
        return (int)syscall(SYS_clock_gettime, clock, now);
    report(CLOCK);
    *now = (struct timespec){.tv_sec = (faults[CLOCK].at - 1) * 3600};
    return 0;
}

time_t time(time_t *where)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (where)
        *where = now.tv_sec;
    return now.tv_sec;
}

/* ---- memory: glibc's own functions have these names, too, so none has to be looked up ---- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static bool no_memory(void)
{
    if (!ready || !faults[ALLOC].at || ++faults[ALLOC].count != faults[ALLOC].at)
        return false;
    report(ALLOC);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return no_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return no_memory() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return no_memory() ? NULL : __libc_realloc(old, size);
}
