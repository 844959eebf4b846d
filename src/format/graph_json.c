#include "simulark/format/graph_json.h"

#include "simulark/base/utf8.h"
#include "simulark/format/json.h"

#include <string.h>

#define LONGEST_TEXT 4096   /* of a string but an id: no label shows more */
#define LONGEST_NUMBER 1000 /* digits */

enum what { WHAT_SCALAR, WHAT_ID, WHAT_OBJECT, WHAT_WIRES };

struct member {
    const char *key;
    enum what what;
    const struct member *members; /* of an object */
};

static const struct member place_members[] = {{"x", WHAT_SCALAR, NULL}, {"y", WHAT_SCALAR, NULL}, {NULL, 0, NULL}};
static const struct member size_members[] = {{"width", WHAT_SCALAR, NULL}, {"height", WHAT_SCALAR, NULL}, {NULL, 0, NULL}};

static const struct member data_members[] = {
    {"label", WHAT_SCALAR, NULL},     {"name", WHAT_SCALAR, NULL},     {"title", WHAT_SCALAR, NULL},
    {"type", WHAT_SCALAR, NULL},      {"category", WHAT_SCALAR, NULL}, {"nodeType", WHAT_SCALAR, NULL},
    {"kind", WHAT_SCALAR, NULL},      {"parentId", WHAT_ID, NULL},     {"parentNode", WHAT_ID, NULL},
    {"edgeLabel", WHAT_SCALAR, NULL}, {"text", WHAT_SCALAR, NULL},     {"technology", WHAT_SCALAR, NULL},
    {"tech", WHAT_SCALAR, NULL},      {NULL, 0, NULL},
};

/* Of nodes and edges alike. */
static const struct member members[] = {
    {"id", WHAT_ID, NULL},
    {"type", WHAT_SCALAR, NULL},
    {"label", WHAT_SCALAR, NULL},
    {"name", WHAT_SCALAR, NULL},
    {"title", WHAT_SCALAR, NULL},
    {"position", WHAT_OBJECT, place_members},
    {"x", WHAT_SCALAR, NULL},
    {"y", WHAT_SCALAR, NULL},
    {"width", WHAT_SCALAR, NULL},
    {"height", WHAT_SCALAR, NULL},
    {"style", WHAT_OBJECT, size_members},
    {"measured", WHAT_OBJECT, size_members},
    {"data", WHAT_OBJECT, data_members},
    {"parentId", WHAT_ID, NULL},
    {"parentNode", WHAT_ID, NULL},
    {"sourcePosition", WHAT_SCALAR, NULL},
    {"targetPosition", WHAT_SCALAR, NULL},
    {"z", WHAT_ID, NULL},
    {"wires", WHAT_WIRES, NULL},
    {"source", WHAT_ID, NULL},
    {"target", WHAT_ID, NULL},
    {"sourceHandle", WHAT_SCALAR, NULL},
    {"targetHandle", WHAT_SCALAR, NULL},
    {"animated", WHAT_SCALAR, NULL},
    {"markerStart", WHAT_SCALAR, NULL},
    {NULL, 0, NULL},
};

/* Columns that are called otherwise than React Flow's members. */
static const struct {
    const char *column, *key;
} columns[] = {{"source_node_id", "source"},       {"target_node_id", "target"}, {"source_handle", "sourceHandle"},
               {"target_handle", "targetHandle"}, {"parent_id", "parentId"},    {"parent_node_id", "parentId"}};

static const struct member *member_named(const struct member *list, const char *key, size_t len)
{
    for (const struct member *m = list; m->key; m++)
        if (strlen(m->key) == len && memcmp(m->key, key, len) == 0)
            return m;
    return NULL;
}

/* A string, cut between characters where it is longer than anybody looks. */
static json_t *text_value(const char *text, size_t len, enum what what)
{
    if (what != WHAT_ID && len > LONGEST_TEXT)
        len = LONGEST_TEXT;
    return json_stringn_nocheck(text, utf8_check(text, len));
}

static json_t *scalar(struct json_cursor *c, enum what what)
{
    const char *text;
    size_t len;
    json_t *value = NULL;

    if (json_look(c) == '"') {
        struct buffer string = BUFFER_INIT;

        if (json_take_string(c, &string))
            value = text_value(string.data ? string.data : "", string.len, what);
        buffer_release(&string);
        return value;
    }
    if (!json_take_raw(c, &text, &len))
        return NULL;
    if (*text == '{' || *text == '[')
        return json_true(); /* it is there, and says nothing to a picture */
    return len <= LONGEST_NUMBER ? json_loadb(text, len, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL) : NULL;
}

/* Goes over an array's values; false at its end. The first call finds the bracket taken and `first` true. */
static bool next_value(struct json_cursor *c, bool *first)
{
    bool more = *first ? json_look(c) != ']' : json_take(c, ',');

    *first = false;
    return more;
}

/* Node-RED's list of lists of ids, as one. */
static json_t *wires(struct json_cursor *c)
{
    json_t *all = json_array();
    json_t *list = json_array();
    size_t depth = 0;

    json_array_append_new(all, list);
    do {
        if (json_take(c, '[')) {
            depth++;
        } else if (json_take(c, ']')) {
            depth--;
        } else if (!json_take(c, ',')) {
            json_t *value = depth <= 2 ? scalar(c, WHAT_ID) : NULL;

            if (!value)
                break;
            json_array_append_new(list, value);
        }
    } while (depth);
    return all;
}

static json_t *object(struct json_cursor *c, const struct member *list);

static json_t *value_of(struct json_cursor *c, const struct member *m) // NOLINT(misc-no-recursion): two deep
{
    char next = json_look(c);

    if (m->what == WHAT_OBJECT && next == '{')
        return object(c, m->members);
    if (m->what == WHAT_WIRES && next == '[')
        return wires(c);
    return scalar(c, m->what);
}

/* The known members of the object that comes. */
static json_t *object(struct json_cursor *c, const struct member *list) // NOLINT(misc-no-recursion): two deep
{
    json_t *found = json_object();
    struct buffer key = BUFFER_INIT;
    const char *text;
    size_t len;

    if (!json_take(c, '{'))
        goto out;
    while (json_look(c) == '"') {
        const struct member *m;

        buffer_clear(&key);
        if (!json_take_string(c, &key) || !json_take(c, ':'))
            goto out;
        m = member_named(list, key.data ? key.data : "", key.len);
        if (!json_take_raw(c, &text, &len))
            goto out;
        if (m) {
            struct json_cursor inner = {.text = text, .len = len};
            json_t *value = value_of(&inner, m);

            if (value)
                json_object_set_new_nocheck(found, m->key, value);
        }
        if (!json_take(c, ','))
            break;
    }
out:
    buffer_release(&key);
    return found;
}

json_t *graph_json_list(const char *text, size_t len, size_t most)
{
    struct json_cursor c = {.text = text, .len = len};
    json_t *list = json_array();
    bool first = true;

    if (!json_take(&c, '['))
        return list;
    while (json_array_size(list) <= most && next_value(&c, &first)) {
        const char *value;
        size_t value_len;

        if (!json_take_raw(&c, &value, &value_len))
            break;
        if (*value == '{') {
            struct json_cursor inner = {.text = value, .len = value_len};

            json_array_append_new(list, object(&inner, members));
        }
    }
    return list;
}

static const char *key_of(const char *column)
{
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (strcmp(columns[i].column, column) == 0)
            return columns[i].key;
    return column;
}

json_t *graph_json_row(const struct shape *shape, const struct row *row)
{
    json_t *found = json_object();

    for (size_t i = 0; i < row->ncells; i++) {
        const struct cell *cell = &row->cells[i];
        const char *key = key_of(shape->columns[i].name);
        const struct member *m = member_named(members, key, strlen(key));
        struct json_cursor c = {.text = cell->text, .len = cell->len};
        json_t *value;

        if (!m || !cell->text)
            continue;
        switch ((int)shape->columns[i].type) {
        case TYPE_JSONB:
        case TYPE_DOUBLE:
        case TYPE_INTEGER:
        case TYPE_BIGINT:
        case TYPE_NUMERIC:
            value = value_of(&c, m); /* NaN and Infinity are no JSON, and no size */
            break;
        default:
            value = text_value(cell->text, cell->len, m->what);
            break;
        }
        if (value)
            json_object_set_new_nocheck(found, m->key, value);
    }
    return found;
}
