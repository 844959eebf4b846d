#include "simulark/base/memory.h"
#include "simulark/base/near.h"
#include "simulark/cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

const struct option_spec common_options[] = {
    OPTION_GROUP("The database"),
    {"dbname", 'd', "CONNINFO", "the database: a libpq URI or keywords"},
    SCHEMA_OPTION,
    OPTION_GROUP("What is said"),
    {"quiet", 'q', NULL, "say nothing but errors"},
    {"verbose", 'v', NULL, "say more"},
    {"json", 0, NULL, "one JSON object on stdout; errors as JSON on stderr"},
    {"no-color", 0, NULL, "no colours, even on a terminal"},
    {"progress", 0, "auto|always|never", "a moving line on a terminal (auto), or plain lines (always)"},
    {"help", 'h', NULL, "show this help"},
    {"version", 'V', NULL, "show the version"},
    {NULL, 0, NULL, NULL},
};

/* The first heading's are the database's. */
static const struct option_spec *all_but_the_database(void)
{
    const struct option_spec *spec = common_options;

    while (!option_is_heading(++spec))
        ;
    return spec;
}

const struct option_spec *common_options_of(const struct command *command)
{
    return command && (command->offline || command->names_databases) ? all_but_the_database() : common_options;
}

const struct option_spec *common_options_taken(const struct command *command)
{
    return command && command->names_databases ? all_but_the_database() : common_options;
}

/* A name the program itself asks for must be in a table: a typing error would otherwise be an option never given. */
const struct option_spec *option_named(const struct arguments *a, const char *name, size_t len)
{
    for (size_t t = 0; t < 2; t++)
        for (const struct option_spec *spec = a->specs[t]; spec && spec->name; spec++)
            if (len && strlen(spec->name) == len && strncmp(spec->name, name, len) == 0)
                return spec;
    return NULL;
}

static const struct option_spec *spec_lettered(const struct arguments *a, char letter)
{
    for (size_t t = 0; t < 2; t++)
        for (const struct option_spec *spec = a->specs[t]; spec && spec->name; spec++)
            if (spec->letter && spec->letter == letter)
                return spec;
    return NULL;
}

const char *argument_value(const struct arguments *a, const char *option)
{
    const struct option_spec *spec = option_named(a, option, strlen(option));

    if (!spec)
        abort();
    for (size_t i = a->ngiven; i > 0; i--)
        if (a->given[i - 1].spec == spec)
            return a->given[i - 1].value;
    return NULL;
}

bool argument_given(const struct arguments *a, const char *option)
{
    return argument_value(a, option) != NULL;
}

const char **argument_values(const struct arguments *a, const char *option, size_t *count)
{
    const char **values = mem_alloc(a->ngiven * sizeof *values);

    *count = 0;
    for (size_t i = 0; i < a->ngiven; i++)
        if (strcmp(a->given[i].spec->name, option) == 0)
            values[(*count)++] = a->given[i].value;
    return values;
}

/* The place of value in words; where it is not among them, -1, and they are told to list. */
static int choose(const char *value, const char *const *words, struct buffer *list)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], value) == 0)
            return i;
        buffer_printf(list, "%s%s", i ? ", " : "", words[i]);
    }
    return -1;
}

static void suggest(const char *word, const char *const *words, struct error *err)
{
    const char *near = nearest_word(word, words);

    if (near)
        error_hint(err, "Did you mean %s?", near);
}

int argument_choice(const struct arguments *a, const char *option, const char *const *words, int otherwise,
                    struct error *err)
{
    const char *value = argument_value(a, option);
    struct buffer list = BUFFER_INIT;
    int choice;

    if (!value)
        return otherwise;
    choice = choose(value, words, &list);
    if (choice < 0) {
        error_set(err, STATUS_USAGE, "--%s takes one of %s, not \"%s\".", option, buffer_string(&list), value);
        suggest(value, words, err);
    }
    buffer_release(&list);
    return choice;
}

int operand_choice(const struct arguments *a, size_t operand, const char *const *words, struct error *err)
{
    const char *value = a->operands[operand];
    struct buffer list = BUFFER_INIT;
    int choice = choose(value, words, &list);

    if (choice < 0) {
        error_set(err, STATUS_USAGE, "\"%s\" is none of %s.", value, buffer_string(&list));
        suggest(value, words, err);
    }
    buffer_release(&list);
    return choice;
}

static void give(struct arguments *a, const struct option_spec *spec, const char *value)
{
    a->given = mem_realloc(a->given, (a->ngiven + 1) * sizeof *a->given);
    a->given[a->ngiven++] = (struct given){spec, value};
}

static bool unknown(const struct arguments *a, const char *text, struct error *err)
{
    const char *names[64];
    const char *near;
    size_t count = 0;

    for (size_t t = 0; t < 2; t++)
        for (const struct option_spec *spec = a->specs[t]; spec && spec->name && count < 63; spec++)
            if (!option_is_heading(spec))
                names[count++] = spec->name;
    names[count] = NULL;
    error_set(err, STATUS_USAGE, "There is no option %s here.", text);
    near = nearest_word(text + strspn(text, "-"), names);
    if (near)
        error_hint(err, "Did you mean --%s?", near);
    else
        error_hint(err, "`--help` lists the options.");
    return false;
}

/* Where somebody forgot a value, the next option would be taken for it. */
static bool is_value(const struct arguments *a, const char *option, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');
    bool known = text[0] == '-' && text[1] == '-'
                     ? option_named(a, text + 2, equals ? (size_t)(equals - text - 2) : strlen(text + 2)) != NULL
                     : text[0] == '-' && text[1] && !text[2] && spec_lettered(a, text[1]);

    if (!known)
        return true;
    error_set(err, STATUS_USAGE, "--%s needs a value, and %s is an option.", option, text);
    error_hint(err, "If that is the value, write --%s=%s.", option, text);
    return false;
}

/* --name, --name=value, --name value. */
static bool take_long(struct arguments *a, int argc, char **argv, int *at, struct error *err)
{
    const char *text = argv[*at] + 2;
    const char *equals = strchr(text, '=');
    const struct option_spec *spec = option_named(a, text, equals ? (size_t)(equals - text) : strlen(text));

    if (!spec)
        return unknown(a, argv[*at], err);
    if (!spec->argument) {
        if (equals)
            return error_set(err, STATUS_USAGE, "--%s takes no value.", spec->name);
        give(a, spec, "");
        return true;
    }
    if (!equals && *at + 1 >= argc)
        return error_set(err, STATUS_USAGE, "--%s needs a value: --%s %s.", spec->name, spec->name, spec->argument);
    if (!equals && !is_value(a, spec->name, argv[*at + 1], err))
        return false;
    give(a, spec, equals ? equals + 1 : argv[++*at]);
    return true;
}

/* -q, -qv, -o value, -ovalue. */
static bool take_short(struct arguments *a, int argc, char **argv, int *at, struct error *err)
{
    for (const char *letter = argv[*at] + 1; *letter; letter++) {
        const struct option_spec *spec = spec_lettered(a, *letter);

        if (!spec)
            return unknown(a, argv[*at], err);
        if (!spec->argument) {
            give(a, spec, "");
            continue;
        }
        if (!letter[1] && *at + 1 >= argc)
            return error_set(err, STATUS_USAGE, "-%c needs a value: -%c %s.", *letter, *letter, spec->argument);
        if (!letter[1] && !is_value(a, spec->name, argv[*at + 1], err))
            return false;
        give(a, spec, letter[1] ? letter + 1 : argv[++*at]);
        return true;
    }
    return true;
}

bool arguments_parse(struct arguments *a, int argc, char **argv, struct error *err)
{
    bool only_operands = false;

    a->operands = mem_alloc((size_t)argc * sizeof *a->operands);
    for (int at = 0; at < argc; at++) {
        const char *text = argv[at];

        if (only_operands || text[0] != '-' || !text[1])
            a->operands[a->noperands++] = text;
        else if (strcmp(text, "--") == 0)
            only_operands = true;
        else if (!(text[1] == '-' ? take_long(a, argc, argv, &at, err) : take_short(a, argc, argv, &at, err)))
            return false;
    }
    return true;
}

const struct option_spec *option_awaiting_value(const struct arguments *a, const char *word)
{
    const struct option_spec *spec = NULL;

    if (word[0] != '-' || !word[1])
        return NULL;
    if (word[1] == '-')
        spec = option_named(a, word + 2, strlen(word + 2));
    for (const char *letter = word + 1; word[1] != '-' && *letter && !(spec && spec->argument); letter++) {
        spec = spec_lettered(a, *letter);
        if (spec && spec->argument && letter[1])
            return NULL;
    }
    return spec && spec->argument ? spec : NULL;
}

/* How many words an option among the common ones takes: itself, or itself and its value. */
static int words_of(const struct arguments *common, const char *word)
{
    return option_awaiting_value(common, word) ? 2 : 1;
}

size_t arguments_before_command(int argc, char **argv)
{
    struct arguments common = {.specs = {common_options, NULL}};
    int at = 0;

    while (at < argc && argv[at][0] == '-' && argv[at][1])
        at += words_of(&common, argv[at]);
    return at < argc ? (size_t)at : (size_t)argc;
}

void arguments_release(struct arguments *a)
{
    free(a->given);
    free(a->operands);
    *a = (struct arguments){0};
}
