#include "simulark/model/check.h"

#include "simulark/base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

bool problem_set(struct problem *problem, enum gravity gravity, const char *code, const char *format, ...)
{
    va_list args;

    problem->gravity = gravity;
    problem->code = code;
    buffer_clear(&problem->text);
    va_start(args, format);
    buffer_vprintf(&problem->text, format, args);
    va_end(args);
    return false;
}

static bool check_null(const struct column *column, struct problem *problem)
{
    if (!column->not_null)
        return true;
    if (column_names_user(column))
        return problem_set(problem, GRAVITY_WARNING, "owner", "names nobody: an import needs --owner");
    return problem_set(problem, GRAVITY_ERROR, "not-null", "must not be null");
}

static bool cell_is(const struct cell *cell, const char *text)
{
    return cell->len == strlen(text) && memcmp(cell->text, text, cell->len) == 0;
}

static bool check_values(const struct column *column, const struct cell *cell, struct problem *problem)
{
    for (size_t i = 0; column->values[i]; i++)
        if (cell_is(cell, column->values[i]))
            return true;
    problem_set(problem, GRAVITY_ERROR, "enum", "must be one of");
    for (size_t i = 0; column->values[i]; i++)
        buffer_printf(&problem->text, "%s %s", i ? "," : "", column->values[i]);
    return false;
}

/* ---- numbers ---- */

/* How a number is rounded to `scale` digits behind the point. */
struct rounded {
    bool inexact; /* digits were lost */
    bool zero;
    size_t whole; /* digits before the point, zeros in front left out */
};

static struct rounded round_number(const char *text, size_t len, size_t scale)
{
    const char *point = memchr(text, '.', len);
    size_t nwhole = point ? (size_t)(point - text) : len;
    size_t nfraction = point ? len - nwhole - 1 : 0;
    struct rounded r = {.zero = true};
    bool up = nfraction > scale && point[1 + scale] >= '5';
    bool nines = true; /* every digit that stays is a 9, so that rounding up adds one in front */

    for (size_t i = 0; i < nwhole; i++) {
        r.whole += r.whole || text[i] != '0';
        r.zero = r.zero && text[i] == '0';
        nines = nines && (text[i] == '9' || !r.whole);
    }
    for (size_t i = 0; i < nfraction; i++) {
        char digit = point[1 + i];

        if (i < scale) {
            r.zero = r.zero && digit == '0';
            nines = nines && digit == '9';
        } else {
            r.inexact = r.inexact || digit != '0';
        }
    }
    r.whole += up && nines;
    r.zero = r.zero && !up;
    return r;
}

/* numeric(precision,scale) as format_type() writes it. */
static bool numeric_form(const char *sql_type, long *precision, long *scale)
{
    char *end;

    if (strncmp(sql_type, "numeric(", 8) != 0)
        return false;
    *precision = strtol(sql_type + 8, &end, 10);
    *scale = *end == ',' ? strtol(end + 1, &end, 10) : 0;
    return *end == ')' && *precision > 0 && *scale >= 0 && *scale <= *precision;
}

static bool check_numeric(const struct shape_column *column, const struct cell *cell, bool *negative,
                          struct problem *problem)
{
    bool sign = cell->len && *cell->text == '-';
    struct rounded r;
    long precision;
    long scale;

    *negative = sign;
    if (cell_is(cell, "NaN") || !numeric_form(column->sql_type, &precision, &scale))
        return true;
    if (cell_is(cell, "Infinity") || cell_is(cell, "-Infinity"))
        return problem_set(problem, GRAVITY_DAMAGE, "range", "is beyond the range of %s", column->sql_type);
    r = round_number(cell->text + sign, cell->len - sign, (size_t)scale);
    *negative = sign && !r.zero;
    if (r.whole > (size_t)(precision - scale))
        return problem_set(problem, GRAVITY_DAMAGE, "range", "is beyond the range of %s", column->sql_type);
    if (r.inexact)
        return problem_set(problem, GRAVITY_WARNING, "rounded", "has more digits than %s keeps: an import rounds it",
                           column->sql_type);
    return true;
}

static bool check_smallint(const struct cell *cell, struct problem *problem)
{
    char text[8];
    long value;

    if (cell->len < sizeof text) {
        memcpy(text, cell->text, cell->len);
        text[cell->len] = '\0';
        value = strtol(text, NULL, 10);
        if (value >= INT16_MIN && value <= INT16_MAX)
            return true;
    }
    return problem_set(problem, GRAVITY_DAMAGE, "range", "is beyond the range of smallint");
}

static bool check_number(const struct shape_column *column, const struct cell *cell, struct problem *problem)
{
    bool negative = cell->len && *cell->text == '-';
    bool fine = true;

    if (column->type == TYPE_NUMERIC)
        fine = check_numeric(column, cell, &negative, problem);
    else if (strcmp(column->sql_type, "smallint") == 0)
        fine = check_smallint(cell, problem);
    if (!fine && problem->gravity == GRAVITY_DAMAGE)
        return false;
    if (negative && column->known && column->known->check) /* all of them have the form "column >= 0" */
        return problem_set(problem, GRAVITY_ERROR, "check", "must not be negative");
    return fine;
}

/* ---- text ---- */

/* character varying(n): spaces behind the n-th character do not count. */
static bool check_length(const struct shape_column *column, const struct cell *cell, struct problem *problem)
{
    static const char prefix[] = "character varying(";
    struct cell trimmed = *cell;
    unsigned long most;

    if (strncmp(column->sql_type, prefix, sizeof prefix - 1) != 0)
        return true;
    most = strtoul(column->sql_type + sizeof prefix - 1, NULL, 10);
    while (trimmed.len && trimmed.text[trimmed.len - 1] == ' ')
        trimmed.len--;
    if (utf8_count(trimmed.text, trimmed.len) <= most)
        return true;
    return problem_set(problem, GRAVITY_DAMAGE, "range", "is longer than %lu characters", most);
}

/* Whether a comma-separated list of columns has this one. */
static bool list_has(const char *list, const char *name)
{
    size_t len = strlen(name);

    while (*list) {
        size_t item = strcspn(list, ", ");

        if (item == len && memcmp(list, name, len) == 0)
            return true;
        list += item;
        list += strspn(list, ", ");
    }
    return false;
}

bool column_is_indexed(const struct table *table, const struct column *column)
{
    for (size_t i = 0; i < table->nindexes; i++)
        if (list_has(table->indexes[i].columns, column->name))
            return true;
    return column->unique;
}

static bool check_text(const struct table *table, const struct shape_column *column, const struct cell *cell,
                       struct problem *problem)
{
    if (cell->len > BTREE_TEXT_MAX && column->known && column_is_indexed(table, column->known))
        return problem_set(problem, GRAVITY_DAMAGE, "too-long",
                           "has %zu bytes, but the index on it can hold %d", cell->len, BTREE_TEXT_MAX);
    return check_length(column, cell, problem);
}

bool check_cell(const struct table *table, const struct shape_column *column, const struct cell *cell,
                struct problem *problem)
{
    if (!cell->text)
        return !column->known || shape_column_is_open(column) || check_null(column->known, problem);
    if (column->known && column->known->values && !check_values(column->known, cell, problem))
        return false;
    switch (column->type) {
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_NUMERIC: return check_number(column, cell, problem);
    case TYPE_TEXT: return check_text(table, column, cell, problem);
    case TYPE_OTHER:
    case TYPE_UUID:
    case TYPE_ID:
    case TYPE_DOUBLE:
    case TYPE_BOOLEAN:
    case TYPE_TIMESTAMPTZ:
    case TYPE_JSONB:
    case TYPE_TEXT_ARRAY:
    case TYPE_INET: break;
    }
    return true;
}

/* ---- rows ---- */

/* A time's place among times, as far as its text tells: era, then the text itself, whose parts have fixed widths but for the
 * year, which is longer the later it is. */
struct moment {
    int era; /* -1: before Christ, -2 and 2: infinite */
    size_t year_digits;
    const char *text;
    size_t len; /* up to the time zone, which is always +00 */
};

static struct moment moment_of(const struct cell *cell)
{
    static const char before[] = "+00 BC";
    struct moment m = {.era = 1, .text = cell->text, .len = cell->len};
    const char *dash = memchr(cell->text, '-', cell->len);

    if (cell_is(cell, "infinity") || cell_is(cell, "-infinity"))
        return (struct moment){.era = cell->len == 8 ? 2 : -2};
    if (cell->len > sizeof before && memcmp(cell->text + cell->len - (sizeof before - 1), before, sizeof before - 1) == 0) {
        m.era = -1;
        m.len -= sizeof before - 1;
    } else {
        m.len -= cell->len > 3 ? 3 : 0;
    }
    m.year_digits = dash ? (size_t)(dash - cell->text) : 0;
    return m;
}

static int compare_runs(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_moments(const struct moment *a, const struct moment *b)
{
    int order;

    if (a->era != b->era)
        return a->era < b->era ? -1 : 1;
    if (a->era == 2 || a->era == -2)
        return 0;
    order = a->year_digits == b->year_digits ? compare_runs(a->text, a->year_digits, b->text, b->year_digits)
            : a->year_digits < b->year_digits ? -1
                                              : 1;
    if (order)
        return a->era < 0 ? -order : order; /* years before Christ count backwards */
    return compare_runs(a->text + a->year_digits, a->len - a->year_digits, b->text + b->year_digits,
                        b->len - b->year_digits);
}

bool check_row(const struct shape *shape, const struct row *row, struct problem *problem)
{
    int start = shape_column(shape, "period_start");
    int end = shape_column(shape, "period_end");
    struct moment from;
    struct moment to;

    if (!shape->table->check || start < 0 || end < 0 || !row->cells[start].text || !row->cells[end].text)
        return true;
    from = moment_of(&row->cells[start]);
    to = moment_of(&row->cells[end]);
    if (compare_moments(&to, &from) > 0)
        return true;
    return problem_set(problem, GRAVITY_ERROR, "check", "must be after period_start");
}
