#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/format/json_members.h"
#include "simulark/model/family.h"
#include "simulark/model/graph.h"
#include "simulark/model/leak.h"
#include "simulark/model/lettering.h"
#include "simulark/model/template_header.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

struct check {
    const struct template *t;
    const struct template_rules *rules;
    struct findings *findings;
    struct buffer where, text;
    json_t *used; /* names of placeholders */
    bool emails;  /* are told */
};

/* ---- secrets, addresses, placeholders in any text ---- */

static bool is_allowed(struct check *c, const char *kind, const char *text, size_t len)
{
    const char *const *allowed = c->rules->allowed;
    char *found = mem_strndup(text, len);
    bool yes = false;

    for (size_t i = 0; allowed && allowed[i] && !yes; i++)
        yes = fnmatch(allowed[i], kind, 0) == 0 || fnmatch(allowed[i], buffer_string(&c->where), 0) == 0 ||
              fnmatch(allowed[i], found, 0) == 0;
    free(found);
    return yes;
}

static void tell_leak(struct check *c, const struct leak *leak, const char *text)
{
    if (!is_allowed(c, leak->kind, text + leak->at, leak->len))
        findings_add(c->findings, GRAVITY_ERROR, "secret", buffer_string(&c->where), "This looks like a secret (%s).",
                     leak->kind);
}

static bool is_persons(const struct check *c, const char *email, size_t len)
{
    const struct template_notes *notes = c->rules->notes;

    for (size_t i = 0; notes && i < notes->nemails; i++)
        if (strlen(notes->emails[i]) == len && strncasecmp(notes->emails[i], email, len) == 0)
            return true;
    return false;
}

/* Those of the source's people may stand in example domains, too. */
static void check_people(struct check *c, const char *text, size_t len)
{
    const struct template_notes *notes = c->rules->notes;

    for (size_t i = 0; notes && i < notes->nemails; i++) {
        size_t n = strlen(notes->emails[i]);

        for (size_t at = 0; n && at + n <= len; at++)
            if (strncasecmp(text + at, notes->emails[i], n) == 0) {
                if (!is_allowed(c, "email", text + at, n))
                    findings_add(c->findings, GRAVITY_ERROR, "email", buffer_string(&c->where),
                                 "This is the e-mail address of a user.");
                return;
            }
    }
}

static void check_text(struct check *c, const char *text, size_t len)
{
    struct placeholder placeholder;
    struct leak leak;
    size_t email;
    size_t n;

    if (!text)
        return;
    for (size_t at = 0; leak_find(text, len, at, &leak); at = leak.at + leak.len)
        tell_leak(c, &leak, text);
    if (c->emails) {
        check_people(c, text, len);
        for (size_t at = 0; leak_find_email(text, len, at, &email, &n); at = email + n)
            if (!is_persons(c, text + email, n) && !is_allowed(c, "email", text + email, n))
                findings_add(c->findings, GRAVITY_WARNING, "email", buffer_string(&c->where),
                             "This looks like somebody's e-mail address.");
    }
    for (size_t at = 0; placeholder_next(text, len, at, &placeholder); at = placeholder.at + placeholder.len) {
        char *name = mem_strndup(placeholder.name, placeholder.name_len);

        if (json_object_get(c->t->header, "parameters") && !parameter_find(c->t->header, name, placeholder.name_len) &&
            !json_object_get(c->used, name))
            findings_add(c->findings, GRAVITY_WARNING, "placeholder", buffer_string(&c->where),
                         "{{%s}} stands for no parameter, and stays as it is.", name);
        json_object_set_new(c->used, name, json_true());
        free(name);
    }
}

/* A place is told, and a key or an id that is a secret itself is not. */
static void add_step(struct check *c, const char *step, size_t len)
{
    struct leak leak;

    if (leak_find(step, len, 0, &leak))
        buffer_text(&c->where, "(secret)");
    else
        text_clean(&c->where, step, len);
}

/* Appends a step to the place, and takes it away again. */
static size_t enter(struct check *c, const char *step, size_t len)
{
    size_t before = c->where.len;

    buffer_byte(&c->where, '/');
    add_step(c, step, len);
    return before;
}

static void leave(struct check *c, size_t before)
{
    c->where.len = before;
}

/* What a step of a walk through JSON stands in. */
struct level {
    struct json_walk walk;
    size_t where, index;
    bool array;
    struct cell name; /* of an array: what it stands under; of an object: its member `name` or `key`, as raw JSON */
};

/* name: what the value is called; text NULL: nothing. */
static void check_value(struct check *c, const struct cell *name, const struct cell *value)
{
    bool number = strchr("-0123456789", *value->text) != NULL;
    struct leak leak;

    buffer_clear(&c->text);
    if (number)
        buffer_append(&c->text, value->text, value->len);
    else if (json_string_text(value, &c->text))
        check_text(c, buffer_string(&c->text), c->text.len);
    else
        return;
    if (name->text && !leak_find(c->text.data, c->text.len, 0, &leak) &&
        leak_named(name->text, name->len, c->text.data, c->text.len, &leak))
        tell_leak(c, &leak, c->text.data);
}

static bool is_key(const struct cell *key, const char *name)
{
    return key->len == strlen(name) && memcmp(key->text, name, key->len) == 0;
}

/* A value of an object is called by its key; one under `value` by the member `name` or `key` before it, as in lists of
 * variables. */
static void check_member(struct check *c, struct level *level)
{
    const struct cell *key = &level->walk.key;
    const struct cell *value = &level->walk.value;

    check_text(c, key->text, key->len);
    check_value(c, is_key(key, "value") && level->name.text ? &level->name : key, value);
    if ((is_key(key, "name") || is_key(key, "key")) && *value->text == '"')
        level->name = (struct cell){value->text + 1, value->len - 2};
}

/* Every string of a JSON value, keys too, with its place. Levels are kept by hand: nesting may be deep. */
static void check_json(struct check *c, const char *text, size_t len)
{
    struct level *levels = mem_alloc(sizeof *levels);
    size_t capacity = 1;
    size_t depth = 0;

    if (json_walk_object(&levels[0].walk, text, len) || json_walk_array(&levels[0].walk, text, len))
        depth = 1;
    else
        check_value(c, &(struct cell){NULL, 0}, &(struct cell){text, len});
    levels[0].array = len && *text == '[';
    while (depth) {
        struct level *level = &levels[depth - 1];
        struct cell value;
        struct cell name;
        char number[24];
        size_t where;

        if (!json_walk_next(&level->walk)) {
            leave(c, --depth ? level->where : c->where.len);
            continue;
        }
        value = level->walk.value;
        snprintf(number, sizeof number, "%zu", level->index++);
        where = level->array ? enter(c, number, strlen(number)) : enter(c, level->walk.key.text, level->walk.key.len);
        if (level->array)
            check_value(c, &level->name, &value);
        else
            check_member(c, level);
        if (*value.text != '{' && *value.text != '[') {
            leave(c, where);
            continue;
        }
        name = *value.text == '{' ? (struct cell){NULL, 0} : level->array ? level->name : level->walk.key;
        levels = mem_grow(levels, &capacity, depth + 1, sizeof *levels);
        levels[depth] = (struct level){.where = where, .array = *value.text == '[', .name = name};
        if (*value.text == '{')
            json_walk_object(&levels[depth].walk, value.text, value.len);
        else
            json_walk_array(&levels[depth].walk, value.text, value.len);
        depth++;
    }
    free(levels);
}

static void set_where(struct check *c, const char *table, const char *id)
{
    buffer_clear(&c->where);
    buffer_printf(&c->where, "%s/", table);
    add_step(c, id ? id : "", id ? strlen(id) : 0);
}

/* ---- graphs ---- */

static void check_number(struct check *c, const struct cell *position, const char *axis)
{
    struct cell value = json_member(position->text, position->len, axis);
    char text[64];
    double number = NAN;

    if (value.text && value.len < sizeof text && strchr("-0123456789", *value.text)) {
        memcpy(text, value.text, value.len);
        text[value.len] = '\0';
        number = strtod(text, NULL);
    }
    if (!(fabs(number) <= GRAPH_FARTHEST))
        findings_add(c->findings, GRAVITY_ERROR, "position", buffer_string(&c->where),
                     "The node's position.%s is no number that a canvas can show.", axis);
}

static void check_position(struct check *c, const struct cell *position)
{
    if (!position->text || *position->text != '{' || position->len == 2) {
        findings_add(c->findings, GRAVITY_WARNING, "position", buffer_string(&c->where), "The node has no position.");
        return;
    }
    check_number(c, position, "x");
    check_number(c, position, "y");
}

static bool is_declared(const json_t *header, const char *type)
{
    const json_t *value;
    size_t i;

    json_array_foreach(json_object_get(header, "node_types"), i, value)
        if (json_is_string(value) && strcmp(json_string_value(value), type) == 0)
            return true;
    return false;
}

static void check_type(struct check *c, const struct template_item *node)
{
    const char *type;

    buffer_clear(&c->text);
    if (!json_member_string(node->json.data, node->json.len, "type", &c->text) || !c->text.len) {
        findings_add(c->findings, GRAVITY_WARNING, "type", buffer_string(&c->where), "The node has no type.");
        return;
    }
    type = buffer_string(&c->text);
    if (family_of(type) != FAMILY_OTHER || type_is_generic(type) || type_is_group(type) || is_declared(c->t->header, type))
        return;
    findings_add(c->findings, GRAVITY_WARNING, "type", buffer_string(&c->where),
                 "The type is none that is known, nor declared in template.node_types.");
}

static void check_items(struct check *c, const struct template_items *items, bool nodes)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct template_item *item = &items->list[i];
        struct cell position = json_member(item->json.data, item->json.len, "position");

        set_where(c, nodes ? "nodes" : "edges", item->origin ? item->origin : item->id);
        if (nodes) {
            check_position(c, &position);
            check_type(c, item);
        }
        check_json(c, item->json.data, item->json.len);
    }
}

/* Each circle of groups that are in one another is told at one of its nodes. */
static void check_circles(struct check *c, const struct template_items *nodes)
{
    size_t *walks = mem_alloc((nodes->count + 1) * sizeof *walks); /* which walk upwards came by first; 0: none */
    json_t *index = items_index(nodes);

    for (size_t i = 0; i < nodes->count; i++) {
        size_t at = i;

        while (at != NOWHERE && !walks[at]) {
            walks[at] = i + 1;
            at = items_place(index, nodes->list[at].parent);
        }
        if (at == NOWHERE || walks[at] != i + 1)
            continue;
        set_where(c, "nodes", nodes->list[at].origin ? nodes->list[at].origin : nodes->list[at].id);
        findings_add(c->findings, GRAVITY_ERROR, "circle", buffer_string(&c->where),
                     "The node is in itself, or in a group that is in it (parentId).");
    }
    json_decref(index);
    free(walks);
}

static void check_graphs(struct check *c)
{
    const struct template *t = c->t;

    if (!t->ngraphs)
        findings_add(c->findings, GRAVITY_ERROR, "empty", "graphs", "The template has no graph.");
    for (size_t i = 0; i < t->ngraphs; i++) {
        const struct template_graph *g = &t->graphs[i];

        set_where(c, "graphs", g->origin ? g->origin : g->id);
        if (!g->name || !*g->name)
            findings_add(c->findings, GRAVITY_WARNING, "incomplete", buffer_string(&c->where), "The graph has no name.");
        else
            check_text(c, g->name, strlen(g->name));
        if (!g->nodes.count)
            findings_add(c->findings, GRAVITY_WARNING, "empty", buffer_string(&c->where), "The graph has no nodes.");
        check_json(c, g->viewport.data, g->viewport.len);
        check_items(c, &g->nodes, true);
        check_circles(c, &g->nodes);
        check_items(c, &g->edges, false);
    }
}

static void check_contexts(struct check *c)
{
    for (size_t i = 0; i < c->t->ncontexts; i++) {
        const struct template_context *context = &c->t->contexts[i];

        for (size_t k = 0; k < CONTEXT_CELLS; k++) {
            set_where(c, "contexts", context->origin ? context->origin : context->id);
            buffer_printf(&c->where, "/%s", context_cells[k]);
            if (context->cells[k])
                check_text(c, context->cells[k], strlen(context->cells[k]));
        }
    }
}

/* ---- the rest ---- */

static void check_header_texts(struct check *c)
{
    const char *key;
    json_t *value;

    json_object_foreach(c->t->header, key, value) {
        struct buffer text = BUFFER_INIT;

        json_append_jansson(&text, value);
        set_where(c, "template", key);
        c->emails = strcmp(key, "author") != 0;
        check_json(c, text.data, text.len);
        c->emails = true;
        buffer_release(&text);
    }
}

/* What a picture may hold although a page shows it: nothing that runs, nothing from elsewhere. */
static void check_picture(struct check *c, const struct template_asset *asset)
{
    static const char *const words[] = {"<script", "<foreignobject", "javascript:", "<iframe", "<!entity", "onload=",
                                        "onclick=", "onerror=", "onmouseover=", "href=\"http", "href='http", "@import"};
    struct buffer lower = BUFFER_INIT;

    for (size_t i = 0; asset->bytes.data && i < asset->bytes.len; i++) {
        char byte = asset->bytes.data[i];

        buffer_byte(&lower, byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte);
    }
    if (!memmem(lower.data ? lower.data : "", lower.len, "<svg", 4))
        findings_add(c->findings, GRAVITY_ERROR, "thumbnail", buffer_string(&c->where), "This is no SVG picture.");
    for (size_t i = 0; lower.len && i < sizeof words / sizeof *words; i++)
        if (memmem(lower.data, lower.len, words[i], strlen(words[i])))
            findings_add(c->findings, GRAVITY_ERROR, "thumbnail", buffer_string(&c->where),
                         "The picture holds \"%s\", which may run or load something.", words[i]);
    buffer_release(&lower);
}

static void check_assets(struct check *c)
{
    for (size_t i = 0; i < c->t->nassets; i++) {
        const struct template_asset *asset = &c->t->assets[i];

        set_where(c, "assets", asset->path);
        if (utf8_check(asset->bytes.data ? asset->bytes.data : "", asset->bytes.len) == asset->bytes.len && asset->bytes.len)
            check_text(c, asset->bytes.data, asset->bytes.len);
        if (strcmp(asset->path, "thumbnail.svg") == 0)
            check_picture(c, asset);
    }
    if (!template_asset(c->t, "README.md"))
        findings_add(c->findings, GRAVITY_WARNING, "incomplete", "assets/README.md", "There is no readme.");
    if (c->rules->thumbnail && !template_asset(c->t, "thumbnail.svg"))
        findings_add(c->findings, GRAVITY_WARNING, "incomplete", "assets/thumbnail.svg", "There is no thumbnail.");
}

static void check_unused(struct check *c)
{
    const json_t *parameter;
    size_t i;

    json_array_foreach(json_object_get(c->t->header, "parameters"), i, parameter) {
        const char *name = template_text(parameter, "name");

        if (!name || json_object_get(c->used, name))
            continue;
        buffer_clear(&c->where);
        buffer_printf(&c->where, "template.parameters.%s", name);
        findings_add(c->findings, GRAVITY_WARNING, "parameter", buffer_string(&c->where),
                     "The parameter is used nowhere.");
    }
}

void template_check(const struct template *t, const struct template_rules *rules, struct findings *findings)
{
    struct check c = {.t = t, .rules = rules, .findings = findings, .used = json_object(), .emails = true};

    template_header_check(t->header, findings);
    check_graphs(&c);
    check_contexts(&c);
    check_header_texts(&c);
    check_assets(&c);
    check_unused(&c);
    buffer_release(&c.where);
    buffer_release(&c.text);
    json_decref(c.used);
}
