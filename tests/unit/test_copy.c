#include "simulark/base/hex.h"
#include "simulark/pg/copy.h"
#include "simulark/pg/copy_binary.h"

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

/* What COPY writes of a cell, byte by byte. */
static size_t escape_slowly(const char *cell, size_t len, char *line)
{
    static const char meant[] = "\b\f\n\r\t\v\\";
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        const char *found = memchr(meant, cell[i], sizeof meant - 1);

        if (found)
            line[at++] = '\\';
        line[at++] = found ? "bfnrtv\\"[found - meant] : cell[i];
    }
    line[at++] = '\n';
    return at;
}

START_TEST(every_byte_is_escaped_wherever_it_stands)
{
    char text[24], expected[2 * sizeof text + 1];
    struct cell cell = {.text = text};
    const struct row row = {.cells = &cell, .ncells = 1};
    struct buffer line = BUFFER_INIT;

    for (size_t i = 0; i < 256 * sizeof text; i++) {
        memset(text, 'x', sizeof text);
        text[i % sizeof text] = (char)(i / sizeof text);
        text[i * 7 % sizeof text] = (char)(i / sizeof text);
        for (cell.len = 0; cell.len <= sizeof text; cell.len++) {
            buffer_clear(&line);
            copy_append(&line, &row);
            ck_assert_uint_eq(line.len, escape_slowly(text, cell.len, expected));
            ck_assert_mem_eq(line.data, expected, line.len);
        }
    }
    buffer_release(&line);
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

/* One cell and what stands for it in the binary format behind the number of columns, in hexadecimal; NULL: it has none. */
static const struct {
    const char *sql_type;
    const char *cell;
    const char *bytes;
} values[] = {
    {"uuid", "00112233-4455-6677-8899-aabbccddeeff", "0000001000112233445566778899aabbccddeeff"},
    {"uuid", "cdn", NULL},
    {"text", "", "00000000"},
    {"text", "a\tb", "00000003610962"},
    {"text", NONE, "ffffffff"},
    {"integer", "-2147483648", "0000000480000000"},
    {"integer", "0", "0000000400000000"},
    {"integer", "2147483648", NULL},
    {"integer", "-", NULL},
    {"integer", "1 ", NULL},
    {"bigint", "9223372036854775807", "000000087fffffffffffffff"},
    {"bigint", "-9223372036854775808", "000000088000000000000000"},
    {"bigint", "9223372036854775808", NULL},
    {"double precision", "1.5", "000000083ff8000000000000"},
    {"double precision", "-0", "000000088000000000000000"},
    {"double precision", "NaN", "000000087ff8000000000000"},
    {"double precision", "180", "000000084066800000000000"},
    {"double precision", "4294967296", "0000000841f0000000000000"},
    {"double precision", "1e-07", "000000083e7ad7f29abcaf48"},
    {"double precision", "0.1", "000000083fb999999999999a"},
    {"double precision", "-1.7976931348623157e+308", "00000008ffefffffffffffff"},
    {"double precision", "5e-324", "000000080000000000000001"},
    {"double precision", "-Infinity", "00000008fff0000000000000"},
    {"double precision", "1.5x", NULL},
    {"double precision", " 1", NULL},
    {"boolean", "t", "0000000101"},
    {"boolean", "f", "0000000100"},
    {"boolean", "true", NULL},
    {"timestamp with time zone", "2000-01-01 00:00:00+00", "000000080000000000000000"},
    {"timestamp with time zone", "2000-01-01 00:00:00.000001+00", "000000080000000000000001"},
    {"timestamp with time zone", "2000-01-01 00:00:00.5+00", "00000008000000000007a120"},
    {"timestamp with time zone", "1999-12-31 23:59:59.999999+00", "00000008ffffffffffffffff"},
    {"timestamp with time zone", "4714-11-24 00:00:00+00 BC", "00000008fd0f7cc1411fa000"},
    {"timestamp with time zone", "10000-01-01 00:00:00+00", "000000080380e70b913b8000"},
    {"timestamp with time zone", "infinity", "000000087fffffffffffffff"},
    {"timestamp with time zone", "-infinity", "000000088000000000000000"},
    {"timestamp with time zone", "soon", NULL},
    {"jsonb", "{}", "00000003017b7d"},
};

START_TEST(a_value_has_its_binary_form)
{
    struct shape shape = {.table = table_find("nodes")};
    struct cell cell = {values[_i].cell, strlen(values[_i].cell)};
    struct row row = {.cells = &cell, .ncells = 1};
    struct buffer out = BUFFER_INIT;
    struct buffer hex = BUFFER_INIT;
    bool taken;

    if (strcmp(values[_i].cell, NONE) == 0)
        cell.text = NULL;
    shape_add_column(&shape, "extra", values[_i].sql_type);
    ck_assert(copy_binary_takes(&shape));
    taken = copy_binary_append(&out, &shape, &row);
    ck_assert_int_eq(taken, values[_i].bytes != NULL);
    for (size_t i = 0; i < out.len; i++)
        buffer_printf(&hex, "%02x", (unsigned char)out.data[i]);
    if (taken) {
        ck_assert_mem_eq(hex.data, "0001", 4);
        ck_assert_str_eq(buffer_string(&hex) + 4, values[_i].bytes);
    } else {
        ck_assert_uint_eq(out.len, 0);
    }
    shape_release(&shape);
    buffer_release(&out);
    buffer_release(&hex);
}
END_TEST

/* A message of one row, with the stream's beginning in front of it where wanted. */
static void append_message(struct buffer *message, const char *hex, bool first)
{
    if (first)
        copy_binary_begin(message);
    buffer_append(message, "\0\1", 2);
    for (; *hex; hex += 2)
        buffer_byte(message, (char)(hex_value(hex[0]) << 4 | hex_value(hex[1])));
}

START_TEST(a_binary_form_is_read_as_what_the_server_would_write)
{
    struct shape shape = {.table = table_find("nodes")};
    struct copy_splitter splitter = {0};
    struct row row;

    shape_add_column(&shape, "extra", values[_i].sql_type);
    for (int first = 0; values[_i].bytes && first < 2; first++) {
        struct buffer message = BUFFER_INIT;

        append_message(&message, values[_i].bytes, first);
        ck_assert_int_eq(copy_binary_split(&splitter, message.data, message.len, &shape, &row), COPY_ROW);
        ck_assert_uint_eq(row.ncells, 1);
        if (strcmp(values[_i].cell, NONE) == 0)
            ck_assert_ptr_null(row.cells[0].text);
        else
            ck_assert_uint_eq(row.cells[0].len, strlen(values[_i].cell));
        if (row.cells[0].text)
            ck_assert_mem_eq(row.cells[0].text, values[_i].cell, row.cells[0].len);
        for (size_t cut = 1; cut < message.len; cut++) {
            struct buffer less = BUFFER_INIT; /* its end is the end of what may be read */
            bool beginning = first && cut == strlen("PGCOPY\n\377\r\n") + 1 + 8;

            buffer_append(&less, message.data, cut);
            ck_assert_int_eq(copy_binary_split(&splitter, less.data, less.len, &shape, &row),
                             beginning ? COPY_NO_ROW : COPY_BROKEN);
            buffer_release(&less);
        }
        buffer_byte(&message, 0);
        ck_assert_int_eq(copy_binary_split(&splitter, message.data, message.len, &shape, &row), COPY_BROKEN);
        buffer_release(&message);
    }
    shape_release(&shape);
    copy_splitter_release(&splitter);
}
END_TEST

START_TEST(a_stream_without_rows_is_read_as_none)
{
    struct shape shape = {.table = table_find("nodes")};
    struct copy_splitter splitter = {0};
    struct buffer message = BUFFER_INIT;
    struct row row;

    shape_add_column(&shape, "extra", "text");
    copy_binary_begin(&message);
    ck_assert_int_eq(copy_binary_split(&splitter, message.data, message.len, &shape, &row), COPY_NO_ROW);
    copy_binary_end(&message);
    ck_assert_int_eq(copy_binary_split(&splitter, message.data, message.len, &shape, &row), COPY_NO_ROW);
    buffer_clear(&message);
    copy_binary_end(&message);
    ck_assert_int_eq(copy_binary_split(&splitter, message.data, message.len, &shape, &row), COPY_NO_ROW);
    buffer_release(&message);
    shape_release(&shape);
    copy_splitter_release(&splitter);
}
END_TEST

START_TEST(types_of_which_the_server_alone_knows_the_form_go_as_text)
{
    static const char *const types[] = {"numeric(10,2)", "smallint", "character varying(9)", "text[]", "inet", "mood"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct shape shape = {.table = table_find("nodes")};

        shape_add_column(&shape, "extra", types[i]);
        ck_assert_msg(!copy_binary_takes(&shape), "%s", types[i]);
        shape_release(&shape);
    }
}
END_TEST

Suite *copy_suite(void);
Suite *copy_suite(void)
{
    Suite *suite = suite_create("copy");
    TCase *cases = tcase_create("copy");

    tcase_add_loop_test(cases, a_line_splits_into_its_cells_and_back, 0, (int)(sizeof lines / sizeof *lines));
    tcase_add_test(cases, a_line_with_another_number_of_cells_is_refused);
    tcase_add_test(cases, every_byte_is_escaped_wherever_it_stands);
    tcase_add_loop_test(cases, a_value_has_its_binary_form, 0, (int)(sizeof values / sizeof *values));
    tcase_add_loop_test(cases, a_binary_form_is_read_as_what_the_server_would_write, 0, (int)(sizeof values / sizeof *values));
    tcase_add_test(cases, a_stream_without_rows_is_read_as_none);
    tcase_add_test(cases, types_of_which_the_server_alone_knows_the_form_go_as_text);
    suite_add_tcase(suite, cases);
    return suite;
}
