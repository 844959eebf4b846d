#include "simulark/format/package_name.h"

#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/model/table.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_BYTES 512

static bool is_control(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0];

    return first < 0x20 || first == 0x7F || (len == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0);
}

bool package_name_is_safe(const char *name)
{
    size_t len = strlen(name);
    size_t start = 0;

    if (len == 0 || len > NAME_BYTES || utf8_check(name, len) != len || strchr(name, '\\'))
        return false;
    if ((name[0] | 0x20) >= 'a' && (name[0] | 0x20) <= 'z' && name[1] == ':')
        return false;
    for (size_t i = 0; i < len; i += utf8_length(name + i, len - i))
        if (is_control(name + i, utf8_length(name + i, len - i)))
            return false;
    while (start <= len) {
        size_t part = strcspn(name + start, "/");

        if (part == 0 || (part == 1 && name[start] == '.') || (part == 2 && memcmp(name + start, "..", 2) == 0))
            return false;
        start += part + 1;
    }
    return true;
}

static bool parse_data(struct package_name *name, const char *text)
{
    const char *slash = strchr(text, '/');
    size_t digits = slash ? strspn(slash + 1, "0123456789") : 0;
    const char *ending = slash ? slash + 1 + digits : NULL;

    if (digits != 6 || (strcmp(ending, ".jsonl") != 0 && strcmp(ending, ".yaml") != 0))
        return false;
    name->kind = PACKAGE_DATA;
    name->yaml = ending[1] == 'y';
    name->part = (unsigned)strtoul(slash + 1, NULL, 10);
    for (name->table = 0; name->table < TABLE_COUNT; name->table++) {
        const char *table = tables[name->table].name;

        if (strlen(table) == (size_t)(slash - text) && memcmp(table, text, strlen(table)) == 0)
            return true;
    }
    return false;
}

bool package_name_parse(struct package_name *name, const char *text)
{
    *name = (struct package_name){.text = text};
    if (strncmp(text, "data/", 5) == 0)
        return parse_data(name, text + 5);
    if (strcmp(text, "bundle.json") == 0)
        name->kind = PACKAGE_HEADER;
    else if (strcmp(text, "seal.json") == 0)
        name->kind = PACKAGE_SEAL;
    else if (strcmp(text, "seal.json.minisig") == 0)
        name->kind = PACKAGE_SIGNATURE;
    else if (strncmp(text, "assets/", 7) == 0)
        name->kind = PACKAGE_ASSET;
    else
        return false;
    return true;
}

bool package_name_is_folder(const char *text)
{
    return strcmp(text, "data") == 0 || strcmp(text, "assets") == 0 || strncmp(text, "assets/", 7) == 0 ||
           (strncmp(text, "data/", 5) == 0 && table_find(text + 5) != NULL);
}

static int compare_numbers(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

int package_name_compare(const struct package_name *a, const struct package_name *b)
{
    if (a->kind != b->kind)
        return compare_numbers(a->kind, b->kind);
    if (a->kind == PACKAGE_ASSET)
        return strcmp(a->text, b->text);
    if (a->kind != PACKAGE_DATA)
        return 0;
    if (a->table != b->table)
        return compare_numbers(a->table, b->table);
    if (a->part != b->part)
        return compare_numbers(a->part, b->part);
    return compare_numbers(a->yaml, b->yaml);
}

const char *package_name_show(struct buffer *b, const char *name)
{
    size_t len = strlen(name);

    buffer_clear(b);
    for (size_t i = 0; i < len && b->len < NAME_BYTES;) {
        size_t used = utf8_length(name + i, len - i);

        if (used && !is_control(name + i, used))
            buffer_append(b, name + i, used);
        else
            buffer_byte(b, '?');
        i += used ? used : 1;
    }
    return buffer_string(b);
}

void package_sequence_init(struct package_sequence *s, const char *container, const struct limits *limits)
{
    *s = (struct package_sequence){.container = container, .limits = limits};
}

static int compare_ignoring_case(const void *a, const void *b)
{
    return strcasecmp(a, b);
}

/* Where asset A and a come on a disk that ignores case, one would overwrite the other. */
static bool add_asset(struct package_sequence *s, const char *text, struct error *err)
{
    char *copy = mem_strdup(text);
    char *const *found = tsearch(copy, &s->assets, compare_ignoring_case);

    if (!found)
        mem_run_out();
    if (*found == copy)
        return true;
    error_set(err, STATUS_MALFORMED, "%s: entry %s is there twice, the other time as %s.", s->container, text, *found);
    free(copy);
    return false;
}

static bool no_header(const struct package_sequence *s, struct error *err)
{
    return error_set(err, STATUS_MALFORMED, "%s is no bundle: it has no bundle.json.", s->container);
}

static bool check_place(const struct package_sequence *s, const struct package_name *name, struct error *err)
{
    bool same_table = s->count && s->last.kind == PACKAGE_DATA && name->kind == PACKAGE_DATA && s->last.table == name->table;
    int order = s->count ? package_name_compare(&s->last, name) : -1;

    if (!s->count && name->kind != PACKAGE_HEADER)
        return no_header(s, err);
    if (order == 0)
        return error_set(err, STATUS_MALFORMED, "%s: entry %s is there twice.", s->container, name->text);
    if (order > 0) {
        error_set(err, STATUS_MALFORMED, "%s: entry %s stands after %s, which it must precede.", s->container, name->text,
                  s->last.text);
        error_hint(err, "Unpack it into a folder, and pack that as a whole with tar, zip or simulark convert.");
        return false;
    }
    if (name->kind != PACKAGE_DATA)
        return true;
    if (same_table && s->last.yaml != name->yaml)
        return error_set(err, STATUS_MALFORMED, "%s: entry %s is of another encoding than the part before it, %s.",
                         s->container, name->text, s->last.text);
    if (name->part != (same_table ? s->last.part + 1 : 1))
        return error_set(err, STATUS_MALFORMED, "%s: a part is missing before entry %s.", s->container, name->text);
    return true;
}

bool package_sequence_fits(const struct package_sequence *s, const struct package_name *name, int64_t bytes, struct error *err)
{
    if (name->kind == PACKAGE_DATA || bytes <= (int64_t)s->limits->asset_bytes)
        return true;
    error_set(err, STATUS_MALFORMED, "%s: entry %s has %lld bytes; at most %zu are taken (limit asset_bytes).", s->container,
              name->text, (long long)bytes, s->limits->asset_bytes);
    return limits_hint(err, "asset_bytes");
}

bool package_sequence_add(struct package_sequence *s, const struct package_name *name, int64_t bytes, struct error *err)
{
    if (!check_place(s, name, err))
        return false;
    if (s->count == s->limits->entries)
        return error_set(err, STATUS_MALFORMED, "%s has more than %zu entries (limit entries).", s->container,
                         s->limits->entries) || limits_hint(err, "entries");
    if (!package_sequence_fits(s, name, bytes, err))
        return false;
    if (name->kind == PACKAGE_ASSET && !add_asset(s, name->text, err))
        return false;
    s->count++;
    buffer_clear(&s->last_text);
    buffer_text(&s->last_text, name->text);
    s->last = *name;
    s->last.text = buffer_string(&s->last_text);
    return true;
}

bool package_sequence_end(const struct package_sequence *s, struct error *err)
{
    return s->count || no_header(s, err);
}

void package_sequence_release(struct package_sequence *s)
{
    tdestroy(s->assets, free);
    buffer_release(&s->last_text);
    *s = (struct package_sequence){0};
}
