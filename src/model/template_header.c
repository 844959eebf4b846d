#include "simulark/model/template_header.h"

#include "simulark/base/digest.h"
#include "simulark/model/pattern.h"
#include "simulark/model/version.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void slug_append(struct buffer *out, const char *name)
{
    size_t start = out->len;
    char hex[DIGEST_HEX + 1];

    for (const char *p = name; *p && out->len - start < SLUG_MAX; p++) {
        if ((unsigned char)*p < 0x80 && isalnum((unsigned char)*p))
            buffer_byte(out, (char)tolower((unsigned char)*p));
        else if (out->len > start && out->data[out->len - 1] != '-')
            buffer_byte(out, '-');
    }
    while (out->len > start && out->data[out->len - 1] == '-')
        out->len--;
    if (out->len == start) { /* names in other scripts are told apart, too */
        digest_of(name, strlen(name), hex);
        buffer_printf(out, "template-%.8s", hex);
    }
}

bool slug_is_valid(const char *text)
{
    size_t len = strlen(text);

    if (!len || len > SLUG_MAX || *text == '-' || text[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!islower((unsigned char)text[i]) && !isdigit((unsigned char)text[i]) && text[i] != '-')
            return false;
    return !strstr(text, "--");
}

const char *template_text(const json_t *header, const char *field)
{
    const char *text = json_string_value(json_object_get(header, field));

    return text && *text ? text : NULL;
}

/* ---- parameters ---- */

bool parameter_name_is_valid(const char *name, size_t len)
{
    if (!len || len > 64 || !isalpha((unsigned char)*name))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '-')
            return false;
    return true;
}

const json_t *parameter_find(const json_t *header, const char *name, size_t len)
{
    const json_t *parameter;
    size_t i;

    json_array_foreach(json_object_get(header, "parameters"), i, parameter) {
        const char *text = json_string_value(json_object_get(parameter, "name"));

        if (text && strlen(text) == len && memcmp(text, name, len) == 0)
            return parameter;
    }
    return NULL;
}

/* YAML reads `default: 3` as a number; a placeholder is filled with text. */
static void tidy_default(json_t *parameter)
{
    json_t *value = json_object_get(parameter, "default");
    char *text;

    if (!json_is_number(value) && !json_is_boolean(value))
        return;
    text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    json_object_set_new(parameter, "default", json_string(text));
    free(text);
}

static void drop_nulls(json_t *object)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(object, next, key, value)
        if (json_is_null(value))
            json_object_del(object, key);
}

/* Puts the members named in a NULL-ended list first, in its order; the others follow by name. */
static void put_in_order(json_t *object, const char *const *first)
{
    json_t *ordered = json_object();
    char *text;
    json_t *rest;

    for (size_t i = 0; first[i]; i++)
        if (json_object_get(object, first[i])) {
            json_object_set(ordered, first[i], json_object_get(object, first[i]));
            json_object_del(object, first[i]);
        }
    text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    rest = json_loads(text, 0, NULL);
    json_object_update(ordered, rest);
    json_object_clear(object);
    json_object_update(object, ordered);
    json_decref(ordered);
    json_decref(rest);
    free(text);
}

static const char *const known_fields[] = {"name",   "slug",    "version", "description", "category",   "keywords", "author",
                                           "licence", "homepage", "premium", "main",        "parameters", "node_types", NULL};
static const char *const known_of_parameter[] = {"name", "description", "default", "required", "pattern", NULL};

void template_header_tidy(json_t *header)
{
    json_t *parameter;
    size_t i;

    drop_nulls(header);
    put_in_order(header, known_fields);
    json_array_foreach(json_object_get(header, "parameters"), i, parameter) {
        if (!json_is_object(parameter))
            continue;
        drop_nulls(parameter);
        tidy_default(parameter);
        put_in_order(parameter, known_of_parameter);
    }
}

/* ---- checking ---- */

static void wrong(struct findings *f, enum gravity gravity, const char *field, const char *sentence)
{
    char where[120];

    snprintf(where, sizeof where, "template.%s", field);
    findings_add(f, gravity, gravity == GRAVITY_WARNING ? "incomplete" : "metadata", where, "%s", sentence);
}

static void check_text(const json_t *header, const char *field, const char *missing, enum gravity gravity,
                       struct findings *f)
{
    const json_t *value = json_object_get(header, field);

    if (!value || (json_is_string(value) && !json_string_length(value)))
        wrong(f, gravity, field, missing);
    else if (!json_is_string(value))
        wrong(f, GRAVITY_ERROR, field, "This must be a text.");
}

static void check_list(const json_t *header, const char *field, const char *missing, struct findings *f)
{
    const json_t *list = json_object_get(header, field);
    const json_t *value;
    size_t i;

    if (!list || (json_is_array(list) && !json_array_size(list))) {
        if (missing)
            wrong(f, GRAVITY_WARNING, field, missing);
        return;
    }
    if (!json_is_array(list))
        wrong(f, GRAVITY_ERROR, field, "This must be a list of texts.");
    json_array_foreach(list, i, value)
        if (!json_is_string(value)) {
            wrong(f, GRAVITY_ERROR, field, "This must be a list of texts.");
            return;
        }
}

static void check_names(const json_t *header, struct findings *f)
{
    const char *name = template_text(header, "name");
    const char *slug = template_text(header, "slug");
    const char *version = template_text(header, "version");

    check_text(header, "name", "The template has no name.", GRAVITY_ERROR, f);
    check_text(header, "version", "The template has no version, such as 1.0.0.", GRAVITY_ERROR, f);
    if (name && strlen(name) > TEMPLATE_NAME_MAX)
        wrong(f, GRAVITY_ERROR, "name", "The name is longer than 200 bytes.");
    for (const char *p = name ? name : ""; *p; p++)
        if ((unsigned char)*p < ' ') {
            wrong(f, GRAVITY_ERROR, "name", "The name has control characters.");
            break;
        }
    if (json_object_get(header, "slug") && (!slug || !slug_is_valid(slug)))
        wrong(f, GRAVITY_ERROR, "slug",
              "A slug is made of lower-case letters, digits and single hyphens between them, 80 characters at most.");
    if (version && !version_is_valid(version))
        wrong(f, GRAVITY_ERROR, "version", "This is no version as Semantic Versioning has them, such as 1.0.0 or 2.1.0-rc.1.");
}

static void check_parameter(const json_t *header, const json_t *parameter, size_t at, struct findings *f)
{
    const char *name = template_text(parameter, "name");
    const char *pattern = template_text(parameter, "pattern");
    const json_t *value = json_object_get(parameter, "default");
    const char *problem = NULL;
    struct pattern *compiled;
    char where[120];

    snprintf(where, sizeof where, "template.parameters[%zu]", at);
    if (!name || !parameter_name_is_valid(name, strlen(name))) {
        findings_add(f, GRAVITY_ERROR, "parameter", where,
                     "A parameter's name is a letter, then letters, digits, - and _, 64 at most.");
        return;
    }
    snprintf(where, sizeof where, "template.parameters.%s", name);
    if (parameter_find(header, name, strlen(name)) != parameter)
        findings_add(f, GRAVITY_ERROR, "parameter", where, "Two parameters have this name.");
    if (!template_text(parameter, "description"))
        findings_add(f, GRAVITY_WARNING, "incomplete", where, "The parameter has no description.");
    if (json_object_get(parameter, "required") && !json_is_boolean(json_object_get(parameter, "required")))
        findings_add(f, GRAVITY_ERROR, "parameter", where, "required must be true or false.");
    if (value && !json_is_string(value))
        findings_add(f, GRAVITY_ERROR, "parameter", where, "The default must be a text.");
    if (json_object_get(parameter, "pattern") && !pattern)
        findings_add(f, GRAVITY_ERROR, "parameter", where, "The pattern must be a text.");
    compiled = pattern ? pattern_new(pattern, &problem) : NULL;
    if (problem)
        findings_add(f, GRAVITY_ERROR, "parameter", where, "The pattern %s.", problem);
    if (compiled && json_is_string(value) && !pattern_matches(compiled, json_string_value(value), json_string_length(value)))
        findings_add(f, GRAVITY_ERROR, "parameter", where, "The default does not match the pattern.");
    pattern_free(compiled);
}

static void check_parameters(const json_t *header, struct findings *f)
{
    const json_t *list = json_object_get(header, "parameters");
    const json_t *parameter;
    size_t i;

    if (list && !json_is_array(list))
        wrong(f, GRAVITY_ERROR, "parameters", "This must be a list of objects with name, description, default …");
    json_array_foreach(list, i, parameter)
        check_parameter(header, parameter, i, f);
}

static void check_known(const json_t *header, struct findings *f)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)header, key, value) {
        bool found = false;

        for (size_t i = 0; known_fields[i]; i++)
            found = found || strcmp(known_fields[i], key) == 0;
        if (!found)
            wrong(f, GRAVITY_WARNING, key, "Nothing is known by this name.");
    }
}

void template_header_check(const json_t *header, struct findings *f)
{
    const json_t *premium = json_object_get(header, "premium");

    if (!json_is_object(header)) {
        findings_add(f, GRAVITY_ERROR, "metadata", "template", "The header has no template object with name and version.");
        return;
    }
    check_names(header, f);
    check_text(header, "description", "There is no description.", GRAVITY_WARNING, f);
    check_text(header, "category", "There is no category.", GRAVITY_WARNING, f);
    check_text(header, "author", "There is no author.", GRAVITY_WARNING, f);
    check_text(header, "licence", "There is no licence.", GRAVITY_WARNING, f);
    check_list(header, "keywords", "There are no keywords.", f);
    check_list(header, "node_types", NULL, f);
    if (premium && !json_is_boolean(premium))
        wrong(f, GRAVITY_ERROR, "premium", "This must be true or false.");
    check_parameters(header, f);
    check_known(header, f);
}
