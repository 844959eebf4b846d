#include "simulark/cmd/cmd.h"
#include "simulark/model/manifest.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

void tell_always(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void tell(const struct cli *cli, const char *format, ...)
{
    va_list args;

    if (cli->quiet || cli->json)
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

const char *with_commas(int64_t number, char text[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    size_t at = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0 && digits[i - 1] != '-')
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

const char *human_bytes(int64_t bytes, char text[32])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;

    for (; value >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
        value /= 1024;
    snprintf(text, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

json_t *rows_to_json(const int64_t *rows)
{
    json_t *object = json_object();

    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (rows[i] >= 0)
            json_object_set_new(object, tables[i].name, json_integer((json_int_t)rows[i]));
    return object;
}

void tell_rows(const struct cli *cli, const int64_t *rows)
{
    char number[32];

    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (rows[i] > 0)
            tell(cli, "  %-20s %12s", tables[i].name, with_commas(rows[i], number));
}

void tell_ignored(const struct cli *cli, const char *path, const char *const *ignored)
{
    for (size_t i = 0; !cli->quiet && ignored && ignored[i]; i++)
        tell_always("simulark: note: %s/%s is no part of a bundle and was left alone.", path, ignored[i]);
}

/* ---- progress ---- */

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_wanted(const struct cli *cli)
{
    if (cli->progress == PROGRESS_AUTO)
        return !cli->quiet && !cli->json && isatty(STDERR_FILENO);
    return cli->progress == PROGRESS_ALWAYS;
}

void progress_tick(void *context, const struct shape *shape, int64_t rows)
{
    struct progress_line *line = context;
    bool lines = line->cli->progress == PROGRESS_ALWAYS; /* for logs: a line a second instead of one that changes */
    int64_t now;
    char done[32];
    char all[32];

    if (rows % 256 != 0 || !is_wanted(line->cli))
        return;
    now = milliseconds();
    if (now - line->shown < (lines ? 1000 : 100))
        return;
    line->shown = now;
    fprintf(stderr, "%s%s %s: %s", lines ? "" : "\r\033[K", line->verb, shape->table->name, with_commas(rows, done));
    if (shape->rows > 0)
        fprintf(stderr, " of %s rows", with_commas(shape->rows, all));
    fputs(lines ? "\n" : "", stderr);
    fflush(stderr);
}

void progress_end(struct progress_line *line)
{
    if (line->shown && line->cli->progress != PROGRESS_ALWAYS)
        fputs("\r\033[K", stderr);
    line->shown = 0;
}
