#include "simulark/base/memory.h"
#include "simulark/format/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRAILER 8 /* bytes of a gzip member's: CRC-32 and length (RFC 1952) */

struct unpacker {
    struct input *in;
    enum container container;
    const struct limits *limits;
    struct archive *archive; /* NULL for a plain tar */
    bool ended;
    int64_t total; /* bytes given */
    uint32_t crc;  /* of them, for gzip */
    unsigned char trailer[TRAILER]; /* the last bytes read from `in` */
    struct error *err;              /* of the call that is running, for the callback */
};

static uint32_t crc32_add(uint32_t crc, const char *bytes, size_t len)
{
    static uint32_t table[256];

    if (!table[1])
        for (uint32_t i = 256; i-- > 0;) {
            uint32_t c = i;

            for (int bit = 0; bit < 8; bit++)
                c = c & 1 ? UINT32_C(0xEDB88320) ^ c >> 1 : c >> 1;
            table[i] = c;
        }
    crc = ~crc;
    for (size_t i = 0; i < len; i++)
        crc = table[(crc ^ (unsigned char)bytes[i]) & 255] ^ crc >> 8;
    return ~crc;
}

static uint32_t little_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void keep_trailer(struct unpacker *u, const char *bytes, size_t len)
{
    if (len >= TRAILER) {
        memcpy(u->trailer, bytes + len - TRAILER, TRAILER);
    } else {
        memmove(u->trailer, u->trailer + len, TRAILER - len);
        memcpy(u->trailer + TRAILER - len, bytes, len);
    }
}

static la_ssize_t read_packed(struct archive *archive, void *context, const void **bytes)
{
    struct unpacker *u = context;
    const char *chunk;
    size_t len;

    if (!input_next(u->in, &chunk, &len, u->err)) {
        archive_set_error(archive, EIO, "input");
        return -1;
    }
    keep_trailer(u, chunk, len);
    *bytes = chunk;
    return (la_ssize_t)len;
}

static bool damaged(struct unpacker *u, struct error *err)
{
    const char *reason = archive_error_string(u->archive);

    if (!error_is_set(err))
        archive_check_memory(u->archive);
    return error_set(err, STATUS_MALFORMED, "%s is damaged: %s.", input_name(u->in),
                     reason ? reason : "it cannot be unpacked");
}

static bool open_archive(struct unpacker *u, struct error *err)
{
    bool gzip = u->container == CONTAINER_TAR_GZIP;
    struct archive_entry *entry;
    struct archive *a;

    u->archive = a = archive_read_new();
    archive_check_memory(a);
    /* Anything but OK would mean that libarchive starts a program for it. */
    if ((gzip ? archive_read_support_filter_gzip(a) : archive_read_support_filter_zstd(a)) != ARCHIVE_OK ||
        archive_read_support_format_raw(a) != ARCHIVE_OK) {
        archive_check_memory(a);
        return error_set(err, STATUS_INTERNAL, "This libarchive cannot read %s.", gzip ? "gzip" : "zstd");
    }
    if (archive_read_open(a, u, NULL, read_packed, NULL) != ARCHIVE_OK || archive_read_next_header(a, &entry) != ARCHIVE_OK)
        return damaged(u, err);
    /* The filter and the one that is always there: what is compressed twice would be unpacked twice. */
    if (archive_filter_count(a) != 2)
        return error_set(err, STATUS_MALFORMED, "%s is no tar in %s.", input_name(u->in), gzip ? "gzip" : "zstd");
    return true;
}

struct unpacker *unpacker_new(struct input *in, enum container container, const struct limits *limits, struct error *err)
{
    struct unpacker *u = mem_alloc(sizeof *u);

    u->in = in;
    u->container = container;
    u->limits = limits;
    u->err = err;
    if (container == CONTAINER_TAR || open_archive(u, err))
        return u;
    unpacker_free(u);
    return NULL;
}

/* libarchive reads a gzip member's length and sum without comparing them, and stops in front of what is not gzip. */
static bool check_end(struct unpacker *u, struct error *err)
{
    const char *bytes;
    size_t len;

    if (!input_next(u->in, &bytes, &len, err))
        return false;
    if (len)
        return error_set(err, STATUS_MALFORMED, "%s goes on after its end.", input_name(u->in));
    if (u->container == CONTAINER_TAR_GZIP &&
        (little_endian(u->trailer) != u->crc || little_endian(u->trailer + 4) != (uint32_t)u->total))
        return error_set(err, STATUS_MALFORMED, "%s is damaged: its gzip checksum is wrong, or it goes on after its end.",
                         input_name(u->in));
    return true;
}

static bool check_expansion(struct unpacker *u, struct error *err)
{
    int64_t packed = input_position(u->in);

    if (u->total <= EXPANSION_FREE || u->total / (int64_t)u->limits->expansion <= packed)
        return true;
    return error_set(err, STATUS_MALFORMED, "%s unpacks to more than %zu times its size (limit expansion).",
                     input_name(u->in), u->limits->expansion) || limits_hint(err, "expansion");
}

bool unpacker_next(void *unpacker, const char **bytes, size_t *len, struct error *err)
{
    struct unpacker *u = unpacker;
    const void *block = "";
    la_int64_t offset;
    int result = ARCHIVE_OK;

    *bytes = "";
    *len = 0;
    if (!u->archive)
        return input_next(u->in, bytes, len, err);
    u->err = err;
    while (!u->ended && *len == 0) {
        result = archive_read_data_block(u->archive, &block, len, &offset);
        if (result == ARCHIVE_EOF) {
            *len = 0;
            u->ended = true;
            return check_end(u, err);
        }
        if (result != ARCHIVE_OK)
            return damaged(u, err);
    }
    *bytes = block;
    u->total += (int64_t)*len;
    if (u->container == CONTAINER_TAR_GZIP)
        u->crc = crc32_add(u->crc, *bytes, *len);
    return check_expansion(u, err);
}

void unpacker_free(struct unpacker *u)
{
    if (!u)
        return;
    if (u->archive)
        archive_read_free(u->archive);
    free(u);
}
