#include "age_armor.h"

#include "simulark/base/base64.h"
#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define END "-----END AGE ENCRYPTED FILE-----"
#define COLUMNS 64
#define LINE_BYTES 4096 /* the longest line that is looked at */
#define AT_ONCE ((size_t)48 << 10) /* bytes that are given in one run */

struct armor {
    struct input *in;
    const char *piece; /* given by in and not taken yet */
    size_t npiece;
    bool begun, short_line, ended;
    struct buffer line;
    struct buffer out;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool age_is_armor(const char *head, size_t len)
{
    while (len && is_space(*head)) {
        head++;
        len--;
    }
    return len >= strlen(BEGIN) && memcmp(head, BEGIN, strlen(BEGIN)) == 0;
}

static bool malformed(const struct armor *a, struct error *err)
{
    return error_set(err, STATUS_MALFORMED, "%s is damaged: its age armor is malformed, or cut short.", input_name(a->in));
}

/* The next line without its end; *more is false where there is none. */
static bool take_line(struct armor *a, bool *more, struct error *err)
{
    bool any = false;

    buffer_clear(&a->line);
    for (*more = true;;) {
        const char *end;
        size_t len;

        if (!a->npiece && !input_next(a->in, &a->piece, &a->npiece, err))
            return false;
        *more = any || a->npiece > 0;
        if (!a->npiece)
            break;
        any = true;
        end = memchr(a->piece, '\n', a->npiece);
        len = end ? (size_t)(end - a->piece) : a->npiece;
        if (a->line.len + len > LINE_BYTES)
            return malformed(a, err);
        buffer_append(&a->line, a->piece, len);
        a->piece += len + (end != NULL);
        a->npiece -= len + (end != NULL);
        if (end)
            break;
    }
    if (a->line.len && a->line.data[a->line.len - 1] == '\r')
        a->line.len--;
    return true;
}

static bool line_is(const struct armor *a, const char *text)
{
    return a->line.len == strlen(text) && memcmp(a->line.data, text, a->line.len) == 0;
}

static bool is_blank(const struct armor *a)
{
    for (size_t i = 0; i < a->line.len; i++)
        if (!is_space(a->line.data[i]))
            return false;
    return true;
}

static bool find_begin(struct armor *a, struct error *err)
{
    bool more;

    do
        if (!take_line(a, &more, err))
            return false;
    while (more && is_blank(a));
    while (a->line.len && is_space(a->line.data[0])) {
        memmove(a->line.data, a->line.data + 1, a->line.len - 1);
        a->line.len--;
    }
    a->begun = line_is(a, BEGIN);
    return a->begun || malformed(a, err);
}

/* Only white space may follow. */
static bool check_end(struct armor *a, struct error *err)
{
    bool more = true;

    a->ended = true;
    while (more)
        if (!take_line(a, &more, err) || !is_blank(a))
            return malformed(a, err);
    return true;
}

/* All lines but the last are full; the text of each must be the one that its bytes are written as. */
static bool decode_line(struct armor *a, struct error *err)
{
    struct buffer again = BUFFER_INIT;
    size_t before = a->out.len;
    bool good = a->line.len && a->line.len <= COLUMNS && !a->short_line && base64_decode(&a->out, a->line.data, a->line.len);

    a->short_line = a->line.len < COLUMNS || (a->line.len && a->line.data[a->line.len - 1] == '=');
    if (good) {
        base64_append(&again, a->out.data + before, a->out.len - before);
        good = again.len == a->line.len && memcmp(again.data, a->line.data, again.len) == 0;
    }
    buffer_release(&again);
    return good || malformed(a, err);
}

static bool next_run(void *context, const char **bytes, size_t *len, struct error *err)
{
    struct armor *a = context;
    bool more;

    buffer_clear(&a->out);
    if (!a->begun && !find_begin(a, err))
        return false;
    while (!a->ended && a->out.len < AT_ONCE) {
        if (!take_line(a, &more, err))
            return false;
        if (!more)
            return malformed(a, err);
        if (line_is(a, END) ? !check_end(a, err) : !decode_line(a, err))
            return false;
    }
    *bytes = a->out.len ? a->out.data : "";
    *len = a->out.len;
    return true;
}

static void free_armor(void *context)
{
    struct armor *a = context;

    input_free(a->in);
    buffer_release(&a->line);
    buffer_release(&a->out);
    free(a);
}

struct input *age_armor_open(struct input *in)
{
    struct armor *a = mem_alloc(sizeof *a);
    struct input *bytes = input_callback(input_name(in), next_run, a);

    a->in = in;
    input_own(bytes, free_armor);
    return bytes;
}
