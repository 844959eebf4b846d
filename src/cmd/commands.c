#include "simulark/cmd/cmd.h"

#include <string.h>

const struct command *const commands[] = {
    &command_export,  &command_import, &command_transfer, &command_convert, &command_inspect, &command_verify,
    &command_diff,    &command_render, &command_schema,   &command_local,   &command_help,    NULL,
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

#define WORD_MAX 32

/* The least number of letters to change, add or leave out (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t width = strlen(b);

    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[width];
}

const char *nearest_word(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 2; /* farther than this is another word */

    if (strlen(word) > WORD_MAX)
        return NULL;
    for (size_t i = 0; words[i]; i++) {
        size_t d = strlen(words[i]) <= WORD_MAX ? distance(word, words[i]) : best;

        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    return nearest;
}
