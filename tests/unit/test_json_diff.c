/* Where two JSON values differ: paths, numbers to the last digit, elements by id, and no walk without an end. */
#include "simulark/base/buffer.h"
#include "simulark/format/json.h"
#include "simulark/format/json_diff.h"

#include <check.h>
#include <stdlib.h>

Suite *json_diff_suite(void);

static void note(void *context, const struct difference *d)
{
    struct buffer *out = context;

    buffer_printf(out, "%s%s%s: ", out->len ? "; " : "", d->order ? "order " : "", d->path);
    buffer_printf(out, "%.*s -> ", d->from.text ? (int)d->from.len : 1, d->from.text ? d->from.text : "-");
    buffer_printf(out, "%.*s", d->to.text ? (int)d->to.len : 1, d->to.text ? d->to.text : "-");
}

/* Brings both into jsonb's form, as rows have them. */
static void compare(const char *a, const char *b, struct buffer *out)
{
    struct json_cursor x = {.text = a, .len = strlen(a)};
    struct json_cursor y = {.text = b, .len = strlen(b)};
    struct buffer p = BUFFER_INIT;
    struct buffer q = BUFFER_INIT;

    ck_assert(json_take_value(&x, &p));
    ck_assert(json_take_value(&y, &q));
    json_diff(p.data, p.len, q.data, q.len, note, out);
    buffer_release(&p);
    buffer_release(&q);
}

static const struct {
    const char *a, *b, *want;
} cases[] = {
    {"1", "1", ""},
    {"1", "2", ": 1 -> 2"},
    {"1", "12", ": 1 -> 12"},
    {"1.50", "1.5", ": 1.50 -> 1.5"},
    {"12345678901234567890123", "12345678901234567890124", ": 12345678901234567890123 -> 12345678901234567890124"},
    {"null", "{}", ": null -> {}"},
    {"{}", "[]", ": {} -> []"},
    {"\"\"", "\"a\"", ": \"\" -> \"a\""},
    {"{\"b\": 1, \"a\": 2}", "{\"a\": 2, \"b\": 1}", ""},
    {"{\"replicas\": 2}", "{\"replicas\": 3}", "replicas: 2 -> 3"},
    {"{\"a\": {\"b\": {\"c\": [1]}}}", "{\"a\": {\"b\": {\"c\": [2]}}}", "a.b.c[0]: 1 -> 2"},
    {"{\"a\": 1}", "{\"b\": 1}", "a: 1 -> -; b: - -> 1"},
    {"{\"a\": null}", "{}", "a: null -> -"},
    {"{\"aa\": 1, \"b\": 1}", "{\"c\": 1, \"aa\": 2}", "b: 1 -> -; c: - -> 1; aa: 1 -> 2"},
    {"{\"\": 1, \"a b\": 1, \"1\": 1, \"a.b\": 1}", "{\"\": 2, \"a b\": 2, \"1\": 2, \"a.b\": 2}",
     "[\"\"]: 1 -> 2; [\"1\"]: 1 -> 2; [\"a b\"]: 1 -> 2; [\"a.b\"]: 1 -> 2"},
    {"{\"x\": {\"\\\"\": 1}}", "{\"x\": {\"\\\"\": 2}}", "x[\"\\\"\"]: 1 -> 2"},
    {"{\"\\n\": 1, \"aa\": 1}", "{\"\\n\": 1, \"aa\": 2}", "aa: 1 -> 2"},
    {"{\"$json\": 1, \"x-y\": 1}", "{\"$json\": 2, \"x-y\": 2}", "x-y: 1 -> 2; $json: 1 -> 2"},
    /* by index, after what is the same at both ends */
    {"[1, 2, 3]", "[1, 5, 3]", "[1]: 2 -> 5"},
    {"[1, 2, 3]", "[0, 1, 2, 3]", "[0]: - -> 0"},
    {"[1, 2, 3]", "[1, 3]", "[1]: 2 -> -"},
    {"[]", "[1, 2]", "[0]: - -> 1; [1]: - -> 2"},
    {"[1, 2, 3, 4]", "[1, 9, 4]", "[1]: 2 -> 9; [2]: 3 -> -"},
    {"[\"a, b\", \"]\"]", "[\"a, b\", \"[\"]", "[1]: \"]\" -> \"[\""},
    {"[[1, 1], [2]]", "[[1, 2], [2]]", "[0][1]: 1 -> 2"},
    /* by id */
    {"[{\"id\": \"a\", \"x\": 1}, {\"id\": \"b\", \"x\": 1}]", "[{\"id\": \"a\", \"x\": 1}, {\"id\": \"b\", \"x\": 2}]",
     "[id=b].x: 1 -> 2"},
    {"[{\"id\": \"a\"}, {\"id\": \"b\"}]", "[{\"id\": \"b\"}, {\"id\": \"c\"}]",
     "[id=a]: {\"id\": \"a\"} -> -; [id=c]: - -> {\"id\": \"c\"}"},
    {"[{\"id\": 1}, {\"id\": 2}, {\"id\": 3}]", "[{\"id\": 2}, {\"id\": 1}]",
     "[id=3]: {\"id\": 3} -> -; order : [1, 2] -> [2, 1]"},
    {"[{\"id\": \"a b\", \"x\": 1}]", "[{\"id\": \"a b\", \"x\": 2}]", "[id=\"a b\"].x: 1 -> 2"},
    {"{\"n\": [{\"id\": \"\", \"d\": {\"r\": 1}}]}", "{\"n\": [{\"id\": \"\", \"d\": {\"r\": 2}}]}", "n[id=\"\"].d.r: 1 -> 2"},
    /* ids that are none */
    {"[{\"id\": \"a\"}, {\"id\": \"a\", \"x\": 1}]", "[{\"id\": \"a\"}, {\"id\": \"a\", \"x\": 2}]", "[1].x: 1 -> 2"},
    {"[{\"id\": [1]}]", "[{\"id\": [2]}]", "[0].id[0]: 1 -> 2"},
    {"[{\"id\": 1}, 5]", "[{\"id\": 2}, 5]", "[0].id: 1 -> 2"},
};

START_TEST(every_difference_is_named_by_its_path)
{
    struct buffer out = BUFFER_INIT;

    compare(cases[_i].a, cases[_i].b, &out);
    ck_assert_str_eq(buffer_string(&out), cases[_i].want);
    buffer_release(&out);
}
END_TEST

START_TEST(deep_values_are_compared_as_a_whole)
{
    struct buffer a = BUFFER_INIT;
    struct buffer b = BUFFER_INIT;
    struct buffer out = BUFFER_INIT;

    for (size_t i = 0; i < 10000; i++)
        buffer_byte(&a, '[');
    buffer_append(&b, a.data, a.len);
    buffer_byte(&a, '1');
    buffer_byte(&b, '2');
    for (size_t i = 0; i < 10000; i++) {
        buffer_byte(&a, ']');
        buffer_byte(&b, ']');
    }
    json_diff(a.data, a.len, b.data, b.len, note, &out);
    ck_assert_int_eq(strncmp(buffer_string(&out), "[0][0][0]", 9), 0);
    ck_assert_ptr_nonnull(strstr(buffer_string(&out), "[0]: [[["));
    buffer_release(&a);
    buffer_release(&b);
    buffer_release(&out);
}
END_TEST

static void count(void *context, const struct difference *d)
{
    (void)d;
    ++*(size_t *)context;
}

/* More elements than are listed at one time are stepped through by index. */
START_TEST(long_arrays_are_compared_by_index)
{
    struct buffer a = BUFFER_INIT;
    struct buffer b = BUFFER_INIT;
    size_t differences = 0;

    buffer_byte(&a, '[');
    buffer_byte(&b, '[');
    for (size_t i = 0; i < JSON_DIFF_ELEMENTS + 5; i++) {
        buffer_printf(&a, "%s{\"id\": %zu}", i ? ", " : "", i);
        buffer_printf(&b, "%s{\"id\": %zu}", i ? ", " : "", i == 7 ? 0 : i);
    }
    buffer_text(&a, "]");
    buffer_text(&b, ", 1]");
    json_diff(a.data, a.len, b.data, b.len, count, &differences);
    ck_assert_uint_eq(differences, 2);
    buffer_release(&a);
    buffer_release(&b);
}
END_TEST

Suite *json_diff_suite(void)
{
    Suite *suite = suite_create("json_diff");
    TCase *tests = tcase_create("all");

    tcase_add_loop_test(tests, every_difference_is_named_by_its_path, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tests, deep_values_are_compared_as_a_whole);
    tcase_add_test(tests, long_arrays_are_compared_by_index);
    suite_add_tcase(suite, tests);
    return suite;
}
