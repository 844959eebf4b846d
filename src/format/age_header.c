#include "age_header.h"

#include "simulark/base/base64.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 64 /* of a stanza's body; a shorter line ends it */
#define MAC_TEXT 43
#define ARGUMENTS 3 /* the most that a kind we know has */

struct cursor {
    const char *text;
    size_t left;
    size_t line; /* the one taken last */
};

struct word {
    const char *text;
    size_t len;
};

void age_base64_append(struct buffer *out, const void *bytes, size_t len)
{
    base64_append(out, bytes, len);
    while (out->len && out->data[out->len - 1] == '=')
        out->len--;
}

/* Takes exactly len bytes in their one canonical form. */
static bool base64_read(const char *text, size_t text_len, void *bytes, size_t len)
{
    struct buffer padded = BUFFER_INIT;
    struct buffer decoded = BUFFER_INIT;
    struct buffer again = BUFFER_INIT;
    bool done = text_len == (len * 4 + 2) / 3 && !memchr(text, '=', text_len);

    if (!len)
        return done;
    if (done) {
        buffer_append(&padded, text, text_len);
        while (padded.len % 4)
            buffer_byte(&padded, '=');
        done = base64_decode(&decoded, padded.data, padded.len) && decoded.len == len;
    }
    if (done) {
        age_base64_append(&again, decoded.data, decoded.len);
        done = again.len == text_len && memcmp(again.data, text, text_len) == 0;
    }
    if (done)
        memcpy(bytes, decoded.data, len);
    buffer_release(&padded);
    buffer_release(&decoded);
    buffer_release(&again);
    return done;
}

/* ---- reading ---- */

static bool take_line(struct cursor *c, struct word *line)
{
    const char *end = c->left ? memchr(c->text, '\n', c->left) : NULL;

    c->line++;
    if (!end)
        return false;
    *line = (struct word){c->text, (size_t)(end - c->text)};
    c->left -= line->len + 1;
    c->text = end + 1;
    return true;
}

static bool word_is(const struct word *word, const char *text)
{
    return word->len == strlen(text) && memcmp(word->text, text, word->len) == 0;
}

/* Cuts the arguments apart: one or more, of visible ASCII, one space between two. Counts them all, keeps the first. */
static bool split(const struct word *line, struct word arguments[ARGUMENTS], size_t *count)
{
    const char *at = line->text + 3;
    const char *end = line->text + line->len;

    *count = 0;
    if (line->len < 4 || memcmp(line->text, "-> ", 3) != 0)
        return false;
    for (;;) {
        const char *start = at;

        while (at < end && *at > ' ' && *at < 0x7f)
            at++;
        if (at == start)
            return false;
        if (*count < ARGUMENTS)
            arguments[*count] = (struct word){start, (size_t)(at - start)};
        ++*count;
        if (at == end)
            return true;
        if (*at++ != ' ')
            return false;
    }
}

/* The body's characters without its line ends, checked one line at a time. */
static bool take_body(struct cursor *c, struct buffer *body)
{
    unsigned char bytes[COLUMNS * 3 / 4];
    struct word line;

    do {
        if (!take_line(c, &line) || line.len > COLUMNS || line.len % 4 == 1 ||
            !base64_read(line.text, line.len, bytes, line.len * 3 / 4))
            return false;
        buffer_append(body, line.text, line.len);
    } while (line.len == COLUMNS);
    return true;
}

/* 1 to 99 without a zero in front. */
static bool read_work(const struct word *word, unsigned *log2_n)
{
    *log2_n = 0;
    if (word->len < 1 || word->len > 2 || word->text[0] == '0')
        return false;
    for (size_t i = 0; i < word->len; i++) {
        if (word->text[i] < '0' || word->text[i] > '9')
            return false;
        *log2_n = *log2_n * 10 + (unsigned)(word->text[i] - '0');
    }
    return true;
}

static bool take_known(struct age_header *header, const struct word *arguments, size_t count, const struct buffer *body)
{
    struct age_stanza stanza = {.kind = AGE_X25519};

    if (word_is(&arguments[0], "X25519")) {
        if (count != 2 || !base64_read(arguments[1].text, arguments[1].len, stanza.with, 32))
            return false;
    } else if (word_is(&arguments[0], "scrypt")) {
        stanza.kind = AGE_SCRYPT;
        if (count != 3 || !base64_read(arguments[1].text, arguments[1].len, stanza.with, 16) ||
            !read_work(&arguments[2], &stanza.log2_n))
            return false;
    } else {
        return true;
    }
    if (!base64_read(body->data, body->len, stanza.body, sizeof stanza.body))
        return false;
    header->stanzas = mem_grow(header->stanzas, &header->capacity, header->count + 1, sizeof *header->stanzas);
    header->stanzas[header->count++] = stanza;
    return true;
}

static bool take_stanza(struct age_header *header, struct cursor *c, const struct word *line)
{
    struct word arguments[ARGUMENTS];
    struct buffer body = BUFFER_INIT;
    size_t count;
    bool done = split(line, arguments, &count) && take_body(c, &body);

    buffer_reserve(&body, 1);
    done = done && take_known(header, arguments, count, &body);
    header->all++;
    buffer_release(&body);
    return done;
}

static bool is_mac(const struct word *line)
{
    return line->len >= 3 && memcmp(line->text, "---", 3) == 0;
}

/* Who can open a file with a passphrase could not have been given it by anybody else. */
static bool scrypt_is_alone(const struct age_header *header)
{
    for (size_t i = 0; i < header->count; i++)
        if (header->stanzas[i].kind == AGE_SCRYPT && header->all > 1)
            return false;
    return true;
}

bool age_header_read(struct age_header *header, const char *text, size_t len, size_t *line_number)
{
    struct cursor c = {text, len, 0};
    struct word line;
    bool done = take_line(&c, &line) && line.len + 1 == strlen(AGE_VERSION) && memcmp(line.text, AGE_VERSION, line.len) == 0;

    while (done && (done = take_line(&c, &line)) && !is_mac(&line))
        done = take_stanza(header, &c, &line);
    if (done) {
        header->covered = (size_t)(line.text - text) + 3;
        done = line.len == 4 + MAC_TEXT && line.text[3] == ' ' &&
               base64_read(line.text + 4, MAC_TEXT, header->mac, HMAC_BYTES) && c.left == 0 && header->all > 0 &&
               scrypt_is_alone(header);
    }
    *line_number = c.line;
    return done;
}

void age_header_release(struct age_header *header)
{
    free(header->stanzas);
    *header = (struct age_header){0};
}
