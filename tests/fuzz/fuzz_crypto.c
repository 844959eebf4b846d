/* Key, signature and age files from memory: nothing but an error or well-formed parts may come of them. The first byte chooses.
 * Nothing here can know a key's secret, so no signature may ever be found good, and no payload's end reached, but with the
 * identity below, which the seeds are encrypted to. */
#include "fuzzing.h"
#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/format/age.h"
#include "simulark/format/minisign.h"

#include <stdlib.h>

#define IDENTITY "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n"

static struct secret secret_of(const void *bytes, size_t len)
{
    struct secret s = {.bytes = secret_alloc(SECRET_BYTES + 1), .len = len < SECRET_BYTES ? len : SECRET_BYTES};

    if (s.len)
        memcpy(s.bytes, bytes, s.len);
    return s;
}

static void open_file(const uint8_t *data, size_t size, struct error *err)
{
    static char words[] = "open sesame";
    const struct secret passphrase = {.bytes = words, .len = sizeof words - 1};
    struct secret identity = secret_of(IDENTITY, strlen(IDENTITY));
    struct limits limits = LIMITS_DEFAULT;
    struct age_keys keys = {0};
    struct input *in;
    const char *bytes;
    size_t len = 1;

    limits.scrypt_bytes = (size_t)1 << 20;
    must(age_read_identities(&keys, "identity", &identity, err));
    keys.passphrase = &passphrase;
    in = age_decrypt(input_memory("fuzz", data, size), &keys, &limits, err);
    while (in && len && input_next(in, &bytes, &len, err))
        must(len <= (size_t)64 << 10);
    must(!error_is_set(err) || err->status == STATUS_MALFORMED);
    input_free(in);
    secret_release(&identity);
    age_keys_release(&keys);
}

static void read_signature(const uint8_t *data, size_t size)
{
    static const struct minisign_public public;
    struct minisign_signature s;

    if (!minisign_read_signature(&s, (const char *)data, size))
        return;
    must(s.comment >= (const char *)data && s.comment + s.comment_len <= (const char *)data + size);
    must(!minisign_verify(&s, &public, "message", 7));
}

static void read_keys(const uint8_t *data, size_t size, struct error *err)
{
    struct minisign_secret *key = secret_alloc(sizeof *key);
    struct minisign_keys trusted = {0};
    struct age_recipients to = {0};
    struct age_keys keys = {0};
    struct secret text = secret_of(data, size);

    minisign_read_secret(key, "fuzz", &text, NULL, err);
    error_clear(err);
    minisign_read_keys(&trusted, "fuzz", text.bytes, text.len, err);
    error_clear(err);
    age_read_recipients(&to, "fuzz", text.bytes, text.len, err);
    error_clear(err);
    age_read_identities(&keys, "fuzz", &text, err);
    secret_free(key, sizeof *key);
    minisign_keys_release(&trusted);
    age_recipients_release(&to);
    age_keys_release(&keys);
    secret_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;

    if (size == 0)
        return 0;
    if (data[0] == 'k')
        read_keys(data + 1, size - 1, &err);
    else if (data[0] == 's')
        read_signature(data + 1, size - 1);
    else
        open_file(data + 1, size - 1, &err);
    must(utf8_check(err.message.data, err.message.len) == err.message.len);
    error_release(&err);
    return 0;
}
