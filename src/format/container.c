#include "simulark/base/utf8.h"
#include "simulark/format/package.h"

#include <string.h>
#include <strings.h>

#define HEAD 4096     /* bytes that are looked at */
#define BEGINNING 64  /* of them, which tell whether it is text */

static const struct {
    const char *name;
    enum container container;
} names[] = {
    /* The first of each is the one in reports. */
    {"yaml", CONTAINER_YAML},          {"json", CONTAINER_JSON},        {"directory", CONTAINER_FOLDER},
    {"ark", CONTAINER_TAR_ZSTD},       {"tar.gz", CONTAINER_TAR_GZIP},  {"tar", CONTAINER_TAR},
    {"zip", CONTAINER_ZIP},            {"yml", CONTAINER_YAML},         {"tar.zst", CONTAINER_TAR_ZSTD},
    {"tzst", CONTAINER_TAR_ZSTD},      {"tgz", CONTAINER_TAR_GZIP},     {"folder", CONTAINER_FOLDER},
};

#define NNAMES (sizeof names / sizeof *names)

struct magic {
    const char *bytes;
    size_t len;
    size_t offset;
    const char *what;
};

#define MAGIC(offset, bytes, what) {bytes, sizeof(bytes) - 1, offset, what}

/* Files people might take for a bundle. */
static const struct magic others[] = {
    MAGIC(0, "\xFD" "7zXZ\0", "an xz file"),
    MAGIC(0, "BZh", "a bzip2 file"),
    MAGIC(0, "7z\xBC\xAF\x27\x1C", "a 7z archive"),
    MAGIC(0, "Rar!\x1A\x07", "a rar archive"),
    MAGIC(0, "\x04\x22\x4D\x18", "an lz4 file"),
    MAGIC(0, "\x02\x21\x4C\x18", "an lz4 file"),
    MAGIC(0, "\x89LZO\0\r\n", "an lzop file"),
    MAGIC(0, "LZIP", "an lzip file"),
    MAGIC(0, "LRZI", "an lrzip file"),
    MAGIC(0, "\x5D\0\0", "an lzma file"),
    MAGIC(0, "\x1F\x9D", "a compress (.Z) file"),
    MAGIC(0, "MSCF", "a cab archive"),
    MAGIC(2, "-lh", "an lha archive"),
    MAGIC(0, "xar!", "a xar archive"),
    MAGIC(0, "!<arch>\n", "an ar archive"),
    MAGIC(0, "070701", "a cpio archive"),
    MAGIC(0, "070702", "a cpio archive"),
    MAGIC(0, "070707", "a cpio archive"),
    MAGIC(0, "PK\7\x08", "a part of a split zip archive"),
    MAGIC(0, "PGDMP", "a dump of pg_dump's"),
    MAGIC(0, "age-encryption.org/", "a file that is encrypted (age) once more"),
    MAGIC(0, "-----BEGIN AGE ENCRYPTED FILE-----", "a file that is encrypted (age) once more"),
    MAGIC(0, "SQLite format 3\0", "an SQLite database"),
    MAGIC(0, "\xFF\xFE", "text in UTF-16"),
    MAGIC(0, "\xFE\xFF", "text in UTF-16"),
};

static bool matches(const struct magic *m, const char *head, size_t len)
{
    return len >= m->offset + m->len && memcmp(head + m->offset, m->bytes, m->len) == 0;
}

const char *container_name(enum container container)
{
    for (size_t i = 0; i < NNAMES; i++)
        if (names[i].container == container)
            return names[i].name;
    return "unknown";
}

bool container_is_archive(enum container container)
{
    return container == CONTAINER_TAR || container == CONTAINER_TAR_ZSTD || container == CONTAINER_TAR_GZIP ||
           container == CONTAINER_ZIP;
}

bool container_from_name(const char *name, enum container *container)
{
    for (size_t i = 0; i < NNAMES; i++) {
        if (strcasecmp(name, names[i].name) == 0) {
            *container = names[i].container;
            return true;
        }
    }
    return false;
}

/* Whether the first len characters of text end in a dot and ending, with something before it. */
static bool ends_in(const char *text, size_t len, const char *ending)
{
    size_t n = strlen(ending);

    return len > n + 1 && text[len - n - 1] == '.' && strncasecmp(text + len - n, ending, n) == 0;
}

/* The length of a name without the ending that encrypted files have. */
static size_t length_in_clear(const char *name)
{
    size_t len = strlen(name);

    return path_is_encrypted(name) ? len - strlen(".age") : len;
}

bool path_is_encrypted(const char *path)
{
    return ends_in(path, strlen(path), "age");
}

bool container_from_path(const char *path, enum container *container)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t len = length_in_clear(base);

    for (size_t i = 0; i < NNAMES; i++) {
        if (names[i].container != CONTAINER_FOLDER && ends_in(base, len, names[i].name)) {
            *container = names[i].container;
            return true;
        }
    }
    *container = CONTAINER_FOLDER;
    return len == 0 || !memchr(base + strspn(base, "."), '.', len > strspn(base, ".") ? len - strspn(base, ".") : 0);
}

/* By the first bytes alone: what stands wrongly in a text further on, its reader refuses with the place. */
static bool is_binary(const char *head, size_t len)
{
    if (len > BEGINNING)
        len = BEGINNING;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)head[i] < ' ' && !strchr("\t\n\f\r", head[i]))
            return true;
    return memchr(head, '\0', len) != NULL;
}

static size_t skip_space(const char *text, size_t len, size_t at)
{
    while (at < len && strchr(" \t\r\n", text[at]))
        at++;
    return at;
}

static bool detect_document(const char *name, const char *head, size_t len, enum container *container, struct error *err)
{
    size_t at = utf8_mark(head, len);
    size_t nname = length_in_clear(name);
    bool yaml = ends_in(name, nname, "yaml") || ends_in(name, nname, "yml");
    bool json;

    if (is_binary(head, len)) {
        error_set(err, STATUS_MALFORMED, "%s is no bundle: neither YAML, JSON nor an archive.", name);
        error_hint(err, "simulark reads .yaml, .json, .ark, .tar.zst, .tar.gz, .tar and .zip.");
        return false;
    }
    at = skip_space(head, len, at);
    if (at == len && len < HEAD)
        return error_set(err, STATUS_MALFORMED, "%s is empty.", name);
    /* JSON that is called YAML: people seldom quote the keys of a YAML mapping in braces, and programs always do. */
    json = at < len && head[at] == '{';
    if (json && yaml) {
        at = skip_space(head, len, at + 1);
        json = at < len && head[at] == '"';
    }
    *container = json ? CONTAINER_JSON : CONTAINER_YAML;
    return true;
}

bool container_detect(struct input *in, enum container *container, struct error *err)
{
    static const struct magic archives[] = {
        [CONTAINER_TAR] = MAGIC(257, "ustar", NULL),
        [CONTAINER_TAR_ZSTD] = MAGIC(0, "\x28\xB5\x2F\xFD", NULL),
        [CONTAINER_TAR_GZIP] = MAGIC(0, "\x1F\x8B", NULL),
        [CONTAINER_ZIP] = MAGIC(0, "PK\3\4", NULL),
    };
    static const struct magic empty_zip = MAGIC(0, "PK\5\6", NULL);
    const char *name = input_name(in);
    const char *head;
    size_t len;

    if (!input_peek(in, HEAD, &head, &len, err))
        return false;
    for (size_t i = CONTAINER_TAR; i <= CONTAINER_ZIP; i++) {
        if (matches(&archives[i], head, len)) {
            *container = (enum container)i;
            return true;
        }
    }
    if (matches(&empty_zip, head, len)) {
        *container = CONTAINER_ZIP;
        return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (matches(&others[i], head, len))
            return error_set(err, STATUS_MALFORMED, "%s is %s; simulark reads YAML, JSON, tar with zstd or gzip, and zip.",
                             name, others[i].what);
    return detect_document(name, head, len, container, err);
}
