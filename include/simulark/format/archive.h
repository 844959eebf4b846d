/* What reading and writing archives share; only src/format/archive*.c and zip_directory.c include this. */
#ifndef SIMULARK_FORMAT_ARCHIVE_H
#define SIMULARK_FORMAT_ARCHIVE_H

#include "simulark/base/error.h"
#include "simulark/base/input.h"
#include "simulark/format/limits.h"
#include "simulark/format/package.h"

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive;

/* Ends the program where libarchive failed, or gave NULL, for want of memory: nothing is wrong with the file then. */
void archive_check_memory(struct archive *archive);

/* libarchive converts names to the locale's character set: inside this it is UTF-8 whatever the user's is. */
locale_t archive_locale_enter(void);
void archive_locale_leave(locale_t before);

/* The bytes of a tar: what compression leaves of `in`, through libarchive but with the checks it does not make (a gzip
 * member's length and sum, bytes after its end, expansion). Has the form of input_callback's function. */
struct unpacker;

struct unpacker *unpacker_new(struct input *in, enum container container, const struct limits *limits, struct error *err);
bool unpacker_next(void *unpacker, const char **bytes, size_t *len, struct error *err);
void unpacker_free(struct unpacker *u);

/* The entries of an archive in the order it has them. Checked of each: that its name is safe, that it is a regular file or a
 * folder, that its bytes are as many as it says and, in zip, of the right sum. At the end: that the archive really ends. */
struct archive_found {
    const char *name; /* without "./" before and '/' after it; "" for the archive's own top folder. Until the next. */
    int64_t bytes;
    bool folder;
    bool dotted; /* it stood there with "./" */
};

struct archive_entries;

/* in can be sought in where container is CONTAINER_ZIP. */
struct archive_entries *archive_entries_new(struct input *in, enum container container, const struct limits *limits,
                                            struct error *err);
/* Goes to the next entry; what is left of the one before is read and checked, too. */
bool archive_entries_next(struct archive_entries *e, struct archive_found *found, bool *more, struct error *err);
/* The entry's bytes; the form of input_callback's function. */
bool archive_entries_data(void *entries, const char **bytes, size_t *len, struct error *err);
void archive_entries_free(struct archive_entries *e);

/* A zip's central directory, checked against the local headers, in the order of the file. */
struct zip_entry {
    char *name;
    bool folder;
    int64_t offset; /* of the local header */
    int64_t packed;
    int64_t bytes;
    uint32_t crc;
    unsigned flags;
    unsigned method;
};

struct zip_directory {
    struct zip_entry *entries;
    size_t count;
    size_t capacity;
};

/* in can be sought in; where it stands afterwards does not matter. */
bool zip_directory_read(struct zip_directory *directory, struct input *in, const struct limits *limits, struct error *err);
void zip_directory_release(struct zip_directory *directory);

#endif
