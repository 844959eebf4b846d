#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/base/uuid_set.h"
#include "simulark/format/json_members.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

const char *const context_cells[CONTEXT_CELLS] = {"name", "description", "content", "type", "tags"};

/* Collects what a template holds, and makes one of it at the end. */
struct template_sink {
    struct sink base;
    struct template *t;
    struct template_notes *notes;
    enum contexts contexts;
    bool own; /* it is a template already */
    const struct shape *shape;
    struct gathered *graphs;
    size_t ngraphs, graphs_capacity;
    json_t *index; /* their places by id */
    size_t nprojects;
    char *name, *description; /* of the project */
    struct id_settling settling;
};

static struct template_sink *self(struct sink *sink)
{
    return (struct template_sink *)sink;
}

static void note_unknown_columns(struct template_sink *s, const struct manifest *manifest)
{
    struct template_notes *n = s->notes;

    for (size_t i = 0; i < manifest->nshapes; i++) {
        const struct shape *shape = &manifest->shapes[i];

        for (size_t c = 0; c < shape->ncolumns && table_is_of_template(shape->table); c++) {
            if (shape->columns[c].known)
                continue;
            n->left_out = mem_grow(n->left_out, &n->left_out_capacity, n->nleft_out + 1, sizeof *n->left_out);
            n->left_out[n->nleft_out++] = text_printf("%s.%s", shape->table->name, shape->columns[c].name);
        }
    }
}

static void note_email(struct template_notes *n, const char *email, size_t len)
{
    if (!email || !len)
        return;
    n->emails = mem_grow(n->emails, &n->emails_capacity, n->nemails + 1, sizeof *n->emails);
    n->emails[n->nemails++] = mem_strndup(email, len);
}

static void note_premium(struct template_notes *n, const json_t *lineage)
{
    const char *name = json_string_value(json_object_get(lineage, "name"));

    if (json_is_true(json_object_get(lineage, "premium")) && !n->premium_of)
        n->premium_of = mem_strdup(name ? name : "");
}

static void note_required(struct template_notes *n, const json_t *templates)
{
    const json_t *lineage;
    size_t i;

    json_array_foreach(templates, i, lineage)
        note_premium(n, lineage);
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct template_sink *s = self(sink);

    s->own = s->settling.own = manifest->kind == KIND_TEMPLATE;
    if (!s->own)
        s->notes->findings = NULL;
    s->t->header = s->own && json_is_object(manifest->template) ? json_deep_copy(manifest->template) : json_object();
    for (size_t i = 0; i < manifest->npeople; i++)
        if (manifest->people[i].email)
            note_email(s->notes, manifest->people[i].email, strlen(manifest->people[i].email));
    s->notes->template = s->own;
    note_required(s->notes, manifest->requires_templates);
    note_unknown_columns(s, manifest);
    (void)err;
    return true;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    (void)err;
    self(sink)->shape = shape;
    return true;
}

/* ---- rows ---- */

/* `settings.template`: where the project came from. */
static void note_lineage(struct template_sink *s, const struct row *row)
{
    struct cell settings = row_cell(row, s->shape, "settings");
    struct cell value = settings.text ? json_member(settings.text, settings.len, "template") : settings;
    json_t *lineage = value.text ? json_loadb(value.text, value.len, JSON_DECODE_ANY, NULL) : NULL;

    note_premium(s->notes, lineage);
    json_decref(lineage);
}

static void put_stand_in(struct template_sink *s, const struct cell *cell, const struct uuid *stand_in)
{
    struct uuid id;

    if (cell_uuid(cell, &id))
        uuid_map_put(&s->settling.ids, &id, stand_in);
}

static bool take_project(struct template_sink *s, const struct row *row, struct error *err)
{
    struct cell id = row_cell(row, s->shape, "id");
    struct cell owner = row_cell(row, s->shape, "user_id");
    struct uuid project;
    struct uuid user;

    if (++s->nprojects > 1) {
        error_set(err, STATUS_CONFLICT, "A template is made of one project, and there are several.");
        error_hint(err, "Export the one you mean, or name it with --project NAME out of a database.");
        return false;
    }
    template_stand_ins(&project, &user);
    put_stand_in(s, &id, &project);
    put_stand_in(s, &owner, &user);
    note_lineage(s, row);
    s->name = row_cell_text(row, s->shape, "name");
    s->description = row_cell_text(row, s->shape, "description");
    return true;
}

static void take_context(struct template_sink *s, const struct row *row)
{
    struct template *t = s->t;
    struct template_context context = {.id = row_cell_text(row, s->shape, "id"), .origin = row_cell_text(row, s->shape, "id")};

    if (!context.id)
        context.id = mem_strdup("");
    for (size_t i = 0; i < CONTEXT_CELLS; i++)
        context.cells[i] = row_cell_text(row, s->shape, context_cells[i]);
    t->contexts = mem_grow(t->contexts, &t->contexts_capacity, t->ncontexts + 1, sizeof *t->contexts);
    t->contexts[t->ncontexts++] = context;
}

static bool take_graph(struct template_sink *s, const struct row *row, struct error *err)
{
    struct cell nodes = row_cell(row, s->shape, "nodes");
    struct cell edges = row_cell(row, s->shape, "edges");
    struct cell viewport = row_cell(row, s->shape, "viewport");
    struct gathered *g;

    if (s->ngraphs == TEMPLATE_GRAPHS)
        return error_set(err, STATUS_MALFORMED, "A template holds at most %d graphs (limit template_graphs).", TEMPLATE_GRAPHS);
    s->graphs = mem_grow(s->graphs, &s->graphs_capacity, s->ngraphs + 1, sizeof *s->graphs);
    g = &s->graphs[s->ngraphs];
    *g = (struct gathered){.graph = {.id = row_cell_text(row, s->shape, "id"), .origin = row_cell_text(row, s->shape, "id"),
                                     .name = row_cell_text(row, s->shape, "name")},
                           .created = row_cell_text(row, s->shape, "created_at")};
    if (!g->graph.id)
        g->graph.id = mem_strdup("main");
    if (viewport.text && *viewport.text == '{')
        buffer_append(&g->graph.viewport, viewport.text, viewport.len);
    else
        buffer_text(&g->graph.viewport, "{}");
    items_take_array(&g->node_array, &nodes);
    items_take_array(&g->edge_array, &edges);
    json_object_set_new_nocheck(s->index, g->graph.id, json_integer((json_int_t)s->ngraphs++));
    return true;
}

static void take_part(struct template_sink *s, const struct row *row, bool node)
{
    char *graph = row_cell_text(row, s->shape, "graph_id");
    const json_t *place = graph ? json_object_get(s->index, graph) : NULL;

    if (place) {
        struct gathered *g = &s->graphs[json_integer_value(place)];

        item_from_row(items_add(node ? &g->node_rows : &g->edge_rows), s->shape, row);
    } else if (s->notes->findings) {
        findings_add(s->notes->findings, GRAVITY_ERROR, "dangling", node ? "nodes" : "edges",
                     "A row of %s is of a graph that is not there.", s->shape->table->name);
    }
    free(graph);
}

static bool count_bytes(struct template_sink *s, const struct row *row, struct error *err)
{
    for (size_t i = 0; i < row->ncells; i++)
        s->t->bytes += row->cells[i].len;
    if (s->t->bytes <= TEMPLATE_BYTES)
        return true;
    return error_set(err, STATUS_MALFORMED, "A template holds at most %zu MiB (limit template_bytes).", TEMPLATE_BYTES >> 20);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct template_sink *s = self(sink);
    struct cell email = row_cell(given, s->shape, "email");

    if (shape_is(s->shape, "projects"))
        return take_project(s, given, err);
    if (!shape_is(s->shape, "chats") && !shape_is(s->shape, "messages") && !count_bytes(s, given, err))
        return false;
    if (shape_is(s->shape, "contexts"))
        take_context(s, given);
    else if (shape_is(s->shape, "graphs"))
        return take_graph(s, given, err);
    else if (shape_is(s->shape, "nodes") || shape_is(s->shape, "edges"))
        take_part(s, given, shape_is(s->shape, "nodes"));
    if (shape_is(s->shape, "chats") && s->notes->findings)
        findings_add(s->notes->findings, GRAVITY_ERROR, "template", "chats", "A template holds a chat.");
    if (shape_is(s->shape, "users"))
        note_email(s->notes, email.text, email.len);
    return true;
}

static bool asset(struct sink *sink, const struct asset *given, struct error *err)
{
    struct template_sink *s = self(sink);

    (void)err;
    template_add_asset(s->t, given->path, given->bytes, given->len);
    return true;
}

/* ---- the end ---- */

static void find_mentions(const struct buffer *json, struct uuid_set *mentioned)
{
    struct uuid id;

    for (size_t at = 0; text_next_uuid(json->data, json->len, &at, &id); at += UUID_TEXT)
        uuid_set_add(mentioned, &id);
}

static void find_items_mentions(const struct template_items *items, struct uuid_set *mentioned)
{
    for (size_t i = 0; i < items->count; i++)
        find_mentions(&items->list[i].json, mentioned);
}

static void choose_contexts(struct template_sink *s)
{
    struct template *t = s->t;
    struct uuid_set mentioned = {0};
    struct uuid id;
    size_t kept = 0;

    for (size_t i = 0; i < s->ngraphs; i++) {
        find_mentions(&s->graphs[i].graph.viewport, &mentioned);
        find_items_mentions(&s->graphs[i].graph.nodes, &mentioned);
        find_items_mentions(&s->graphs[i].graph.edges, &mentioned);
    }
    for (size_t i = 0; i < t->ncontexts; i++) {
        struct template_context *context = &t->contexts[i];
        bool named = uuid_parse_text(&id, context->id) && uuid_set_has(&mentioned, &id);

        if (s->own || s->contexts == CONTEXTS_ALL || (s->contexts == CONTEXTS_REFERENCED && named)) {
            t->contexts[kept++] = *context;
            continue;
        }
        template_context_release(context);
    }
    t->ncontexts = kept;
    uuid_set_release(&mentioned);
}

static const char *name_of(const struct gathered *g)
{
    return g->graph.name ? g->graph.name : "";
}

static bool is_earlier(const struct gathered *a, const struct gathered *b)
{
    int order = a->created && b->created ? strcmp(a->created, b->created) : 0;

    return (order ? order : strcmp(name_of(a), name_of(b))) < 0;
}

/* The place of the graph that opens first: the one the header names by id or name, else the first of a template as it is
 * written, else the oldest. */
static size_t choose_main(const struct template_sink *s)
{
    const char *named = json_string_value(json_object_get(s->t->header, "main"));
    size_t main = 0;

    for (size_t i = 0; named && i < s->ngraphs; i++)
        if (strcmp(s->graphs[i].graph.id, named) == 0)
            return i;
    for (size_t i = 0; named && i < s->ngraphs; i++)
        if (s->graphs[i].graph.name && strcmp(s->graphs[i].graph.name, named) == 0)
            return i;
    for (size_t i = 1; !s->own && i < s->ngraphs; i++)
        if (is_earlier(&s->graphs[i], &s->graphs[main]))
            main = i;
    return main;
}

static size_t graphs_before(const struct template_sink *s, size_t at)
{
    size_t count = 0;

    for (size_t i = 0; i < at; i++)
        count += strcmp(name_of(&s->graphs[i]), name_of(&s->graphs[at])) == 0;
    return count;
}

static size_t contexts_before(const struct template *t, size_t at)
{
    size_t count = 0;

    for (size_t i = 0; i < at; i++)
        count += t->contexts[i].cells[0] && t->contexts[at].cells[0] &&
                 strcmp(t->contexts[i].cells[0], t->contexts[at].cells[0]) == 0;
    return count;
}

static void complete_header(struct template_sink *s, size_t main)
{
    json_t *header = s->t->header;

    if (s->name && !json_object_get(header, "name"))
        json_object_set_new(header, "name", json_string(s->name));
    if (s->description && *s->description && !json_object_get(header, "description"))
        json_object_set_new(header, "description", json_string(s->description));
    if (s->ngraphs > 1)
        json_object_set_new(header, "main", json_string(s->t->graphs[main].id));
    else
        json_object_del(header, "main");
}

static void settle(struct template_sink *s)
{
    struct template *t = s->t;
    size_t main;

    for (size_t i = 0; i < s->ngraphs; i++) {
        gathered_merge(&s->graphs[i], s->notes->findings, &s->notes->dangling);
        gathered_drop_parents(&s->graphs[i], s->notes->findings, &s->notes->parentless);
    }
    main = choose_main(s);
    choose_contexts(s);
    s->settling.taken = json_object();
    for (size_t i = 0; i < t->ncontexts; i++)
        context_settle_id(&s->settling, &t->contexts[i], contexts_before(t, i));
    for (size_t i = 0; i < s->ngraphs; i++)
        graph_settle_ids(&s->settling, &s->graphs[i], graphs_before(s, i));
    t->graphs = mem_grow(t->graphs, &t->graphs_capacity, s->ngraphs + 1, sizeof *t->graphs);
    for (size_t i = 0; i < s->ngraphs; i++) {
        t->graphs[i] = s->graphs[i].graph;
        s->graphs[i].graph = (struct template_graph){0};
    }
    t->ngraphs = s->ngraphs;
    complete_header(s, main);
    template_sort(t);
    template_replace_uuids(t, &s->settling);
}

static bool finish(struct sink *sink, struct error *err)
{
    struct template_sink *s = self(sink);

    if (!s->own && !s->nprojects) {
        error_set(err, STATUS_CONFLICT, "There is no project to make a template of.");
        error_hint(err, "A template is made of one project, or written by hand (see docs/templates.md).");
        return false;
    }
    settle(s);
    if (s->t->ncontexts > TEMPLATE_CONTEXTS)
        return error_set(err, STATUS_MALFORMED, "A template holds at most %d contexts (limit template_contexts).",
                         TEMPLATE_CONTEXTS);
    return true;
}

static void free_sink(struct sink *sink)
{
    struct template_sink *s = self(sink);

    for (size_t i = 0; i < s->ngraphs; i++)
        gathered_release(&s->graphs[i]);
    free(s->graphs);
    free(s->name);
    free(s->description);
    json_decref(s->index);
    id_settling_release(&s->settling);
    free(s);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_ignore_table_end,
    .asset = asset,
    .trailer = sink_ignore_trailer,
    .finish = finish,
    .free = free_sink,
};

struct sink *sink_template(struct template *t, enum contexts contexts, struct template_notes *notes)
{
    struct template_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->t = t;
    s->notes = notes;
    s->contexts = contexts;
    s->index = json_object();
    return &s->base;
}
