/* What a server's errors say of a key, and what a map of users says. */
#include "../../src/flow/user_map.h"
#include "../../src/pg/failure.h"
#include "simulark/base/buffer.h"

#include <check.h>
#include <string.h>

static const struct {
    const char *detail, *columns, *value; /* columns NULL: it is about no key */
} details[] = {
    {"Key (id)=(40000000-0000-4000-8000-000000000001) already exists.", "id", "40000000-0000-4000-8000-000000000001"},
    {"Schlüssel »(graph_id, label)=(5, a (b))« existiert bereits.", "graph_id, label", "5, a (b)"},
    {"Key (graph_id)=() is not present in table \"graphs\".", "graph_id", ""},
    {"Failing row contains (1, null).", NULL, NULL},
    {"Key (id)=(cut", NULL, NULL},
    {"", NULL, NULL},
    {NULL, NULL, NULL},
};

START_TEST(a_detail_tells_the_key)
{
    struct buffer columns = BUFFER_INIT;
    struct buffer value = BUFFER_INIT;
    bool is_key = failure_key(details[_i].detail, &columns, &value);

    ck_assert_int_eq(is_key, details[_i].columns != NULL);
    if (is_key) {
        ck_assert_str_eq(buffer_string(&columns), details[_i].columns);
        ck_assert_str_eq(buffer_string(&value), details[_i].value);
    }
    buffer_release(&columns);
    buffer_release(&value);
}
END_TEST

/* A file and its pairs, as "line:old>new;"; NULL: it is malformed, in the line behind it. */
static const struct {
    const char *text, *pairs;
    int wrong;
} maps[] = {
    {"", "", 0},
    {"a,b", "1:a>b;", 0},
    {"old,new\n# people\n\n a@x , b@y \r\nc,d\n", "4:a@x>b@y;5:c>d;", 0},
    {"\xEF\xBB\xBF" "a,b\nold,new\n", "1:a>b;2:old>new;", 0},
    {"a,b\nc\n", NULL, 2},
    {"a,b,c\n", NULL, 1},
};

static bool take_pair(void *context, const char *old, const char *new, int line, struct error *err)
{
    (void)err;
    buffer_printf(context, "%d:%s>%s;", line, old, new);
    return true;
}

START_TEST(a_map_of_users_is_read_line_by_line)
{
    struct input *in = input_memory("who.csv", maps[_i].text, strlen(maps[_i].text));
    struct buffer pairs = BUFFER_INIT;
    struct buffer place = BUFFER_INIT;
    struct error err = ERROR_INIT;

    if (user_map_read(in, take_pair, &pairs, &err)) {
        ck_assert_str_eq(buffer_string(&pairs), maps[_i].pairs);
    } else {
        buffer_printf(&place, "who.csv:%d: ", maps[_i].wrong);
        ck_assert_ptr_null(maps[_i].pairs);
        ck_assert(strncmp(buffer_string(&err.message), buffer_string(&place), place.len) == 0);
    }
    input_free(in);
    buffer_release(&pairs);
    buffer_release(&place);
    error_release(&err);
}
END_TEST

Suite *words_suite(void);
Suite *words_suite(void)
{
    Suite *suite = suite_create("words");
    TCase *cases = tcase_create("words");

    tcase_add_loop_test(cases, a_detail_tells_the_key, 0, (int)(sizeof details / sizeof *details));
    tcase_add_loop_test(cases, a_map_of_users_is_read_line_by_line, 0, (int)(sizeof maps / sizeof *maps));
    suite_add_tcase(suite, cases);
    return suite;
}
