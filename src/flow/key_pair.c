#include "simulark/flow/key_pair.h"

#include "simulark/base/output.h"

#include <stdlib.h>

#define KEY_FILE 1024 /* bytes that no key's file has, so that none is copied while it grows */

static struct output *open_file(const char *name, const char *ending, bool force, struct error *err)
{
    char *path = text_printf("%s%s", name, ending);
    struct output *out = output_open(path, force, err);

    free(path);
    return out;
}

static bool write_pair(const char *name, bool force, const struct buffer *key, const struct buffer *public, struct error *err)
{
    struct output *key_out = open_file(name, ".key", force, err);
    struct output *public_out = key_out ? open_file(name, ".pub", force, err) : NULL;
    bool ok = public_out && output_make_private(key_out, err) && output_write(key_out, key->data, key->len, err) &&
              output_write(public_out, public->data, public->len, err) && output_commit(key_out, err) &&
              output_commit(public_out, err);

    output_free(key_out);
    output_free(public_out);
    return ok;
}

static void release_secret(struct buffer *key)
{
    secret_wipe(key->data, key->capacity);
    buffer_release(key);
}

bool signing_pair_make(const char *name, const struct secret *passphrase, bool force, char id[MINISIGN_ID_TEXT + 1],
                       struct error *err)
{
    struct minisign_secret *secret = secret_alloc(sizeof *secret);
    struct minisign_public public;
    struct buffer key_file = BUFFER_INIT;
    struct buffer public_file = BUFFER_INIT;
    bool ok;

    buffer_reserve(&key_file, KEY_FILE);
    minisign_make(&public, secret);
    minisign_id_text(public.id, id);
    minisign_write_public(&public_file, &public);
    ok = minisign_write_secret(&key_file, secret, passphrase, err) && write_pair(name, force, &key_file, &public_file, err);
    release_secret(&key_file);
    buffer_release(&public_file);
    secret_free(secret, sizeof *secret);
    return ok;
}

bool encryption_pair_make(const char *name, bool force, struct buffer *recipient, struct error *err)
{
    struct buffer key_file = BUFFER_INIT;
    struct buffer public_file = BUFFER_INIT;
    bool ok;

    buffer_reserve(&key_file, KEY_FILE);
    age_make(&key_file, recipient);
    buffer_printf(&public_file, "%s\n", buffer_string(recipient));
    ok = write_pair(name, force, &key_file, &public_file, err);
    release_secret(&key_file);
    buffer_release(&public_file);
    return ok;
}
