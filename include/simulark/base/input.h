/* Bytes that come in: a file or standard input, read once from front to back through one bounded buffer. */
#ifndef SIMULARK_BASE_INPUT_H
#define SIMULARK_BASE_INPUT_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input;

/* Opens a regular file (a pipe, a device: whatever can be read), or standard input for "-". NULL and *err on failure. */
struct input *input_open(const char *path, struct error *err);

/* Takes bytes that are in memory already; they must live as long as the input. name is what messages call it. */
struct input *input_memory(const char *name, const void *bytes, size_t len);

/* Takes over an open file. */
struct input *input_adopt(const char *name, int fd);

/* Takes bytes from a function, which gives runs of any length as input_next does, *len 0 at the end. It is not called again
 * after that, nor after a failure. */
struct input *input_callback(const char *name,
                             bool (*next)(void *context, const char **bytes, size_t *len, struct error *err), void *context);

/* Takes `size` bytes from a function that reads at any place; it is asked for no others. */
struct input *input_random(const char *name, int64_t size,
                           bool (*read_at)(void *context, int64_t at, void *bytes, size_t len, struct error *err),
                           void *context);

/* Lets an input of a function free the function's context when it is freed itself. */
void input_own(struct input *in, void (*free_context)(void *context));

/* Gives the next bytes, at most 64 KiB or so, valid until the next call. *len is 0 at the end. */
bool input_next(struct input *in, const char **bytes, size_t *len, struct error *err);

/* The first bytes (up to `want`, at most 4,096) without taking them: input_next gives them again. */
bool input_peek(struct input *in, size_t want, const char **bytes, size_t *len, struct error *err);

/* Reads on to the end, so that whatever stands behind the input has had its say (an encrypted file is only known to be whole
 * once its last chunk is). */
bool input_finish(struct input *in, struct error *err);

/* Whether input_next or input_peek has failed. */
bool input_failed(const struct input *in);

const char *input_name(const struct input *in); /* the path, or "standard input" */
int64_t input_size(const struct input *in);     /* bytes of a regular file; -1 where that cannot be known */
int64_t input_position(const struct input *in); /* bytes given so far: the place of the next one */
/* The last byte given so far; once all is read, the file's last. '\0' before any. */
char input_last_byte(const struct input *in);

/* Goes to any place, in regular files, memory and input_random only: where the first gives false, the second must not be
 * called. */
bool input_can_seek(const struct input *in);
bool input_seek(struct input *in, int64_t position, struct error *err);

void input_free(struct input *in);

#endif
