#include "simulark/format/array_text.h"

/* The end of the element at `at`: the comma or brace behind it; len where it is none of a simple array. */
static size_t element_end(const char *text, size_t len, size_t at)
{
    size_t start = at;

    if (at < len && text[at] == '"') {
        at++;
        while (at < len && text[at] != '"')
            at += text[at] == '\\' ? 2 : 1;
        at++;
    } else {
        while (at < len && !strchr(",{}\"\\ \t\n\r\v\f", text[at]))
            at++;
        if (at == start)
            return len;
    }
    return at < len && (text[at] == ',' || text[at] == '}') ? at : len;
}

bool array_text_is_simple(const char *text, size_t len)
{
    size_t at = 0;

    if (len < 2 || text[0] != '{')
        return false;
    if (text[1] == '}')
        return len == 2;
    do
        at = element_end(text, len, at + 1);
    while (at < len && text[at] == ',');
    return at + 1 == len;
}

bool array_text_next(const char *text, size_t len, size_t *at, struct buffer *element, bool *null)
{
    size_t from = *at + 1;
    size_t end;

    *null = false;
    if (from >= len || text[from] == '}')
        return false;
    end = element_end(text, len, from);
    *at = end;
    if (text[from] != '"') {
        *null = end - from == 4 && !memcmp(text + from, "NULL", 4);
        if (!*null)
            buffer_append(element, text + from, end - from);
        return true;
    }
    for (size_t i = from + 1; i < end - 1; i++) {
        if (text[i] == '\\')
            i++;
        buffer_byte(element, text[i]);
    }
    return true;
}
