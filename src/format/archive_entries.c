#include "simulark/base/memory.h"
#include "simulark/format/archive.h"
#include "simulark/format/package_name.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK ((int64_t)512)        /* of a tar */
#define PADDING ((int64_t)64 << 20) /* zeros that may end it: without a bound, a pipe might give them for ever */

struct archive_entries {
    struct input *in;
    enum container container;
    const struct limits *limits;
    struct archive *archive;
    struct error *err; /* of the call that is running, for the callbacks */
    size_t count;      /* of entries so far */

    struct unpacker *unpacker; /* tar only, as are the next two */
    int64_t total;             /* bytes of the tar given to libarchive */
    int64_t last_set;          /* the place behind the last of them that is not zero */

    struct zip_directory directory; /* zip only */

    struct buffer name; /* of the entry at hand */
    int64_t bytes;
    int64_t done; /* of these bytes */
    bool open;
};

static la_ssize_t give_tar(struct archive *archive, void *context, const void **bytes)
{
    struct archive_entries *e = context;
    const char *chunk;
    size_t len;
    size_t set;

    if (!unpacker_next(e->unpacker, &chunk, &len, e->err)) {
        archive_set_error(archive, EIO, "input");
        return -1;
    }
    for (set = len; set && chunk[set - 1] == '\0';)
        set--;
    if (set)
        e->last_set = e->total + (int64_t)set;
    e->total += (int64_t)len;
    *bytes = chunk;
    return (la_ssize_t)len;
}

static la_ssize_t give_zip(struct archive *archive, void *context, const void **bytes)
{
    struct archive_entries *e = context;
    const char *chunk;
    size_t len;

    if (!input_next(e->in, &chunk, &len, e->err)) {
        archive_set_error(archive, EIO, "input");
        return -1;
    }
    *bytes = chunk;
    return (la_ssize_t)len;
}

static la_int64_t seek_zip(struct archive *archive, void *context, la_int64_t offset, int whence)
{
    struct archive_entries *e = context;

    if (whence == SEEK_CUR)
        offset += input_position(e->in);
    else if (whence == SEEK_END)
        offset += input_size(e->in);
    if (offset < 0 || offset > input_size(e->in) || !input_seek(e->in, offset, e->err)) {
        archive_set_error(archive, EIO, "input");
        return ARCHIVE_FATAL;
    }
    return offset;
}

/* What libarchive says may hold names from the archive, and line ends. */
static bool damaged(struct archive_entries *e, struct error *err)
{
    const char *reason = archive_error_string(e->archive);
    struct buffer shown = BUFFER_INIT;

    if (!error_is_set(err)) {
        archive_check_memory(e->archive);
        package_name_show(&shown, reason ? reason : "it cannot be read");
        while (shown.len && strchr("?. ", shown.data[shown.len - 1]))
            shown.len--;
        if (e->count == 0 && strncmp(buffer_string(&shown), "Unrecognized", 12) == 0)
            error_set(err, STATUS_MALFORMED, "%s holds no archive of the kind it seems to be.", input_name(e->in));
        else
            error_set(err, STATUS_MALFORMED, "%s is damaged: %s.", input_name(e->in), buffer_string(&shown));
        buffer_release(&shown);
    }
    return false;
}

static bool bad_entry(struct archive_entries *e, const char *what, struct error *err)
{
    struct buffer shown = BUFFER_INIT;

    error_set(err, STATUS_MALFORMED, "%s: entry %s %s.", input_name(e->in),
              package_name_show(&shown, buffer_string(&e->name)), what);
    buffer_release(&shown);
    return false;
}

static bool open_tar(struct archive_entries *e, struct error *err)
{
    e->unpacker = unpacker_new(e->in, e->container, e->limits, err);
    if (!e->unpacker)
        return false;
    if (archive_read_support_format_tar(e->archive) != ARCHIVE_OK)
        mem_run_out();
    archive_read_set_read_callback(e->archive, give_tar);
    return true;
}

static bool open_zip(struct archive_entries *e, struct error *err)
{
    if (!zip_directory_read(&e->directory, e->in, e->limits, err) || !input_seek(e->in, 0, err))
        return false;
    if (archive_read_support_format_zip_seekable(e->archive) != ARCHIVE_OK)
        mem_run_out();
    archive_read_set_read_callback(e->archive, give_zip);
    archive_read_set_seek_callback(e->archive, seek_zip);
    return true;
}

struct archive_entries *archive_entries_new(struct input *in, enum container container, const struct limits *limits,
                                            struct error *err)
{
    struct archive_entries *e = mem_alloc(sizeof *e);
    locale_t before = archive_locale_enter();
    bool done;

    e->in = in;
    e->container = container;
    e->limits = limits;
    e->archive = archive_read_new();
    archive_check_memory(e->archive);
    e->err = err;
    done = container == CONTAINER_ZIP ? open_zip(e, err) : open_tar(e, err);
    if (done) {
        archive_read_set_callback_data(e->archive, e);
        done = archive_read_open1(e->archive) == ARCHIVE_OK || damaged(e, err);
    }
    archive_locale_leave(before);
    if (done)
        return e;
    archive_entries_free(e);
    return NULL;
}

bool archive_entries_data(void *entries, const char **bytes, size_t *len, struct error *err)
{
    struct archive_entries *e = entries;
    const void *block = NULL;
    la_int64_t offset;
    int result;

    *bytes = "";
    *len = 0;
    e->err = err;
    while (e->open && *len == 0) {
        result = archive_read_data_block(e->archive, &block, len, &offset);
        if (result == ARCHIVE_EOF) {
            *len = 0;
            e->open = false;
            return e->done == e->bytes || bad_entry(e, "is shorter than it says", err);
        }
        if (result != ARCHIVE_OK)
            return damaged(e, err);
        if (*len && offset != e->done)
            return bad_entry(e, "has holes", err);
        if ((int64_t)*len > e->bytes - e->done)
            return bad_entry(e, "is longer than it says", err);
    }
    e->done += (int64_t)*len;
    *bytes = block ? block : "";
    return true;
}

static bool skip_data(struct archive_entries *e, struct error *err)
{
    const char *bytes;
    size_t len = 1;

    while (len)
        if (!archive_entries_data(e, &bytes, &len, err))
            return false;
    return true;
}

/* A tar ends in two blocks of zeros, and in files of some programs more of them. libarchive takes the mere end of the file
 * for the end of the archive, and does not look at what follows. */
static bool check_tar_end(struct archive_entries *e, struct error *err)
{
    int64_t end = archive_read_header_position(e->archive); /* where the next header was looked for */
    const void *rest;
    la_ssize_t len;

    do
        len = give_tar(e->archive, e, &rest);
    while (len > 0 && e->total - end < PADDING);
    if (len < 0)
        return false;
    if (e->last_set > end || len > 0)
        return error_set(err, STATUS_MALFORMED, "%s goes on after its end.", input_name(e->in));
    if (e->total - end >= 2 * BLOCK && e->total % BLOCK == 0)
        return true;
    error_set(err, STATUS_MALFORMED, "%s is cut short: the end of the archive is missing.", input_name(e->in));
    error_hint(err, "Fetch or write it again.");
    return false;
}

static bool check_end(struct archive_entries *e, struct error *err)
{
    if (e->container != CONTAINER_ZIP)
        return check_tar_end(e, err);
    if (e->count != e->directory.count)
        return error_set(err, STATUS_MALFORMED, "%s is damaged: its zip directory does not fit the file.",
                         input_name(e->in));
    return true;
}

static const char *type_problem(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry))
        return "is a hard link, not a regular file";
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG: break;
    case AE_IFDIR: return NULL;
    case AE_IFLNK: return "is a symbolic link, not a regular file";
    case AE_IFIFO: return "is a pipe, not a regular file";
    case AE_IFSOCK: return "is a socket, not a regular file";
    case AE_IFCHR:
    case AE_IFBLK: return "is a device, not a regular file";
    default: return "is no regular file";
    }
    if (archive_entry_sparse_count(entry) > 0)
        return "is a sparse file";
    if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0)
        return "does not say how long it is";
    if (archive_entry_is_encrypted(entry))
        return "is encrypted";
    return NULL;
}

/* Whether libarchive gives the name as it is: others it composes (NFC), and backslashes it turns. */
static bool is_kept(const char *name)
{
    while (*name && (unsigned char)*name < 0x80 && *name != '\\')
        name++;
    return *name == '\0';
}

/* The directory's name, which has been compared with the local one, is the one that counts. */
static bool check_zip_entry(struct archive_entries *e, struct archive_entry *entry, struct error *err)
{
    const struct zip_entry *expected = e->count < e->directory.count ? &e->directory.entries[e->count] : NULL;

    if (!expected || archive_entry_size(entry) != expected->bytes ||
        (archive_entry_filetype(entry) == AE_IFDIR) != expected->folder ||
        (is_kept(expected->name) && strcmp(expected->name, buffer_string(&e->name)) != 0))
        return bad_entry(e, "differs between the zip's directory and its place", err);
    buffer_clear(&e->name);
    buffer_text(&e->name, expected->name);
    return true;
}

static bool check_name(struct archive_entries *e, struct archive_found *found, struct error *err)
{
    const char *name = buffer_string(&e->name);
    size_t len = e->name.len;

    if (strlen(name) != len)
        return bad_entry(e, "has an unsafe name", err);
    found->dotted = strcmp(name, ".") == 0 || strncmp(name, "./", 2) == 0;
    if (found->dotted) {
        size_t cut = len > 1 ? 2 : 1;

        memmove(e->name.data, e->name.data + cut, len - cut + 1);
        e->name.len = len -= cut;
    }
    if (found->folder && len && e->name.data[len - 1] == '/')
        e->name.len--;
    found->name = buffer_string(&e->name);
    if (found->dotted && found->folder && !*found->name)
        return true;
    return package_name_is_safe(found->name) || bad_entry(e, "has an unsafe name", err);
}

static bool read_header(struct archive_entries *e, struct archive_entry **entry, bool *more, struct error *err)
{
    int result = archive_read_next_header(e->archive, entry);

    *more = result == ARCHIVE_OK;
    if (result == ARCHIVE_EOF)
        return check_end(e, err);
    /* A warning means that something was passed over or guessed. */
    return result == ARCHIVE_OK || damaged(e, err);
}

static bool take_header(struct archive_entries *e, struct archive_entry *entry, struct archive_found *found,
                        struct error *err)
{
    const char *name = archive_entry_pathname(entry);
    const char *problem;

    buffer_clear(&e->name);
    buffer_text(&e->name, name ? name : "");
    if (e->container == CONTAINER_ZIP && !check_zip_entry(e, entry, err))
        return false;
    found->folder = archive_entry_filetype(entry) == AE_IFDIR;
    if (!check_name(e, found, err))
        return false;
    problem = type_problem(entry);
    if (problem)
        return bad_entry(e, problem, err);
    found->bytes = found->folder ? 0 : archive_entry_size(entry);
    if (e->count++ >= e->limits->entries)
        return error_set(err, STATUS_MALFORMED, "%s has more than %zu entries (limit entries).", input_name(e->in),
                         e->limits->entries) || limits_hint(err, "entries");
    e->bytes = found->bytes;
    e->done = 0;
    e->open = true;
    return true;
}

bool archive_entries_next(struct archive_entries *e, struct archive_found *found, bool *more, struct error *err)
{
    struct archive_entry *entry;
    locale_t before;
    bool done;

    *more = false;
    e->err = err;
    if (!skip_data(e, err))
        return false;
    before = archive_locale_enter();
    done = read_header(e, &entry, more, err) && (!*more || take_header(e, entry, found, err));
    archive_locale_leave(before);
    return done;
}

void archive_entries_free(struct archive_entries *e)
{
    if (!e)
        return;
    archive_read_free(e->archive);
    unpacker_free(e->unpacker);
    zip_directory_release(&e->directory);
    buffer_release(&e->name);
    free(e);
}
