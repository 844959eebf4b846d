#include "bundle_parts.h"
#include "signature_file.h"
#include "simulark/base/memory.h"
#include "simulark/base/output.h"
#include "simulark/flow/signature.h"

#include <stdlib.h>

/* ---- keys ---- */

bool signature_check_trust(struct signature_check *check, const char *path, struct error *err)
{
    struct secret text = {0};
    bool ok = secret_read(&text, path, err) && minisign_read_keys(&check->trusted, path, text.bytes, text.len, err);

    secret_release(&text);
    return ok;
}

void signature_check_release(struct signature_check *check)
{
    minisign_keys_release(&check->trusted);
}

struct minisign_secret *signing_key_read(const char *path, const struct secret *passphrase, struct error *err)
{
    struct minisign_secret *key = secret_alloc(sizeof *key);
    struct secret text = {0};
    bool ok = secret_read(&text, path, err) && minisign_read_secret(key, path, &text, passphrase, err);

    secret_release(&text);
    if (ok)
        return key;
    secret_free(key, sizeof *key);
    return NULL;
}

/* ---- signatures in their places ---- */

static bool is_signed(const char *path, struct error *err)
{
    error_set(err, STATUS_CONFLICT, "%s is signed already.", path);
    error_hint(err, "Use --force to put another signature in the old one's place.");
    return false;
}

/* A document, or a directory. */
static bool sign_beside(const char *path, const char *ending, const struct buffer *signature, bool force, struct error *err)
{
    struct buffer name = BUFFER_INIT;
    bool ok;

    buffer_printf(&name, "%s%s", path, ending);
    if (!force && signature_file_exists(buffer_string(&name)))
        ok = is_signed(path, err);
    else
        ok = signature_file_write(buffer_string(&name), signature->data, signature->len, err);
    buffer_release(&name);
    return ok;
}

/* The seal must be the one that was found true, should the file have been replaced meanwhile. */
static bool check_seal(const struct buffer *text, const char *digest, struct error *err)
{
    json_t *object = parse_object("seal.json", text, err);
    struct seal *seal = object ? seal_from_json(object, err) : NULL;
    bool same = seal && strcmp(seal->digest, digest) == 0;

    seal_free(seal);
    json_decref(object);
    return same || error_set(err, STATUS_CONFLICT, "The archive was replaced while it was signed.");
}

/* Takes one entry over as it is. */
static bool copy_entry(struct package_reader *from, const struct package_entry *entry, struct package_writer *to,
                       const char *digest, const struct limits *limits, struct error *err)
{
    struct buffer bytes = BUFFER_INIT;
    bool ok;

    if (entry->bytes > (int64_t)limits->row_bytes) {
        error_set(err, STATUS_MALFORMED, "The entry %s is too large to be copied (limit row_bytes).", entry->name);
        error_hint(err, "`simulark convert` writes an archive with parts of a few MiB, which can be signed.");
        return false;
    }
    ok = read_whole(from->ops->input(from), limits->row_bytes, "row_bytes", &bytes, err);
    if (ok && strcmp(entry->name, "seal.json") == 0)
        ok = check_seal(&bytes, digest, err);
    ok = ok && to->ops->entry(to, entry->name, bytes.data, bytes.len, err);
    buffer_release(&bytes);
    return ok;
}

static bool copy_entries(struct package_reader *from, struct package_writer *to, const char *path, const char *digest,
                         const struct signing *signing, struct error *err)
{
    struct package_entry entry;
    bool more = true;

    while (from->ops->next(from, &entry, &more, err) && more) {
        if (strcmp(entry.name, "seal.json.minisig") != 0) {
            if (!copy_entry(from, &entry, to, digest, &signing->limits, err))
                return false;
        } else if (!signing->force) {
            return is_signed(path, err);
        }
    }
    return !error_is_set(err);
}

static bool sign_archive(const char *path, enum container container, const char *digest, const struct buffer *signature,
                         const struct signing *signing, struct error *err)
{
    struct input *in = input_open(path, err);
    struct package_reader *from = in ? package_reader_archive(in, container, &signing->limits, err) : NULL;
    struct output *out = from ? output_open(path, true, err) : NULL;
    struct package_writer *to = out ? package_writer_archive(out, container, PACKAGE_TIME, err) : NULL;
    int64_t written;
    bool ok = to && copy_entries(from, to, path, digest, signing, err) &&
              to->ops->entry(to, "seal.json.minisig", signature->data, signature->len, err) &&
              to->ops->finish(to, &written, err);

    if (to)
        to->ops->free(to);
    if (from)
        from->ops->free(from);
    input_free(in);
    return ok;
}

bool bundle_sign(const char *path, enum container container, const char *digest, const struct signing *signing,
                 struct error *err)
{
    struct buffer line = BUFFER_INIT;
    struct buffer text = BUFFER_INIT;
    struct buffer untrusted = BUFFER_INIT;
    char id[MINISIGN_ID_TEXT + 1];
    bool ok;

    minisign_id_text(signing->key->id, id);
    buffer_printf(&untrusted, "signature of a simulark bundle's digest by key %s", id);
    signature_append_signed(digest, &line);
    minisign_sign(&text, signing->key, line.data, line.len, buffer_string(&untrusted), signing->comment);
    if (container_is_archive(container))
        ok = sign_archive(path, container, digest, &text, signing, err);
    else
        ok = sign_beside(path, container == CONTAINER_FOLDER ? "/seal.json.minisig" : SIGNATURE_ENDING, &text, signing->force,
                         err);
    buffer_release(&line);
    buffer_release(&text);
    buffer_release(&untrusted);
    return ok;
}
