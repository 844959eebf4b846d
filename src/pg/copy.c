#include "simulark/pg/copy.h"

#include "simulark/base/eight.h"
#include "simulark/base/memory.h"

#include <stdlib.h>

/* The letter behind a backslash for a byte that COPY escapes; 0 for all others. */
static const char escapes[256] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                  ['\t'] = 't', ['\v'] = 'v', ['\\'] = '\\'};

static char unescape(char letter)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return letter;
    }
}

/* One field's cell. text has room for the whole line, so it never moves. */
static struct cell take_field(struct buffer *text, const char *field, size_t len)
{
    const char *backslash = memchr(field, '\\', len);
    char *start = text->data + text->len;
    char *to = start;

    if (!backslash)
        return (struct cell){field, len};
    if (len == 2 && field[1] == 'N')
        return (struct cell){NULL, 0};
    for (const char *from = field, *end = field + len; from < end;) {
        size_t plain = backslash ? (size_t)(backslash - from) : (size_t)(end - from);

        memcpy(to, from, plain);
        to += plain;
        from += plain;
        if (from + 1 < end) {
            *to++ = unescape(from[1]);
            from += 2;
        } else if (from < end) {
            *to++ = *from++;
        }
        backslash = from < end ? memchr(from, '\\', (size_t)(end - from)) : NULL;
    }
    text->len = (size_t)(to - text->data);
    return (struct cell){start, (size_t)(to - start)};
}

bool copy_split(struct copy_splitter *s, const char *line, size_t len, size_t ncells, struct row *row)
{
    bool whole = len > 0 && line[len - 1] == '\n';
    const char *at = line;
    const char *end = line + len - (whole ? 1 : 0);

    s->cells = mem_grow(s->cells, &s->capacity, ncells, sizeof *s->cells);
    buffer_clear(&s->text);
    buffer_reserve(&s->text, len + 1);
    for (size_t i = 0; i < ncells; i++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const char *field_end = tab ? tab : end;

        if ((i + 1 < ncells) != (tab != NULL))
            return false;
        s->cells[i] = take_field(&s->text, at, (size_t)(field_end - at));
        at = field_end + 1;
    }
    *row = (struct row){.cells = s->cells, .ncells = ncells, .copy = whole ? line : NULL, .copy_len = whole ? len : 0};
    return true;
}

void copy_splitter_release(struct copy_splitter *s)
{
    free(s->cells);
    buffer_release(&s->text);
    *s = (struct copy_splitter){0};
}

/* A set high bit for the first byte that is a control character or a backslash; every other stands for itself. */
static uint64_t specials(const char *eight_bytes)
{
    uint64_t eight = eight_load(eight_bytes);

    return eight_below(eight, 0x20) | eight_equal(eight, '\\');
}

/* How many bytes at the beginning stand for themselves. */
static size_t plain_length(const char *text, size_t len)
{
    size_t at = 0;
    uint64_t found = 0;

    if (len < 8) {
        while (at < len && (unsigned char)text[at] >= 0x20 && text[at] != '\\')
            at++;
        return at;
    }
    for (; !found && len - at >= 8; at += found ? eight_first(found) : 8)
        found = specials(text + at);
    if (found || at == len)
        return at;
    found = specials(text + len - 8); /* the rest, by the last eight: those before it are plain */
    return found ? len - 8 + eight_first(found) : len;
}

static void append_cell(struct buffer *out, const struct cell *cell)
{
    const char *at = cell->text;
    size_t left = cell->len;
    size_t plain;

    if (!at) {
        buffer_append(out, "\\N", 2);
        return;
    }
    while ((plain = plain_length(at, left)) < left) {
        char letter = escapes[(unsigned char)at[plain]];

        buffer_append(out, at, plain);
        if (letter)
            buffer_byte(out, '\\');
        buffer_byte(out, letter ? letter : at[plain]);
        at += plain + 1;
        left -= plain + 1;
    }
    buffer_append(out, at, left);
}

void copy_append(struct buffer *out, const struct row *row)
{
    for (size_t i = 0; i < row->ncells; i++) {
        if (i)
            buffer_byte(out, '\t');
        append_cell(out, &row->cells[i]);
    }
    buffer_byte(out, '\n');
}
