#include "simulark/base/secret.h"

#include "simulark/base/crypto.h"
#include "simulark/base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int open_to_read(const char *path, struct error *err)
{
    int fd;

    if (strcmp(path, "-") == 0)
        return STDIN_FILENO;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR && interrupt_check(err));
    if (fd < 0)
        error_file(err, errno, "Cannot open %s", path);
    return fd;
}

/* Straight into the locked memory: a buffered reader would leave a copy behind. */
static bool read_all(struct secret *s, int fd, const char *path, struct error *err)
{
    while (s->len <= SECRET_BYTES) {
        ssize_t got = read(fd, s->bytes + s->len, SECRET_BYTES + 1 - s->len);

        if (got < 0 && errno == EINTR && interrupt_check(err))
            continue;
        if (got < 0)
            return error_file(err, errno, "Cannot read %s", path);
        if (got == 0)
            return true;
        s->len += (size_t)got;
    }
    return error_set(err, STATUS_FILE, "%s is too large for a key or a passphrase: more than %zu bytes.", path, SECRET_BYTES);
}

bool secret_read(struct secret *s, const char *path, struct error *err)
{
    int fd = open_to_read(path, err);
    bool done;

    if (fd < 0)
        return false;
    secret_release(s);
    s->bytes = secret_alloc(SECRET_BYTES + 1);
    done = read_all(s, fd, path, err);
    if (fd != STDIN_FILENO)
        close(fd);
    return done;
}

bool secret_read_passphrase(struct secret *s, const char *path, struct error *err)
{
    const char *end;

    if (!secret_read(s, path, err))
        return false;
    end = memchr(s->bytes, '\n', s->len);
    if (end)
        s->len = (size_t)(end - s->bytes);
    if (s->len && s->bytes[s->len - 1] == '\r')
        s->len--;
    if (s->len)
        return true;
    error_set(err, STATUS_FILE, "The first line of %s is empty: a passphrase must stand there.", path);
    return false;
}

void secret_release(struct secret *s)
{
    secret_free(s->bytes, SECRET_BYTES + 1);
    *s = (struct secret){0};
}
