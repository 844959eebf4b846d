#include "simulark/base/memory.h"
#include "simulark/format/reader.h"
#include "simulark/format/row_text.h"
#include "simulark/format/yaml_nodes.h"
#include "simulark/format/yaml_scalar.h"
#include "simulark/format/yaml_value.h"
#include "simulark/model/value.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>

/* What rows of a stream and of a document have in common. */
struct row_source {
    struct yaml_nodes *nodes;
    struct yaml_value value;
    struct buffer json; /* of the cell being read */
    struct buffer key;
    size_t line; /* of the row or member last read; 0: none yet */
    size_t depth; /* of collections that are open outside of the row */
    bool wrong;   /* the last row is: what is left of it is passed over before the next */
    struct row_problem problem;
};

static void source_init(struct row_source *s, struct input *in, const struct limits *limits)
{
    s->nodes = yaml_nodes_new(in, limits);
    s->value.nodes = s->nodes;
    s->value.limits = limits;
}

static void source_release(struct row_source *s)
{
    yaml_nodes_free(s->nodes);
    yaml_value_release(&s->value);
    buffer_release(&s->json);
    buffer_release(&s->key);
    buffer_release(&s->problem.text);
}

static void source_place(const struct row_source *s, struct buffer *text)
{
    buffer_text(text, yaml_nodes_name(s->nodes));
    if (s->line)
        buffer_printf(text, ":%zu", s->line);
}

static bool refuse(const struct row_source *s, const struct yaml_node *node, struct error *err, const char *sentence)
{
    return yaml_nodes_refuse(s->nodes, node->line, node->column, err, "%s", sentence);
}

static enum reading column_reading(enum type type)
{
    switch (type) {
    case TYPE_JSONB: return READING_CORE;
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_NUMERIC: return READING_NUMBERS;
    case TYPE_BOOLEAN: return READING_CORE;
    case TYPE_OTHER:
    case TYPE_UUID:
    case TYPE_ID:
    case TYPE_TEXT:
    case TYPE_TIMESTAMPTZ:
    case TYPE_TEXT_ARRAY:
    case TYPE_INET: break;
    }
    return READING_TEXT;
}

/* Says what is wrong with a row, at the key or value where it is. */
static bool refuse_row(struct row_source *s, const struct yaml_node *node, const struct shape *shape, struct error *err)
{
    struct buffer sentence = BUFFER_INIT;

    row_problem_append(&sentence, &s->problem, shape);
    yaml_nodes_refuse(s->nodes, node->line, node->column, err, "%s", buffer_string(&sentence));
    buffer_release(&sentence);
    return false;
}

static bool is_name(const struct yaml_node *key, const char *name)
{
    return !strncmp(name, key->text, key->len) && !name[key->len];
}

/* Finds the column a key names. Rows mostly name all columns in order: the expected one is tried first. */
static bool find_column(struct row_source *s, const struct yaml_node *key, const struct shape *shape, size_t expected,
                        size_t *place, struct error *err)
{
    int found;

    if (expected < shape->ncolumns && is_name(key, shape->columns[expected].name)) {
        *place = expected;
        return true;
    }
    buffer_clear(&s->key);
    buffer_append(&s->key, key->text, key->len);
    found = shape_column(shape, buffer_string(&s->key));
    if (found < 0)
        return row_problem_set_unknown(&s->problem, shape, key->text, key->len) || refuse_row(s, key, shape, err);
    *place = (size_t)found;
    return true;
}

static bool take_key(struct row_source *s, const struct yaml_node *key, const struct shape *shape, size_t expected,
                     const struct row_builder *row, size_t *place, struct error *err)
{
    if (key->kind != NODE_SCALAR)
        return refuse(s, key, err, "The name of a column must be a scalar, and this is a mapping or a sequence.");
    if (!find_column(s, key, shape, expected, place, err))
        return false;
    if (row_builder_is_set(row, *place))
        return row_problem_set(&s->problem, &shape->columns[*place], "is in the row twice") || refuse_row(s, key, shape, err);
    return true;
}

/* Takes a cell that is a single value as it stands. */
static bool take_single(struct row_source *s, const struct yaml_node *node, const struct shape *shape, size_t place,
                        struct row_builder *row, struct error *err)
{
    const struct shape_column *column = &shape->columns[place];
    const char *text, *phrase;
    size_t len;

    if (!yaml_value_text(&s->value, node, column_reading(column->type), &text, &len, err))
        return false;
    if (!text) {
        row_builder_put(row, place, NULL, 0);
        return true;
    }
    row_builder_open(row, place);
    if (!value_canonical(column->type, text, len, &row->text, &phrase))
        return row_problem_set(&s->problem, column, phrase) || refuse_row(s, node, shape, err);
    row_builder_close(row, place);
    return true;
}

static bool refuse_size(const struct row_source *s, const struct yaml_node *start, struct error *err)
{
    yaml_nodes_refuse(s->nodes, start->line, start->column, err, "The row is larger than %zu bytes (limit row_bytes).",
                      s->value.limits->row_bytes);
    return limits_hint(err, "row_bytes");
}

/* Takes a cell by way of JSON, in whose terms columns say what they hold. */
static bool take_by_json(struct row_source *s, const struct yaml_node *start, const struct yaml_node *node,
                         const struct shape *shape, size_t place, struct row_builder *row, struct error *err)
{
    size_t limit = s->value.limits->row_bytes;

    buffer_clear(&s->json);
    if (!yaml_value_take(&s->value, node, column_reading(shape->columns[place].type), &s->json, err))
        return false;
    if (row->text.len + s->json.len > limit)
        return refuse_size(s, start, err);
    return row_json_take_cell(&s->json, s->value.canonical, shape, place, limit, row, &s->problem) ||
           refuse_row(s, node, shape, err);
}

static bool take_cell(struct row_source *s, const struct yaml_node *start, const struct yaml_node *node,
                      const struct shape *shape, size_t place, struct row_builder *row, struct error *err)
{
    enum type type = shape->columns[place].type;

    if (node->kind != NODE_SCALAR || type == TYPE_JSONB || type == TYPE_TEXT_ARRAY)
        return take_by_json(s, start, node, shape, place, row, err);
    return take_single(s, node, shape, place, row, err) &&
           (row->text.len <= s->value.limits->row_bytes || refuse_size(s, start, err));
}

/* Reads the row that starts with this node. */
static bool source_row(struct row_source *s, const struct yaml_node *start, const struct shape *shape,
                       struct row_builder *row, struct error *err)
{
    struct yaml_node node;
    size_t place = (size_t)-1; /* so that the first column is the next one */

    s->line = start->line;
    if (start->kind != NODE_MAPPING)
        return refuse(s, start, err, "A row must be a mapping of columns' names to values.");
    row_builder_begin(row, shape->ncolumns);
    for (;;) {
        if (!yaml_nodes_next(s->nodes, &node, err))
            return false;
        if (node.kind == NODE_END)
            return true;
        if (!take_key(s, &node, shape, place + 1, row, &place, err) || !yaml_nodes_next(s->nodes, &node, err) ||
            !take_cell(s, start, &node, shape, place, row, err))
            return false;
    }
}

/* What failed is the row alone: the YAML itself can be read on. */
static bool source_may_go_on(const struct row_source *s)
{
    return s->wrong && !yaml_nodes_broken(s->nodes);
}

/* What is wrong in there is told, too, and may be passed over in its turn. */
static bool pass_over_rest(struct row_source *s, struct error *err)
{
    struct yaml_node node;

    while (yaml_nodes_depth(s->nodes) > s->depth)
        if (!yaml_nodes_next(s->nodes, &node, err))
            return false;
    s->wrong = false;
    return true;
}

static bool is_null(const struct yaml_node *node)
{
    return node->kind == NODE_SCALAR && node->tag != TAG_STRING && scalar_is_null(node->text, node->len);
}

/* A stream: one row a document. */
struct stream {
    struct rows_reader base;
    struct row_source source;
    bool ended;
};

static bool stream_row(struct rows_reader *r, const struct shape *shape, struct row_builder *row, bool *more,
                       struct error *err)
{
    struct stream *stream = (struct stream *)r;
    struct row_source *s = &stream->source;
    struct yaml_node node;

    *more = false;
    if (stream->ended)
        return true;
    if (s->wrong && (!pass_over_rest(s, err) || !yaml_nodes_next(s->nodes, &node, err)))
        return false;
    if (!yaml_nodes_next(s->nodes, &node, err))
        return false;
    if (node.kind == NODE_STREAM_END) {
        stream->ended = true;
        return true;
    }
    *more = true;
    s->wrong = yaml_nodes_next(s->nodes, &node, err) && !source_row(s, &node, shape, row, err);
    return !error_is_set(err) && yaml_nodes_next(s->nodes, &node, err); /* the document's end */
}

static bool stream_may_go_on(const struct rows_reader *r)
{
    return source_may_go_on(&((const struct stream *)r)->source);
}

static void stream_place(const struct rows_reader *r, struct buffer *text)
{
    source_place(&((const struct stream *)r)->source, text);
}

static void stream_free(struct rows_reader *r)
{
    struct stream *stream = (struct stream *)r;

    if (!stream)
        return;
    source_release(&stream->source);
    free(stream);
}

struct rows_reader *rows_reader_yaml_stream(struct input *in, const struct limits *limits)
{
    static const struct rows_reader_ops ops = {
        .row = stream_row,
        .may_go_on = stream_may_go_on,
        .place = stream_place,
        .free = stream_free,
    };
    struct stream *stream = mem_alloc(sizeof *stream);

    stream->base.ops = &ops;
    source_init(&stream->source, in, limits);
    return &stream->base;
}

struct document {
    struct document_reader base;
    struct rows_reader rows; /* of the member where they are asked for */
    struct row_source source;
    void *seen; /* keys of the members so far: a search tree of strings */
    bool started;
    bool ended;
    bool rows_ended;
};

static struct document *document_of_rows(const struct rows_reader *r)
{
    return (struct document *)((uintptr_t)r - offsetof(struct document, rows));
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool document_start(struct document *d, struct error *err)
{
    struct yaml_node node;

    d->started = true;
    if (!yaml_nodes_next(d->source.nodes, &node, err))
        return false;
    if (node.kind == NODE_STREAM_END)
        return refuse(&d->source, &node, err, "The file is empty.");
    if (!yaml_nodes_next(d->source.nodes, &node, err))
        return false;
    if (node.kind != NODE_MAPPING)
        return refuse(&d->source, &node, err, "A bundle must be a mapping, with `simulark: bundle` as its first member.");
    return true;
}

static bool document_end(struct document *d, struct error *err)
{
    struct yaml_node node;

    d->ended = true;
    if (!yaml_nodes_next(d->source.nodes, &node, err) || !yaml_nodes_next(d->source.nodes, &node, err))
        return false;
    if (node.kind != NODE_STREAM_END)
        return refuse(&d->source, &node, err, "Another YAML document follows where the file should end.");
    return true;
}

static bool document_member(struct document_reader *base, const char **key, struct error *err)
{
    struct document *d = (struct document *)base;
    struct row_source *s = &d->source;
    struct yaml_node node;
    char *name;
    void **place;

    *key = NULL;
    if (d->ended)
        return true;
    if (!d->started && !document_start(d, err))
        return false;
    if (!yaml_nodes_next(s->nodes, &node, err))
        return false;
    if (node.kind == NODE_END)
        return document_end(d, err);
    if (node.kind != NODE_SCALAR)
        return refuse(s, &node, err, "A key must be a scalar, and this is a mapping or a sequence.");
    s->line = node.line;
    name = mem_strndup(node.text, node.len);
    place = tsearch(name, &d->seen, compare_keys);
    if (!place)
        mem_run_out();
    if (*place != name) {
        yaml_nodes_refuse(s->nodes, node.line, node.column, err, "The member `%s` is there twice.", name);
        free(name);
        return false;
    }
    *key = name;
    return true;
}

static bool document_value(struct document_reader *base, struct buffer *json, struct error *err)
{
    struct document *d = (struct document *)base;
    struct yaml_node node;

    return yaml_nodes_next(d->source.nodes, &node, err) &&
           yaml_value_take(&d->source.value, &node, READING_CORE, json, err);
}

static bool document_rows(struct document_reader *base, struct rows_reader **rows, struct error *err)
{
    struct document *d = (struct document *)base;
    struct yaml_node node;

    if (!yaml_nodes_next(d->source.nodes, &node, err))
        return false;
    d->rows_ended = is_null(&node);
    if (!d->rows_ended && node.kind != NODE_SEQUENCE)
        return refuse(&d->source, &node, err, "The rows of a table must be a sequence of mappings.");
    *rows = &d->rows;
    return true;
}

static bool document_row(struct rows_reader *r, const struct shape *shape, struct row_builder *row, bool *more,
                         struct error *err)
{
    struct document *d = document_of_rows(r);
    struct yaml_node node;

    *more = false;
    if (d->rows_ended)
        return true;
    if (d->source.wrong && !pass_over_rest(&d->source, err))
        return false;
    d->source.depth = yaml_nodes_depth(d->source.nodes);
    if (!yaml_nodes_next(d->source.nodes, &node, err))
        return false;
    if (node.kind == NODE_END) {
        d->rows_ended = true;
        return true;
    }
    *more = true;
    d->source.wrong = !source_row(&d->source, &node, shape, row, err);
    return !d->source.wrong;
}

static bool document_may_go_on(const struct rows_reader *r)
{
    return source_may_go_on(&document_of_rows(r)->source);
}

static void document_row_place(const struct rows_reader *r, struct buffer *text)
{
    source_place(&document_of_rows(r)->source, text);
}

static void document_rows_free(struct rows_reader *r)
{
    (void)r; /* they are a part of the document */
}

static void document_place(const struct document_reader *base, struct buffer *text)
{
    source_place(&((const struct document *)base)->source, text);
}

static void document_free(struct document_reader *base)
{
    struct document *d = (struct document *)base;

    if (!d)
        return;
    tdestroy(d->seen, free);
    source_release(&d->source);
    free(d);
}

struct document_reader *document_reader_yaml(struct input *in, const struct limits *limits)
{
    static const struct document_reader_ops ops = {
        .member = document_member,
        .value = document_value,
        .rows = document_rows,
        .place = document_place,
        .free = document_free,
    };
    static const struct rows_reader_ops rows_ops = {
        .row = document_row,
        .may_go_on = document_may_go_on,
        .place = document_row_place,
        .free = document_rows_free,
    };
    struct document *d = mem_alloc(sizeof *d);

    d->base.ops = &ops;
    d->rows.ops = &rows_ops;
    source_init(&d->source, in, limits);
    return &d->base;
}
