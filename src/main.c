#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/base/temporary.h"
#include "simulark/cmd/cmd.h"
#include "simulark/cmd/endings.h"
#include "simulark/cmd/secrets.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where standard input, output or error are closed, the next file opened would take their number, and what is meant for people
 * would go into it. Nothing can be written in their place: a report that went nowhere is noticed as on a full disk. */
static void open_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

/* ---- what is printed at the end ---- */

#define DETAILS_SHOWN 20 /* on a terminal; what is piped or logged is for programs, too, and whole */

static void print_error_json(struct error *err)
{
    json_t *details = json_array();
    json_t *object;
    char *text;

    for (size_t i = 0; i < err->ndetails; i++)
        json_array_append_new(details, text_to_json(err->details[i]));
    object = json_pack("{s:{s:s, s:i, s:o, s:o, s:o}}", "error", "code", status_name(err->status), "exit", (int)err->status,
                       "message", text_to_json(buffer_string(&err->message)), "hint",
                       err->hint.len ? text_to_json(buffer_string(&err->hint)) : json_null(), "details", details);
    text = json_dumps(object, JSON_COMPACT);
    fprintf(stderr, "%s\n", text);
    free(text);
    json_decref(object);
}

static void print_details(const struct cli *cli, const struct error *err)
{
    bool all = cli->verbose || err->ndetails <= DETAILS_SHOWN || !isatty(STDERR_FILENO);
    size_t shown = all ? err->ndetails : DETAILS_SHOWN;

    for (size_t i = 0; i < shown; i++)
        tell_always("  %s", err->details[i]);
    if (!all)
        tell_always("  … and %zu more; --verbose lists all of them.", err->ndetails - shown);
}

static void print_error(const struct cli *cli, struct error *err)
{
    secrets_hide(err->message.data, err->message.len);
    secrets_hide(err->hint.data, err->hint.len);
    for (size_t i = 0; i < err->ndetails; i++)
        secrets_hide(err->details[i], strlen(err->details[i]));
    if (cli->json) {
        print_error_json(err);
        return;
    }
    tell_always("simulark: %s", buffer_string(&err->message));
    print_details(cli, err);
    if (err->hint.len)
        tell_always("%s", buffer_string(&err->hint));
}

/* What was printed counts only once it has arrived: a full disk shows at the close. */
static bool close_stdout(struct error *err)
{
    bool failed = ferror(stdout) != 0;

    if (fclose(stdout) == 0 && !failed)
        return true;
    error_set(err, STATUS_FILE, "Cannot write to standard output.");
    error_hint(err, "What it printed is cut short; what else it was asked to do is done.");
    return false;
}

/* ---- the command line ---- */

static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

static bool read_common_options(struct cli *cli, struct error *err)
{
    static const char *const when[] = {"auto", "always", "never", NULL};
    const struct arguments *a = &cli->arguments;
    int progress = argument_choice(a, "progress", when, PROGRESS_AUTO, err);

    cli->quiet = argument_given(a, "quiet");
    cli->verbose = argument_given(a, "verbose");
    cli->color = !argument_given(a, "no-color") && !getenv("NO_COLOR") && isatty(STDOUT_FILENO);
    cli->progress = (enum progress_when)progress;
    return progress >= 0;
}

/* The first line of a command's examples, without the blanks before it and a comment behind it. */
static void append_example(struct buffer *text, const struct command *command)
{
    const char *example = command->examples + strspn(command->examples, " ");
    size_t len = strcspn(example, "\n");
    const char *blanks = memmem(example, len, "  ", 2);

    buffer_append(text, example, blanks ? (size_t)(blanks - example) : len);
}

static void hint_usage(const struct command *command, struct error *err)
{
    struct buffer example = BUFFER_INIT;

    append_example(&example, command);
    error_hint(err, "Usage: simulark %s [OPTIONS]%s%s, for instance `%s`.", command->name, *command->operands ? " " : "",
               command->operands, buffer_string(&example));
    buffer_release(&example);
}

static bool refuse_operand(const struct command *command, const struct arguments *a, struct error *err)
{
    const char *more = a->operands[command->max_operands];

    error_set(err, STATUS_USAGE, "\"%s\" is more than `simulark %s` takes.", more, command->name);
    if (!command->max_operands && option_named(a, "project", strlen("project")))
        error_hint(err, "A project is named by an option: --project '%s'.", more);
    else
        hint_usage(command, err);
    return false;
}

/* Options that mean one thing: the last of several would win without a word. */
static bool check_single(const struct arguments *a, struct error *err)
{
    static const char *const single[] = {"output", "dbname", "from", "to", "owner", "as", "format", NULL};

    for (size_t i = 0; i < a->ngiven; i++)
        for (size_t j = 0; j < i; j++)
            for (size_t n = 0; single[n]; n++)
                if (a->given[i].spec == a->given[j].spec && strcmp(a->given[i].spec->name, single[n]) == 0 &&
                    strcmp(a->given[i].value, a->given[j].value) != 0) {
                    error_set(err, STATUS_USAGE, "--%s is there twice, with \"%s\" and with \"%s\".", single[n],
                              a->given[j].value, a->given[i].value);
                    error_hint(err, "Leave one of them out.");
                    return false;
                }
    return true;
}

static bool check_operands(const struct command *command, const struct arguments *a, struct error *err)
{
    for (size_t i = 0; i < a->noperands; i++)
        if (!*a->operands[i] && command->summary)
            return error_set(err, STATUS_USAGE, "One of the words behind `simulark %s` is empty.", command->name);
    for (size_t i = 0; i < a->ngiven; i++)
        if (a->given[i].spec->argument && !*a->given[i].value)
            return error_set(err, STATUS_USAGE, "The value of --%s is empty.", a->given[i].spec->name);
    if (a->noperands > command->max_operands)
        return refuse_operand(command, a, err);
    if (a->noperands >= command->min_operands)
        return check_single(a, err);
    error_set(err, STATUS_USAGE, "`simulark %s` needs %s.", command->name, command->operands);
    hint_usage(command, err);
    return false;
}

static void give_help(struct cli *cli, FILE *stream, const struct command *command)
{
    struct buffer text = BUFFER_INIT;

    help_page(&text, command);
    if (cli->json)
        cli->result = json_pack("{s:s}", "help", buffer_string(&text));
    else
        fwrite(text.data, 1, text.len, stream);
    buffer_release(&text);
}

/* A command may have an option of this name that takes a value. */
static bool wants_version(const struct arguments *a)
{
    for (size_t i = 0; i < a->ngiven; i++)
        if (!a->given[i].spec->argument && strcmp(a->given[i].spec->name, "version") == 0)
            return true;
    return false;
}

static void refuse_family(const struct command *family, struct error *err)
{
    struct buffer words = BUFFER_INIT;

    for (size_t i = 0; family->words[i]; i++)
        buffer_printf(&words, "%s%s", !i ? "" : family->words[i + 1] ? ", " : " or ", command_word(family->words[i]));
    error_set(err, STATUS_USAGE, "Say what `simulark %s` shall do: %s.", family->name, buffer_string(&words));
    error_hint(err, "`simulark help %s` explains them.", family->name);
    buffer_release(&words);
}

/* The words behind the program's name, without the command. */
static enum status run(struct cli *cli, const struct command *command, int argc, char **argv, struct error *err)
{
    cli->arguments.specs[0] = command ? command->options : NULL;
    cli->arguments.specs[1] = common_options_taken(command);
    if (!arguments_parse(&cli->arguments, argc, argv, err))
        return err->status;
    if (wants_version(&cli->arguments)) {
        cli->result = json_pack("{s:s}", "version", SIMULARK_VERSION);
        if (!cli->json)
            puts("simulark " SIMULARK_VERSION);
        return STATUS_OK;
    }
    if (argument_given(&cli->arguments, "help")) {
        give_help(cli, stdout, command);
        return STATUS_OK;
    }
    if (!command) {
        if (!cli->json)
            give_help(cli, stderr, NULL);
        error_set(err, STATUS_USAGE, "Say which command.");
        error_hint(err, "`simulark help` lists the commands.");
        return err->status;
    }
    if (command->words) {
        refuse_family(command, err);
        return err->status;
    }
    if (!read_common_options(cli, err) || !check_operands(command, &cli->arguments, err))
        return err->status;
    return command->run(cli, err);
}

static enum status find_and_run(struct cli *cli, int argc, char **argv, struct error *err)
{
    const struct command *command = NULL;

    argc--;
    argv++;
    if (!command_take(&argc, argv, &command, err))
        return err->status;
    return run(cli, command, argc, argv, err);
}

int main(int argc, char **argv)
{
    struct cli cli = {.json = wants_json(argc, argv)};
    struct error err = ERROR_INIT;
    enum status status;

    setlocale(LC_CTYPE, "C.UTF-8");
    open_standard_descriptors();
    endings_install(cli.json);
    secrets_hide_words(argc, argv);
    json_set_alloc_funcs(mem_alloc, free);
    if (getenv("TMPDIR"))
        temporary_use_folder(getenv("TMPDIR"));
    status = find_and_run(&cli, argc, argv, &err);
    if (!error_is_set(&err) && cli.json && cli.result) {
        json_dumpf(cli.result, stdout, JSON_COMPACT);
        putchar('\n');
    }
    if (!error_is_set(&err) && !close_stdout(&err))
        status = err.status;
    if (error_is_set(&err))
        print_error(&cli, &err);
    json_decref(cli.result);
    arguments_release(&cli.arguments);
    error_release(&err);
    endings_expect();
    return (int)status;
}
