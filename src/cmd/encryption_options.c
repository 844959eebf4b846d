#include "encryption_options.h"

#include <stdlib.h>

static bool read_identity_file(struct age_keys *keys, const char *path, struct error *err)
{
    struct secret text = {0};
    bool ok = secret_read(&text, path, err) && age_read_identities(keys, path, &text, err);

    secret_release(&text);
    return ok;
}

static bool add_recipient(struct age_recipients *to, const char *text, struct error *err)
{
    if (age_add_recipient(to, text, strlen(text)))
        return true;
    error_set(err, STATUS_USAGE, "\"%s\" is no age recipient.", text);
    error_hint(err, "A recipient begins with age1, as age-keygen or `simulark keygen --age` tell it; those of ssh and plugins "
                    "are not taken.");
    return false;
}

static bool read_recipients_file(struct age_recipients *to, const char *path, struct error *err)
{
    struct secret text = {0};
    bool ok = secret_read(&text, path, err) && age_read_recipients(to, path, text.bytes, text.len, err);

    secret_release(&text);
    return ok;
}

bool read_encryption(const struct arguments *a, struct encryption *e, struct error *err)
{
    size_t nidentities, nrecipients, nfiles, npassphrases;
    const char **identities = argument_values(a, "identity", &nidentities);
    const char **recipients = argument_values(a, "encrypt-to", &nrecipients);
    const char **files = argument_values(a, "recipients-file", &nfiles);
    const char **passphrases = argument_values(a, "passphrase-file", &npassphrases);
    bool ok = true;

    for (size_t i = 0; ok && i < nidentities; i++)
        ok = read_identity_file(&e->keys, identities[i], err);
    for (size_t i = 0; ok && i < nrecipients; i++)
        ok = add_recipient(&e->to, recipients[i], err);
    for (size_t i = 0; ok && i < nfiles; i++)
        ok = read_recipients_file(&e->to, files[i], err);
    if (ok && npassphrases) {
        ok = secret_read_passphrase(&e->passphrase, passphrases[npassphrases - 1], err);
        e->keys.passphrase = &e->passphrase;
    }
    free(identities);
    free(recipients);
    free(files);
    free(passphrases);
    return ok;
}

void encryption_release(struct encryption *e)
{
    age_keys_release(&e->keys);
    age_recipients_release(&e->to);
    secret_release(&e->passphrase);
}

bool encrypt_output(const struct arguments *a, const char *path, struct encryption *e, struct bundle_options *options,
                    struct error *err)
{
    /* Where a bundle is read, too, the passphrase may be that one's. */
    bool reads = option_named(a, "identity", strlen("identity")) != NULL;
    bool with_passphrase = e->keys.passphrase && !e->to.count && (!reads || path_is_encrypted(path));

    if (e->keys.passphrase && e->to.count && !reads) {
        error_set(err, STATUS_USAGE, "A bundle is encrypted to recipients or with a passphrase, not both.");
        error_hint(err, "age's format does not mix them: who opens a file by passphrase knows that it is from one who has it.");
        return false;
    }
    if (with_passphrase)
        e->to.passphrase = &e->passphrase;
    if (with_passphrase || e->to.count)
        options->encrypt_to = &e->to;
    return true;
}
