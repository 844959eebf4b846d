#include "simulark/base/temporary.h"

#include "simulark/base/crypto.h"
#include "simulark/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct temporary *in_use;
static const char *nameless_folder = "/tmp";

void temporary_init(struct temporary *t)
{
    t->names = NULL;
    t->next = in_use;
    t->link = &in_use;
    if (in_use)
        in_use->link = &t->next;
    in_use = t;
}

void temporary_add(struct temporary *t, const char *path, bool folder)
{
    struct temporary_name *name = mem_alloc(sizeof *name + strlen(path) + 1);

    memcpy(name->path, path, strlen(path) + 1);
    name->folder = folder;
    name->next = t->names;
    t->names = name;
}

void temporary_drop(struct temporary *t)
{
    struct temporary_name *name = t->names;
    int saved = errno;

    t->names = name->next;
    free(name);
    errno = saved;
}

void temporary_keep(struct temporary *t)
{
    while (t->names)
        temporary_drop(t);
}

/* Only unlink and rmdir, which are safe in a signal handler; the names stay listed. */
static void unlink_names(const struct temporary *t)
{
    for (const struct temporary_name *name = t->names; name; name = name->next) {
        if (name->folder)
            rmdir(name->path);
        else
            unlink(name->path);
    }
}

void temporary_remove(struct temporary *t)
{
    unlink_names(t);
    temporary_keep(t);
}

void temporary_release(struct temporary *t)
{
    temporary_keep(t);
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
}

void temporary_abandon_all(void)
{
    for (const struct temporary *t = in_use; t; t = t->next)
        unlink_names(t);
}

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char ending[] = ".tmp";
#define NOISE 6

char *temporary_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    struct buffer b = BUFFER_INIT;
    unsigned char noise[NOISE];

    random_bytes(noise, sizeof noise);
    /* 255 bytes are the most a name may have; the longest names are cut. */
    buffer_printf(&b, "%.*s.%.*s.", (int)(name - path), path, 240, name);
    for (size_t i = 0; i < sizeof noise; i++)
        buffer_byte(&b, letters[noise[i] & 31]);
    buffer_text(&b, ending);
    buffer_byte(&b, '\0');
    return b.data;
}

bool temporary_is_like(const char *a, const char *b)
{
    size_t len = strlen(a);
    size_t noise = len - strlen(ending) - NOISE;

    if (len < strlen(ending) + NOISE || strlen(b) != len || strncmp(a, b, noise) != 0 ||
        strspn(a + noise, letters) != NOISE || strspn(b + noise, letters) != NOISE)
        return false;
    return strcmp(a + noise + NOISE, ending) == 0 && strcmp(b + noise + NOISE, ending) == 0;
}

void temporary_use_folder(const char *folder)
{
    nameless_folder = folder;
}

int temporary_nameless(struct error *err)
{
    int fd = open(nameless_folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    struct buffer path = BUFFER_INIT;

    if (fd >= 0)
        return fd;
    buffer_printf(&path, "%s/simulark.XXXXXX", nameless_folder);
    buffer_string(&path);
    fd = mkostemp(path.data, O_CLOEXEC);
    if (fd >= 0) {
        unlink(path.data);
    } else {
        error_file(err, errno, "Cannot make a temporary file in %s", nameless_folder);
        error_hint(err, "Set TMPDIR to a folder that can be written.");
    }
    buffer_release(&path);
    return fd;
}

bool temporary_refuse(int saved_errno, struct error *err)
{
    error_file(err, saved_errno, "Cannot write a temporary file in %s", nameless_folder);
    error_hint(err, "Set TMPDIR to a folder with more space.");
    return false;
}
