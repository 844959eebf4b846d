#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/format/json_members.h"
#include "simulark/model/row_cell.h"
#include "simulark/model/value.h"

#include <stdlib.h>

void item_release(struct template_item *item)
{
    free(item->id);
    free(item->origin);
    free(item->source);
    free(item->target);
    free(item->parent);
    buffer_release(&item->json);
    *item = (struct template_item){0};
}

void items_release(struct template_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        item_release(&items->list[i]);
    free(items->list);
    *items = (struct template_items){0};
}

struct template_item *items_add(struct template_items *items)
{
    items->list = mem_grow(items->list, &items->capacity, items->count + 1, sizeof *items->list);
    items->list[items->count] = (struct template_item){0};
    return &items->list[items->count++];
}

void items_append(struct buffer *out, const struct template_items *items)
{
    buffer_byte(out, '[');
    for (size_t i = 0; i < items->count; i++) {
        if (i)
            buffer_text(out, ", ");
        buffer_append(out, items->list[i].json.data, items->list[i].json.len);
    }
    buffer_byte(out, ']');
}

json_t *items_index(const struct template_items *items)
{
    json_t *index = json_object();

    for (size_t i = 0; i < items->count; i++)
        if (items->list[i].id && !json_object_get(index, items->list[i].id))
            json_object_set_new_nocheck(index, items->list[i].id, json_integer((json_int_t)i));
    return index;
}

size_t items_place(const json_t *index, const char *id)
{
    const json_t *place = id ? json_object_get(index, id) : NULL;

    return place ? (size_t)json_integer_value(place) : NOWHERE;
}

/* ---- objects ---- */

/* An id: a string with something in it, or a number as it is written. NULL where there is none. The caller frees it. */
static char *id_value(const struct cell *value)
{
    struct buffer text = BUFFER_INIT;
    char *id = NULL;

    if (value->text && value->len && strchr("-0123456789", *value->text))
        return mem_strndup(value->text, value->len);
    if (json_string_text(value, &text) && text.len)
        id = mem_strdup(buffer_string(&text));
    buffer_release(&text);
    return id;
}

static char *id_member(const char *json, size_t len, const char *key)
{
    struct cell value = json_member(json, len, key);

    return id_value(&value);
}

static const char *const parents[] = {"parentId", "parentNode", NULL};

void item_from_object(struct template_item *item, const char *json, size_t len)
{
    item->id = id_member(json, len, "id");
    item->origin = mem_strdup_or_null(item->id);
    item->source = id_member(json, len, "source");
    item->target = id_member(json, len, "target");
    for (size_t i = 0; parents[i] && !item->parent; i++)
        item->parent = id_member(json, len, parents[i]);
    buffer_append(&item->json, json, len);
}

void items_take_array(struct template_items *items, const struct cell *cell)
{
    struct json_walk walk;

    if (!cell->text || !json_walk_array(&walk, cell->text, cell->len))
        return;
    while (json_walk_next(&walk))
        if (*walk.value.text == '{')
            item_from_object(items_add(items), walk.value.text, walk.value.len);
}

bool item_label(const struct template_item *item, struct buffer *out)
{
    struct cell data = json_member(item->json.data, item->json.len, "data");

    return (data.text && json_member_string(data.text, data.len, "label", out)) ||
           json_member_string(item->json.data, item->json.len, "label", out);
}

/* Puts a member's new value; nothing changes but for ids that are known. */
static void put_mapped(struct json_object_builder *b, const char *key, const char *id, const struct id_map *nodes)
{
    const char *other = id_map_find(nodes, table_find("nodes"), id, strlen(id));

    json_build_string(b, key, other ? other : id, strlen(other ? other : id));
}

/* Node-RED's lists of lists of ids. */
static void put_wires(struct json_object_builder *b, const struct cell *wires, const struct id_map *nodes)
{
    struct buffer text = BUFFER_INIT;
    struct buffer id = BUFFER_INIT;
    struct json_cursor c = {.text = wires->text, .len = wires->len};

    while (c.at < c.len) {
        const char *other;

        if (c.text[c.at] != '"') {
            buffer_byte(&text, c.text[c.at++]);
            continue;
        }
        buffer_clear(&id);
        if (!json_take_string(&c, &id))
            break;
        other = id_map_find(nodes, table_find("nodes"), buffer_string(&id), id.len);
        json_append_string(&text, other ? other : buffer_string(&id), other ? strlen(other) : id.len);
    }
    json_build_raw(b, "wires", text.data, text.len);
    buffer_release(&text);
    buffer_release(&id);
}

static void put_data(struct json_object_builder *b, const struct cell *data, const char *old, const char *id)
{
    struct json_object_builder inner = {0};
    struct buffer text = BUFFER_INIT;
    char *own = data->text ? id_member(data->text, data->len, "id") : NULL;

    if (own && old && strcmp(own, old) == 0) {
        json_build_begin(&inner);
        json_build_members(&inner, data->text, data->len, NULL);
        json_build_string(&inner, "id", id, strlen(id));
        json_build_end(&inner, &text);
        json_build_raw(b, "data", text.data, text.len);
    }
    json_build_release(&inner);
    buffer_release(&text);
    free(own);
}

void item_drop_parent(struct template_item *node)
{
    struct json_object_builder b = {0};
    struct buffer text = BUFFER_INIT;

    json_build_begin(&b);
    json_build_members(&b, node->json.data, node->json.len, parents);
    json_build_end(&b, &text);
    json_build_release(&b);
    buffer_release(&node->json);
    node->json = text;
    free(node->parent);
    node->parent = NULL;
}

void item_settle(struct template_item *item, const char *id, const struct id_map *nodes)
{
    static const char *const references[] = {"source", "target", "parentId", "parentNode", "z"};
    struct json_object_builder b = {0};
    const char *json = item->json.data;
    size_t len = item->json.len;
    struct cell data = json_member(json, len, "data");
    struct cell wires = json_member(json, len, "wires");
    struct buffer text = BUFFER_INIT;
    struct template_item settled = {.origin = item->origin};

    json_build_begin(&b);
    json_build_members(&b, json, len, NULL);
    json_build_string(&b, "id", id, strlen(id));
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        char *old = id_member(json, len, references[i]);

        if (old)
            put_mapped(&b, references[i], old, nodes);
        free(old);
    }
    if (wires.text && *wires.text == '[')
        put_wires(&b, &wires, nodes);
    put_data(&b, &data, item->id, id);
    json_build_end(&b, &text);
    json_build_release(&b);
    item->origin = NULL;
    item_release(item);
    *item = settled;
    item_from_object(item, text.data, text.len);
    if (settled.origin) {
        free(item->origin);
        item->origin = settled.origin;
    }
    buffer_release(&text);
}

static bool is_object(const struct cell *value)
{
    return value->text && *value->text == '{' && value->len > 2;
}

static bool is_empty(const struct cell *value)
{
    return value->len == 2 && memcmp(value->text, "{}", 2) == 0;
}

/* The members of one object over those of another. */
static void put_merged(struct json_object_builder *b, const char *key, const struct cell *under, const struct cell *over)
{
    struct json_object_builder inner = {0};
    struct buffer text = BUFFER_INIT;

    if (is_object(under) && is_object(over)) {
        json_build_begin(&inner);
        json_build_members(&inner, under->text, under->len, NULL);
        json_build_members(&inner, over->text, over->len, NULL);
        json_build_end(&inner, &text);
        json_build_raw(b, key, text.data, text.len);
    } else if (over->text && !is_empty(over) && (is_object(over) || !under->text)) {
        json_build_raw(b, key, over->text, over->len);
    }
    json_build_release(&inner);
    buffer_release(&text);
}

/* `data` of the item that is laid over another, without a label that says nothing new: where an object has its label beside
 * `data`, there it shall stay. */
static void over_data(const struct template_item *item, const struct template_item *over, struct buffer *out)
{
    static const char *const label[] = {"label", NULL};
    struct cell data = json_member(over->json.data, over->json.len, "data");
    struct json_object_builder b = {0};
    struct buffer mine = BUFFER_INIT;
    struct buffer others = BUFFER_INIT;
    bool same = item_label(item, &mine) && item_label(over, &others) && mine.len == others.len &&
                (!mine.len || memcmp(mine.data, others.data, mine.len) == 0);

    if (same && data.text && *data.text == '{') {
        json_build_begin(&b);
        json_build_members(&b, data.text, data.len, label);
        json_build_end(&b, out);
    } else if (data.text) {
        buffer_append(out, data.text, data.len);
    }
    json_build_release(&b);
    buffer_release(&mine);
    buffer_release(&others);
}

void item_overlay(struct template_item *item, const struct template_item *over)
{
    static const char *const parts[] = {"data", "style", NULL};
    const char *apart[] = {"data", "style", NULL, NULL};
    struct json_object_builder b = {0};
    struct cell type = json_member(over->json.data, over->json.len, "type");
    struct buffer text = BUFFER_INIT;
    struct buffer data = BUFFER_INIT;

    if (type.len == 9 && memcmp(type.text, "\"default\"", 9) == 0 && !json_member(item->json.data, item->json.len, "type").text)
        apart[2] = "type"; /* which is what a row has where an object says nothing */

    json_build_begin(&b);
    json_build_members(&b, item->json.data, item->json.len, NULL);
    json_build_members(&b, over->json.data, over->json.len, apart);
    over_data(item, over, &data);
    for (size_t i = 0; parts[i]; i++) {
        struct cell mine = json_member(item->json.data, item->json.len, parts[i]);
        struct cell others = json_member(over->json.data, over->json.len, parts[i]);

        if (i == 0 && others.text)
            others = (struct cell){data.data, data.len};
        put_merged(&b, parts[i], &mine, &others);
    }
    buffer_release(&data);
    json_build_end(&b, &text);
    json_build_release(&b);
    item_release(item);
    item_from_object(item, text.data, text.len);
    buffer_release(&text);
}

/* ---- from rows ---- */

static void put_text(struct json_object_builder *b, const char *key, const struct cell *cell)
{
    if (cell->text)
        json_build_string(b, key, cell->text, cell->len);
}

static void put_json(struct json_object_builder *b, const char *key, const struct cell *cell)
{
    bool empty = cell->len == 2 && memcmp(cell->text, "{}", 2) == 0;

    if (cell->text && !empty && !cell_is_null(cell))
        json_build_raw(b, key, cell->text, cell->len);
}

static void put_number(struct json_object_builder *b, const char *key, const struct cell *cell)
{
    if (cell->text && cell->len && (*cell->text == '-' ? cell->len > 1 && cell->text[1] <= '9' : *cell->text <= '9'))
        json_build_raw(b, key, cell->text, cell->len);
}

/* React Flow draws `data.label`. */
static void put_labelled_data(struct json_object_builder *b, const struct cell *data, const struct cell *label)
{
    struct json_object_builder inner = {0};
    struct buffer text = BUFFER_INIT;
    struct cell there = data->text ? json_member(data->text, data->len, "label") : (struct cell){NULL, 0};
    bool object = !data->text || *data->text == '{' || cell_is_null(data);

    if (!object || (label->text && there.text && *there.text != '"')) {
        put_json(b, "data", data);
        put_text(b, "label", label);
        return;
    }
    json_build_begin(&inner);
    if (data->text)
        json_build_members(&inner, data->text, data->len, NULL);
    put_text(&inner, "label", label);
    json_build_end(&inner, &text);
    json_build_raw(b, "data", text.data, text.len);
    json_build_release(&inner);
    buffer_release(&text);
}

void item_from_row(struct template_item *item, const struct shape *shape, const struct row *row)
{
    static const char *const texts[][2] = {{"id", "id"}, {"type", "type"}, {"source_node_id", "source"},
                                           {"target_node_id", "target"}, {"source_handle", "sourceHandle"},
                                           {"target_handle", "targetHandle"}};
    struct json_object_builder b = {0};
    struct buffer text = BUFFER_INIT;
    struct cell data = row_cell(row, shape, "data");
    struct cell label = row_cell(row, shape, "label");
    struct cell position = row_cell(row, shape, "position");
    struct cell style = row_cell(row, shape, "style");
    struct cell width = row_cell(row, shape, "width");
    struct cell height = row_cell(row, shape, "height");

    json_build_begin(&b);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct cell cell = row_cell(row, shape, texts[i][0]);

        put_text(&b, texts[i][1], &cell);
    }
    put_json(&b, "position", &position);
    put_json(&b, "style", &style);
    put_number(&b, "width", &width);
    put_number(&b, "height", &height);
    if (shape_is(shape, "nodes")) {
        put_labelled_data(&b, &data, &label);
    } else {
        put_json(&b, "data", &data);
        put_text(&b, "label", &label);
    }
    json_build_end(&b, &text);
    item_from_object(item, text.data, text.len);
    json_build_release(&b);
    buffer_release(&text);
}

/* ---- to rows ---- */

static void row_text(struct row_builder *row, size_t at, const char *text)
{
    row_builder_put(row, at, text, text ? strlen(text) : 0);
}

/* A member that is a string; false where it is none. */
static bool row_string(struct row_builder *row, size_t at, const char *json, size_t len, const char *key)
{
    struct cell value = json_member(json, len, key);

    if (!value.text || *value.text != '"')
        return false;
    row_builder_open(row, at);
    json_string_text(&value, &row->text);
    row_builder_close(row, at);
    return true;
}

static void row_json(struct row_builder *row, size_t at, const struct template_item *item, const char *key, bool object)
{
    struct cell value = json_member(item->json.data, item->json.len, key);

    if (!value.text || (object && *value.text != '{') || cell_is_null(&value))
        row_text(row, at, "{}");
    else
        row_builder_put(row, at, value.text, value.len);
}

static void row_number(struct row_builder *row, size_t at, const struct template_item *item, const char *key)
{
    struct cell value = json_member(item->json.data, item->json.len, key);
    const char *problem;

    if (!value.text || !strchr("-0123456789", *value.text))
        return;
    row_builder_open(row, at);
    if (double_canonical(value.text, value.len, &row->text, &problem))
        row_builder_close(row, at);
}

static void row_label(struct row_builder *row, size_t at, const struct template_item *node)
{
    row_builder_open(row, at);
    if (item_label(node, &row->text))
        row_builder_close(row, at);
}

void node_to_row(struct row_builder *row, const struct shape *shape, const char *graph, const struct template_item *node)
{
    row_builder_begin(row, shape->ncolumns);
    for (size_t i = 0; i < shape->ncolumns; i++) {
        const char *column = shape->columns[i].name;

        if (strcmp(column, "id") == 0)
            row_text(row, i, node->id);
        else if (strcmp(column, "graph_id") == 0)
            row_text(row, i, graph);
        else if (strcmp(column, "type") == 0 && !row_string(row, i, node->json.data, node->json.len, "type"))
            row_text(row, i, "default");
        else if (strcmp(column, "label") == 0)
            row_label(row, i, node);
        else if (strcmp(column, "position") == 0 || strcmp(column, "style") == 0)
            row_json(row, i, node, column, true);
        else if (strcmp(column, "data") == 0)
            row_json(row, i, node, column, false);
        else if (strcmp(column, "width") == 0 || strcmp(column, "height") == 0)
            row_number(row, i, node, column);
    }
}

void edge_to_row(struct row_builder *row, const struct shape *shape, const char *graph, const struct template_item *edge)
{
    static const char *const texts[][2] = {{"source_handle", "sourceHandle"}, {"target_handle", "targetHandle"},
                                           {"type", "type"}, {"label", "label"}};

    row_builder_begin(row, shape->ncolumns);
    for (size_t i = 0; i < shape->ncolumns; i++) {
        const char *column = shape->columns[i].name;

        if (strcmp(column, "id") == 0)
            row_text(row, i, edge->id);
        else if (strcmp(column, "graph_id") == 0)
            row_text(row, i, graph);
        else if (strcmp(column, "source_node_id") == 0)
            row_text(row, i, edge->source);
        else if (strcmp(column, "target_node_id") == 0)
            row_text(row, i, edge->target);
        else if (strcmp(column, "data") == 0)
            row_json(row, i, edge, column, false);
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            if (strcmp(column, texts[k][0]) == 0)
                row_string(row, i, edge->json.data, edge->json.len, texts[k][1]);
    }
}
