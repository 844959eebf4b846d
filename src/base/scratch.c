#include "simulark/base/scratch.h"

#include "simulark/base/crypto.h"
#include "simulark/base/memory.h"
#include "simulark/base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)
#define KEY 32

struct scratch {
    int fd;
    int64_t size;
    unsigned char *key;
    char *chunk; /* what is on its way, enciphered */
};

struct scratch *scratch_new(struct error *err)
{
    int fd = temporary_nameless(err);
    struct scratch *s;

    if (fd < 0)
        return NULL;
    s = mem_alloc(sizeof *s);
    s->fd = fd;
    s->chunk = mem_alloc(CHUNK);
    s->key = secret_alloc(KEY);
    random_bytes(s->key, KEY);
    return s;
}

static bool write_at(const struct scratch *s, const char *bytes, size_t len, int64_t at, struct error *err)
{
    while (len) {
        ssize_t n = pwrite(s->fd, bytes, len, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return temporary_refuse(n < 0 ? errno : ENOSPC, err);
        bytes += n;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

bool scratch_append(struct scratch *s, const void *bytes, size_t len, struct error *err)
{
    const char *from = bytes;

    while (len) {
        size_t piece = len < CHUNK ? len : CHUNK;

        chacha20_at(s->chunk, from, piece, s->size, s->key);
        if (!write_at(s, s->chunk, piece, s->size, err))
            return false;
        s->size += (int64_t)piece;
        from += piece;
        len -= piece;
    }
    return true;
}

int64_t scratch_size(const struct scratch *s)
{
    return s->size;
}

bool scratch_read(const struct scratch *s, int64_t at, void *bytes, size_t len, struct error *err)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(s->fd, (char *)bytes + done, len - done, at + (int64_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_file(err, errno, "Cannot read a temporary file");
        if (n == 0)
            return error_set(err, STATUS_FILE, "A temporary file is shorter than what was written to it.");
        done += (size_t)n;
    }
    chacha20_at(bytes, bytes, len, at, s->key);
    return true;
}

void scratch_drop(struct scratch *s, int64_t from, int64_t to)
{
    fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from);
}

void scratch_free(struct scratch *s)
{
    if (!s)
        return;
    close(s->fd);
    secret_free(s->key, KEY);
    free(s->chunk);
    free(s);
}

static bool read_scratch(void *context, int64_t at, void *bytes, size_t len, struct error *err)
{
    return scratch_read(context, at, bytes, len, err);
}

static void free_scratch(void *context)
{
    scratch_free(context);
}

struct input *input_scratch(const char *name, struct scratch *s)
{
    struct input *in = input_random(name, s->size, read_scratch, s);

    input_own(in, free_scratch);
    return in;
}
