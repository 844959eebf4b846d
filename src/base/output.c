#include "simulark/base/output.h"

#include "simulark/base/crypto.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/base/temporary.h"
#include "simulark/base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)

enum way {
    WAY_STRAIGHT, /* standard output, a device, a pipe: what is written is there */
    WAY_NAMELESS, /* O_TMPFILE: the system removes it whatever happens */
    WAY_NAMED,    /* a temporary name, where the file system has no nameless files */
};

struct output {
    struct output *below; /* of a layer, which has no file itself; else NULL */
    const struct output_layer *layer;
    void *context;
    char *name; /* as the caller calls it */
    char *path; /* the file to make or replace */
    bool force;
    bool replaces; /* there is a file already */
    bool prepared;
    enum way way;
    int fd;
    bool owns_fd;
    bool private; /* what is written is secret */
    bool failed; /* bytes were lost: there is nothing to commit */
    struct temporary temporary;
    int64_t position;
    size_t nchunk;
    char *chunk;
};

static bool is_there(const char *name, struct error *err)
{
    error_set(err, STATUS_CONFLICT, "%s is there already.", name);
    error_hint(err, "Use --force to replace it, or another name.");
    return false;
}

static bool cannot_write(struct output *out, int saved_errno, struct error *err)
{
    out->failed = true;
    error_file(err, saved_errno, "Cannot write %s", out->name);
    if (saved_errno == ENOSPC || saved_errno == EDQUOT)
        error_hint(err, "Free some space, or write to another place.");
    else if (saved_errno == EFBIG)
        error_hint(err, "Raise the limit on file sizes (ulimit -f), or write to another place.");
    else if (saved_errno == ENOENT || saved_errno == ENOTDIR)
        error_hint(err, "The folder it goes into must be there.");
    return false;
}

static bool open_straight(struct output *out, struct error *err)
{
    out->way = WAY_STRAIGHT;
    do
        out->fd = open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    while (out->fd < 0 && errno == EINTR && interrupt_check(err)); /* a FIFO waits for its reader */
    return out->fd >= 0 || cannot_write(out, errno, err);
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static void descriptor_path(int fd, char path[64])
{
    snprintf(path, 64, "/proc/self/fd/%d", fd);
}

/* Naming the file later needs /proc; where it is missing a nameless file would be lost work. */
static bool open_nameless(struct output *out)
{
    char *folder = folder_of(out->path);
    char named[64];

    out->way = WAY_NAMELESS;
    out->fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    free(folder);
    if (out->fd < 0)
        return false;
    descriptor_path(out->fd, named);
    if (access(named, F_OK) == 0)
        return true;
    close(out->fd);
    out->fd = -1;
    return false;
}

static bool open_named(struct output *out, struct error *err)
{
    out->way = WAY_NAMED;
    for (int tries = 0; tries < 100 && out->fd < 0; tries++) {
        char *path = temporary_beside(out->path);

        temporary_add(&out->temporary, path, false);
        out->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (out->fd < 0)
            temporary_keep(&out->temporary);
        free(path);
        if (out->fd < 0 && errno != EEXIST)
            break;
    }
    return out->fd >= 0 || cannot_write(out, errno, err);
}

/* A link is followed, as pg_dump and git do: the file it names is replaced, and the link stays. */
static bool replace_existing(struct output *out, struct error *err)
{
    char *resolved = realpath(out->path, NULL);

    if (!resolved && errno == ENOENT) {
        error_set(err, STATUS_FILE, "Cannot replace %s: it is a link to a file that is not there.", out->name);
        error_hint(err, "Remove the link, or name the file that it shall lead to.");
        return false;
    }
    if (!resolved)
        return error_file(err, errno, "Cannot replace %s", out->name);
    free(out->path);
    out->path = resolved;
    return true;
}

static bool open_file(struct output *out, struct error *err)
{
    struct stat st;
    bool exists = stat(out->path, &st) == 0;
    size_t len = strlen(out->path);

    if ((exists && S_ISDIR(st.st_mode)) || len == 0 || out->path[len - 1] == '/')
        return error_set(err, STATUS_FILE, "Cannot write %s: it is a folder, not a file.", len ? out->name : "\"\"");
    if (exists && !S_ISREG(st.st_mode))
        return open_straight(out, err);
    if (exists || lstat(out->path, &st) == 0) {
        out->replaces = true;
        if (!out->force)
            return is_there(out->name, err);
        if (!replace_existing(out, err))
            return false;
    }
    if (!open_nameless(out) && !open_named(out, err))
        return false;
    /* Who could not read the old file cannot read the new one. */
    if (exists && fchmod(out->fd, st.st_mode & 0777) != 0)
        return cannot_write(out, errno, err);
    return true;
}

struct output *output_open(const char *path, bool force, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    struct output *out = mem_alloc(sizeof *out);

    out->name = mem_strdup(standard ? "standard output" : path);
    out->path = mem_strdup(path);
    out->force = force;
    out->way = WAY_STRAIGHT;
    out->fd = standard ? STDOUT_FILENO : -1;
    out->owns_fd = !standard;
    out->chunk = mem_alloc(CHUNK);
    temporary_init(&out->temporary);
    if (!standard && !open_file(out, err)) {
        output_free(out);
        return NULL;
    }
    return out;
}

static bool write_out(struct output *out, const void *bytes, size_t len, struct error *err)
{
    return write_all(out->fd, bytes, len, err) || cannot_write(out, errno, err);
}

static bool flush(struct output *out, struct error *err)
{
    size_t len = out->nchunk;

    out->nchunk = 0;
    return write_out(out, out->chunk, len, err);
}

struct output *output_over(struct output *below, const struct output_layer *layer, void *context)
{
    struct output *out = mem_alloc(sizeof *out);

    out->below = below;
    out->layer = layer;
    out->context = context;
    return out;
}

static bool is_whole(const struct output *out, struct error *err)
{
    if (out->failed)
        error_set(err, STATUS_FILE, "Cannot write %s: writing it failed before.", output_name(out));
    return !out->failed;
}

/* Bytes that a layer kept are lost when it fails. */
static bool write_layer(struct output *out, const void *bytes, size_t len, struct error *err)
{
    out->failed = !out->layer->write(out->context, out->below, bytes, len, err);
    return !out->failed;
}

static bool prepare_layer(struct output *out, struct error *err)
{
    out->failed = !out->layer->end(out->context, out->below, err) || !output_prepare(out->below, err);
    return !out->failed;
}

bool output_write(struct output *out, const void *bytes, size_t len, struct error *err)
{
    if (!is_whole(out, err))
        return false;
    if (out->below)
        return write_layer(out, bytes, len, err);
    out->position += (int64_t)len;
    if (len > CHUNK - out->nchunk && !flush(out, err))
        return false;
    if (len >= CHUNK)
        return write_out(out, bytes, len, err);
    if (len)
        memcpy(out->chunk + out->nchunk, bytes, len);
    out->nchunk += len;
    return true;
}

bool output_make_private(struct output *out, struct error *err)
{
    out->private = true;
    return fchmod(out->fd, 0600) == 0 || cannot_write(out, errno, err);
}

bool output_is_stream(const struct output *out)
{
    return out->below ? output_is_stream(out->below) : out->way == WAY_STRAIGHT;
}

int64_t output_position(const struct output *out)
{
    return out->below ? output_position(out->below) : out->position;
}

const char *output_name(const struct output *out)
{
    return out->below ? output_name(out->below) : out->name;
}

/* Some file systems cannot sync a folder and say so with EINVAL. */
static bool sync_folder_of(struct output *out, struct error *err)
{
    char *folder = folder_of(out->path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 ? fsync(fd) == 0 || errno == EINVAL : errno == EACCES;
    int saved = errno;

    if (fd >= 0)
        close(fd);
    free(folder);
    return done || cannot_write(out, saved, err);
}

static bool link_nameless(const struct output *out, const char *path)
{
    char from[64];

    descriptor_path(out->fd, from);
    return linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/* Only a named file can be moved over another one. */
static bool make_named(struct output *out)
{
    for (int tries = 0; tries < 100; tries++) {
        char *path = temporary_beside(out->path);
        bool done = false;

        temporary_add(&out->temporary, path, false);
        done = link_nameless(out, path);
        if (!done)
            temporary_keep(&out->temporary);
        free(path);
        if (done || errno != EEXIST)
            return done;
    }
    return false;
}

static bool rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    return link(from, to) == 0 && unlink(from) == 0;
}

static bool give_name(struct output *out)
{
    if (out->way == WAY_NAMELESS && !out->force)
        return link_nameless(out, out->path);
    if (out->way == WAY_NAMELESS && !make_named(out))
        return false;
    if (out->force ? rename(out->temporary.names->path, out->path) != 0
                   : !rename_new(out->temporary.names->path, out->path))
        return false;
    temporary_keep(&out->temporary);
    return true;
}

static bool commit_straight(struct output *out, struct error *err)
{
    struct stat st;

    /* A full disk may show only here; pipes and devices have nothing to sync. */
    if (fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode) && fsync(out->fd) != 0 && errno != EINVAL)
        return cannot_write(out, errno, err);
    if (out->owns_fd) {
        int fd = out->fd;

        out->fd = -1;
        if (close(fd) != 0 && errno != EINTR)
            return cannot_write(out, errno, err);
    }
    return true;
}

static bool prepare_file(struct output *out, struct error *err)
{
    if (!flush(out, err))
        return false;
    if (out->way != WAY_STRAIGHT && fsync(out->fd) != 0)
        return cannot_write(out, errno, err);
    return true;
}

bool output_prepare(struct output *out, struct error *err)
{
    if (!is_whole(out, err))
        return false;
    out->prepared = out->below ? prepare_layer(out, err) : prepare_file(out, err);
    return out->prepared;
}

bool output_commit(struct output *out, struct error *err)
{
    if (!out->prepared && !output_prepare(out, err))
        return false;
    if (out->below)
        return output_commit(out->below, err);
    if (out->way == WAY_STRAIGHT)
        return commit_straight(out, err);
    if (!give_name(out))
        return errno == EEXIST && !out->force ? is_there(out->name, err) : cannot_write(out, errno, err);
    if (sync_folder_of(out, err)) {
        interrupt_note_kept(KEPT_ALL);
        return true;
    }
    if (out->replaces)
        error_hint(err, "The new file is in its place, whole, but might be lost if the system fell now.");
    else
        unlink(out->path); /* what failed leaves nothing */
    return false;
}

void output_free(struct output *out)
{
    if (!out)
        return;
    if (out->below) {
        out->layer->free(out->context);
        output_free(out->below);
        free(out);
        return;
    }
    temporary_remove(&out->temporary);
    temporary_release(&out->temporary);
    if (out->owns_fd && out->fd >= 0)
        close(out->fd);
    if (out->private)
        secret_wipe(out->chunk, CHUNK);
    free(out->chunk);
    free(out->path);
    free(out->name);
    free(out);
}
