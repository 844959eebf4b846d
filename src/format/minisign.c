#include "simulark/format/minisign.h"

#include "simulark/base/base64.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define PREHASH 64

/* As they stand in files, one after another. */
struct public_bytes {
    unsigned char algorithm[2]; /* "Ed" */
    struct minisign_public public;
};

struct signature_bytes {
    unsigned char algorithm[2]; /* "ED": of the hash; "Ed": of the message */
    unsigned char id[MINISIGN_ID];
    unsigned char signature[ED25519_SIGNATURE];
};

_Static_assert(sizeof(struct public_bytes) == 42 && sizeof(struct signature_bytes) == 74, "minisign's structs have no gaps");

void minisign_id_text(const unsigned char id[MINISIGN_ID], char text[MINISIGN_ID_TEXT + 1])
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < MINISIGN_ID; i++) {
        text[2 * i] = digits[id[MINISIGN_ID - 1 - i] >> 4];
        text[2 * i + 1] = digits[id[MINISIGN_ID - 1 - i] & 15];
    }
    text[MINISIGN_ID_TEXT] = '\0';
}

/* ---- lines ---- */

/* Cuts the next line off; a carriage return before its end is none of it. False at the end of the text. */
static bool next_line(const char **text, size_t *left, const char **line, size_t *len)
{
    const char *end = *left ? memchr(*text, '\n', *left) : NULL;
    size_t whole = end ? (size_t)(end - *text) : *left;

    if (!*left)
        return false;
    *line = *text;
    *len = whole && (*text)[whole - 1] == '\r' ? whole - 1 : whole;
    whole += end != NULL;
    *text += whole;
    *left -= whole;
    return true;
}

static bool begins(const char *line, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

static bool decode(const char *line, size_t len, void *bytes, size_t size)
{
    struct buffer decoded = BUFFER_INIT;
    bool done = len <= 4 * (size / 3 + 1) && base64_decode(&decoded, line, len) && decoded.len == size;

    if (done)
        memcpy(bytes, decoded.data, size);
    buffer_release(&decoded);
    return done;
}

static void put_line(struct buffer *file, const void *bytes, size_t len)
{
    base64_append(file, bytes, len);
    buffer_byte(file, '\n');
}

/* ---- public keys ---- */

static void public_of(struct minisign_public *public, const struct minisign_secret *secret)
{
    memcpy(public->id, secret->id, sizeof public->id);
    memcpy(public->key, secret->key + ED25519_SECRET - ED25519_PUBLIC, ED25519_PUBLIC);
}

void minisign_make(struct minisign_public *public, struct minisign_secret *secret)
{
    random_bytes(secret->id, sizeof secret->id);
    ed25519_make(public->key, secret->key);
    public_of(public, secret);
}

void minisign_write_public(struct buffer *file, const struct minisign_public *public)
{
    struct public_bytes bytes = {{'E', 'd'}, *public};
    char id[MINISIGN_ID_TEXT + 1];

    minisign_id_text(public->id, id);
    buffer_printf(file, UNTRUSTED "minisign public key %s\n", id);
    put_line(file, &bytes, sizeof bytes);
}

static bool no_key(const char *name, size_t line, struct error *err)
{
    struct buffer place = BUFFER_INIT;

    buffer_printf(&place, "%s:%zu", name, line);
    error_set_at(err, STATUS_FILE, buffer_string(&place), "This is no minisign public key.");
    error_hint(err, "A public key is one line that begins with RW; lines of comment begin with # or \"untrusted comment:\".");
    buffer_release(&place);
    return false;
}

bool minisign_read_keys(struct minisign_keys *keys, const char *name, const char *text, size_t len, struct error *err)
{
    size_t before = keys->count;
    const char *line;
    size_t nline;

    for (size_t number = 1; next_line(&text, &len, &line, &nline); number++) {
        struct public_bytes bytes;

        if (!nline || line[0] == '#' || begins(line, nline, "untrusted comment:"))
            continue;
        if (!decode(line, nline, &bytes, sizeof bytes) || memcmp(bytes.algorithm, "Ed", 2) != 0)
            return no_key(name, number, err);
        keys->keys = mem_grow(keys->keys, &keys->capacity, keys->count + 1, sizeof *keys->keys);
        keys->keys[keys->count++] = bytes.public;
    }
    return keys->count > before || error_set(err, STATUS_FILE, "%s holds no public key.", name);
}

const struct minisign_public *minisign_find(const struct minisign_keys *keys, const unsigned char id[MINISIGN_ID])
{
    for (size_t i = 0; i < keys->count; i++)
        if (memcmp(keys->keys[i].id, id, MINISIGN_ID) == 0)
            return &keys->keys[i];
    return NULL;
}

void minisign_keys_release(struct minisign_keys *keys)
{
    free(keys->keys);
    *keys = (struct minisign_keys){0};
}

/* ---- signatures ---- */

/* What Ed25519 signs: the message, or its hash. */
static const void *signed_bytes(bool prehashed, const void *message, size_t *len, unsigned char hash[PREHASH])
{
    if (!prehashed)
        return message;
    blake2b(hash, PREHASH, message, *len);
    *len = PREHASH;
    return hash;
}

static void put_global(struct buffer *out, const unsigned char signature[ED25519_SIGNATURE], const char *comment, size_t len)
{
    buffer_append(out, signature, ED25519_SIGNATURE);
    buffer_append(out, comment, len);
}

void minisign_sign(struct buffer *file, const struct minisign_secret *secret, const void *message, size_t len,
                   const char *untrusted, const char *trusted)
{
    struct signature_bytes bytes = {.algorithm = {'E', 'D'}};
    struct buffer covered = BUFFER_INIT;
    unsigned char hash[PREHASH];
    unsigned char global[ED25519_SIGNATURE];
    const void *from = signed_bytes(true, message, &len, hash);

    memcpy(bytes.id, secret->id, sizeof bytes.id);
    ed25519_sign(bytes.signature, from, len, secret->key);
    put_global(&covered, bytes.signature, trusted, strlen(trusted));
    ed25519_sign(global, covered.data, covered.len, secret->key);
    buffer_printf(file, UNTRUSTED "%s\n", untrusted);
    put_line(file, &bytes, sizeof bytes);
    buffer_printf(file, TRUSTED "%s\n", trusted);
    put_line(file, global, sizeof global);
    buffer_release(&covered);
}

bool minisign_read_signature(struct minisign_signature *s, const char *text, size_t len)
{
    struct signature_bytes bytes;
    const char *line;
    size_t nline;

    if (!next_line(&text, &len, &line, &nline) || !begins(line, nline, UNTRUSTED))
        return false;
    if (!next_line(&text, &len, &line, &nline) || !decode(line, nline, &bytes, sizeof bytes))
        return false;
    s->prehashed = memcmp(bytes.algorithm, "ED", 2) == 0;
    if (!s->prehashed && memcmp(bytes.algorithm, "Ed", 2) != 0)
        return false;
    memcpy(s->id, bytes.id, sizeof s->id);
    memcpy(s->signature, bytes.signature, sizeof s->signature);
    if (!next_line(&text, &len, &line, &nline) || !begins(line, nline, TRUSTED))
        return false;
    s->comment = line + strlen(TRUSTED);
    s->comment_len = nline - strlen(TRUSTED);
    return next_line(&text, &len, &line, &nline) && decode(line, nline, s->global, sizeof s->global) &&
           !next_line(&text, &len, &line, &nline);
}

bool minisign_verify(const struct minisign_signature *s, const struct minisign_public *public, const void *message, size_t len)
{
    struct buffer covered = BUFFER_INIT;
    unsigned char hash[PREHASH];
    const void *from = signed_bytes(s->prehashed, message, &len, hash);
    bool good;

    put_global(&covered, s->signature, s->comment, s->comment_len);
    good = memcmp(s->id, public->id, sizeof s->id) == 0 && ed25519_verify(s->signature, from, len, public->key) &&
           ed25519_verify(s->global, covered.data, covered.len, public->key);
    buffer_release(&covered);
    return good;
}
