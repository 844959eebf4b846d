#include "simulark/base/input.h"

#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/base/standard_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)

struct input {
    char *name;
    bool (*fetch)(void *context, const char **bytes, size_t *len, struct error *err);
    void *context;
    bool ended;
    bool failed;
    char last; /* byte given */
    const char *ready; /* fetched and not yet given */
    size_t nready;
    struct buffer kept; /* what was peeked at, when it came in several runs */
    int64_t position;   /* bytes given */
    int64_t size;       /* of what can be sought in; else -1 */

    int fd; /* of a file; else -1 */
    bool owns_fd;
    off_t base; /* where the file stood when it was opened: standard input may have been read before */
    char *chunk;

    const char *memory; /* of an input from memory; else NULL */
    bool (*read_at)(void *context, int64_t at, void *bytes, size_t len, struct error *err); /* of input_random; else NULL */
    void *source;                                                                           /* its context */
    int64_t at; /* the next byte of either to fetch */

    void (*free_context)(void *context); /* NULL: the context is somebody else's */
};

static bool fetch_file(void *context, const char **bytes, size_t *len, struct error *err)
{
    struct input *in = context;
    ssize_t got;

    do {
        got = read(in->fd, in->chunk, CHUNK);
        if (!interrupt_check(err)) /* an end that came with the signal is no end, either */
            return false;
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_file(err, errno, "Cannot read %s", in->name);
    *bytes = in->chunk;
    *len = (size_t)got;
    return true;
}

static bool fetch_memory(void *context, const char **bytes, size_t *len, struct error *err)
{
    struct input *in = context;
    int64_t left = in->size - in->at;

    (void)err;
    *bytes = in->memory + in->at;
    *len = left < (int64_t)CHUNK ? (size_t)left : CHUNK;
    in->at += (int64_t)*len;
    return true;
}

static bool fetch_random(void *context, const char **bytes, size_t *len, struct error *err)
{
    struct input *in = context;
    int64_t left = in->size - in->at;

    *bytes = in->chunk;
    *len = left < (int64_t)CHUNK ? (size_t)left : CHUNK;
    if (*len && !in->read_at(in->source, in->at, in->chunk, *len, err))
        return false;
    in->at += (int64_t)*len;
    return true;
}

static struct input *input_new(const char *name)
{
    struct input *in = mem_alloc(sizeof *in);

    in->name = mem_strdup(name);
    in->size = -1;
    in->fd = -1;
    return in;
}

struct input *input_adopt(const char *name, int fd)
{
    struct input *in = input_new(name);
    struct stat st;

    in->fetch = fetch_file;
    in->context = in;
    in->fd = fd;
    in->owns_fd = true;
    in->chunk = mem_alloc(CHUNK);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        in->base = lseek(fd, 0, SEEK_CUR);
        if (in->base >= 0)
            in->size = st.st_size > in->base ? st.st_size - in->base : 0;
    }
    return in;
}

static int open_file(const char *path, struct error *err)
{
    int fd;

    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR && interrupt_check(err)); /* a FIFO waits for its writer */
    return fd;
}

struct input *input_open(const char *path, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    int fd = standard ? STDIN_FILENO : open_file(path, err);
    struct input *in;
    struct stat st;

    if (fd < 0) {
        error_file(err, errno, "Cannot open %s", path);
        return NULL;
    }
    if (fstat(fd, &st) != 0)
        error_file(err, errno, "Cannot read %s", name);
    else if (S_ISDIR(st.st_mode))
        error_set(err, STATUS_FILE, "Cannot read %s: it is a folder, not a file.", name);
    if (error_is_set(err)) {
        if (!standard)
            close(fd);
        return NULL;
    }
    if (standard)
        standard_input_begin();
    in = input_adopt(name, fd);
    in->owns_fd = !standard;
    return in;
}

struct input *input_memory(const char *name, const void *bytes, size_t len)
{
    struct input *in = input_new(name);

    in->fetch = fetch_memory;
    in->context = in;
    in->memory = bytes ? bytes : "";
    in->size = (int64_t)len;
    return in;
}

struct input *input_callback(const char *name,
                             bool (*next)(void *context, const char **bytes, size_t *len, struct error *err), void *context)
{
    struct input *in = input_new(name);

    in->fetch = next;
    in->context = context;
    return in;
}

struct input *input_random(const char *name, int64_t size,
                           bool (*read_at)(void *context, int64_t at, void *bytes, size_t len, struct error *err),
                           void *context)
{
    struct input *in = input_new(name);

    in->fetch = fetch_random;
    in->context = in;
    in->read_at = read_at;
    in->source = context;
    in->size = size;
    in->chunk = mem_alloc(CHUNK);
    return in;
}

void input_own(struct input *in, void (*free_context)(void *context))
{
    in->free_context = free_context;
}

static bool fetch(struct input *in, const char **bytes, size_t *len, struct error *err)
{
    *len = 0;
    if (in->ended)
        return true;
    if (!in->fetch(in->context, bytes, len, err)) {
        in->ended = in->failed = true;
        return false;
    }
    in->ended = *len == 0;
    return true;
}

bool input_next(struct input *in, const char **bytes, size_t *len, struct error *err)
{
    *bytes = "";
    *len = 0;
    if (in->nready) {
        *bytes = in->ready;
        *len = in->nready;
        in->nready = 0;
    } else if (!fetch(in, bytes, len, err)) {
        return false;
    }
    in->position += (int64_t)*len;
    if (*len)
        in->last = (*bytes)[*len - 1];
    return true;
}

bool input_finish(struct input *in, struct error *err)
{
    const char *bytes;
    size_t len;

    do
        if (!input_next(in, &bytes, &len, err))
            return false;
    while (len);
    return true;
}

bool input_failed(const struct input *in)
{
    return in->failed;
}

char input_last_byte(const struct input *in)
{
    return in->last;
}

bool input_peek(struct input *in, size_t want, const char **bytes, size_t *len, struct error *err)
{
    while (in->nready < want && !in->ended) {
        const char *more = NULL;
        size_t nmore = 0;

        if (in->nready && in->ready != in->kept.data) {
            buffer_clear(&in->kept);
            buffer_append(&in->kept, in->ready, in->nready);
        }
        if (!fetch(in, &more, &nmore, err))
            return false;
        if (in->nready) {
            buffer_append(&in->kept, more, nmore);
            in->ready = in->kept.data;
            in->nready = in->kept.len;
        } else {
            in->ready = more;
            in->nready = nmore;
        }
    }
    *bytes = in->nready ? in->ready : "";
    *len = in->nready < want ? in->nready : want;
    return true;
}

const char *input_name(const struct input *in)
{
    return in->name;
}

int64_t input_size(const struct input *in)
{
    return in->size;
}

int64_t input_position(const struct input *in)
{
    return in->position;
}

bool input_can_seek(const struct input *in)
{
    return in->size >= 0;
}

bool input_seek(struct input *in, int64_t position, struct error *err)
{
    if (in->memory || in->read_at)
        in->at = position < in->size ? position : in->size;
    else if (lseek(in->fd, in->base + position, SEEK_SET) < 0)
        return error_file(err, errno, "Cannot go to byte %lld of %s", (long long)position, in->name);
    in->position = position;
    in->nready = 0;
    in->ended = false;
    return true;
}

void input_free(struct input *in)
{
    if (!in)
        return;
    if (in->owns_fd)
        close(in->fd);
    if (in->free_context)
        in->free_context(in->read_at ? in->source : in->context);
    buffer_release(&in->kept);
    free(in->chunk);
    free(in->name);
    free(in);
}
