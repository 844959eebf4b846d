/* What could stand where somebody is typing: the shells' completions ask this hidden command, so that they follow the tables of
 * commands and options, and the names in the database, by themselves.
 *
 * A candidate is a line "word<TAB>what it is"; a line without a tab says ":files": the shell's own completion of paths. */
#include "simulark/base/memory.h"
#include "simulark/cmd/cmd.h"
#include "simulark/model/table.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/names.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SECONDS 2 /* that a database may take to tell its names */

/* Where somebody is typing. */
struct typing {
    const char *before; /* what stands before the word in the same argument: "--only=nodes," */
    size_t before_len;
    const char *word; /* what is typed so far */
    struct cli *cli;  /* with the words before */
};

static void offer(const struct typing *t, const char *word, size_t len, const char *what)
{
    size_t typed = strlen(t->word);

    if (len >= typed && strncmp(word, t->word, typed) == 0)
        printf("%.*s%.*s\t%s\n", (int)t->before_len, t->before, (int)len, word, what);
}

/* ---- names in the database ---- */

static void offer_name(void *context, const char *name, const char *note)
{
    offer(context, name, strlen(name), note);
}

static void give_up(int number)
{
    (void)number;
    _exit(STATUS_OK); /* without a word: somebody is typing */
}

static void offer_names(struct typing *t, enum name_kind kind, const char *database)
{
    struct error ignored = ERROR_INIT;
    struct pg *pg;

    signal(SIGALRM, give_up);
    alarm(SECONDS);
    pg = cli_database_that_runs(t->cli, database, &ignored);
    if (pg)
        names_list(pg, kind, t->word, offer_name, t, &ignored);
    alarm(0);
    pg_free(pg);
    error_release(&ignored);
}

/* ---- values ---- */

/* "keep|new" and "times,versions": words to choose from. */
static bool is_words(const char *argument)
{
    return islower((unsigned char)*argument) && strpbrk(argument, "|,");
}

/* Goes behind the last comma that is typed. */
static void begin_item(struct typing *t)
{
    const char *comma = strrchr(t->word, ',');

    if (!comma)
        return;
    if (!t->before_len)
        t->before = t->word;
    t->before_len = (size_t)(comma + 1 - t->before);
    t->word = comma + 1;
}

static void offer_words(struct typing *t, const char *words)
{
    if (strchr(words, ','))
        begin_item(t);
    while (*words) {
        size_t len = strcspn(words, "|,");

        offer(t, words, len, "");
        words += len + (words[len] != '\0');
    }
}

static void offer_tables(struct typing *t)
{
    begin_item(t);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        offer(t, tables[i].name, strlen(tables[i].name), "");
}

static void offer_commands(const struct typing *t, const struct command *const *list)
{
    for (size_t i = 0; list[i]; i++)
        if (list[i]->summary)
            offer(t, command_word(list[i]), strlen(command_word(list[i])), list[i]->summary);
}

static void offer_words_behind(const struct typing *t, const char *name)
{
    struct error ignored = ERROR_INIT;
    const struct command *family = command_find(commands, NULL, name, &ignored);

    if (family && family->words)
        offer_commands(t, family->words);
    error_release(&ignored);
}

/* The value of an option that may be none of the command's. */
static const char *value_of(const struct arguments *a, const char *option)
{
    for (size_t i = a->ngiven; i > 0; i--)
        if (strcmp(a->given[i - 1].spec->name, option) == 0)
            return a->given[i - 1].value;
    return NULL;
}

/* Kinds of arguments, as help calls them, that are names in the database, for some options or commands only. */
static const struct {
    const char *kind;
    const char *of; /* the option's or command's name begins with it */
    enum name_kind names;
    const char *database; /* the option that names another database than usual */
} named[] = {
    {"EMAIL|ID", "owner", NAME_USER, "to"},       {"EMAIL|ID", "", NAME_USER, "from"},
    {"USER", "", NAME_USER, NULL},                {"ID|NAME", "project", NAME_PROJECT, "from"},
    {"RECEIPT", "", NAME_RECEIPT, NULL},          {"NAME", "tier ", NAME_TIER, NULL},
    {"NAME", "template ", NAME_TEMPLATE, NULL},   {"NAME|PATH", "template ", NAME_TEMPLATE, NULL},
};

static void offer_named(struct typing *t, const char *kind, const char *of)
{
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(kind, named[i].kind) == 0 && strncmp(of, named[i].of, strlen(named[i].of)) == 0) {
            offer_names(t, named[i].names, named[i].database ? value_of(&t->cli->arguments, named[i].database) : NULL);
            return;
        }
}

static bool is_path(const char *kind)
{
    static const char *const paths[] = {"PATH", "FILE", "FOLDER", "IN", "OUT", "A", "B", "SOURCE", "NAME.key", "NAME|PATH", NULL};

    for (size_t i = 0; paths[i]; i++)
        if (strcmp(kind, paths[i]) == 0)
            return true;
    return false;
}

/* What an argument of this kind can be. of: the option or command it belongs to. */
static void offer_values(struct typing *t, const char *kind, const char *of)
{
    if (is_path(kind))
        puts(":files");
    if (is_words(kind))
        offer_words(t, kind);
    else if (strcmp(kind, "TABLES") == 0)
        offer_tables(t);
    else if (strcmp(kind, "COMMAND") == 0)
        offer_commands(t, commands);
    else if (strcmp(kind, "WORD") == 0)
        offer_words_behind(t, t->cli->arguments.operands[0]);
    else
        offer_named(t, kind, of);
}

/* ---- the place of the word ---- */

static void offer_options(const struct typing *t, const struct option_spec *spec)
{
    for (; spec && spec->name; spec++) {
        char name[64];

        if (option_is_heading(spec))
            continue;
        snprintf(name, sizeof name, "--%s", spec->name);
        offer(t, name, strlen(name), spec->help);
    }
}

/* The operand that comes next: its kind is a word of "IN OUT", perhaps in brackets. */
static void offer_operand(struct typing *t, const struct command *command)
{
    const char *kinds = command->operands;
    struct buffer kind = BUFFER_INIT;
    size_t at = 0;

    for (size_t skip = t->cli->arguments.noperands; skip > 0 && strchr(kinds, ' '); skip--, at++)
        kinds = strchr(kinds, ' ') + 1;
    if (at == t->cli->arguments.noperands) {
        kinds += strspn(kinds, "[");
        buffer_append(&kind, kinds, strcspn(kinds, " ]"));
        offer_values(t, buffer_string(&kind), command->name);
    }
    buffer_release(&kind);
}

/* The option whose value the word is: the last of the words before, or within the word itself: "--ids=k". */
static const struct option_spec *option_before(struct typing *t, size_t nwords, char **words)
{
    const struct arguments *a = &t->cli->arguments;
    const char *equals = strncmp(t->word, "--", 2) == 0 ? strchr(t->word, '=') : NULL;

    if (equals) {
        const struct option_spec *spec = option_named(a, t->word + 2, (size_t)(equals - t->word - 2));

        t->before = t->word;
        t->before_len = (size_t)(equals + 1 - t->word);
        t->word = equals + 1;
        return spec;
    }
    return nwords ? option_awaiting_value(a, words[nwords - 1]) : NULL;
}

static bool options_are_over(size_t nwords, char **words)
{
    for (size_t i = 0; i < nwords; i++)
        if (strcmp(words[i], "--") == 0)
            return true;
    return false;
}

/* words: without the command's name and the one that is typed. */
static void offer_in_command(struct typing *t, const struct command *command, size_t nwords, char **words)
{
    struct arguments *a = &t->cli->arguments;
    const struct option_spec *spec;
    struct error ignored = ERROR_INIT;

    a->specs[0] = command ? command->options : NULL;
    a->specs[1] = common_options;
    spec = option_before(t, nwords, words);
    arguments_parse(a, (int)(spec && !t->before_len ? nwords - 1 : nwords), words, &ignored);
    error_release(&ignored);
    if (spec && spec->argument) {
        offer_values(t, spec->argument, spec->name);
    } else if (*t->word == '-' && !t->before_len && !options_are_over(nwords, words)) {
        offer_options(t, a->specs[0]);
        offer_options(t, common_options_of(command));
    } else if (!t->before_len && (!command || command->words)) {
        offer_commands(t, command ? command->words : commands);
    } else if (!t->before_len) {
        offer_operand(t, command);
    }
}

static enum status run(struct cli *cli, struct error *err)
{
    int count = (int)cli->arguments.noperands - 1;
    char **words = mem_alloc(((size_t)count + 1) * sizeof *words);
    struct cli typed = *cli;
    struct typing t = {.word = cli->arguments.operands[count], .cli = &typed};
    const struct command *command = NULL;
    struct error ignored = ERROR_INIT;

    (void)err;
    for (int i = 0; i < count; i++)
        words[i] = (char *)(uintptr_t)cli->arguments.operands[i];
    words[count] = NULL;
    typed.arguments = (struct arguments){0};
    typed.quiet = true;
    if (command_take(&count, words, &command, &ignored))
        offer_in_command(&t, command, (size_t)count, words);
    arguments_release(&typed.arguments);
    error_release(&ignored);
    free(words);
    return STATUS_OK;
}

const struct command command_complete = {
    .name = "__complete",
    .operands = "WORD…",
    .min_operands = 1,
    .max_operands = 10000,
    .run = run,
};
