#include "asset_json.h"
#include "template_inside.h"
#include "simulark/base/base64.h"
#include "simulark/base/memory.h"
#include "simulark/format/json_members.h"
#include "simulark/format/package_name.h"

#include <stdlib.h>

/* `graph_data` of the table templates: what a canvas loads (`nodes`, `edges`, `viewport` of the main graph), and beside it what
 * makes a template again of it. docs/templates.md lists the keys. */

#define README "README.md"

/* ---- writing ---- */

static void put_items(struct json_object_builder *b, const char *key, const struct template_items *items)
{
    struct buffer text = BUFFER_INIT;

    items_append(&text, items);
    json_build_raw(b, key, text.data, text.len);
    buffer_release(&text);
}

static void put_value(struct json_object_builder *b, const char *key, const json_t *value)
{
    struct buffer text = BUFFER_INIT;

    json_append_jansson(&text, value);
    json_build_raw(b, key, text.data, text.len);
    buffer_release(&text);
}

static void put_text(struct json_object_builder *b, const char *key, const char *text)
{
    if (text)
        json_build_string(b, key, text, strlen(text));
}

static void put_name(struct json_object_builder *b, const struct template_graph *g)
{
    put_text(b, "id", g->id);
    put_text(b, "name", g->name);
}

static void put_canvas(struct json_object_builder *b, const struct template_graph *g)
{
    put_items(b, "nodes", &g->nodes);
    put_items(b, "edges", &g->edges);
    json_build_raw(b, "viewport", g->viewport.data, g->viewport.len);
}

static void append_graph(struct buffer *out, const struct template_graph *g, bool canvas)
{
    struct json_object_builder b = {0};

    json_build_begin(&b);
    put_name(&b, g);
    if (canvas)
        put_canvas(&b, g);
    json_build_end(&b, out);
    json_build_release(&b);
}

static void put_further_graphs(struct json_object_builder *b, const struct template *t, const struct template_graph *main)
{
    struct buffer text = BUFFER_INIT;

    buffer_byte(&text, '[');
    for (size_t i = 0; i < t->ngraphs; i++) {
        if (&t->graphs[i] == main)
            continue;
        if (text.len > 1)
            buffer_byte(&text, ',');
        append_graph(&text, &t->graphs[i], true);
    }
    buffer_byte(&text, ']');
    if (text.len > 2)
        json_build_raw(b, "graphs", text.data, text.len);
    buffer_release(&text);
}

static void put_contexts(struct json_object_builder *b, const struct template *t)
{
    struct json_object_builder one = {0};
    struct buffer text = BUFFER_INIT;

    if (!t->ncontexts)
        return;
    for (size_t i = 0; i < t->ncontexts; i++) {
        buffer_byte(&text, i ? ',' : '[');
        json_build_begin(&one);
        put_text(&one, "id", t->contexts[i].id);
        for (size_t c = 0; c < CONTEXT_CELLS; c++)
            put_text(&one, context_cells[c], t->contexts[i].cells[c]);
        json_build_end(&one, &text);
    }
    buffer_byte(&text, ']');
    json_build_raw(b, "contexts", text.data, text.len);
    json_build_release(&one);
    buffer_release(&text);
}

static void put_assets(struct json_object_builder *b, const struct template *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->nassets; i++) {
        const struct buffer *bytes = &t->assets[i].bytes;
        const struct asset asset = {.path = t->assets[i].path, .bytes = bytes->data ? bytes->data : "", .len = bytes->len};

        if (strcmp(asset.path, README) == 0 && asset_is_text(&asset))
            json_build_string(b, "readme", asset.bytes, asset.len);
        else
            json_array_append_new(list, asset_to_json(&asset));
    }
    if (json_array_size(list))
        put_value(b, "assets", list);
    json_decref(list);
}

void template_to_data(const struct template *t, const char *digest, struct buffer *out)
{
    const struct template_graph *main = template_main(t);
    struct json_object_builder b = {0};
    struct buffer text = BUFFER_INIT;
    json_t *fingerprints = template_fingerprints_used(t);

    json_build_begin(&b);
    if (main) {
        put_canvas(&b, main);
        append_graph(&text, main, false);
        json_build_raw(&b, "graph", text.data, text.len);
    } else {
        json_build_raw(&b, "nodes", "[]", 2);
        json_build_raw(&b, "edges", "[]", 2);
    }
    put_further_graphs(&b, t, main);
    put_contexts(&b, t);
    put_assets(&b, t);
    put_value(&b, "template", t->header);
    put_text(&b, "version", json_string_value(json_object_get(t->header, "version")));
    put_text(&b, "digest", digest);
    put_value(&b, "fingerprints", fingerprints);
    json_build_end(&b, out);
    json_build_release(&b);
    buffer_release(&text);
    json_decref(fingerprints);
}

/* ---- reading ---- */

/* What says more than the header does: the row, which somebody may have changed since. */
static json_t *header_of(const char *data, size_t len, const struct template_row *row)
{
    struct cell value = json_member(data, len, "template");
    json_t *header = value.text && *value.text == '{' ? json_loadb(value.text, value.len, 0, NULL) : NULL;

    if (!header)
        header = json_object();
    if (row && row->name)
        json_object_set_new(header, "name", json_string(row->name));
    if (row && row->description && *row->description)
        json_object_set_new(header, "description", json_string(row->description));
    if (row && row->category && *row->category)
        json_object_set_new(header, "category", json_string(row->category));
    if (row && (row->premium || json_object_get(header, "premium")))
        json_object_set_new(header, "premium", json_boolean(row->premium));
    return header;
}

static void put_member(struct row_builder *row, size_t at, const char *json, size_t len, const char *key, bool text)
{
    struct cell value = json_member(json, len, key);

    if (!value.text || (text && *value.text != '"'))
        return;
    row_builder_open(row, at);
    if (text)
        json_string_text(&value, &row->text);
    else
        buffer_append(&row->text, value.text, value.len);
    row_builder_close(row, at);
}

/* A graph: its canvas in one object, its name in another, which may be the same. */
static bool push_graph(struct sink *sink, const struct shape *shape, struct row_builder *builder, const struct cell *canvas,
                       const struct cell *names, const char *name, struct error *err)
{
    static const char *const parts[] = {"nodes", "edges", "viewport"};
    struct row row;

    row_builder_begin(builder, shape->ncolumns);
    put_member(builder, 0, names->text, names->len, "id", true);
    put_member(builder, 1, names->text, names->len, "name", true);
    if (name && !row_builder_is_set(builder, 1))
        row_builder_put(builder, 1, name, strlen(name));
    for (size_t i = 0; i < 3; i++)
        put_member(builder, 2 + i, canvas->text, canvas->len, parts[i], false);
    row = row_builder_end(builder);
    return sink_row(sink, &row, err);
}

static bool push_graphs(struct sink *sink, const char *data, size_t len, const char *name, struct error *err)
{
    static const char *const columns[] = {"id", "name", "nodes", "edges", "viewport"};
    struct shape shape = {.table = table_find("graphs")};
    struct row_builder builder = {0};
    struct cell whole = {data, len};
    struct cell named = json_member(data, len, "graph");
    struct cell further = json_member(data, len, "graphs");
    struct json_walk walk;
    bool ok;

    for (size_t i = 0; i < 5; i++)
        shape_add_column(&shape, columns[i], NULL);
    if (named.text)
        name = NULL; /* published: a graph without a name has none */
    else
        named = (struct cell){"{}", 2};
    ok = sink_table(sink, &shape, err) && push_graph(sink, &shape, &builder, &whole, &named, name, err);
    if (ok && further.text && json_walk_array(&walk, further.text, further.len))
        while (ok && json_walk_next(&walk))
            ok = push_graph(sink, &shape, &builder, &walk.value, &walk.value, NULL, err);
    row_builder_release(&builder);
    shape_release(&shape);
    return ok && sink_table_end(sink, err);
}

static bool push_contexts(struct sink *sink, const char *data, size_t len, struct error *err)
{
    struct shape shape = {.table = table_find("contexts")};
    struct cell list = json_member(data, len, "contexts");
    struct row_builder builder = {0};
    struct json_walk walk;
    bool ok;

    shape_add_column(&shape, "id", NULL);
    for (size_t i = 0; i < CONTEXT_CELLS; i++)
        shape_add_column(&shape, context_cells[i], NULL);
    ok = sink_table(sink, &shape, err);
    if (list.text && json_walk_array(&walk, list.text, list.len))
        while (ok && json_walk_next(&walk)) {
            struct row row;

            row_builder_begin(&builder, shape.ncolumns);
            for (size_t i = 0; i < shape.ncolumns; i++)
                put_member(&builder, i, walk.value.text, walk.value.len, shape.columns[i].name, true);
            row = row_builder_end(&builder);
            ok = row.cells[0].text == NULL || sink_row(sink, &row, err);
        }
    row_builder_release(&builder);
    shape_release(&shape);
    return ok && sink_table_end(sink, err);
}

static void take_assets(struct template *t, const char *data, size_t len)
{
    struct cell list = json_member(data, len, "assets");
    struct buffer readme = BUFFER_INIT;
    struct json_walk walk;

    if (json_member_string(data, len, "readme", &readme))
        template_add_asset(t, README, readme.data ? readme.data : "", readme.len);
    buffer_release(&readme);
    if (!list.text || !json_walk_array(&walk, list.text, list.len))
        return;
    while (json_walk_next(&walk)) {
        struct buffer path = BUFFER_INIT;
        struct buffer text = BUFFER_INIT;
        struct buffer bytes = BUFFER_INIT;

        if (json_member_string(walk.value.text, walk.value.len, "path", &path) && package_name_is_safe(buffer_string(&path))) {
            if (json_member_string(walk.value.text, walk.value.len, "text", &text))
                template_add_asset(t, buffer_string(&path), text.data ? text.data : "", text.len);
            else if (json_member_string(walk.value.text, walk.value.len, "base64", &text) &&
                     base64_decode(&bytes, text.data, text.len))
                template_add_asset(t, buffer_string(&path), bytes.data, bytes.len);
        }
        buffer_release(&path);
        buffer_release(&text);
        buffer_release(&bytes);
    }
}

bool template_from_data(struct template *t, const char *data, size_t len, const struct template_row *row, char **digest,
                        struct error *err)
{
    struct template_notes notes = {0};
    struct manifest *manifest = manifest_new(KIND_TEMPLATE);
    struct sink *sink = sink_template(t, CONTEXTS_ALL, &notes);
    struct cell nodes = json_member(data, len, "nodes");
    struct buffer text = BUFFER_INIT;
    bool ok = true;

    manifest->template = header_of(data, len, row);
    if (!nodes.text || *nodes.text != '[') {
        ok = error_set(err, STATUS_CONFLICT, "The template \"%s\" holds no graph: its graph_data has no list of nodes.",
                       row && row->name ? row->name : "");
        error_hint(err, "It was not made by `template publish`, nor as a canvas saves one; publish it again.");
    }
    ok = ok && sink_header(sink, manifest, err) && push_contexts(sink, data, len, err) &&
         push_graphs(sink, data, len, row ? row->name : NULL, err) && sink_trailer(sink, NULL, err) && sink_finish(sink, err);
    if (ok)
        take_assets(t, data, len);
    if (digest) {
        json_member_string(data, len, "digest", &text);
        *digest = text.len ? mem_strdup(buffer_string(&text)) : NULL;
    }
    buffer_release(&text);
    sink_free(sink);
    manifest_free(manifest);
    template_notes_release(&notes);
    return ok;
}
