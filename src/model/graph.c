#include "simulark/model/graph.h"

#include "simulark/base/memory.h"
#include "simulark/model/lettering.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#define DEEPEST 64 /* groups in groups beyond this are laid flat */

/* ---- members of React Flow's objects ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) && json_string_length(value) ? json_string_value(value) : NULL;
}

/* An id: a string, or a number as text. NULL where there is none. The caller frees it. */
static char *id_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_string(value))
        return json_string_length(value) ? mem_strdup(json_string_value(value)) : NULL;
    return json_is_number(value) ? text_printf("%.15g", json_number_value(value)) : NULL;
}

/* A number, or a string that begins with one ("240px"). NaN where there is none. */
static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_is_string(value) ? json_string_value(value) : NULL;
    char *end;
    double number;

    if (json_is_number(value))
        return json_number_value(value);
    if (!text)
        return NAN;
    number = strtod(text, &end);
    return end > text && (!*end || strcmp(end, "px") == 0) ? number : NAN;
}

/* The first of these texts that has something to show, cleaned; the caller frees it. */
static char *cleaned(const char *const *texts, size_t count)
{
    struct buffer out = BUFFER_INIT;

    for (size_t i = 0; i < count && !out.len; i++)
        if (texts[i])
            text_clean(&out, texts[i], strlen(texts[i]));
    buffer_string(&out);
    return out.data;
}

#define CLEANED(...) cleaned((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static enum side side_from(const char *text, size_t len)
{
    static const struct {
        const char *word;
        enum side side;
    } words[] = {{"left", SIDE_LEFT}, {"right", SIDE_RIGHT}, {"top", SIDE_TOP}, {"bottom", SIDE_BOTTOM}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == len && strncasecmp(words[i].word, text, len) == 0)
            return words[i].side;
    return SIDE_ANY;
}

/* The side a handle or position names: "left", "right-1", "source_top". */
static enum side side_of(const json_t *object, const char *key)
{
    const char *text = text_of(object, key);
    enum side side = SIDE_ANY;

    if (!text)
        return SIDE_ANY;
    for (int words = 0; *text && side == SIDE_ANY && words < 3; words++) {
        size_t len = 0;

        while (isalnum((unsigned char)text[len]))
            len++;
        side = side_from(text, len);
        text += len;
        while (*text && !isalnum((unsigned char)*text))
            text++;
    }
    return side;
}

/* ---- nodes ---- */

static void read_place(struct graph_node *node, const json_t *object)
{
    const json_t *position = json_object_get(object, "position");

    if (!json_is_object(position))
        position = object; /* Node-RED has x and y in the node itself */
    node->x = number_of(position, "x");
    node->y = number_of(position, "y");
    node->placed = fabs(node->x) <= GRAPH_FARTHEST && fabs(node->y) <= GRAPH_FARTHEST;
    if (!node->placed)
        node->x = node->y = 0;
}

static double read_size(const json_t *object, const char *key)
{
    const json_t *const places[] = {object, json_object_get(object, "style"), json_object_get(object, "measured")};

    for (size_t i = 0; i < 3; i++) {
        double size = number_of(places[i], key);

        if (size >= GRAPH_SMALLEST && size <= GRAPH_LARGEST)
            return size;
    }
    return 0;
}

/* Whether two texts have the same letters and digits, whatever stands between them. */
static bool read_alike(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a && (unsigned char)*a < 0x80 && !isalnum((unsigned char)*a))
            a++;
        while (*b && (unsigned char)*b < 0x80 && !isalnum((unsigned char)*b))
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

static void read_names(struct graph_node *node, const json_t *object)
{
    const json_t *data = json_object_get(object, "data");
    const char *type = text_of(object, "type");
    const char *inner = text_of(data, "type");
    const char *category = text_of(data, "category");
    const char *technology = text_of(data, "technology");

    if (!technology)
        technology = text_of(data, "tech");
    if (!inner)
        inner = text_of(data, "nodeType");
    if (!inner)
        inner = text_of(data, "kind");
    if (type_is_generic(type ? type : "") && (inner || category)) {
        type = inner ? inner : category;
    } else if (type && type_is_generic(type)) {
        type = NULL; /* "custom" tells nobody anything */
    }
    node->label = CLEANED(text_of(object, "label"), text_of(data, "label"), text_of(data, "name"), text_of(object, "name"),
                          text_of(data, "title"), text_of(object, "title"), type, text_of(object, "type"),
                          text_of(object, "id"), "node");
    node->type = CLEANED(type, "");
    node->family = family_of(node->type);
    if (!node->family && category)
        node->family = family_of(category);
    if (!node->family && !*node->type)
        node->family = family_of(node->label);
    if (technology) { /* says more than the type, which the icon tells */
        free(node->type);
        node->type = CLEANED(technology);
    }
    if (read_alike(node->label, node->type))
        *node->type = '\0'; /* once is enough */
}

static void read_node(struct graph_node *node, const json_t *object)
{
    const char *type = text_of(object, "type");

    *node = (struct graph_node){.parent = GRAPH_NONE};
    read_place(node, object);
    node->width = read_size(object, "width");
    node->height = read_size(object, "height");
    node->sized = node->width > 0 && node->height > 0;
    node->leaves = side_of(object, "sourcePosition");
    node->enters = side_of(object, "targetPosition");
    node->group = type && type_is_group(type);
    read_names(node, object);
}

/* Takes over the objects whose id is new; others of the same id are dropped. ids maps an id to its index. */
static void read_nodes(struct graph *g, const json_t *list, json_t *ids)
{
    const json_t *object;
    size_t i;

    g->nodes = mem_alloc((json_array_size(list) + 1) * sizeof *g->nodes);
    json_array_foreach(list, i, object) {
        char *id = id_of(object, "id");

        if (json_is_object(object) && (!id || !json_object_get(ids, id))) {
            if (id)
                json_object_set_new(ids, id, json_integer((json_int_t)g->nnodes));
            read_node(&g->nodes[g->nnodes++], object);
            json_object_set_new(json_array_get(list, i), "#", json_integer((json_int_t)(g->nnodes - 1)));
        }
        free(id);
    }
}

/* The index behind the id under this key; GRAPH_NONE where there is no such node. */
static size_t index_of(const json_t *ids, const json_t *object, const char *key)
{
    char *id = id_of(object, key);
    const json_t *index = id ? json_object_get(ids, id) : NULL;

    free(id);
    return index ? (size_t)json_integer_value(index) : GRAPH_NONE;
}

/* ---- groups ---- */

static size_t parent_of(const struct graph *g, const json_t *ids, const json_t *object)
{
    static const char *const keys[] = {"parentId", "parentNode"};
    size_t tab = index_of(ids, object, "z"); /* of Node-RED */

    for (size_t i = 0; i < 2; i++) {
        const json_t *place = i ? json_object_get(object, "data") : object;

        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            size_t parent = index_of(ids, place, keys[k]);

            if (parent != GRAPH_NONE)
                return parent;
        }
    }
    return tab != GRAPH_NONE && g->nodes[tab].group ? tab : GRAPH_NONE;
}

/* Depths of all, and an end to groups that hold themselves or are nested beyond reason. */
static void settle_depths(struct graph *g)
{
    for (size_t i = 0; i < g->nnodes; i++) {
        size_t depth = 0;

        for (size_t p = g->nodes[i].parent; p != GRAPH_NONE && depth <= DEEPEST; p = g->nodes[p].parent)
            depth++;
        if (depth > DEEPEST)
            g->nodes[i].parent = GRAPH_NONE;
    }
    for (size_t i = 0; i < g->nnodes; i++)
        for (size_t p = g->nodes[i].parent; p != GRAPH_NONE; p = g->nodes[p].parent) {
            g->nodes[i].depth++;
            g->nodes[p].group = true;
        }
}

static void read_parents(struct graph *g, const json_t *list, const json_t *ids)
{
    const json_t *object;
    size_t i;

    json_array_foreach(list, i, object) {
        const json_t *index = json_object_get(object, "#");
        struct graph_node *node = index ? &g->nodes[json_integer_value(index)] : NULL;

        if (node)
            node->parent = parent_of(g, ids, object);
    }
    settle_depths(g);
}

bool graph_holds(const struct graph *graph, size_t ancestor, size_t node)
{
    for (size_t p = graph->nodes[node].parent; p != GRAPH_NONE; p = graph->nodes[p].parent)
        if (p == ancestor)
            return true;
    return false;
}

/* ---- edges ---- */

static void add_edge(struct graph *g, size_t source, size_t target, size_t *capacity, const json_t *object)
{
    const json_t *data = json_object_get(object, "data");
    struct graph_edge *edge;

    if (source == GRAPH_NONE || target == GRAPH_NONE) {
        g->dangling++;
        return;
    }
    g->edges = mem_grow(g->edges, capacity, g->nedges + 1, sizeof *g->edges);
    edge = &g->edges[g->nedges++];
    *edge = (struct graph_edge){.source = source, .target = target};
    edge->label = CLEANED(text_of(object, "label"), text_of(data, "label"), text_of(data, "edgeLabel"),
                          text_of(data, "name"), text_of(data, "title"), text_of(data, "text"));
    edge->leaves = side_of(object, "sourceHandle");
    edge->enters = side_of(object, "targetHandle");
    if (edge->leaves == SIDE_ANY)
        edge->leaves = g->nodes[source].leaves;
    if (edge->enters == SIDE_ANY)
        edge->enters = g->nodes[target].enters;
    edge->dashed = json_is_true(json_object_get(object, "animated"));
    edge->both = json_object_get(object, "markerStart") && !json_is_null(json_object_get(object, "markerStart"));
}

static void read_edges(struct graph *g, const json_t *list, const json_t *ids, size_t *capacity)
{
    const json_t *object;
    size_t i;

    json_array_foreach(list, i, object) {
        if (json_is_object(object))
            add_edge(g, index_of(ids, object, "source"), index_of(ids, object, "target"), capacity, object);
    }
}

/* Node-RED keeps in a node a list, for each of its outputs, of the ids they lead to. */
static void read_wires(struct graph *g, const json_t *list, const json_t *ids, size_t *capacity)
{
    const json_t *object;
    const json_t *output;
    const json_t *target;
    json_t *edge = json_object();
    size_t i;
    size_t o;
    size_t t;

    json_array_foreach(list, i, object) {
        const json_t *index = json_object_get(object, "#");

        json_array_foreach(json_object_get(object, "wires"), o, output) {
            json_array_foreach(output, t, target) {
                json_object_set(edge, "target", json_array_get(output, t));
                if (index)
                    add_edge(g, (size_t)json_integer_value(index), index_of(ids, edge, "target"), capacity, edge);
            }
        }
    }
    json_decref(edge);
}

/* ---- rows and arrays ---- */

static bool says_something(const json_t *value)
{
    if (json_is_string(value))
        return json_string_length(value) > 0;
    return !json_is_null(value) && !(json_is_object(value) && json_object_size(value) == 0);
}

/* Puts what `from` holds into `into`, over what is there (`win`) or only beside it; objects member by member. */
static void merge(json_t *into, json_t *from, bool win)
{
    const char *key;
    json_t *value;

    json_object_foreach(from, key, value) {
        json_t *old = json_object_get(into, key);

        if (json_is_object(old) && json_is_object(value))
            merge(old, value, win);
        else if (says_something(value) && (win || !old || !says_something(old)))
            json_object_set(into, key, value);
    }
}

/* The list that is drawn: the larger one, with what the other knows of the same ids. */
static json_t *chosen_list(json_t *rows, json_t *array)
{
    bool rows_chosen = json_array_size(rows) >= json_array_size(array);
    json_t *chosen = rows_chosen ? rows : array;
    json_t *other = rows_chosen ? array : rows;
    json_t *known = json_object();
    json_t *object;
    size_t i;

    json_array_foreach(other, i, object) {
        if (text_of(object, "id"))
            json_object_set(known, text_of(object, "id"), object);
    }
    json_array_foreach(chosen, i, object) {
        json_t *twin = text_of(object, "id") ? json_object_get(known, text_of(object, "id")) : NULL;

        if (twin && json_is_object(object))
            merge(object, twin, !rows_chosen);
    }
    json_decref(known);
    return chosen;
}

/* How many edges of a list have both ends. */
static size_t count_whole(const json_t *list, const json_t *ids)
{
    const json_t *object;
    size_t count = 0;
    size_t i;

    json_array_foreach(list, i, object) {
        count += index_of(ids, object, "source") != GRAPH_NONE && index_of(ids, object, "target") != GRAPH_NONE;
    }
    return count;
}

static json_t *chosen_edges(const struct graph_parts *parts, const json_t *ids)
{
    size_t in_rows = count_whole(parts->edge_rows, ids);
    size_t in_array = count_whole(parts->edge_array, ids);

    if (in_rows > in_array)
        return parts->edge_rows;
    if (in_array > in_rows)
        return parts->edge_array;
    return chosen_list(parts->edge_rows, parts->edge_array);
}

struct graph *graph_new(const struct graph_parts *parts)
{
    struct graph *g = mem_alloc(sizeof *g);
    json_t *ids = json_object();
    json_t *nodes = chosen_list(parts->node_rows, parts->node_array);
    size_t capacity = 0;

    g->name = CLEANED(parts->name);
    read_nodes(g, nodes, ids);
    read_parents(g, nodes, ids);
    read_edges(g, chosen_edges(parts, ids), ids, &capacity);
    read_wires(g, nodes, ids, &capacity);
    json_decref(ids);
    return g;
}

void graph_free(struct graph *graph)
{
    if (!graph)
        return;
    for (size_t i = 0; i < graph->nnodes; i++) {
        free(graph->nodes[i].label);
        free(graph->nodes[i].type);
    }
    for (size_t i = 0; i < graph->nedges; i++) {
        free(graph->edges[i].label);
        free(graph->edges[i].bends);
    }
    free(graph->name);
    free(graph->nodes);
    free(graph->edges);
    free(graph);
}
