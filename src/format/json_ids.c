#include "simulark/format/json_ids.h"

#include <string.h>

/* From behind the opening quote to the closing one. */
static char *string_end(char *p, const char *end)
{
    while (p < end && *p != '"')
        p += *p == '\\' && p + 1 < end ? 2 : 1;
    return p;
}

static bool is_canonical(const char *text)
{
    return text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
}

static bool replace(char *text, const struct uuid_map *ids)
{
    char form[UUID_TEXT + 1];
    const struct uuid *other;
    struct uuid id;

    if (!is_canonical(text) || !uuid_parse(&id, text, UUID_TEXT))
        return false;
    other = uuid_map_get(ids, &id);
    if (!other)
        return false;
    uuid_format(other, form);
    memcpy(text, form, UUID_TEXT);
    return true;
}

bool json_replace_ids(char *text, size_t len, const struct uuid_map *ids)
{
    const char *end = text + len;
    bool changed = false;

    for (char *p = memchr(text, '"', len); p; p = memchr(p, '"', (size_t)(end - p))) {
        char *from = p + 1;
        char *to = string_end(from, end);
        bool key = to + 1 < end && to[1] == ':';

        if (to - from == UUID_TEXT && !key && replace(from, ids))
            changed = true;
        p = to < end ? to + 1 : to;
    }
    return changed;
}
