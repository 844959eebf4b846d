#include "work_folder.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/base/output.h"
#include "simulark/base/path.h"
#include "simulark/base/temporary.h"
#include "simulark/base/write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output_folder {
    char *name; /* as the caller calls it, without '/' at the end */
    char *path; /* the folder to make or replace, links followed */
    char *work; /* the folder that is filled */
    int lock;   /* on it, and on the one it replaces; -1: none */
    int old_lock;
    bool replaces;
    bool failed;
    struct temporary temporary;
};

static bool cannot(struct output_folder *folder, int saved_errno, const char *what, const char *name, struct error *err)
{
    folder->failed = true;
    error_file(err, saved_errno, "Cannot %s %s/%s", what, folder->name, name);
    if (saved_errno == ENOSPC || saved_errno == EDQUOT)
        error_hint(err, "Free some space, or write to another place.");
    return false;
}

static char *join(const char *folder, const char *name)
{
    return text_printf("%s/%s", folder, name);
}

static bool is_empty(const char *path)
{
    DIR *d = opendir(path);
    const struct dirent *entry;

    if (!d)
        return false;
    do
        entry = readdir(d);
    while (entry && path_is_dots(entry->d_name));
    closedir(d);
    return !entry;
}

static bool is_bundle(const char *path)
{
    char *header = join(path, "bundle.json");
    struct stat st;
    bool found = lstat(header, &st) == 0 && S_ISREG(st.st_mode);

    free(header);
    return found;
}

static bool is_there(const struct output_folder *folder, struct error *err)
{
    error_set(err, STATUS_CONFLICT, "%s is there already.", folder->name);
    error_hint(err, "Use --force to replace it, or another name.");
    return false;
}

static bool check_existing(struct output_folder *folder, bool force, struct error *err)
{
    char *resolved = realpath(folder->path, NULL);
    struct stat st;

    if (!resolved)
        return error_file(err, errno, "Cannot replace %s", folder->name);
    free(folder->path);
    folder->path = resolved;
    if (stat(folder->path, &st) != 0)
        return error_file(err, errno, "Cannot replace %s", folder->name);
    if (!S_ISDIR(st.st_mode)) {
        error_set(err, STATUS_CONFLICT, "%s is there already, and is no folder.", folder->name);
        error_hint(err, "Name another folder.");
        return false;
    }
    if (is_empty(folder->path))
        return true;
    if (!is_bundle(folder->path)) {
        error_set(err, STATUS_CONFLICT, "%s is a folder of other files, without a bundle.json.", folder->name);
        error_hint(err, "Name a folder that is new or empty.");
        return false;
    }
    if (!force)
        return is_there(folder, err);
    folder->replaces = true;
    return true;
}

static bool make_work(struct output_folder *folder, struct error *err)
{
    int saved = 0;

    for (int tries = 0; tries < 100; tries++) {
        folder->work = temporary_beside(folder->path);
        temporary_add(&folder->temporary, folder->work, true);
        if (mkdir(folder->work, 0777) == 0) {
            folder->lock = work_folder_lock(folder->work);
            if (folder->lock >= 0)
                return true;
            saved = errno;
            rmdir(folder->work);
        } else {
            saved = errno;
        }
        temporary_drop(&folder->temporary);
        free(folder->work);
        folder->work = NULL;
        if (saved != EEXIST && saved != EAGAIN)
            break;
    }
    error_file(err, saved, "Cannot make the folder %s", folder->name);
    if (saved == ENOENT)
        error_hint(err, "The folder it goes into must be there.");
    return false;
}

struct output_folder *output_folder_open(const char *path, bool force, struct error *err)
{
    struct output_folder *folder = mem_alloc(sizeof *folder);
    size_t len = strlen(path);
    struct stat st;

    while (len > 1 && path[len - 1] == '/')
        len--;
    folder->name = mem_strndup(path, len);
    folder->path = mem_strndup(path, len);
    folder->lock = folder->old_lock = -1;
    temporary_init(&folder->temporary);
    if (len == 0) {
        error_set(err, STATUS_USAGE, "The folder to write has an empty name.");
        goto out;
    }
    if (lstat(folder->path, &st) == 0 && !check_existing(folder, force, err))
        goto out;
    work_folder_clear_dead(folder->path);
    if (make_work(folder, err))
        return folder;
out:
    output_folder_free(folder);
    return NULL;
}

static bool is_safe(const char *name)
{
    for (const char *part = name; part; part = strchr(part, '/')) {
        size_t len;

        if (part != name)
            part++;
        len = strcspn(part, "/");
        if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && memcmp(part, "..", 2) == 0))
            return false;
    }
    return true;
}

static bool make_parents(struct output_folder *folder, const char *name, struct error *err)
{
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        char *part = mem_strndup(name, (size_t)(slash - name));
        char *path = join(folder->work, part);
        bool made;
        bool done;

        temporary_add(&folder->temporary, path, true);
        made = mkdir(path, 0777) == 0;
        done = made || errno == EEXIST;
        if (!made)
            temporary_drop(&folder->temporary);
        if (!done)
            cannot(folder, errno, "make the folder", part, err);
        free(path);
        free(part);
        if (!done)
            return false;
    }
    return true;
}

bool output_folder_file(struct output_folder *folder, const char *name, const void *bytes, size_t len, struct error *err)
{
    char *path = NULL;
    bool done = false;
    int saved = 0;
    int fd;

    if (!is_safe(name))
        return error_set(err, STATUS_INTERNAL, "\"%s\" is no name for a file in %s.", name, folder->name);
    if (!make_parents(folder, name, err))
        return false;
    path = join(folder->work, name);
    temporary_add(&folder->temporary, path, false);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        saved = errno;
        temporary_drop(&folder->temporary);
    } else {
        done = write_all(fd, bytes, len, err) && fsync(fd) == 0;
        saved = errno;
        if (close(fd) != 0 && done && errno != EINTR) {
            done = false;
            saved = errno;
        }
    }
    free(path);
    return done || cannot(folder, saved, "write", name, err);
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    int saved = errno;

    if (fd >= 0)
        close(fd);
    errno = saved;
    return done;
}

/* Takes what is none of the bundle's back into the folder, which holds the new bundle now, and removes the old one. */
static bool clear_old(struct output_folder *folder, const char *old, struct error *err)
{
    DIR *d = opendir(old);
    const struct dirent *entry;
    bool done = d != NULL;

    while (done && (entry = readdir(d))) {
        char *from = join(old, entry->d_name);
        char *to = join(folder->path, entry->d_name);

        if (!path_is_dots(entry->d_name) && !work_folder_is_own(entry->d_name))
            done = rename(from, to) == 0;
        free(from);
        free(to);
    }
    if (done)
        done = work_folder_remove(old);
    if (!done) {
        error_file(err, errno, "%s is replaced, but the old one, now %s, cannot be cleared away", folder->name, old);
        error_hint(err, "Look into it, and remove it.");
    }
    if (d)
        closedir(d);
    return done;
}

/* Both names change at once, or where the file system cannot do that, with a moment between. */
static bool swap(struct output_folder *folder, char **old)
{
    int saved;

    folder->old_lock = work_folder_lock(folder->path); /* it is about to have a name as of a dead run */
    *old = mem_strdup(folder->work);
    if (renameat2(AT_FDCWD, folder->work, AT_FDCWD, folder->path, RENAME_EXCHANGE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    free(*old);
    *old = temporary_beside(folder->path);
    if (rename(folder->path, *old) != 0)
        return false;
    if (rename(folder->work, folder->path) == 0)
        return true;
    saved = errno;
    if (rename(*old, folder->path) == 0)
        errno = saved;
    return false;
}

/* What failed leaves nothing. */
static void take_back(const struct output_folder *folder)
{
    if (rename(folder->path, folder->work) == 0)
        work_folder_remove(folder->work);
}

static bool sync_made(const struct output_folder *folder, struct error *err)
{
    for (const struct temporary_name *made = folder->temporary.names; made; made = made->next)
        if (made->folder && !sync_folder(made->path))
            return error_file(err, errno, "Cannot write %s", folder->name);
    return true;
}

/* *old becomes the name that what was there has now; NULL: nothing was. */
static bool give_name(struct output_folder *folder, char **old, struct error *err)
{
    /* rename() takes the place of an empty folder, and of nothing else. */
    if (folder->replaces ? swap(folder, old) : rename(folder->work, folder->path) == 0)
        return true;
    if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
        return is_there(folder, err);
    return error_file(err, errno, "Cannot write %s", folder->name);
}

static bool sync_name(const struct output_folder *folder, struct error *err)
{
    char *parent = join(folder->path, "..");
    bool done = sync_folder(parent) || errno == EACCES;

    if (!done)
        error_file(err, errno, "Cannot write %s", folder->name);
    free(parent);
    if (!done && folder->replaces)
        error_hint(err, "The new folder is in its place, whole, but might be lost if the system fell now.");
    else if (!done)
        take_back(folder);
    return done;
}

bool output_folder_commit(struct output_folder *folder, struct error *err)
{
    char *old = NULL;
    bool done;

    if (folder->failed)
        return error_set(err, STATUS_FILE, "Cannot write %s: writing it failed before.", folder->name);
    done = sync_made(folder, err) && give_name(folder, &old, err);
    if (done) {
        temporary_keep(&folder->temporary);
        done = (!old || clear_old(folder, old, err)) && sync_name(folder, err);
    }
    free(old);
    if (done)
        interrupt_note_kept(KEPT_ALL);
    return done;
}

void output_folder_free(struct output_folder *folder)
{
    if (!folder)
        return;
    temporary_remove(&folder->temporary);
    temporary_release(&folder->temporary);
    if (folder->lock >= 0)
        close(folder->lock);
    if (folder->old_lock >= 0)
        close(folder->old_lock);
    free(folder->work);
    free(folder->path);
    free(folder->name);
    free(folder);
}
