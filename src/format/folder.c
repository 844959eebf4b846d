#include "simulark/base/memory.h"
#include "simulark/base/path.h"
#include "simulark/format/package.h"
#include "simulark/format/package_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IGNORED_NAMED 100

struct file {
    char *text;
    struct package_name name; /* text, understood */
    int64_t bytes;
};

struct reader {
    struct package_reader base;
    char *path;
    int fd;
    const struct limits *limits;
    struct file *files;
    size_t count;
    size_t capacity;
    size_t next;
    struct input *in; /* of the entry before `next` */
    char *ignored[IGNORED_NAMED + 1];
    size_t nignored;
};

static const char *type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFLNK: return "a symbolic link";
    case S_IFDIR: return "a folder";
    case S_IFREG: return "a file";
    case S_IFIFO: return "a pipe";
    case S_IFSOCK: return "a socket";
    default: return "a device";
    }
}

/* Opens what is below the folder without following a link on the way. */
static int open_below(const struct reader *r, const char *name, int flags)
{
    int at = r->fd;

    for (const char *rest = name; at >= 0;) {
        size_t len = strcspn(rest, "/");
        bool last = rest[len] == '\0';
        char *part = mem_strndup(rest, len);
        int fd = openat(at, part, (last ? flags : O_RDONLY | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
        int saved = errno;

        free(part);
        if (at != r->fd)
            close(at);
        errno = saved;
        at = fd;
        if (last)
            break;
        rest += len + 1;
    }
    return at;
}

static bool add_file(struct reader *r, const char *text, int64_t bytes, struct error *err)
{
    struct file *file;

    if (r->count == r->limits->entries)
        return error_set(err, STATUS_MALFORMED, "%s has more than %zu files (limit entries).", r->path,
                         r->limits->entries) || limits_hint(err, "entries");
    r->files = mem_grow(r->files, &r->capacity, r->count + 1, sizeof *r->files);
    file = &r->files[r->count++];
    file->text = mem_strdup(text);
    package_name_parse(&file->name, file->text);
    file->bytes = bytes;
    return true;
}

static bool scan(struct reader *r, const char *below, struct error *err);

static bool scan_entry(struct reader *r, int fd, const char *base, const char *name, struct error *err)
{
    struct package_name parsed;
    bool file = package_name_parse(&parsed, name);
    bool folder = package_name_is_folder(name);
    struct buffer shown = BUFFER_INIT;
    struct stat st;

    if (!file && !folder) {
        if (r->nignored < IGNORED_NAMED)
            r->ignored[r->nignored++] = mem_strdup(package_name_show(&shown, name));
    } else if (!package_name_is_safe(name)) {
        error_set(err, STATUS_MALFORMED, "%s: file %s has an unsafe name.", r->path, package_name_show(&shown, name));
        error_hint(err, "Give it a name of letters, digits, dots and hyphens.");
    } else if (fstatat(fd, base, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        error_file(err, errno, "Cannot read %s/%s", r->path, name);
    } else if (folder && S_ISDIR(st.st_mode)) {
        scan(r, name, err);
    } else if (file && S_ISREG(st.st_mode)) {
        add_file(r, name, st.st_size, err);
    } else {
        error_set(err, STATUS_MALFORMED, "%s/%s is %s, not a %s.", r->path, name, type_name(st.st_mode),
                  file ? "regular file" : "folder");
        error_hint(err, "Put what belongs there in its place, or remove it.");
    }
    buffer_release(&shown);
    return !error_is_set(err);
}

static bool scan(struct reader *r, const char *below, struct error *err)
{
    int fd = open_below(r, below, O_RDONLY | O_DIRECTORY);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct buffer name = BUFFER_INIT;
    const struct dirent *entry;

    if (!d) {
        error_file(err, errno, "Cannot read %s/%s", r->path, below);
        if (fd >= 0)
            close(fd);
        return false;
    }
    while (!error_is_set(err)) {
        errno = 0;
        entry = readdir(d);
        if (!entry) {
            if (errno)
                error_file(err, errno, "Cannot read %s/%s", r->path, below);
            break;
        }
        if (path_is_dots(entry->d_name))
            continue;
        buffer_clear(&name);
        if (strcmp(below, ".") != 0)
            buffer_printf(&name, "%s/", below);
        buffer_text(&name, entry->d_name);
        scan_entry(r, dirfd(d), entry->d_name, buffer_string(&name), err);
    }
    closedir(d);
    buffer_release(&name);
    return !error_is_set(err);
}

static int compare_files(const void *a, const void *b)
{
    return package_name_compare(&((const struct file *)a)->name, &((const struct file *)b)->name);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Folders give names in any order: only after sorting can gaps and the like be seen. */
static bool arrange(struct reader *r, struct error *err)
{
    struct package_sequence sequence;
    bool done = true;

    if (r->count)
        qsort(r->files, r->count, sizeof *r->files, compare_files);
    qsort(r->ignored, r->nignored, sizeof *r->ignored, compare_texts);
    package_sequence_init(&sequence, r->path, r->limits);
    for (size_t i = 0; i < r->count && done; i++)
        done = package_sequence_add(&sequence, &r->files[i].name, r->files[i].bytes, err);
    done = done && package_sequence_end(&sequence, err);
    package_sequence_release(&sequence);
    return done;
}

static bool open_entry(struct reader *r, const struct file *file, struct error *err)
{
    struct buffer path = BUFFER_INIT;
    struct stat st;
    /* Not to wait, should it have become a pipe meanwhile. */
    int fd = open_below(r, file->name.text, O_RDONLY | O_NONBLOCK);

    buffer_printf(&path, "%s/%s", r->path, file->name.text);
    if (fd < 0 || fstat(fd, &st) != 0)
        error_file(err, errno, "Cannot open %s", buffer_string(&path));
    else if (!S_ISREG(st.st_mode))
        error_set(err, STATUS_MALFORMED, "%s is %s, not a regular file.", buffer_string(&path), type_name(st.st_mode));
    else
        r->in = input_adopt(buffer_string(&path), fd);
    if (!r->in && fd >= 0)
        close(fd);
    buffer_release(&path);
    return r->in != NULL;
}

static bool reader_next(struct package_reader *p, struct package_entry *entry, bool *more, struct error *err)
{
    struct reader *r = (struct reader *)p;
    const struct file *file;

    input_free(r->in);
    r->in = NULL;
    *more = r->next < r->count;
    if (!*more)
        return true;
    file = &r->files[r->next++];
    if (!open_entry(r, file, err))
        return false;
    *entry = (struct package_entry){.name = file->name.text, .bytes = input_size(r->in)};
    return true;
}

static struct input *reader_input(struct package_reader *p)
{
    return ((struct reader *)p)->in;
}

static const char *const *reader_ignored(const struct package_reader *p)
{
    return (const char *const *)((const struct reader *)p)->ignored;
}

static void reader_free(struct package_reader *p)
{
    struct reader *r = (struct reader *)p;

    if (!r)
        return;
    input_free(r->in);
    for (size_t i = 0; i < r->count; i++)
        free(r->files[i].text);
    for (size_t i = 0; i < r->nignored; i++)
        free(r->ignored[i]);
    if (r->fd >= 0)
        close(r->fd);
    free(r->files);
    free(r->path);
    free(r);
}

struct package_reader *package_reader_folder(const char *path, const struct limits *limits, struct error *err)
{
    static const struct package_reader_ops ops = {
        .next = reader_next, .input = reader_input, .ignored = reader_ignored, .free = reader_free};
    struct reader *r = mem_alloc(sizeof *r);
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    r->base.ops = &ops;
    r->path = mem_strndup(path, len);
    r->limits = limits;
    r->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->fd < 0)
        error_file(err, errno, "Cannot open the folder %s", path);
    else if (scan(r, ".", err) && arrange(r, err))
        return &r->base;
    reader_free(&r->base);
    return NULL;
}

struct writer {
    struct package_writer base;
    struct output_folder *folder;
    int64_t bytes; /* of all files */
};

static bool writer_entry(struct package_writer *p, const char *name, const void *bytes, size_t len, struct error *err)
{
    struct writer *w = (struct writer *)p;

    w->bytes += (int64_t)len;
    return output_folder_file(w->folder, name, bytes, len, err);
}

static bool writer_finish(struct package_writer *p, int64_t *bytes, struct error *err)
{
    *bytes = ((struct writer *)p)->bytes;
    return output_folder_commit(((struct writer *)p)->folder, err);
}

static void writer_free(struct package_writer *p)
{
    struct writer *w = (struct writer *)p;

    if (!w)
        return;
    output_folder_free(w->folder);
    free(w);
}

struct package_writer *package_writer_folder(struct output_folder *folder)
{
    static const struct package_writer_ops ops = {.entry = writer_entry, .finish = writer_finish, .free = writer_free};
    struct writer *w = mem_alloc(sizeof *w);

    w->base.ops = &ops;
    w->folder = folder;
    return &w->base;
}
