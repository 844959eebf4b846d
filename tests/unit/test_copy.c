#include "simulark/pg/copy.h"

#include <check.h>

/* A line of COPY text and its cells; "\x01NULL" stands for SQL NULL. */
#define NONE "\x01NULL"
static const struct {
    const char *line;
    size_t ncells;
    const char *cells[4];
} lines[] = {
    {"a\tb\tc\n", 3, {"a", "b", "c"}},
    {"\\N\t\\\\N\t\n", 3, {NONE, "\\N", ""}},
    {"tab\\there\tline\\nbreak\\r\n", 2, {"tab\there", "line\nbreak\r"}},
    {"\\b\\f\\v\\\\\n", 1, {"\b\f\v\\"}},
    {"{\"a\": \"x\\\\\\\\y\"}\n", 1, {"{\"a\": \"x\\\\y\"}"}},
    {"\n", 1, {""}},
    {"\\\\.\n", 1, {"\\."}},
};

START_TEST(a_line_splits_into_its_cells_and_back)
{
    struct copy_splitter splitter = {0};
    struct buffer joined = BUFFER_INIT;
    struct row row;

    ck_assert(copy_split(&splitter, lines[_i].line, strlen(lines[_i].line), lines[_i].ncells, &row));
    for (size_t i = 0; i < row.ncells; i++) {
        const char *expected = lines[_i].cells[i];

        ck_assert_int_eq(row.cells[i].text == NULL, strcmp(expected, NONE) == 0);
        if (row.cells[i].text) {
            ck_assert_uint_eq(row.cells[i].len, strlen(expected));
            ck_assert_mem_eq(row.cells[i].text, expected, row.cells[i].len);
        }
    }
    copy_append(&joined, &row);
    ck_assert_str_eq(buffer_string(&joined), lines[_i].line);
    buffer_release(&joined);
    copy_splitter_release(&splitter);
}
END_TEST

START_TEST(a_line_with_another_number_of_cells_is_refused)
{
    struct copy_splitter splitter = {0};
    struct row row;

    ck_assert(!copy_split(&splitter, "a\tb\n", 4, 1, &row));
    ck_assert(!copy_split(&splitter, "a\tb\n", 4, 3, &row));
    copy_splitter_release(&splitter);
}
END_TEST

Suite *copy_suite(void);
Suite *copy_suite(void)
{
    Suite *suite = suite_create("copy");
    TCase *cases = tcase_create("copy");

    tcase_add_loop_test(cases, a_line_splits_into_its_cells_and_back, 0, (int)(sizeof lines / sizeof *lines));
    tcase_add_test(cases, a_line_with_another_number_of_cells_is_refused);
    suite_add_tcase(suite, cases);
    return suite;
}
