#include "simulark/base/base64.h"

#include <ctype.h>
#include <openssl/evp.h>

#define GROUPS_AT_ONCE ((size_t)1 << 20) /* libcrypto counts in int */

void base64_append(struct buffer *out, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    while (len) {
        size_t piece = len < 3 * GROUPS_AT_ONCE ? len : 3 * GROUPS_AT_ONCE;

        buffer_reserve(out, piece / 3 * 4 + 5); /* with libcrypto's NUL */
        out->len += (size_t)EVP_EncodeBlock((unsigned char *)out->data + out->len, at, (int)piece);
        at += piece;
        len -= piece;
    }
}

bool base64_decode(struct buffer *out, const char *text, size_t len)
{
    size_t padding = len >= 1 && text[len - 1] == '=' ? 1 + (len >= 2 && text[len - 2] == '=') : 0;
    int got;

    if (len % 4 != 0 || len > (size_t)1 << 30)
        return false;
    for (size_t i = 0; i < len - padding; i++) /* libcrypto passes over white space and takes = anywhere */
        if (!isalnum((unsigned char)text[i]) && text[i] != '+' && text[i] != '/')
            return false;
    if (len == 0)
        return true;
    buffer_reserve(out, len);
    got = EVP_DecodeBlock((unsigned char *)out->data + out->len, (const unsigned char *)text, (int)len);
    if (got < 0)
        return false;
    out->len += (size_t)got - padding;
    return true;
}
