#include "simulark/format/yaml_scalar.h"

#include <stdint.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The value of a digit of any radix; 16 for what is none. */
static unsigned digit_value(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

static size_t skip_digits(const char *text, size_t len, size_t at)
{
    while (at < len && is_digit(text[at]))
        at++;
    return at;
}

static bool is_one_of(const char *text, size_t len, const char *const words[3])
{
    for (size_t i = 0; i < 3; i++)
        if (strlen(words[i]) == len && !memcmp(words[i], text, len))
            return true;
    return false;
}

bool scalar_is_null(const char *text, size_t len)
{
    static const char *const nulls[] = {"null", "Null", "NULL"};

    return len == 0 || (len == 1 && text[0] == '~') || is_one_of(text, len, nulls);
}

static enum scalar resolve_word(const char *text, size_t len)
{
    static const char *const trues[] = {"true", "True", "TRUE"};
    static const char *const falses[] = {"false", "False", "FALSE"};

    if (scalar_is_null(text, len))
        return SCALAR_NULL;
    if (is_one_of(text, len, trues))
        return SCALAR_TRUE;
    return is_one_of(text, len, falses) ? SCALAR_FALSE : SCALAR_STRING;
}

static enum scalar resolve_not_finite(const char *text, size_t len)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF"};
    static const char *const nans[] = {".nan", ".NaN", ".NAN"};
    bool sign = len && (text[0] == '-' || text[0] == '+');

    if (is_one_of(text + sign, len - sign, infinities))
        return text[0] == '-' ? SCALAR_MINUS_INFINITY : SCALAR_INFINITY;
    return is_one_of(text, len, nans) ? SCALAR_NAN : SCALAR_STRING;
}

static bool all_digits_of(const char *text, size_t len, unsigned radix)
{
    for (size_t i = 0; i < len; i++)
        if (digit_value(text[i]) >= radix)
            return false;
    return len > 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static enum scalar resolve_decimal(const char *text, size_t len)
{
    enum scalar found = SCALAR_INTEGER;
    size_t start = text[0] == '-' || text[0] == '+';
    size_t at = skip_digits(text, len, start);
    size_t digits = at - start;

    if (at < len && text[at] == '.') {
        size_t point = at++;

        found = SCALAR_FLOAT;
        at = skip_digits(text, len, at);
        digits += at - point - 1;
    }
    if (!digits)
        return SCALAR_STRING;
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        size_t exponent;

        found = SCALAR_SCIENTIFIC;
        at++;
        if (at < len && (text[at] == '-' || text[at] == '+'))
            at++;
        exponent = at;
        at = skip_digits(text, len, at);
        if (at == exponent)
            return SCALAR_STRING;
    }
    return at == len ? found : SCALAR_STRING;
}

static enum scalar resolve_number(const char *text, size_t len)
{
    enum scalar found;

    if (len > 2 && text[0] == '0' && text[1] == 'x')
        return all_digits_of(text + 2, len - 2, 16) ? SCALAR_HEXADECIMAL : SCALAR_STRING;
    if (len > 2 && text[0] == '0' && text[1] == 'o')
        return all_digits_of(text + 2, len - 2, 8) ? SCALAR_OCTAL : SCALAR_STRING;
    found = resolve_decimal(text, len);
    return found == SCALAR_STRING ? resolve_not_finite(text, len) : found;
}

enum scalar scalar_resolve(const char *text, size_t len)
{
    switch (len ? text[0] | 0x20 : '~') {
    case '~':
    case 'n':
    case 't':
    case 'f': return resolve_word(text, len);
    default: break;
    }
    if (is_digit(text[0]) || text[0] == '-' || text[0] == '+' || text[0] == '.')
        return resolve_number(text, len);
    return SCALAR_STRING;
}

/* Horner's rule over limbs of nine decimal digits, the least significant first. */
static bool append_radix(struct buffer *out, const char *text, size_t len, unsigned bits)
{
    uint32_t limbs[SCALAR_RADIX_DIGITS * 4 / 29 + 2];
    size_t nlimbs = 1;

    while (len > 1 && text[0] == '0') {
        text++;
        len--;
    }
    if (len > SCALAR_RADIX_DIGITS)
        return false;
    limbs[0] = 0;
    for (size_t i = 0; i < len; i++) {
        uint64_t carry = digit_value(text[i]);

        for (size_t k = 0; k < nlimbs; k++) {
            carry += (uint64_t)limbs[k] << bits;
            limbs[k] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
        if (carry)
            limbs[nlimbs++] = (uint32_t)carry;
    }
    buffer_printf(out, "%u", (unsigned)limbs[nlimbs - 1]);
    for (size_t k = nlimbs - 1; k-- > 0;)
        buffer_printf(out, "%09u", (unsigned)limbs[k]);
    return true;
}

static void append_decimal(struct buffer *out, const char *text, size_t len)
{
    size_t at = text[0] == '-' || text[0] == '+';
    size_t from;

    if (text[0] == '-')
        buffer_byte(out, '-');
    while (at + 1 < len && text[at] == '0' && is_digit(text[at + 1]))
        at++;
    from = at;
    at = skip_digits(text, len, at);
    if (at == from)
        buffer_byte(out, '0');
    buffer_append(out, text + from, at - from);
    if (at < len && text[at] == '.' && (at + 1 == len || !is_digit(text[at + 1])))
        at++;
    buffer_append(out, text + at, len - at);
}

bool scalar_append_number(struct buffer *out, enum scalar scalar, const char *text, size_t len)
{
    if (scalar == SCALAR_HEXADECIMAL)
        return append_radix(out, text + 2, len - 2, 4);
    if (scalar == SCALAR_OCTAL)
        return append_radix(out, text + 2, len - 2, 3);
    append_decimal(out, text, len);
    return true;
}
