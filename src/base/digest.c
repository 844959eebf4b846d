#include "simulark/base/digest.h"

#include "simulark/base/hex.h"
#include "simulark/base/memory.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct digest {
    EVP_MD_CTX *context;
};

/* libcrypto fails here only where SHA-256 itself is missing: that cannot be gone on from. */
static void must(int succeeded)
{
    if (succeeded != 1)
        abort();
}

struct digest *digest_new(void)
{
    struct digest *d = mem_alloc(sizeof *d);

    d->context = EVP_MD_CTX_new();
    if (!d->context)
        mem_run_out();
    must(EVP_DigestInit_ex(d->context, EVP_sha256(), NULL));
    return d;
}

void digest_add(struct digest *d, const void *bytes, size_t len)
{
    must(EVP_DigestUpdate(d->context, bytes, len));
}

void digest_take(struct digest *d, char hex[DIGEST_HEX + 1])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int len;

    must(EVP_DigestFinal_ex(d->context, raw, &len));
    for (size_t i = 0; i < DIGEST_HEX / 2; i += 4)
        hex_write_four(raw + i, hex + 2 * i);
    hex[DIGEST_HEX] = '\0';
    must(EVP_DigestInit_ex(d->context, NULL, NULL));
}

void digest_free(struct digest *d)
{
    if (!d)
        return;
    EVP_MD_CTX_free(d->context);
    free(d);
}

void digest_of(const void *bytes, size_t len, char hex[DIGEST_HEX + 1])
{
    struct digest *d = digest_new();

    digest_add(d, bytes, len);
    digest_take(d, hex);
    digest_free(d);
}

bool digest_is_hex(const char *text)
{
    return strlen(text) == DIGEST_HEX && strspn(text, "0123456789abcdef") == DIGEST_HEX;
}

void digest_format(const char hex[DIGEST_HEX + 1], char text[DIGEST_TEXT + 1])
{
    memcpy(text, DIGEST_PREFIX, sizeof DIGEST_PREFIX - 1);
    memcpy(text + sizeof DIGEST_PREFIX - 1, hex, DIGEST_HEX + 1);
}

const char *digest_parse(const char *text)
{
    const size_t prefix = sizeof DIGEST_PREFIX - 1;

    return strncmp(text, DIGEST_PREFIX, prefix) == 0 && digest_is_hex(text + prefix) ? text + prefix : NULL;
}
