#include "simulark/format/json_ids.h"

#include <string.h>

/* From behind the opening quote to the closing one. */
static const char *string_end(const char *p, const char *end)
{
    while (p < end && *p != '"')
        p += *p == '\\' && p + 1 < end ? 2 : 1;
    return p;
}

bool json_next_string(const char *text, size_t len, size_t *at, size_t *from, size_t *string_len)
{
    const char *end = text + len;

    for (const char *p = memchr(text + *at, '"', len - *at); p; p = memchr(text + *at, '"', len - *at)) {
        const char *to = string_end(p + 1, end);
        bool key = to + 1 < end && to[1] == ':';

        *at = to < end ? (size_t)(to + 1 - text) : len;
        *from = (size_t)(p + 1 - text);
        *string_len = (size_t)(to - p) - 1;
        if (!key)
            return true;
    }
    return false;
}

bool json_replace_ids(char *text, size_t len, const struct uuid_map *ids)
{
    bool changed = false;
    size_t at = 0;
    size_t from;
    size_t string_len;

    while (json_next_string(text, len, &at, &from, &string_len))
        if (string_len == UUID_TEXT && uuid_map_replace(ids, text + from))
            changed = true;
    return changed;
}
