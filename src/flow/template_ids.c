#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/format/json_members.h"
#include "simulark/model/template_header.h"
#include "simulark/model/value.h"

#include <ctype.h>
#include <stdlib.h>

#define DEEPEST 64 /* groups in groups beyond this stand where they stood */

/* ---- uuids in text ---- */

bool text_next_uuid(const char *text, size_t len, size_t *at, struct uuid *id)
{
    for (size_t from = *at; from + UUID_TEXT <= len; from++) {
        const char *dash = memchr(text + from + 8, '-', len - UUID_TEXT - from + 1);

        if (!dash)
            break;
        from = (size_t)(dash - text) - 8;
        if (text[from + 13] != '-' || text[from + 18] != '-' || text[from + 23] != '-' ||
            (from && isxdigit((unsigned char)text[from - 1])) ||
            (from + UUID_TEXT < len && isxdigit((unsigned char)text[from + UUID_TEXT])) ||
            !uuid_parse(id, text + from, UUID_TEXT))
            continue;
        *at = from;
        return true;
    }
    return false;
}

/* A uuid of version 8 for a text. */
static void uuid_of_text(struct uuid *id, const char *text, size_t len)
{
    char hex[DIGEST_HEX + 1];

    digest_of(text, len, hex);
    uuid_of_digest(id, hex, 8);
}

/* What stands for the id of something that does not travel: the number of its first mention. NULL: the id stays. */
static const struct uuid *stand_in(struct id_settling *s, const struct uuid *id)
{
    static const struct uuid nothing;
    struct uuid other;
    char text[64];

    if (s->own || uuid_set_has(&s->given, id) || uuid_equal(id, &nothing))
        return NULL;
    snprintf(text, sizeof text, "simulark template: what is elsewhere\n%zu", s->elsewhere++);
    uuid_of_text(&other, text, strlen(text));
    uuid_map_put(&s->ids, id, &other);
    return uuid_map_get(&s->ids, id);
}

static bool replace(char *text, size_t len, struct id_settling *s)
{
    bool changed = false;
    struct uuid id;

    for (size_t at = 0; text && text_next_uuid(text, len, &at, &id); at += UUID_TEXT) {
        const struct uuid *known = uuid_map_get(&s->ids, &id);
        const struct uuid *other = known ? known : stand_in(s, &id);
        char form[UUID_TEXT + 1];

        if (!other)
            continue;
        uuid_format(other, form);
        memcpy(text + at, form, UUID_TEXT);
        changed = true;
    }
    return changed;
}

/* A key may have become another, whose place is elsewhere. */
void json_replace_uuids(struct buffer *json, struct id_settling *s)
{
    struct buffer sorted = BUFFER_INIT;
    struct json_cursor c;

    if (!replace(json->data, json->len, s))
        return;
    c = (struct json_cursor){.text = json->data, .len = json->len};
    json_take_value(&c, &sorted);
    buffer_release(json);
    *json = sorted;
}

static void replace_string(char *text, struct id_settling *s)
{
    if (text)
        replace(text, strlen(text), s);
}

static void replace_items(struct template_items *items, struct id_settling *s)
{
    for (size_t i = 0; i < items->count; i++)
        json_replace_uuids(&items->list[i].json, s);
}

static void replace_header(struct template *t, struct id_settling *s)
{
    char *text = t->header ? json_dumps(t->header, JSON_COMPACT) : NULL;

    if (text && replace(text, strlen(text), s)) {
        json_decref(t->header);
        t->header = json_loads(text, 0, NULL);
    }
    free(text);
}

void template_replace_uuids(struct template *t, struct id_settling *s)
{
    for (size_t i = 0; i < t->ngraphs; i++) {
        struct template_graph *g = &t->graphs[i];

        replace_string(g->name, s);
        json_replace_uuids(&g->viewport, s);
        replace_items(&g->nodes, s);
        replace_items(&g->edges, s);
    }
    for (size_t i = 0; i < t->ncontexts; i++)
        for (size_t c = 0; c < CONTEXT_CELLS; c++)
            replace_string(t->contexts[i].cells[c], s);
    for (size_t i = 0; i < t->nassets; i++)
        replace(t->assets[i].bytes.data, t->assets[i].bytes.len, s);
    replace_header(t, s);
}

/* ---- ids made of what they name ---- */

void template_stand_ins(struct uuid *project, struct uuid *owner)
{
    static const char of_project[] = "simulark template: the project";
    static const char of_owner[] = "simulark template: its owner";

    uuid_of_text(project, of_project, sizeof of_project - 1);
    uuid_of_text(owner, of_owner, sizeof of_owner - 1);
}

/* Whether an id has to become another. */
static bool must_change(const struct id_settling *s, const char *id)
{
    struct buffer scratch = BUFFER_INIT;
    const char *problem;
    struct uuid uuid;
    bool good = id && value_canonical(TYPE_ID, id, strlen(id), &scratch, &problem);

    buffer_release(&scratch);
    return !good || (uuid_parse_text(&uuid, id) && !(s->own && (uuid.bytes[6] & 0xF0) == 0x80));
}

static char *derived_id(const char *table, const char *const *parts, size_t number)
{
    struct buffer text = BUFFER_INIT;
    char form[UUID_TEXT + 1];
    struct uuid id;

    buffer_text(&text, table);
    for (size_t i = 0; parts[i]; i++)
        buffer_printf(&text, "\n%s", parts[i]);
    buffer_printf(&text, "\n%zu", number);
    uuid_of_text(&id, text.data, text.len);
    uuid_format(&id, form);
    buffer_release(&text);
    return mem_strdup(form);
}

/* The same with -2, -3 … behind it where it is taken already. Takes over id. `taken` holds by each id the last number tried. */
static char *different(struct id_settling *s, const char *table, char *id)
{
    struct buffer text = BUFFER_INIT;
    const json_t *last;
    struct uuid uuid;
    json_int_t n;

    buffer_printf(&text, "%s %s", table, id);
    last = json_object_get(s->taken, buffer_string(&text));
    n = last ? json_integer_value(last) : 0;
    do {
        buffer_clear(&text);
        buffer_printf(&text, "%s %s", table, id);
        if (++n > 1)
            buffer_printf(&text, "-%lld", (long long)n);
    } while (json_object_get(s->taken, buffer_string(&text)));
    json_object_set_new_nocheck(s->taken, buffer_string(&text), json_integer(1));
    if (n > 1) {
        struct buffer first = BUFFER_INIT;

        buffer_printf(&first, "%s %s", table, id);
        json_object_set_new_nocheck(s->taken, buffer_string(&first), json_integer(n));
        buffer_release(&first);
    }
    free(id);
    id = mem_strdup(buffer_string(&text) + strlen(table) + 1);
    if (uuid_parse_text(&uuid, id))
        uuid_set_add(&s->given, &uuid);
    buffer_release(&text);
    return id;
}

/* ---- the order of equals ---- */

/* An item's place among its like: by what it is, then by all it holds but ids. */
struct ranked {
    size_t at;
    struct buffer what, content;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    int order = strcmp(x->what.data, y->what.data);

    if (!order)
        order = strcmp(x->content.data, y->content.data);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void append_content(struct buffer *out, const struct template_item *item)
{
    static const char *const ids[] = {"id", "source", "target", "parentId", "parentNode", "z", "wires", NULL};
    struct json_object_builder b = {0};
    struct uuid id;

    json_build_begin(&b);
    json_build_members(&b, item->json.data, item->json.len, ids);
    for (size_t at = 0; text_next_uuid(b.text.data, b.text.len, &at, &id); at += UUID_TEXT)
        memset(b.text.data + at, '0', UUID_TEXT);
    json_build_end(&b, out);
    json_build_release(&b);
    buffer_string(out);
}

static void append_what(struct buffer *out, const struct template_item *item, const struct id_map *nodes)
{
    const char *ends[] = {item->source, item->target};

    for (size_t i = 0; nodes && i < 2; i++)
        buffer_printf(out, "%s\n", id_map_find(nodes, table_find("nodes"), ends[i], strlen(ends[i])));
    if (!nodes) {
        json_member_string(item->json.data, item->json.len, "type", out);
        buffer_byte(out, '\n');
        item_label(item, out);
    }
    buffer_string(out);
}

/* Ids for all items, by their places. nodes: NULL: it is they that get ids. */
static char **choose_ids(struct id_settling *s, const char *table, const char *graph, const struct template_items *items,
                         const struct id_map *nodes)
{
    struct ranked *ranks = mem_alloc((items->count + 1) * sizeof *ranks);
    char **ids = mem_alloc((items->count + 1) * sizeof *ids);
    size_t number = 0;

    for (size_t i = 0; i < items->count; i++) {
        ranks[i].at = i;
        append_what(&ranks[i].what, &items->list[i], nodes);
        append_content(&ranks[i].content, &items->list[i]);
    }
    qsort(ranks, items->count, sizeof *ranks, by_rank);
    for (size_t i = 0; i < items->count; i++) {
        const struct template_item *item = &items->list[ranks[i].at];
        const char *parts[] = {graph, ranks[i].what.data, NULL};

        number = i && strcmp(ranks[i - 1].what.data, ranks[i].what.data) == 0 ? number + 1 : 0;
        if (must_change(s, item->id))
            ids[ranks[i].at] = derived_id(table, parts, number);
    }
    for (size_t i = 0; i < items->count; i++) {
        char *id = ids[i] ? ids[i] : mem_strdup(items->list[i].id);

        ids[i] = different(s, table, id);
        uuid_map_put_texts(&s->ids, items->list[i].id, ids[i]);
    }
    for (size_t i = 0; i < items->count; i++) {
        buffer_release(&ranks[i].what);
        buffer_release(&ranks[i].content);
    }
    free(ranks);
    return ids;
}

/* Gives nodes and edges that a person wrote without ids readable ones: of the label, of the two ends. */
static void name_items(struct template_items *items, bool edges)
{
    for (size_t i = 0; i < items->count; i++) {
        struct template_item *item = &items->list[i];
        struct cell data = json_member(item->json.data, item->json.len, "data");
        struct buffer text = BUFFER_INIT;
        struct buffer id = BUFFER_INIT;

        if (item->id)
            continue;
        if (edges)
            buffer_printf(&text, "%s %s", item->source, item->target);
        else if (!data.text || !json_member_string(data.text, data.len, "label", &text))
            json_member_string(item->json.data, item->json.len, "type", &text);
        slug_append(&id, buffer_string(&text));
        item->id = mem_strdup(buffer_string(&id));
        buffer_release(&text);
        buffer_release(&id);
    }
}

static void settle(struct template_items *items, char **ids, const struct id_map *nodes)
{
    for (size_t i = 0; i < items->count; i++) {
        item_settle(&items->list[i], ids[i], nodes);
        free(ids[i]);
    }
    free(ids);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct template_item *)a)->id, ((const struct template_item *)b)->id);
}

/* React Flow wants a group before what is in it. Nodes of one depth keep their order. */
static void put_groups_first(struct template_items *nodes)
{
    struct template_item *sorted = mem_alloc((nodes->count + 1) * sizeof *sorted);
    json_t *given = json_object();
    size_t count = 0;
    size_t before;

    for (int depth = 0; depth < DEEPEST && count < nodes->count; depth++) {
        before = count;
        for (size_t i = 0; i < nodes->count; i++) {
            struct template_item *node = &nodes->list[i];

            if (!node->id || (node->parent && !json_object_get(given, node->parent)))
                continue;
            sorted[count++] = *node;
            *node = (struct template_item){0};
        }
        for (size_t i = before; i < count; i++)
            json_object_set_new_nocheck(given, sorted[i].id, json_true());
    }
    for (size_t i = 0; i < nodes->count; i++) /* groups that are in themselves, or in nothing there is */
        if (nodes->list[i].id)
            sorted[count++] = nodes->list[i];
    free(nodes->list);
    nodes->list = sorted;
    nodes->capacity = nodes->count + 1;
    json_decref(given);
}

void id_settling_release(struct id_settling *s)
{
    uuid_map_release(&s->ids);
    uuid_set_release(&s->given);
    json_decref(s->taken);
    *s = (struct id_settling){0};
}

void graph_settle_ids(struct id_settling *s, struct gathered *g, size_t number)
{
    struct template_graph *graph = &g->graph;
    const char *parts[] = {graph->name ? graph->name : "", NULL};
    struct id_map nodes = {0};
    char *id = must_change(s, graph->id) ? derived_id("graph", parts, number) : mem_strdup(graph->id);
    char **ids;

    id = different(s, "graphs", id);
    uuid_map_put_texts(&s->ids, graph->id, id);
    free(graph->id);
    graph->id = id;
    if (s->own) {
        name_items(&graph->nodes, false);
        name_items(&graph->edges, true);
    }
    ids = choose_ids(s, "nodes", graph->id, &graph->nodes, NULL);
    for (size_t i = 0; i < graph->nodes.count; i++)
        if (graph->nodes.list[i].id)
            id_map_add_texts(&nodes, table_find("nodes"), graph->nodes.list[i].id, ids[i]);
    settle(&graph->nodes, ids, &nodes);
    settle(&graph->edges, choose_ids(s, "edges", graph->id, &graph->edges, &nodes), &nodes);
    if (g->nodes_from_rows && graph->nodes.count)
        qsort(graph->nodes.list, graph->nodes.count, sizeof *graph->nodes.list, by_id);
    if (g->edges_from_rows && graph->edges.count)
        qsort(graph->edges.list, graph->edges.count, sizeof *graph->edges.list, by_id);
    put_groups_first(&graph->nodes);
    id_map_release(&nodes);
}

void context_settle_id(struct id_settling *s, struct template_context *context, size_t number)
{
    const char *parts[] = {context->cells[0] ? context->cells[0] : "", NULL};
    char *id = must_change(s, context->id) ? derived_id("context", parts, number) : mem_strdup(context->id);

    id = different(s, "contexts", id);
    uuid_map_put_texts(&s->ids, context->id, id);
    free(context->id);
    context->id = id;
}
