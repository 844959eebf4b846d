#include "simulark/base/near.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static int letter(char c)
{
    return tolower((unsigned char)c);
}

size_t word_distance(const char *a, const char *b)
{
    size_t row[NEAR_MAX + 1];
    size_t width = strlen(b);

    if (width > NEAR_MAX || strlen(a) > NEAR_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t best = diagonal + (letter(a[i - 1]) != letter(b[j - 1]));

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

    for (size_t i = 0; words[i]; i++) {
        size_t distance = word_distance(word, words[i]);

        if (distance < best) {
            best = distance;
            nearest = words[i];
        }
    }
    return nearest;
}
