/* Packages: named entries in order, in an archive (tar, zip) or a folder. Regular files with known names only.
 *
 * Known names: bundle.json, data/<table>/<6 digits>.jsonl or .yaml, assets/…, seal.json, seal.json.minisig. Entries are
 * given in that order (tables in load order, parts by number, assets by name), whatever order the archive has them in. */
#ifndef SIMULARK_FORMAT_PACKAGE_H
#define SIMULARK_FORMAT_PACKAGE_H

#include "simulark/base/error.h"
#include "simulark/base/input.h"
#include "simulark/base/output.h"
#include "simulark/format/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum container {
    CONTAINER_YAML, /* documents */
    CONTAINER_JSON,
    CONTAINER_FOLDER,
    CONTAINER_TAR, /* archives */
    CONTAINER_TAR_ZSTD,
    CONTAINER_TAR_GZIP,
    CONTAINER_ZIP,
};

/* The name in `--format` and in reports: "yaml", "json", "directory", "ark" … */
const char *container_name(enum container container);
bool container_is_archive(enum container container);
bool container_from_name(const char *name, enum container *container); /* also "tar.zst", "tgz" … */
/* From the ending of a path, before ".age"; one that ends in '/' or has no ending is a folder. False for an unknown ending. */
bool container_from_path(const char *path, enum container *container);
bool path_is_encrypted(const char *path); /* by its ending: ".age" */
/* From the first bytes of what is in it (and the ending, to tell YAML from JSON). Refuses what is none of ours, by name of what
 * it is. in: an open file, in clear. */
bool container_detect(struct input *in, enum container *container, struct error *err);

struct package_entry {
    const char *name;
    int64_t bytes;
};

struct package_reader;

struct package_reader_ops {
    /* Goes to the next entry; *more is false at the end. What is left of the entry before is skipped. */
    bool (*next)(struct package_reader *p, struct package_entry *entry, bool *more, struct error *err);
    /* The entry's bytes. Borrowed until the next entry. Its name for messages is "data/… in shop.ark" or the file's path. */
    struct input *(*input)(struct package_reader *p);
    /* Files of a folder that are none of a bundle's and were left alone: their names, NULL-ended. */
    const char *const *(*ignored)(const struct package_reader *p);
    void (*free)(struct package_reader *p);
};

struct package_reader {
    const struct package_reader_ops *ops;
};

/* in stays the caller's; container is one of the archives. */
struct package_reader *package_reader_archive(struct input *in, enum container container, const struct limits *limits,
                                              struct error *err);
struct package_reader *package_reader_folder(const char *path, const struct limits *limits, struct error *err);

struct package_writer;

struct package_writer_ops {
    bool (*entry)(struct package_writer *p, const char *name, const void *bytes, size_t len, struct error *err);
    /* Ends the archive and makes it real; *bytes is its size, or that of all files. */
    bool (*finish)(struct package_writer *p, int64_t *bytes, struct error *err);
    void (*free)(struct package_writer *p); /* without finish: leaves nothing */
};

struct package_writer {
    const struct package_writer_ops *ops;
};

/* Every entry of every archive has this time: the earliest that all containers can hold. */
#define PACKAGE_TIME 315532800 /* 1980-01-01 00:00:00 UTC */

/* Both take over the output; a folder's cannot fail yet. mtime (seconds) stands on every entry, but a zip's, which say 1980. */
struct package_writer *package_writer_archive(struct output *out, enum container container, int64_t mtime,
                                              struct error *err);
struct package_writer *package_writer_folder(struct output_folder *folder);

#endif
