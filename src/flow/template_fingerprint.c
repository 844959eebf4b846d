#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/format/json_members.h"

#include <stdlib.h>

#define FEWEST_NODES 3 /* smaller graphs are everybody's */

/* A graph by what it shows: its nodes' types, labels and data, and which are joined how. */

/* What rows and React Flow's objects both say: type, label, data. Whatever else an object holds is lost where only rows
 * travel. */
static char *text_of(const struct template_item *item)
{
    static const char *const label[] = {"label", NULL};
    struct cell data = json_member(item->json.data, item->json.len, "data");
    struct cell inner_label = json_member(data.text, data.len, "label");
    struct json_object_builder b = {0};
    struct json_object_builder inner = {0};
    struct buffer text = BUFFER_INIT;
    bool within = data.text && json_member_string(data.text, data.len, "label", &text);
    bool labelled = within || json_member_string(item->json.data, item->json.len, "label", &text);

    json_build_begin(&b);
    if (labelled)
        json_build_string(&b, "label", buffer_string(&text), text.len);
    buffer_clear(&text);
    if (json_member_string(item->json.data, item->json.len, "type", &text) && strcmp(buffer_string(&text), "default") != 0)
        json_build_string(&b, "type", text.data, text.len);
    buffer_clear(&text);
    if (data.text && *data.text == '{') {
        json_build_begin(&inner);
        json_build_members(&inner, data.text, data.len, within || cell_is_null(&inner_label) ? label : NULL);
        json_build_end(&inner, &text);
    } else if (data.text && !cell_is_null(&data)) {
        buffer_append(&text, data.text, data.len);
    }
    if (text.len > 2)
        json_build_raw(&b, "data", text.data, text.len);
    buffer_clear(&text);
    json_build_end(&b, &text);
    json_build_release(&inner);
    json_build_release(&b);
    buffer_string(&text);
    return text.data;
}

/* Ids of the graph's own nodes and edges, which a copy has others of. */
static void add_ids(struct id_settling *s, const struct template_items *items)
{
    const struct uuid nobody = {0};
    struct uuid id;

    for (size_t i = 0; i < items->count; i++)
        if (items->list[i].id && uuid_parse_text(&id, items->list[i].id))
            uuid_map_put(&s->ids, &id, &nobody);
}

static void take_filled(struct template_item *filled, const struct template_item *item, const json_t *values)
{
    item_from_object(filled, item->json.data, item->json.len);
    if (values)
        template_fill_json(&filled->json, values);
}

static char *node_text(const struct template_item *node, const json_t *values, struct id_settling *ids)
{
    struct template_item bare = {0};
    struct id_map nobody = {0};
    char *text;

    take_filled(&bare, node, values);
    item_settle(&bare, "", &nobody); /* `data.id` goes, too */
    json_replace_uuids(&bare.json, ids);
    text = text_of(&bare);
    item_release(&bare);
    return text;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* An edge as the texts of what it joins, and its own. */
static char *edge_text(const struct template_item *edge, const json_t *values, struct id_settling *ids,
                       const json_t *nodes)
{
    struct template_item filled = {0};
    const char *from = json_string_value(json_object_get(nodes, edge->source));
    const char *to = json_string_value(json_object_get(nodes, edge->target));
    struct buffer text = BUFFER_INIT;
    char *own;

    take_filled(&filled, edge, values);
    json_replace_uuids(&filled.json, ids);
    own = text_of(&filled);
    buffer_printf(&text, "%s\n%s\n%s", from ? from : "", to ? to : "", own);
    buffer_string(&text);
    free(own);
    item_release(&filled);
    return text.data;
}

static void add_sorted(struct digest *d, char **texts, size_t count)
{
    qsort(texts, count, sizeof *texts, by_text);
    for (size_t i = 0; i < count; i++) {
        digest_add(d, texts[i], strlen(texts[i]) + 1);
        free(texts[i]);
    }
    free(texts);
}

void graph_fingerprint(const struct template_graph *g, const json_t *values, char hex[DIGEST_HEX + 1])
{
    char **nodes;
    char **edges;
    struct id_settling ids = {.own = true}; /* all others stay */
    json_t *by_id;
    struct digest *d;

    *hex = '\0';
    if (g->nodes.count < FEWEST_NODES)
        return;
    nodes = mem_alloc((g->nodes.count + 1) * sizeof *nodes);
    edges = mem_alloc((g->edges.count + 1) * sizeof *edges);
    by_id = json_object();
    d = digest_new();
    add_ids(&ids, &g->nodes);
    add_ids(&ids, &g->edges);

    for (size_t i = 0; i < g->nodes.count; i++) {
        char own[DIGEST_HEX + 1];

        nodes[i] = node_text(&g->nodes.list[i], values, &ids);
        digest_of(nodes[i], strlen(nodes[i]), own);
        if (g->nodes.list[i].id)
            json_object_set_new_nocheck(by_id, g->nodes.list[i].id, json_string(own));
    }
    for (size_t i = 0; i < g->edges.count; i++)
        edges[i] = edge_text(&g->edges.list[i], values, &ids, by_id);
    add_sorted(d, nodes, g->nodes.count);
    add_sorted(d, edges, g->edges.count);
    digest_take(d, hex);
    digest_free(d);
    json_decref(by_id);
    id_settling_release(&ids);
}

static json_t *prints_of(const struct template *t, const json_t *values)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->ngraphs; i++) {
        char hex[DIGEST_HEX + 1];

        graph_fingerprint(&t->graphs[i], values, hex);
        if (*hex)
            json_array_append_new(list, json_string(hex));
    }
    return list;
}

json_t *template_fingerprints(const struct template *t)
{
    return prints_of(t, NULL);
}

json_t *template_fingerprints_used(const struct template *t)
{
    json_t *values = template_defaults(t->header, "");
    json_t *list = prints_of(t, NULL);
    json_t *filled = json_object_size(values) ? prints_of(t, values) : NULL;

    json_array_extend(list, filled);
    json_decref(filled);
    json_decref(values);
    return list;
}
