#include "simulark/format/reactflow_check.h"

#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/base/uuid.h"
#include "simulark/format/json.h"

#include <stdint.h>
#include <stdlib.h>

#define SHOWN 80 /* bytes of an id that are repeated in a message */

/* Text in `names`. */
struct span {
    size_t at, len;
    bool there; /* the member is there and is a string */
};

/* What is looked at of a node or an edge. */
struct element {
    struct span id, parent, source, target;
};

/* The elements of one array. */
struct elements {
    struct buffer names;
    struct element *items;
    size_t count, capacity;
};

struct check {
    struct elements nodes, edges;
    size_t *by_id; /* nodes in order of their ids */
    const struct reactflow_listener *listener;
    struct buffer key, sentence;
};

/* ---- taking ---- */

static struct span *member_of(struct element *element, const char *key)
{
    if (strcmp(key, "id") == 0)
        return &element->id;
    if (strcmp(key, "source") == 0)
        return &element->source;
    if (strcmp(key, "target") == 0)
        return &element->target;
    if (strcmp(key, "parentId") == 0 || (strcmp(key, "parentNode") == 0 && !element->parent.there))
        return &element->parent;
    return NULL;
}

static bool take_member(struct check *check, struct json_cursor *c, struct elements *into, struct element *element)
{
    const char *text;
    struct span *span;
    size_t len;

    buffer_clear(&check->key);
    if (!json_take_string(c, &check->key) || !json_take(c, ':'))
        return false;
    span = member_of(element, buffer_string(&check->key));
    if (!span || json_look(c) != '"')
        return json_take_raw(c, &text, &len);
    span->at = into->names.len;
    span->there = json_take_string(c, &into->names);
    span->len = into->names.len - span->at;
    return span->there;
}

static bool take_element(struct check *check, struct json_cursor *c, struct elements *into)
{
    struct element element = {0};

    if (!json_take(c, '{'))
        return false;
    if (!json_take(c, '}')) {
        do
            if (!take_member(check, c, into, &element))
                return false;
        while (json_take(c, ','));
        if (!json_take(c, '}'))
            return false;
    }
    into->items = mem_grow(into->items, &into->capacity, into->count + 1, sizeof *into->items);
    into->items[into->count++] = element;
    return true;
}

/* False for what is no array of objects. */
static bool take_elements(struct check *check, const struct cell *cell, struct elements *into)
{
    struct json_cursor c = {.text = cell->text, .len = cell->len};

    if (!cell->text || !json_take(&c, '['))
        return false;
    if (json_take(&c, ']'))
        return true;
    do
        if (!take_element(check, &c, into))
            return false;
    while (json_take(&c, ','));
    return json_take(&c, ']');
}

/* ---- telling ---- */

static void say(struct check *check, const struct elements *in, const struct span *span)
{
    const char *name = in->names.data ? in->names.data + span->at : "";

    json_append_string(&check->sentence, name, utf8_cut(name, span->len, SHOWN));
}

static void tell(struct check *check, enum gravity gravity, const char *code, const struct elements *of)
{
    check->listener->tell(check->listener->context, gravity, code, of == &check->nodes ? "nodes" : "edges",
                          buffer_string(&check->sentence));
}

/* ---- checking ---- */

static int compare_spans(const struct elements *a, const struct span *x, const struct elements *b, const struct span *y)
{
    size_t len = x->len < y->len ? x->len : y->len;
    int order = len ? memcmp(a->names.data + x->at, b->names.data + y->at, len) : 0;

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static int by_id(const void *a, const void *b, void *elements)
{
    const struct elements *e = elements;
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    int order = compare_spans(e, &e->items[x].id, e, &e->items[y].id);

    return order ? order : (x > y) - (x < y);
}

/* The places of elements in order of their ids. The caller frees the list. */
static size_t *sort_elements(struct elements *elements)
{
    size_t *order = mem_alloc((elements->count + 1) * sizeof *order);

    for (size_t i = 0; i < elements->count; i++)
        order[i] = i;
    qsort_r(order, elements->count, sizeof *order, by_id, elements);
    return order;
}

static bool has_node(const struct check *check, const struct elements *of, const struct span *id)
{
    size_t low = 0;
    size_t high = check->nodes.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_spans(of, id, &check->nodes, &check->nodes.items[check->by_id[middle]].id);

        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static void find_duplicates(struct check *check, const struct elements *elements, const size_t *order, const char *noun,
                            enum gravity gravity)
{
    for (size_t i = 1; i < elements->count; i++) {
        const struct span *id = &elements->items[order[i]].id;

        if (!id->there || compare_spans(elements, &elements->items[order[i - 1]].id, elements, id) != 0)
            continue;
        buffer_clear(&check->sentence);
        buffer_printf(&check->sentence, "has two %ss with the id ", noun);
        say(check, elements, id);
        tell(check, gravity, "flow-duplicate", elements);
    }
}

static void find_lost_parents(struct check *check)
{
    for (size_t i = 0; i < check->nodes.count; i++) {
        const struct element *node = &check->nodes.items[i];

        if (!node->parent.there || has_node(check, &check->nodes, &node->parent))
            continue;
        buffer_clear(&check->sentence);
        buffer_text(&check->sentence, "has the node ");
        say(check, &check->nodes, &node->id);
        buffer_text(&check->sentence, " in the node ");
        say(check, &check->nodes, &node->parent);
        buffer_text(&check->sentence, ", which is not there");
        tell(check, GRAVITY_ERROR, "flow-dangling", &check->nodes);
    }
}

static void find_lost_end(struct check *check, const struct element *edge, const struct span *end, const char *direction)
{
    struct uuid id;

    if (!end->there || has_node(check, &check->edges, end) ||
        (!check->nodes.count && uuid_parse(&id, check->edges.names.data + end->at, end->len)))
        return;
    buffer_clear(&check->sentence);
    buffer_text(&check->sentence, "has the edge ");
    say(check, &check->edges, &edge->id);
    buffer_printf(&check->sentence, " %s the node ", direction);
    say(check, &check->edges, end);
    buffer_text(&check->sentence, ", which is not there");
    tell(check, GRAVITY_ERROR, "flow-dangling", &check->edges);
}

static void check_edges(struct check *check)
{
    size_t *order = sort_elements(&check->edges);

    find_duplicates(check, &check->edges, order, "edge", GRAVITY_WARNING);
    for (size_t i = 0; i < check->edges.count; i++) {
        const struct element *edge = &check->edges.items[i];

        find_lost_end(check, edge, &edge->source, "from");
        find_lost_end(check, edge, &edge->target, "to");
    }
    free(order);
}

static bool all_have_ids(const struct elements *elements)
{
    for (size_t i = 0; i < elements->count; i++)
        if (!elements->items[i].id.there)
            return false;
    return true;
}

static void elements_release(struct elements *elements)
{
    buffer_release(&elements->names);
    free(elements->items);
}

void reactflow_check(const struct cell *nodes, const struct cell *edges, const struct reactflow_listener *listener)
{
    struct check check = {.listener = listener};

    if (take_elements(&check, nodes, &check.nodes) && all_have_ids(&check.nodes)) {
        check.by_id = sort_elements(&check.nodes);
        find_duplicates(&check, &check.nodes, check.by_id, "node", GRAVITY_ERROR);
        find_lost_parents(&check);
        if (take_elements(&check, edges, &check.edges))
            check_edges(&check);
    }
    free(check.by_id);
    elements_release(&check.nodes);
    elements_release(&check.edges);
    buffer_release(&check.key);
    buffer_release(&check.sentence);
}
