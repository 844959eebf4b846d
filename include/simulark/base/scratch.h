/* Bytes that wait in a file: they may be more than memory should hold.
 *
 * The file has no name and goes with the process. What is in it is enciphered (ChaCha20) with a key that only this process's
 * memory has, so that a bundle that came encrypted is nowhere on disk in clear. That hides; it does not guard against whoever
 * can write to another's files. */
#ifndef SIMULARK_BASE_SCRATCH_H
#define SIMULARK_BASE_SCRATCH_H

#include "simulark/base/error.h"
#include "simulark/base/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scratch;

/* NULL and *err on failure. */
struct scratch *scratch_new(struct error *err);
bool scratch_append(struct scratch *s, const void *bytes, size_t len, struct error *err);
int64_t scratch_size(const struct scratch *s); /* bytes appended so far */
/* Reads what stands at a place, all of len bytes, which must be there. */
bool scratch_read(const struct scratch *s, int64_t at, void *bytes, size_t len, struct error *err);
/* Gives the room of what is no longer wanted back to the file system, where it can take it. */
void scratch_drop(struct scratch *s, int64_t from, int64_t to);
void scratch_free(struct scratch *s);

/* All of it as an input that can be sought in, and that takes it over. */
struct input *input_scratch(const char *name, struct scratch *s);

#endif
