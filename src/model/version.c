#include "simulark/model/version.h"

#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_identifier(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

static size_t digits(const char *text)
{
    size_t len = 0;

    while (is_digit(text[len]))
        len++;
    return len;
}

/* Takes identifiers between dots; false where one is empty or, in a pre-release, a number with a zero in front. */
static bool take_identifiers(const char **text, bool numbers)
{
    do {
        const char *from = ++*text; /* behind the sign or dot */
        bool number = true;

        while (is_identifier(**text))
            number = is_digit(*(*text)++) && number;
        if (*text == from || (numbers && number && *from == '0' && *text - from > 1))
            return false;
    } while (**text == '.');
    return true;
}

bool version_is_valid(const char *text)
{
    if (strlen(text) > 100)
        return false;
    for (int part = 0; part < 3; part++) {
        size_t len = digits(text);

        if (!len || (*text == '0' && len > 1))
            return false;
        text += len;
        if (part < 2 && *text++ != '.')
            return false;
    }
    if (*text == '-' && !take_identifiers(&text, true))
        return false;
    if (*text == '+' && !take_identifiers(&text, false))
        return false;
    return !*text;
}

static int compare_numbers(const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (a_len != b_len)
        return a_len < b_len ? -1 : 1;
    return strncmp(a, b, a_len);
}

static size_t identifier(const char *text)
{
    return strspn(text, "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

/* Numbers by value and before words; words by their bytes. */
static int compare_identifiers(const char *a, size_t a_len, const char *b, size_t b_len)
{
    bool a_number = digits(a) == a_len;
    bool b_number = digits(b) == b_len;
    int order;

    if (a_number && b_number)
        return compare_numbers(a, a_len, b, b_len);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    order = strncmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* The part behind the three numbers: none comes after any. */
static int compare_pre_releases(const char *a, const char *b)
{
    if (*a != '-' || *b != '-')
        return (*a != '-') - (*b != '-');
    for (;;) {
        size_t a_len = identifier(++a);
        size_t b_len = identifier(++b);
        int order = compare_identifiers(a, a_len, b, b_len);

        if (order)
            return order;
        a += a_len;
        b += b_len;
        if (*a != '.' || *b != '.')
            return (*a == '.') - (*b == '.');
    }
}

int version_compare(const char *a, const char *b)
{
    for (int part = 0; part < 3; part++) {
        size_t a_len = digits(a);
        size_t b_len = digits(b);
        int order = compare_numbers(a, a_len, b, b_len);

        if (order)
            return order;
        a += a_len + (part < 2);
        b += b_len + (part < 2);
    }
    return compare_pre_releases(a, b);
}
