#include "work_folder.h"

#include "simulark/base/path.h"
#include "simulark/base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEEPEST 64 /* folders within each other; a bundle has three */

/* What stands at the top of a bundle's folder. Replacing one replaces these; whatever else is in it (.git, notes) stays. */
static const char *const own_names[] = {"bundle.json", "data", "assets", "seal.json", "seal.json.minisig"};

bool work_folder_is_own(const char *name)
{
    for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++)
        if (strcmp(name, own_names[i]) == 0)
            return true;
    return false;
}

static int open_folder(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int work_folder_lock(const char *path)
{
    int fd = open_folder(AT_FDCWD, path);
    bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    struct stat st;

    if (fd < 0) {
        errno = errno == ENOENT ? EAGAIN : errno;
        return -1;
    }
    if ((!locked && errno == EWOULDBLOCK) || (fstat(fd, &st) == 0 && st.st_nlink == 0)) {
        close(fd);
        errno = EAGAIN;
        return -1;
    }
    return fd;
}

/* What is in a folder; it stays open, and its place is shared. The caller closes it. NULL and errno on failure. */
static DIR *list(int fd)
{
    int again = dup(fd);
    DIR *d = again < 0 ? NULL : fdopendir(again);

    if (!d && again >= 0)
        close(again);
    return d;
}

/* ---- removing ---- */

static bool empty(int fd, int depth);

static bool remove_entry(int at, const char *name, int depth)
{
    int fd;
    bool done;

    if (unlinkat(at, name, 0) == 0)
        return true;
    fd = depth < DEEPEST ? open_folder(at, name) : -1;
    if (fd < 0)
        return false;
    done = empty(fd, depth + 1);
    close(fd);
    return done && unlinkat(at, name, AT_REMOVEDIR) == 0;
}

static bool empty(int fd, int depth)
{
    DIR *d = list(fd);
    const struct dirent *entry;
    bool done = d != NULL;

    while (done && (entry = readdir(d)))
        done = path_is_dots(entry->d_name) || remove_entry(fd, entry->d_name, depth);
    if (d)
        closedir(d);
    return done;
}

bool work_folder_remove(const char *path)
{
    return remove_entry(AT_FDCWD, path, 0);
}

/* ---- what dead runs left ---- */

static bool holds_only_own(int fd)
{
    DIR *d = list(fd);
    const struct dirent *entry;
    bool only = d != NULL;

    while (only && (entry = readdir(d)))
        only = path_is_dots(entry->d_name) || work_folder_is_own(entry->d_name);
    if (d) {
        rewinddir(d); /* the descriptor's place is shared */
        closedir(d);
    }
    return only;
}

static void clear_if_dead(int parent, const char *name)
{
    int fd = open_folder(parent, name);
    struct stat st;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0 && holds_only_own(fd) &&
        empty(fd, 1))
        unlinkat(parent, name, AT_REMOVEDIR);
    close(fd);
}

void work_folder_clear_dead(const char *path)
{
    char *like = temporary_beside(path);
    char *name = strrchr(like, '/');
    const char *folder = name ? like : ".";
    const struct dirent *entry;
    DIR *d;

    if (name)
        *name++ = '\0';
    else
        name = like;
    d = opendir(*folder ? folder : "/");
    while (d && (entry = readdir(d)))
        if (temporary_is_like(entry->d_name, name))
            clear_if_dead(dirfd(d), entry->d_name);
    if (d)
        closedir(d);
    free(like);
}
