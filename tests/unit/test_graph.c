#include "simulark/base/buffer.h"
#include "simulark/model/graph.h"
#include "simulark/model/layers.h"
#include "simulark/model/layout.h"
#include "simulark/model/lettering.h"
#include "simulark/model/route.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

Suite *graph_suite(void);

/* ---- letters ---- */

static const struct {
    const char *text, *cleaned;
} texts[] = {
    {"", ""},
    {"  two \t\n words ", "two words"},
    {"a\001\033[31mb", "a [31mb"},
    {"line\xe2\x80\xa8separator", "line separator"},
    {"\xe2\x80\xaeright to left", "right to left"},
    {"\xef\xbb\xbfmark", "mark"},
    {"\xef\xbf\xbf\xef\xbf\xbe", ""},
    {"bad \xff byte", "bad \xef\xbf\xbd byte"},
    {"\xe6\xb3\xa8\xe6\x96\x87", "\xe6\xb3\xa8\xe6\x96\x87"},
};

START_TEST(a_text_is_cleaned_of_what_no_picture_can_show)
{
    struct buffer out = BUFFER_INIT;

    text_clean(&out, texts[_i].text, strlen(texts[_i].text));
    ck_assert_str_eq(buffer_string(&out), texts[_i].cleaned);
    buffer_release(&out);
}
END_TEST

START_TEST(a_long_text_is_cut)
{
    struct buffer out = BUFFER_INIT;
    char *text = malloc(5000);

    memset(text, 'x', 5000);
    text_clean(&out, text, 5000);
    ck_assert_uint_eq(out.len, LETTERING_MAX_BYTES + 3);
    buffer_release(&out);
    free(text);
}
END_TEST

/* What the lines are, each ended by a bar; "..." for an ellipsis. */
static const struct {
    const char *text;
    double width;
    const char *lines;
} wraps[] = {
    {"", 100, ""},
    {"short", 100, "short|"},
    {"one two three", 60, "one two|three|"},
    {"one two three four five six seven", 60, "one two|three|four...|"},
    {"payment-processing-worker", 90, "payment-|processing-|worker|"},
    {"OrderServiceHandler", 90, "OrderService|Handler|"},
    {"Donaudampfschifffahrt", 60, "Donauda|mpfschiff|fahrt|"},
    {"x", 1, "x|"},
    {"\xe6\xb3\xa8\xe6\x96\x87\xe7\xae\xa1\xe7\x90\x86", 30, "\xe6\xb3\xa8\xe6\x96\x87|\xe7\xae\xa1\xe7\x90\x86|"},
};

START_TEST(a_label_is_broken_into_lines)
{
    struct text_line lines[3];
    size_t count = text_wrap(wraps[_i].text, wraps[_i].width, 13, true, lines, 3);
    struct buffer out = BUFFER_INIT;

    for (size_t i = 0; i < count; i++) {
        buffer_append(&out, wraps[_i].text + lines[i].start, lines[i].len);
        buffer_text(&out, lines[i].cut ? "...|" : "|");
        ck_assert(lines[i].width <= wraps[_i].width || lines[i].len == 1);
    }
    ck_assert_str_eq(buffer_string(&out), wraps[_i].lines);
    buffer_release(&out);
}
END_TEST

START_TEST(a_wide_character_is_wider_than_a_narrow_one)
{
    ck_assert(text_width("\xe6\xb3\xa8", 3, 10, false) == 10);
    ck_assert(text_width("i", 1, 10, false) < text_width("W", 1, 10, false));
    ck_assert(text_width("e\xcc\x81", 3, 10, false) == text_width("e", 1, 10, false));
}
END_TEST

/* ---- families ---- */

static const struct {
    const char *type;
    enum family family;
} types[] = {
    {"service", FAMILY_SERVICE},     {"Database", FAMILY_DATABASE},  {"PostgreSQL", FAMILY_DATABASE},
    {"dynamoDB", FAMILY_DATABASE},   {"kafka-topic", FAMILY_QUEUE},  {"stream", FAMILY_QUEUE},
    {"RedisCache", FAMILY_CACHE},    {"api-gateway", FAMILY_GATEWAY}, {"loadBalancer", FAMILY_GATEWAY},
    {"client", FAMILY_CLIENT},       {"user", FAMILY_CLIENT},        {"s3_bucket", FAMILY_STORAGE},
    {"aws.Lambda", FAMILY_FUNCTION}, {"external", FAMILY_EXTERNAL},  {"llm", FAMILY_MODEL},
    {"AI", FAMILY_MODEL},            {"container", FAMILY_CONTAINER}, {"k8s", FAMILY_CONTAINER},
    {"CDN", FAMILY_CDN},             {"auth", FAMILY_SECURITY},      {"email service", FAMILY_SERVICE},
    {"User Service", FAMILY_SERVICE}, {"", FAMILY_OTHER},            {"whatever", FAMILY_OTHER},
    {"\xe6\xb3\xa8\xe6\x96\x87", FAMILY_OTHER}, {"mail", FAMILY_OTHER},
};

START_TEST(a_type_is_known_by_its_words)
{
    ck_assert_msg(family_of(types[_i].type) == types[_i].family, "%s is %d", types[_i].type, (int)family_of(types[_i].type));
}
END_TEST

/* ---- graphs ---- */

/* JSON with ' instead of ". */
static json_t *json_from(const char *text)
{
    char *copy = strdup(text);
    json_t *json;

    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    json = json_loads(copy, 0, NULL);
    ck_assert_msg(json != NULL, "%s", copy);
    free(copy);
    return json;
}

static struct graph *graph_from(const char *node_rows, const char *edge_rows, const char *node_array, const char *edge_array)
{
    struct graph_parts parts = {.name = "test"};
    struct graph *g;

    parts.node_rows = json_from(node_rows);
    parts.edge_rows = json_from(edge_rows);
    parts.node_array = json_from(node_array);
    parts.edge_array = json_from(edge_array);
    g = graph_new(&parts);
    json_decref(parts.node_rows);
    json_decref(parts.edge_rows);
    json_decref(parts.node_array);
    json_decref(parts.edge_array);
    return g;
}

/* A node's JSON, and what it is taken for. */
static const struct {
    const char *json, *label, *type;
    bool placed;
    double width;
} nodes[] = {
    {"{'id':'a','type':'service','label':'Row','data':{'label':'Data'}}", "Row", "service", false, 0},
    {"{'id':'a','type':'custom','data':{'label':'Data','name':'Name'}}", "Data", "", false, 0},
    {"{'id':'a','type':'customNode','data':{'name':'Name','type':'LLMChain'}}", "Name", "LLMChain", false, 0},
    {"{'id':'a','data':{'title':'Title'}}", "Title", "", false, 0},
    {"{'id':'a','type':'vis'}", "vis", "", false, 0},
    {"{'id':'a'}", "a", "", false, 0},
    {"{}", "node", "", false, 0},
    {"{'id':'a','label':' \\n ','type':'x'}", "x", "", false, 0},
    {"{'id':'a','position':{'x':1,'y':2}}", "a", "", true, 0},
    {"{'id':'a','x':1,'y':2}", "a", "", true, 0},
    {"{'id':'a','position':{'x':1e300,'y':2}}", "a", "", false, 0},
    {"{'id':'a','position':{'x':'NaN','y':2}}", "a", "", false, 0},
    {"{'id':'a','position':{'x':1}}", "a", "", false, 0},
    {"{'id':'a','width':120}", "a", "", false, 120},
    {"{'id':'a','style':{'width':'120px'}}", "a", "", false, 120},
    {"{'id':'a','style':{'width':'50%'}}", "a", "", false, 0},
    {"{'id':'a','measured':{'width':120}}", "a", "", false, 120},
    {"{'id':'a','width':-5}", "a", "", false, 0},
    {"{'id':'a','width':1e9,'style':{'width':120}}", "a", "", false, 120},
    {"{'id':7}", "node", "", false, 0},
};

START_TEST(a_node_is_read_with_its_label_place_and_size)
{
    char list[512];
    struct graph *g;

    snprintf(list, sizeof list, "[%s]", nodes[_i].json);
    g = graph_from("[]", "[]", list, "[]");
    ck_assert_uint_eq(g->nnodes, 1);
    ck_assert_str_eq(g->nodes[0].label, nodes[_i].label);
    ck_assert_str_eq(g->nodes[0].type, nodes[_i].type);
    ck_assert_int_eq(g->nodes[0].placed, nodes[_i].placed);
    ck_assert(g->nodes[0].width == nodes[_i].width);
    graph_free(g);
}
END_TEST

START_TEST(the_larger_of_rows_and_array_is_drawn)
{
    struct graph *rows = graph_from("[{'id':'r1'},{'id':'r2'}]", "[{'source':'r1','target':'r2'}]", "[{'id':'a'}]",
                                    "[]");
    struct graph *array = graph_from("[{'id':'r1'}]", "[]", "[{'id':'a'},{'id':'b'}]",
                                     "[{'source':'a','target':'b'}]");

    ck_assert_uint_eq(rows->nnodes, 2);
    ck_assert_str_eq(rows->nodes[0].label, "r1");
    ck_assert_uint_eq(rows->nedges, 1);
    ck_assert_uint_eq(array->nnodes, 2);
    ck_assert_str_eq(array->nodes[0].label, "a");
    ck_assert_uint_eq(array->nedges, 1);
    graph_free(rows);
    graph_free(array);
}
END_TEST

START_TEST(rows_win_for_what_they_hold_and_the_array_adds_the_rest)
{
    struct graph *g = graph_from("[{'id':'a','label':'From the row','position':{}}]", "[]",
                                 "[{'id':'a','data':{'label':'old'},'label':'older','position':{'x':3,'y':4}},"
                                 "{'id':'b'}]",
                                 "[]");

    ck_assert_uint_eq(g->nnodes, 2);
    ck_assert_str_eq(g->nodes[0].label, "From the row");
    ck_assert(g->nodes[0].placed && g->nodes[0].x == 3 && g->nodes[0].y == 4);
    graph_free(g);
}
END_TEST

START_TEST(edges_without_both_ends_are_counted)
{
    struct graph *g = graph_from("[]", "[]", "[{'id':'a'},{'id':'a'}]",
                                 "[{'source':'a','target':'b'},{'target':'a'},{'source':'a','target':'a'}]");

    ck_assert_uint_eq(g->nnodes, 1);
    ck_assert_uint_eq(g->nedges, 1);
    ck_assert_uint_eq(g->dangling, 2);
    graph_free(g);
}
END_TEST

START_TEST(wires_are_edges)
{
    struct graph *g = graph_from("[]", "[]", "[{'id':'a','wires':[['b','c'],[]]},{'id':'b'},{'id':'c','wires':[['a']]}]",
                                 "[]");

    ck_assert_uint_eq(g->nedges, 3);
    graph_free(g);
}
END_TEST

START_TEST(handles_name_sides)
{
    struct graph *g = graph_from("[]", "[]",
                                 "[{'id':'a','sourcePosition':'bottom'},{'id':'b','targetPosition':'top'}]",
                                 "[{'source':'a','target':'b'},"
                                 "{'source':'a','target':'b','sourceHandle':'right-1','targetHandle':'target_left'},"
                                 "{'source':'a','target':'b','sourceHandle':'leftovers'}]");

    ck_assert_int_eq(g->edges[0].leaves, SIDE_BOTTOM);
    ck_assert_int_eq(g->edges[0].enters, SIDE_TOP);
    ck_assert_int_eq(g->edges[1].leaves, SIDE_RIGHT);
    ck_assert_int_eq(g->edges[1].enters, SIDE_LEFT);
    ck_assert_int_eq(g->edges[2].leaves, SIDE_BOTTOM);
    graph_free(g);
}
END_TEST

START_TEST(groups_that_hold_themselves_come_to_an_end)
{
    struct graph *g = graph_from("[]", "[]",
                                 "[{'id':'a','parentId':'b'},{'id':'b','parentId':'c'},{'id':'c','parentId':'a'},"
                                 "{'id':'d','parentNode':'d'},{'id':'e','parentId':'nobody'}]",
                                 "[]");

    for (size_t i = 0; i < g->nnodes; i++) {
        size_t depth = 0;

        for (size_t p = g->nodes[i].parent; p != GRAPH_NONE; p = g->nodes[p].parent)
            ck_assert_uint_lt(depth++, 5);
        ck_assert_uint_eq(g->nodes[i].depth, depth);
    }
    graph_layout(g);
    graph_free(g);
}
END_TEST

/* ---- layout ---- */

static bool apart(const struct graph_node *a, const struct graph_node *b)
{
    return a->x + a->width <= b->x || b->x + b->width <= a->x || a->y + a->height <= b->y || b->y + b->height <= a->y;
}

static void check_apart(const struct graph *g)
{
    for (size_t i = 0; i < g->nnodes; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert(apart(&g->nodes[i], &g->nodes[k]) || graph_holds(g, i, k) || graph_holds(g, k, i));
}

static bool inside(const struct graph_node *inner, const struct graph_node *outer)
{
    return inner->x >= outer->x && inner->y >= outer->y && inner->x + inner->width <= outer->x + outer->width &&
           inner->y + inner->height <= outer->y + outer->height;
}

START_TEST(without_places_edges_lead_from_left_to_right)
{
    struct graph *g = graph_from("[]", "[]", "[{'id':'a'},{'id':'b'},{'id':'c'},{'id':'d'},{'id':'alone'}]",
                                 "[{'source':'a','target':'b'},{'source':'b','target':'c'},"
                                 "{'source':'a','target':'c'},{'source':'a','target':'d'},{'source':'c','target':'a'}]");

    graph_layout(g);
    ck_assert(g->nodes[0].x + g->nodes[0].width < g->nodes[1].x);
    ck_assert(g->nodes[1].x + g->nodes[1].width < g->nodes[2].x);
    check_apart(g);
    ck_assert_uint_eq(g->edges[2].nbends, 2); /* past b */
    ck_assert_uint_eq(g->edges[4].nbends, 2); /* and back */
    graph_free(g);
}
END_TEST

START_TEST(places_that_are_all_the_same_are_none)
{
    struct graph *g = graph_from("[]", "[]",
                                 "[{'id':'a','position':{'x':0,'y':0}},{'id':'b','position':{'x':0,'y':0}}]",
                                 "[{'source':'a','target':'b'}]");

    graph_layout(g);
    ck_assert(g->nodes[0].x + g->nodes[0].width < g->nodes[1].x);
    graph_free(g);
}
END_TEST

START_TEST(places_of_the_canvas_stay)
{
    struct graph *g = graph_from("[]", "[]",
                                 "[{'id':'a','position':{'x':-7.5,'y':3},'width':100,'height':50},"
                                 "{'id':'b','position':{'x':500,'y':40},'width':100,'height':50},{'id':'new'}]",
                                 "[]");

    graph_layout(g);
    ck_assert(g->nodes[0].x == -7.5 && g->nodes[0].y == 3 && g->nodes[1].x == 500 && g->nodes[1].y == 40);
    ck_assert(g->nodes[2].y > 90); /* what has no place is below */
    graph_free(g);
}
END_TEST

START_TEST(nodes_of_estimated_size_are_moved_apart)
{
    struct graph *g = graph_from("[]", "[]",
                                 "[{'id':'a','label':'A long label of a node','position':{'x':0,'y':0}},"
                                 "{'id':'b','position':{'x':150,'y':0}},{'id':'c','position':{'x':0,'y':50}}]",
                                 "[]");

    graph_layout(g);
    check_apart(g);
    graph_free(g);
}
END_TEST

START_TEST(groups_hold_what_is_in_them)
{
    static const char *const lists[] = {
        "[{'id':'g','type':'group','position':{'x':100,'y':100},'width':50,'height':50},"
        "{'id':'h','parentId':'g','position':{'x':10,'y':10}},"
        "{'id':'a','parentId':'h','position':{'x':20,'y':-20}},"
        "{'id':'b','parentId':'h','position':{'x':300,'y':0}}]",
        "[{'id':'g'},{'id':'h','data':{'parentId':'g'}},{'id':'a','parentNode':'h'},{'id':'b','parentId':'g'}]",
    };

    for (size_t i = 0; i < 2; i++) {
        struct graph *g = graph_from("[]", "[]", lists[i], "[{'source':'a','target':'b'}]");

        graph_layout(g);
        for (size_t k = 1; k < g->nnodes; k++)
            ck_assert(inside(&g->nodes[k], &g->nodes[g->nodes[k].parent]));
        check_apart(g);
        graph_free(g);
    }
}
END_TEST

START_TEST(many_nodes_without_places_stand_apart)
{
    struct buffer list = BUFFER_INIT;
    struct buffer edges = BUFFER_INIT;
    struct graph *g;

    for (int i = 0; i < 300; i++) {
        buffer_printf(&list, "%s{'id':'%d'}", i ? "," : "[", i);
        buffer_printf(&edges, "%s{'source':'%d','target':'%d'}", i ? "," : "[", i * 7 % 300, (i * i + 3) % 250);
    }
    buffer_byte(&list, ']');
    buffer_byte(&edges, ']');
    g = graph_from("[]", "[]", buffer_string(&list), buffer_string(&edges));
    graph_layout(g);
    check_apart(g);
    graph_free(g);
    buffer_release(&list);
    buffer_release(&edges);
}
END_TEST

/* ---- ways ---- */

static bool on_border(struct point p, const struct graph_node *n)
{
    bool beside = p.x == n->x || p.x == n->x + n->width;
    bool above = p.y == n->y || p.y == n->y + n->height;

    return (beside && p.y >= n->y && p.y <= n->y + n->height) || (above && p.x >= n->x && p.x <= n->x + n->width);
}

START_TEST(edges_lead_from_border_to_border_and_apart)
{
    struct graph *g = graph_from("[]", "[]",
                                 "[{'id':'a','position':{'x':0,'y':0},'width':100,'height':60},"
                                 "{'id':'b','position':{'x':300,'y':0},'width':100,'height':60}]",
                                 "[{'source':'a','target':'b'},{'source':'a','target':'b'},{'source':'b','target':'a'},"
                                 "{'source':'a','target':'a'},{'source':'a','target':'b','sourceHandle':'top'}]");
    struct route *routes;

    graph_layout(g);
    routes = routes_new(g);
    for (size_t i = 0; i < g->nedges; i++) {
        ck_assert_uint_eq(routes[i].npoints % 3, 1);
        ck_assert(on_border(routes[i].points[0], &g->nodes[g->edges[i].source]));
        ck_assert(on_border(routes[i].points[routes[i].npoints - 1], &g->nodes[g->edges[i].target]));
    }
    ck_assert(routes[0].points[0].y < routes[1].points[0].y && routes[1].points[0].y < routes[2].points[3].y);
    ck_assert(routes[4].points[0].y == 0);
    routes_free(routes, g->nedges);
    graph_free(g);
}
END_TEST

START_TEST(edges_go_round_nodes_in_their_way)
{
    struct graph *g = graph_from("[]", "[]",
                                 "[{'id':'a','position':{'x':0,'y':0},'width':100,'height':60},"
                                 "{'id':'wall','position':{'x':200,'y':0},'width':100,'height':60},"
                                 "{'id':'b','position':{'x':400,'y':0},'width':100,'height':60}]",
                                 "[{'source':'a','target':'b'}]");
    struct route *routes;

    graph_layout(g);
    routes = routes_new(g);
    ck_assert(routes[0].points[1].y < 0 || routes[0].points[1].y > 60);
    routes_free(routes, g->nedges);
    graph_free(g);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

Suite *graph_suite(void)
{
    Suite *suite = suite_create("graph");
    TCase *tests = tcase_create("graph");

    tcase_add_loop_test(tests, a_text_is_cleaned_of_what_no_picture_can_show, 0, COUNT(texts));
    tcase_add_test(tests, a_long_text_is_cut);
    tcase_add_loop_test(tests, a_label_is_broken_into_lines, 0, COUNT(wraps));
    tcase_add_test(tests, a_wide_character_is_wider_than_a_narrow_one);
    tcase_add_loop_test(tests, a_type_is_known_by_its_words, 0, COUNT(types));
    tcase_add_loop_test(tests, a_node_is_read_with_its_label_place_and_size, 0, COUNT(nodes));
    tcase_add_test(tests, the_larger_of_rows_and_array_is_drawn);
    tcase_add_test(tests, rows_win_for_what_they_hold_and_the_array_adds_the_rest);
    tcase_add_test(tests, edges_without_both_ends_are_counted);
    tcase_add_test(tests, wires_are_edges);
    tcase_add_test(tests, handles_name_sides);
    tcase_add_test(tests, groups_that_hold_themselves_come_to_an_end);
    tcase_add_test(tests, without_places_edges_lead_from_left_to_right);
    tcase_add_test(tests, places_that_are_all_the_same_are_none);
    tcase_add_test(tests, places_of_the_canvas_stay);
    tcase_add_test(tests, nodes_of_estimated_size_are_moved_apart);
    tcase_add_test(tests, groups_hold_what_is_in_them);
    tcase_add_test(tests, many_nodes_without_places_stand_apart);
    tcase_add_test(tests, edges_lead_from_border_to_border_and_apart);
    tcase_add_test(tests, edges_go_round_nodes_in_their_way);
    suite_add_tcase(suite, tests);
    return suite;
}
