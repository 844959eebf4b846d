#include "template_inside.h"
#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/model/template_header.h"

#include <stdlib.h>

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

json_t *template_defaults(const json_t *header, const char *otherwise)
{
    json_t *values = json_object();
    const json_t *parameter;
    size_t i;

    json_array_foreach(json_object_get(header, "parameters"), i, parameter) {
        const char *name = template_text(parameter, "name");
        json_t *value = json_object_get(parameter, "default");

        if (name && json_is_string(value))
            json_object_set(values, name, value);
        else if (name && otherwise)
            json_object_set_new(values, name, json_string(otherwise));
    }
    return values;
}

static void fill_items(struct template_items *items, const json_t *values)
{
    for (size_t i = 0; i < items->count; i++)
        template_fill_json(&items->list[i].json, values);
}

void template_fill(struct template *t, const json_t *values)
{
    const char *description = template_text(t->header, "description");

    for (size_t i = 0; i < t->ngraphs; i++) {
        template_fill_string(&t->graphs[i].name, values);
        template_fill_json(&t->graphs[i].viewport, values);
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
