#include "template_inside.h"
#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/render.h"
#include "simulark/format/graph_json.h"
#include "simulark/format/json.h"
#include "simulark/model/layout.h"

#include <stdlib.h>

void json_append_jansson(struct buffer *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    struct json_cursor c = {.text = text, .len = strlen(text)};

    json_take_value(&c, out);
    free(text);
}

void template_graph_release(struct template_graph *g)
{
    free(g->id);
    free(g->origin);
    free(g->name);
    buffer_release(&g->viewport);
    items_release(&g->nodes);
    items_release(&g->edges);
}

void template_context_release(struct template_context *context)
{
    free(context->id);
    free(context->origin);
    for (size_t i = 0; i < CONTEXT_CELLS; i++)
        free(context->cells[i]);
}

void template_release(struct template *t)
{
    for (size_t i = 0; i < t->ngraphs; i++)
        template_graph_release(&t->graphs[i]);
    for (size_t i = 0; i < t->ncontexts; i++)
        template_context_release(&t->contexts[i]);
    for (size_t i = 0; i < t->nassets; i++) {
        free(t->assets[i].path);
        buffer_release(&t->assets[i].bytes);
    }
    free(t->graphs);
    free(t->contexts);
    free(t->assets);
    json_decref(t->header);
    *t = (struct template){0};
}

void template_notes_release(struct template_notes *notes)
{
    for (size_t i = 0; i < notes->nleft_out; i++)
        free(notes->left_out[i]);
    for (size_t i = 0; i < notes->nemails; i++)
        free(notes->emails[i]);
    free(notes->left_out);
    free(notes->emails);
    free(notes->premium_of);
    *notes = (struct template_notes){0};
}

static int graphs_by_id(const void *a, const void *b)
{
    return strcmp(((const struct template_graph *)a)->id, ((const struct template_graph *)b)->id);
}

static int contexts_by_id(const void *a, const void *b)
{
    return strcmp(((const struct template_context *)a)->id, ((const struct template_context *)b)->id);
}

void template_sort(struct template *t)
{
    if (t->ngraphs)
        qsort(t->graphs, t->ngraphs, sizeof *t->graphs, graphs_by_id);
    if (t->ncontexts)
        qsort(t->contexts, t->ncontexts, sizeof *t->contexts, contexts_by_id);
}

void template_add_asset(struct template *t, const char *path, const void *bytes, size_t len)
{
    size_t at = 0;

    while (at < t->nassets && strcmp(t->assets[at].path, path) < 0)
        at++;
    if (at == t->nassets || strcmp(t->assets[at].path, path) != 0) {
        t->assets = mem_grow(t->assets, &t->assets_capacity, t->nassets + 1, sizeof *t->assets);
        memmove(t->assets + at + 1, t->assets + at, (t->nassets - at) * sizeof *t->assets);
        t->assets[at] = (struct template_asset){.path = mem_strdup(path)};
        t->nassets++;
    }
    buffer_clear(&t->assets[at].bytes);
    buffer_append(&t->assets[at].bytes, bytes, len);
}

const struct template_asset *template_asset(const struct template *t, const char *path)
{
    for (size_t i = 0; i < t->nassets; i++)
        if (strcmp(t->assets[i].path, path) == 0)
            return &t->assets[i];
    return NULL;
}

const struct template_graph *template_main(const struct template *t)
{
    const char *main = json_string_value(json_object_get(t->header, "main"));

    for (size_t i = 0; main && i < t->ngraphs; i++)
        if (strcmp(t->graphs[i].id, main) == 0)
            return &t->graphs[i];
    return t->ngraphs ? &t->graphs[0] : NULL;
}

/* ---- as a stream ---- */

bool template_write(const struct template *t, struct sink *sink, struct seal_report *sealed, struct error *err)
{
    struct source *source = source_template(t);
    bool ok;

    sink = filter_seal(sink, false, sealed);
    ok = stream_run(source, sink, err);
    sink_free(sink);
    source_free(source);
    return ok;
}

bool template_digest(const struct template *t, char digest[DIGEST_HEX + 1], struct error *err)
{
    struct seal_report sealed = {0};
    bool ok = template_write(t, sink_nothing(), &sealed, err);

    memcpy(digest, sealed.digest, sizeof sealed.digest);
    return ok;
}

/* ---- in words ---- */

/* NULL where it has none, or an empty one. */
static json_t *label_of(const struct template_item *item)
{
    struct buffer text = BUFFER_INIT;
    json_t *label = item_label(item, &text) && text.len ? text_to_json(buffer_string(&text)) : NULL;

    buffer_release(&text);
    return label;
}

static json_t *outline(const struct template_graph *g)
{
    json_t *labels = json_object();
    json_t *edges = json_array();

    for (size_t i = 0; i < g->nodes.count; i++) {
        json_t *label = label_of(&g->nodes.list[i]);

        json_object_set_new_nocheck(labels, g->nodes.list[i].id, label ? label : text_to_json(g->nodes.list[i].id));
    }
    for (size_t i = 0; i < g->edges.count; i++) {
        const struct template_item *edge = &g->edges.list[i];

        json_array_append_new(edges, json_pack("{s:O?, s:O?, s:o?}", "from", json_object_get(labels, edge->source), "to",
                                               json_object_get(labels, edge->target), "label", label_of(edge)));
    }
    json_decref(labels);
    return json_pack("{s:s?, s:I, s:o}", "name", g->name, "nodes", (json_int_t)g->nodes.count, "edges", edges);
}

json_t *template_outline(const struct template *t)
{
    const struct template_graph *main = template_main(t);
    json_t *list = json_array();

    if (main)
        json_array_append_new(list, outline(main));
    for (size_t i = 0; i < t->ngraphs; i++)
        if (&t->graphs[i] != main)
            json_array_append_new(list, outline(&t->graphs[i]));
    return list;
}

/* ---- pictures ---- */

static json_t *objects_of(const struct template_items *items, const json_t *values)
{
    struct buffer text = BUFFER_INIT;
    json_t *list;

    items_append(&text, items);
    template_fill_json(&text, values);
    list = graph_json_list(text.data, text.len, RENDER_NODES);
    buffer_release(&text);
    return list;
}

bool template_draw(const struct template *t, struct buffer *svg)
{
    const struct template_graph *g = template_main(t);
    struct graph_parts parts = {0};
    struct graph *graph;
    json_t *values;
    char *name;

    if (!g || g->nodes.count > RENDER_NODES)
        return false;
    values = template_defaults(t->header, NULL);
    name = mem_strdup(g->name ? g->name : "");
    template_fill_string(&name, values);
    parts.name = name;
    parts.node_array = objects_of(&g->nodes, values);
    parts.edge_array = objects_of(&g->edges, values);
    graph = graph_new(&parts);
    graph_layout(graph);
    picture_svg(graph, THEME_LIGHT, svg);
    graph_free(graph);
    json_decref(parts.node_array);
    json_decref(parts.edge_array);
    json_decref(values);
    free(name);
    return svg->len <= LIMITS_DEFAULT.asset_bytes;
}
