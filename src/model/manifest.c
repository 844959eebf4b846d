#include "simulark/model/manifest.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"project", "account", "instance", "template"};
static const char *const encodings[] = {"json", "yaml"};

const char *kind_name(enum kind kind)
{
    return kinds[kind];
}

const char *encoding_name(enum encoding encoding)
{
    return encodings[encoding];
}

struct manifest *manifest_new(enum kind kind)
{
    struct manifest *m = mem_alloc(sizeof *m);

    m->format = BUNDLE_FORMAT;
    m->schema = BUNDLE_SCHEMA;
    m->kind = kind;
    m->shapes = mem_alloc(TABLE_COUNT * sizeof *m->shapes);
    return m;
}

void manifest_free(struct manifest *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->nshapes; i++)
        shape_release(&m->shapes[i]);
    free(m->shapes);
    for (size_t i = 0; i < m->npeople; i++) {
        free(m->people[i].id);
        free(m->people[i].email);
    }
    free(m->people);
    free(m->created_at);
    free(m->generator);
    json_decref(m->requires_templates);
    json_decref(m->template);
    free(m);
}

struct shape *manifest_add_table(struct manifest *m, const struct table *table)
{
    struct shape *shape = &m->shapes[m->nshapes++];

    *shape = (struct shape){.table = table, .rows = -1};
    return shape;
}

struct shape *manifest_shape(const struct manifest *m, const struct table *table)
{
    for (size_t i = 0; i < m->nshapes; i++)
        if (m->shapes[i].table == table)
            return &m->shapes[i];
    return NULL;
}

void manifest_add_person(struct manifest *m, const char *id, const char *email)
{
    m->people = mem_grow(m->people, &m->people_capacity, m->npeople + 1, sizeof *m->people);
    m->people[m->npeople++] = (struct person){mem_strdup(id), mem_strdup_or_null(email)};
}

void manifest_allow_local_ids(struct manifest *m)
{
    for (size_t i = 0; i < m->nshapes; i++)
        for (size_t c = 0; c < m->shapes[i].ncolumns; c++)
            if (m->shapes[i].columns[c].type == TYPE_UUID)
                m->shapes[i].columns[c].type = TYPE_ID;
}

struct manifest *manifest_copy(const struct manifest *m)
{
    struct manifest *copy = manifest_new(m->kind);

    copy->format = m->format;
    copy->schema = m->schema;
    copy->encoding = m->encoding;
    copy->created_at = mem_strdup_or_null(m->created_at);
    copy->generator = mem_strdup_or_null(m->generator);
    for (size_t i = 0; i < m->nshapes; i++) {
        struct shape *shape = manifest_add_table(copy, m->shapes[i].table);

        for (size_t c = 0; c < m->shapes[i].ncolumns; c++)
            shape_add_column(shape, m->shapes[i].columns[c].name, m->shapes[i].columns[c].sql_type);
        shape->rows = m->shapes[i].rows;
    }
    for (size_t i = 0; i < m->npeople; i++)
        manifest_add_person(copy, m->people[i].id, m->people[i].email);
    copy->requires_templates = json_incref(m->requires_templates);
    copy->template = json_incref(m->template);
    copy->by_hand = m->by_hand;
    return copy;
}

/* ---- from JSON ---- */

static bool wrong(struct error *err, const char *field, const char *expected)
{
    return error_set(err, STATUS_MALFORMED, "The header's %s %s.", field, expected);
}

static bool take_string(const json_t *object, const char *field, char **into, struct error *err)
{
    const json_t *value = json_object_get(object, field);

    if (!value || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return wrong(err, field, "must be a string");
    *into = mem_strdup(json_string_value(value));
    return true;
}

/* format and schema: a newer one is refused with what to do. */
static bool take_version(const json_t *object, const char *field, int newest, int *into, struct error *err)
{
    const json_t *value = json_object_get(object, field);

    if (!value) {
        if (strcmp(field, "format") == 0)
            return wrong(err, field, "is missing");
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 1)
        return wrong(err, field, "must be a whole number of 1 or more");
    if (json_integer_value(value) > newest) {
        error_set(err, STATUS_MALFORMED, "The bundle has %s %lld; this release reads up to %d.", field,
                  (long long)json_integer_value(value), newest);
        error_hint(err, "Install a newer release of simulark: the bundle's generator field names the one that wrote it.");
        return false;
    }
    *into = (int)json_integer_value(value);
    return true;
}

static bool take_name(const json_t *object, const char *field, const char *const *names, size_t count, int *into,
                      struct error *err)
{
    const json_t *value = json_object_get(object, field);
    struct buffer expected = BUFFER_INIT;

    if (json_is_string(value))
        for (size_t i = 0; i < count; i++)
            if (strcmp(json_string_value(value), names[i]) == 0) {
                *into = (int)i;
                return true;
            }
    buffer_text(&expected, "must be one of");
    for (size_t i = 0; i < count; i++)
        buffer_printf(&expected, "%s %s", i ? "," : "", names[i]);
    wrong(err, field, buffer_string(&expected));
    buffer_release(&expected);
    return false;
}

static const char *required_column_type(const json_t *requires, const char *table, const char *column)
{
    size_t i;
    json_t *entry;

    json_array_foreach(json_object_get(requires, "columns"), i, entry) {
        const char *t = json_string_value(json_object_get(entry, "table"));
        const char *c = json_string_value(json_object_get(entry, "column"));

        if (t && c && strcmp(t, table) == 0 && strcmp(c, column) == 0)
            return json_string_value(json_object_get(entry, "type"));
    }
    return NULL;
}

#define COLUMNS_MAX 1600 /* PostgreSQL's own limit of a table's columns */

static bool take_columns(const json_t *columns, const json_t *requires, struct shape *shape, struct error *err)
{
    size_t i;
    json_t *name;

    if (json_array_size(columns) > COLUMNS_MAX || json_array_size(json_object_get(requires, "columns")) > COLUMNS_MAX)
        return error_set(err, STATUS_MALFORMED, "The header names more than %d columns of %s.", COLUMNS_MAX, shape->table->name);
    json_array_foreach(columns, i, name) {
        const char *text = json_string_value(name);
        const char *sql_type;

        if (!text || !*text)
            return wrong(err, "tables", "must name columns as strings");
        if (shape_column(shape, text) >= 0)
            return error_set(err, STATUS_MALFORMED, "The header names the column %s of %s twice.", text, shape->table->name);
        sql_type = required_column_type(requires, shape->table->name, text);
        if (!sql_type && !table_column(shape->table, text))
            return error_set(err, STATUS_MALFORMED,
                             "The header names a column %s of %s, which the schema does not know and whose type is not under "
                             "requires.columns.",
                             text, shape->table->name);
        shape_add_column(shape, text, sql_type);
    }
    if (shape->ncolumns == 0)
        return error_set(err, STATUS_MALFORMED, "The header names no columns of %s.", shape->table->name);
    return true;
}

static bool take_tables(const json_t *object, struct manifest *m, struct error *err)
{
    const json_t *list = json_object_get(object, "tables");
    const json_t *requires = json_object_get(object, "requires");
    size_t i;
    json_t *entry;

    if (!list) {
        m->by_hand = true;
        return true;
    }
    if (!json_is_array(list))
        return wrong(err, "tables", "must be a list");
    json_array_foreach(list, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));
        const json_t *rows = json_object_get(entry, "rows");
        const json_t *columns = json_object_get(entry, "columns");
        const struct table *table = name ? table_find(name) : NULL;
        struct shape *shape;

        if (!name)
            return wrong(err, "tables", "must be a list of objects with name, rows and columns");
        if (!table) {
            error_set(err, STATUS_MALFORMED, "The header names a table %s, which this release does not know.", name);
            return false;
        }
        if (m->nshapes && table_index(table) <= table_index(m->shapes[m->nshapes - 1].table))
            return error_set(err, STATUS_MALFORMED, "The header names the table %s twice or out of load order.", name);
        if (!json_is_integer(rows) || json_integer_value(rows) < 0)
            return error_set(err, STATUS_MALFORMED, "The header's count of rows in %s must be a whole number.", name);
        if (!json_is_array(columns))
            return error_set(err, STATUS_MALFORMED, "The header must list the columns of %s.", name);
        shape = manifest_add_table(m, table);
        shape->rows = json_integer_value(rows);
        if (!take_columns(columns, requires, shape, err))
            return false;
    }
    return true;
}

static bool take_people(const json_t *object, struct manifest *m, struct error *err)
{
    const json_t *list = json_object_get(object, "people");
    size_t i;
    json_t *entry;

    if (!list)
        return true;
    if (!json_is_array(list))
        return wrong(err, "people", "must be a list");
    json_array_foreach(list, i, entry) {
        const char *id = json_string_value(json_object_get(entry, "id"));
        const json_t *email = json_object_get(entry, "email");

        if (!id || (email && !json_is_null(email) && !json_is_string(email)))
            return wrong(err, "people", "must be a list of objects with id and email");
        manifest_add_person(m, id, json_string_value(email));
    }
    return true;
}

static bool refuse_unknown_fields(const json_t *object, struct error *err)
{
    static const char *const known[] = {"simulark", "format",    "schema", "kind",   "encoding", "created_at",
                                        "generator", "tables",   "people", "requires", "template"};
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        bool found = false;

        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found |= strcmp(key, known[i]) == 0;
        if (!found) {
            error_set(err, STATUS_MALFORMED, "The header has a field %s, which format %d does not know.", key, BUNDLE_FORMAT);
            error_hint(err, "Tables are named as in the schema: projects, graphs, nodes and so on.");
            return false;
        }
    }
    return true;
}

struct manifest *manifest_from_json(const json_t *object, struct error *err)
{
    const json_t *magic = json_object_get(object, "simulark");
    struct manifest *m = manifest_new(KIND_PROJECT);
    int kind = KIND_PROJECT;
    int encoding = ENCODING_JSON;

    if (!json_is_string(magic) || strcmp(json_string_value(magic), "bundle") != 0) {
        error_set(err, STATUS_MALFORMED, "This is no simulark bundle: it does not say \"simulark: bundle\".");
        goto fail;
    }
    if (!take_version(object, "format", BUNDLE_FORMAT, &m->format, err) ||
        !take_version(object, "schema", BUNDLE_SCHEMA, &m->schema, err) || !refuse_unknown_fields(object, err) ||
        !take_name(object, "kind", kinds, sizeof kinds / sizeof *kinds, &kind, err) ||
        (json_object_get(object, "encoding") &&
         !take_name(object, "encoding", encodings, sizeof encodings / sizeof *encodings, &encoding, err)) ||
        !take_string(object, "created_at", &m->created_at, err) || !take_string(object, "generator", &m->generator, err) ||
        !take_tables(object, m, err) || !take_people(object, m, err))
        goto fail;
    m->kind = (enum kind)kind;
    m->encoding = (enum encoding)encoding;
    m->requires_templates = json_incref(json_object_get(json_object_get(object, "requires"), "templates"));
    m->template = json_incref(json_object_get(object, "template"));
    return m;
fail:
    manifest_free(m);
    return NULL;
}

/* ---- to JSON ---- */

static json_t *tables_to_json(const struct manifest *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->nshapes; i++) {
        const struct shape *shape = &m->shapes[i];
        json_t *columns = json_array();

        for (size_t c = 0; c < shape->ncolumns; c++)
            json_array_append_new(columns, json_string(shape->columns[c].name));
        json_array_append_new(list, json_pack("{s:s, s:I, s:o}", "name", shape->table->name, "rows", (json_int_t)shape->rows,
                                              "columns", columns));
    }
    return list;
}

static json_t *requires_to_json(const struct manifest *m)
{
    json_t *columns = json_array();
    json_t *requires = json_object();

    for (size_t i = 0; i < m->nshapes; i++)
        for (size_t c = 0; c < m->shapes[i].ncolumns; c++) {
            const struct shape_column *column = &m->shapes[i].columns[c];

            if (!shape_column_is_known(column))
                json_array_append_new(columns, json_pack("{s:s, s:s, s:s}", "table", m->shapes[i].table->name, "column",
                                                         column->name, "type", column->sql_type));
        }
    if (m->requires_templates && json_array_size(m->requires_templates))
        json_object_set(requires, "templates", m->requires_templates);
    if (json_array_size(columns))
        json_object_set(requires, "columns", columns);
    json_decref(columns);
    return requires;
}

json_t *manifest_to_json(const struct manifest *m)
{
    json_t *object = json_pack("{s:s, s:i, s:i, s:s, s:s}", "simulark", "bundle", "format", m->format, "schema", m->schema,
                               "kind", kind_name(m->kind), "encoding", encoding_name(m->encoding));
    json_t *requires = requires_to_json(m);

    if (m->created_at)
        json_object_set_new(object, "created_at", json_string(m->created_at));
    if (m->generator)
        json_object_set_new(object, "generator", json_string(m->generator));
    json_object_set_new(object, "tables", tables_to_json(m));
    if (m->kind != KIND_TEMPLATE) {
        json_t *people = json_array();

        for (size_t i = 0; i < m->npeople; i++)
            json_array_append_new(people, json_pack("{s:s, s:s?}", "id", m->people[i].id, "email", m->people[i].email));
        json_object_set_new(object, "people", people);
    }
    if (json_object_size(requires))
        json_object_set(object, "requires", requires);
    json_decref(requires);
    if (m->template)
        json_object_set(object, "template", m->template);
    return object;
}
