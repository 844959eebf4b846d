#include "files.h"

#include <check.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[] = "/tmp/simulark-unit.XXXXXX";

void folder_enter(void)
{
    ck_assert_ptr_nonnull(mkdtemp(place));
    ck_assert_int_eq(chdir(place), 0);
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st;
    (void)flag;
    (void)where;
    return remove(path);
}

void folder_leave(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    nftw(place, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static bool read_all(FILE *file, struct buffer *text)
{
    char chunk[65536];
    size_t got;

    buffer_clear(text);
    if (!file)
        return false;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buffer_append(text, chunk, got);
    fclose(file);
    return true;
}

bool file_read(const char *path, struct buffer *text)
{
    return read_all(fopen(path, "rb"), text);
}

bool corpora_named(void)
{
    const char *root = getenv("SIMULARK_CORPORA");

    return root && *root;
}

void corpus_path(char path[4096], const char *name)
{
    snprintf(path, 4096, "%s/%s", getenv("SIMULARK_CORPORA"), name);
    ck_assert_msg(access(path, R_OK) == 0, "%s is not there", path);
}

FILE *corpus_open(const char *name)
{
    char path[4096];

    corpus_path(path, name);
    return fopen(path, "rb");
}

void corpus_read(const char *name, struct buffer *text)
{
    ck_assert_msg(read_all(corpus_open(name), text), "%s", name);
}
