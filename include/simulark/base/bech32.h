/* Bech32 (BIP 173), without a limit on length: how age writes its keys. */
#ifndef SIMULARK_BASE_BECH32_H
#define SIMULARK_BASE_BECH32_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends the bytes as text that begins with prefix (lower case) and "1", all in lower case. */
void bech32_append(struct buffer *out, const char *prefix, const void *bytes, size_t len);

/* Reads text (all in lower or all in upper case) that begins with prefix (lower case) and stands for exactly `len` bytes.
 * False for anything else, with nothing promised of bytes. */
bool bech32_read(const char *text, size_t text_len, const char *prefix, void *bytes, size_t len);

#endif
