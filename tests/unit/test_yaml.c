/* The YAML writer: its style, and that what it writes comes back through the reader as it was. */
#include "files.h"
#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/format/json.h"
#include "simulark/format/reader.h"
#include "simulark/format/writer.h"
#include "simulark/format/yaml.h"

#include <check.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

Suite *yaml_suite(void);

/* Reads a document's only member back, as canonical JSON. */
static void read_back(const struct buffer *yaml, struct buffer *canonical)
{
    struct limits limits = LIMITS_DEFAULT;
    struct input *in = input_memory("test", yaml->data, yaml->len);
    struct document_reader *d = document_reader_yaml(in, &limits);
    struct buffer json = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct json_cursor c = {0};
    const char *key;
    bool read = d->ops->member(d, &key, &err) && d->ops->value(d, &json, &err) && d->ops->member(d, &key, &err);

    ck_assert_msg(read && !key, "%s\n%.*s", buffer_string(&err.message), (int)yaml->len, yaml->data);
    c.text = json.data;
    c.len = json.len;
    buffer_clear(canonical);
    ck_assert_msg(json_take_value(&c, canonical), "%s", c.problem);
    buffer_release(&json);
    error_release(&err);
    d->ops->free(d);
    input_free(in);
}

/* Demands that a canonical value comes back as it is. */
static void check_canonical(const char *text, size_t len)
{
    struct buffer yaml = BUFFER_INIT;
    struct buffer back = BUFFER_INIT;

    buffer_text(&yaml, "value:");
    yaml_append_json(&yaml, text, len, 2);
    read_back(&yaml, &back);
    ck_assert_msg(back.len == len && !memcmp(back.data, text, len), "%.*s\nbecame\n%.*s\nand then\n%.*s", (int)len, text,
                  (int)yaml.len, yaml.data, (int)back.len, back.data);
    buffer_release(&yaml);
    buffer_release(&back);
}

static void check_json(const char *json, size_t len)
{
    struct json_cursor c = {.text = json, .len = len};
    struct buffer canonical = BUFFER_INIT;

    if (json_take_value(&c, &canonical))
        check_canonical(canonical.data, canonical.len);
    buffer_release(&canonical);
}

/* Demands that a string comes back as value, as item, as key, and in flow style. */
static void check_string(const char *text, size_t len)
{
    struct buffer json = BUFFER_INIT;
    struct buffer wanted = BUFFER_INIT;
    struct buffer yaml = BUFFER_INIT;
    struct buffer back = BUFFER_INIT;
    const char *string;

    json_append_string(&json, text, len);
    string = buffer_string(&json);
    buffer_printf(&wanted, "[[%s, {%s: %s}], {%s: 1}]", string, string, string, string);
    check_canonical(wanted.data, wanted.len);

    buffer_text(&yaml, "v: [");
    yaml_append_flow_string(&yaml, text, len);
    buffer_text(&yaml, ", ");
    yaml_append_flow_string(&yaml, text, len);
    buffer_text(&yaml, "]\n");
    read_back(&yaml, &back);
    buffer_clear(&wanted);
    buffer_printf(&wanted, "[%s, %s]", string, string);
    ck_assert_str_eq(buffer_string(&back), buffer_string(&wanted));
    buffer_release(&json);
    buffer_release(&wanted);
    buffer_release(&yaml);
    buffer_release(&back);
}

static const struct style {
    const char *text;
    const char *yaml;
} styles[] = {
    {"", "\"\"\n"},
    {"Shop", "Shop\n"},
    {"Order service (v2), EU's", "Order service (v2), EU's\n"},
    {"http://example.org/a#b", "http://example.org/a#b\n"},
    {"/api/v1/{id}", "/api/v1/{id}\n"},
    {"_id", "_id\n"},
    {"Größe", "Größe\n"},
    {"ölig", "ölig\n"},
    {"0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e\n"},
    {"0f8fad5b-d9cb-469f-a165-70867728950", "\"0f8fad5b-d9cb-469f-a165-70867728950\"\n"},
    {"no", "\"no\"\n"},
    {"Y", "\"Y\"\n"},
    {"oN", "\"oN\"\n"},
    {"Null", "\"Null\"\n"},
    {"Infinity", "\"Infinity\"\n"},
    {"northern", "northern\n"},
    {"e1", "\"e1\"\n"},
    {"E-07", "\"E-07\"\n"},
    {"e2e", "e2e\n"},
    {"\U0010FFFF", "\"\\U0010FFFF\"\n"},
    {"~", "\"~\"\n"},
    {"=", "\"=\"\n"},
    {"<<", "\"<<\"\n"},
    {".", "\".\"\n"},
    {"-", "\"-\"\n"},
    {"- a", "\"- a\"\n"},
    {"---", "\"---\"\n"},
    {"1", "\"1\"\n"},
    {"1_000", "\"1_000\"\n"},
    {"_1", "\"_1\"\n"},
    {"12:30:45", "\"12:30:45\"\n"},
    {"2026-01-01", "\"2026-01-01\"\n"},
    {"a: b", "\"a: b\"\n"},
    {"a:", "\"a:\"\n"},
    {"a:b", "a:b\n"},
    {"a #b", "\"a #b\"\n"},
    {"a#b", "a#b\n"},
    {" a", "\" a\"\n"},
    {"a ", "\"a \"\n"},
    {"a\tb", "\"a\\tb\"\n"},
    {"\"a\"", "\"\\\"a\\\"\"\n"},
    {"say \"a\"", "say \"a\"\n"},
    {"C:\\x", "C:\\x\n"},
    {"*a", "\"*a\"\n"},
    {"#fff", "\"#fff\"\n"},
    {"{x}", "\"{x}\"\n"},
    {"\x01", "\"\\u0001\"\n"},
    {"a\x7F", "\"a\\u007F\"\n"},
    {"a\xC2\x85" "b", "\"a\\u0085b\"\n"},
    {"a\u00A0b", "\"a\\u00A0b\"\n"},
    {"a\u2028b", "\"a\\u2028b\"\n"},
    {"a\u202Eb", "\"a\\u202Eb\"\n"},
    {"\uFEFF", "\"\\uFEFF\"\n"},
    {"a\nb", "|-\n    a\n    b\n"},
    {"a\nb\n", "|\n    a\n    b\n"},
    {"a\n\n- b: c # d\n", "|\n    a\n\n    - b: c # d\n"},
    {"\na\n", "|\n\n    a\n"},
    {"  a\nb", "|2-\n      a\n    b\n"},
    {"\n\ta\n", "|2\n\n    \ta\n"},
    {"a\n\tb\n", "|\n    a\n    \tb\n"},
    {"a\n\n", "\"a\\n\\n\"\n"},
    {"a \nb", "\"a \\nb\"\n"},
    {"a\n \nb", "\"a\\n \\nb\"\n"},
    {"\n", "\"\\n\"\n"},
    {"a\r\nb", "\"a\\r\\nb\"\n"},
    {"a\n\u2029b", "\"a\\n\\u2029b\"\n"},
};

START_TEST(test_string_style)
{
    const struct style *style = &styles[_i];
    struct buffer yaml = BUFFER_INIT;

    yaml_append_string(&yaml, style->text, strlen(style->text), 2);
    ck_assert_str_eq(buffer_string(&yaml), style->yaml);
    check_string(style->text, strlen(style->text));
    buffer_release(&yaml);
}
END_TEST

static void check_yaml(const char *json, const char *expected)
{
    struct buffer yaml = BUFFER_INIT;

    yaml_append_json(&yaml, json, strlen(json), 2);
    ck_assert_str_eq(buffer_string(&yaml), expected);
    buffer_release(&yaml);
}

START_TEST(test_json_style)
{
    check_yaml("5", " 5\n");
    check_yaml("null", " null\n");
    check_yaml("{}", " {}\n");
    check_yaml("[ ]", " []\n");
    check_yaml("\"a\\\"b\"", " a\"b\n");
    check_yaml("{\"a\": 1.50, \"b c\": [true, \"x\\ny\\n\", {}]}",
               "\n  a: 1.50\n  b c:\n    - true\n    - |\n      x\n      y\n    - {}\n");
    check_yaml("[{\"a\": {\"b\": 1}, \"c\": 2}, [[3], []], \" \"]",
               "\n  - a:\n      b: 1\n    c: 2\n  - - [3]\n    - []\n  - \" \"\n");
    check_yaml("[\"a\", \"b, c\", null, 1.50, \"no\"]", " [a, \"b, c\", null, 1.50, \"no\"]\n");
    check_yaml("[[1, 2], [\"x\\ny\"]]", "\n  - [1, 2]\n  - - |-\n      x\n      y\n");
    check_yaml("{\"\":{\"no\":\"no\",\"b\":null}}", "\n  \"\":\n    \"no\": \"no\"\n    b: null\n");
}
END_TEST

START_TEST(test_long_keys)
{
    struct buffer json = BUFFER_INIT;

    for (size_t len = 126; len < 4000; len += len < 132 ? 1 : 777) {
        for (int deep = 0; deep < 40; deep += 13) {
            buffer_clear(&json);
            for (int i = 0; i < deep; i++)
                buffer_text(&json, "[{\"k\": ");
            buffer_text(&json, "{\"");
            for (size_t i = 0; i < len; i++)
                buffer_byte(&json, i % 7 == 6 ? ' ' : 'k');
            buffer_text(&json, "x\": [\"v\"]}");
            for (int i = 0; i < deep; i++)
                buffer_text(&json, "}]");
            check_canonical(json.data, json.len);
            buffer_clear(&json);
            buffer_text(&json, "{\"");
            for (size_t i = 0; i < len; i++)
                buffer_text(&json, i % 2 ? "\xE2\x80\xA8" : "\\t");
            buffer_text(&json, "\": \"a\\nb\"}");
            check_canonical(json.data, json.len);
        }
    }
    buffer_release(&json);
}
END_TEST

START_TEST(test_deep)
{
    struct buffer json = BUFFER_INIT;

    for (int depth = 1; depth <= 9000; depth = depth < 60 ? depth + 1 : depth * 5) {
        buffer_clear(&json);
        for (int i = 0; i < depth; i++)
            buffer_text(&json, i % 3 ? "[1, " : "{\"k\": 1, \"long\": ");
        buffer_text(&json, "\"a\\nb\"");
        for (int i = depth; i-- > 0;)
            buffer_text(&json, i % 3 ? ", {}]" : "}");
        check_canonical(json.data, json.len);
    }
    buffer_release(&json);
}
END_TEST

static uint64_t seed = 88172645463325252u;

static unsigned chance(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 16) % n;
}

static void nasty_string(struct buffer *text)
{
    static const char *const parts[] = {
        "a",    "b",    " ",    "  ",  "\n",     "\n\n",   "\t",     "\r",     ":",    ": ",  "#",    " #",  "-",  "- ",
        "?",    "? ",   ",",    "[",   "]",      "{",      "}",      "&a",     "*a",   "!",   "|",    ">",   "'",  "\"",
        "%",    "@",    "`",    "\\",  "0",      "1",      ".",      "_",      "e",    "+",   "=",    "<<",  "~",  "null",
        "true", "no",   "y",    "---", "...",    "\u00E9", "\xC2\x85", "\u00A0", "\u2028", "\uFEFF", "\U0001F600", "\x01",
        "\x7F", "\uD7FF", "\uE000", "\uFFFD", "\uFFFE", "\uFFFF", "\U0010FFFF", "\u200D", "\u3000", "x\n", "$json",
    };

    buffer_clear(text);
    for (unsigned i = chance(10); i-- > 0;)
        buffer_text(text, parts[chance(sizeof parts / sizeof *parts)]);
}

START_TEST(test_nasty_strings)
{
    struct buffer text = BUFFER_INIT;

    for (int i = 0; i < 20000; i++) {
        nasty_string(&text);
        check_string(buffer_string(&text), text.len);
    }
    buffer_release(&text);
}
END_TEST

static void random_json(struct buffer *json, int depth)
{
    static const char *const scalars[] = {"null", "true", "false", "0", "-1", "1.50", "12345678901234567890123", "0.000"};
    unsigned kind = depth > 30 ? 9 : chance(10);
    struct buffer text = BUFFER_INIT;

    if (kind < 4) {
        buffer_byte(json, kind < 2 ? '[' : '{');
        for (unsigned i = chance(4); i-- > 0;) {
            if (kind >= 2) {
                nasty_string(&text);
                json_append_string(json, buffer_string(&text), text.len);
                buffer_byte(json, ':');
            }
            random_json(json, depth + 1);
            if (i)
                buffer_byte(json, ',');
        }
        buffer_byte(json, kind < 2 ? ']' : '}');
    } else if (kind < 7) {
        nasty_string(&text);
        json_append_string(json, buffer_string(&text), text.len);
    } else {
        buffer_text(json, scalars[chance(sizeof scalars / sizeof *scalars)]);
    }
    buffer_release(&text);
}

START_TEST(test_random_json)
{
    struct buffer json = BUFFER_INIT;

    for (int i = 0; i < 10000; i++) {
        buffer_clear(&json);
        random_json(&json, 0);
        check_json(json.data, json.len);
    }
    buffer_release(&json);
}
END_TEST

/* Every string of a JSON text, keys too; how many there are. */
static int check_strings_of(const char *text, size_t len)
{
    struct buffer string = BUFFER_INIT;
    int strings = 0;

    for (size_t at = 0; at < len;) {
        struct json_cursor c = {.text = text, .len = len, .at = at};

        buffer_clear(&string);
        if (text[at] == '"' && json_take_string(&c, &string)) {
            check_string(buffer_string(&string), string.len);
            at = c.at;
            strings++;
        } else {
            at++;
        }
    }
    buffer_release(&string);
    return strings;
}

START_TEST(test_corpus_strings)
{
    struct buffer text = BUFFER_INIT;

    corpus_read("yaml/scalars/scalars.jsonl", &text);
    ck_assert_int_ge(check_strings_of(text.data, text.len), 1298);
    corpus_read("unicode/blns/blns.json", &text);
    ck_assert_int_ge(check_strings_of(text.data, text.len), 515);
    buffer_release(&text);
}
END_TEST

/* No reader's types beyond strings may match what is written plain. */
START_TEST(test_corpus_scalars_are_quoted)
{
    struct buffer text = BUFFER_INIT;
    struct buffer value = BUFFER_INIT;
    struct buffer yaml = BUFFER_INIT;
    char *save = NULL;
    char *line;
    int quoted = 0;

    corpus_read("yaml/scalars/scalars.jsonl", &text);
    buffer_byte(&text, '\0');
    for (line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        struct json_cursor c = {.text = line, .len = strlen(line), .at = strlen("{\"value\": ")};

        buffer_clear(&value);
        ck_assert(json_take_string(&c, &value));
        if (strstr(line, "\"yaml11_pyyaml\": \"str\"") && strstr(line, "\"yaml12_core\": \"str\""))
            continue;
        buffer_clear(&yaml);
        yaml_append_string(&yaml, value.data, value.len, 0);
        ck_assert_msg(*yaml.data == '"' || *yaml.data == '|', "%s", buffer_string(&yaml));
        quoted++;
    }
    ck_assert_int_ge(quoted, 62);
    buffer_release(&text);
    buffer_release(&value);
    buffer_release(&yaml);
}
END_TEST

static int graphs;

static int check_graph(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    struct buffer text = BUFFER_INIT;

    (void)st;
    (void)ftw;
    if (type == FTW_F && file_read(path, &text)) {
        check_json(text.data, text.len);
        graphs++;
    }
    buffer_release(&text);
    return 0;
}

START_TEST(test_corpus_graphs)
{
    char path[4096];

    corpus_path(path, "graphs");
    ck_assert_int_eq(nftw(path, check_graph, 16, FTW_PHYS), 0);
    ck_assert_int_ge(graphs, 94);
}
END_TEST

static void write_table(struct document_writer *d, struct buffer *out, const char *name, int rows)
{
    struct shape shape = {.table = table_find(name)};
    struct cell cells[] = {
        {"0f8fad5b-d9cb-469f-a165-70867728950e", 36}, {"a: b\nc\n", 7}, {"{\"x\": [1, 2]}", 13}, {NULL, 0},
    };
    struct row row = {.cells = cells, .ncells = 4};

    shape_add_column(&shape, "id", "uuid");
    shape_add_column(&shape, "note", "text");
    shape_add_column(&shape, "data", "jsonb");
    shape_add_column(&shape, "tags", "text[]");
    d->shape = &shape;
    d->ops->table(d, out);
    while (rows-- > 0)
        d->ops->row(d, out, &row);
    d->ops->table_end(d, out);
    d->shape = NULL;
    shape_release(&shape);
}

START_TEST(test_document_writer)
{
    static const char row[] = "  - id: 0f8fad5b-d9cb-469f-a165-70867728950e\n    note: |\n      a: b\n      c\n"
                              "    data:\n      x: [1, 2]\n    tags: null\n";
    struct document_writer d = {.ops = &document_writer_yaml};
    json_t *header = json_pack("{s:s, s:i, s:[s]}", "simulark", "bundle", "format", 1, "requires", "x");
    json_t *seal = json_pack("{s:[], s:s}", "assets", "digest", "sha256:0");
    struct buffer out = BUFFER_INIT;
    struct buffer expected = BUFFER_INIT;

    d.ops->header(&d, &out, header);
    write_table(&d, &out, "projects", 2);
    write_table(&d, &out, "graphs", 0);
    write_table(&d, &out, "nodes", 1);
    write_table(&d, &out, "edges", 0);
    d.ops->member(&d, &out, "seal", seal);
    d.ops->end(&d, &out);
    buffer_printf(&expected,
                  "simulark: bundle\nformat: 1\nrequires: [x]\n\nprojects:\n%s%s\ngraphs: []\nnodes:\n%s\nedges: []\n\n"
                  "seal:\n  assets: []\n  digest: sha256:0\n",
                  row, row, row);
    ck_assert_str_eq(buffer_string(&out), buffer_string(&expected));
    buffer_release(&out);
    buffer_release(&expected);
    json_decref(header);
    json_decref(seal);
}
END_TEST

Suite *yaml_suite(void)
{
    Suite *suite = suite_create("yaml");
    TCase *tcase = tcase_create("writer");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_string_style, 0, (int)(sizeof styles / sizeof *styles));
    tcase_add_test(tcase, test_json_style);
    tcase_add_test(tcase, test_document_writer);
    tcase_add_test(tcase, test_long_keys);
    tcase_add_test(tcase, test_deep);
    tcase_add_test(tcase, test_nasty_strings);
    tcase_add_test(tcase, test_random_json);
    if (corpora_named()) {
        tcase_add_test(tcase, test_corpus_strings);
        tcase_add_test(tcase, test_corpus_scalars_are_quoted);
        tcase_add_test(tcase, test_corpus_graphs);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}
