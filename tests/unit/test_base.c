#include "simulark/base/buffer.h"
#include "simulark/base/digest.h"
#include "simulark/base/error.h"
#include "simulark/base/hex.h"
#include "simulark/base/utf8.h"
#include "simulark/base/uuid.h"
#include "simulark/base/uuid_set.h"

#include <check.h>

START_TEST(buffer_keeps_what_is_appended)
{
    struct buffer b = BUFFER_INIT;

    ck_assert_str_eq(buffer_string(&b), "");
    for (int i = 0; i < 1000; i++)
        buffer_printf(&b, "%d,", i);
    ck_assert_uint_eq(b.len, 3890);
    ck_assert(strncmp(b.data, "0,1,2,", 6) == 0);
    ck_assert_str_eq(buffer_string(&b) + b.len - 4, "999,");
    buffer_release(&b);
}
END_TEST

START_TEST(first_error_wins)
{
    struct error err = ERROR_INIT;

    ck_assert(!error_set(&err, STATUS_CONFLICT, "The first %d.", 1));
    ck_assert(!error_set(&err, STATUS_FILE, "The second."));
    error_hint(&err, "Do this.");
    error_hint(&err, "Do that.");
    error_prefix(&err, "shop.yaml:%d", 3);
    ck_assert_int_eq(err.status, STATUS_CONFLICT);
    ck_assert_str_eq(buffer_string(&err.message), "shop.yaml:3: The first 1.");
    ck_assert_str_eq(buffer_string(&err.hint), "Do this.");
    error_release(&err);
}
END_TEST

/* FIPS 180-4 examples. */
static const struct {
    const char *text;
    const char *sha256;
} digests[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
};

START_TEST(digest_is_sha256_and_starts_again)
{
    struct digest *d = digest_new();
    char hex[DIGEST_HEX + 1];

    for (int twice = 0; twice < 2; twice++) {
        digest_add(d, digests[_i].text, strlen(digests[_i].text));
        digest_take(d, hex);
        ck_assert_str_eq(hex, digests[_i].sha256);
    }
    ck_assert(digest_is_hex(hex));
    ck_assert(!digest_is_hex("ABC"));
    digest_free(d);
}
END_TEST

static const struct {
    const char *bytes;
    size_t valid; /* length of the first character, 0 for none */
} utf8_cases[] = {
    {"a", 1},        {"\xC3\xA9", 2},         {"\xE2\x82\xAC", 3},     {"\xF0\x9F\x98\x80", 4}, {"\x80", 0},
    {"\xC0\xAF", 0}, {"\xE0\x80\xAF", 0},     {"\xED\xA0\x80", 0},     {"\xF4\x90\x80\x80", 0}, {"\xC3", 0},
    {"\xE2\x82", 0}, {"\xF0\x9F\x98", 0},     {"\xF8\x88\x80\x80", 0}, {"\xFE", 0},             {"\xEF\xBF\xBF", 3},
    {"\xC1\x81", 0}, {"\xF0\x80\x80\x80", 0},
};

START_TEST(utf8_takes_only_valid_characters)
{
    const char *bytes = utf8_cases[_i].bytes;

    ck_assert_uint_eq(utf8_length(bytes, strlen(bytes)), utf8_cases[_i].valid);
    if (utf8_cases[_i].valid) {
        struct buffer b = BUFFER_INIT;
        size_t used;

        utf8_append(&b, utf8_decode(bytes, &used));
        ck_assert_uint_eq(used, utf8_cases[_i].valid);
        ck_assert_str_eq(buffer_string(&b), bytes);
        buffer_release(&b);
    }
}
END_TEST

START_TEST(utf8_is_counted_and_cut_by_characters)
{
    static const char text[] = "a\xC3\xA9\xF0\x9F\x98\x80z"; /* a é 😀 z: their ends are at 1, 3, 7, 8 */
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 3, 7, 8, 8};

    ck_assert_uint_eq(utf8_count(text, 8), 4);
    ck_assert_uint_eq(utf8_count("", 0), 0);
    for (size_t most = 0; most < sizeof cuts / sizeof *cuts; most++)
        ck_assert_uint_eq(utf8_cut(text, 8, most), cuts[most]);
}
END_TEST

START_TEST(utf8_check_finds_the_first_bad_byte)
{
    ck_assert_uint_eq(utf8_check("plain ascii that is longer than eight", 37), 37);
    ck_assert_uint_eq(utf8_check("plain ascii \xFF and more", 22), 12);
    ck_assert_uint_eq(utf8_check("", 0), 0);
}
END_TEST

static const struct {
    const char *text;
    const char *canonical; /* NULL: refused */
} uuids[] = {
    {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", NULL},
    {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111", NULL},
    {"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", NULL},
    {"g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", NULL},
    {"cdn", NULL},
    {"", NULL},
};

START_TEST(uuid_reads_what_postgresql_reads)
{
    struct uuid id;
    char text[UUID_TEXT + 1];
    bool ok = uuid_parse(&id, uuids[_i].text, strlen(uuids[_i].text));

    ck_assert_int_eq(ok, uuids[_i].canonical != NULL);
    if (ok) {
        uuid_format(&id, text);
        ck_assert_str_eq(text, uuids[_i].canonical);
    }
}
END_TEST

START_TEST(four_bytes_are_read_from_digits_and_nothing_else)
{
    unsigned char four[4];

    for (size_t place = 0; place < 8; place++) {
        for (int c = 0; c < 256; c++) {
            char text[] = "9aF04bC7";
            bool ok;

            text[place] = (char)c;
            ok = hex_read_four(text, text + 4, four);
            ck_assert_int_eq(ok, hex_value((char)c) >= 0);
            for (size_t i = 0; ok && i < 4; i++)
                ck_assert_int_eq(four[i], hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
        }
    }
}
END_TEST

START_TEST(uuid_set_remembers_thousands)
{
    struct uuid_set set = {0};
    struct uuid zero = {{0}};
    struct uuid ids[5000];

    ck_assert(!uuid_set_has(&set, &zero));
    for (size_t i = 0; i < 5000; i++) {
        uuid_random(&ids[i]);
        if (i % 2)
            uuid_set_add(&set, &ids[i]);
    }
    uuid_set_add(&set, &zero);
    uuid_set_add(&set, &ids[1]);
    ck_assert(uuid_set_has(&set, &zero));
    ck_assert_uint_eq(set.map.count, 2500);
    for (size_t i = 0; i < 5000; i++)
        ck_assert_int_eq(uuid_set_has(&set, &ids[i]), i % 2);
    uuid_set_release(&set);
}
END_TEST

START_TEST(digest_is_written_with_its_kind)
{
    char hex[DIGEST_HEX + 1];
    char text[DIGEST_TEXT + 1];

    digest_of("", 0, hex);
    digest_format(hex, text);
    ck_assert_str_eq(text, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_str_eq(digest_parse(text), hex);
    ck_assert_ptr_null(digest_parse(hex));
    ck_assert_ptr_null(digest_parse("sha256:"));
    ck_assert_ptr_null(digest_parse(""));
    text[7] = 'E';
    ck_assert_ptr_null(digest_parse(text));
}
END_TEST

START_TEST(uuid_map_holds_numbers)
{
    const struct uuid zero = {0};
    struct uuid_map map = {0};
    struct uuid id;

    uuid_random(&id);
    ck_assert_uint_eq(uuid_map_get_number(&map, &id), 0);
    uuid_map_put_number(&map, &id, UINT64_MAX);
    uuid_map_put_number(&map, &zero, 7);
    ck_assert_uint_eq(uuid_map_get_number(&map, &id), UINT64_MAX);
    ck_assert_uint_eq(uuid_map_get_number(&map, &zero), 7);
    uuid_map_put_number(&map, &id, 1);
    ck_assert_uint_eq(uuid_map_get_number(&map, &id), 1);
    uuid_map_release(&map);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

Suite *base_suite(void);
Suite *base_suite(void)
{
    Suite *suite = suite_create("base");
    TCase *cases = tcase_create("base");

    tcase_add_test(cases, buffer_keeps_what_is_appended);
    tcase_add_test(cases, first_error_wins);
    tcase_add_loop_test(cases, digest_is_sha256_and_starts_again, 0, COUNT(digests));
    tcase_add_test(cases, digest_is_written_with_its_kind);
    tcase_add_loop_test(cases, utf8_takes_only_valid_characters, 0, COUNT(utf8_cases));
    tcase_add_test(cases, utf8_is_counted_and_cut_by_characters);
    tcase_add_test(cases, utf8_check_finds_the_first_bad_byte);
    tcase_add_loop_test(cases, uuid_reads_what_postgresql_reads, 0, COUNT(uuids));
    tcase_add_test(cases, four_bytes_are_read_from_digits_and_nothing_else);
    tcase_add_test(cases, uuid_set_remembers_thousands);
    tcase_add_test(cases, uuid_map_holds_numbers);
    suite_add_tcase(suite, cases);
    return suite;
}
