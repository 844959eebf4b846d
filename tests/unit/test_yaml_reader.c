/* The YAML readers: the core schema, aliases, limits, places of errors, rows; and the YAML test suite. */
#include "files.h"
#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/format/reader.h"
#include "simulark/format/row_text.h"
#include "simulark/format/yaml_scalar.h"
#include "simulark/format/yaml_value.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

Suite *yaml_reader_suite(void);

static const struct {
    const char *text;
    enum scalar scalar;
    const char *number;
} scalars[] = {
    {"", SCALAR_NULL, NULL},
    {"~", SCALAR_NULL, NULL},
    {"null", SCALAR_NULL, NULL},
    {"Null", SCALAR_NULL, NULL},
    {"NULL", SCALAR_NULL, NULL},
    {"nULL", SCALAR_STRING, NULL},
    {"true", SCALAR_TRUE, NULL},
    {"TRUE", SCALAR_TRUE, NULL},
    {"tRUE", SCALAR_STRING, NULL},
    {"False", SCALAR_FALSE, NULL},
    {"yes", SCALAR_STRING, NULL},
    {"no", SCALAR_STRING, NULL},
    {"on", SCALAR_STRING, NULL},
    {"0", SCALAR_INTEGER, "0"},
    {"-0", SCALAR_INTEGER, "-0"},
    {"+12", SCALAR_INTEGER, "12"},
    {"007", SCALAR_INTEGER, "7"},
    {"-000", SCALAR_INTEGER, "-0"},
    {"123456789012345678901234567890", SCALAR_INTEGER, "123456789012345678901234567890"},
    {"0o14", SCALAR_OCTAL, "12"},
    {"0o18", SCALAR_STRING, NULL},
    {"0o", SCALAR_STRING, NULL},
    {"0O14", SCALAR_STRING, NULL},
    {"0xFF", SCALAR_HEXADECIMAL, "255"},
    {"0x00", SCALAR_HEXADECIMAL, "0"},
    {"0xffffffffffffffffffff", SCALAR_HEXADECIMAL, "1208925819614629174706175"},
    {"0x3B9ACA00", SCALAR_HEXADECIMAL, "1000000000"},
    {"0o7777777777777777777777", SCALAR_OCTAL, "73786976294838206463"},
    {"0x1G", SCALAR_STRING, NULL},
    {"-0x1", SCALAR_STRING, NULL},
    {"0b1", SCALAR_STRING, NULL},
    {"1_000", SCALAR_STRING, NULL},
    {"12:30:00", SCALAR_STRING, NULL},
    {"2026-01-01", SCALAR_STRING, NULL},
    {"1.50", SCALAR_FLOAT, "1.50"},
    {".5", SCALAR_FLOAT, "0.5"},
    {"-.5", SCALAR_FLOAT, "-0.5"},
    {"1.", SCALAR_FLOAT, "1"},
    {"+01.", SCALAR_FLOAT, "1"},
    {"1.e3", SCALAR_SCIENTIFIC, "1e3"},
    {"1e3", SCALAR_SCIENTIFIC, "1e3"},
    {"1E+03", SCALAR_SCIENTIFIC, "1E+03"},
    {"00.10e-2", SCALAR_SCIENTIFIC, "0.10e-2"},
    {".", SCALAR_STRING, NULL},
    {"-", SCALAR_STRING, NULL},
    {"+.", SCALAR_STRING, NULL},
    {".e1", SCALAR_STRING, NULL},
    {"1e", SCALAR_STRING, NULL},
    {"1e+", SCALAR_STRING, NULL},
    {"1.2.3", SCALAR_STRING, NULL},
    {"--1", SCALAR_STRING, NULL},
    {".inf", SCALAR_INFINITY, NULL},
    {"+.INF", SCALAR_INFINITY, NULL},
    {"-.Inf", SCALAR_MINUS_INFINITY, NULL},
    {".NaN", SCALAR_NAN, NULL},
    {"-.nan", SCALAR_STRING, NULL},
    {".iNF", SCALAR_STRING, NULL},
    {"=", SCALAR_STRING, NULL},
    {"<<", SCALAR_STRING, NULL},
};

START_TEST(test_scalar)
{
    const char *text = scalars[_i].text;
    enum scalar scalar = scalar_resolve(text, strlen(text));
    struct buffer number = BUFFER_INIT;

    ck_assert_int_eq(scalar, scalars[_i].scalar);
    if (scalars[_i].number) {
        ck_assert(scalar_append_number(&number, scalar, text, strlen(text)));
        ck_assert_str_eq(buffer_string(&number), scalars[_i].number);
    }
    buffer_release(&number);
}
END_TEST

START_TEST(test_scalar_too_long)
{
    struct buffer text = BUFFER_INIT;
    struct buffer number = BUFFER_INIT;

    buffer_text(&text, "0x000");
    for (int i = 0; i < SCALAR_RADIX_DIGITS; i++)
        buffer_byte(&text, 'f');
    ck_assert(scalar_append_number(&number, SCALAR_HEXADECIMAL, text.data, text.len));
    ck_assert_uint_eq(number.len, 4933);
    buffer_byte(&text, 'f');
    ck_assert(!scalar_append_number(&number, SCALAR_HEXADECIMAL, text.data, text.len));
    buffer_release(&text);
    buffer_release(&number);
}
END_TEST

/* What is said to be as jsonb writes it must come out of the JSON scanner unchanged. */
static void check_canonical(const struct buffer *json)
{
    struct json_cursor c = {.text = json->data, .len = json->len};
    struct buffer again = BUFFER_INIT;

    ck_assert_msg(json_take_value(&c, &again), "%.*s", (int)json->len, json->data);
    ck_assert_uint_eq(c.at, json->len);
    ck_assert_msg(again.len == json->len && !memcmp(again.data, json->data, json->len), "%.*s", (int)json->len, json->data);
    buffer_release(&again);
}

/* The only document of some YAML as JSON text. */
static bool yaml_to_json(const char *yaml, size_t len, const struct limits *limits, struct buffer *json, struct error *err)
{
    struct input *in = input_memory("in.yaml", yaml, len);
    struct yaml_value value = {.nodes = yaml_nodes_new(in, limits), .limits = limits};
    struct yaml_node node = {0};
    bool read = yaml_nodes_next(value.nodes, &node, err) && node.kind == NODE_DOCUMENT &&
                yaml_nodes_next(value.nodes, &node, err) && yaml_value_take(&value, &node, READING_CORE, json, err) &&
                yaml_nodes_next(value.nodes, &node, err) && node.kind == NODE_DOCUMENT_END &&
                yaml_nodes_next(value.nodes, &node, err) && node.kind == NODE_STREAM_END;

    if (read && value.canonical)
        check_canonical(json);
    yaml_nodes_free(value.nodes);
    yaml_value_release(&value);
    input_free(in);
    return read;
}

static const struct {
    const char *yaml;
    bool canonical;
} forms[] = {
    {"{a: 1, b: [x, {}, {c: -1.50}], aa: null}", true},
    {"[0, 0x1F, -.5e3]", false},
    {"[-0]", false},
    {"{\"é\": 1, abc: 2}", true},
    {"{b: 1, a: 2}", false},
    {"{aa: 1, b: 2}", false},
    {"{a: 1, a: 2}", false},
    {"{a: {c: 1, b: 2}, b: 1}", false},
    {"{a: {b: 1, c: 2}, b: {a: 1}}", true},
    {"{\"a\\n\": 1, \"a\\\"\": 2}", false},
    {"{\"a\\n\": 1, \"ab\": 2}", false},
    {"{\"ab\": 1, \"b\\n\": 2}", true},
    {"{\"\\n\": 1, ab: 2}", true},
};

START_TEST(test_canonical)
{
    struct limits limits = LIMITS_DEFAULT;
    struct input *in = input_memory("in.yaml", forms[_i].yaml, strlen(forms[_i].yaml));
    struct yaml_value value = {.nodes = yaml_nodes_new(in, &limits), .limits = &limits};
    struct buffer json = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct yaml_node node;

    ck_assert(yaml_nodes_next(value.nodes, &node, &err) && yaml_nodes_next(value.nodes, &node, &err));
    ck_assert(yaml_value_take(&value, &node, READING_CORE, &json, &err));
    ck_assert_int_eq(value.canonical, forms[_i].canonical);
    if (value.canonical)
        check_canonical(&json);
    yaml_nodes_free(value.nodes);
    yaml_value_release(&value);
    buffer_release(&json);
    error_release(&err);
    input_free(in);
}
END_TEST

static const struct {
    const char *yaml;
    const char *json;
} values[] = {
    {"a", "\"a\""},
    {"# nothing\n---\n5\n...\n# nothing\n", "5"},
    {"\xEF\xBB\xBF" "a: 1", "{\"a\": 1}"},
    {"\xEF\xBB\xBF" "a: 1\nb: 2\n", "{\"a\": 1, \"b\": 2}"},
    {"\xEF\xBB\xBF" "---\na: 1\n", "{\"a\": 1}"},
    {"{a: 1, b: [2, {c: }]}", "{\"a\": 1, \"b\": [2, {\"c\": null}]}"},
    {"a:\n- 1\n- - 2\n  - 3\n- x: y\n  z: {}\nb: []\n", "{\"a\": [1, [2, 3], {\"x\": \"y\", \"z\": {}}], \"b\": []}"},
    {"1: one\nnull: two\n~: three\n? \n: four\n", "{\"1\": \"one\", \"null\": \"two\", \"~\": \"three\", \"\": \"four\"}"},
    {"[!!str 5, !!int \"5\", !!float 5, !!bool \"true\", !!null \"\", ! 5, !x 5, !!str , !!binary aGk=]",
     "[\"5\", 5, 5, true, null, \"5\", \"5\", \"\", \"aGk=\"]"},
    {"[!!map {}, !!seq [], !x {a: 1}, !!set {a}]", "[{}, [], {\"a\": 1}, {\"a\": null}]"},
    {"['1', \"1\", |-\n 1\n]", NULL},
    {"- '1'\n- \"1\"\n- |-\n  1\n- >-\n  1\n", "[\"1\", \"1\", \"1\", \"1\"]"},
    {"[&a 1, *a, &b 007, *b, &c '1', *c]", "[1, 1, 7, 7, \"1\", \"1\"]"},
    {"[&a [1, &b {x: *c}], *a]", NULL},
    {"[&a [1, &b {x: y}], *b, *a]", "[[1, {\"x\": \"y\"}], {\"x\": \"y\"}, [1, {\"x\": \"y\"}]]"},
    {"[&a 1, &b [*a, *a], &c [*b, *b], *c]", "[1, [1, 1], [[1, 1], [1, 1]], [[1, 1], [1, 1]]]"},
    {"[&a 1, &a [2, &a 3], *a]", "[1, [2, 3], 3]"},
    {"{&k key: 1, other: *k}", "{\"key\": 1, \"other\": \"key\"}"},
    {"{x: &k key, *k : 1}", "{\"x\": \"key\", \"key\": 1}"},
    {"[no, 1_000, 12:30:00, 2026-01-01, 0b1, =, <<]",
     "[\"no\", \"1_000\", \"12:30:00\", \"2026-01-01\", \"0b1\", \"=\", \"<<\"]"},
    {"\"\\u00e9\\U0001F600\\N\"", "\"\xC3\xA9\xF0\x9F\x98\x80\xC2\x85\""},
};

START_TEST(test_value)
{
    struct limits limits = LIMITS_DEFAULT;
    struct buffer json = BUFFER_INIT;
    struct error err = ERROR_INIT;
    bool read = yaml_to_json(values[_i].yaml, strlen(values[_i].yaml), &limits, &json, &err);

    ck_assert_msg(read == !!values[_i].json, "%s", buffer_string(&err.message));
    if (read)
        ck_assert_str_eq(buffer_string(&json), values[_i].json);
    buffer_release(&json);
    error_release(&err);
}
END_TEST

static const struct {
    const char *yaml;
    const char *message;
} refusals[] = {
    {"a: [1, 2",
     "in.yaml:2:1: This is not YAML: did not find expected ',' or ']' while parsing a flow sequence that starts at line 1."},
    {"a: b: c", "in.yaml:1:5: This is not YAML: mapping values are not allowed in this context."},
    {"a: 'b\n",
     "in.yaml:2:1: This is not YAML: found unexpected end of stream while scanning a quoted scalar that starts at line 1."},
    {"[a]: b", "in.yaml:1:1: A key must be a scalar, and this is a mapping or a sequence."},
    {"? {a: 1}\n: b", "in.yaml:1:3: A key must be a scalar, and this is a mapping or a sequence."},
    {"a: &x [1]\n*x : 2", "in.yaml:2:1: A key must be a scalar, and this is a mapping or a sequence."},
    {"a: *b", "in.yaml:1:4: The alias *b has no anchor before it."},
    {"a: &b [*b]", "in.yaml:1:8: The alias *b stands inside of what it stands for."},
    {"a:\n  - .inf\n", "in.yaml:2:5: Neither infinity nor NaN can be a number in JSON."},
    {"a: !!int x", "in.yaml:1:4: The tag does not fit what it stands before."},
    {"a: !!map x", "in.yaml:1:4: The tag does not fit what it stands before."},
    {"a: !!str [x]", "in.yaml:1:4: The tag does not fit what it stands before."},
    {"a: \"x\\0\"", "in.yaml:1:4: The character U+0000 cannot be stored in a database."},
    {"a: b\nc: \xC3\xA9\xFF", "in.yaml:2:5: The byte 0xFF is not valid UTF-8 here."},
    {"a: \xE2\x82", "in.yaml:1:4: The byte 0xE2 is not valid UTF-8 here."},
    {"a: \xED\xA0\x80", "in.yaml:1:4: The byte 0xED is not valid UTF-8 here."},
    {"a: \x01", "in.yaml:1:4: The character U+0001 may not stand in YAML as it is."},
    {"a: \"b\xC2\x85\"", "in.yaml:1:6: The character U+0085 may not stand in YAML as it is."},
    {"a: b # c\u2028d: e", "in.yaml:1:9: The character U+2028 may not stand in YAML as it is."},
    {"a: |\n  b\u2029", "in.yaml:2:4: The character U+2029 may not stand in YAML as it is."},
    {"\xFF\xFE" "a", "in.yaml:1:1: The byte 0xFF is not valid UTF-8 here."},
};

START_TEST(test_refusal)
{
    struct limits limits = LIMITS_DEFAULT;
    struct buffer json = BUFFER_INIT;
    struct error err = ERROR_INIT;

    ck_assert(!yaml_to_json(refusals[_i].yaml, strlen(refusals[_i].yaml), &limits, &json, &err));
    ck_assert_int_eq(err.status, STATUS_MALFORMED);
    ck_assert_str_eq(buffer_string(&err.message), refusals[_i].message);
    buffer_release(&json);
    error_release(&err);
}
END_TEST

START_TEST(test_utf16)
{
    static const char utf16[] = "a\0:\0 \0b\0";
    struct limits limits = LIMITS_DEFAULT;
    struct buffer json = BUFFER_INIT;
    struct error err = ERROR_INIT;

    ck_assert(!yaml_to_json(utf16, sizeof utf16 - 1, &limits, &json, &err));
    ck_assert_str_eq(buffer_string(&err.message), "in.yaml:1:2: The character U+0000 may not stand in YAML as it is.");
    buffer_release(&json);
    error_release(&err);
}
END_TEST

static void check_limit(const char *yaml, size_t len, const struct limits *limits, const char *message)
{
    struct buffer json = BUFFER_INIT;
    struct error err = ERROR_INIT;
    bool read = yaml_to_json(yaml, len, limits, &json, &err);

    ck_assert_str_eq(buffer_string(&err.message), message);
    ck_assert(read == !*message);
    buffer_release(&json);
    error_release(&err);
}

START_TEST(test_limits)
{
    struct limits limits = LIMITS_DEFAULT;
    struct buffer yaml = BUFFER_INIT;

    limits.yaml_depth = 3;
    check_limit("[[[1]]]", 7, &limits, "");
    check_limit("[[[[1]]]]", 9, &limits, "in.yaml:1:4: This is nested more than 3 levels deep (limit yaml_depth).");
    check_limit("[&a [[1]], [[*a]]]", 18, &limits,
                "in.yaml:1:14: This is nested more than 3 levels deep (limit yaml_depth).");
    limits = LIMITS_DEFAULT;
    for (int i = 0; i < 10000; i++)
        buffer_byte(&yaml, '[');
    for (int i = 0; i < 50000; i++)
        buffer_text(&yaml, "1,");
    check_limit(yaml.data, yaml.len, &limits,
                "in.yaml:1:100003: This is nested so deeply in so many places that reading it would take too long.");
    buffer_clear(&yaml);
    limits.row_bytes = 100;
    buffer_text(&yaml, "[x");
    for (int i = 0; i < 40; i++)
        buffer_text(&yaml, ", x");
    buffer_byte(&yaml, ']');
    check_limit(yaml.data, yaml.len, &limits,
                "in.yaml:1:1: A value is larger than 100 bytes (limit row_bytes).");
    buffer_clear(&yaml);
    buffer_text(&yaml, "a: \"\\\n");
    for (int i = 0; i < 100000; i++)
        buffer_text(&yaml, "\\\n");
    buffer_byte(&yaml, '"');
    check_limit(yaml.data, yaml.len, &limits, "in.yaml:1: A value is larger than 100 bytes (limit row_bytes).");
    limits = LIMITS_DEFAULT;
    limits.alias_bytes = 4000;
    buffer_clear(&yaml);
    buffer_text(&yaml, "- &a0 [x, x]\n");
    for (int i = 1; i < 30; i++)
        buffer_printf(&yaml, "- &a%d [*a%d, *a%d]\n", i, i - 1, i - 1);
    check_limit(yaml.data, yaml.len, &limits,
                "in.yaml:6:8: The aliases of this YAML document stand for more than 4000 bytes (limit alias_bytes).");
    buffer_clear(&yaml);
    for (int i = 1; i < 1000; i++)
        buffer_printf(&yaml, "- &a%d\n", i);
    check_limit(yaml.data, yaml.len, &limits,
                "in.yaml:94:3: The anchors of this YAML document keep more than 4000 bytes (limit alias_bytes).");
    buffer_release(&yaml);
}
END_TEST

static void shape_of(struct shape *shape)
{
    *shape = (struct shape){.table = table_find("projects"), .rows = -1};
    shape_add_column(shape, "id", "uuid");
    shape_add_column(shape, "label", "text");
    shape_add_column(shape, "n", "integer");
    shape_add_column(shape, "x", "double precision");
    shape_add_column(shape, "yes", "boolean");
    shape_add_column(shape, "at", "timestamp with time zone");
    shape_add_column(shape, "data", "jsonb");
    shape_add_column(shape, "tags", "text[]");
    shape_add_column(shape, "date", "date");
}

/* Cells separated by '|', unset and NULL ones as '-'. */
static void append_cells(struct buffer *text, struct row_builder *builder)
{
    struct row row = row_builder_end(builder);

    for (size_t i = 0; i < row.ncells; i++) {
        if (i)
            buffer_byte(text, '|');
        if (row.cells[i].text)
            buffer_append(text, row.cells[i].text, row.cells[i].len);
        else
            buffer_byte(text, '-');
    }
    buffer_byte(text, '\n');
}

static bool read_rows(struct rows_reader *reader, const struct shape *shape, struct buffer *text, struct error *err)
{
    struct row_builder builder = {0};
    bool more = true;
    bool read;

    while ((read = reader->ops->row(reader, shape, &builder, &more, err)) && more)
        append_cells(text, &builder);
    row_builder_release(&builder);
    return read;
}

static const struct {
    const char *yaml;
    const char *cells; /* or the message */
} streams[] = {
    {"", ""},
    {"# nothing\n", ""},
    {"---\nlabel: 1.10\nn: 5\n---\n{label: 007, x: .5, yes: True}\n", "-|1.10|5|-|-|-|-|-|-\n-|007|-|0.5|t|-|-|-|-\n"},
    {"label: ~\n", "-|-|-|-|-|-|-|-|-\n"},
    {"label: \"~\"\n", "-|~|-|-|-|-|-|-|-\n"},
    {"label: 0x1F\nn: 0x1F\ndata: 0x1F\n", "-|0x1F|31|-|-|-|31|-|-\n"},
    {"label: yes\ndate: 2026-01-01\n", "-|yes|-|-|-|-|-|-|2026-01-01\n"},
    {"at: 2026-01-01 10:00:00+00\n", "-|-|-|-|-|2026-01-01 10:00:00+00|-|-|-\n"},
    {"x: .inf\n", "-|-|-|Infinity|-|-|-|-|-\n"},
    {"data: {b: 007, a: 1.50}\n", "-|-|-|-|-|-|{\"a\": 1.50, \"b\": 7}|-|-\n"},
    {"data: {$json: null}\n", "-|-|-|-|-|-|null|-|-\n"},
    {"tags: [1.10, 007, yes, null, a b]\n", "-|-|-|-|-|-|-|{1.10,007,yes,NULL,\"a b\"}|-\n"},
    {"label: &a 007\ndata: [*a, *a]\n", "-|007|-|-|-|-|[7, 7]|-|-\n"},
    {"label: &a 007\n---\nlabel: *a\n", "-|007|-|-|-|-|-|-|-\nin.yaml:3:8: The alias *a has no anchor before it."},
    {"---\n---\nlabel: a\n", "in.yaml:2:1: A row must be a mapping of columns' names to values."},
    {"- label: a\n", "in.yaml:1:1: A row must be a mapping of columns' names to values."},
    {"label: a\n---\nlabel: [\n",
     "-|a|-|-|-|-|-|-|-\nin.yaml:4:1: This is not YAML: did not find expected node content while parsing a flow node that "
     "starts at line 4."},
    {"label: a\n---\nlabel: a\nn: 1\nid: x\n", "-|a|-|-|-|-|-|-|-\nin.yaml:5:5: projects.id is not a uuid."},
    {"label: a\nn: 1\nlabel: b\n", "in.yaml:3:1: projects.label is in the row twice."},
    {"label: a\nnone: [b]\n", "in.yaml:2:1: The row names \"none\", which is no column of projects."},
    {"n: 1\nlabel:\n  a: b\n", "in.yaml:3:3: projects.label is an object where a single value belongs."},
    {"n:\n  yes\n", "in.yaml:2:3: projects.n is not an integer."},
    {"tags: a\n", "in.yaml:1:7: projects.tags is not an array."},
    {"data: 1e999999\n", "in.yaml:1:7: projects.data is beyond the range of numeric."},
    {"n: +012\nx: -1.e3\nyes: 1\n", "-|-|12|-1000|t|-|-|-|-\n"},
    {"data: {a: 1, a: -0, b: 1e2, $json: null}\n", "-|-|-|-|-|-|{\"a\": 0, \"b\": 100, \"$json\": null}|-|-\n"},
    {"data: .nan\n", "in.yaml:1:7: Neither infinity nor NaN can be a number in JSON."},
    {"{a: 1}: b\n", "in.yaml:1:1: The name of a column must be a scalar, and this is a mapping or a sequence."},
};

START_TEST(test_stream)
{
    struct limits limits = LIMITS_DEFAULT;
    struct input *in = input_memory("in.yaml", streams[_i].yaml, strlen(streams[_i].yaml));
    struct rows_reader *reader = rows_reader_yaml_stream(in, &limits);
    struct buffer text = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct shape shape;

    shape_of(&shape);
    if (!read_rows(reader, &shape, &text, &err))
        buffer_text(&text, buffer_string(&err.message));
    ck_assert_str_eq(buffer_string(&text), streams[_i].cells);
    buffer_release(&text);
    error_release(&err);
    shape_release(&shape);
    reader->ops->free(reader);
    input_free(in);
}
END_TEST

static const struct {
    const char *yaml;
    const char *text; /* members, values, cells, and the message */
} documents[] = {
    {"simulark: bundle\nformat: 1\nprojects:\n  - label: a\n  - {label: b}\nseal: {x: [1]}\n",
     "simulark=\"bundle\"\nformat=1\nprojects:\n-|a|-|-|-|-|-|-|-\n-|b|-|-|-|-|-|-|-\nseal={\"x\": [1]}\n"},
    {"{simulark: bundle, projects: []}\n", "simulark=\"bundle\"\nprojects:\n"},
    {"projects: ~\ngraphs: x\n", "projects:\ngraphs=\"x\"\n"},
    {"a: 1\na: 2\n", "a=1\nin.yaml:2:1: The member `a` is there twice."},
    {"a: 1\n---\nb: 2\n", "a=1\nin.yaml:2:1: Another YAML document follows where the file should end."},
    {"a: 1\n...\n# the end\n", "a=1\n"},
    {"a: 1\n  b: 2\n", "a=\"1 b\"\nin.yaml:2:4: This is not YAML: mapping values are not allowed in this context."},
    {"a: 1\n...\nb\n", "a=1\nin.yaml:3:1: This is not YAML: did not find expected <document start>."},
    {"", "in.yaml:1:1: The file is empty."},
    {"- a\n", "in.yaml:1:1: A bundle must be a mapping, with `simulark: bundle` as its first member."},
    {"projects: {}\n", "projects:\nin.yaml:1:11: The rows of a table must be a sequence of mappings."},
    {"projects:\n  - a\n", "projects:\nin.yaml:2:5: A row must be a mapping of columns' names to values."},
    {"t: &t [1]\nu: *t\n", "t=[1]\nu=[1]\n"},
    {"projects:\n  - &r {label: 007, data: 007}\n  - *r\nx: *r\n",
     "projects:\n-|007|-|-|-|-|7|-|-\n-|007|-|-|-|-|7|-|-\nx={\"label\": 7, \"data\": 7}\n"},
};

START_TEST(test_document)
{
    struct limits limits = LIMITS_DEFAULT;
    struct input *in = input_memory("in.yaml", documents[_i].yaml, strlen(documents[_i].yaml));
    struct document_reader *d = document_reader_yaml(in, &limits);
    struct buffer text = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct rows_reader *rows;
    struct shape shape;
    const char *key;
    bool read;

    shape_of(&shape);
    while ((read = d->ops->member(d, &key, &err)) && key) {
        buffer_text(&text, key);
        if (!strcmp(key, "projects")) {
            buffer_text(&text, ":\n");
            if (!(read = d->ops->rows(d, &rows, &err) && read_rows(rows, &shape, &text, &err)))
                break;
        } else {
            buffer_byte(&text, '=');
            if (!(read = d->ops->value(d, &text, &err)))
                break;
            buffer_byte(&text, '\n');
        }
    }
    if (!read)
        buffer_text(&text, buffer_string(&err.message));
    ck_assert_str_eq(buffer_string(&text), documents[_i].text);
    buffer_release(&text);
    error_release(&err);
    shape_release(&shape);
    d->ops->free(d);
    input_free(in);
}
END_TEST

/* Rows written as YAML come back as they were, in a stream and in a document. */
START_TEST(test_rows_come_back)
{
    static const char *const rows[][9] = {
        {"0f8fad5b-d9cb-469f-a165-70867728950e", "Shop", "5", "1.5", "t", "2026-01-01 10:00:00+00", "{\"a\": [1.50, null]}",
         "{a,\"b c\",NULL,\"NULL\",\"\",\"q\\\"\\\\\"}", "2026-01-01"},
        {NULL, "", "-1", "Infinity", "f", "infinity", "null", "{}", NULL},
        {NULL, "007", NULL, "NaN", NULL, "0044-03-15 10:00:00+00 BC", "{\"$json\": 5}", "{\"a,b\",\"x\ny\",007,yes}", NULL},
        {NULL, "a: b\nc # d\n", NULL, "1e+20", NULL, NULL, "{\"$json\": {\"$json\": null}}", "[0:1]={a,b}", NULL},
        {NULL, "null", NULL, "-Infinity", NULL, NULL, "\"$json\"", "{{a,b},{c,d}}", NULL},
        {NULL, " x ", NULL, "-0", NULL, NULL, "{\"a\": 1, \"$json\": 1}",
         "{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,NULL,\"bbbbbbbbbbbbbb bbbbbbbbbbbbbbbbbbbbbbbbbbb\",\"\",\"c\nd\"}",
         NULL},
    };
    struct limits limits = LIMITS_DEFAULT;
    struct buffer stream = BUFFER_INIT;
    struct buffer wanted = BUFFER_INIT;
    struct buffer got = BUFFER_INIT;
    struct row_builder builder = {0};
    struct error err = ERROR_INIT;
    struct rows_reader *reader;
    struct input *in;
    struct shape shape;

    shape_of(&shape);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct row row;

        row_builder_begin(&builder, 9);
        for (size_t k = 0; k < 9; k++)
            row_builder_put(&builder, k, rows[i][k], rows[i][k] ? strlen(rows[i][k]) : 0);
        append_cells(&wanted, &builder);
        row_builder_begin(&builder, 9);
        for (size_t k = 0; k < 9; k++)
            row_builder_put(&builder, k, rows[i][k], rows[i][k] ? strlen(rows[i][k]) : 0);
        row = row_builder_end(&builder);
        buffer_text(&stream, "---\n");
        row_yaml_append(&stream, &shape, &row, 0);
    }
    in = input_memory("in.yaml", stream.data, stream.len);
    reader = rows_reader_yaml_stream(in, &limits);
    ck_assert_msg(read_rows(reader, &shape, &got, &err), "%s\n%s", buffer_string(&err.message), buffer_string(&stream));
    ck_assert_str_eq(buffer_string(&got), buffer_string(&wanted));
    reader->ops->free(reader);
    input_free(in);
    row_builder_release(&builder);
    buffer_release(&stream);
    buffer_release(&wanted);
    buffer_release(&got);
    shape_release(&shape);
    error_release(&err);
}
END_TEST

/* Drops the zeros at the end of fractions: 450.00 is 450 to the test suite, but not to us. */
static void drop_scale(struct buffer *json)
{
    bool in_string = false;
    bool fraction = false;
    size_t to = 0;

    for (size_t i = 0; i < json->len; i++) {
        char c = json->data[i];

        if (fraction && (c < '0' || c > '9')) {
            while (json->data[to - 1] == '0')
                to--;
            to -= json->data[to - 1] == '.';
            fraction = false;
        }
        if (c == '"')
            in_string = !in_string;
        else if (c == '.' && !in_string)
            fraction = true;
        json->data[to++] = c;
        if (c == '\\')
            json->data[to++] = json->data[++i];
    }
    json->len = to;
}

/* One case of the YAML test suite, and what libyaml alone does with it. */
static void check_case(const char *id, bool valid, bool libyaml_accepts, bool comparable)
{
    struct limits limits = LIMITS_DEFAULT;
    struct buffer yaml = BUFFER_INIT;
    struct buffer wanted = BUFFER_INIT;
    struct buffer json = BUFFER_INIT;
    struct buffer left = BUFFER_INIT;
    struct buffer right = BUFFER_INIT;
    struct error err = ERROR_INIT;
    char name[256];
    bool read;

    snprintf(name, sizeof name, "yaml/yaml-test-suite-data/%s/in.yaml", id);
    corpus_read(name, &yaml);
    read = yaml_to_json(buffer_string(&yaml), yaml.len, &limits, &json, &err);
    if (!valid && !libyaml_accepts)
        ck_assert_msg(!read, "%s is accepted", id);
    if (valid && libyaml_accepts && comparable) {
        struct json_cursor c, d;

        snprintf(name, sizeof name, "yaml/yaml-test-suite-data/%s/in.json", id);
        corpus_read(name, &wanted);
        c = (struct json_cursor){.text = buffer_string(&wanted), .len = wanted.len};
        d = (struct json_cursor){.text = buffer_string(&json), .len = json.len};
        /* Not of no document, nor of several. */
        if (json_look(&c) && json_take_value(&c, &left) && !json_look(&c)) {
            ck_assert_msg(read, "%s is refused: %s", id, buffer_string(&err.message));
            ck_assert_msg(json_take_value(&d, &right), "%s", id);
            drop_scale(&left);
            drop_scale(&right);
            ck_assert_msg(!strcmp(buffer_string(&left), buffer_string(&right)), "%s: %s, not %s", id, right.data, left.data);
        }
    }
    buffer_release(&yaml);
    buffer_release(&wanted);
    buffer_release(&json);
    buffer_release(&left);
    buffer_release(&right);
    error_release(&err);
}

START_TEST(test_yaml_test_suite)
{
    struct buffer text = BUFFER_INIT;
    char *save = NULL;
    char *line;
    int cases = 0;

    corpus_read("yaml/LIBYAML_0.2.5_BASELINE.tsv", &text);
    buffer_byte(&text, '\0');
    for (line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *id = strsep(&line, "\t");
        const char *expected = strsep(&line, "\t");
        const char *libyaml = strsep(&line, "\t");
        const char *value = strsep(&line, "\t");

        if (*id != '#' && value && strcmp(id, "id") != 0) {
            check_case(id, !strcmp(expected, "valid"), !strcmp(libyaml, "accept"), !strcmp(value, "equal"));
            cases++;
        }
    }
    ck_assert_int_ge(cases, 201);
    buffer_release(&text);
}
END_TEST

/* Sequences of bytes that are UTF-8 or not, as hexadecimal. */
START_TEST(test_utf8_sequences)
{
    struct limits limits = LIMITS_DEFAULT;
    struct buffer text = BUFFER_INIT;
    struct buffer yaml = BUFFER_INIT;
    struct buffer json = BUFFER_INIT;
    struct error err = ERROR_INIT;
    char *save = NULL;
    char *line;
    int sequences = 0;

    corpus_read("unicode/kuhn/sequences.jsonl", &text);
    buffer_byte(&text, '\0');
    for (line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *hex = strstr(line, "\"hex\": \"") + strlen("\"hex\": \"");
        /* YAML takes no NUL, DEL or U+FFFF as they are. */
        bool valid = strstr(line, "\"valid_utf8\": true") && !strchr("07", *hex) && strncmp(hex, "efbfbf", 6) != 0;

        buffer_clear(&yaml);
        buffer_text(&yaml, "{\"a\": \"");
        for (; *hex != '"'; hex += 2) {
            unsigned byte;

            ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
            buffer_byte(&yaml, (char)byte);
        }
        buffer_text(&yaml, "\"}");
        buffer_clear(&json);
        error_clear(&err);
        ck_assert_msg(yaml_to_json(yaml.data, yaml.len, &limits, &json, &err) == valid, "%s", line);
        if (valid)
            ck_assert_str_eq(buffer_string(&json), buffer_string(&yaml));
        sequences++;
    }
    ck_assert_int_ge(sequences, 40);
    buffer_release(&text);
    buffer_release(&yaml);
    buffer_release(&json);
    error_release(&err);
}
END_TEST

Suite *yaml_reader_suite(void)
{
    Suite *suite = suite_create("yaml reader");
    TCase *tcase = tcase_create("reader");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_scalar, 0, (int)(sizeof scalars / sizeof *scalars));
    tcase_add_test(tcase, test_scalar_too_long);
    tcase_add_loop_test(tcase, test_canonical, 0, (int)(sizeof forms / sizeof *forms));
    tcase_add_loop_test(tcase, test_value, 0, (int)(sizeof values / sizeof *values));
    tcase_add_loop_test(tcase, test_refusal, 0, (int)(sizeof refusals / sizeof *refusals));
    tcase_add_test(tcase, test_utf16);
    tcase_add_test(tcase, test_limits);
    tcase_add_loop_test(tcase, test_stream, 0, (int)(sizeof streams / sizeof *streams));
    tcase_add_loop_test(tcase, test_document, 0, (int)(sizeof documents / sizeof *documents));
    tcase_add_test(tcase, test_rows_come_back);
    if (corpora_named()) {
        tcase_add_test(tcase, test_yaml_test_suite);
        tcase_add_test(tcase, test_utf8_sequences);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}
