#include "simulark/cmd/secrets.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Up to here a connection string goes, where it stands in a sentence. */
static size_t word_length(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && text[n] && !strchr(" \t\r\n\"", text[n]))
        n++;
    return n;
}

static void cover(char *from, const char *to)
{
    memset(from, 'x', (size_t)(to - from));
}

/* "://name:PASSWORD@": to the last @, for one that should have been written as %40 does not end it. */
static void hide_in_uri(char *authority, size_t len)
{
    char *colon = memchr(authority, ':', len);
    char *at = memrchr(authority, '@', len);

    if (colon && at && colon < at)
        cover(colon + 1, at);
}

/* "password=PASSWORD", perhaps with blanks around the sign, perhaps in quotes, in which a backslash takes the next one along. */
static void hide_value(char *text, size_t len)
{
    size_t at = strspn(text, " ");
    size_t start;

    if (at >= len || text[at] != '=')
        return;
    at += 1 + strspn(text + at + 1, " ");
    if (at >= len)
        return;
    start = at;
    if (text[at] == '\'') {
        for (start = ++at; at < len && text[at] != '\''; at++)
            at += text[at] == '\\' && at + 1 < len;
    } else {
        while (at < len && !strchr(" \t\n&\"", text[at]))
            at += 1 + (text[at] == '\\' && at + 1 < len);
    }
    cover(text + start, text + (at < len ? at : len));
}

void secrets_hide(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (len - i > 3 && memcmp(text + i, "://", 3) == 0)
            hide_in_uri(text + i + 3, word_length(text + i + 3, len - i - 3));
        if (len - i > 8 && strncasecmp(text + i, "password", 8) == 0)
            hide_value(text + i + 8, len - i - 8);
    }
}

void secrets_hide_words(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t len = strlen(argv[i]);
        char *copy = mem_strdup(argv[i]);

        secrets_hide(argv[i], len);
        if (memcmp(argv[i], copy, len) != 0)
            argv[i] = copy; /* for as long as the program runs */
        else
            free(copy);
    }
}
