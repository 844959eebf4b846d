#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/format/json_members.h"
#include "simulark/model/pattern.h"
#include "simulark/model/template_header.h"

#include <stdlib.h>

/* ---- placeholders ---- */

bool placeholder_next(const char *text, size_t len, size_t from, struct placeholder *found)
{
    for (size_t at = from; at + 4 < len; at++) {
        const char *open = memchr(text + at, '{', len - at);
        size_t name;
        size_t end;

        if (!open || (size_t)(open - text) + 4 >= len)
            return false;
        at = (size_t)(open - text);
        if (text[at + 1] != '{')
            continue;
        for (name = at + 2; name < len && text[name] == ' ';)
            name++;
        for (end = name; end < len && end - name <= 64 && text[end] != ' ' && text[end] != '}';)
            end++;
        *found = (struct placeholder){.at = at, .name = text + name, .name_len = end - name};
        while (end < len && text[end] == ' ')
            end++;
        if (end + 1 >= len || text[end] != '}' || text[end + 1] != '}' ||
            !parameter_name_is_valid(found->name, found->name_len))
            continue;
        found->len = end + 2 - at;
        return true;
    }
    return false;
}

/* Appends the text with its placeholders filled in; json: it is JSON's, and values are escaped. */
static void fill(struct buffer *out, const char *text, size_t len, const json_t *values, bool json)
{
    struct placeholder p;
    size_t from = 0;

    while (placeholder_next(text, len, from, &p)) {
        char *name = mem_strndup(p.name, p.name_len);
        const json_t *value = json_object_get(values, name);
        size_t end = p.at + p.len;

        free(name);
        buffer_append(out, text + from, p.at - from);
        if (!value) {
            buffer_append(out, text + p.at, p.len);
        } else if (json) {
            struct buffer escaped = BUFFER_INIT;

            json_append_string(&escaped, json_string_value(value), json_string_length(value));
            buffer_append(out, escaped.data + 1, escaped.len - 2);
            buffer_release(&escaped);
        } else {
            buffer_append(out, json_string_value(value), json_string_length(value));
        }
        from = end;
    }
    buffer_append(out, text + from, len - from);
}

void template_fill_json(struct buffer *json, const json_t *values)
{
    struct buffer filled = BUFFER_INIT;
    struct json_cursor c = {.text = json->data, .len = json->len};

    while (c.at < c.len) {
        const char *quote = memchr(c.text + c.at, '"', c.len - c.at);
        size_t from = quote ? (size_t)(quote - c.text) : c.len;
        const char *text;
        size_t len;

        buffer_append(&filled, c.text + c.at, from - c.at);
        c.at = from;
        if (!quote || !json_take_raw(&c, &text, &len))
            break;
        if (c.at < c.len && c.text[c.at] == ':')
            buffer_append(&filled, text, len);
        else
            fill(&filled, text, len, values, true);
    }
    buffer_release(json);
    *json = filled;
}

void template_fill_string(char **text, const json_t *values)
{
    struct buffer filled = BUFFER_INIT;

    if (!*text)
        return;
    fill(&filled, *text, strlen(*text), values, false);
    buffer_string(&filled);
    free(*text);
    *text = filled.data;
}

json_t *template_defaults(const json_t *header)
{
    json_t *values = json_object();
    const json_t *parameter;
    size_t i;

    json_array_foreach(json_object_get(header, "parameters"), i, parameter) {
        const char *name = template_text(parameter, "name");
        json_t *value = json_object_get(parameter, "default");

        if (name && json_is_string(value))
            json_object_set(values, name, value);
    }
    return values;
}

static void fill_items(struct template_items *items, const json_t *values)
{
    for (size_t i = 0; i < items->count; i++)
        template_fill_json(&items->list[i].json, values);
}

static void fill_all(struct template *t, const json_t *values)
{
    const char *description = template_text(t->header, "description");

    for (size_t i = 0; i < t->ngraphs; i++) {
        template_fill_string(&t->graphs[i].name, values);
        fill_items(&t->graphs[i].nodes, values);
        fill_items(&t->graphs[i].edges, values);
    }
    for (size_t i = 0; i < t->ncontexts; i++)
        for (size_t c = 0; c < CONTEXT_CELLS - 1; c++)
            template_fill_string(&t->contexts[i].cells[c], values);
    if (description) {
        char *text = mem_strdup(description);

        template_fill_string(&text, values);
        json_object_set_new(t->header, "description", json_string(text));
        free(text);
    }
}

/* ---- values ---- */

static void check_value(const json_t *parameter, const char *name, const char *value, struct error *err)
{
    const char *text = template_text(parameter, "pattern");
    const char *problem;
    struct pattern *pattern = text ? pattern_new(text, &problem) : NULL;

    if (strlen(value) > PARAMETER_VALUE_MAX)
        error_detail(err, "%s: the value is longer than %d bytes", name, PARAMETER_VALUE_MAX);
    else if (text && !pattern)
        error_detail(err, "%s: its pattern %s", name, problem);
    else if (pattern && !pattern_matches(pattern, value, strlen(value)))
        error_detail(err, "%s: the value must match %s", name, text);
    pattern_free(pattern);
}

static void take_set(const json_t *header, const char *set, json_t *values, struct error *err)
{
    const char *equals = strchr(set, '=');
    size_t len = equals ? (size_t)(equals - set) : strlen(set);
    char *name = mem_strndup(set, len);
    const json_t *parameter = parameter_find(header, name, len);
    json_t *value = equals ? json_string(equals + 1) : NULL;

    if (!equals)
        error_detail(err, "%s: a value is set as NAME=VALUE", name);
    else if (!parameter)
        error_detail(err, "%s: the template has no parameter of this name", name);
    else if (!value)
        error_detail(err, "%s: the value is not valid UTF-8", name);
    else
        json_object_set(values, name, value);
    json_decref(value);
    free(name);
}

/* The value of each parameter, by name. What is wrong is added to err's details. */
static json_t *take_values(const json_t *header, const char *const *set, struct error *err)
{
    json_t *values = json_object();
    const json_t *parameter;
    size_t i;

    for (i = 0; set && set[i]; i++)
        take_set(header, set[i], values, err);
    json_array_foreach(json_object_get(header, "parameters"), i, parameter) {
        const char *name = template_text(parameter, "name");
        const json_t *standard = json_object_get(parameter, "default");

        if (!name)
            continue;
        if (json_object_get(values, name))
            check_value(parameter, name, json_string_value(json_object_get(values, name)), err);
        else if (json_is_true(json_object_get(parameter, "required")) && !json_is_string(standard))
            error_detail(err, "%s: a value is required", name);
        else
            json_object_set_new(values, name, json_string(json_is_string(standard) ? json_string_value(standard) : ""));
    }
    return values;
}

static void list_parameters(const json_t *header, struct error *err)
{
    struct buffer names = BUFFER_INIT;
    const json_t *parameter;
    size_t i;

    json_array_foreach(json_object_get(header, "parameters"), i, parameter)
        buffer_printf(&names, "%s%s", names.len ? ", " : "", template_text(parameter, "name"));
    if (names.len)
        error_hint(err, "Its parameters are %s; `simulark template show` describes them.", buffer_string(&names));
    else
        error_hint(err, "It has no parameters; `simulark template show` shows what it has.");
    buffer_release(&names);
}

/* ---- ids ---- */

static char *fresh_id(void)
{
    char form[UUID_TEXT + 1];
    struct uuid id;

    uuid_random(&id);
    uuid_format(&id, form);
    return mem_strdup(form);
}

static void renew_items(struct template_items *items, char **ids, const struct id_map *nodes, struct uuid_map *map)
{
    for (size_t i = 0; i < items->count; i++) {
        uuid_map_put_texts(map, items->list[i].id, ids[i]);
        item_settle(&items->list[i], ids[i], nodes);
        free(ids[i]);
    }
    free(ids);
}

static char **fresh_ids(size_t count)
{
    char **ids = mem_alloc((count + 1) * sizeof *ids);

    for (size_t i = 0; i < count; i++)
        ids[i] = fresh_id();
    return ids;
}

static void renew_graph(struct template_graph *g, struct uuid_map *map)
{
    struct id_map nodes = {0};
    char **ids = fresh_ids(g->nodes.count);
    char *id = fresh_id();

    uuid_map_put_texts(map, g->id, id);
    free(g->id);
    g->id = id;
    for (size_t i = 0; i < g->nodes.count; i++)
        id_map_add_texts(&nodes, table_find("nodes"), g->nodes.list[i].id, ids[i]);
    renew_items(&g->nodes, ids, &nodes, map);
    renew_items(&g->edges, fresh_ids(g->edges.count), &nodes, map);
    id_map_release(&nodes);
}

static int graphs_by_id(const void *a, const void *b)
{
    return strcmp(((const struct template_graph *)a)->id, ((const struct template_graph *)b)->id);
}

static int contexts_by_id(const void *a, const void *b)
{
    return strcmp(((const struct template_context *)a)->id, ((const struct template_context *)b)->id);
}

static void renew_all(struct template *t, struct renewal *renewal)
{
    struct uuid_map map = {0};
    struct uuid project;
    struct uuid owner;
    struct uuid id;

    template_stand_ins(&project, &owner);
    uuid_random(&renewal->project);
    uuid_map_put(&map, &project, &renewal->project);
    if (uuid_parse_text(&id, renewal->owner))
        uuid_map_put(&map, &owner, &id);
    for (size_t i = 0; i < t->ncontexts; i++) {
        char *new = fresh_id();

        uuid_map_put_texts(&map, t->contexts[i].id, new);
        free(t->contexts[i].id);
        t->contexts[i].id = new;
    }
    for (size_t i = 0; i < t->ngraphs; i++)
        renew_graph(&t->graphs[i], &map);
    template_replace_uuids(t, &map);
    if (t->ngraphs)
        qsort(t->graphs, t->ngraphs, sizeof *t->graphs, graphs_by_id);
    if (t->ncontexts)
        qsort(t->contexts, t->ncontexts, sizeof *t->contexts, contexts_by_id);
    uuid_map_release(&map);
}

bool template_renew(struct template *t, struct renewal *renewal, struct error *err)
{
    json_t *values = take_values(t->header, renewal->set, err);

    if (err->ndetails) {
        error_set(err, STATUS_USAGE, "The values for the template's parameters are not as they should be.");
        list_parameters(t->header, err);
    } else {
        fill_all(t, values);
        renew_all(t, renewal);
    }
    json_decref(values);
    return !error_is_set(err);
}
