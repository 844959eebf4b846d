#include "text_window.h"
#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/format/reader.h"
#include "simulark/format/row_text.h"

#include <stdlib.h>

#define NO_BYTE (-1) /* where the input ends */
#define LONGEST_TOKEN 16 /* what is wrong so near to where a limit cut the text may be wrong for that */

/* --- what both readers say --- */

static bool refuse_phrase(const struct window *w, size_t place, struct error *err, const char *subject, const char *phrase)
{
    struct buffer sentence = BUFFER_INIT;

    problem_append(&sentence, subject, phrase);
    window_refuse(w, place, err, "%s", buffer_string(&sentence));
    buffer_release(&sentence);
    return false;
}

static bool refuse_row(const struct window *w, size_t place, struct error *err, const struct shape *shape,
                       struct row_problem *problem)
{
    struct buffer sentence = BUFFER_INIT;

    row_problem_append(&sentence, problem, shape);
    window_refuse(w, place, err, "%s", buffer_string(&sentence));
    buffer_release(&sentence);
    return false;
}

static bool refuse_large(const struct window *w, struct error *err, const char *what, const struct limits *limits)
{
    const size_t mib = (size_t)1 << 20;

    if (limits->row_bytes % mib)
        window_refuse(w, w->at, err, "The %s is larger than %zu bytes (limit row_bytes).", what, limits->row_bytes);
    else
        window_refuse(w, w->at, err, "The %s is larger than %zu MiB (limit row_bytes).", what, limits->row_bytes / mib);
    return limits_hint(err, "row_bytes");
}

static bool refuse_end(const struct window *w, size_t place, struct error *err, const char *what)
{
    return window_refuse(w, place, err, "The input ends in the middle of a %s: the file was cut short.", what);
}

/* --- JSON Lines --- */

struct lines {
    struct rows_reader base;
    const struct limits *limits;
    struct window window;
    struct row_problem problem;
    size_t line;   /* of the last row; 0 before the first */
    size_t wrong;  /* bytes of the line that is wrong: passed over before the next row */
    bool begun;
    bool lost; /* the end of the line is not known */
};

/* Finds the end of the line that begins at window.at; *newline: whether there is a newline. */
static bool find_line(struct lines *l, size_t *len, bool *newline, struct error *err)
{
    struct window *w = &l->window;
    size_t searched = 0;

    for (;;) {
        size_t have = w->text.len - w->at;
        const char *from = w->text.data + w->at;
        const char *end = have > searched ? memchr(from + searched, '\n', have - searched) : NULL;

        *newline = end != NULL;
        *len = end ? (size_t)(end - from) : have;
        if (*len > l->limits->row_bytes)
            return refuse_large(w, err, "row", l->limits);
        if (end || w->ended)
            return true;
        searched = have;
        if (!window_fill(w, err))
            return false;
    }
}

static bool is_blank(const char *text, size_t len)
{
    while (len && json_is_space(text[len - 1]))
        len--;
    return len == 0;
}

/* Finds the next line with something on it. *len is 0 where there is none. */
static bool next_line(struct lines *l, size_t *len, bool *newline, struct error *err)
{
    struct window *w = &l->window;
    bool blank = false;

    for (;;) {
        if (!find_line(l, len, newline, err))
            return false;
        l->line = window_line(w);
        if (*len && !is_blank(w->text.data + w->at, *len))
            return !blank || window_refuse(w, w->at, err, "A blank line stands before this row.");
        w->at += *len + *newline;
        blank = true;
        *len = 0;
        if (!*newline)
            return true;
    }
}

static bool lines_row(struct rows_reader *r, const struct shape *shape, struct row_builder *row, bool *more, struct error *err)
{
    struct lines *l = (struct lines *)r;
    struct window *w = &l->window;
    struct json_cursor c = {.limit = l->limits->row_bytes};
    bool newline;

    w->at += l->wrong;
    l->wrong = 0;
    l->lost = true;
    if (!l->begun && !window_skip_mark(w, err))
        return false;
    l->begun = true;
    if (!next_line(l, &c.len, &newline, err)) {
        l->lost = c.len == 0 || c.len > l->limits->row_bytes || input_failed(w->in);
        return false;
    }
    l->lost = false;
    *more = c.len > 0;
    if (!*more)
        return true;
    l->wrong = c.len + newline;
    c.text = w->text.data + w->at;
    if (!row_json_take(&c, shape, row, &l->problem)) {
        if (c.at < c.len)
            return refuse_row(w, w->at + c.at, err, shape, &l->problem);
        if (newline)
            return window_refuse(w, w->at + c.at, err, "The line ends in the middle of a row.");
        return refuse_end(w, w->at + c.at, err, "row");
    }
    json_skip_space(&c);
    if (c.at < c.len)
        return window_refuse(w, w->at + c.at, err, "Expected the end of the line after a row.");
    w->at += c.len + newline;
    l->wrong = 0;
    return true;
}

static bool lines_may_go_on(const struct rows_reader *r)
{
    return !((const struct lines *)r)->lost;
}

static void lines_place(const struct rows_reader *r, struct buffer *text)
{
    const struct lines *l = (const struct lines *)r;

    buffer_text(text, input_name(l->window.in));
    if (l->line)
        buffer_printf(text, ":%zu", l->line);
}

static void lines_free(struct rows_reader *r)
{
    struct lines *l = (struct lines *)r;

    if (!l)
        return;
    window_release(&l->window);
    buffer_release(&l->problem.text);
    free(l);
}

static const struct rows_reader_ops lines_ops = {
    .row = lines_row,
    .may_go_on = lines_may_go_on,
    .place = lines_place,
    .free = lines_free,
};

struct rows_reader *rows_reader_json_lines(struct input *in, const struct limits *limits)
{
    struct lines *l = mem_alloc(sizeof *l);

    l->base.ops = &lines_ops;
    l->limits = limits;
    window_init(&l->window, in);
    return &l->base;
}

/* --- documents --- */

struct document {
    struct document_reader base;
    struct rows_reader rows; /* of the member that is read row by row */
    const struct limits *limits;
    struct window window;
    struct row_problem problem;
    struct buffer key;
    size_t line; /* of the last member or row; 0 before the first */
    bool begun, done;
    bool any_member, any_row; /* a comma must stand before the next */
    bool rows_ended;
    size_t wrong; /* bytes of the row that is wrong: passed over before the next; 0: its end is not known */
};

static struct document *document_of_rows(struct rows_reader *r)
{
    return (struct document *)((char *)r - offsetof(struct document, rows));
}

/* What a value's text is not: whole. */
enum cut { CUT_NOT, CUT_BY_END, CUT_BY_LIMIT };

/* Goes to the next byte that is no space, without taking it. */
static bool look(struct document *d, int *byte, struct error *err)
{
    struct window *w = &d->window;

    for (;;) {
        while (w->at < w->text.len && json_is_space(w->text.data[w->at]))
            w->at++;
        if (w->at < w->text.len) {
            *byte = (unsigned char)w->text.data[w->at];
            return true;
        }
        *byte = NO_BYTE;
        if (w->ended)
            return true;
        if (!window_fill(w, err))
            return false;
    }
}

/* Brings the value at window.at into the window as a whole. What is wrong within it is worth more to the reader than that it
 * has no end, so the part that is there is given to the caller to look at first. */
static bool load_value(struct document *d, struct json_cursor *c, enum cut *cut, struct error *err)
{
    struct window *w = &d->window;
    struct json_extent extent = {0};
    size_t fed = 0;

    *cut = CUT_NOT;
    for (;;) {
        fed += json_extent_feed(&extent, w->text.data + w->at + fed, w->text.len - w->at - fed);
        if (fed > d->limits->row_bytes)
            *cut = CUT_BY_LIMIT;
        else if (w->ended && !extent.complete && !extent.scalar)
            *cut = CUT_BY_END;
        if (*cut || extent.complete || w->ended)
            break;
        if (!window_fill(w, err))
            return false;
    }
    *c = (struct json_cursor){.text = w->text.data + w->at, .len = fed, .limit = d->limits->row_bytes};
    return true;
}

/* Whether what was taken as a value goes on beyond where it is cut. */
static bool ends_cut(const struct json_cursor *c, enum cut cut)
{
    return cut != CUT_NOT && c->at == c->len;
}

/* Says that a value is cut, unless something within it is wrong: then gives false, and it must be said what. */
static bool refuse_cut(const struct document *d, const struct json_cursor *c, enum cut cut, const char *what, struct error *err)
{
    const struct window *w = &d->window;

    if (cut == CUT_BY_LIMIT && c->len - c->at < LONGEST_TOKEN)
        refuse_large(w, err, what, d->limits);
    else if (c->at == c->len && w->ended && w->at + c->at == w->text.len)
        refuse_end(w, w->at + c->at, err, what);
    else
        return false;
    return true;
}

static bool expect(const struct document *d, int byte, struct error *err, const char *what)
{
    if (byte == NO_BYTE)
        return refuse_end(&d->window, d->window.at, err, "document");
    return window_refuse(&d->window, d->window.at, err, "Expected %s.", what);
}

static bool take_key(struct document *d, struct error *err)
{
    struct window *w = &d->window;
    struct json_cursor c;
    enum cut cut;
    int byte;

    if (!look(d, &byte, err))
        return false;
    if (byte != '"')
        return expect(d, byte, err, "a key in double quotes");
    d->line = window_line(w);
    if (!load_value(d, &c, &cut, err))
        return false;
    buffer_clear(&d->key);
    if (!json_take_string(&c, &d->key) || ends_cut(&c, cut))
        return !refuse_cut(d, &c, cut, "key", err) && refuse_phrase(w, w->at + c.at, err, "The key", c.problem);
    w->at += c.at;
    if (!look(d, &byte, err))
        return false;
    if (byte != ':')
        return expect(d, byte, err, "':' after a key");
    w->at++;
    return look(d, &byte, err);
}

static bool begin(struct document *d, struct error *err)
{
    struct window *w = &d->window;
    int byte;

    d->begun = true;
    if (!window_skip_mark(w, err) || !look(d, &byte, err))
        return false;
    if (byte != '{')
        return expect(d, byte, err, "'{' at the beginning of a document");
    w->at++;
    return true;
}

static bool finish(struct document *d, struct error *err)
{
    int byte;

    d->window.at++;
    d->done = true;
    if (!look(d, &byte, err))
        return false;
    return byte == NO_BYTE || window_refuse(&d->window, d->window.at, err, "Something follows the end of the document.");
}

static bool document_member(struct document_reader *base, const char **key, struct error *err)
{
    struct document *d = (struct document *)base;
    int byte;

    *key = NULL;
    if (d->done)
        return true;
    if ((!d->begun && !begin(d, err)) || !look(d, &byte, err))
        return false;
    if (byte == '}')
        return finish(d, err);
    if (d->any_member) {
        if (byte != ',')
            return expect(d, byte, err, "',' or '}' after a member");
        d->window.at++;
    }
    d->any_member = true;
    if (!take_key(d, err))
        return false;
    *key = buffer_string(&d->key);
    return true;
}

static bool document_value(struct document_reader *base, struct buffer *json, struct error *err)
{
    struct document *d = (struct document *)base;
    struct window *w = &d->window;
    struct json_cursor c;
    enum cut cut;
    const char *text;
    size_t len;

    if (!load_value(d, &c, &cut, err))
        return false;
    if (!json_take_raw(&c, &text, &len) || ends_cut(&c, cut))
        return !refuse_cut(d, &c, cut, "value", err) && refuse_phrase(w, w->at + c.at, err, "The value", c.problem);
    buffer_append(json, text, len);
    w->at += c.at;
    return true;
}

static bool document_rows(struct document_reader *base, struct rows_reader **rows, struct error *err)
{
    struct document *d = (struct document *)base;
    struct buffer word = BUFFER_INIT;
    int byte;
    bool ok = true;

    *rows = &d->rows;
    d->any_row = d->rows_ended = false;
    if (!look(d, &byte, err))
        return false;
    if (byte == '[') {
        d->window.at++;
    } else if (byte == 'n') {
        d->rows_ended = true;
        ok = document_value(base, &word, err);
    } else {
        ok = expect(d, byte, err, "'[': the rows of a table are a sequence");
    }
    buffer_release(&word);
    return ok;
}

static bool document_row(struct rows_reader *r, const struct shape *shape, struct row_builder *row, bool *more,
                         struct error *err)
{
    struct document *d = document_of_rows(r);
    struct window *w = &d->window;
    struct json_cursor c;
    enum cut cut;
    int byte;

    *more = false;
    w->at += d->wrong;
    d->wrong = 0;
    if (d->rows_ended)
        return true;
    if (!look(d, &byte, err))
        return false;
    if (byte == ']') {
        w->at++;
        d->rows_ended = true;
        return true;
    }
    if (d->any_row) {
        if (byte != ',')
            return expect(d, byte, err, "',' or ']' after a row");
        w->at++;
        if (!look(d, &byte, err))
            return false;
    }
    if (byte == NO_BYTE)
        return expect(d, byte, err, "row");
    d->any_row = true;
    d->line = window_line(w);
    if (!load_value(d, &c, &cut, err))
        return false;
    d->wrong = cut == CUT_NOT ? c.len : 0;
    if (!row_json_take(&c, shape, row, &d->problem) || ends_cut(&c, cut))
        return !refuse_cut(d, &c, cut, "row", err) && refuse_row(w, w->at + c.at, err, shape, &d->problem);
    d->wrong = 0;
    w->at += c.at;
    *more = true;
    return true;
}

/* Where a quote is missing the end of the row is found in the wrong place: what follows must look like another row, as far as
 * it has been read. */
static bool document_may_go_on(const struct rows_reader *r)
{
    const struct document *d = (const struct document *)((const char *)r - offsetof(struct document, rows));
    const struct buffer *text = &d->window.text;
    size_t at = d->window.at + d->wrong;

    while (at < text->len && json_is_space(text->data[at]))
        at++;
    if (!d->wrong || at == text->len || text->data[at] == ']')
        return d->wrong > 0;
    if (text->data[at++] != ',')
        return false;
    while (at < text->len && json_is_space(text->data[at]))
        at++;
    return at == text->len || text->data[at] == '{';
}

static void document_place(const struct document_reader *base, struct buffer *text)
{
    const struct document *d = (const struct document *)base;

    buffer_text(text, input_name(d->window.in));
    if (d->line)
        buffer_printf(text, ":%zu", d->line);
}

static void document_row_place(const struct rows_reader *r, struct buffer *text)
{
    const struct document *d = (const struct document *)((const char *)r - offsetof(struct document, rows));

    document_place(&d->base, text);
}

/* The rows are the document's. */
static void document_rows_free(struct rows_reader *r)
{
    (void)r;
}

static void document_free(struct document_reader *base)
{
    struct document *d = (struct document *)base;

    if (!d)
        return;
    window_release(&d->window);
    buffer_release(&d->problem.text);
    buffer_release(&d->key);
    free(d);
}

static const struct rows_reader_ops document_rows_ops = {
    .row = document_row,
    .may_go_on = document_may_go_on,
    .place = document_row_place,
    .free = document_rows_free,
};

static const struct document_reader_ops document_ops = {
    .member = document_member,
    .value = document_value,
    .rows = document_rows,
    .place = document_place,
    .free = document_free,
};

struct document_reader *document_reader_json(struct input *in, const struct limits *limits)
{
    struct document *d = mem_alloc(sizeof *d);

    d->base.ops = &document_ops;
    d->rows.ops = &document_rows_ops;
    d->limits = limits;
    window_init(&d->window, in);
    return &d->base;
}
