/* Base64 (RFC 4648, with padding, no line breaks), by libcrypto. */
#ifndef SIMULARK_BASE_BASE64_H
#define SIMULARK_BASE_BASE64_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

void base64_append(struct buffer *out, const void *bytes, size_t len);
/* Appends the bytes that the text stands for; false where it is no base64. */
bool base64_decode(struct buffer *out, const char *text, size_t len);

#endif
