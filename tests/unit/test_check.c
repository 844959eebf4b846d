/* What a server would refuse of a cell, case by case; the sentences are what people read. */
#include "simulark/format/cell_check.h"
#include "simulark/format/reactflow_check.h"
#include "simulark/model/check.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

static const struct {
    const char *table, *column, *sql_type; /* sql_type NULL: the schema's */
    const char *cell;                      /* NULL: SQL NULL */
    const char *code;                      /* NULL: all well */
} cells[] = {
    {"projects", "name", NULL, NULL, "not-null"},
    {"projects", "name", NULL, "", NULL},
    {"projects", "user_id", NULL, NULL, "owner"},
    {"chats", "project_id", NULL, NULL, NULL},
    {"projects", "description", NULL, NULL, NULL},
    {"projects", "status", NULL, NULL, NULL},
    {"projects", "status", NULL, "draft", NULL},
    {"projects", "status", NULL, "Draft", "enum"},
    {"projects", "status", NULL, "drafts", "enum"},
    {"projects", "status", NULL, "", "enum"},
    {"messages", "role", NULL, "system", NULL},
    {"projects", "version", NULL, "0", NULL},
    {"projects", "version", NULL, "-1", "check"},
    {"projects", "version", NULL, NULL, NULL},
    {"usage_analytics", "count", NULL, "-9223372036854775808", "check"},
    {"nodes", "width", NULL, "-1", NULL},
    {"subscription_tiers", "id", NULL, "-1", NULL},
    {"subscription_tiers", "price_monthly", NULL, "99999999.99", NULL},
    {"subscription_tiers", "price_monthly", NULL, "99999999.994", "rounded"},
    {"subscription_tiers", "price_monthly", NULL, "99999999.995", "range"},
    {"subscription_tiers", "price_monthly", NULL, "99999998.995", "rounded"},
    {"subscription_tiers", "price_monthly", NULL, "100000000", "range"},
    {"subscription_tiers", "price_monthly", NULL, "1.500", NULL},
    {"subscription_tiers", "price_monthly", NULL, "-0.001", "rounded"}, /* becomes 0.00 */
    {"subscription_tiers", "price_monthly", NULL, "-0.005", "check"},
    {"subscription_tiers", "price_monthly", NULL, "NaN", NULL},
    {"subscription_tiers", "price_monthly", NULL, "Infinity", "range"},
    {"subscription_tiers", "price_monthly", NULL, "-Infinity", "range"},
    {"nodes", "mood", "smallint", "32767", NULL},
    {"nodes", "mood", "smallint", "32768", "range"},
    {"nodes", "mood", "smallint", "-32768", NULL},
    {"nodes", "mood", "smallint", "-2147483648", "range"},
    {"nodes", "mood", "character varying(3)", "\xc3\xa4\xc3\xb6\xc3\xbc", NULL},
    {"nodes", "mood", "character varying(3)", "abc   ", NULL},
    {"nodes", "mood", "character varying(3)", "abcd", "range"},
    {"nodes", "mood", "numeric", "-1e5", NULL},
    {"nodes", "mood", "numeric(3)", "999.5", "range"},
    {"nodes", "mood", "numeric(3)", "999.4", "rounded"},
};

START_TEST(test_cell)
{
    const struct table *table = table_find(cells[_i].table);
    struct shape shape = {.table = table};
    struct cell cell = {cells[_i].cell, cells[_i].cell ? strlen(cells[_i].cell) : 0};
    struct problem problem = {0};
    bool fine;

    shape_add_column(&shape, cells[_i].column, cells[_i].sql_type);
    fine = check_cell(table, &shape.columns[0], &cell, &problem);
    ck_assert_msg(fine == !cells[_i].code, "%s.%s %s: %s", table->name, cells[_i].column, cells[_i].cell,
                  buffer_string(&problem.text));
    if (!fine)
        ck_assert_str_eq(problem.code, cells[_i].code);
    shape_release(&shape);
    buffer_release(&problem.text);
}
END_TEST

START_TEST(test_text_in_an_index)
{
    static const struct {
        const char *table, *column;
        bool indexed;
    } columns[] = {{"nodes", "type", true},        {"nodes", "label", false},     {"users", "email", true},
                   {"templates", "category", true}, {"templates", "name", true},   {"api_keys", "provider", true},
                   {"audit_logs", "action", true},  {"messages", "content", false}};
    char text[BTREE_TEXT_MAX + 1];

    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const struct table *table = table_find(columns[i].table);
        struct shape shape = {.table = table};
        struct problem problem = {0};

        shape_add_column(&shape, columns[i].column, NULL);
        ck_assert(check_cell(table, &shape.columns[0], &(struct cell){text, BTREE_TEXT_MAX}, &problem));
        ck_assert(check_cell(table, &shape.columns[0], &(struct cell){text, sizeof text}, &problem) == !columns[i].indexed);
        shape_release(&shape);
        buffer_release(&problem.text);
    }
}
END_TEST

/* ---- rows ---- */

static const struct {
    const char *start, *end;
    bool fine;
} periods[] = {
    {"2026-01-01 00:00:00+00", "2026-01-01 00:00:00.000001+00", true},
    {"2026-01-01 00:00:00+00", "2026-01-01 00:00:00+00", false},
    {"2026-01-02 00:00:00+00", "2026-01-01 23:59:59+00", false},
    {"9999-12-31 00:00:00+00", "10000-01-01 00:00:00+00", true},
    {"0044-03-15 12:00:00+00 BC", "0001-01-01 00:00:00+00", true},
    {"0044-03-15 12:00:00+00 BC", "0043-01-01 00:00:00+00 BC", true},
    {"0044-03-15 12:00:00+00 BC", "0044-03-14 00:00:00+00 BC", false},
    {"0043-03-15 12:00:00+00 BC", "0044-12-31 00:00:00+00 BC", false},
    {"-infinity", "4714-01-01 00:00:00+00 BC", true},
    {"2026-01-01 00:00:00+00", "infinity", true},
    {"infinity", "infinity", false},
    {"infinity", "294276-12-31 00:00:00+00", false},
    {NULL, "2026-01-01 00:00:00+00", true},
};

START_TEST(test_period)
{
    struct shape shape = {.table = table_find("usage_analytics")};
    const char *start = periods[_i].start;
    struct cell row_cells[] = {{start, start ? strlen(start) : 0}, {periods[_i].end, strlen(periods[_i].end)}};
    struct row row = {.cells = row_cells, .ncells = 2};
    struct problem problem = {0};

    shape_add_column(&shape, "period_start", NULL);
    shape_add_column(&shape, "period_end", NULL);
    ck_assert_msg(check_row(&shape, &row, &problem) == periods[_i].fine, "%s to %s", start, periods[_i].end);
    shape_release(&shape);
    buffer_release(&problem.text);
}
END_TEST

/* ---- jsonb and arrays ---- */

static bool nested(const char *open, const char *close, size_t depth, struct problem *problem)
{
    struct buffer text = BUFFER_INIT;
    bool fine;

    for (size_t i = 0; i < depth; i++)
        buffer_text(&text, open);
    buffer_text(&text, "1");
    for (size_t i = 0; i < depth; i++)
        buffer_text(&text, close);
    fine = check_jsonb(text.data, text.len, problem);
    buffer_release(&text);
    return fine;
}

START_TEST(test_nesting)
{
    struct problem problem = {0};

    ck_assert(nested("[", "]", 1000, &problem));
    ck_assert(nested("{\"a\": ", "}", 1000, &problem));
    ck_assert(!nested("[", "]", 10000, &problem));
    ck_assert_int_eq(problem.gravity, GRAVITY_WARNING);
    ck_assert(!nested("[", "]", 14500, &problem));
    ck_assert_int_eq(problem.gravity, GRAVITY_WARNING);
    ck_assert(!nested("[", "]", 14545, &problem));
    ck_assert_int_eq(problem.gravity, GRAVITY_DAMAGE);
    ck_assert(!nested("{\"a\": ", "}", 13080, &problem));
    ck_assert_int_eq(problem.gravity, GRAVITY_WARNING);
    ck_assert(!nested("{\"a\": ", "}", 13091, &problem));
    ck_assert_int_eq(problem.gravity, GRAVITY_DAMAGE);
    ck_assert(check_jsonb("\"[[[\\\"[[\"", 10, &problem));
    buffer_release(&problem.text);
}
END_TEST

/* As PostgreSQL 15 judges them. */
static const struct {
    const char *literal;
    bool fine;
} arrays[] = {
    {"{}", true},
    {"{a,b}", true},
    {"[0:1]={a,b}", true},
    {"[0:1]={a}", false},
    {"[1:0]={}", false},
    {"[0:0]={}", false},
    {"[1:2]={{a},{b}}", false},
    {"[1:2][1:1]={{a},{b}}", true},
    {"[ 0 : 1 ]={a,b}", false},
    {"[+0:+1]={a,b}", true},
    {"[2]={a,b}", true},
    {"[-5:-4]={a,b}", true},
    {"[2147483646:2147483647]={a,b}", false},
    {"[2147483645:2147483646]={a,b}", true},
    {"[-2147483648:-2147483647]={a,b}", true},
    {"[1:1]={}", false},
    {"[0:1]={a,,b}", false},
    {"[1:1][1:1][1:1][1:1][1:1][1:1]={{{{{{a}}}}}}", true},
    {"[1:1][1:1][1:1][1:1][1:1][1:1][1:1]={{{{{{{a}}}}}}}", false},
    {"[0:1]={ a , b }", true},
    {"[0:1]={{a,b},c}", false},
    {"[0:2147483647]={a}", false},
    {"[:1]={a}", false},
    {"[a:1]={a}", false},
    {"[1:]={a}", false},
    {"[1:1]", false},
    {"[", false},
};

START_TEST(test_array)
{
    struct problem problem = {0};
    const char *literal = arrays[_i].literal;

    ck_assert_msg(check_text_array(literal, strlen(literal), true, &problem) == arrays[_i].fine, "%s", literal);
    buffer_release(&problem.text);
}
END_TEST

/* ---- React Flow ---- */

static void collect(void *context, enum gravity gravity, const char *code, const char *column, const char *sentence)
{
    (void)code;
    ck_assert_str_eq(column, strstr(sentence, "edge") ? "edges" : "nodes");
    buffer_printf(context, "%s: %s\n", gravity_name(gravity), sentence);
}

static const struct {
    const char *nodes, *edges, *told;
} flows[] = {
    {"[]", "[]", ""},
    {"null", "[{\"id\": \"e\", \"source\": \"x\"}]", ""},
    {"{}", "[]", ""},
    {"[1, 2]", "[{\"id\": \"e\", \"source\": \"x\"}]", ""},
    {"[{\"id\": 1}, {\"id\": 1}]", "[]", ""},
    {"[{\"id\": \"a\"}, {\"id\": \"b\"}]", "[{\"id\": \"e\", \"source\": \"a\", \"target\": \"b\"}]", ""},
    {"[{\"id\": \"a\"}, {\"id\": \"a\"}]", "[]", "error: has two nodes with the id \"a\"\n"},
    {"[{\"id\": \"a\"}]", "[{\"id\": \"e\", \"source\": \"a\", \"target\": \"b\"}]",
     "error: has the edge \"e\" to the node \"b\", which is not there\n"},
    {"[{\"id\": \"a\"}]", "[{\"source\": \"c\", \"target\": \"b\"}]",
     "error: has the edge \"\" from the node \"c\", which is not there\n"
     "error: has the edge \"\" to the node \"b\", which is not there\n"},
    {"[{\"id\": \"a\", \"parentId\": \"z\"}]", "[]", "error: has the node \"a\" in the node \"z\", which is not there\n"},
    {"[{\"id\": \"a\", \"parentNode\": \"b\"}, {\"id\": \"b\"}]", "[]", ""},
    {"[{\"id\": \"a\", \"parentId\": null}]", "[{\"id\": \"e\", \"source\": 5, \"target\": null}]", ""},
    {"[{\"id\": \"\"}]", "[{\"id\": \"e\", \"source\": \"\", \"target\": \"\"}]", ""},
    {"[{\"id\": \"a\"}]",
     "[{\"id\": \"e\", \"source\": \"a\", \"target\": \"a\"}, {\"id\": \"e\", \"source\": \"a\", \"target\": \"a\"}]",
     "warning: has two edges with the id \"e\"\n"},
    {"[]", "[{\"id\": \"e\", \"source\": \"40000000-0000-4000-8000-000000000001\", \"target\": \"x\"}]",
     "error: has the edge \"e\" to the node \"x\", which is not there\n"},
    {"[{\"id\": \"a\\\"b\", \"data\": {\"id\": \"c\", \"deep\": [{}]}}]", "[{\"id\": \"e\", \"source\": \"a\\\"b\"}]", ""},
};

START_TEST(test_flow)
{
    struct buffer told = BUFFER_INIT;
    struct reactflow_listener listener = {.tell = collect, .context = &told};
    struct cell nodes = {flows[_i].nodes, strlen(flows[_i].nodes)};
    struct cell edges = {flows[_i].edges, strlen(flows[_i].edges)};

    reactflow_check(&nodes, &edges, &listener);
    ck_assert_str_eq(buffer_string(&told), flows[_i].told);
    buffer_clear(&told);
    reactflow_check(&(struct cell){NULL, 0}, &edges, &listener);
    ck_assert_str_eq(buffer_string(&told), "");
    buffer_release(&told);
}
END_TEST

/* ---- findings ---- */

START_TEST(test_findings_are_bounded_but_counted)
{
    struct findings f = {0};

    for (int i = 0; i < 3000; i++)
        findings_add(&f, i % 2 ? GRAVITY_WARNING : GRAVITY_ERROR, "x", "here", "Number %d.", i);
    ck_assert_uint_eq(f.nkept, FINDINGS_KEPT);
    ck_assert_int_eq(f.counts[GRAVITY_WARNING], 1500);
    ck_assert(findings_truncated(&f));
    ck_assert_int_eq(findings_status(&f, false), STATUS_NO);
    findings_add(&f, GRAVITY_DAMAGE, "x", "here", "Worse.");
    ck_assert_int_eq(findings_status(&f, false), STATUS_MALFORMED);
    findings_release(&f);
    findings_add(&f, GRAVITY_WARNING, "x", "here", "Less.");
    ck_assert_int_eq(findings_status(&f, false), STATUS_OK);
    ck_assert_int_eq(findings_status(&f, true), STATUS_NO);
    findings_release(&f);
}
END_TEST

static const struct {
    const char *bundle, *where, *shown;
} places[] = {
    {"x.ark", "data/nodes/000001.jsonl in x.ark:7:3", "data/nodes/000001.jsonl:7:3"},
    {"a/x.ark", "data/nodes/000001.jsonl in a/x.ark:7", "data/nodes/000001.jsonl:7"},
    {"x", "x/data/nodes/000001.jsonl:7", "data/nodes/000001.jsonl:7"},
    {"x/", "x/data/nodes/000001.jsonl:7", "data/nodes/000001.jsonl:7"},
    {"x.yaml", "x.yaml:4:1", "x.yaml:4:1"},
    {"-", "seal.json in standard input", "seal.json"},
    {"x", "nodes", "nodes"},
};

START_TEST(test_places_are_those_in_the_bundle)
{
    struct findings f = {.bundle = places[_i].bundle};

    findings_add(&f, GRAVITY_ERROR, "x", places[_i].where, "Wrong.");
    ck_assert_str_eq(f.kept[0].where, places[_i].shown);
    findings_release(&f);
}
END_TEST

START_TEST(test_failures_become_findings)
{
    struct findings f = {.bundle = "x"};
    struct error err = ERROR_INIT;

    error_set_at(&err, STATUS_MALFORMED, "here:1", "It is %s.", "bad");
    error_prefix(&err, "there");
    ck_assert_str_eq(buffer_string(&err.message), "there: here:1: It is bad.");
    ck_assert(findings_take(&f, "x", &err));
    ck_assert(!error_is_set(&err));
    ck_assert_str_eq(f.kept[0].where, "there: here:1");
    ck_assert_str_eq(f.kept[0].message, "It is bad.");
    error_set(&err, STATUS_FILE, "The disk is full.");
    ck_assert(!findings_take(&f, "x", &err));
    ck_assert(!findings_take(NULL, "x", &err));
    ck_assert(error_is_set(&err));
    error_release(&err);
    findings_release(&f);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

Suite *check_suite(void);

Suite *check_suite(void)
{
    Suite *suite = suite_create("check");
    TCase *tcase = tcase_create("check");

    tcase_add_loop_test(tcase, test_cell, 0, COUNT(cells));
    tcase_add_test(tcase, test_text_in_an_index);
    tcase_add_loop_test(tcase, test_period, 0, COUNT(periods));
    tcase_add_test(tcase, test_nesting);
    tcase_add_loop_test(tcase, test_array, 0, COUNT(arrays));
    tcase_add_loop_test(tcase, test_flow, 0, COUNT(flows));
    tcase_add_test(tcase, test_findings_are_bounded_but_counted);
    tcase_add_loop_test(tcase, test_places_are_those_in_the_bundle, 0, COUNT(places));
    tcase_add_test(tcase, test_failures_become_findings);
    suite_add_tcase(suite, tcase);
    return suite;
}
