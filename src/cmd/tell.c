#include "simulark/base/utf8.h"
#include "simulark/cmd/cmd.h"
#include "simulark/model/table.h"

#include <stdio.h>

/* Characters that move the cursor, start escape sequences or turn the direction of text. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

void show_character(struct buffer *out, uint32_t c, const char *text, size_t len)
{
    if (c == '\n')
        buffer_text(out, "\\n");
    else if (c == '\t')
        buffer_text(out, "\\t");
    else if (is_unsafe(c))
        buffer_printf(out, "\\u%04x", (unsigned)c);
    else
        buffer_append(out, text, len);
}

/* One line of text for people; what is no valid UTF-8 becomes "?". */
__attribute__((format(printf, 2, 0))) static void print_shown(FILE *stream, const char *format, va_list args)
{
    struct buffer text = BUFFER_INIT;
    struct buffer shown = BUFFER_INIT;

    buffer_vprintf(&text, format, args);
    for (size_t at = 0; at < text.len;) {
        size_t used = utf8_length(text.data + at, text.len - at);

        if (used)
            show_character(&shown, utf8_decode(text.data + at, &used), text.data + at, used);
        else
            buffer_byte(&shown, '?');
        at += used ? used : 1;
    }
    buffer_byte(&shown, '\n');
    if (stream == stderr) /* where both go to one place, they stand in order */
        fflush(stdout);
    fwrite(shown.data, 1, shown.len, stream);
    buffer_release(&text);
    buffer_release(&shown);
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_shown(stdout, format, args);
    va_end(args);
}

void tell_always(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_shown(stderr, format, args);
    va_end(args);
}

void tell(const struct cli *cli, const char *format, ...)
{
    va_list args;

    if (cli->quiet || cli->json)
        return;
    va_start(args, format);
    print_shown(stderr, format, args);
    va_end(args);
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

void tell_rows(const struct cli *cli, const int64_t *rows)
{
    char number[32];

    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (rows[i] > 0)
            tell(cli, "  %-20s %12s", tables[i].name, with_commas(rows[i], number));
}

void tell_audited(struct cli *cli, bool audited, struct error *problem)
{
    if (!audited)
        tell(cli, "simulark: note: the export is not in the audit log: %s",
             error_is_set(problem) ? buffer_string(&problem->message) : "the database has no audit_logs.");
    json_object_set_new(cli->result, "audited", json_boolean(audited));
}

void tell_ignored(const struct cli *cli, const char *path, const char *const *ignored)
{
    for (size_t i = 0; !cli->quiet && ignored && ignored[i]; i++)
        tell_always("simulark: note: %s%s%s is no part of a bundle and was left alone.", path,
                    path[strlen(path) - 1] == '/' ? "" : "/", ignored[i]);
}

const char *output_place(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard output" : path;
}

bool check_output(const struct cli *cli, const char *path, struct error *err)
{
    return !cli->json || strcmp(path, "-") != 0 ||
           error_set(err, STATUS_USAGE, "--json and -o - cannot both write to standard output.");
}
