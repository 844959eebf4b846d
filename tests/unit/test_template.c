/* Patterns, versions and slugs of templates, and JSON taken apart. */
#include "simulark/format/json_members.h"
#include "simulark/model/pattern.h"
#include "simulark/model/template_header.h"
#include "simulark/model/version.h"

#include <check.h>
#include <string.h>

Suite *template_suite(void);

static const struct {
    const char *pattern, *text;
    int want; /* 1 matches, 0 does not, -1: no pattern */
} patterns[] = {
    {"", "", 1},
    {"", "a", 0},
    {"abc", "abc", 1},
    {"abc", "abcd", 0},
    {"^abc$", "abc", 1},
    {"a*b+c?", "aabb", 1},
    {"a*b+c?", "aac", 0},
    {"[a-z][a-z0-9-]{2,10}", "eu-west-1", 1},
    {"[a-z][a-z0-9-]{2,10}", "e", 0},
    {"[^/ ]+", "a/b", 0},
    {"[]a]+", "]a]", 1},
    {"[a-]+", "a-a", 1},
    {"(dev|test|prod)", "test", 1},
    {"(dev|test|prod)", "tests", 0},
    {"(a|b){3}", "aba", 1},
    {"(a|b){3}", "abab", 0},
    {"x{0}", "", 1},
    {"x{2,}", "xxxx", 1},
    {"\\d{1,3}(\\.\\d{1,3}){3}", "10.0.255.1", 1},
    {"\\d{1,3}(\\.\\d{1,3}){3}", "10.0.255", 0},
    {"\\w+@\\w+\\.\\w+", "ada@example.org", 1},
    {"\\S+", "a b", 0},
    {".", "\xc3\xa9", 1},
    {"[\xc3\xa0-\xc3\xbf]+", "\xc3\xa9\xc3\xb6", 1},
    {"(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", 0}, /* takes no time that anybody would notice */
    {"(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0},
    {"(", "", -1},
    {")", "", -1},
    {"[a", "", -1},
    {"[z-a]", "", -1},
    {"*a", "", -1},
    {"a**", "", -1},
    {"a{2,1}", "", -1},
    {"a{", "", -1},
    {"\\", "", -1},
    {"\\q", "", -1},
    {"((((a{90}){90}){90}){90})", "", -1},
    {"a{999999999999999999999}", "", -1},
    {"\xff", "", -1},
};

START_TEST(patterns_match_whole_texts)
{
    const char *problem = NULL;
    struct pattern *pattern = pattern_new(patterns[_i].pattern, &problem);
    int got = pattern ? pattern_matches(pattern, patterns[_i].text, strlen(patterns[_i].text)) : -1;

    ck_assert_msg(got == patterns[_i].want, "%s on %s: %d", patterns[_i].pattern, patterns[_i].text, got);
    ck_assert((problem != NULL) == (got == -1));
    pattern_free(pattern);
}
END_TEST

static const struct {
    const char *text;
    bool valid;
} versions[] = {
    {"1.0.0", true}, {"0.0.4", true}, {"1.0.0-alpha.1", true}, {"1.0.0+001", true}, {"1.0.0-rc.1+build.5", true},
    {"1.0", false},  {"1", false},    {"01.0.0", false},       {"1.0.0-", false},   {"1.0.0-01", false},
    {"v1.0.0", false}, {"1.0.0 ", false}, {"", false},         {"1..0", false},     {"1.0.0-a..b", false},
};

START_TEST(versions_are_semantic)
{
    ck_assert_msg(version_is_valid(versions[_i].text) == versions[_i].valid, "%s", versions[_i].text);
}
END_TEST

/* Each comes before the next (Semantic Versioning 2.0.0, section 11). */
static const char *const order[] = {"0.9.0",        "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
                                    "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",         "1.0.1",            "1.10.0",     "2.0.0",
                                    "99999999999999999999.0.0"};

START_TEST(versions_have_an_order)
{
    for (int i = 0; i < (int)(sizeof order / sizeof *order); i++) {
        int want = (_i > i) - (_i < i);
        int got = version_compare(order[_i], order[i]);

        ck_assert_msg((got > 0) - (got < 0) == want, "%s and %s: %d", order[_i], order[i], got);
    }
    ck_assert_int_eq(version_compare("1.0.0+a", "1.0.0+b"), 0);
}
END_TEST

static const struct {
    const char *name, *slug;
} slugs[] = {
    {"SaaS starter (EU)", "saas-starter-eu"}, {"  CI/CD  ", "ci-cd"}, {"\xe6\x9d\xb1\xe4\xba\xac", "template-130016b2"},
    {"---", "template-cb3f91d5"},
};

START_TEST(slugs_are_made_of_names)
{
    struct buffer slug = BUFFER_INIT;

    slug_append(&slug, slugs[_i].name);
    ck_assert_str_eq(buffer_string(&slug), slugs[_i].slug);
    ck_assert(slug_is_valid(buffer_string(&slug)));
    buffer_release(&slug);
}
END_TEST

START_TEST(objects_are_taken_apart_and_put_together)
{
    static const char text[] = "{\"a\": [1.50, {\"}\": 2}], \"b\": \"x\\\"y\", \"data\": {\"k\": null}}";
    static const char *const but[] = {"b", NULL};
    struct cell a = json_member(text, sizeof text - 1, "a");
    struct json_object_builder b = {0};
    struct buffer out = BUFFER_INIT;
    struct json_walk walk;
    size_t count = 0;

    ck_assert(a.len == 16 && memcmp(a.text, "[1.50, {\"}\": 2}]", a.len) == 0);
    ck_assert(!json_member(text, sizeof text - 1, "k").text);
    ck_assert(!json_member("[1]", 3, "a").text);
    ck_assert(json_member_string(text, sizeof text - 1, "b", &out));
    ck_assert_str_eq(buffer_string(&out), "x\"y");
    ck_assert(!json_member_string(text, sizeof text - 1, "a", &out));
    ck_assert(json_walk_array(&walk, a.text, a.len));
    while (json_walk_next(&walk))
        count++;
    ck_assert_uint_eq(count, 2);
    buffer_clear(&out);
    json_build_begin(&b);
    json_build_members(&b, text, sizeof text - 1, but);
    json_build_string(&b, "a", "new\n", 4);
    json_build_raw(&b, "zz", "1e2", 3);
    json_build_end(&b, &out);
    ck_assert_str_eq(buffer_string(&out), "{\"a\": \"new\\n\", \"zz\": 100, \"data\": {\"k\": null}}");
    json_build_release(&b);
    buffer_release(&out);
}
END_TEST

Suite *template_suite(void)
{
    Suite *suite = suite_create("template");
    TCase *all = tcase_create("templates");

    tcase_add_loop_test(all, patterns_match_whole_texts, 0, sizeof patterns / sizeof *patterns);
    tcase_add_loop_test(all, versions_are_semantic, 0, sizeof versions / sizeof *versions);
    tcase_add_loop_test(all, versions_have_an_order, 0, sizeof order / sizeof *order);
    tcase_add_loop_test(all, slugs_are_made_of_names, 0, sizeof slugs / sizeof *slugs);
    tcase_add_test(all, objects_are_taken_apart_and_put_together);
    suite_add_tcase(suite, all);
    return suite;
}
