#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/model/pattern.h"
#include "simulark/model/template_header.h"

#include <stdlib.h>

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

char *template_filled_name(const struct template *t, const char *const *set)
{
    const char *text = template_text(t->header, "name");
    char *name = text ? mem_strdup(text) : NULL;
    struct error ignored = ERROR_INIT;
    json_t *values = take_values(t->header, set, &ignored);

    template_fill_string(&name, values);
    json_decref(values);
    error_release(&ignored);
    return name;
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

static void renew_all(struct template *t, struct renewal *renewal)
{
    struct id_settling settling = {.own = true};
    struct uuid_map *map = &settling.ids;
    struct uuid project;
    struct uuid owner;
    struct uuid id;

    template_stand_ins(&project, &owner);
    uuid_random(&renewal->project);
    uuid_map_put(map, &project, &renewal->project);
    if (uuid_parse_text(&id, renewal->owner))
        uuid_map_put(map, &owner, &id);
    for (size_t i = 0; i < t->ncontexts; i++) {
        char *new = fresh_id();

        uuid_map_put_texts(map, t->contexts[i].id, new);
        free(t->contexts[i].id);
        t->contexts[i].id = new;
    }
    for (size_t i = 0; i < t->ngraphs; i++)
        renew_graph(&t->graphs[i], map);
    template_replace_uuids(t, &settling);
    template_sort(t);
    id_settling_release(&settling);
}

bool template_renew(struct template *t, struct renewal *renewal, struct error *err)
{
    json_t *values = take_values(t->header, renewal->set, err);

    if (err->ndetails) {
        error_set(err, STATUS_USAGE, "The values for the template's parameters are not as they should be.");
        list_parameters(t->header, err);
    } else {
        template_fill(t, values);
        renew_all(t, renewal);
    }
    json_decref(values);
    return !error_is_set(err);
}
