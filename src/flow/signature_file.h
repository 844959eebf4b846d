/* What signatures sign, and those in files of their own: beside documents, and in directories. Private to flow. */
#ifndef SIMULARK_FLOW_SIGNATURE_FILE_H
#define SIMULARK_FLOW_SIGNATURE_FILE_H

#include "simulark/base/buffer.h"
#include "simulark/base/error.h"
#include "simulark/base/input.h"

#include <stdbool.h>
#include <stddef.h>

#define SIGNATURE_ENDING ".minisig" /* beside a document: behind its whole name */

/* What a signature is of: the digest, as a line of text. */
void signature_append_signed(const char *digest, struct buffer *text);

bool signature_file_exists(const char *path);

/* Reads a signature's text, with a NUL behind it; NULL and *err on failure. */
char *signature_read(struct input *in, struct error *err);

/* The signature beside a document: *text is NULL where there is none. */
bool signature_read_beside(const char *document, char **text, struct error *err);

/* Writes a signature, in place of one that is there. */
bool signature_file_write(const char *path, const char *text, size_t len, struct error *err);

/* Writes the signature beside a document; text NULL: takes away the one of an older document. */
bool signature_write_beside(const char *document, const char *text, struct error *err);

#endif
