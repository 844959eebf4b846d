#include "text_window.h"

#include "simulark/base/utf8.h"

void window_init(struct window *w, struct input *in)
{
    *w = (struct window){.in = in};
    buffer_reserve(&w->text, 1); /* so that there is an address to count from */
}

static void count(const char *p, const char *end, size_t *line, size_t *column)
{
    const char *newline;

    while (p < end && (newline = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        ++*line;
        *column = 0;
        p = newline + 1;
    }
    *column += utf8_count(p, (size_t)(end - p));
}

static void count_to(struct window *w, size_t place)
{
    if (place > w->counted)
        count(w->text.data + w->counted, w->text.data + place, &w->line, &w->column);
    w->counted = place;
}

size_t window_line(struct window *w)
{
    count_to(w, w->at);
    return w->line + 1;
}

bool window_fill(struct window *w, struct error *err)
{
    const char *bytes;
    size_t len;

    if (w->at) {
        count_to(w, w->at);
        w->text.len -= w->at;
        memmove(w->text.data, w->text.data + w->at, w->text.len);
        w->at = w->counted = 0;
    }
    if (!input_next(w->in, &bytes, &len, err))
        return false;
    buffer_append(&w->text, bytes, len);
    w->ended = len == 0;
    return true;
}

bool window_skip_mark(struct window *w, struct error *err)
{
    while (w->text.len < 3 && !w->ended)
        if (!window_fill(w, err))
            return false;
    w->at = w->counted = w->text.len ? utf8_mark(w->text.data, w->text.len) : 0;
    return true;
}

bool window_refuse(const struct window *w, size_t place, struct error *err, const char *format, ...)
{
    struct buffer where = BUFFER_INIT;
    size_t line = w->line;
    size_t column = w->column;
    va_list args;

    if (place > w->counted)
        count(w->text.data + w->counted, w->text.data + place, &line, &column);
    buffer_printf(&where, "%s:%zu:%zu", input_name(w->in), line + 1, column + 1);
    va_start(args, format);
    error_vset_at(err, STATUS_MALFORMED, buffer_string(&where), format, args);
    va_end(args);
    buffer_release(&where);
    return false;
}

void window_release(struct window *w)
{
    buffer_release(&w->text);
}
