#include "simulark/base/memory.h"
#include "simulark/format/archive.h"
#include "simulark/format/package.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    struct package_writer base;
    struct archive *archive;
    struct archive_entry *entry;
    struct output *out;
    enum container container;
    int64_t mtime;
    bool gives_up;
    struct error *err; /* of the call that is running, for the callback */
};

static la_ssize_t write_bytes(struct archive *archive, void *context, const void *bytes, size_t len)
{
    struct writer *w = context;

    if (w->gives_up || output_write(w->out, bytes, len, w->err))
        return (la_ssize_t)len;
    archive_set_error(archive, EIO, "output");
    return -1;
}

static bool check(struct writer *w, int result, struct error *err)
{
    if (result == ARCHIVE_OK)
        return true;
    if (!error_is_set(err))
        archive_check_memory(w->archive);
    return error_set(err, STATUS_INTERNAL, "Cannot write the archive %s: %s.", output_name(w->out),
                     archive_error_string(w->archive) ? archive_error_string(w->archive) : "libarchive gives no reason");
}

static bool choose(struct writer *w, struct error *err)
{
    struct archive *a = w->archive;

    if (w->container == CONTAINER_ZIP)
        return check(w, archive_write_set_format_zip(a), err) &&
               check(w, archive_write_zip_set_compression_deflate(a), err);
    /* GNU's format is ustar with a way for long names, and names stay the bytes they are. A pax header's names libarchive
     * composes (NFC) on reading: an asset would come back under another name than the sealed one. */
    if (!check(w, archive_write_set_format_gnutar(a), err))
        return false;
    if (w->container == CONTAINER_TAR_ZSTD)
        /* Rows repeat their keys and much else over some distance: level 1, which looks for longer matches, makes less of them
         * than level 3, in half the time. One thread beside ours compresses; how many makes no difference to the bytes. */
        return check(w, archive_write_add_filter_zstd(a), err) &&
               check(w, archive_write_set_filter_option(a, "zstd", "compression-level", "1"), err) &&
               check(w, archive_write_set_filter_option(a, "zstd", "threads", "1"), err);
    if (w->container == CONTAINER_TAR_GZIP)
        return check(w, archive_write_add_filter_gzip(a), err) &&
               check(w, archive_write_set_filter_option(a, "gzip", "timestamp", NULL), err);
    return true;
}

static bool writer_entry(struct package_writer *p, const char *name, const void *bytes, size_t len, struct error *err)
{
    struct writer *w = (struct writer *)p;
    locale_t before = archive_locale_enter();
    const char *rest = bytes;
    bool done;

    w->err = err;
    archive_entry_clear(w->entry);
    archive_entry_set_pathname(w->entry, name);
    archive_entry_set_filetype(w->entry, AE_IFREG);
    archive_entry_set_perm(w->entry, 0644);
    archive_entry_set_size(w->entry, (int64_t)len);
    /* libarchive writes a zip's times as local time, whose bytes would depend on the time zone; without one it is 1980. */
    if (w->container != CONTAINER_ZIP)
        archive_entry_set_mtime(w->entry, w->mtime, 0);
    done = check(w, archive_write_header(w->archive, w->entry), err);
    while (done && len) {
        la_ssize_t written = archive_write_data(w->archive, rest, len);

        done = check(w, written > 0 ? ARCHIVE_OK : ARCHIVE_FATAL, err);
        if (done) {
            rest += written;
            len -= (size_t)written;
        }
    }
    done = done && check(w, archive_write_finish_entry(w->archive), err);
    archive_locale_leave(before);
    return done;
}

static bool writer_finish(struct package_writer *p, int64_t *bytes, struct error *err)
{
    struct writer *w = (struct writer *)p;

    w->err = err;
    if (!check(w, archive_write_close(w->archive), err))
        return false;
    if (!output_commit(w->out, err))
        return false;
    *bytes = output_position(w->out);
    return true;
}

static void writer_free(struct package_writer *p)
{
    struct writer *w = (struct writer *)p;

    if (!w)
        return;
    /* Freeing an archive ends it, as if it were whole: that goes nowhere. archive_write_fail would leak the filters. */
    w->gives_up = true;
    archive_write_free(w->archive);
    archive_entry_free(w->entry);
    output_free(w->out);
    free(w);
}

struct package_writer *package_writer_archive(struct output *out, enum container container, int64_t mtime, struct error *err)
{
    static const struct package_writer_ops ops = {.entry = writer_entry, .finish = writer_finish, .free = writer_free};
    struct writer *w = mem_alloc(sizeof *w);

    w->base.ops = &ops;
    w->archive = archive_write_new();
    w->entry = archive_entry_new();
    archive_check_memory(w->archive);
    if (!w->entry)
        mem_run_out();
    w->out = out;
    w->container = container;
    w->mtime = mtime;
    w->err = err;
    if (choose(w, err) && check(w, archive_write_set_bytes_in_last_block(w->archive, 1), err) &&
        check(w, archive_write_open(w->archive, w, NULL, write_bytes, NULL), err))
        return &w->base;
    writer_free(&w->base);
    return NULL;
}
