#include "user_map.h"

#include "simulark/base/buffer.h"
#include "simulark/base/utf8.h"

#include <string.h>

#define LINE_MAX_BYTES 4096

struct map_reader {
    const char *name; /* of the file */
    struct buffer text; /* of the line, as far as it is read */
    int line;
    user_map_fn *pair;
    void *context;
};

/* Cuts the blanks off both ends of a text. */
static char *trim(char *text)
{
    size_t len;

    text += strspn(text, " \t\r");
    for (len = strlen(text); len && strchr(" \t\r", text[len - 1]); len--)
        ;
    text[len] = '\0';
    return text;
}

static bool refuse_line(const struct map_reader *r, struct error *err)
{
    return error_set(err, STATUS_FILE, "%s:%d: A line must be \"old,new\", each an id or an e-mail.", r->name, r->line);
}

/* In the first line a byte order mark is passed over. */
static bool end_line(struct map_reader *r, struct error *err)
{
    char *start;
    char *comma;

    if (strlen(buffer_string(&r->text)) != r->text.len)
        return refuse_line(r, err);
    start = r->text.data;
    if (r->line == 1)
        start += utf8_mark(start, r->text.len);
    start = trim(start);
    if (!*start || *start == '#' || (r->line == 1 && strncmp(start, "old,new", 7) == 0))
        return true;
    comma = strchr(start, ',');
    if (!comma || strchr(comma + 1, ','))
        return refuse_line(r, err);
    *comma = '\0';
    return r->pair(r->context, trim(start), trim(comma + 1), r->line, err);
}

static bool add_bytes(struct map_reader *r, const char *bytes, size_t len, struct error *err)
{
    for (size_t at = 0; at < len; at++) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t part = end ? (size_t)(end - bytes) - at : len - at;

        if (r->text.len + part > LINE_MAX_BYTES)
            return refuse_line(r, err);
        buffer_append(&r->text, bytes + at, part);
        at += part;
        if (!end)
            break;
        if (!end_line(r, err))
            return false;
        r->line++;
        buffer_clear(&r->text);
    }
    return true;
}

bool user_map_read(struct input *in, user_map_fn *pair, void *context, struct error *err)
{
    struct map_reader r = {.name = input_name(in), .line = 1, .pair = pair, .context = context};
    const char *bytes;
    size_t len = 1;
    bool ok = true;

    while (ok && len)
        ok = input_next(in, &bytes, &len, err) && add_bytes(&r, bytes, len, err);
    ok = ok && end_line(&r, err);
    buffer_release(&r.text);
    return ok;
}
