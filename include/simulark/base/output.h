/* Bytes that go out: a file that appears whole under its name or not at all, or standard output.
 *
 * The bytes go to a nameless or temporary file in the same folder; output_commit makes them durable (fsync) and gives them
 * their name. Freeing without commit leaves nothing behind. */
#ifndef SIMULARK_BASE_OUTPUT_H
#define SIMULARK_BASE_OUTPUT_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output;

/* Opens the way to path, or to standard output for "-". A file that exists is refused (STATUS_CONFLICT) unless `force`;
 * then commit replaces it, keeping its mode; where path is a symbolic link, the file it names is replaced. What is no
 * regular file (a device, a pipe) is written straight. NULL and *err on failure. A closed pipe is only told where SIGPIPE is
 * ignored. */
struct output *output_open(const char *path, bool force, struct error *err);

bool output_write(struct output *out, const void *bytes, size_t len, struct error *err);
/* Only its owner may read the file, whatever the mode of one that it replaces. Before anything is written; not for layers. */
bool output_make_private(struct output *out, struct error *err);
bool output_is_stream(const struct output *out); /* no file will appear: standard output, a device, a pipe */
int64_t output_position(const struct output *out); /* bytes written so far */
const char *output_name(const struct output *out); /* the path, or "standard output" */
/* Makes what was written durable; what commit still has to do then needs no room on the disk. Nothing may be written after. */
bool output_prepare(struct output *out, struct error *err);
bool output_commit(struct output *out, struct error *err); /* prepares, where nobody has */
void output_free(struct output *out);

/* Something that changes the bytes on their way to another output. */
struct output_layer {
    bool (*write)(void *context, struct output *below, const void *bytes, size_t len, struct error *err);
    bool (*end)(void *context, struct output *below, struct error *err); /* nothing more comes: what it has kept goes out */
    void (*free)(void *context);
};

/* An output like any other, which takes the one below over together with context: they are prepared and committed as one, and
 * what the layer keeps goes out when they are prepared. Its position is the one below. */
struct output *output_over(struct output *below, const struct output_layer *layer, void *context);

/* A folder with the same promise: filled under a temporary name beside it. One that is there may be empty; with `force` it
 * may also be a bundle's (it has a bundle.json), whose files are replaced, and others at its top kept. */
struct output_folder;

struct output_folder *output_folder_open(const char *path, bool force, struct error *err);
/* Writes one file below it, whole; name is relative, with '/' between folders, which are made as needed. */
bool output_folder_file(struct output_folder *folder, const char *name, const void *bytes, size_t len, struct error *err);
bool output_folder_commit(struct output_folder *folder, struct error *err);
void output_folder_free(struct output_folder *folder);

#endif
