#include "simulark/model/value.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* What PostgreSQL's numeric can hold (src/backend/utils/adt/numeric.c). */
#define NUMERIC_MAX_WHOLE 131072
#define NUMERIC_MAX_SCALE 16383
#define NUMERIC_MAX_EXPONENT (INT_MAX / 2)

/* Powers of ten outside this range are written with an exponent (src/common/d2s.c). */
#define DOUBLE_MIN_PLAIN (-4)
#define DOUBLE_MAX_PLAIN 15

/* A number as it stands in text: sign, digits before and after the point, exponent. */
struct literal {
    bool negative;
    const char *whole, *fraction;
    size_t nwhole, nfraction;
    int64_t exponent; /* stops at ± NUMERIC_MAX_EXPONENT */
};

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && is_digit(text[n]))
        n++;
    return n;
}

/* Takes an exponent from its sign on. */
static size_t take_exponent(const char *text, size_t len, int64_t *exponent)
{
    size_t sign = len && (*text == '-' || *text == '+');
    size_t digits = count_digits(text + sign, len - sign);

    *exponent = 0;
    for (size_t i = 0; i < digits && *exponent < NUMERIC_MAX_EXPONENT; i++)
        *exponent = *exponent * 10 + (text[sign + i] - '0');
    if (*exponent > NUMERIC_MAX_EXPONENT)
        *exponent = NUMERIC_MAX_EXPONENT;
    if (sign && *text == '-')
        *exponent = -*exponent;
    return digits ? sign + digits : 0;
}

/* PostgreSQL's grammar, of which JSON's is a part: `+1`, `.5` and `5.` are numbers too. */
static bool literal_parse(struct literal *n, const char *text, size_t len)
{
    size_t at = len && (*text == '-' || *text == '+');

    *n = (struct literal){.negative = at && *text == '-', .whole = text + at};
    n->nwhole = count_digits(text + at, len - at);
    at += n->nwhole;
    if (at < len && text[at] == '.') {
        at++;
        n->fraction = text + at;
        n->nfraction = count_digits(text + at, len - at);
        at += n->nfraction;
    }
    if (!n->nwhole && !n->nfraction)
        return false;
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        size_t used = take_exponent(text + at + 1, len - at - 1, &n->exponent);

        if (!used)
            return false;
        at += 1 + used;
    }
    return at == len;
}

/* Appends the digits from..to, counted from the first before the point, with zeros on both sides of what is there. */
static void append_digits(struct buffer *out, const struct literal *n, int64_t from, int64_t to)
{
    buffer_reserve(out, (size_t)(to - from));
    for (int64_t i = from; i < to; i++) {
        char digit = '0';

        if (i >= 0 && i < (int64_t)n->nwhole)
            digit = n->whole[i];
        else if (i >= 0 && i < (int64_t)(n->nwhole + n->nfraction))
            digit = n->fraction[(size_t)i - n->nwhole];
        out->data[out->len++] = digit;
    }
}

static int64_t leading_zeros(const struct literal *n)
{
    size_t zeros = 0;

    while (zeros < n->nwhole && n->whole[zeros] == '0')
        zeros++;
    if (zeros < n->nwhole)
        return (int64_t)zeros;
    for (zeros = 0; zeros < n->nfraction && n->fraction[zeros] == '0';)
        zeros++;
    return (int64_t)(n->nwhole + zeros);
}

static bool literal_append(const struct literal *n, struct buffer *out, const char **problem)
{
    int64_t first = leading_zeros(n);
    int64_t point = (int64_t)n->nwhole + n->exponent;
    int64_t scale = (int64_t)n->nfraction > n->exponent ? (int64_t)n->nfraction - n->exponent : 0;
    bool zero = first == (int64_t)(n->nwhole + n->nfraction);

    if (n->exponent >= NUMERIC_MAX_EXPONENT || n->exponent <= -NUMERIC_MAX_EXPONENT || scale > NUMERIC_MAX_SCALE ||
        (!zero && point - first > NUMERIC_MAX_WHOLE)) {
        *problem = "is beyond the range of numeric";
        return false;
    }
    if (n->negative && !zero)
        buffer_byte(out, '-');
    if (zero || first >= point)
        buffer_byte(out, '0');
    else
        append_digits(out, n, first, point);
    if (scale) {
        buffer_byte(out, '.');
        append_digits(out, n, point, point + scale);
    }
    return true;
}

bool number_canonical(const char *text, size_t len, struct buffer *out, const char **problem)
{
    struct literal n;

    if (!literal_parse(&n, text, len)) {
        *problem = "is not a number";
        return false;
    }
    return literal_append(&n, out, problem);
}

/* `NaN`, `Infinity` and their shorter names, in any case: the name PostgreSQL writes, or NULL. */
static const char *special_name(const char *text, size_t len)
{
    bool negative = len && *text == '-';
    size_t sign = len && (*text == '-' || *text == '+');
    const char *name = text + sign;

    len -= sign;
    if (len == 3 && strncasecmp(name, "nan", 3) == 0)
        return sign ? NULL : "NaN";
    if ((len == 3 && strncasecmp(name, "inf", 3) == 0) || (len == 8 && strncasecmp(name, "infinity", 8) == 0))
        return negative ? "-Infinity" : "Infinity";
    return NULL;
}

bool numeric_canonical(const char *text, size_t len, struct buffer *out, const char **problem)
{
    const char *special = special_name(text, len);

    if (special) {
        buffer_text(out, special);
        return true;
    }
    return number_canonical(text, len, out, problem);
}

/* Whether the text is a plain decimal of at most 15 digits as PostgreSQL would write it: any such number survives the way
 * through a double, so it needs no computing. */
static bool is_short_decimal(const char *text, size_t len)
{
    size_t at = len && *text == '-';
    size_t whole = count_digits(text + at, len - at);
    size_t fraction;

    if (len > 17 || !whole || (text[at] == '0' && whole > 1))
        return false;
    if (at + whole == len)
        return whole <= 15;
    if (text[at + whole] != '.')
        return false;
    fraction = count_digits(text + at + whole + 1, len - at - whole - 1);
    if (at + whole + 1 + fraction != len || whole + fraction > 15 || !fraction || text[len - 1] == '0')
        return false;
    return text[at] != '0' || fraction < 4 || memcmp(text + at + 2, "0000", 4) != 0;
}

/* Whether digits * 10^exponent stands exactly between two doubles. PostgreSQL does not rely on such a number being read as
 * the one with the even last bit, so it writes a digit more: 9.999999999999999e+22 where others write 1e+23. */
static bool is_halfway(uint64_t digits, int exponent)
{
    while (digits && digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    for (; exponent < 0; exponent++) {
        if (digits % 5)
            return false;
        digits /= 5;
    }
    for (; exponent > 0; exponent--) {
        if (digits > UINT64_MAX / 5)
            return false;
        digits *= 5;
    }
    if (!digits)
        return false;
    return 64 - __builtin_clzll(digits) - __builtin_ctzll(digits) == 54;
}

struct decimal {
    char digits[20]; /* without zeros at the end */
    int ndigits;
    int exponent; /* of the first digit */
};

/* Tries n digits: whether they are read as this number again. `up`: one more in the last place than what is nearest. */
static bool decimal_try(struct decimal *d, double value, int n, bool up)
{
    char text[40];
    char *end;
    uint64_t all = 0;

    snprintf(text, sizeof text, "%.*e", n - 1, value);
    for (end = text; *end != 'e'; end++) {
        if (is_digit(*end))
            all = all * 10 + (uint64_t)(*end - '0');
    }
    d->exponent = (int)strtol(end + 1, NULL, 10) - (n - 1);
    all += up;
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)all, d->exponent);
    if (strtod(text, NULL) != value || is_halfway(all, d->exponent))
        return false;
    for (; all % 10 == 0; all /= 10)
        d->exponent++;
    d->ndigits = snprintf(d->digits, sizeof d->digits, "%llu", (unsigned long long)all);
    d->exponent += d->ndigits - 1;
    return true;
}

/* The shortest digits that are read as this number again. Up to 15 any double that is not subnormal keeps. Below a power of
 * two doubles are twice as dense, so the nearest n digits may be too far below where the next above them are not. */
static void decimal_shortest(struct decimal *d, double value)
{
    int unused;
    bool power = frexp(value, &unused) == 0.5;
    int n = fpclassify(value) == FP_SUBNORMAL ? 1 : 15;

    while (!decimal_try(d, value, n, false) && !(power && decimal_try(d, value, n, true)))
        n++;
}

static void decimal_append(const struct decimal *d, struct buffer *out)
{
    int point = d->exponent + 1;

    if (d->exponent < DOUBLE_MIN_PLAIN || d->exponent >= DOUBLE_MAX_PLAIN) {
        buffer_byte(out, d->digits[0]);
        if (d->ndigits > 1)
            buffer_byte(out, '.');
        buffer_append(out, d->digits + 1, (size_t)(d->ndigits - 1));
        buffer_printf(out, "e%c%02d", d->exponent < 0 ? '-' : '+', abs(d->exponent));
        return;
    }
    if (point <= 0)
        buffer_text(out, "0.");
    for (int i = point; i < 0; i++)
        buffer_byte(out, '0');
    for (int i = 0; i < d->ndigits || i < point; i++) {
        if (i == point && i > 0)
            buffer_byte(out, '.');
        buffer_byte(out, i < d->ndigits ? d->digits[i] : '0');
    }
}

void integer_append(int64_t value, struct buffer *out)
{
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char text[20];
    size_t at = sizeof text;

    do
        text[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        buffer_byte(out, '-');
    buffer_append(out, text + at, sizeof text - at);
}

void double_append(double value, struct buffer *out)
{
    struct decimal decimal;

    if (isnan(value)) {
        buffer_text(out, "NaN");
        return;
    }
    if (signbit(value))
        buffer_byte(out, '-');
    value = fabs(value);
    if (isinf(value)) {
        buffer_text(out, "Infinity");
    } else if (value <= UINT32_MAX && value == (double)(uint32_t)value) {
        integer_append((int64_t)value, out);
    } else {
        decimal_shortest(&decimal, value);
        decimal_append(&decimal, out);
    }
}

bool double_canonical(const char *text, size_t len, struct buffer *out, const char **problem)
{
    const char *special = special_name(text, len);
    size_t base = out->len;
    struct literal literal;
    double value;

    if (is_short_decimal(text, len)) {
        buffer_append(out, text, len);
        return true;
    }
    if (special) {
        buffer_text(out, special);
        return true;
    }
    if (!literal_parse(&literal, text, len)) {
        *problem = "is not a number";
        return false;
    }
    buffer_append(out, text, len);
    errno = 0;
    value = strtod(buffer_string(out) + base, NULL);
    out->len = base;
    if (errno == ERANGE && (value == 0 || isinf(value))) {
        *problem = "is beyond the range of double precision";
        return false;
    }
    double_append(value, out);
    return true;
}
