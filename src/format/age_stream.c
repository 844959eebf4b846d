/* The payload of an age file: chunks of 64 KiB, each sealed under its number, the last one marked as the last (STREAM). */
#include "age_armor.h"
#include "age_header.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)64 << 10)
#define SEALED (CHUNK + AEAD_TAG)
#define NONCE 16 /* bytes before the payload */

/* The key of the chunks, and which is the next. */
struct chunks {
    unsigned char key[AEAD_KEY];
    uint64_t number;
};

static void chunks_init(struct chunks *c, const unsigned char file_key[AGE_FILE_KEY], const unsigned char nonce[NONCE])
{
    hkdf_sha256(c->key, file_key, AGE_FILE_KEY, nonce, NONCE, "payload");
    c->number = 0;
}

/* 11 bytes of number, big-endian, and one that marks the last. */
static void chunk_nonce(unsigned char nonce[AEAD_NONCE], uint64_t number, bool last)
{
    memset(nonce, 0, AEAD_NONCE);
    for (int i = 0; i < 8; i++)
        nonce[10 - i] = (unsigned char)(number >> 8 * i);
    nonce[11] = last;
}

/* ---- reading ---- */

struct reader {
    struct input *in;
    const char *piece; /* given by in and not taken yet */
    size_t npiece;
    struct chunks chunks;
    bool ended;
    unsigned char chunk[SEALED]; /* sealed, then in clear */
};

bool age_detect(struct input *in, bool *encrypted, struct error *err)
{
    static const char any_version[] = "age-encryption.org/";
    const char *head;
    size_t len;

    if (!input_peek(in, 64, &head, &len, err))
        return false;
    *encrypted = (len >= strlen(any_version) && memcmp(head, any_version, strlen(any_version)) == 0) || age_is_armor(head, len);
    return true;
}

/* Makes at least one byte ready; *more is false at the end. */
static bool refill(struct reader *r, bool *more, struct error *err)
{
    if (!r->npiece && !input_next(r->in, &r->piece, &r->npiece, err))
        return false;
    *more = r->npiece > 0;
    return true;
}

static bool take(struct reader *r, unsigned char *to, size_t want, size_t *got, struct error *err)
{
    bool more = true;

    for (*got = 0; *got < want && more;) {
        size_t len;

        if (!refill(r, &more, err))
            return false;
        len = r->npiece < want - *got ? r->npiece : want - *got;
        if (len)
            memcpy(to + *got, r->piece, len);
        r->piece += len;
        r->npiece -= len;
        *got += len;
    }
    return true;
}

static bool damaged(const struct reader *r, const char *how, struct error *err)
{
    error_set(err, STATUS_MALFORMED, "%s %s.", input_name(r->in), how);
    error_hint(err, "Fetch or write it again.");
    return false;
}

static bool open_chunk(struct reader *r, size_t len, bool last)
{
    unsigned char nonce[AEAD_NONCE];

    chunk_nonce(nonce, r->chunks.number, last);
    return aead_open(r->chunk, r->chunk, len, nonce, r->chunks.key);
}

static bool next_chunk(void *context, const char **bytes, size_t *len, struct error *err)
{
    struct reader *r = context;
    size_t got;
    bool more;

    *bytes = (const char *)r->chunk;
    *len = 0;
    if (r->ended)
        return true;
    if (!take(r, r->chunk, SEALED, &got, err) || !refill(r, &more, err))
        return false;
    r->ended = !more;
    if (got < AEAD_TAG || (got == AEAD_TAG && r->chunks.number))
        return damaged(r, "is cut short", err);
    if (!open_chunk(r, got, r->ended)) {
        bool cut = r->ended && open_chunk(r, got, false);

        return damaged(r, cut ? "is cut short" : "is damaged, or cut short: what is encrypted is not what was written", err);
    }
    r->chunks.number++;
    *len = got - AEAD_TAG;
    return true;
}

static void free_reader(void *context)
{
    struct reader *r = context;

    input_free(r->in);
    secret_free(r, sizeof *r);
}

/* Takes the header's text, line by line, up to and with its last one. */
static bool take_header(struct reader *r, struct buffer *text, struct error *err)
{
    size_t line = 0; /* where the last one begins */
    bool more;

    for (;;) {
        const char *end;
        size_t len;

        if (!refill(r, &more, err))
            return false;
        if (!more)
            return damaged(r, "is cut short: its age header has no end", err);
        end = memchr(r->piece, '\n', r->npiece);
        len = end ? (size_t)(end - r->piece) + 1 : r->npiece;
        if (text->len + len > AGE_HEADER_BYTES)
            return error_set(err, STATUS_MALFORMED, "%s has an age header of more than %zu KiB, the most that is taken.",
                             input_name(r->in), AGE_HEADER_BYTES >> 10);
        buffer_append(text, r->piece, len);
        r->piece += len;
        r->npiece -= len;
        if (!end)
            continue;
        if (text->len - line >= 3 && memcmp(text->data + line, "---", 3) == 0)
            return true;
        line = text->len;
    }
}

static bool check_version(const struct reader *r, const struct buffer *text, struct error *err)
{
    if (text->len >= strlen(AGE_VERSION) && memcmp(text->data, AGE_VERSION, strlen(AGE_VERSION)) == 0)
        return true;
    error_set(err, STATUS_MALFORMED, "%s is encrypted in a version of age's format that is not known.", input_name(r->in));
    error_hint(err, "Decrypt it with a newer age: age -d.");
    return false;
}

static bool begin(struct reader *r, const struct age_keys *keys, const struct limits *limits, struct error *err)
{
    unsigned char *file_key = secret_alloc(AGE_FILE_KEY);
    struct age_header header = {0};
    struct buffer text = BUFFER_INIT;
    unsigned char nonce[NONCE];
    size_t line, got;
    bool done = take_header(r, &text, err) && check_version(r, &text, err);

    if (done && !age_header_read(&header, text.data, text.len, &line))
        done = error_set(err, STATUS_MALFORMED, "%s is damaged: line %zu of its age header is malformed.", input_name(r->in),
                         line);
    done = done && age_unwrap(&header, text.data, input_name(r->in), keys, limits, file_key, err) &&
           take(r, nonce, NONCE, &got, err) && (got == NONCE || damaged(r, "is cut short", err));
    if (done)
        chunks_init(&r->chunks, file_key, nonce);
    secret_free(file_key, AGE_FILE_KEY);
    age_header_release(&header);
    buffer_release(&text);
    return done;
}

struct input *age_decrypt(struct input *in, const struct age_keys *keys, const struct limits *limits, struct error *err)
{
    struct reader *r = secret_alloc(sizeof *r);
    struct input *clear = NULL;
    const char *head;
    size_t len;

    r->in = in;
    if (!input_peek(in, 64, &head, &len, err))
        goto out;
    if (age_is_armor(head, len))
        r->in = age_armor_open(in);
    if (begin(r, keys, limits, err)) {
        clear = input_callback(input_name(in), next_chunk, r);
        input_own(clear, free_reader);
    }
out:
    if (!clear)
        free_reader(r);
    return clear;
}

/* ---- writing ---- */

struct writer {
    struct chunks chunks;
    size_t len;
    unsigned char chunk[SEALED]; /* in clear, then sealed */
};

static bool seal_chunk(struct writer *w, struct output *below, bool last, struct error *err)
{
    unsigned char nonce[AEAD_NONCE];
    size_t len = w->len;

    chunk_nonce(nonce, w->chunks.number++, last);
    aead_seal(w->chunk, w->chunk, len, nonce, w->chunks.key);
    w->len = 0;
    return output_write(below, w->chunk, len + AEAD_TAG, err);
}

/* A full chunk waits for what follows: only then it is not the last. */
static bool layer_write(void *context, struct output *below, const void *bytes, size_t len, struct error *err)
{
    struct writer *w = context;
    const char *from = bytes;

    while (len) {
        size_t piece;

        if (w->len == CHUNK && !seal_chunk(w, below, false, err))
            return false;
        piece = len < CHUNK - w->len ? len : CHUNK - w->len;
        memcpy(w->chunk + w->len, from, piece);
        w->len += piece;
        from += piece;
        len -= piece;
    }
    return true;
}

static bool layer_end(void *context, struct output *below, struct error *err)
{
    return seal_chunk(context, below, true, err);
}

static void layer_free(void *context)
{
    secret_free(context, sizeof(struct writer));
}

struct output *age_encrypt(struct output *out, const struct age_recipients *to, struct error *err)
{
    static const struct output_layer layer = {.write = layer_write, .end = layer_end, .free = layer_free};
    unsigned char *file_key = secret_alloc(AGE_FILE_KEY);
    struct writer *w = secret_alloc(sizeof *w);
    struct buffer head = BUFFER_INIT;
    unsigned char nonce[NONCE];
    bool done;

    random_bytes(file_key, AGE_FILE_KEY);
    random_bytes(nonce, sizeof nonce);
    chunks_init(&w->chunks, file_key, nonce);
    done = age_wrap(&head, to, file_key, err);
    buffer_append(&head, nonce, sizeof nonce);
    done = done && output_write(out, head.data, head.len, err);
    secret_free(file_key, AGE_FILE_KEY);
    buffer_release(&head);
    if (done)
        return output_over(out, &layer, w);
    layer_free(w);
    output_free(out);
    return NULL;
}
