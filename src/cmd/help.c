#include "simulark/cmd/cmd.h"

#include <stdio.h>

#define OPTION_WIDTH 26 /* column where the explanation begins */

static void append_options(struct buffer *out, const struct option_spec *specs)
{
    for (const struct option_spec *spec = specs; spec->name; spec++) {
        size_t start = out->len;

        if (spec->letter)
            buffer_printf(out, "  -%c, --%s", spec->letter, spec->name);
        else
            buffer_printf(out, "      --%s", spec->name);
        if (spec->argument)
            buffer_printf(out, " %s", spec->argument);
        if (out->len - start > OPTION_WIDTH - 2)
            buffer_printf(out, "\n%*s", OPTION_WIDTH, "");
        else
            buffer_printf(out, "%*s", (int)(OPTION_WIDTH - (out->len - start)), "");
        buffer_printf(out, "%s\n", spec->help);
    }
}

static void append_commands(struct buffer *out, const struct command *const *list)
{
    for (size_t i = 0; list[i]; i++)
        buffer_printf(out, "  %-10s %s\n", command_word(list[i]), list[i]->summary);
}

void help_overview(struct buffer *out)
{
    buffer_text(out, "simulark " SIMULARK_VERSION ": carries Simulark projects out of PostgreSQL and back\n\n"
                     "Usage: simulark COMMAND [OPTIONS] …\n\n");
    append_commands(out, commands);
    buffer_text(out, "\n`simulark help COMMAND` shows a command's options and examples.\n\n"
                     "The database is named with --dbname, else by SIMULARK_DATABASE_URL,\n"
                     "DATABASE_URL or libpq's PG* variables; without any of them a private local\n"
                     "PostgreSQL is started (see `simulark help local`).\n");
}

static void append_family(struct buffer *out, const struct command *family)
{
    buffer_printf(out, "simulark %s: %s\n\nUsage: simulark %s WORD [OPTIONS] …\n\n%s\n\nWords:\n", family->name,
                  family->summary, family->name, family->about);
    append_commands(out, family->words);
    buffer_printf(out, "\n`simulark help %s WORD` shows a word's options and examples.\n", family->name);
}

void help_command(struct buffer *out, const struct command *command)
{
    if (command->words) {
        append_family(out, command);
    } else {
        buffer_printf(out, "simulark %s: %s\n\nUsage: simulark %s [OPTIONS]%s%s\n\n%s\n", command->name,
                      command->summary, command->name, *command->operands ? " " : "", command->operands, command->about);
        if (command->options) {
            buffer_text(out, "\nOptions:\n");
            append_options(out, command->options);
        }
        buffer_text(out, "\nOptions of all commands:\n");
        append_options(out, common_options);
    }
    buffer_printf(out, "\nExamples:\n%s", command->examples);
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
    if (command)
        help_command(&text, command);
    else
        help_overview(&text);
    fputs(buffer_string(&text), stdout);
    buffer_release(&text);
    return STATUS_OK;
}

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND [WORD]]",
    .summary = "explain a command",
    .about = "Shows what a command does, its options, and examples.",
    .examples = "  simulark help\n  simulark help export\n  simulark help schema apply\n",
    .min_operands = 0,
    .max_operands = 2,
    .run = run,
};
