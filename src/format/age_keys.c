/* Wrapping and unwrapping the key of an age file, and the keys that people have. */
#include "age_header.h"
#include "simulark/base/bech32.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define X25519_INFO "age-encryption.org/v1/X25519"
#define SCRYPT_SALT "age-encryption.org/v1/scrypt"
#define SCRYPT_LOG2_N 18 /* as age writes it: 256 MiB and about a second */
#define SALT 16

static const unsigned char zero_nonce[AEAD_NONCE]; /* each wrapping key is used once */

/* ---- people's keys ---- */

bool age_add_recipient(struct age_recipients *to, const char *text, size_t len)
{
    unsigned char key[X25519_KEY];

    if (!bech32_read(text, len, "age", key, sizeof key))
        return false;
    to->keys = mem_grow(to->keys, &to->capacity, to->count + 1, sizeof *to->keys);
    memcpy(to->keys[to->count++], key, sizeof key);
    return true;
}

/* The next line that is neither empty nor a comment. */
static bool next_line(const char **text, size_t *left, const char **line, size_t *len, size_t *number)
{
    while (*left) {
        const char *end = memchr(*text, '\n', *left);
        size_t whole = end ? (size_t)(end - *text) + 1 : *left;

        *line = *text;
        *len = whole - (end != NULL);
        while (*len && ((*line)[*len - 1] == '\r' || (*line)[*len - 1] == ' '))
            --*len;
        *text += whole;
        *left -= whole;
        ++*number;
        if (*len && **line != '#')
            return true;
    }
    return false;
}

static bool no_key(const char *name, size_t line, const char *what, const char *hint, struct error *err)
{
    struct buffer place = BUFFER_INIT;

    buffer_printf(&place, "%s:%zu", name, line);
    error_set_at(err, STATUS_FILE, buffer_string(&place), "This is no age %s.", what);
    error_hint(err, "%s", hint);
    buffer_release(&place);
    return false;
}

bool age_read_recipients(struct age_recipients *to, const char *name, const char *text, size_t len, struct error *err)
{
    size_t before = to->count;
    size_t number = 0;
    const char *line;
    size_t nline;

    while (next_line(&text, &len, &line, &nline, &number))
        if (!age_add_recipient(to, line, nline))
            return no_key(name, number, "recipient", "A recipient begins with age1; those of ssh and plugins are not taken.",
                          err);
    return to->count > before || error_set(err, STATUS_FILE, "%s holds no recipient.", name);
}

void age_recipients_release(struct age_recipients *to)
{
    free(to->keys);
    *to = (struct age_recipients){0};
}

bool age_read_identities(struct age_keys *keys, const char *name, const struct secret *text, struct error *err)
{
    const char *at = text->bytes;
    size_t left = text->len;
    size_t before = keys->count;
    size_t number = 0;
    const char *line;
    size_t len;

    while (next_line(&at, &left, &line, &len, &number)) {
        struct age_identity *identity;

        if (keys->count == keys->capacity) { /* no copy may stay where they were */
            struct age_identity *more = secret_alloc((keys->capacity + 8) * sizeof *more);

            if (keys->count)
                memcpy(more, keys->identities, keys->count * sizeof *more);
            secret_free(keys->identities, keys->capacity * sizeof *more);
            keys->identities = more;
            keys->capacity += 8;
        }
        identity = &keys->identities[keys->count];
        if (!bech32_read(line, len, "age-secret-key-", identity->secret, sizeof identity->secret))
            return no_key(name, number, "identity",
                          "An identity begins with AGE-SECRET-KEY-1, as age-keygen writes it; encrypted ones, and those of ssh "
                          "and plugins, are not taken.", err);
        x25519_public(identity->public, identity->secret);
        keys->count++;
    }
    return keys->count > before || error_set(err, STATUS_FILE, "%s holds no identity.", name);
}

void age_keys_release(struct age_keys *keys)
{
    secret_free(keys->identities, keys->capacity * sizeof *keys->identities);
    *keys = (struct age_keys){0};
}

void age_make(struct buffer *file, struct buffer *recipient)
{
    unsigned char *secret = secret_alloc(X25519_KEY);
    unsigned char public[X25519_KEY];
    size_t start;

    random_bytes(secret, X25519_KEY);
    x25519_public(public, secret);
    bech32_append(recipient, "age", public, sizeof public);
    buffer_printf(file, "# public key: %s\n", buffer_string(recipient));
    start = file->len;
    bech32_append(file, "age-secret-key-", secret, X25519_KEY);
    for (size_t i = start; i < file->len; i++)
        if (file->data[i] >= 'a' && file->data[i] <= 'z')
            file->data[i] = (char)(file->data[i] - 'a' + 'A');
    buffer_byte(file, '\n');
    secret_free(secret, X25519_KEY);
}

/* ---- wrapping keys ---- */

static bool key_of_share(unsigned char key[AEAD_KEY], const unsigned char secret[X25519_KEY],
                         const unsigned char their[X25519_KEY], const unsigned char share[X25519_KEY],
                         const unsigned char recipient[X25519_KEY])
{
    unsigned char shared[X25519_KEY];
    unsigned char salt[2 * X25519_KEY];
    bool done = x25519_share(shared, secret, their);

    memcpy(salt, share, X25519_KEY);
    memcpy(salt + X25519_KEY, recipient, X25519_KEY);
    if (done)
        hkdf_sha256(key, shared, sizeof shared, salt, sizeof salt, X25519_INFO);
    secret_wipe(shared, sizeof shared);
    return done;
}

static bool key_of_passphrase(unsigned char key[AEAD_KEY], const struct secret *passphrase, const unsigned char salt[SALT],
                              unsigned log2_n, struct error *err)
{
    unsigned char whole[sizeof SCRYPT_SALT - 1 + SALT];

    memcpy(whole, SCRYPT_SALT, sizeof SCRYPT_SALT - 1);
    memcpy(whole + sizeof SCRYPT_SALT - 1, salt, SALT);
    return scrypt_key(key, AEAD_KEY, passphrase->bytes, passphrase->len, whole, sizeof whole, log2_n, 1) ||
           error_set(err, STATUS_INTERNAL, "There is not the memory that the passphrase takes (%llu MiB).",
                     (unsigned long long)((UINT64_C(1) << log2_n) >> 10));
}

static void mac_of(unsigned char mac[HMAC_BYTES], const char *text, size_t len, const unsigned char file_key[AGE_FILE_KEY])
{
    unsigned char key[32];

    hkdf_sha256(key, file_key, AGE_FILE_KEY, "", 0, "header");
    hmac_sha256(mac, key, sizeof key, text, len);
    secret_wipe(key, sizeof key);
}

/* ---- unwrapping ---- */

static bool refuse(struct error *err, const char *name, const char *hint)
{
    error_set(err, STATUS_MALFORMED, "%s is encrypted (age), and no key that was given opens it.", name);
    error_hint(err, "%s", hint);
    return false;
}

static bool open_with_passphrase(const struct age_stanza *stanza, const char *name, const struct age_keys *keys,
                                 const struct limits *limits, unsigned char file_key[AGE_FILE_KEY], struct error *err)
{
    unsigned char key[AEAD_KEY];
    bool opened;

    if (!keys || !keys->passphrase)
        return refuse(err, name, "It is encrypted with a passphrase: --passphrase-file FILE.");
    if (stanza->log2_n > 40 || UINT64_C(1) << (stanza->log2_n + 10) > limits->scrypt_bytes) {
        error_set(err, STATUS_MALFORMED, "%s asks for 2^%u KiB of memory for its passphrase, more than limit scrypt_bytes.", name,
                  stanza->log2_n);
        return limits_hint(err, "scrypt_bytes");
    }
    if (!key_of_passphrase(key, keys->passphrase, stanza->with, stanza->log2_n, err))
        return false;
    opened = aead_open(file_key, stanza->body, sizeof stanza->body, zero_nonce, key);
    secret_wipe(key, sizeof key);
    return opened || refuse(err, name, "The passphrase is another one. Only the first line of its file counts.");
}

static bool open_stanza(const struct age_stanza *stanza, const struct age_identity *identity,
                        unsigned char file_key[AGE_FILE_KEY])
{
    unsigned char key[AEAD_KEY];
    bool opened = key_of_share(key, identity->secret, stanza->with, stanza->with, identity->public) &&
                  aead_open(file_key, stanza->body, sizeof stanza->body, zero_nonce, key);

    secret_wipe(key, sizeof key);
    return opened;
}

static bool open_with_identity(const struct age_header *header, const char *name, const struct age_keys *keys,
                               unsigned char file_key[AGE_FILE_KEY], struct error *err)
{
    if (!header->count)
        return refuse(err, name, "It is encrypted to keys of ssh or of plugins, which are not taken; age opens it: age -d.");
    if (!keys || !keys->count)
        return refuse(err, name, "Give the identity it is encrypted to, --identity FILE; where a command has no such option, "
                                 "`simulark convert` makes a bundle that is not encrypted.");
    for (size_t i = 0; i < header->count; i++)
        for (size_t k = 0; k < keys->count; k++)
            if (open_stanza(&header->stanzas[i], &keys->identities[k], file_key))
                return true;
    return refuse(err, name, "It is encrypted to other recipients than those of the identities given.");
}

bool age_unwrap(const struct age_header *header, const char *text, const char *name, const struct age_keys *keys,
                const struct limits *limits, unsigned char file_key[AGE_FILE_KEY], struct error *err)
{
    unsigned char mac[HMAC_BYTES];

    if (header->count && header->stanzas[0].kind == AGE_SCRYPT) {
        if (!open_with_passphrase(&header->stanzas[0], name, keys, limits, file_key, err))
            return false;
    } else if (!open_with_identity(header, name, keys, file_key, err)) {
        return false;
    }
    mac_of(mac, text, header->covered, file_key);
    return bytes_equal(mac, header->mac, sizeof mac) ||
           error_set(err, STATUS_MALFORMED, "%s is damaged: its age header was changed.", name);
}

/* ---- wrapping ---- */

static void put_stanza(struct buffer *text, const unsigned char file_key[AGE_FILE_KEY], const unsigned char key[AEAD_KEY])
{
    unsigned char body[AGE_FILE_KEY + AEAD_TAG];

    aead_seal(body, file_key, AGE_FILE_KEY, zero_nonce, key);
    age_base64_append(text, body, sizeof body); /* 43 characters: the last line */
    buffer_byte(text, '\n');
}

static bool wrap_for(struct buffer *text, const unsigned char recipient[X25519_KEY], const unsigned char file_key[AGE_FILE_KEY],
                     struct error *err)
{
    unsigned char *secret = secret_alloc(X25519_KEY);
    unsigned char *key = secret_alloc(AEAD_KEY);
    unsigned char share[X25519_KEY];
    bool done;

    random_bytes(secret, X25519_KEY);
    x25519_public(share, secret);
    done = key_of_share(key, secret, recipient, share, recipient);
    if (done) {
        buffer_text(text, "-> X25519 ");
        age_base64_append(text, share, sizeof share);
        buffer_byte(text, '\n');
        put_stanza(text, file_key, key);
    }
    secret_free(secret, X25519_KEY);
    secret_free(key, AEAD_KEY);
    return done || error_set(err, STATUS_USAGE, "One of the recipients is no key: nothing can be encrypted to it.");
}

static bool wrap_with_passphrase(struct buffer *text, const struct secret *passphrase,
                                 const unsigned char file_key[AGE_FILE_KEY], struct error *err)
{
    unsigned char *key = secret_alloc(AEAD_KEY);
    unsigned char salt[SALT];
    bool done;

    random_bytes(salt, sizeof salt);
    done = key_of_passphrase(key, passphrase, salt, SCRYPT_LOG2_N, err);
    if (done) {
        buffer_text(text, "-> scrypt ");
        age_base64_append(text, salt, sizeof salt);
        buffer_printf(text, " %d\n", SCRYPT_LOG2_N);
        put_stanza(text, file_key, key);
    }
    secret_free(key, AEAD_KEY);
    return done;
}

bool age_wrap(struct buffer *text, const struct age_recipients *to, const unsigned char file_key[AGE_FILE_KEY],
              struct error *err)
{
    unsigned char mac[HMAC_BYTES];

    buffer_text(text, AGE_VERSION);
    if (to->passphrase && !wrap_with_passphrase(text, to->passphrase, file_key, err))
        return false;
    for (size_t i = 0; i < to->count; i++)
        if (!wrap_for(text, to->keys[i], file_key, err))
            return false;
    buffer_text(text, "---");
    mac_of(mac, text->data, text->len, file_key);
    buffer_byte(text, ' ');
    age_base64_append(text, mac, sizeof mac);
    buffer_byte(text, '\n');
    return true;
}
