#include "simulark/base/near.h"
#include "simulark/cmd/cmd.h"

#include <string.h>

const struct command *const commands[] = {
    &command_export, &command_import, &command_transfer, &command_undo, &command_convert, &command_inspect, &command_verify,
    &command_diff, &command_render, &command_template, &command_keygen, &command_sign, &command_schema, &command_tier,
    &command_local, &command_help, &command_completion, &command_complete, NULL,
};

const char *command_word(const struct command *command)
{
    const char *space = strrchr(command->name, ' ');

    return space ? space + 1 : command->name;
}

static void unknown(const struct command *const *list, const struct command *family, const char *word, struct error *err)
{
    const char *between = family ? " " : "";
    const char *before = family ? family->name : "";
    const char *names[64] = {NULL};
    const char *near;

    for (size_t i = 0, count = 0; list[i] && count < 63; i++)
        if (list[i]->summary)
            names[count++] = command_word(list[i]);
    near = nearest_word(word, names);
    if (!family && strcmp(word, "version") == 0)
        near = "--version";
    error_set(err, STATUS_USAGE, "There is no command \"%s%s%s\".", before, between, word);
    if (near)
        error_hint(err, "Did you mean `simulark %s%s%s`?", before, between, near);
    else
        error_hint(err, "`simulark help%s%s` lists the %s.", between, before, family ? "words behind it" : "commands");
}

const struct command *command_find(const struct command *const *list, const struct command *family, const char *word,
                                   struct error *err)
{
    for (size_t i = 0; list[i]; i++)
        if (strcmp(command_word(list[i]), word) == 0)
            return list[i];
    unknown(list, family, word, err);
    return NULL;
}

bool command_take(int *count, char **words, const struct command **command, struct error *err)
{
    const struct command *const *list = commands;

    while (list) {
        size_t at = arguments_before_command(*count, words);
        const struct command *found;

        if (at >= (size_t)*count)
            return true;
        found = command_find(list, *command, words[at], err);
        if (!found)
            return false;
        memmove(words + at, words + at + 1, ((size_t)*count - at) * sizeof *words); /* the NULL behind the last, too */
        --*count;
        *command = found;
        list = found->words;
    }
    return true;
}
