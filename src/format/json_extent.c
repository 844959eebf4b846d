#include "json_string.h"
#include "simulark/format/json.h"

static inline bool is_bracket_or_quote(char c)
{
    return c == '"' || c == '[' || c == ']' || c == '{' || c == '}';
}

/* From inside a string to behind its end, or to the end of the text. */
static const char *skip_string(struct json_extent *extent, const char *p, const char *end)
{
    while (p < end) {
        if (extent->escaped) {
            extent->escaped = false;
            p++;
            continue;
        }
        p = json_skip_plain(p, end, false);
        if (p == end)
            break;
        extent->escaped = *p == '\\';
        if (*p++ == '"') {
            extent->in_string = false;
            break;
        }
    }
    return p;
}

static size_t feed_scalar(struct json_extent *extent, const char *text, size_t len)
{
    size_t at = 0;

    while (at < len && !json_is_space(text[at]) && text[at] != ',' && text[at] != ':' && !is_bracket_or_quote(text[at]))
        at++;
    extent->complete = at < len;
    return at;
}

size_t json_extent_feed(struct json_extent *extent, const char *text, size_t len)
{
    const char *p = text;
    const char *end = text + len;

    if (!extent->started && len) {
        extent->started = true;
        extent->scalar = *p != '"' && *p != '{' && *p != '[';
    }
    if (extent->scalar)
        return feed_scalar(extent, text, len);
    while (p < end && !extent->complete) {
        if (extent->in_string) {
            p = skip_string(extent, p, end);
        } else {
            while (p < end && !is_bracket_or_quote(*p))
                p++;
            if (p == end)
                break;
            extent->in_string = *p == '"';
            if (*p == '{' || *p == '[')
                extent->depth++;
            else if (*p != '"')
                extent->depth--;
            p++;
        }
        extent->complete = !extent->in_string && extent->depth == 0;
    }
    return (size_t)(p - text);
}
