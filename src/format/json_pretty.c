#include "simulark/format/json.h"

#define WIDTH 80      /* bytes of a line that is not made longer by breaking less */
#define MAX_LEVELS 32 /* that are broken: each adds two spaces to every line within it */

static void new_line(struct buffer *out, size_t *line, size_t indent)
{
    buffer_reserve(out, indent + 1);
    out->data[out->len++] = '\n';
    *line = out->len;
    memset(out->data + out->len, ' ', indent);
    out->len += indent;
}

/* Where the line begins that `out` ends with, unless that is too far back to matter. */
static size_t line_start(const struct buffer *out)
{
    size_t at = out->len;

    while (at && out->len - at < WIDTH && out->data[at - 1] != '\n')
        at--;
    return at;
}

/* The length of the string, object or array at p; 0 where it does not end before `end`. */
static size_t whole(const char *p, const char *end)
{
    struct json_extent extent = {0};
    size_t len = json_extent_feed(&extent, p, (size_t)(end - p));

    return extent.complete ? len : 0;
}

/* How much of the text from p on goes out as it stands: a container that fits in what is left of the line, a string, a
 * number. 0: a container that has to be broken. */
static size_t unbroken(const char *p, const char *end, size_t room, size_t level)
{
    const char *near = (size_t)(end - p) > room ? p + room : end;
    const char *from = p;

    switch (*p) {
    case '{':
    case '[':
        if (end - p >= 2 && (p[1] == '}' || p[1] == ']'))
            return 2;
        return whole(p, level < MAX_LEVELS ? near : end);
    case '"': return whole(p, end);
    default: break;
    }
    while (p < end && *p != '"' && *p != ',' && *p != '{' && *p != '}' && *p != '[' && *p != ']')
        p++;
    return (size_t)(p - from);
}

void json_append_pretty(struct buffer *out, const char *canonical, size_t len, size_t indent)
{
    const char *p = canonical;
    const char *end = canonical + len;
    size_t line = line_start(out);
    size_t level = 0;

    while (p < end) {
        size_t used = out->len - line + 1; /* a comma may follow */
        size_t run;

        switch (*p) {
        case ',':
            buffer_byte(out, *p++);
            new_line(out, &line, indent + 2 * level);
            while (p < end && *p == ' ')
                p++;
            continue;
        case '}':
        case ']':
            level--;
            new_line(out, &line, indent + 2 * level);
            buffer_byte(out, *p++);
            continue;
        default: break;
        }
        run = unbroken(p, end, used < WIDTH ? WIDTH - used : 0, level);
        buffer_append(out, p, run);
        p += run;
        if (!run) {
            level++;
            buffer_byte(out, *p++);
            new_line(out, &line, indent + 2 * level);
        }
    }
}
