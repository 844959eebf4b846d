/* minisign's secret keys: in clear, or hidden by a passphrase through scrypt. */
#include "simulark/base/base64.h"
#include "simulark/format/minisign.h"

#include <stdint.h>
#include <string.h>

/* What libsodium's limits stand for in the keys we write: N = 2^18, r = 8, p = 1, as age takes it; 256 MiB and about a second.
 * minisign itself takes four times as much. */
#define OPSLIMIT (UINT64_C(1) << 23)
#define MEMLIMIT (UINT64_C(1) << 28)
/* The most that is taken on reading: what minisign writes, and four times the work. */
#define OPSLIMIT_MAX (UINT64_C(1) << 27)
#define MEMLIMIT_MAX (UINT64_C(1) << 30)

#define CHECKSUM 32

/* The key itself, which the passphrase hides. */
struct hidden {
    unsigned char id[MINISIGN_ID];
    unsigned char key[ED25519_SECRET];
    unsigned char checksum[CHECKSUM]; /* BLAKE2b-256 of algorithm, id and key; zeros in keys without a passphrase */
};

struct secret_bytes {
    unsigned char algorithm[2]; /* "Ed" */
    unsigned char kdf[2];       /* "Sc": scrypt; zeros: none */
    unsigned char checksum[2];  /* "B2" */
    unsigned char salt[32];
    unsigned char opslimit[8]; /* little-endian */
    unsigned char memlimit[8];
    struct hidden hidden;
};

_Static_assert(sizeof(struct secret_bytes) == 158, "minisign's struct has no gaps");

static void put64(unsigned char bytes[8], uint64_t number)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
}

static uint64_t get64(const unsigned char bytes[8])
{
    uint64_t number = 0;

    for (int i = 7; i >= 0; i--)
        number = number << 8 | bytes[i];
    return number;
}

/* scrypt's own numbers for libsodium's limits (its pickparams, r = 8). */
static void choose_scrypt(uint64_t opslimit, uint64_t memlimit, unsigned *log2_n, unsigned *p)
{
    bool few = opslimit < memlimit / 32;
    uint64_t most;

    if (opslimit < 32768)
        opslimit = 32768;
    most = few ? opslimit / 32 : memlimit / 1024;
    for (*log2_n = 1; *log2_n < 63; ++*log2_n)
        if (UINT64_C(1) << *log2_n > most / 2)
            break;
    *p = few ? 1 : (unsigned)(opslimit / 4 / (UINT64_C(1) << *log2_n) / 8);
}

/* Hides or shows it: the same twice gives back what was. */
static bool apply_passphrase(struct secret_bytes *bytes, const struct secret *passphrase, struct error *err)
{
    unsigned char *stream = secret_alloc(sizeof bytes->hidden);
    unsigned char *hidden = (unsigned char *)&bytes->hidden;
    unsigned log2_n, p;
    bool done;

    choose_scrypt(get64(bytes->opslimit), get64(bytes->memlimit), &log2_n, &p);
    done = scrypt_key(stream, sizeof bytes->hidden, passphrase->bytes, passphrase->len, bytes->salt, sizeof bytes->salt, log2_n,
                      p);
    for (size_t i = 0; done && i < sizeof bytes->hidden; i++)
        hidden[i] ^= stream[i];
    secret_free(stream, sizeof bytes->hidden);
    return done || error_set(err, STATUS_INTERNAL, "There is not the memory that the key's passphrase takes (%llu MiB).",
                             (unsigned long long)(get64(bytes->memlimit) >> 20));
}

static void sum_up(const struct secret_bytes *bytes, unsigned char checksum[CHECKSUM])
{
    unsigned char *covered = secret_alloc(sizeof bytes->hidden);
    size_t len = sizeof bytes->algorithm;

    memcpy(covered, bytes->algorithm, len);
    memcpy(covered + len, &bytes->hidden, sizeof bytes->hidden - CHECKSUM);
    blake2b(checksum, CHECKSUM, covered, len + sizeof bytes->hidden - CHECKSUM);
    secret_free(covered, sizeof bytes->hidden);
}

bool minisign_write_secret(struct buffer *file, const struct minisign_secret *secret, const struct secret *passphrase,
                           struct error *err)
{
    struct secret_bytes *bytes = secret_alloc(sizeof *bytes);
    bool done = true;

    memcpy(bytes->algorithm, "Ed", 2);
    memcpy(bytes->checksum, "B2", 2);
    memcpy(bytes->hidden.id, secret->id, sizeof secret->id);
    memcpy(bytes->hidden.key, secret->key, sizeof secret->key);
    if (passphrase) {
        memcpy(bytes->kdf, "Sc", 2);
        random_bytes(bytes->salt, sizeof bytes->salt);
        put64(bytes->opslimit, OPSLIMIT);
        put64(bytes->memlimit, MEMLIMIT);
        sum_up(bytes, bytes->hidden.checksum);
        done = apply_passphrase(bytes, passphrase, err);
    }
    if (done) {
        buffer_printf(file, "untrusted comment: minisign %ssecret key\n", passphrase ? "encrypted " : "");
        base64_append(file, bytes, sizeof *bytes);
        buffer_byte(file, '\n');
    }
    secret_free(bytes, sizeof *bytes);
    return done;
}

static bool no_secret(const char *name, struct error *err)
{
    error_set(err, STATUS_FILE, "%s is no minisign secret key.", name);
    error_hint(err, "`simulark keygen -o NAME` makes one, in NAME.key.");
    return false;
}

/* The second line; the first is a comment. */
static bool decode(struct secret_bytes *bytes, const struct secret *text)
{
    const char *start = memchr(text->bytes, '\n', text->len);
    struct buffer decoded = BUFFER_INIT;
    size_t len = 0;
    bool done = start && strncmp(text->bytes, "untrusted comment:", 18) == 0;

    if (done) {
        start++;
        while (start + len < text->bytes + text->len && start[len] != '\n' && start[len] != '\r')
            len++;
        buffer_reserve(&decoded, len + 1); /* so that no copy is left where it grew */
        done = base64_decode(&decoded, start, len) && decoded.len == sizeof *bytes;
    }
    if (done)
        memcpy(bytes, decoded.data, sizeof *bytes);
    if (decoded.data)
        secret_wipe(decoded.data, decoded.capacity);
    buffer_release(&decoded);
    return done && memcmp(bytes->algorithm, "Ed", 2) == 0 && memcmp(bytes->checksum, "B2", 2) == 0;
}

static bool show(struct secret_bytes *bytes, const char *name, const struct secret *passphrase, struct error *err)
{
    unsigned char expected[CHECKSUM];

    if (!passphrase) {
        error_set(err, STATUS_FILE, "The key %s is protected by a passphrase.", name);
        error_hint(err, "Put the passphrase into a file that only you can read, and name it: --passphrase-file FILE.");
        return false;
    }
    if (get64(bytes->opslimit) > OPSLIMIT_MAX || get64(bytes->memlimit) > MEMLIMIT_MAX)
        return error_set(err, STATUS_FILE, "The key %s asks for more memory or work (scrypt) than is taken.", name);
    if (!apply_passphrase(bytes, passphrase, err))
        return false;
    sum_up(bytes, expected);
    if (bytes_equal(expected, bytes->hidden.checksum, sizeof expected))
        return true;
    error_set(err, STATUS_FILE, "The passphrase does not open the key %s.", name);
    error_hint(err, "Only the first line of the passphrase's file counts.");
    return false;
}

bool minisign_read_secret(struct minisign_secret *secret, const char *name, const struct secret *text,
                          const struct secret *passphrase, struct error *err)
{
    static const unsigned char none[2] = {0};
    struct secret_bytes *bytes = secret_alloc(sizeof *bytes);
    bool done = text->len && decode(bytes, text);

    if (done && memcmp(bytes->kdf, "Sc", 2) == 0)
        done = show(bytes, name, passphrase, err);
    else if (done)
        done = memcmp(bytes->kdf, none, 2) == 0;
    if (done) {
        memcpy(secret->id, bytes->hidden.id, sizeof secret->id);
        memcpy(secret->key, bytes->hidden.key, sizeof secret->key);
    }
    secret_free(bytes, sizeof *bytes);
    return done || no_secret(name, err);
}
