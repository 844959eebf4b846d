#include "simulark/format/package.h"

#include <check.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *name;
    const char *bytes;
    size_t len;
    const char *container; /* NULL: refused */
    const char *message;
} contents[] = {
    {"a", BYTES("\x28\xB5\x2F\xFD...."), "ark", NULL},
    {"a", BYTES("\x1F\x8B\x08\0\0\0"), "tar.gz", NULL},
    {"a", BYTES("PK\3\4...."), "zip", NULL},
    {"a", BYTES("PK\5\6...."), "zip", NULL},
    {"a", BYTES("{\"simulark\":\"bundle\"}"), "json", NULL},
    {"a.json", BYTES("simulark: bundle\n"), "yaml", NULL},
    {"a", BYTES("simulark: bundle\nformat: 1\nkind: project\nprojects:\n  - name: a\n    description: \a bell\n"), "yaml", NULL},
    {"a.yaml", BYTES("{simulark: bundle}"), "yaml", NULL},
    {"a.yml", BYTES(" {simulark: bundle}"), "yaml", NULL},
    {"a", BYTES("\xEF\xBB\xBF \r\n\t{}"), "json", NULL},
    {"a.yaml", BYTES("{}"), "yaml", NULL},
    {"a.yaml", BYTES("{\r\n  \"simulark\": \"bundle\"}"), "json", NULL},
    {"a.yml.age", BYTES("{\"simulark\""), "json", NULL},
    {"a.yaml", BYTES("# {\n{\"simulark\": \"bundle\"}"), "yaml", NULL},
    {"a", BYTES("# caf\xC3\xA9\nsimulark: bundle\n"), "yaml", NULL},
    {"shop.ark", BYTES(""), NULL, "shop.ark is empty."},
    {"shop.ark", BYTES(" \n \n"), NULL, "shop.ark is empty."},
    {"a", BYTES("age-encryption.org/v1\n-> X25519 x\n"), NULL, "a is a file that is encrypted (age) once more;"},
    {"a", BYTES("-----BEGIN AGE ENCRYPTED FILE-----\n"), NULL, "a is a file that is encrypted (age) once more;"},
    {"a", BYTES("\xFD" "7zXZ\0\0\4"), NULL, "a is an xz file; simulark reads"},
    {"a", BYTES("BZh91AY&SY"), NULL, "a is a bzip2 file;"},
    {"a", BYTES("7z\xBC\xAF\x27\x1C\0\4"), NULL, "a is a 7z archive;"},
    {"a", BYTES("Rar!\x1A\x07\x01\0"), NULL, "a is a rar archive;"},
    {"a", BYTES("\x04\x22\x4D\x18...."), NULL, "a is an lz4 file;"},
    {"a", BYTES("\x89LZO\0\r\n\x1A\n"), NULL, "a is an lzop file;"},
    {"a", BYTES("PGDMP\1\16\0"), NULL, "a is a dump of pg_dump's;"},
    {"a", BYTES("\x7F" "ELF\2\1\1\0"), NULL, "a is no bundle: neither YAML, JSON nor an archive."},
    {"a.yaml", BYTES("x: \0y"), NULL, "a.yaml is no bundle: neither YAML, JSON nor an archive."},
};

START_TEST(contents_are_recognised)
{
    struct input *in = input_memory(contents[_i].name, contents[_i].bytes, contents[_i].len);
    struct error err = ERROR_INIT;
    enum container container;
    const char *bytes;
    size_t len;

    if (contents[_i].container) {
        ck_assert(container_detect(in, &container, &err));
        ck_assert_str_eq(container_name(container), contents[_i].container);
        /* Nothing is taken by looking. */
        ck_assert(input_next(in, &bytes, &len, &err));
        ck_assert_uint_eq(len, contents[_i].len);
    } else {
        ck_assert(!container_detect(in, &container, &err));
        ck_assert_int_eq(err.status, STATUS_MALFORMED);
        ck_assert_msg(strncmp(buffer_string(&err.message), contents[_i].message, strlen(contents[_i].message)) == 0, "%s",
                      buffer_string(&err.message));
    }
    error_release(&err);
    input_free(in);
}
END_TEST

START_TEST(tar_is_recognised)
{
    char block[512] = "bundle.json";
    struct input *in = input_memory("a", block, sizeof block);
    struct error err = ERROR_INIT;
    enum container container;

    memcpy(block + 257, "ustar", 5);
    ck_assert(container_detect(in, &container, &err));
    ck_assert_int_eq(container, CONTAINER_TAR);
    input_free(in);
}
END_TEST

static const struct {
    const char *path;
    const char *container; /* NULL: none */
} paths[] = {
    {"x.yaml", "yaml"},     {"x.yml", "yaml"},       {"x.json", "json"},          {"x.ark", "ark"},
    {"a/x.tar.zst", "ark"}, {"x.tar.gz", "tar.gz"},  {"x.TGZ", "tar.gz"},         {"x.tar", "tar"},
    {"x.zip", "zip"},       {"x/", "directory"},     {"x", "directory"},          {"a.b/x", "directory"},
    {"x.ark/", "directory"},{"../x", "directory"},   {".", "directory"},          {"..", "directory"},
    {".x", "directory"},    {"x.rar", NULL},         {"x.gz", NULL},              {"my.shop", NULL},
    {"x.ark.age", "ark"},   {"my.shop.ark", "ark"},  {"my.shop.tar.gz", "tar.gz"},
    {"x.yaml.AGE", "yaml"}, {"x.age", "directory"},  {"x.rar.age", NULL},         {".age", "directory"},
};

START_TEST(paths_tell_the_container)
{
    enum container container;

    if (!paths[_i].container) {
        ck_assert(!container_from_path(paths[_i].path, &container));
        return;
    }
    ck_assert(container_from_path(paths[_i].path, &container));
    ck_assert_str_eq(container_name(container), paths[_i].container);
}
END_TEST

START_TEST(names_are_known)
{
    enum container container;

    for (enum container c = CONTAINER_YAML; c <= CONTAINER_ZIP; c++) {
        ck_assert(container_from_name(container_name(c), &container));
        ck_assert_int_eq(container, c);
    }
    ck_assert(container_from_name("tar.zst", &container) && container == CONTAINER_TAR_ZSTD);
    ck_assert(container_from_name("tgz", &container) && container == CONTAINER_TAR_GZIP);
    ck_assert(!container_from_name("rar", &container));
    ck_assert(container_is_archive(CONTAINER_ZIP) && !container_is_archive(CONTAINER_FOLDER));
}
END_TEST

Suite *container_suite(void);
Suite *container_suite(void)
{
    Suite *suite = suite_create("container");
    TCase *tests = tcase_create("container");

    tcase_add_loop_test(tests, contents_are_recognised, 0, (int)(sizeof contents / sizeof *contents));
    tcase_add_test(tests, tar_is_recognised);
    tcase_add_loop_test(tests, paths_tell_the_container, 0, (int)(sizeof paths / sizeof *paths));
    tcase_add_test(tests, names_are_known);
    suite_add_tcase(suite, tests);
    return suite;
}
