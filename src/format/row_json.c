#include "simulark/base/utf8.h"
#include "simulark/format/row_text.h"
#include "simulark/model/value.h"

#include <ctype.h>
#include <string.h>

#define WRAPPER "{\"$json\": "
#define WRAPPER_LEN (sizeof WRAPPER - 1)
#define MAX_NAME 64 /* bytes of an unknown column's name that are repeated in a message */

/* Whether canonical JSON text is an object with the one key $json. */
static bool is_wrapper(const char *text, size_t len)
{
    struct json_extent extent = {0};
    size_t used;

    if (len <= WRAPPER_LEN || memcmp(text, WRAPPER, WRAPPER_LEN) != 0)
        return false;
    used = json_extent_feed(&extent, text + WRAPPER_LEN, len - WRAPPER_LEN);
    return WRAPPER_LEN + used == len - 1;
}

static bool needs_wrapper(const char *text, size_t len)
{
    return (len == 4 && memcmp(text, "null", 4) == 0) || is_wrapper(text, len);
}

static bool is_number(const char *text, size_t len)
{
    size_t sign = len && *text == '-';

    if (sign == len || text[sign] < '0' || text[sign] > '9')
        return false;
    for (size_t i = sign; i < len; i++) {
        if ((text[i] < '0' || text[i] > '9') && text[i] != '.' && text[i] != 'e' && text[i] != '+' && text[i] != '-')
            return false;
    }
    return true;
}

/* A string in which nothing needs an escape. */
static void append_bare(struct buffer *out, const char *text, size_t len)
{
    buffer_reserve(out, len + 2);
    out->data[out->len] = '"';
    memcpy(out->data + out->len + 1, text, len);
    out->data[out->len + 1 + len] = '"';
    out->len += len + 2;
}

void cell_json_append(struct buffer *out, enum type type, const struct cell *cell)
{
    const char *text = cell->text;
    size_t len = cell->len;

    if (!text) {
        buffer_append(out, "null", 4);
        return;
    }
    switch (type) {
    case TYPE_JSONB:
        if (needs_wrapper(text, len)) {
            buffer_append(out, WRAPPER, WRAPPER_LEN);
            buffer_append(out, text, len);
            buffer_byte(out, '}');
        } else {
            buffer_append(out, text, len);
        }
        return;
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_NUMERIC:
        if (!is_number(text, len))
            break;
        buffer_append(out, text, len);
        return;
    case TYPE_BOOLEAN:
        if (len != 1 || (*text != 't' && *text != 'f'))
            break;
        buffer_text(out, *text == 't' ? "true" : "false");
        return;
    case TYPE_TEXT_ARRAY:
        if (text_array_to_json(out, text, len))
            return;
        break;
    case TYPE_UUID:
    case TYPE_TIMESTAMPTZ: append_bare(out, text, len); return;
    case TYPE_OTHER:
    case TYPE_ID:
    case TYPE_TEXT:
    case TYPE_INET: break;
    }
    json_append_string(out, text, len);
}

static void append_key(struct buffer *out, const struct shape_column *column)
{
    if (column->known)
        append_bare(out, column->name, column->name_len); /* the model's names are plain words */
    else
        json_append_string(out, column->name, column->name_len);
    buffer_append(out, ": ", 2);
}

void row_json_append(struct buffer *out, const struct shape *shape, const struct row *row)
{
    buffer_byte(out, '{');
    for (size_t i = 0; i < shape->ncolumns; i++) {
        if (i)
            buffer_append(out, ", ", 2);
        append_key(out, &shape->columns[i]);
        cell_json_append(out, shape->columns[i].type, &row->cells[i]);
    }
    buffer_byte(out, '}');
}

static void append_line(struct buffer *out, size_t indent)
{
    buffer_reserve(out, indent + 1);
    out->data[out->len++] = '\n';
    memset(out->data + out->len, ' ', indent);
    out->len += indent;
}

void row_json_append_pretty(struct buffer *out, const struct shape *shape, const struct row *row, size_t indent)
{
    buffer_byte(out, '{');
    for (size_t i = 0; i < shape->ncolumns; i++) {
        const struct shape_column *column = &shape->columns[i];
        const struct cell *cell = &row->cells[i];

        if (i)
            buffer_byte(out, ',');
        append_line(out, indent + 2);
        append_key(out, column);
        if (column->type == TYPE_JSONB && cell->text && !needs_wrapper(cell->text, cell->len))
            json_append_pretty(out, cell->text, cell->len, indent + 2);
        else
            cell_json_append(out, column->type, cell);
    }
    if (shape->ncolumns)
        append_line(out, indent);
    buffer_byte(out, '}');
}

/* --- reading --- */

/* One row being read. */
struct take {
    struct json_cursor *c;
    const struct shape *shape;
    struct row_builder *row;
    struct row_problem *problem;
    size_t limit; /* of the row's cells together */
    bool canonical; /* the text is as jsonb writes it */
};

/* Whether a phrase is said of a subject. */
static bool wants_subject(const char *phrase)
{
    return strncmp(phrase, "is ", 3) == 0 || strncmp(phrase, "names ", 6) == 0;
}

void problem_append(struct buffer *sentence, const char *subject, const char *phrase)
{
    if (wants_subject(phrase))
        buffer_printf(sentence, "%s %s.", subject, phrase);
    else
        buffer_printf(sentence, "%c%s.", toupper((unsigned char)*phrase), phrase + 1);
}

void row_problem_append(struct buffer *sentence, struct row_problem *problem, const struct shape *shape)
{
    struct buffer subject = BUFFER_INIT;

    if (problem->column)
        buffer_printf(&subject, "%s.%s", shape->table->name, problem->column);
    else
        buffer_text(&subject, "The row");
    problem_append(sentence, buffer_string(&subject), buffer_string(&problem->text));
    buffer_release(&subject);
}

bool row_problem_set(struct row_problem *problem, const struct shape_column *column, const char *phrase)
{
    problem->column = column && wants_subject(phrase) ? column->name : NULL;
    buffer_clear(&problem->text);
    buffer_text(&problem->text, phrase);
    return false;
}

bool row_problem_set_unknown(struct row_problem *problem, const struct shape *shape, const char *name, size_t len)
{
    struct buffer phrase = BUFFER_INIT;

    buffer_text(&phrase, "names ");
    json_append_string(&phrase, name, utf8_cut(name, len, MAX_NAME));
    buffer_printf(&phrase, ", which is no column of %s", shape->table->name);
    row_problem_set(problem, NULL, buffer_string(&phrase));
    buffer_release(&phrase);
    return false;
}

static bool fail(struct take *t, const struct shape_column *column, const char *phrase)
{
    return row_problem_set(t->problem, column, phrase);
}

static bool take_jsonb(struct take *t, struct buffer *out)
{
    size_t from = out->len;

    t->c->limit = t->limit > from ? t->limit - from : 1;
    if (t->canonical && t->c->len <= t->c->limit) {
        buffer_append(out, t->c->text, t->c->len);
        t->c->at = t->c->len;
    } else if (!json_take_value(t->c, out)) {
        return false;
    }
    if (is_wrapper(out->data + from, out->len - from)) {
        out->len -= WRAPPER_LEN + 1;
        memmove(out->data + from, out->data + from + WRAPPER_LEN, out->len - from);
    }
    return true;
}

/* A literal goes through JSON into PostgreSQL's own form; one with explicit bounds is left for the server to judge. */
static bool take_array_literal(struct take *t, struct buffer *out)
{
    struct buffer *scratch = &t->problem->text;
    struct json_cursor json = {0};
    size_t from = out->len;

    buffer_reserve(out, 1); /* an empty string has an address, too */
    if (!json_take_string(t->c, out))
        return false;
    if (out->len > from && out->data[from] == '[')
        return true;
    buffer_clear(scratch);
    if (!text_array_to_json(scratch, out->data + from, out->len - from)) {
        t->c->problem = "is not an array";
        return false;
    }
    out->len = from;
    json.text = scratch->data;
    json.len = scratch->len;
    if (text_array_from_json(&json, out))
        return true;
    t->c->problem = json.problem;
    return false;
}

static bool take_scalar(struct take *t, enum type type, struct buffer *out)
{
    struct json_cursor *c = t->c;
    char first = json_look(c);
    size_t at = c->at;
    const char *text;
    size_t len;

    if (first == '"' && (type == TYPE_TEXT || type == TYPE_OTHER))
        return json_take_string(c, out);
    if (first == '{' || first == '[') {
        c->problem = first == '{' ? "is an object where a single value belongs" : "is a sequence where a single value belongs";
        return false;
    }
    /* Escapes are undone in the problem's buffer, which no problem needs yet. */
    if (!(first == '"' ? json_take_text(c, &t->problem->text, &text, &len) : json_take_raw(c, &text, &len)))
        return false;
    if (value_canonical(type, text, len, out, &c->problem))
        return true;
    c->at = at;
    return false;
}

static bool take_cell(struct take *t, size_t place)
{
    const struct shape_column *column = &t->shape->columns[place];
    struct buffer *out = &t->row->text;
    const char *text;
    size_t len, at;
    bool taken;
    char first = json_look(t->c);

    if (first == 'n') {
        if (!json_take_raw(t->c, &text, &len))
            return fail(t, NULL, t->c->problem);
        row_builder_put(t->row, place, NULL, 0);
        return true;
    }
    at = t->c->at;
    row_builder_open(t->row, place);
    if (column->type == TYPE_JSONB)
        taken = take_jsonb(t, out);
    else if (column->type == TYPE_TEXT_ARRAY)
        taken = first == '"' ? take_array_literal(t, out) : text_array_from_json(t->c, out);
    else
        taken = take_scalar(t, column->type, out);
    if (!taken)
        return fail(t, column, t->c->problem);
    row_builder_close(t->row, place);
    if (out->len > t->limit) {
        t->c->at = at;
        return fail(t, column, "is too large");
    }
    return true;
}

bool row_json_take_cell(const struct buffer *json, bool canonical, const struct shape *shape, size_t place, size_t limit,
                        struct row_builder *row, struct row_problem *problem)
{
    struct json_cursor c = {.text = json->data, .len = json->len};
    struct take t = {.c = &c, .shape = shape, .row = row, .problem = problem, .limit = limit, .canonical = canonical};

    return take_cell(&t, place);
}

/* Rows mostly have all columns in the shape's order, so the next one is tried before any other. */
static bool take_column(struct take *t, size_t expected, size_t *place)
{
    struct json_cursor *c = t->c;
    struct buffer *scratch = &t->problem->text;
    size_t at;
    int found;

    if (json_look(c) == '"' && expected < t->shape->ncolumns) {
        const struct shape_column *column = &t->shape->columns[expected];
        const char *key = c->text + c->at + 1;
        size_t len = column->name_len;

        if (c->len - c->at >= len + 2 && memcmp(key, column->name, len) == 0 && key[len] == '"') {
            *place = expected;
            c->at += len + 2;
            return true;
        }
    }
    if (json_look(c) != '"')
        return fail(t, NULL, "expected a key in double quotes");
    at = c->at;
    buffer_clear(scratch);
    if (!json_take_string(c, scratch))
        return fail(t, NULL, c->problem);
    found = shape_column(t->shape, buffer_string(scratch));
    if (found < 0) {
        c->at = at;
        return row_problem_set_unknown(t->problem, t->shape, scratch->data, scratch->len);
    }
    *place = (size_t)found;
    return true;
}

/* Takes a key and its value. */
static bool take_member(struct take *t, size_t expected, size_t *place)
{
    size_t at;

    json_skip_space(t->c);
    at = t->c->at;
    if (!take_column(t, expected, place))
        return false;
    if (row_builder_is_set(t->row, *place)) {
        t->c->at = at;
        return fail(t, &t->shape->columns[*place], "is in the row twice");
    }
    if (!json_take(t->c, ':'))
        return fail(t, NULL, "expected ':' after a key");
    return take_cell(t, *place);
}

bool row_json_take(struct json_cursor *c, const struct shape *shape, struct row_builder *row, struct row_problem *problem)
{
    struct take t = {.c = c, .shape = shape, .row = row, .problem = problem, .limit = c->limit ? c->limit : JSON_MAX_TEXT};
    size_t limit = c->limit;
    size_t place = (size_t)-1; /* so that the first column is the next one */
    bool ok;

    row_builder_begin(row, shape->ncolumns);
    problem->column = NULL;
    if (!json_take(c, '{'))
        return fail(&t, NULL, "is not an object");
    if (json_take(c, '}'))
        return true;
    do
        ok = take_member(&t, place + 1, &place);
    while (ok && json_take(c, ','));
    c->limit = limit;
    if (ok && !json_take(c, '}'))
        return fail(&t, NULL, "expected ',' or '}'");
    return ok;
}
