#include "simulark/base/utf8.h"
#include "simulark/cmd/cmd.h"

#include <stdio.h>

#define OPTION_WIDTH 26 /* column where the explanation begins */

/* ---- folding ---- */

/* Appends words, in lines of at most HELP_WIDTH columns, each but the first behind indent blanks; at: where the first begins. */
static void append_folded(struct buffer *out, const char *text, size_t len, size_t indent, size_t at)
{
    bool first = true;

    for (size_t i = 0; i < len;) {
        size_t gap = strspn(text + i, " \n");
        size_t word = i + gap < len ? strcspn(text + i + gap, " \n") : 0;
        size_t width;

        if (!word)
            break;
        if (i + gap + word > len)
            word = len - i - gap;
        width = utf8_count(text + i + gap, word);
        if (!first && at + 1 + width > HELP_WIDTH) {
            buffer_printf(out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        buffer_text(out, first ? "" : " ");
        buffer_append(out, text + i + gap, word);
        at += width + !first;
        first = false;
        i += gap + word;
    }
    buffer_byte(out, '\n');
}

/* Paragraphs and, as they are, lines that begin with a blank. */
static void append_paragraphs(struct buffer *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        if (len && *text != ' ')
            while (text[len] && text[len + 1] && text[len + 1] != '\n' && text[len + 1] != ' ')
                len += 1 + strcspn(text + len + 1, "\n");
        if (len && *text != ' ') {
            append_folded(out, text, len, 0, 0);
        } else {
            buffer_append(out, text, len);
            buffer_byte(out, '\n');
        }
        text += len + (text[len] == '\n');
    }
}

/* ---- options ---- */

static void append_option(struct buffer *out, const struct option_spec *spec)
{
    size_t start = out->len;
    size_t width;

    if (option_is_heading(spec)) {
        buffer_printf(out, "\n%s:\n", spec->help);
        return;
    }
    if (spec->letter)
        buffer_printf(out, "  -%c, --%s", spec->letter, spec->name);
    else
        buffer_printf(out, "      --%s", spec->name);
    if (spec->argument)
        buffer_printf(out, " %s", spec->argument);
    width = out->len - start;
    if (width > OPTION_WIDTH - 2)
        buffer_printf(out, "\n%*s", OPTION_WIDTH, "");
    else
        buffer_printf(out, "%*s", (int)(OPTION_WIDTH - width), "");
    append_folded(out, spec->help, strlen(spec->help), OPTION_WIDTH, OPTION_WIDTH);
}

static void append_options(struct buffer *out, const struct option_spec *specs, const char *heading)
{
    if (!specs)
        return;
    if (specs->name && !option_is_heading(specs))
        buffer_printf(out, "\n%s:\n", heading);
    for (const struct option_spec *spec = specs; spec->name; spec++)
        append_option(out, spec);
}

/* ---- pages ---- */

static void append_commands(struct buffer *out, const struct command *const *list)
{
    const char *group = NULL;

    for (size_t i = 0; list[i]; i++) {
        if (!list[i]->summary)
            continue;
        if (list[i]->group && list[i]->group != group) {
            buffer_printf(out, "\n%s:\n", list[i]->group);
            group = list[i]->group;
        }
        buffer_printf(out, "  %-11s ", command_word(list[i]));
        append_folded(out, list[i]->summary, strlen(list[i]->summary), 14, 14);
    }
}

static void append_overview(struct buffer *out)
{
    buffer_text(out, "simulark " SIMULARK_VERSION ": carries Simulark projects out of PostgreSQL and back\n\n"
                     "Usage: simulark COMMAND [OPTIONS] …\n");
    append_commands(out, commands);
    buffer_text(out, "\n`simulark help COMMAND` shows a command's options and examples.\n\n"
                     "The database is named with --dbname, else by SIMULARK_DATABASE_URL,\n"
                     "DATABASE_URL or libpq's PG* variables; without any of them a private local\n"
                     "PostgreSQL is started (see `simulark help local`).\n\n"
                     "Begin with:\n"
                     "  simulark export --project 'Online shop' -o shop.ark\n"
                     "  simulark import shop.ark\n");
}

static void append_family(struct buffer *out, const struct command *family)
{
    buffer_printf(out, "\nUsage: simulark %s WORD [OPTIONS] …\n\n", family->name);
    append_paragraphs(out, family->about);
    buffer_text(out, "\nWords:\n");
    append_commands(out, family->words);
    buffer_printf(out, "\n`simulark help %s WORD` shows a word's options and examples.\n", family->name);
}

static void append_command(struct buffer *out, const struct command *command)
{
    buffer_printf(out, "simulark %s: ", command->name);
    append_folded(out, command->summary, strlen(command->summary), 4, strlen("simulark : ") + strlen(command->name));
    if (command->words) {
        append_family(out, command);
    } else {
        buffer_printf(out, "\nUsage: simulark %s [OPTIONS]%s%s\n\n", command->name, *command->operands ? " " : "",
                      command->operands);
        append_paragraphs(out, command->about);
        append_options(out, command->options, "Options");
        append_options(out, common_options_of(command), "Of every command");
    }
    buffer_printf(out, "\nExamples:\n%s", command->examples);
}

void help_page(struct buffer *out, const struct command *command)
{
    if (command)
        append_command(out, command);
    else
        append_overview(out);
}

static enum status run(struct cli *cli, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    const struct command *const *list = commands;
    const struct command *command = NULL;

    for (size_t i = 0; i < cli->arguments.noperands; i++) {
        if (!list) {
            error_set(err, STATUS_USAGE, "`simulark %s` has no words behind it.", command->name);
            return err->status;
        }
        command = command_find(list, command, cli->arguments.operands[i], err);
        if (!command)
            return err->status;
        list = command->words;
    }
    if (argument_given(&cli->arguments, "man"))
        manual_page(&text, command);
    else
        help_page(&text, command);
    cli->result = json_pack("{s:s}", "help", buffer_string(&text));
    if (!cli->json)
        fwrite(text.data, 1, text.len, stdout);
    buffer_release(&text);
    return STATUS_OK;
}

static const struct option_spec options[] = {
    {"man", 0, NULL, "as a page for man, in roff: `simulark help --man export | man -l -`"},
    {NULL, 0, NULL, NULL},
};

const struct command command_help = {
    .name = "help",
    .group = "Help",
    .operands = "[COMMAND [WORD]]",
    .summary = "explain a command",
    .about = "Shows what a command does, its options, and examples.",
    .options = options,
    .examples = "  simulark help\n"
                "  simulark help export\n"
                "  simulark help schema apply\n",
    .min_operands = 0,
    .max_operands = 2,
    .offline = true,
    .run = run,
};
