/* The zip format: APPNOTE.TXT of PKWARE, 6.3.10. */
#include "simulark/base/memory.h"
#include "simulark/format/archive.h"
#include "simulark/format/package_name.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOCAL_HEADER 30
#define CENTRAL_HEADER 46
#define END 22           /* end of central directory */
#define END64 56         /* the same for zip64, in the version everybody writes */
#define END64_LOCATOR 20
#define DIRECTORY_BYTES ((int64_t)64 << 20)

#define FLAG_ENCRYPTED 0x2041u /* bits 0 (encrypted), 6 (strongly), 13 (directory hidden) */
#define FLAG_DESCRIPTOR 0x8u   /* sizes and sum stand behind the data */
#define FLAG_PATCH 0x20u
#define EXTRA_ZIP64 1

struct reading {
    struct input *in;
    const struct limits *limits;
    struct zip_directory *directory;
    int64_t start; /* of the central directory */
    int64_t bytes; /* of it */
    uint64_t count;
};

static uint32_t get16(const char *p)
{
    return (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8;
}

static uint32_t get32(const char *p)
{
    return get16(p) | get16(p + 2) << 16;
}

static uint64_t get64(const char *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static bool broken(const struct reading *r, struct error *err)
{
    error_set(err, STATUS_MALFORMED, "%s is damaged: its zip directory does not fit the file.", input_name(r->in));
    error_hint(err, "It may be cut short, or have something before or after the archive, or a comment.");
    return false;
}

static bool bad_entry(const struct reading *r, const struct zip_entry *entry, const char *what, struct error *err)
{
    struct buffer shown = BUFFER_INIT;

    error_set(err, STATUS_MALFORMED, "%s: entry %s %s.", input_name(r->in), package_name_show(&shown, entry->name), what);
    buffer_release(&shown);
    return false;
}

/* The next bytes there are, after input_seek. */
static bool read_exactly(const struct reading *r, struct buffer *b, size_t len, struct error *err)
{
    buffer_clear(b);
    while (b->len < len) {
        const char *bytes;
        size_t got;

        if (!input_next(r->in, &bytes, &got, err))
            return false;
        if (!got)
            return broken(r, err);
        buffer_append(b, bytes, got < len - b->len ? got : len - b->len);
    }
    return true;
}

static bool read_at(const struct reading *r, int64_t offset, struct buffer *b, size_t len, struct error *err)
{
    if (offset < 0 || offset > input_size(r->in) || (int64_t)len > input_size(r->in) - offset)
        return broken(r, err);
    return input_seek(r->in, offset, err) && read_exactly(r, b, len, err);
}

/* Records end exactly where the next begins, and the last at the end of the file: nothing is searched for. */
static bool read_end64(struct reading *r, int64_t end, struct error *err)
{
    struct buffer b = BUFFER_INIT;
    bool done = read_at(r, end - END64_LOCATOR - END64, &b, END64 + END64_LOCATOR, err);

    if (done) {
        const char *locator = b.data + END64;

        done = (memcmp(b.data, "PK\6\6", 4) == 0 && get64(b.data + 4) == END64 - 12 && get32(b.data + 16) == 0 &&
                get32(b.data + 20) == 0 && get64(b.data + 24) == get64(b.data + 32) && get32(locator + 4) == 0 &&
                get64(locator + 8) == (uint64_t)(end - END64_LOCATOR - END64) && get32(locator + 16) <= 1 &&
                get64(b.data + 40) <= (uint64_t)end && get64(b.data + 48) <= (uint64_t)end) ||
               broken(r, err);
        r->count = get64(b.data + 24);
        r->bytes = (int64_t)get64(b.data + 40);
        r->start = (int64_t)get64(b.data + 48);
    }
    buffer_release(&b);
    return done;
}

static bool read_end(struct reading *r, struct error *err)
{
    int64_t end = input_size(r->in) - END;
    struct buffer b = BUFFER_INIT;
    bool done = false;
    bool zip64;

    if (!read_at(r, end, &b, END, err))
        goto out;
    if (memcmp(b.data, "PK\5\6", 4) != 0 || get16(b.data + 20) != 0) {
        broken(r, err);
        goto out;
    }
    if (get16(b.data + 4) != 0 || get16(b.data + 6) != 0 || get16(b.data + 8) != get16(b.data + 10)) {
        error_set(err, STATUS_MALFORMED, "%s is a part of a split zip archive.", input_name(r->in));
        goto out;
    }
    r->count = get16(b.data + 10);
    r->bytes = get32(b.data + 12);
    r->start = get32(b.data + 16);
    zip64 = r->count == 0xFFFF || r->bytes == 0xFFFFFFFF || r->start == 0xFFFFFFFF;
    /* Some write the zip64 records though nothing needs them. */
    if (!zip64 && end >= END64_LOCATOR) {
        if (!read_at(r, end - END64_LOCATOR, &b, 4, err))
            goto out;
        zip64 = memcmp(b.data, "PK\6\7", 4) == 0;
    }
    if (zip64) {
        if (!read_end64(r, end, err))
            goto out;
        end -= END64 + END64_LOCATOR;
    }
    done = (r->start <= end && r->bytes == end - r->start && r->bytes <= DIRECTORY_BYTES) || broken(r, err);
out:
    buffer_release(&b);
    return done;
}

/* Takes the zip64 values for what is all ones; they stand in a fixed order, only where needed. */
static bool read_extra(const char *extra, size_t len, uint64_t *bytes, uint64_t *packed, uint64_t *offset)
{
    uint64_t *const wanted[] = {bytes, packed, offset};
    bool found = *bytes != 0xFFFFFFFF && *packed != 0xFFFFFFFF && (!offset || *offset != 0xFFFFFFFF);

    while (len >= 4) {
        size_t size = get16(extra + 2);
        const char *value = extra + 4;

        if (size > len - 4)
            return false;
        if (get16(extra) == EXTRA_ZIP64) {
            size_t left = size;

            for (size_t i = 0; i < 3; i++) {
                if (!wanted[i] || *wanted[i] != 0xFFFFFFFF)
                    continue;
                if (left < 8)
                    return false;
                *wanted[i] = get64(value);
                value += 8;
                left -= 8;
            }
            found = true;
        }
        extra += 4 + size;
        len -= 4 + size;
    }
    return found && len == 0;
}

/* Which kind of file it is says the system that made it; what others than Unix say means a file or a folder. */
static bool check_type(const struct reading *r, struct zip_entry *entry, const char *header, struct error *err)
{
    unsigned system = get16(header + 4) >> 8;
    mode_t mode = system == 3 || system == 19 ? (mode_t)(get32(header + 38) >> 16) : 0;
    size_t len = strlen(entry->name);

    entry->folder = len && entry->name[len - 1] == '/';
    if ((mode & S_IFMT) != 0 && !S_ISREG(mode) && !S_ISDIR(mode))
        return bad_entry(r, entry, S_ISLNK(mode) ? "is a symbolic link, not a regular file" : "is no regular file", err);
    if ((mode & S_IFMT) != 0 && (S_ISDIR(mode) != 0) != entry->folder)
        return bad_entry(r, entry, "is a folder by its name or by its mode, but not by both", err);
    if (entry->folder && entry->bytes != 0)
        return bad_entry(r, entry, "is a folder with bytes", err);
    return true;
}

static bool read_central(struct reading *r, const char *header, size_t left, size_t *used, struct error *err)
{
    struct zip_directory *d = r->directory;
    struct zip_entry *entry;
    uint64_t bytes, packed, offset;
    size_t name_len, extra_len;

    if (left < CENTRAL_HEADER || memcmp(header, "PK\1\2", 4) != 0)
        return broken(r, err);
    name_len = get16(header + 28);
    extra_len = get16(header + 30);
    *used = CENTRAL_HEADER + name_len + extra_len + get16(header + 32);
    packed = get32(header + 20);
    bytes = get32(header + 24);
    offset = get32(header + 42);
    if (*used > left || memchr(header + CENTRAL_HEADER, '\0', name_len) || get16(header + 34) != 0 ||
        !read_extra(header + CENTRAL_HEADER + name_len, extra_len, &bytes, &packed, &offset) || bytes > INT64_MAX ||
        packed > INT64_MAX || offset > INT64_MAX)
        return broken(r, err);
    d->entries = mem_grow(d->entries, &d->capacity, d->count + 1, sizeof *d->entries);
    entry = &d->entries[d->count++];
    *entry = (struct zip_entry){
        .name = mem_strndup(header + CENTRAL_HEADER, name_len),
        .offset = (int64_t)offset,
        .packed = (int64_t)packed,
        .bytes = (int64_t)bytes,
        .crc = get32(header + 16),
        .flags = get16(header + 8),
        .method = get16(header + 10),
    };
    if (entry->flags & (FLAG_ENCRYPTED | FLAG_PATCH))
        return bad_entry(r, entry, "is encrypted", err);
    if (entry->method != 0 && entry->method != 8)
        return bad_entry(r, entry, "is neither stored nor deflated", err);
    if (entry->method == 0 && entry->packed != entry->bytes)
        return bad_entry(r, entry, "is stored in another size than it has", err);
    return check_type(r, entry, header, err);
}

static bool read_all_central(struct reading *r, struct error *err)
{
    struct buffer b = BUFFER_INIT;
    bool done = read_at(r, r->start, &b, (size_t)r->bytes, err);
    size_t at = 0;
    size_t used = 0;

    while (done && at < b.len) {
        done = read_central(r, b.data + at, b.len - at, &used, err);
        at += used;
    }
    if (done && r->directory->count != r->count)
        done = broken(r, err);
    buffer_release(&b);
    return done;
}

static bool equal_or(uint64_t value, uint64_t expected, bool may_be_zero)
{
    return value == expected || (may_be_zero && value == 0);
}

/* Compares an entry with its local header; *end is where its data, and what may follow, must end: before `next`. */
static bool check_local(const struct reading *r, const struct zip_entry *entry, int64_t next, struct error *err)
{
    bool described = (entry->flags & FLAG_DESCRIPTOR) != 0;
    size_t name_len = strlen(entry->name);
    struct buffer b = BUFFER_INIT;
    struct buffer more = BUFFER_INIT;
    bool done = false;
    uint64_t bytes, packed;
    int64_t gap;

    if (!read_at(r, entry->offset, &b, LOCAL_HEADER, err))
        goto out;
    if (memcmp(b.data, "PK\3\4", 4) != 0 || get16(b.data + 26) != name_len) {
        bad_entry(r, entry, "differs between the zip's directory and its place", err);
        goto out;
    }
    packed = get32(b.data + 18);
    bytes = get32(b.data + 22);
    if (!read_at(r, entry->offset + LOCAL_HEADER, &more, name_len + get16(b.data + 28), err))
        goto out;
    if (memcmp(buffer_string(&more), entry->name, name_len) != 0 || get16(b.data + 6) != entry->flags ||
        get16(b.data + 8) != entry->method || !equal_or(get32(b.data + 14), entry->crc, described) ||
        !read_extra(more.data + name_len, get16(b.data + 28), &bytes, &packed, NULL) ||
        !equal_or(packed, (uint64_t)entry->packed, described) || !equal_or(bytes, (uint64_t)entry->bytes, described)) {
        bad_entry(r, entry, "differs between the zip's directory and its place", err);
        goto out;
    }
    gap = next - entry->offset - LOCAL_HEADER - (int64_t)more.len;
    if (entry->packed > gap) {
        bad_entry(r, entry, "overlaps what follows", err);
        goto out;
    }
    gap -= entry->packed;
    /* The sum and two sizes, of 4 or 8 bytes each, perhaps after a signature. */
    if (described ? gap != 12 && gap != 16 && gap != 20 && gap != 24 : gap != 0) {
        bad_entry(r, entry, "is followed by bytes that belong to nothing", err);
        goto out;
    }
    if (described) {
        if (!read_at(r, next - gap, &more, (size_t)gap, err))
            goto out;
        if (get32(more.data + (gap % 8 == 0 ? 4 : 0)) != entry->crc) {
            bad_entry(r, entry, "differs between the zip's directory and its place", err);
            goto out;
        }
    }
    done = true;
out:
    buffer_release(&more);
    buffer_release(&b);
    return done;
}

static int compare_offsets(const void *a, const void *b)
{
    const struct zip_entry *left = a;
    const struct zip_entry *right = b;

    return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool check_all_local(const struct reading *r, struct error *err)
{
    const struct zip_directory *d = r->directory;
    int64_t total = 0;

    if (d->count)
        qsort(d->entries, d->count, sizeof *d->entries, compare_offsets);
    if (d->count ? d->entries[0].offset != 0 : r->start != 0)
        return broken(r, err);
    for (size_t i = 0; i < d->count; i++) {
        if (!check_local(r, &d->entries[i], i + 1 < d->count ? d->entries[i + 1].offset : r->start, err))
            return false;
        if (d->entries[i].bytes > INT64_MAX - total)
            return broken(r, err);
        total += d->entries[i].bytes;
    }
    if (total > EXPANSION_FREE && total / (int64_t)r->limits->expansion > input_size(r->in))
        return error_set(err, STATUS_MALFORMED, "%s unpacks to more than %zu times its size (limit expansion).",
                         input_name(r->in), r->limits->expansion) || limits_hint(err, "expansion");
    return true;
}

bool zip_directory_read(struct zip_directory *directory, struct input *in, const struct limits *limits, struct error *err)
{
    struct reading r = {.in = in, .limits = limits, .directory = directory};

    if (!read_end(&r, err))
        return false;
    if (r.count > limits->entries)
        return error_set(err, STATUS_MALFORMED, "%s has more than %zu entries (limit entries).", input_name(in),
                         limits->entries) || limits_hint(err, "entries");
    return read_all_central(&r, err) && check_all_local(&r, err);
}

void zip_directory_release(struct zip_directory *directory)
{
    for (size_t i = 0; i < directory->count; i++)
        free(directory->entries[i].name);
    free(directory->entries);
    *directory = (struct zip_directory){0};
}
