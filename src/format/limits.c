#include "simulark/format/limits.h"

#include <stddef.h>
#include <string.h>

#define LARGEST ((uint64_t)1 << 50) /* sums of several stay far from overflow */

/* Names as docs/format.md and messages have them. */
static const struct {
    const char *name;
    size_t offset;
} all[] = {
    {"row_bytes", offsetof(struct limits, row_bytes)},     {"asset_bytes", offsetof(struct limits, asset_bytes)},
    {"entries", offsetof(struct limits, entries)},         {"expansion", offsetof(struct limits, expansion)},
    {"yaml_depth", offsetof(struct limits, yaml_depth)},   {"alias_bytes", offsetof(struct limits, alias_bytes)},
    {"scrypt_bytes", offsetof(struct limits, scrypt_bytes)},
};

#define COUNT (sizeof all / sizeof *all)

/* NULL: there is none of the name. */
static size_t *limit_named(struct limits *limits, const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strlen(all[i].name) == len && memcmp(all[i].name, name, len) == 0)
            return (size_t *)((char *)limits + all[i].offset);
    return NULL;
}

static void hint_names(struct error *err)
{
    struct buffer names = BUFFER_INIT;

    for (size_t i = 0; i < COUNT; i++)
        buffer_printf(&names, "%s%s", i == 0 ? "" : i + 1 < COUNT ? ", " : " and ", all[i].name);
    error_hint(err, "Limits are %s; for instance --limit row_bytes=512M.", buffer_string(&names));
    buffer_release(&names);
}

/* "100000", "64M": a whole number of 1 or more, with K, M or G for powers of 1,024. */
static bool read_value(const char *text, uint64_t *value)
{
    static const char suffixes[] = "KMG";
    const char *suffix = text + strspn(text, "0123456789");
    const char *known = *suffix ? strchr(suffixes, *suffix & ~0x20) : NULL;

    *value = 0;
    if (suffix == text || (*suffix && (!known || suffix[1])))
        return false;
    for (; text < suffix; text++) {
        *value = *value * 10 + (uint64_t)(*text - '0');
        if (*value > LARGEST)
            return false;
    }
    for (const char *power = suffixes; known && power <= known; power++) {
        *value *= 1024;
        if (*value > LARGEST)
            return false;
    }
    return *value > 0;
}

bool limits_set(struct limits *limits, const char *text, struct error *err)
{
    size_t len = strcspn(text, "=");
    size_t *limit = limit_named(limits, text, len);
    uint64_t value;

    if (!text[len]) {
        error_set(err, STATUS_USAGE, "--limit takes NAME=VALUE, not \"%s\".", text);
    } else if (!limit) {
        error_set(err, STATUS_USAGE, "There is no limit \"%.*s\".", (int)len, text);
    } else if (!read_value(text + len + 1, &value)) {
        error_set(err, STATUS_USAGE, "The limit %.*s must be a whole number from 1, with K, M or G behind it, not \"%s\".",
                  (int)len, text, text + len + 1);
    } else {
        *limit = (size_t)value;
        return true;
    }
    hint_names(err);
    return false;
}

bool limits_hint(struct error *err, const char *name)
{
    error_hint(err, "Where you know that this is meant, raise the limit: --limit %s=VALUE.", name);
    return false;
}
