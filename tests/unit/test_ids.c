/* New ids: how they are derived, and where they are put in JSON. */
#include "simulark/flow/ids.h"
#include "simulark/format/json_ids.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *ids_suite(void);

#define A "10000000-0000-4000-8000-00000000000a"
#define B "20000000-0000-4000-8000-00000000000b"
#define UPPER_A "10000000-0000-4000-8000-00000000000A"
#define NEW_A "a0000000-0000-8000-8000-0000000000aa"
#define NEW_ZERO "c0000000-0000-8000-8000-0000000000cc"
#define ZERO "00000000-0000-0000-0000-000000000000"
#define OTHER "30000000-0000-4000-8000-00000000000c"

static struct uuid uuid(const char *text)
{
    struct uuid id;

    ck_assert(uuid_parse(&id, text, strlen(text)));
    return id;
}

static void put(struct uuid_map *map, const char *from, const char *to)
{
    struct uuid a = uuid(from);
    struct uuid b = uuid(to);

    uuid_map_put(map, &a, &b);
}

static const struct {
    const char *text, *becomes; /* NULL: it stays */
} json[] = {
    {"\"" A "\"", "\"" NEW_A "\""},
    {"\"" UPPER_A "\"", "\"" NEW_A "\""},
    {"[\"" A "\", \"" OTHER "\", \"" A "\"]", "[\"" NEW_A "\", \"" OTHER "\", \"" NEW_A "\"]"},
    {"{\"id\": \"" A "\", \"data\": {\"parentId\": \"" A "\"}}", "{\"id\": \"" NEW_A "\", \"data\": {\"parentId\": \"" NEW_A "\"}}"},
    {"\"" ZERO "\"", "\"" NEW_ZERO "\""},
    {"[\"\\\"\", \"" A "\"]", "[\"\\\"\", \"" NEW_A "\"]"},
    {"[\"\\\\\", \"" A "\"]", "[\"\\\\\", \"" NEW_A "\"]"},
    /* keys */
    {"{\"" A "\": 1}", NULL},
    {"{\"" A "\": \"" A "\"}", "{\"" A "\": \"" NEW_A "\"}"},
    /* what only holds one, or looks like one */
    {"\"" OTHER "\"", NULL},
    {"\" " A "\"", NULL},
    {"\"" A " \"", NULL},
    {"\"urn:uuid:" A "\"", NULL},
    {"\"{" A "}\"", NULL},
    {"\"{100000000000-4000-800000000000000a}\"", NULL},
    {"\"\\\"" A "\\\"\"", NULL},
    {"\"{\\\"id\\\": \\\"" A "\\\"}\"", NULL},
    {"\"10000000-0000-4000-8000-00000000000g\"", NULL},
    {"\"1000000000004000-8000-00000000000a----\"", NULL},
    {"\"1000000-00000-4000-8000-00000000000a\"", NULL},
    {"\"                                    \"", NULL},
    {"null", NULL},
    {"", NULL},
    {"\"\"", NULL},
    /* not canonical, but no harm */
    {"\"abc\\", NULL},
};

START_TEST(ids_in_json_become_others)
{
    struct uuid_map map = {0};
    char text[512];
    bool changed;

    put(&map, A, NEW_A);
    put(&map, ZERO, NEW_ZERO);
    snprintf(text, sizeof text, "%s", json[_i].text);
    changed = json_replace_ids(text, strlen(text), &map);
    ck_assert_str_eq(text, json[_i].becomes ? json[_i].becomes : json[_i].text);
    ck_assert_int_eq(changed, json[_i].becomes != NULL);
    uuid_map_release(&map);
}
END_TEST

static void derive(const char *digest, const char *owner, uint64_t seed, const char *old, char text[UUID_TEXT + 1])
{
    struct id_plan plan = {.options = {.choice = IDS_NEW, .seed = seed}};
    struct uuid of = owner ? uuid(owner) : (struct uuid){{0}};
    struct uuid id = uuid(old);

    snprintf(plan.digest, sizeof plan.digest, "%s", digest);
    put(&plan.ids, B, B);
    uuid_map_put(&plan.ids, &id, &id);
    id_plan_derive(&plan, owner ? &of : NULL);
    uuid_format(uuid_map_get(&plan.ids, &id), text);
    id_plan_release(&plan);
}

/* printf 'abc\n\n0\n10000000-0000-4000-8000-00000000000a\n' | sha256sum, and the like. */
START_TEST(an_id_is_derived_as_documented)
{
    char text[UUID_TEXT + 1];

    derive("abc", NULL, 0, A, text);
    ck_assert_str_eq(text, "c5380b18-ab35-8030-a244-67dfe17bdba0");
    derive("abc", B, UINT64_MAX, A, text);
    ck_assert_str_eq(text, "715c0399-5688-8a7e-b026-9ebcf46e0e00");
}
END_TEST

static const struct {
    const char *digest, *owner;
    uint64_t seed;
    const char *old;
} others[] = {{"abd", NULL, 0, A}, {"abc", B, 0, A}, {"abc", NULL, 1, A}, {"abc", NULL, 0, OTHER}, {"abc", NULL, 0, ZERO}};

START_TEST(everything_it_is_derived_from_counts)
{
    char first[UUID_TEXT + 1];
    char again[UUID_TEXT + 1];
    char other[UUID_TEXT + 1];

    derive("abc", NULL, 0, A, first);
    derive("abc", NULL, 0, A, again);
    derive(others[_i].digest, others[_i].owner, others[_i].seed, others[_i].old, other);
    ck_assert_str_eq(first, again);
    ck_assert_str_ne(first, other);
    ck_assert_int_eq(other[14], '8');
    ck_assert_ptr_nonnull(strchr("89ab", other[19]));
}
END_TEST

Suite *ids_suite(void)
{
    Suite *suite = suite_create("ids");
    TCase *tests = tcase_create("all");

    tcase_add_loop_test(tests, ids_in_json_become_others, 0, (int)(sizeof json / sizeof *json));
    tcase_add_test(tests, an_id_is_derived_as_documented);
    tcase_add_loop_test(tests, everything_it_is_derived_from_counts, 0, (int)(sizeof others / sizeof *others));
    suite_add_tcase(suite, tests);
    return suite;
}
