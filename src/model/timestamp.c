#include "simulark/model/value.h"

#include "simulark/base/eight.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#define MICROSECONDS INT64_C(1000000)
#define DAY (86400 * MICROSECONDS)
/* PostgreSQL's range, in microseconds since 2000: from 4714-11-24 BC, up to but not including the year 294277. */
#define FIRST_INSTANT INT64_C(-211813488000000000)
#define END_INSTANT INT64_C(9223371331200000000)
#define EPOCH_DAY 10957 /* 2000-01-01 in days since 1970 */

static const char not_one[] = "is not a timestamp (2026-11-23T10:00:00Z)";
static const char no_such[] = "is not a date and time of the calendar";
static const char too_far[] = "is beyond the range of timestamps";

struct text {
    const char *p, *end;
};

static bool take(struct text *t, char byte)
{
    if (t->p == t->end || *t->p != byte)
        return false;
    t->p++;
    return true;
}

/* Takes at least `min` digits and at most `max`. */
static bool take_digits(struct text *t, int min, int max, int *value)
{
    int count = 0;

    for (*value = 0; count < max && t->p < t->end && *t->p >= '0' && *t->p <= '9'; count++)
        *value = *value * 10 + (*t->p++ - '0');
    return count >= min;
}

static bool take_word(struct text *t, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(t->end - t->p) < len || strncasecmp(t->p, word, len) != 0)
        return false;
    t->p += len;
    return true;
}

/* Digits behind the decimal point, rounded as PostgreSQL rounds them. */
static bool take_fraction(struct text *t, int64_t *microseconds)
{
    char digits[32] = "0.";
    struct text few = *t;
    int whole;
    size_t count = 0;

    if (take_digits(&few, 6, 6, &whole) && (few.p == few.end || *few.p < '0' || *few.p > '9')) {
        *t = few;
        *microseconds = whole;
        return true;
    }

    for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, count++) {
        if (count < sizeof digits - 3)
            digits[count + 2] = *t->p;
    }
    *microseconds = (int64_t)rint(strtod(digits, NULL) * (double)MICROSECONDS);
    return count > 0;
}

static bool take_time(struct text *t, int64_t *time, const char **problem)
{
    int hour, minute;
    int second = 0;
    int64_t fraction = 0;

    *problem = not_one;
    if (!take_digits(t, 2, 2, &hour) || !take(t, ':') || !take_digits(t, 2, 2, &minute))
        return false;
    if (take(t, ':')) {
        if (!take_digits(t, 2, 2, &second) || (take(t, '.') && !take_fraction(t, &fraction)))
            return false;
    }
    *time = ((hour * 60 + minute) * 60 + second) * MICROSECONDS + fraction;
    *problem = no_such;
    return minute < 60 && second <= 60 && *time <= DAY;
}

/* Seconds east of Greenwich; 0 where no zone is given. */
static bool take_zone(struct text *t, int *offset)
{
    bool west = t->p < t->end && *t->p == '-';
    int hours;
    int minutes = 0;
    int seconds = 0;
    bool colon;

    *offset = 0;
    if (take_word(t, "z") || t->p == t->end || (*t->p != '+' && *t->p != '-'))
        return true;
    t->p++;
    if (!take_digits(t, 2, 2, &hours))
        return false;
    colon = take(t, ':');
    if ((colon || (t->p < t->end && *t->p >= '0' && *t->p <= '9')) && !take_digits(t, 2, 2, &minutes))
        return false;
    if (colon && take(t, ':') && !take_digits(t, 2, 2, &seconds))
        return false;
    *offset = (hours * 60 + minutes) * 60 + seconds;
    if (west)
        *offset = -*offset;
    return hours <= 15 && minutes < 60 && seconds < 60;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* The proleptic Gregorian calendar, by Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": the year begins in
 * March, an era has 400 years. Year 0 is 1 BC. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    int64_t era, of_era, of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    of_era = year - era * 400;
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t era, of_era, year_of_era, of_year, from_march;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    of_era = days - era * 146097;
    year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static bool parse(struct text *t, int64_t *instant, const char **problem)
{
    int year, month, day, offset;
    int64_t time = 0;
    int64_t days;

    *problem = not_one;
    if (!take_digits(t, 4, 7, &year) || !take(t, '-') || !take_digits(t, 2, 2, &month) || !take(t, '-') ||
        !take_digits(t, 2, 2, &day))
        return false;
    if (t->p < t->end && (*t->p == 'T' || *t->p == 't' || (*t->p == ' ' && t->end - t->p > 1 && t->p[1] <= '9'))) {
        t->p++;
        if (!take_time(t, &time, problem))
            return false;
        *problem = not_one;
        if (!take_zone(t, &offset))
            return false;
        time -= offset * MICROSECONDS;
    }
    *problem = no_such;
    if (year == 0 || month < 1 || month > 12)
        return false;
    if (take_word(t, " bc"))
        year = 1 - year;
    if (day < 1 || day > month_days(year, month))
        return false;
    *problem = not_one;
    if (t->p != t->end)
        return false;
    *problem = too_far;
    days = days_from_date(year, month, day) - EPOCH_DAY;
    return !__builtin_mul_overflow(days, DAY, instant) && !__builtin_add_overflow(*instant, time, instant) &&
           *instant >= FIRST_INSTANT && *instant < END_INSTANT;
}

static void put_two(char *to, int value)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
}

/* At least four digits. */
static void append_year(struct buffer *out, int year)
{
    char text[4];

    if (year > 9999) {
        buffer_printf(out, "%d", year);
        return;
    }
    put_two(text, year / 100);
    put_two(text + 2, year % 100);
    buffer_append(out, text, sizeof text);
}

static void append_fraction(struct buffer *out, int microseconds)
{
    char text[] = ".uuuuuu";
    size_t len = sizeof text - 1;

    put_two(text + 1, microseconds / 10000);
    put_two(text + 3, microseconds / 100 % 100);
    put_two(text + 5, microseconds % 100);
    while (text[len - 1] == '0')
        len--;
    buffer_append(out, text, len);
}

static void append(struct buffer *out, int64_t instant)
{
    int64_t days = instant / DAY - (instant % DAY < 0);
    int64_t time = instant - days * DAY;
    int seconds = (int)(time / MICROSECONDS);
    int fraction = (int)(time % MICROSECONDS);
    char text[] = "-mm-dd hh:mm:ss";
    int year, month, day;

    date_from_days(days + EPOCH_DAY, &year, &month, &day);
    put_two(text + 1, month);
    put_two(text + 4, day);
    put_two(text + 7, seconds / 3600);
    put_two(text + 10, seconds / 60 % 60);
    put_two(text + 13, seconds % 60);
    append_year(out, year > 0 ? year : 1 - year);
    buffer_append(out, text, sizeof text - 1);
    if (fraction)
        append_fraction(out, fraction);
    buffer_text(out, year > 0 ? "+00" : "+00 BC");
}

void timestamptz_append(int64_t microseconds, struct buffer *out)
{
    if (microseconds == INT64_MAX || microseconds == INT64_MIN)
        buffer_text(out, microseconds < 0 ? "-infinity" : "infinity");
    else
        append(out, microseconds);
}

/* Whether eight bytes of text are like a form, which is given with the lowest and the highest digits. */
static bool is_like(const char *text, const char *zeros, const char *nines)
{
    uint64_t form = eight_load(zeros);
    uint64_t apart = eight_load(text) ^ form;    /* 0 to 9 of a digit, */
    uint64_t allowed = eight_load(nines) ^ form; /* … and 0 of what stands for itself */

    return !(((apart + (EIGHT_ONES * 0x7F - allowed)) | apart) & EIGHT_HIGH);
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

/* Whether the text has the form PostgreSQL writes; then it also is a time of the calendar, or it will be refused. */
static bool is_canonical(const char *text, size_t len)
{
    size_t plain = sizeof "0000-00-00 00:00:00" - 1;

    if (len < plain + 3 || len > plain + 10 || memcmp(text + len - 3, "+00", 3) != 0 ||
        !is_like(text, "0000-00-", "9999-99-") || !is_like(text + 8, "00 00:00", "99 99:99") ||
        !is_like(text + 11, "00:00:00", "99:99:99"))
        return false;
    if (len > plain + 3) {
        if (text[plain] != '.' || len == plain + 4 || text[len - 4] == '0')
            return false;
        for (size_t i = plain + 1; i < len - 3; i++) {
            if (text[i] < '0' || text[i] > '9')
                return false;
        }
    }
    return memcmp(text, "0000", 4) != 0 && two_digits(text + 5) >= 1 && two_digits(text + 5) <= 12 &&
           two_digits(text + 8) >= 1 && two_digits(text + 8) <= 28 && memcmp(text + 11, "24", 2) < 0 && text[14] < '6' &&
           text[17] < '6';
}

/* Of a text in that form. */
static int64_t canonical_instant(const char *text, size_t len)
{
    int64_t days = days_from_date(two_digits(text) * 100 + two_digits(text + 2), two_digits(text + 5), two_digits(text + 8));
    int64_t seconds = (two_digits(text + 11) * 60 + two_digits(text + 14)) * 60 + two_digits(text + 17);
    int64_t fraction = 0;

    for (size_t i = 20; i < 26; i++)
        fraction = fraction * 10 + (i < len - 3 ? text[i] - '0' : 0);
    return (days - EPOCH_DAY) * DAY + seconds * MICROSECONDS + fraction;
}

bool timestamptz_instant(const char *text, size_t len, int64_t *microseconds)
{
    struct text t = {text, text + len};
    const char *problem;

    if (is_canonical(text, len))
        *microseconds = canonical_instant(text, len);
    else if (len == 8 && memcmp(text, "infinity", 8) == 0)
        *microseconds = INT64_MAX;
    else if (len == 9 && memcmp(text, "-infinity", 9) == 0)
        *microseconds = INT64_MIN;
    else
        return parse(&t, microseconds, &problem);
    return true;
}

bool timestamptz_canonical(const char *text, size_t len, struct buffer *out, const char **problem)
{
    struct text t = {text, text + len};
    struct text whole = t;
    int64_t instant;

    if (is_canonical(text, len)) {
        buffer_append(out, text, len);
        return true;
    }
    if ((take_word(&t, "infinity") || take_word(&t, "-infinity")) && t.p == t.end) {
        buffer_append(out, *text == '-' ? "-infinity" : "infinity", *text == '-' ? 9 : 8);
        return true;
    }
    if (!parse(&whole, &instant, problem))
        return false;
    append(out, instant);
    return true;
}
