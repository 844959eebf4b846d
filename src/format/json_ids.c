#include "simulark/format/json_ids.h"

#include <string.h>

/* From behind the opening quote to the closing one. */
static char *string_end(char *p, const char *end)
{
    while (p < end && *p != '"')
        p += *p == '\\' && p + 1 < end ? 2 : 1;
    return p;
}

bool json_replace_ids(char *text, size_t len, const struct uuid_map *ids)
{
    const char *end = text + len;
    bool changed = false;

    for (char *p = memchr(text, '"', len); p; p = memchr(p, '"', (size_t)(end - p))) {
        char *from = p + 1;
        char *to = string_end(from, end);
        bool key = to + 1 < end && to[1] == ':';

        if (to - from == UUID_TEXT && !key && uuid_map_replace(ids, from))
            changed = true;
        p = to < end ? to + 1 : to;
    }
    return changed;
}
