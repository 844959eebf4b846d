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

void help_overview(struct buffer *out)
{
    buffer_text(out, "simulark " SIMULARK_VERSION ": carries Simulark projects out of PostgreSQL and back\n\n"
                     "Usage: simulark COMMAND [OPTIONS] …\n\n");
    for (size_t i = 0; commands[i]; i++)
        buffer_printf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    buffer_text(out, "\n`simulark help COMMAND` shows a command's options and examples.\n\n"
                     "The database is named with --dbname, else by SIMULARK_DATABASE_URL,\n"
                     "DATABASE_URL or libpq's PG* variables; without any of them a private local\n"
                     "PostgreSQL is started (see `simulark help local`).\n");
}

void help_command(struct buffer *out, const struct command *command)
{
    buffer_printf(out, "simulark %s: %s\n\nUsage: simulark %s [OPTIONS]%s%s\n\n%s\n", command->name, command->summary,
                  command->name, *command->operands ? " " : "", command->operands, command->about);
    if (command->options->name) {
        buffer_text(out, "\nOptions:\n");
        append_options(out, command->options);
    }
    buffer_text(out, "\nOptions of all commands:\n");
    append_options(out, common_options);
    buffer_printf(out, "\nExamples:\n%s", command->examples);
}

static enum status run(struct cli *cli, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    const char *name = cli->arguments.noperands ? cli->arguments.operands[0] : NULL;
    const struct command *command = name ? command_find(name) : NULL;

    if (name && !command) {
        error_set(err, STATUS_USAGE, "There is no command \"%s\".", name);
        error_hint(err, "`simulark help` lists the commands.");
        return err->status;
    }
    if (command)
        help_command(&text, command);
    else
        help_overview(&text);
    fputs(buffer_string(&text), stdout);
    buffer_release(&text);
    return STATUS_OK;
}

static const struct option_spec options[] = {{NULL, 0, NULL, NULL}};

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "explain a command",
    .about = "Shows what a command does, its options, and examples.",
    .options = options,
    .examples = "  simulark help\n  simulark help export\n",
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
