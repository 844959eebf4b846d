#include "progress.h"

#include "simulark/cmd/cmd.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MOVES 100       /* milliseconds between two looks of the moving line */
#define FIRST_LINES 10000 /* milliseconds in which plain lines come every second; then every ten */

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what is said ---- */

/* "0:07", "1:02:03" */
static void put_time(struct buffer *text, int64_t seconds)
{
    if (seconds >= 3600)
        buffer_printf(text, "%lld:%02d:%02d", (long long)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    else
        buffer_printf(text, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

static void put_rows(struct buffer *text, const struct progress *p)
{
    char done[32];
    char all[32];

    if (p->expected > 0 && p->all_rows <= p->expected)
        buffer_printf(text, " %d%%, %s of %s rows", (int)(p->all_rows * 100 / p->expected), with_commas(p->all_rows, done),
                      with_commas(p->expected, all));
    else
        buffer_printf(text, " %s row%s", with_commas(p->all_rows, done), p->all_rows == 1 ? "" : "s");
}

/* A rate is only worth saying after a second, and so is a guess at the rest. */
static void put_speed(struct buffer *text, const struct progress *p, int64_t elapsed)
{
    char size[32];

    buffer_printf(text, ", %s", human_bytes(p->bytes, size));
    if (elapsed < 1000)
        return;
    buffer_printf(text, ", %s/s", human_bytes((int64_t)((double)p->bytes * 1000 / (double)elapsed), size));
    if (p->stage == PROGRESS_DONE) {
        buffer_text(text, ", took ");
        put_time(text, (elapsed + 500) / 1000);
    } else if (p->stage != PROGRESS_FINISHING && p->expected > 0 && p->all_rows > 0 && p->all_rows <= p->expected) {
        double rest = (double)(p->expected - p->all_rows) / (double)p->all_rows;

        buffer_text(text, ", ");
        put_time(text, (int64_t)(rest * (double)elapsed / 1000 + 0.999));
        buffer_text(text, " left");
    }
}

void progress_text(struct buffer *text, const char *verb, const struct progress *p, int64_t elapsed)
{
    char rows[32];

    buffer_text(text, verb);
    if (p->stage == PROGRESS_TABLE_DONE) {
        buffer_printf(text, " %s: done, %s row%s", p->shape->table->name, with_commas(p->rows, rows), p->rows == 1 ? "" : "s");
        return;
    }
    if (p->stage == PROGRESS_ROWS && p->shape)
        buffer_printf(text, " %s", p->shape->table->name);
    buffer_byte(text, ':');
    put_rows(text, p);
    put_speed(text, p, elapsed);
    if (p->stage == PROGRESS_FINISHING)
        buffer_text(text, ", finishing");
}

/* ---- where it goes ---- */

static bool is_wanted(const struct cli *cli)
{
    if (cli->progress == PROGRESS_AUTO)
        return !cli->quiet && !cli->json && isatty(STDERR_FILENO);
    return cli->progress == PROGRESS_ALWAYS;
}

/* Never more than a line has room for: a longer one would be folded, and the next could not wipe it away. */
static void show_on_terminal(struct buffer *text)
{
    struct winsize size = {0};
    size_t width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;

    if (text->len > width) /* it holds names of tables and numbers alone: bytes are columns */
        text->len = width;
    fprintf(stderr, "\r\033[K%s", buffer_string(text));
}

static bool is_time(const struct progress_line *line, const struct progress *p, int64_t now, bool plain)
{
    if (p->stage == PROGRESS_BEGUN)
        return false;
    if (p->stage == PROGRESS_FINISHING)
        return !plain && line->moves;
    if (p->stage == PROGRESS_TABLE_DONE)
        return plain && p->rows > 0;
    if (p->stage == PROGRESS_DONE)
        return plain;
    return now - line->shown >= (!plain ? MOVES : now - line->began < FIRST_LINES ? 1000 : 10000);
}

void progress_tick(void *context, const struct progress *p)
{
    struct progress_line *line = context;
    bool plain = line->cli->progress == PROGRESS_ALWAYS; /* for logs: lines instead of one that moves */
    struct buffer text = BUFFER_INIT;
    int64_t now = milliseconds();

    line->rows = p->all_rows;
    if (p->stage == PROGRESS_BEGUN)
        line->began = line->shown = now;
    if (!is_wanted(line->cli) || !is_time(line, p, now, plain))
        return;
    progress_text(&text, line->verb, p, now - line->began);
    if (plain)
        fprintf(stderr, "%s\n", buffer_string(&text));
    else
        show_on_terminal(&text);
    fflush(stderr);
    line->moves = !plain;
    line->shown = now;
    buffer_release(&text);
}

void progress_end(struct progress_line *line, struct error *err)
{
    char rows[32];

    if (line->moves)
        fputs("\r\033[K", stderr);
    line->moves = false;
    if ((err->status == STATUS_INTERRUPTED || err->status == STATUS_TERMINATED) && line->undone && line->rows > 0)
        error_hint(err, "%s row%s had been %s.", with_commas(line->rows, rows), line->rows == 1 ? "" : "s", line->undone);
}
