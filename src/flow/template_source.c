#include "template_inside.h"
#include "simulark/base/memory.h"

#include <stdlib.h>

/* A template as rows: of its own kind, or of the project it has become. */
struct template_source {
    struct source base;
    const struct template *t;
    const struct renewal *renewal; /* NULL: of its own kind */
    struct manifest *manifest;
    size_t table; /* its place in the manifest */
    bool in_table;
    size_t graph, at;   /* the row that comes next */
    size_t *order;      /* of the graph's items by id */
    size_t asset;
    struct row_builder row;
};

static const char *const template_columns[][10] = {
    {"contexts", "id", "name", "description", "content", "type", "tags"},
    {"graphs", "id", "name", "nodes", "edges", "viewport"},
    {"nodes", "id", "graph_id", "type", "label", "position", "data", "style", "width", "height"},
    {"edges", "id", "graph_id", "source_node_id", "target_node_id", "source_handle", "target_handle", "type", "data", "label"},
};

static const char *const project_columns[][10] = {
    {"contexts", "id", "user_id", "name", "description", "content", "type", "tags"},
    {"projects", "id", "user_id", "name", "description", "status", "settings"},
    {"graphs", "id", "project_id", "name", "nodes", "edges", "viewport"},
    {"nodes", "id", "graph_id", "type", "label", "position", "data", "style", "width", "height"},
    {"edges", "id", "graph_id", "source_node_id", "target_node_id", "source_handle", "target_handle", "type", "data", "label"},
};

static struct template_source *self(struct source *source)
{
    return (struct template_source *)source;
}

static const struct template_items *items_of(const struct template_source *s, const struct table *table)
{
    const struct template_graph *g = &s->t->graphs[s->graph];

    return table_is(table, "nodes") ? &g->nodes : &g->edges;
}

static int64_t count_rows(const struct template *t, const struct table *table)
{
    int64_t count = 0;

    if (table_is(table, "contexts"))
        return (int64_t)t->ncontexts;
    if (table_is(table, "projects"))
        return 1;
    if (table_is(table, "graphs"))
        return (int64_t)t->ngraphs;
    for (size_t i = 0; i < t->ngraphs; i++)
        count += (int64_t)(table_is(table, "nodes") ? t->graphs[i].nodes.count : t->graphs[i].edges.count);
    return count;
}

static void add_table(struct template_source *s, const char *const columns[10])
{
    const struct table *table = table_find(columns[0]);
    int64_t rows = count_rows(s->t, table);
    struct shape *shape;

    if (!rows && table_is(table, "contexts"))
        return;
    shape = manifest_add_table(s->manifest, table);
    for (size_t c = 1; c < 10 && columns[c]; c++)
        shape_add_column(shape, columns[c], NULL);
    shape->rows = rows;
}

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct template_source *s = self(source);
    size_t count = s->renewal ? sizeof project_columns / sizeof *project_columns
                              : sizeof template_columns / sizeof *template_columns;

    (void)err;
    s->manifest = manifest_new(s->renewal ? KIND_PROJECT : KIND_TEMPLATE);
    s->manifest->generator = mem_strdup("simulark " SIMULARK_VERSION);
    for (size_t i = 0; i < count; i++)
        add_table(s, s->renewal ? project_columns[i] : template_columns[i]);
    if (s->renewal) {
        manifest_add_person(s->manifest, s->renewal->owner, NULL);
        s->manifest->requires_templates = json_pack("[O]", s->renewal->lineage);
    } else {
        s->manifest->template = json_incref(s->t->header);
    }
    if (!s->renewal)
        manifest_allow_local_ids(s->manifest);
    *manifest = s->manifest;
    return true;
}

/* ---- rows ---- */

static void put(struct template_source *s, const struct shape *shape, const char *column, const char *text, size_t len)
{
    int at = shape_column(shape, column);

    if (at >= 0)
        row_builder_put(&s->row, (size_t)at, text, len);
}

static void put_text(struct template_source *s, const struct shape *shape, const char *column, const char *text)
{
    put(s, shape, column, text, text ? strlen(text) : 0);
}

static void put_project_id(struct template_source *s, const struct shape *shape, const char *column)
{
    char id[UUID_TEXT + 1];

    if (!s->renewal)
        return;
    uuid_format(&s->renewal->project, id);
    put_text(s, shape, column, id);
}

static void context_row(struct template_source *s, const struct shape *shape)
{
    const struct template_context *context = &s->t->contexts[s->at];

    row_builder_begin(&s->row, shape->ncolumns);
    put_text(s, shape, "id", context->id);
    put_text(s, shape, "user_id", s->renewal ? s->renewal->owner : NULL);
    for (size_t i = 0; i < CONTEXT_CELLS; i++)
        put_text(s, shape, context_cells[i], context->cells[i]);
    if (!context->cells[CONTEXT_CELLS - 1])
        put_text(s, shape, "tags", "{}");
}

static void project_row(struct template_source *s, const struct shape *shape)
{
    json_t *settings = json_pack("{s:O}", "template", s->renewal->lineage);
    struct buffer text = BUFFER_INIT;

    json_append_jansson(&text, settings);
    row_builder_begin(&s->row, shape->ncolumns);
    put_project_id(s, shape, "id");
    put_text(s, shape, "user_id", s->renewal->owner);
    put_text(s, shape, "name", s->renewal->name);
    put_text(s, shape, "description", json_string_value(json_object_get(s->t->header, "description")));
    put_text(s, shape, "status", "draft");
    put(s, shape, "settings", text.data, text.len);
    buffer_release(&text);
    json_decref(settings);
}

static void graph_row(struct template_source *s, const struct shape *shape)
{
    const struct template_graph *g = &s->t->graphs[s->at];
    struct buffer nodes = BUFFER_INIT;
    struct buffer edges = BUFFER_INIT;

    items_append(&nodes, &g->nodes);
    items_append(&edges, &g->edges);
    row_builder_begin(&s->row, shape->ncolumns);
    put_text(s, shape, "id", g->id);
    put_project_id(s, shape, "project_id");
    put_text(s, shape, "name", g->name);
    put(s, shape, "nodes", nodes.data, nodes.len);
    put(s, shape, "edges", edges.data, edges.len);
    put(s, shape, "viewport", g->viewport.data, g->viewport.len);
    buffer_release(&nodes);
    buffer_release(&edges);
}

static int by_id(const void *a, const void *b, void *items)
{
    const struct template_items *of = items;

    return strcmp(of->list[*(const size_t *)a].id, of->list[*(const size_t *)b].id);
}

/* Goes to the next graph that has items, and puts these in order. False where there is none. */
static bool next_graph(struct template_source *s, const struct table *table)
{
    const struct template_items *items;

    while (s->graph < s->t->ngraphs && s->at == items_of(s, table)->count) {
        s->graph++;
        s->at = 0;
    }
    if (s->graph == s->t->ngraphs)
        return false;
    if (s->at)
        return true;
    items = items_of(s, table);
    s->order = mem_realloc(s->order, items->count * sizeof *s->order);
    for (size_t i = 0; i < items->count; i++)
        s->order[i] = i;
    qsort_r(s->order, items->count, sizeof *s->order, by_id, (void *)(uintptr_t)items);
    return true;
}

static bool make_row(struct template_source *s, const struct shape *shape)
{
    const struct template_graph *g;

    if (shape_is(shape, "nodes") || shape_is(shape, "edges")) {
        if (!next_graph(s, shape->table))
            return false;
        g = &s->t->graphs[s->graph];
        if (shape_is(shape, "nodes"))
            node_to_row(&s->row, shape, g->id, &g->nodes.list[s->order[s->at]]);
        else
            edge_to_row(&s->row, shape, g->id, &g->edges.list[s->order[s->at]]);
        return true;
    }
    if (s->at == (size_t)shape->rows)
        return false;
    if (shape_is(shape, "contexts"))
        context_row(s, shape);
    else if (shape_is(shape, "projects"))
        project_row(s, shape);
    else
        graph_row(s, shape);
    return true;
}

static bool next_row(struct template_source *s, struct item *item)
{
    item->shape = &s->manifest->shapes[s->table];
    if (make_row(s, item->shape)) {
        s->at++;
        item->kind = ITEM_ROW;
        item->row = row_builder_end(&s->row);
        return true;
    }
    item->kind = ITEM_TABLE_END;
    s->in_table = false;
    s->table++;
    return true;
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct template_source *s = self(source);

    (void)err;
    if (s->in_table)
        return next_row(s, item);
    if (s->table < s->manifest->nshapes) {
        *item = (struct item){.kind = ITEM_TABLE, .shape = &s->manifest->shapes[s->table]};
        s->in_table = true;
        s->graph = s->at = 0;
        return true;
    }
    if (!s->renewal && s->asset < s->t->nassets) {
        const struct template_asset *asset = &s->t->assets[s->asset++];

        *item = (struct item){.kind = ITEM_ASSET, .asset = {asset->path, asset->bytes.data, asset->bytes.len}};
        return true;
    }
    *item = (struct item){.kind = ITEM_TRAILER};
    return true;
}

static void place(const struct source *source, struct buffer *text)
{
    const struct template_source *s = (const struct template_source *)source;

    if (s->table < s->manifest->nshapes)
        buffer_printf(text, "row %zu of %s", s->at, s->manifest->shapes[s->table].table->name);
}

static void free_source(struct source *source)
{
    struct template_source *s = self(source);

    manifest_free(s->manifest);
    row_builder_release(&s->row);
    free(s->order);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

static struct source *source_new(const struct template *t, const struct renewal *renewal)
{
    struct template_source *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->t = t;
    s->renewal = renewal;
    return &s->base;
}

struct source *source_template(const struct template *t)
{
    return source_new(t, NULL);
}

struct source *source_template_project(const struct template *t, const struct renewal *renewal)
{
    return source_new(t, renewal);
}
