/* Rows as JSON and back, and the readers of JSON Lines and JSON documents. */
#include "simulark/base/memory.h"
#include "simulark/format/reader.h"
#include "simulark/format/row_text.h"
#include "simulark/format/writer.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

Suite *row_json_suite(void);

/* A table with a column of each type, named as in the cases below. */
static const struct table sample = {.name = "samples"};

static const struct {
    const char *name;
    const char *sql_type;
    enum type type;
} columns[] = {
    {"id", "uuid", TYPE_UUID},
    {"text", "text", TYPE_TEXT},
    {"int", "integer", TYPE_INTEGER},
    {"float", "double precision", TYPE_DOUBLE},
    {"num", "numeric", TYPE_NUMERIC},
    {"bool", "boolean", TYPE_BOOLEAN},
    {"at", "timestamp with time zone", TYPE_TIMESTAMPTZ},
    {"data", "jsonb", TYPE_JSONB},
    {"tags", "text[]", TYPE_TEXT_ARRAY},
    {"ip", "inet", TYPE_INET},
    {"odd", "point", TYPE_OTHER},
};

#define NCOLUMNS (sizeof columns / sizeof *columns)

static struct shape shape;

static void setup(void)
{
    shape = (struct shape){.table = &sample};
    for (size_t i = 0; i < NCOLUMNS; i++) {
        shape_add_column(&shape, columns[i].name, columns[i].sql_type);
        shape.columns[i].type = columns[i].type;
    }
}

static void teardown(void)
{
    shape_release(&shape);
}

static void assert_row(const struct row *row, const char *const *want)
{
    ck_assert_uint_eq(row->ncells, NCOLUMNS);
    for (size_t i = 0; i < NCOLUMNS; i++) {
        const struct cell *cell = &row->cells[i];

        ck_assert_msg(!want[i] == !cell->text, "%s is %s", columns[i].name, cell->text ? "there" : "null");
        if (want[i])
            ck_assert_msg(cell->len == strlen(want[i]) && memcmp(cell->text, want[i], cell->len) == 0, "%s: %.*s",
                          columns[i].name, (int)cell->len, cell->text);
    }
}

static const struct {
    const char *cells[NCOLUMNS];
    const char *json;
} round_trips[] = {
    {{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a \"b\"\n\\", "-5", "1e+15", "1.50", "t", "2026-11-23 10:00:00.5+00",
      "{\"a\": [1, null]}", "{a,\"b c\",NULL,\"NULL\",\"\"}", "10.0.0.0/8", "(1,2)"},
     "{\"id\": \"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\", \"text\": \"a \\\"b\\\"\\n\\\\\", \"int\": -5, \"float\": 1e+15, \"num\": "
     "1.50, \"bool\": true, \"at\": \"2026-11-23 10:00:00.5+00\", \"data\": {\"a\": [1, null]}, \"tags\": [\"a\", \"b c\", null, "
     "\"NULL\", \"\"], \"ip\": \"10.0.0.0/8\", \"odd\": \"(1,2)\"}"},
    {{NULL},
     "{\"id\": null, \"text\": null, \"int\": null, \"float\": null, \"num\": null, \"bool\": null, \"at\": null, \"data\": null, "
     "\"tags\": null, \"ip\": null, \"odd\": null}"},
    {{NULL, "", "0", "-Infinity", "NaN", "f", "infinity", "null", "{}", NULL, ""},
     "{\"id\": null, \"text\": \"\", \"int\": 0, \"float\": \"-Infinity\", \"num\": \"NaN\", \"bool\": false, \"at\": "
     "\"infinity\", \"data\": {\"$json\": null}, \"tags\": [], \"ip\": null, \"odd\": \"\"}"},
    {{NULL, "null", NULL, "-0", NULL, NULL, "0044-03-15 00:00:00+00 BC", "{\"$json\": {\"$json\": 1}}", "{{a,b},{c,NULL}}"},
     "{\"id\": null, \"text\": \"null\", \"int\": null, \"float\": -0, \"num\": null, \"bool\": null, \"at\": \"0044-03-15 "
     "00:00:00+00 BC\", \"data\": {\"$json\": {\"$json\": {\"$json\": 1}}}, \"tags\": [[\"a\", \"b\"], [\"c\", null]], \"ip\": "
     "null, \"odd\": null}"},
    {{NULL, NULL, NULL, NULL, NULL, NULL, NULL, "{\"$json\": 1, \"other\": 2}", "[0:1]={a,b}"},
     "{\"id\": null, \"text\": null, \"int\": null, \"float\": null, \"num\": null, \"bool\": null, \"at\": null, \"data\": "
     "{\"$json\": 1, \"other\": 2}, \"tags\": \"[0:1]={a,b}\", \"ip\": null, \"odd\": null}"},
};

START_TEST(a_row_comes_back_as_it_was)
{
    struct cell cells[NCOLUMNS];
    struct row row = {.cells = cells, .ncells = NCOLUMNS};
    struct row_builder back = {0};
    struct row_problem problem = {0};
    struct json_cursor c = {0};
    struct buffer text = BUFFER_INIT;

    for (size_t i = 0; i < NCOLUMNS; i++) {
        const char *cell = round_trips[_i].cells[i];

        cells[i] = (struct cell){cell, cell ? strlen(cell) : 0};
    }
    row_json_append(&text, &shape, &row);
    ck_assert_str_eq(buffer_string(&text), round_trips[_i].json);
    for (int pretty = 0; pretty < 2; pretty++) {
        c = (struct json_cursor){.text = text.data, .len = text.len};
        ck_assert_msg(row_json_take(&c, &shape, &back, &problem), "%zu: %s", c.at, buffer_string(&problem.text));
        ck_assert_uint_eq(c.at, text.len);
        row = row_builder_end(&back);
        assert_row(&row, round_trips[_i].cells);
        buffer_clear(&text);
        row_json_append_pretty(&text, &shape, &row, 4);
    }
    row_builder_release(&back);
    buffer_release(&problem.text);
    buffer_release(&text);
}
END_TEST

static const struct {
    const char *json;
    size_t column;
    const char *cell;
} lenient[] = {
    {"{\"text\": 1.50}", 1, "1.50"},
    {"{\"text\": true}", 1, "true"},
    {"{\"text\": \"\\u0041\\/\"}", 1, "A/"},
    {"{\"int\": \"7\"}", 2, "7"},
    {"{\"float\": 1.0e0}", 3, "1"},
    {"{\"num\": 1.5e2}", 4, "150"},
    {"{\"bool\": 1}", 5, "t"},
    {"{\"bool\": \"no\"}", 5, "f"},
    {"{\"at\": \"2026-11-23T11:00:00+01:00\"}", 6, "2026-11-23 10:00:00+00"},
    {"{\"at\": \"2026-11-23\\u002010:00:00\"}", 6, "2026-11-23 10:00:00+00"},
    {"{\"data\": \"text\"}", 7, "\"text\""},
    {"{\"data\": {\"\\u0024json\": null}}", 7, "null"},
    {"{\"data\": {\"$json\": [1]}}", 7, "[1]"},
    {"{ \"tags\" : [ ] , \"data\":{\"b\":1,\"a\":2} }", 7, "{\"a\": 2, \"b\": 1}"},
    {"{\"tags\": [1, true, \"a\\\"b\", \"x{\", \"\\\\\"]}", 8, "{1,true,\"a\\\"b\",\"x{\",\"\\\\\"}"},
    {"{\"tags\": \"{a, b ,\\\"c\\\"}\"}", 8, "{a,b,c}"},
    {"{\"tags\": [[[\"x\"]]]}", 8, "{{{x}}}"},
    {"{\"odd\": 5}", 10, "5"},
};

START_TEST(what_people_write_is_understood)
{
    struct row_builder back = {0};
    struct row_problem problem = {0};
    struct json_cursor c = {.text = lenient[_i].json, .len = strlen(lenient[_i].json)};
    struct row row;

    ck_assert_msg(row_json_take(&c, &shape, &back, &problem), "%s", buffer_string(&problem.text));
    ck_assert(row_builder_is_set(&back, lenient[_i].column));
    ck_assert(!row_builder_is_set(&back, 9));
    row = row_builder_end(&back);
    ck_assert_msg(row.cells[lenient[_i].column].len == strlen(lenient[_i].cell) &&
                      !memcmp(row.cells[lenient[_i].column].text, lenient[_i].cell, strlen(lenient[_i].cell)),
                  "%.*s", (int)row.cells[lenient[_i].column].len, row.cells[lenient[_i].column].text);
    row_builder_release(&back);
    buffer_release(&problem.text);
}
END_TEST

static const struct {
    const char *json;
    size_t at;
    const char *column;
    const char *text;
} refused[] = {
    {"[]", 0, NULL, "is not an object"},
    {"{\"id\": \"cdn\"}", 7, "id", "is not a uuid"},
    {"{\"id\": {}}", 7, "id", "is an object where a single value belongs"},
    {"{\"int\": 1.5}", 8, "int", "is not an integer"},
    {"{\"int\": \"\\n\"}", 8, "int", "is not an integer"},
    {"{\"int\": \"\n5\"}", 9, NULL, "a control character in a string must be escaped"},
    {"{\"at\": \"soon\"}", 7, "at", "is not a timestamp (2026-11-23T10:00:00Z)"},
    {"{\"int\": 1, \"int\": 2}", 11, "int", "is in the row twice"},
    {"{\"nope\": 1}", 1, NULL, "names \"nope\", which is no column of samples"},
    {"{\"int\" 1}", 7, NULL, "expected ':' after a key"},
    {"{\"int\": 1 \"id\": 2}", 10, NULL, "expected ',' or '}'"},
    {"{\"int\": 1", 9, NULL, "expected ',' or '}'"},
    {"{\"data\": [1}", 11, NULL, "expected ',' or ']'"},
    {"{\"data\": 1e999999}", 9, "data", "is beyond the range of numeric"},
    {"{\"text\": \"\xff\"}", 10, "text", "is not valid UTF-8"},
    {"{\"tags\": {}}", 9, "tags", "is not an array"},
    {"{\"tags\": 2}", 9, "tags", "is not an array"},
    {"{\"tags\": [{}]}", 10, "tags", "is not an array of strings"},
    {"{\"tags\": [\"a\", [\"b\"]]}", 16, "tags", "is not a rectangular array"},
    {"{\"tags\": [[\"a\"], \"b\"]}", 17, "tags", "is not a rectangular array"},
    {"{\"tags\": [[\"a\"], [\"b\", \"c\"]]}", 27, "tags", "is not a rectangular array"},
    {"{\"tags\": [[[[[[[1]]]]]]]}", 16, "tags", "is an array of more than six dimensions"},
    {"{\"tags\": \"a\"}", 12, "tags", "is not an array"},
    {"{\"tags\": \"{a\"}", 13, "tags", "is not an array"},
};

START_TEST(what_is_wrong_with_a_row_is_named)
{
    struct row_builder back = {0};
    struct row_problem problem = {0};
    struct json_cursor c = {.text = refused[_i].json, .len = strlen(refused[_i].json)};

    ck_assert(!row_json_take(&c, &shape, &back, &problem));
    ck_assert_str_eq(buffer_string(&problem.text), refused[_i].text);
    ck_assert(!problem.column == !refused[_i].column);
    if (problem.column)
        ck_assert_str_eq(problem.column, refused[_i].column);
    ck_assert_uint_eq(c.at, refused[_i].at);
    row_builder_release(&back);
    buffer_release(&problem.text);
}
END_TEST

/* --- readers --- */

/* Reads to the end. The rows' places and their `int` cells, or the error. */
static void read_lines(const char *text, size_t len, size_t row_bytes, struct buffer *told)
{
    struct limits limits = LIMITS_DEFAULT;
    struct input *in = input_memory("x", text, len);
    struct rows_reader *r;
    struct row_builder builder = {0};
    struct error err = ERROR_INIT;
    bool more = true;

    if (row_bytes)
        limits.row_bytes = row_bytes;
    r = rows_reader_json_lines(in, &limits);
    while (more && r->ops->row(r, &shape, &builder, &more, &err)) {
        if (more) {
            struct row row = row_builder_end(&builder);

            r->ops->place(r, told);
            buffer_printf(told, "=%.*s ", (int)row.cells[2].len, row.cells[2].text);
        }
    }
    buffer_append(told, err.message.data, err.message.len);
    row_builder_release(&builder);
    r->ops->free(r);
    input_free(in);
    error_release(&err);
}

static const struct {
    const char *text;
    const char *told;
} lines[] = {
    {"", ""},
    {"{\"int\":1}\n{\"int\":2}\n", "x:1=1 x:2=2 "},
    {"{\"int\":1}\r\n{\"int\":2}", "x:1=1 x:2=2 "},
    {"{\"int\":1}\n\n \n", "x:1=1 "},
    {"{\"int\":1}\n\n{\"int\":2}\n", "x:1=1 x:3:1: A blank line stands before this row."},
    {"{\"int\":1} {\"int\":2}\n", "x:1:11: Expected the end of the line after a row."},
    {"{\"int\":1}\n{\"int\":\n2}\n", "x:1=1 x:2:8: The line ends in the middle of a row."},
    {"{\"int\":1}\n{\"int\":", "x:1=1 x:2:8: The input ends in the middle of a row: the file was cut short."},
    {"{\"text\":\"é\", \"int\":\"?\"}", "x:1:20: samples.int is not an integer."},
    {"{\"int\":1}\n[]\n", "x:1=1 x:2:1: The row is not an object."},
    {"{\"what\":1}\n", "x:1:2: The row names \"what\", which is no column of samples."},
};

START_TEST(json_lines_give_rows_and_places)
{
    struct buffer told = BUFFER_INIT;

    read_lines(lines[_i].text, strlen(lines[_i].text), 0, &told);
    ck_assert_str_eq(buffer_string(&told), lines[_i].told);
    buffer_release(&told);
}
END_TEST

START_TEST(rows_have_a_limit_and_zeros_are_refused)
{
    static const char zero[] = "{\"int\":1}\n\0{\"int\":2}\n";
    struct buffer text = BUFFER_INIT;
    struct buffer told = BUFFER_INIT;

    read_lines(zero, sizeof zero - 1, 0, &told);
    ck_assert_str_eq(buffer_string(&told), "x:1=1 x:2:1: The row is not an object.");
    buffer_text(&text, "{\"int\":1}\n{\"text\":\"");
    for (int i = 0; i < 200000; i++)
        buffer_byte(&text, 'x');
    buffer_clear(&told);
    read_lines(text.data, text.len, (size_t)1 << 17, &told);
    ck_assert_str_eq(buffer_string(&told), "x:1=1 x:2:1: The row is larger than 131072 bytes (limit row_bytes).");
    buffer_text(&text, "\"}\n");
    buffer_clear(&told);
    read_lines(text.data, text.len, (size_t)1 << 20, &told);
    ck_assert_str_eq(buffer_string(&told), "x:1=1 x:2= ");
    buffer_release(&text);
    buffer_release(&told);
}
END_TEST

/* Reads a document, `samples` as rows and the rest as values, and tells what it meets. */
static void read_document(const char *text, size_t len, size_t row_bytes, struct buffer *told)
{
    struct limits limits = LIMITS_DEFAULT;
    struct input *in = input_memory("x", text, len);
    struct document_reader *d;
    struct rows_reader *r;
    struct row_builder builder = {0};
    struct error err = ERROR_INIT;
    const char *key;

    if (row_bytes)
        limits.row_bytes = row_bytes;
    d = document_reader_json(in, &limits);
    while (d->ops->member(d, &key, &err) && key) {
        bool more = true;

        buffer_printf(told, "%s=", key);
        if (strcmp(key, "samples") != 0) {
            if (!d->ops->value(d, told, &err))
                break;
        } else if (d->ops->rows(d, &r, &err)) {
            while (more && r->ops->row(r, &shape, &builder, &more, &err)) {
                if (more) {
                    struct row row = row_builder_end(&builder);

                    buffer_printf(told, "%.*s@", (int)row.cells[2].len, row.cells[2].text);
                    r->ops->place(r, told);
                    buffer_byte(told, ' ');
                }
            }
        }
        buffer_byte(told, ';');
        if (error_is_set(&err))
            break;
    }
    buffer_append(told, err.message.data, err.message.len);
    row_builder_release(&builder);
    d->ops->free(d);
    input_free(in);
    error_release(&err);
}

static const struct {
    const char *text;
    const char *told;
} documents[] = {
    {"{}", ""},
    {"\xEF\xBB\xBF {\"a\": [1 ,2], \"samples\": [], \"b\": null}\n", "a=[1 ,2];samples=;b=null;"},
    {"{\"samples\":\n[\n{\"int\":1},\n{\"int\":2}]}", "samples=1@x:3 2@x:4 ;"},
    {"{\"samples\": null, \"a\":12}", "samples=;a=12;"},
    {"", "x:1:1: The input ends in the middle of a document: the file was cut short."},
    {"[]", "x:1:1: Expected '{' at the beginning of a document."},
    {"{} x", "x:1:4: Something follows the end of the document."},
    {"{\"a\":1 \"b\":2}", "a=1;x:1:8: Expected ',' or '}' after a member."},
    {"{\"a\":1,}", "a=1;x:1:8: Expected a key in double quotes."},
    {"{\"a\" 1}", "x:1:6: Expected ':' after a key."},
    {"{\"a\":01}", "a=x:1:6: A number cannot begin with 0."},
    {"{\"a\":", "a=x:1:6: The input ends in the middle of a value: the file was cut short."},
    {"{\"a\":[1,", "a=x:1:9: The input ends in the middle of a value: the file was cut short."},
    {"{\"a\":[\n\"é\", x, ", "a=x:2:6: Expected a value."},
    {"{\"a\":\"b\n\", \"c", "a=x:1:8: A control character in a string must be escaped."},
    {"{\"a", "x:1:4: The input ends in the middle of a key: the file was cut short."},
    {"{\"samples\": {}}", "samples=;x:1:13: Expected '[': the rows of a table are a sequence."},
    {"{\"samples\": [{\"int\":1}", "samples=1@x:1 ;x:1:23: The input ends in the middle of a document: the file was cut short."},
    {"{\"samples\": [{\"int\":1} {}]}", "samples=1@x:1 ;x:1:24: Expected ',' or ']' after a row."},
    {"{\"samples\": [{\"int\":1},]}", "samples=1@x:1 ;x:1:24: The row is not an object."},
    {"{\"samples\": [{\"int\":", "samples=;x:1:21: The input ends in the middle of a row: the file was cut short."},
    {"{\"samples\": [\n  {\"int\":1},\n  {\"int\":\"x\"}]}", "samples=1@x:2 ;x:3:10: samples.int is not an integer."},
};

START_TEST(documents_give_members_rows_and_places)
{
    struct buffer told = BUFFER_INIT;

    read_document(documents[_i].text, strlen(documents[_i].text), 0, &told);
    ck_assert_str_eq(buffer_string(&told), documents[_i].told);
    buffer_release(&told);
}
END_TEST

START_TEST(long_documents_pass_through_a_small_window)
{
    struct buffer text = BUFFER_INIT;
    struct buffer told = BUFFER_INIT;
    struct buffer want = BUFFER_INIT;

    buffer_text(&text, "{\"samples\": [");
    buffer_text(&want, "samples=");
    for (int i = 0; i < 20000; i++) {
        buffer_printf(&text, "%s\n {\"int\": %d, \"text\": \"]}é\\\"\"}", i ? "," : "", i);
        buffer_printf(&want, "%d@x:%d ", i, i + 2);
    }
    buffer_text(&text, "],\n\"a\": \"");
    for (int i = 0; i < 300000; i++)
        buffer_byte(&text, 'x');
    buffer_text(&want, ";a=x:20002:6: The value is larger than 4096 bytes (limit row_bytes).");
    read_document(text.data, text.len, 4096, &told);
    ck_assert_str_eq(buffer_string(&told), buffer_string(&want));
    buffer_release(&text);
    buffer_release(&told);
    buffer_release(&want);
}
END_TEST

START_TEST(a_document_is_written_to_be_read)
{
    struct document_writer d = {.ops = &document_writer_json, .shape = &shape};
    struct cell cells[NCOLUMNS] = {[2] = {"7", 1}, [7] = {"{\"a\": 1}", 8}};
    struct row row = {.cells = cells, .ncells = NCOLUMNS};
    json_t *header = json_pack("{s:s, s:i}", "simulark", "bundle", "format", 1);
    json_t *seal = json_pack("{s:[]}", "tables");
    struct buffer out = BUFFER_INIT;
    struct buffer told = BUFFER_INIT;

    d.ops->header(&d, &out, header);
    d.ops->table(&d, &out);
    d.ops->row(&d, &out, &row);
    d.ops->row(&d, &out, &row);
    d.ops->table_end(&d, &out);
    d.ops->table(&d, &out);
    d.ops->table_end(&d, &out);
    d.ops->member(&d, &out, "seal", seal);
    d.ops->end(&d, &out);
    ck_assert(strncmp(buffer_string(&out), "{\n  \"simulark\": \"bundle\",\n  \"format\": 1,\n  \"samples\": [\n    {\n      \"id\": null,\n", 80) == 0);
    ck_assert(strstr(out.data, "\n  ],\n  \"samples\": [],\n  \"seal\": {\"tables\": []}\n}\n") != NULL);
    read_document(out.data, out.len, 0, &told);
    ck_assert_str_eq(buffer_string(&told), "simulark=\"bundle\";format=1;samples=7@x:5 7@x:18 ;samples=;seal={\"tables\": []};");
    json_decref(header);
    json_decref(seal);
    buffer_release(&out);
    buffer_release(&told);
}
END_TEST

Suite *row_json_suite(void)
{
    Suite *suite = suite_create("row_json");
    TCase *rows = tcase_create("rows");
    TCase *readers = tcase_create("readers");

    tcase_add_checked_fixture(rows, setup, teardown);
    tcase_add_loop_test(rows, a_row_comes_back_as_it_was, 0, sizeof round_trips / sizeof *round_trips);
    tcase_add_loop_test(rows, what_people_write_is_understood, 0, sizeof lenient / sizeof *lenient);
    tcase_add_loop_test(rows, what_is_wrong_with_a_row_is_named, 0, sizeof refused / sizeof *refused);
    suite_add_tcase(suite, rows);
    tcase_add_checked_fixture(readers, setup, teardown);
    tcase_add_loop_test(readers, json_lines_give_rows_and_places, 0, sizeof lines / sizeof *lines);
    tcase_add_test(readers, rows_have_a_limit_and_zeros_are_refused);
    tcase_add_loop_test(readers, documents_give_members_rows_and_places, 0, sizeof documents / sizeof *documents);
    tcase_add_test(readers, long_documents_pass_through_a_small_window);
    tcase_add_test(readers, a_document_is_written_to_be_read);
    suite_add_tcase(suite, readers);
    return suite;
}
