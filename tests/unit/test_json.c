/* JSON text: that exactly what jsonb accepts is accepted, that it comes out as jsonb writes it, and where it is wrong. */
#include "files.h"
#include "simulark/base/digest.h"
#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/format/json.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

Suite *json_suite(void);

/* Takes the whole text as one value; false where it is none or something follows. */
static bool canonical(const char *text, size_t len, struct buffer *out, struct json_cursor *c)
{
    *c = (struct json_cursor){.text = text, .len = len};
    buffer_clear(out);
    if (!json_take_value(c, out))
        return false;
    json_skip_space(c);
    return c->at == len;
}

static void expect(const char *text, size_t len, const char *want, size_t want_len)
{
    struct buffer out = BUFFER_INIT;
    struct json_cursor c;

    ck_assert_msg(canonical(text, len, &out, &c), "refused at %zu: %.*s", c.at, (int)(len < 200 ? len : 200), text);
    ck_assert_msg(out.len == want_len && memcmp(out.data, want, want_len) == 0, "%.*s: %.*s", (int)(len < 200 ? len : 200), text,
                  (int)(out.len < 200 ? out.len : 200), out.data);
    buffer_release(&out);
}

static const struct {
    const char *text, *want; /* NULL: the same */
} accepted[] = {
    {"null", NULL},
    {" \t\r\n true \n", "true"},
    {"[]", NULL},
    {"{}", NULL},
    {"[ ]", "[]"},
    {"[1,2 , 3]", "[1, 2, 3]"},
    {"[1, 2, [3, {\"a\": null}]]", NULL},
    {"[1,  2,\t3]", "[1, 2, 3]"},
    {"{\"a\":1}", "{\"a\": 1}"},
    {"{ \"a\" : 1 }", "{\"a\": 1}"},
    {"{\"b\": 1, \"a\": 2}", "{\"a\": 2, \"b\": 1}"},
    {"{\"aa\": 1, \"b\": 2}", "{\"b\": 2, \"aa\": 1}"},
    {"{\"a\": 1, \"a\": 2}", "{\"a\": 2}"},
    {"{\"a\": {\"x\": 1}, \"b\": 0, \"a\": []}", "{\"a\": [], \"b\": 0}"},
    {"{\"\": 1, \"a\": 2}", NULL},
    {"{\"a\": 2, \"\": 1}", "{\"\": 1, \"a\": 2}"},
    /* one byte, though its escape has two */
    {"{\"\\n\": 1, \"aa\": 2}", NULL},
    {"{\"aa\": 2, \"\\n\": 1}", "{\"\\n\": 1, \"aa\": 2}"},
    {"{\"a\": 1, \"\\u0061\": 2}", "{\"a\": 2}"},
    {"{\"\\u000a\": 1, \"\\n\": 2}", "{\"\\n\": 2}"},
    {"{\"\\\"\": 1, \"\\u0001\": 2, \"!\": 3}", "{\"\\u0001\": 2, \"!\": 3, \"\\\"\": 1}"},
    {"{\"é\": 1, \"zz\": 2}", "{\"zz\": 2, \"é\": 1}"},
    {"\"\\/ \\u00e9 \\ud83d\\ude00 \\u001F \\u001f \\u0008 \\u007f\"", "\"/ é 😀 \\u001f \\u001f \\b \x7f\""},
    {"\"\\\"\\\\\\b\\f\\n\\r\\t\"", NULL},
    {"-0", "0"},
    {"-0.00", "0.00"},
    {"1.50", NULL},
    {"1.0e1", "10"},
    {"1e-3", "0.001"},
    {"12345678901234567890.12345678901234567890", NULL},
};

START_TEST(accepted_text_comes_out_as_jsonb_writes_it)
{
    const char *want = accepted[_i].want ? accepted[_i].want : accepted[_i].text;

    expect(accepted[_i].text, strlen(accepted[_i].text), want, strlen(want));
}
END_TEST

static const struct {
    const char *text;
    size_t at;
    const char *problem;
} refused[] = {
    {"", 0, "expected a value"},
    {"  ", 2, "expected a value"},
    {"[1,]", 3, "expected a value"},
    {"[,1]", 1, "expected a value"},
    {"[1 2]", 3, "expected ',' or ']'"},
    {"[1", 2, "expected ',' or ']'"},
    {"{\"a\" 1}", 5, "expected ':' after a key"},
    {"{\"a\":1,}", 7, "expected a key in double quotes"},
    {"{a:1}", 1, "expected a key in double quotes"},
    {"{\"a\":1]", 6, "expected ',' or '}'"},
    {"nul", 3, "expected a value"},
    {"\"a", 2, "a string is not closed"},
    {"\"a\nb\"", 2, "a control character in a string must be escaped"},
    {"\"\\v\"", 1, "there is no such escape"},
    {"\"\\u00g0\"", 5, "expected four hexadecimal digits after \\u"},
    {"\"x\\u0000\"", 2, "\\u0000 cannot be stored in PostgreSQL"},
    {"\"\\ud800\"", 1, "half of a surrogate pair stands alone"},
    {"\"\\ud800\\u0041\"", 1, "half of a surrogate pair stands alone"},
    {"\"\\udc00\\ud800\"", 1, "half of a surrogate pair stands alone"},
    {"\"\xff\"", 1, "is not valid UTF-8"},
    {"\"\xed\xa0\x80\"", 1, "is not valid UTF-8"},
    {"01", 0, "a number cannot begin with 0"},
    {"-", 1, "expected a digit after '-'"},
    {"1.", 2, "expected a digit after '.'"},
    {"1e+", 3, "expected a digit in an exponent"},
    {"[1e131072]", 1, "is beyond the range of numeric"},
    {"1e99999999999999999999", 0, "is beyond the range of numeric"},
};

START_TEST(malformed_text_is_refused_at_its_place)
{
    struct buffer out = BUFFER_INIT;
    struct json_cursor c;

    ck_assert(!canonical(refused[_i].text, strlen(refused[_i].text), &out, &c));
    ck_assert_str_eq(c.problem, refused[_i].problem);
    ck_assert_uint_eq(c.at, refused[_i].at);
    ck_assert_uint_eq(out.len, 0);
    buffer_release(&out);
}
END_TEST

START_TEST(depth_has_a_limit)
{
    struct buffer text = BUFFER_INIT;
    struct buffer out = BUFFER_INIT;
    struct json_cursor c;

    for (size_t i = 0; i < JSON_MAX_DEPTH; i++)
        buffer_byte(&text, '[');
    for (size_t i = 0; i < JSON_MAX_DEPTH; i++)
        buffer_byte(&text, ']');
    expect(text.data, text.len, text.data, text.len);
    buffer_clear(&text);
    for (size_t i = 0; i <= JSON_MAX_DEPTH; i++)
        buffer_byte(&text, '[');
    ck_assert(!canonical(text.data, text.len, &out, &c));
    ck_assert_str_eq(c.problem, "is nested more than 100000 levels deep");
    buffer_release(&text);
    buffer_release(&out);
}
END_TEST

/* Objects in the wrong order at each of very many levels: moving each when it ends would take hours. */
START_TEST(deep_disorder_is_put_in_order_in_one_go)
{
    struct buffer text = BUFFER_INIT;
    struct buffer want = BUFFER_INIT;
    const size_t depth = 90000;

    for (size_t i = 0; i < depth; i++) {
        buffer_text(&text, "{\"b\": ");
        buffer_text(&want, "{\"a\": [], \"b\": ");
    }
    for (size_t i = 0; i < 100000; i++) {
        buffer_text(&text, i ? ", 123456" : "[123456");
        buffer_text(&want, i ? ", 123456" : "[123456");
    }
    buffer_byte(&text, ']');
    buffer_byte(&want, ']');
    for (size_t i = 0; i < depth; i++) {
        buffer_text(&text, ", \"a\": []}");
        buffer_byte(&want, '}');
    }
    expect(text.data, text.len, want.data, want.len);
    buffer_release(&text);
    buffer_release(&want);
}
END_TEST

START_TEST(short_text_cannot_become_endless)
{
    static const char text[] = "[1e131071, 1e131071, 1e131071, 1e131071]";
    struct json_cursor c = {.text = text, .len = sizeof text - 1, .limit = 300000};
    struct buffer out = BUFFER_INIT;

    ck_assert(!json_take_value(&c, &out));
    ck_assert_str_eq(c.problem, "is too large as jsonb text");
    ck_assert_uint_lt(out.capacity, 1000000);
    buffer_release(&out);
}
END_TEST

/* --- random values, compared with the same value built in another order and with other spaces --- */

static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

static json_t *random_value(unsigned depth)
{
    static const char *const strings[] = {"", "a", "b", "ab", "é", "\n", "\"", "\\", "\x01", "zz", "😀", "a longer key of no use"};
    json_t *value;
    uint32_t kind = below(depth ? 7 : 5);

    switch (kind) {
    case 0: return json_null();
    case 1: return json_boolean(below(2));
    case 2: return json_integer((json_int_t)below(2000000) - 1000000);
    case 3:
    case 4: return json_string(strings[below(12)]);
    case 5:
        value = json_array();
        for (uint32_t i = below(6); i > 0; i--)
            json_array_append_new(value, random_value(depth - 1));
        return value;
    default: break;
    }
    value = json_object();
    for (uint32_t i = below(below(20) ? 8 : 200); i > 0; i--) {
        char key[64];

        snprintf(key, sizeof key, "%s%.*s", strings[below(12)], (int)below(4), strings[below(12)]);
        while (utf8_check(key, strlen(key)) < strlen(key))
            key[strlen(key) - 1] = '\0';
        json_object_set_new(value, key, random_value(depth - 1));
    }
    return value;
}

static void random_space(struct buffer *out)
{
    while (below(3) == 0)
        buffer_byte(out, " \t\n\r"[below(4)]);
}

static void random_string(struct buffer *out, const char *text)
{
    buffer_byte(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20 || c == '"' || c == '\\' || (c < 0x80 && below(5) == 0))
            buffer_printf(out, below(2) ? "\\u%04x" : "\\u%04X", c);
        else
            buffer_byte(out, *text);
    }
    buffer_byte(out, '"');
}

/* Writes the members in random order, some of them twice, of which the last is the right one. */
static void random_text(struct buffer *out, const json_t *value)
{
    random_space(out);
    switch (json_typeof(value)) {
    case JSON_OBJECT: {
        size_t count = json_object_size(value);
        const char **keys = mem_alloc((count + 1) * sizeof *keys);
        const char *key;
        json_t *item;
        size_t i = 0;

        json_object_foreach((json_t *)(uintptr_t)value, key, item) {
            size_t other = below((uint32_t)i + 1);

            keys[i++] = keys[other];
            keys[other] = key;
        }
        buffer_byte(out, '{');
        for (i = 0; i < count; i++) {
            if (below(8) == 0) {
                random_string(out, keys[i + below((uint32_t)(count - i))]);
                buffer_text(out, ":[{\"b\":1,\"a\":0}],");
            }
            random_string(out, keys[i]);
            random_space(out);
            buffer_byte(out, ':');
            random_text(out, json_object_get(value, keys[i]));
            buffer_text(out, i + 1 < count ? "," : "");
            random_space(out);
        }
        buffer_byte(out, '}');
        free(keys);
        break;
    }
    case JSON_ARRAY:
        buffer_byte(out, '[');
        random_space(out);
        for (size_t i = 0; i < json_array_size(value); i++) {
            buffer_text(out, i ? "," : "");
            random_text(out, json_array_get(value, i));
        }
        buffer_byte(out, ']');
        break;
    case JSON_STRING: random_string(out, json_string_value(value)); break;
    case JSON_INTEGER: buffer_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value)); break;
    case JSON_REAL:
    case JSON_TRUE: buffer_text(out, "true"); break;
    case JSON_FALSE: buffer_text(out, "false"); break;
    case JSON_NULL: buffer_text(out, "null"); break;
    }
    random_space(out);
}

static int compare_strings(const void *a, const void *b)
{
    const char *x = *(const char *const *)a;
    const char *y = *(const char *const *)b;

    if (strlen(x) != strlen(y))
        return strlen(x) < strlen(y) ? -1 : 1;
    return memcmp(x, y, strlen(x));
}

static void reference_text(struct buffer *out, const json_t *value)
{
    const char **keys;
    const char *key;
    json_t *item;
    size_t count = 0;

    if (json_is_string(value)) {
        json_append_string(out, json_string_value(value), json_string_length(value));
    } else if (json_is_array(value)) {
        buffer_byte(out, '[');
        for (size_t i = 0; i < json_array_size(value); i++) {
            buffer_text(out, i ? ", " : "");
            reference_text(out, json_array_get(value, i));
        }
        buffer_byte(out, ']');
    } else if (json_is_object(value)) {
        keys = mem_alloc((json_object_size(value) + 1) * sizeof *keys);
        json_object_foreach((json_t *)(uintptr_t)value, key, item)
            keys[count++] = key;
        qsort(keys, count, sizeof *keys, compare_strings);
        buffer_byte(out, '{');
        for (size_t i = 0; i < count; i++) {
            buffer_text(out, i ? ", " : "");
            json_append_string(out, keys[i], strlen(keys[i]));
            buffer_text(out, ": ");
            reference_text(out, json_object_get(value, keys[i]));
        }
        buffer_byte(out, '}');
        free(keys);
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY);

        buffer_text(out, text);
        free(text);
    }
}

START_TEST(any_order_and_space_gives_the_same_text)
{
    struct buffer text = BUFFER_INIT;
    struct buffer want = BUFFER_INIT;
    struct buffer pretty = BUFFER_INIT;

    seed = (uint64_t)_i * 7919 + 1;
    for (int round = 0; round < 50; round++) {
        json_t *value = random_value(1 + below(7));
        struct json_extent extent = {0};

        buffer_clear(&text);
        buffer_clear(&want);
        buffer_clear(&pretty);
        random_text(&text, value);
        reference_text(&want, value);
        expect(text.data, text.len, want.data, want.len);
        expect(want.data, want.len, want.data, want.len);
        json_append_pretty(&pretty, want.data, want.len, below(5));
        expect(pretty.data, pretty.len, want.data, want.len);
        buffer_text(&want, ",1"); /* extent stops before what follows, however the pieces are cut */
        for (size_t at = 0; !extent.complete;) {
            size_t piece = below(9);
            size_t used = json_extent_feed(&extent, want.data + at, piece < want.len - at ? piece : want.len - at);

            at += used;
            if (extent.complete)
                ck_assert_uint_eq(at, want.len - 2);
        }
        json_decref(value);
    }
    buffer_release(&text);
    buffer_release(&want);
    buffer_release(&pretty);
}
END_TEST

START_TEST(pretty_text_breaks_what_does_not_fit)
{
    static const char text[] =
        "{\"a\": [1, 2, 3], \"b\": {}, \"c\": {\"d\": \"a text that is long enough not to stand on one line\", \"e\": [[], 1]}}";
    struct buffer out = BUFFER_INIT;

    json_append_pretty(&out, text, sizeof text - 1, 2);
    ck_assert_str_eq(buffer_string(&out), "{\n"
                               "    \"a\": [1, 2, 3],\n"
                               "    \"b\": {},\n"
                               "    \"c\": {\n"
                               "      \"d\": \"a text that is long enough not to stand on one line\",\n"
                               "      \"e\": [[], 1]\n"
                               "    }\n"
                               "  }");
    buffer_release(&out);
}
END_TEST

START_TEST(very_deep_pretty_text_does_not_explode)
{
    struct buffer text = BUFFER_INIT;
    struct buffer out = BUFFER_INIT;

    for (int i = 0; i < 10000; i++)
        buffer_text(&text, "{\"a\": ");
    buffer_byte(&text, '1');
    for (int i = 0; i < 10000; i++)
        buffer_byte(&text, '}');
    json_append_pretty(&out, text.data, text.len, 0);
    ck_assert_uint_lt(out.len, text.len + 10000);
    expect(out.data, out.len, text.data, text.len);
    buffer_release(&text);
    buffer_release(&out);
}
END_TEST

START_TEST(raw_values_and_strings_are_taken_in_turn)
{
    static const char text[] = " [ {\"b\":1,\"a\" : 2} , \"x\\u0041\\n\" , -1.50e1]";
    struct json_cursor c = {.text = text, .len = sizeof text - 1};
    struct buffer out = BUFFER_INIT;
    const char *raw;
    size_t len;

    ck_assert(json_take(&c, '['));
    ck_assert(json_look(&c) == '{');
    ck_assert(json_take_raw(&c, &raw, &len));
    ck_assert(len == 15 && memcmp(raw, "{\"b\":1,\"a\" : 2}", 15) == 0);
    ck_assert(json_take(&c, ',') && json_take_string(&c, &out));
    ck_assert_str_eq(buffer_string(&out), "xA\n");
    ck_assert(json_take(&c, ',') && json_take_raw(&c, &raw, &len));
    ck_assert(len == 7 && memcmp(raw, "-1.50e1", 7) == 0);
    ck_assert(json_take(&c, ']') && json_look(&c) == '\0');
    ck_assert(!json_take_string(&c, &out));
    buffer_release(&out);
}
END_TEST

/* --- what PostgreSQL 15 said of texts that others collected --- */

START_TEST(suites_agree_with_postgresql)
{
    FILE *oracle = corpus_open("json/PG15_ORACLE.tsv");
    struct buffer text = BUFFER_INIT;
    struct buffer out = BUFFER_INIT;
    char *line = NULL;
    size_t capacity = 0;
    int files = 0;

    while (getline(&line, &capacity, oracle) > 0) {
        char *rest = line;
        const char *name = strsep(&rest, "\t");
        const char *jsonb, *sha256;
        char hex[DIGEST_HEX + 1];
        struct json_cursor c;
        bool ok;

        if (*name == '#' || !rest || strcmp(name, "file") == 0)
            continue;
        strsep(&rest, "\t");
        jsonb = strsep(&rest, "\t");
        strsep(&rest, "\t");
        strsep(&rest, "\t");
        sha256 = strsep(&rest, "\t\n");
        corpus_read(name, &text);
        ok = canonical(text.data, text.len, &out, &c);
        if (strcmp(jsonb, "ok") == 0) {
            ck_assert_msg(ok, "%s: refused at %zu: %s", name, c.at, c.problem);
            digest_of(out.data, out.len, hex);
            ck_assert_msg(strcmp(hex, sha256) == 0, "%s: %.*s", name, (int)out.len, out.data);
        } else if (strcmp(jsonb, "54001") != 0) {
            ck_assert_msg(!ok, "%s: accepted", name);
        }
        files++;
    }
    ck_assert_int_ge(files, 231);
    free(line);
    fclose(oracle);
    buffer_release(&text);
    buffer_release(&out);
}
END_TEST

START_TEST(jsonb_facts_hold)
{
    FILE *file = corpus_open("pg/jsonb_facts_pg15.jsonl");
    struct buffer out = BUFFER_INIT;
    char *line = NULL;
    size_t capacity = 0;
    int facts = 0;

    while (getline(&line, &capacity, file) > 0) {
        json_t *fact = json_loads(line, JSON_ALLOW_NUL, NULL);
        const json_t *input = json_object_get(fact, "input");
        const char *want = json_string_value(json_object_get(fact, "canon"));
        struct json_cursor c;

        if (json_is_string(input) && !json_object_get(fact, "input_len")) { /* long ones are abbreviated */
            bool ok = canonical(json_string_value(input), json_string_length(input), &out, &c);

            ck_assert_msg(ok == json_is_true(json_object_get(fact, "accepted")), "%s", line);
            if (ok && want)
                ck_assert_str_eq(buffer_string(&out), want);
            facts++;
        }
        json_decref(fact);
    }
    ck_assert_int_ge(facts, 60);
    free(line);
    fclose(file);
    buffer_release(&out);
}
END_TEST

START_TEST(only_valid_utf8_is_taken)
{
    FILE *file = corpus_open("unicode/kuhn/sequences.jsonl");
    struct buffer text = BUFFER_INIT;
    struct buffer out = BUFFER_INIT;
    char *line = NULL;
    size_t capacity = 0;
    int sequences = 0;

    while (getline(&line, &capacity, file) > 0) {
        json_t *entry = json_loads(line, 0, NULL);
        const char *hex = json_string_value(json_object_get(entry, "hex"));
        bool valid = json_is_true(json_object_get(entry, "valid_utf8")) && strcmp(hex, "00") != 0;
        struct json_cursor c = {0};

        buffer_clear(&text);
        buffer_text(&text, "\"0123456");
        for (; *hex; hex += 2) {
            const char pair[3] = {hex[0], hex[1], '\0'};

            buffer_byte(&text, (char)strtol(pair, NULL, 16));
        }
        buffer_byte(&text, '"');
        ck_assert_msg(canonical(text.data, text.len, &out, &c) == valid, "%s", line);
        c.at = 0;
        buffer_clear(&out);
        ck_assert_msg(json_take_string(&c, &out) == valid, "%s", line);
        json_decref(entry);
        sequences++;
    }
    ck_assert_int_ge(sequences, 40);
    free(line);
    fclose(file);
    buffer_release(&text);
    buffer_release(&out);
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *text = tcase_create("text");
    TCase *corpora = tcase_create("corpora");

    tcase_add_loop_test(text, accepted_text_comes_out_as_jsonb_writes_it, 0, sizeof accepted / sizeof *accepted);
    tcase_add_loop_test(text, malformed_text_is_refused_at_its_place, 0, sizeof refused / sizeof *refused);
    tcase_add_test(text, depth_has_a_limit);
    tcase_add_test(text, deep_disorder_is_put_in_order_in_one_go);
    tcase_add_test(text, short_text_cannot_become_endless);
    tcase_add_loop_test(text, any_order_and_space_gives_the_same_text, 0, 40);
    tcase_add_test(text, pretty_text_breaks_what_does_not_fit);
    tcase_add_test(text, very_deep_pretty_text_does_not_explode);
    tcase_add_test(text, raw_values_and_strings_are_taken_in_turn);
    tcase_set_timeout(text, 60);
    suite_add_tcase(suite, text);
    if (corpora_named()) {
        tcase_add_test(corpora, suites_agree_with_postgresql);
        tcase_add_test(corpora, jsonb_facts_hold);
        tcase_add_test(corpora, only_valid_utf8_is_taken);
    }
    tcase_set_timeout(corpora, 60);
    suite_add_tcase(suite, corpora);
    return suite;
}
