#include "diff_output.h"
#include "simulark/base/utf8.h"
#include "simulark/cmd/cmd.h"

#include <stdio.h>

#define WIDTH 60  /* characters of a value that are shown */
#define BEFORE 16 /* of them in front of where two long values begin to differ */

enum color { BOLD = 1, RED = 31, GREEN = 32, YELLOW = 33 };

static void paint(struct diff_text *t, enum color color)
{
    if (t->color)
        buffer_printf(&t->line, "\033[%dm", (int)color);
}

static void plain(struct diff_text *t)
{
    if (t->color)
        buffer_text(&t->line, "\033[m");
}

static void print_line(struct diff_text *t)
{
    buffer_byte(&t->line, '\n');
    fwrite(t->line.data, 1, t->line.len, stdout);
    buffer_clear(&t->line);
}

/* ---- values ---- */

/* One line of text, from a place on, shortened. */
static void show_text(struct buffer *out, const char *text, size_t len, size_t from)
{
    size_t shown = 0;

    if (from)
        buffer_text(out, "…");
    for (size_t at = from; at < len; shown++) {
        size_t used = utf8_length(text + at, len - at);

        if (shown == WIDTH) {
            buffer_text(out, "…");
            return;
        }
        if (used)
            show_character(out, utf8_decode(text + at, &used), text + at, used);
        else
            buffer_text(out, "?");
        at += used ? used : 1;
    }
}

static void show_cell(struct buffer *out, const struct cell *cell, size_t from)
{
    bool quoted;

    if (!cell->text) {
        buffer_text(out, "NULL");
        return;
    }
    quoted = !cell->len || cell->text[0] == ' ' || cell->text[cell->len - 1] == ' ' ||
             (cell->len == 4 && memcmp(cell->text, "NULL", 4) == 0);
    buffer_text(out, quoted ? "\"" : "");
    show_text(out, cell->text, cell->len, from);
    buffer_text(out, quoted ? "\"" : "");
}

/* Where to begin showing two long values, so that what differs is seen. */
static size_t common_start(const struct cell *a, const struct cell *b)
{
    size_t same = 0;

    while (a->text && b->text && same < a->len && same < b->len && a->text[same] == b->text[same])
        same++;
    if (same < WIDTH / 2 || (a->len <= WIDTH && b->len <= WIDTH))
        return 0;
    return utf8_cut(a->text, a->len, same - BEFORE);
}

/* ---- headings ---- */

static void heading(struct diff_text *t, const char *table)
{
    if (t->table && strcmp(t->table, table) == 0)
        return;
    if (!t->table) {
        paint(t, RED);
        buffer_printf(&t->line, "--- %s", t->names[0]);
        plain(t);
        print_line(t);
        paint(t, GREEN);
        buffer_printf(&t->line, "+++ %s", t->names[1]);
        plain(t);
        print_line(t);
    }
    t->table = table;
    paint(t, BOLD);
    buffer_text(&t->line, table);
    plain(t);
    print_line(t);
}

/* ---- what is told ---- */

static void on_row(void *context, const struct diff_row *row)
{
    static const struct {
        const char *mark;
        enum color color;
    } marks[] = {[ROW_ADDED] = {"+", GREEN}, [ROW_REMOVED] = {"-", RED}, [ROW_CHANGED] = {"~", YELLOW}};
    struct diff_text *t = context;

    heading(t, row->table);
    paint(t, marks[row->change].color);
    buffer_printf(&t->line, "  %s", marks[row->change].mark);
    if (row->id.text) {
        buffer_byte(&t->line, ' ');
        show_text(&t->line, row->id.text, row->id.len, 0);
    } else {
        buffer_text(&t->line, " the bundle");
    }
    plain(t);
    if (row->name.text) {
        buffer_text(&t->line, " \"");
        show_text(&t->line, row->name.text, row->name.len, 0);
        buffer_byte(&t->line, '"');
    }
    print_line(t);
}

static void on_value(void *context, const char *column, const struct difference *d)
{
    struct diff_text *t = context;
    bool inside = *d->path != '\0';
    size_t from = common_start(&d->from, &d->to);

    buffer_text(&t->line, inside && !d->from.text ? "    + " : inside && !d->to.text ? "    - " : "      ");
    show_text(&t->line, column, strlen(column), 0);
    if (inside && *d->path != '[')
        buffer_byte(&t->line, '.');
    show_text(&t->line, d->path, strlen(d->path), 0);
    buffer_text(&t->line, d->order ? ": order " : ": ");
    if (!inside || d->from.text) {
        paint(t, RED);
        show_cell(&t->line, &d->from, from);
        plain(t);
    }
    if (!inside || (d->from.text && d->to.text))
        buffer_text(&t->line, " -> ");
    if (!inside || d->to.text) {
        paint(t, GREEN);
        show_cell(&t->line, &d->to, from);
        plain(t);
    }
    print_line(t);
}

static void on_lacking(void *context, const struct diff_lacking *lacking)
{
    struct diff_text *t = context;
    char rows[32];

    heading(t, lacking->table);
    paint(t, lacking->added ? GREEN : RED);
    buffer_printf(&t->line, "  %s ", lacking->added ? "+" : "-");
    if (lacking->column) {
        buffer_text(&t->line, "column ");
        show_text(&t->line, lacking->column, strlen(lacking->column), 0);
    } else {
        buffer_text(&t->line, "the whole table");
    }
    plain(t);
    buffer_printf(&t->line, ": only in %s, with values in %s row%s", t->names[lacking->added ? 1 : 0],
                  with_commas(lacking->rows, rows), lacking->rows == 1 ? "" : "s");
    print_line(t);
}

struct diff_events diff_text_events(struct diff_text *text)
{
    return (struct diff_events){.row = on_row, .value = on_value, .lacking = on_lacking, .context = text};
}

void diff_text_release(struct diff_text *text)
{
    buffer_release(&text->line);
}

/* ---- counts ---- */

static void print_counts(struct diff_text *t, const char *name, const struct diff_counts *c)
{
    char added[32], removed[32], changed[32];

    if (!c->added && !c->removed && !c->changed)
        return;
    buffer_printf(&t->line, "%-20s", name);
    paint(t, GREEN);
    buffer_printf(&t->line, "%12s added", with_commas(c->added, added));
    plain(t);
    paint(t, RED);
    buffer_printf(&t->line, "%12s removed", with_commas(c->removed, removed));
    plain(t);
    paint(t, YELLOW);
    buffer_printf(&t->line, "%12s changed", with_commas(c->changed, changed));
    plain(t);
    print_line(t);
}

void diff_text_counts(struct diff_text *text, const struct diff_report *report)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        print_counts(text, tables[i].name, &report->tables[i]);
    print_counts(text, "assets", &report->assets);
}
