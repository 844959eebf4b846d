#include "simulark/format/graph_json.h"
#include "simulark/format/picture.h"
#include "simulark/model/layout.h"

#include <check.h>
#include <stdlib.h>

Suite *picture_suite(void);

/* A list of JSON with ' instead of ". */
static json_t *list_from(const char *text)
{
    char *copy = strdup(text);
    json_t *list;

    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    list = graph_json_list(copy, strlen(copy), 1000);
    free(copy);
    return list;
}

static struct graph *graph_from(const char *name, const char *nodes, const char *edges)
{
    struct graph_parts parts = {.name = name};
    struct graph *g;

    parts.node_array = list_from(nodes);
    parts.edge_array = list_from(edges);
    g = graph_new(&parts);
    json_decref(parts.node_array);
    json_decref(parts.edge_array);
    graph_layout(g);
    return g;
}

static char *draw(enum picture picture, enum theme theme, const char *name, const char *nodes, const char *edges)
{
    struct graph *g = graph_from(name, nodes, edges);
    struct buffer out = BUFFER_INIT;

    picture_write(picture, g, theme, &out);
    graph_free(g);
    buffer_string(&out);
    return out.data;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

/* ---- labels are text ---- */

/* A label, and how it stands in each kind of picture. */
static const struct {
    const char *json, *svg, *mermaid, *dot;
} labels[] = {
    {"plain label", ">plain label<", "\"plain label\"", "label=\"plain label\""},
    {"api-gw v1.2", ">api-gw v1.2<", "\"api-gw v1.2\"", "label=\"api-gw v1.2\""},
    {"</text><script>", ">&#60;/text&#62;&#60;script&#62;<", "\"#60;#47;text#62;#60;script#62;\"",
     "label=\"</text><script>\""},
    {"\\\" onload=\\\"x", ">&#34; onload&#61;&#34;x<", "\"#34; onload#61;#34;x\"", "label=\"\\\" onload=\\\"x\""},
    {"a\\\\N\\\\", ">a\\N\\<", "\"a#92;N#92;\"", "label=\"a\\\\N\\\\\""},
    {"&lt;", ">&#38;lt;<", "\"#38;lt#59;\"", "label=\"&amp;lt;\""},
    {"%%{init}%%", ">%%{init}%%<", "\"#37;#37;#123;init#125;#37;#37;\"", "label=\"%%{init}%%\""},
    {"#quot;", ">#quot;<", "\"#35;quot#59;\"", "label=\"#quot;\""},
    {"`md`", ">&#96;md&#96;<", "\"#96;md#96;\"", "label=\"`md`\""},
    {"1. x", ">1. x<", "\"1#46; x\"", "label=\"1. x\""},
    {"a-->b", ">a--&#62;b<", "\"a#45;#45;#62;b\"", "label=\"a-->b\""},
    {"one\\ntwo\\u0001", ">one two<", "\"one two\"", "label=\"one two\""},
    {"end", ">end<", "\"end\"", "label=\"end\""},
    {"\\ufb02\\u00b0", ">\xef\xac\x82\xc2\xb0<", "\"fl\xc2\xb0\"", "label=\"\xef\xac\x82\xc2\xb0\""},
};

START_TEST(a_label_stays_text)
{
    struct buffer nodes = BUFFER_INIT;
    const char *const expected[] = {labels[_i].svg, labels[_i].mermaid, labels[_i].dot};

    buffer_printf(&nodes, "[{\"id\":\"a\",\"label\":\"%s\"}]", labels[_i].json);
    for (unsigned picture = PICTURE_SVG; picture <= PICTURE_DOT; picture++) {
        char *text = draw((enum picture)picture, THEME_LIGHT, "g", buffer_string(&nodes), "[]");

        ck_assert_msg(strstr(text, expected[picture]) != NULL, "%s is not in %s", expected[picture], text);
        free(text);
    }
    buffer_release(&nodes);
}
END_TEST

START_TEST(names_types_and_edges_stay_text_too)
{
    static const char bad[] = "\"]</title><script>x</script>";
    char *svg = draw(PICTURE_SVG, THEME_LIGHT, bad,
                     "[{'id':'a','type':'</title><script>'},{'id':'g','type':'group','label':'<script>'}]",
                     "[{'source':'a','target':'a','label':'<script>'}]");
    char *dot = draw(PICTURE_DOT, THEME_LIGHT, bad, "[]", "[]");

    ck_assert_ptr_null(strstr(svg, "<script"));
    ck_assert_uint_eq(count_of(svg, "<title>"), 3);
    ck_assert_ptr_nonnull(strstr(dot, "digraph \"\\\"]</title><script>x</script>\" {"));
    free(svg);
    free(dot);
}
END_TEST

/* ---- pictures ---- */

static const char some_nodes[] = "[{'id':'g','type':'group','data':{'label':'Group'}},"
                                 "{'id':'a','parentId':'g','type':'database'},{'id':'b','type':'queue'}]";
static const char some_edges[] = "[{'source':'a','target':'b','label':'reads'},{'source':'g','target':'b','animated':true},"
                                 "{'source':'g','target':'a'},{'source':'b','target':'b','markerStart':{}}]";

START_TEST(a_picture_stands_alone_and_is_the_same_each_time)
{
    char *first = draw(PICTURE_SVG, THEME_LIGHT, "Shop", some_nodes, some_edges);
    char *second = draw(PICTURE_SVG, THEME_LIGHT, "Shop", some_nodes, some_edges);
    char *dark = draw(PICTURE_SVG, THEME_DARK, "Shop", some_nodes, some_edges);

    ck_assert_str_eq(first, second);
    ck_assert_str_ne(first, dark);
    ck_assert_uint_eq(count_of(first, "http"), 1); /* the name space */
    ck_assert_ptr_null(strstr(first, "href"));
    ck_assert_ptr_null(strstr(first, "<style"));
    ck_assert_ptr_nonnull(strstr(first, " viewBox=\"0 0 "));
    ck_assert_ptr_nonnull(strstr(first, "<title>Shop</title>\n<desc>3 nodes, 4 edges</desc>"));
    free(first);
    free(second);
    free(dark);
}
END_TEST

START_TEST(groups_are_subgraphs)
{
    char *mermaid = draw(PICTURE_MERMAID, THEME_LIGHT, "Shop", some_nodes, some_edges);
    char *dot = draw(PICTURE_DOT, THEME_LIGHT, "Shop", some_nodes, some_edges);

    ck_assert_ptr_nonnull(strstr(mermaid, "  subgraph n1 [\"Group\"]\n    n2[(\"database\")]\n    n1p(( ))\n  end\n"));
    ck_assert_ptr_nonnull(strstr(mermaid, "  n2 -->|\"reads\"| n3\n  n1 -.-> n3\n  n1p --> n2\n  n3 <--> n3\n"));
    ck_assert_ptr_nonnull(strstr(dot, "  subgraph cluster_n1 {\n    label=\"Group\"\n"));
    ck_assert_ptr_nonnull(strstr(dot, "  n2 -> n3 [label=\"reads\"]\n"
                                      "  n1 -> n3 [ltail=cluster_n1, style=dashed]\n"
                                      "  n1 -> n2\n  n3 -> n3 [dir=both]\n"));
    free(mermaid);
    free(dot);
}
END_TEST

START_TEST(a_technology_stands_in_for_the_type_but_for_the_family)
{
    struct graph *g = graph_from("x",
                                 "[{'id': 'a', 'type': 'database', 'data': {'label': 'Orders', 'technology': 'PostgreSQL'}},"
                                 " {'id': 'b', 'type': 'queue', 'data': {'label': 'Events', 'tech': 'Kafka'}},"
                                 " {'id': 'c', 'type': 'service', 'data': {'label': 'Mail', 'technology': ''}}]",
                                 "[]");

    ck_assert_str_eq(g->nodes[0].type, "PostgreSQL");
    ck_assert_int_eq(g->nodes[0].family, FAMILY_DATABASE);
    ck_assert_str_eq(g->nodes[1].type, "Kafka");
    ck_assert_int_eq(g->nodes[1].family, FAMILY_QUEUE);
    ck_assert_str_eq(g->nodes[2].type, "service");
    graph_free(g);
}
END_TEST

START_TEST(an_empty_graph_is_a_picture_too)
{
    for (unsigned picture = PICTURE_SVG; picture <= PICTURE_DOT; picture++) {
        char *text = draw((enum picture)picture, THEME_LIGHT, "", "[]", "[]");

        ck_assert_uint_gt(strlen(text), 10);
        free(text);
    }
}
END_TEST

START_TEST(kinds_are_known_by_name_and_ending)
{
    enum picture picture;

    ck_assert(picture_from_name("mermaid", &picture) && picture == PICTURE_MERMAID);
    ck_assert(picture_from_path("a.b/x.DOT", &picture) && picture == PICTURE_DOT);
    ck_assert(picture_from_path("x.svg", &picture) && picture == PICTURE_SVG);
    ck_assert(!picture_from_path("a.svg/x", &picture));
    ck_assert(!picture_from_name("png", &picture));
}
END_TEST

/* ---- from JSON ---- */

/* JSON text, and what is kept of it. */
static const struct {
    const char *json, *kept;
} lists[] = {
    {"[]", "[]"},
    {"null", "[]"},
    {"{\"id\": \"a\"}", "[]"},
    {"[1, \"x\", [], {}]", "[{}]"},
    {"[{\"id\": \"a\", \"data\": {\"label\": \"A\", \"huge\": [1, {\"deep\": [2]}], \"inputs\": {}}}]",
     "[{\"id\":\"a\",\"data\":{\"label\":\"A\"}}]"},
    {"[{\"id\": 5, \"position\": {\"x\": 1.5, \"y\": -2, \"z\": 3}}]", "[{\"id\":5.0,\"position\":{\"x\":1.5,\"y\":-2.0}}]"},
    {"[{\"width\": 1e999, \"height\": 5}]", "[{\"height\":5.0}]"},
    {"[{\"data\": [1], \"position\": null, \"style\": 3}]", "[{\"data\":true,\"position\":null,\"style\":3.0}]"},
    {"[{\"markerStart\": {\"type\": \"arrow\"}, \"animated\": true}]", "[{\"markerStart\":true,\"animated\":true}]"},
    {"[{\"wires\": [[\"a\", \"b\"], [], [\"c\"]]}]", "[{\"wires\":[[\"a\",\"b\",\"c\"]]}]"},
    {"[{\"wires\": [[[\"a\"", "[]"},
};

START_TEST(of_json_only_what_a_picture_needs_is_kept)
{
    json_t *list = graph_json_list(lists[_i].json, strlen(lists[_i].json), 100);
    char *text = json_dumps(list, JSON_COMPACT);

    ck_assert_str_eq(text, lists[_i].kept);
    free(text);
    json_decref(list);
}
END_TEST

START_TEST(a_list_ends_one_beyond_the_most)
{
    static const char json[] = "[{},{},{},{},{}]";
    json_t *list = graph_json_list(json, strlen(json), 3);

    ck_assert_uint_eq(json_array_size(list), 4);
    json_decref(list);
}
END_TEST

START_TEST(a_row_becomes_the_same_object)
{
    struct shape shape = {0};
    const struct cell cells[] = {{"i", 1},   {"5", 1},     {NULL, 0}, {"{\"x\": 1, \"y\": 2}", 16},
                                 {"NaN", 3}, {"120.5", 5}, {"n", 1}};
    const struct row row = {.cells = cells, .ncells = 7};
    json_t *object;
    char *text;

    shape.table = table_find("nodes");
    shape_add_column(&shape, "id", NULL);
    shape_add_column(&shape, "label", NULL);
    shape_add_column(&shape, "type", NULL);
    shape_add_column(&shape, "position", NULL);
    shape_add_column(&shape, "width", NULL);
    shape_add_column(&shape, "height", NULL);
    shape_add_column(&shape, "mood", "text");
    object = graph_json_row(&shape, &row);
    text = json_dumps(object, JSON_COMPACT);
    ck_assert_str_eq(text, "{\"id\":\"i\",\"label\":\"5\",\"position\":{\"x\":1.0,\"y\":2.0},\"height\":120.5}");
    free(text);
    json_decref(object);
    shape_release(&shape);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

Suite *picture_suite(void)
{
    Suite *suite = suite_create("picture");
    TCase *tests = tcase_create("picture");

    tcase_add_loop_test(tests, a_label_stays_text, 0, COUNT(labels));
    tcase_add_test(tests, names_types_and_edges_stay_text_too);
    tcase_add_test(tests, a_picture_stands_alone_and_is_the_same_each_time);
    tcase_add_test(tests, groups_are_subgraphs);
    tcase_add_test(tests, a_technology_stands_in_for_the_type_but_for_the_family);
    tcase_add_test(tests, an_empty_graph_is_a_picture_too);
    tcase_add_test(tests, kinds_are_known_by_name_and_ending);
    tcase_add_loop_test(tests, of_json_only_what_a_picture_needs_is_kept, 0, COUNT(lists));
    tcase_add_test(tests, a_list_ends_one_beyond_the_most);
    tcase_add_test(tests, a_row_becomes_the_same_object);
    suite_add_tcase(suite, tests);
    return suite;
}
