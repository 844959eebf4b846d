/* Values as text: what PostgreSQL 15 makes of them with time zone UTC, measured there. */
#include "simulark/model/value.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

Suite *value_suite(void);

static const struct {
    enum type type;
    const char *text;
    const char *want; /* NULL: refused */
} cases[] = {
    {TYPE_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {TYPE_UUID, "{A0EEBC999C0B4EF8BB6D6BB9BD380A11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {TYPE_UUID, " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", NULL},
    {TYPE_UUID, "cdn", NULL},
    {TYPE_UUID, "", NULL},

    {TYPE_INTEGER, "2147483647", "2147483647"},
    {TYPE_INTEGER, "-2147483648", "-2147483648"},
    {TYPE_INTEGER, "2147483648", NULL},
    {TYPE_INTEGER, "-2147483649", NULL},
    {TYPE_INTEGER, " +0007 ", "7"},
    {TYPE_INTEGER, "-0", "0"},
    {TYPE_INTEGER, "1.0", NULL},
    {TYPE_INTEGER, "", NULL},
    {TYPE_INTEGER, "-", NULL},
    {TYPE_BIGINT, "9223372036854775807", "9223372036854775807"},
    {TYPE_BIGINT, "-9223372036854775808", "-9223372036854775808"},
    {TYPE_BIGINT, "9223372036854775808", NULL},
    {TYPE_BIGINT, "18446744073709551617", NULL},
    {TYPE_BIGINT, "1000000000000000000000000000000", NULL},

    {TYPE_BOOLEAN, "t", "t"},
    {TYPE_BOOLEAN, "TRUE", "t"},
    {TYPE_BOOLEAN, " y ", "t"},
    {TYPE_BOOLEAN, "of", "f"},
    {TYPE_BOOLEAN, "o", NULL},
    {TYPE_BOOLEAN, "0", "f"},
    {TYPE_BOOLEAN, "2", NULL},
    {TYPE_BOOLEAN, "truee", NULL},
    {TYPE_BOOLEAN, "", NULL},

    {TYPE_NUMERIC, "1.50", "1.50"},
    {TYPE_NUMERIC, "-0.00", "0.00"},
    {TYPE_NUMERIC, ".5", "0.5"},
    {TYPE_NUMERIC, "5.", "5"},
    {TYPE_NUMERIC, "007", "7"},
    {TYPE_NUMERIC, "1.5e3", "1500"},
    {TYPE_NUMERIC, "1.50e1", "15.0"},
    {TYPE_NUMERIC, "1e-3", "0.001"},
    {TYPE_NUMERIC, "nan", "NaN"},
    {TYPE_NUMERIC, "-inf", "-Infinity"},
    {TYPE_NUMERIC, "0e-16384", NULL},
    {TYPE_NUMERIC, "0e1000000", "0"},
    {TYPE_NUMERIC, "0e999999999999999999999", NULL},
    {TYPE_NUMERIC, "1e131072", NULL},
    {TYPE_NUMERIC, "1e", NULL},
    {TYPE_NUMERIC, ".", NULL},
    {TYPE_NUMERIC, "", NULL},

    {TYPE_DOUBLE, "0.1", "0.1"},
    {TYPE_DOUBLE, "-0", "-0"},
    {TYPE_DOUBLE, "1.0", "1"},
    {TYPE_DOUBLE, "100000000000000", "100000000000000"},
    {TYPE_DOUBLE, "1000000000000000", "1e+15"},
    {TYPE_DOUBLE, "0.0001", "0.0001"},
    {TYPE_DOUBLE, "0.00001", "1e-05"},
    {TYPE_DOUBLE, "1e23", "9.999999999999999e+22"},
    {TYPE_DOUBLE, "5e-324", "5e-324"},
    {TYPE_DOUBLE, "1.7976931348623157e308", "1.7976931348623157e+308"},
    {TYPE_DOUBLE, "5.684341886080802e-14", "5.684341886080802e-14"},
    {TYPE_DOUBLE, "0.30000000000000004", "0.30000000000000004"},
    {TYPE_DOUBLE, "1e400", NULL},
    {TYPE_DOUBLE, "1e-400", NULL},
    {TYPE_DOUBLE, "+infinity", "Infinity"},
    {TYPE_DOUBLE, "-Infinity", "-Infinity"},
    {TYPE_DOUBLE, "NaN", "NaN"},
    {TYPE_DOUBLE, "1,5", NULL},

    {TYPE_TIMESTAMPTZ, "2026-11-23 10:00:00.5+00", "2026-11-23 10:00:00.5+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23T11:00:00+01:00", "2026-11-23 10:00:00+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23T10:00Z", "2026-11-23 10:00:00+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23T10:00:00", "2026-11-23 10:00:00+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23", "2026-11-23 00:00:00+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23T10:00:00.1234565Z", "2026-11-23 10:00:00.123456+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23T10:00:00.123456789Z", "2026-11-23 10:00:00.123457+00"},
    {TYPE_TIMESTAMPTZ, "2026-12-31T23:59:59.9999999Z", "2027-01-01 00:00:00+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23 10:00:00.50+00", "2026-11-23 10:00:00.5+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23 24:00:00+00", "2026-11-24 00:00:00+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23 24:00:01+00", NULL},
    {TYPE_TIMESTAMPTZ, "2026-11-23 10:00:60+00", "2026-11-23 10:01:00+00"},
    {TYPE_TIMESTAMPTZ, "2026-11-23 10:00:61+00", NULL},
    {TYPE_TIMESTAMPTZ, "2024-02-29 00:00:00+00", "2024-02-29 00:00:00+00"},
    {TYPE_TIMESTAMPTZ, "2026-02-29 00:00:00+00", NULL},
    {TYPE_TIMESTAMPTZ, "1900-02-29 00:00:00+00", NULL},
    {TYPE_TIMESTAMPTZ, "0044-03-15 00:00:00+00 BC", "0044-03-15 00:00:00+00 BC"},
    {TYPE_TIMESTAMPTZ, "0001-01-01 00:00:00+01", "0001-12-31 23:00:00+00 BC"},
    {TYPE_TIMESTAMPTZ, "4714-11-24 00:00:00+00 BC", "4714-11-24 00:00:00+00 BC"},
    {TYPE_TIMESTAMPTZ, "4714-11-23 23:59:59+00 BC", NULL},
    {TYPE_TIMESTAMPTZ, "294276-12-31 23:59:59.999999+00", "294276-12-31 23:59:59.999999+00"},
    {TYPE_TIMESTAMPTZ, "294277-01-01 00:00:00+00", NULL},
    {TYPE_TIMESTAMPTZ, "0000-01-01 00:00:00+00", NULL},
    {TYPE_TIMESTAMPTZ, "Infinity", "infinity"},
    {TYPE_TIMESTAMPTZ, "-infinity", "-infinity"},
    {TYPE_TIMESTAMPTZ, "2026-11-23T10:00:00+16", NULL},
    {TYPE_TIMESTAMPTZ, "2026-11-23T10:00:00 Europe/Berlin", NULL},
    {TYPE_TIMESTAMPTZ, "yesterday", NULL},
    {TYPE_TIMESTAMPTZ, "", NULL},

    {TYPE_INET, "10.0.0.1", "10.0.0.1"},
    {TYPE_INET, "10.0.0.1/32", "10.0.0.1"},
    {TYPE_INET, "10.0.0.1/8", "10.0.0.1/8"},
    {TYPE_INET, "2001:DB8:0:0::1/64", "2001:db8::1/64"},
    {TYPE_INET, "10.0.0.1/33", NULL},
    {TYPE_INET, "10.0.0.1/", NULL},
    {TYPE_INET, "localhost", NULL},

    {TYPE_TEXT, " as it is ", " as it is "},
    {TYPE_OTHER, "", ""},
};

START_TEST(text_becomes_what_postgresql_writes)
{
    struct buffer out = BUFFER_INIT;
    const char *problem = NULL;
    bool ok = value_canonical(cases[_i].type, cases[_i].text, strlen(cases[_i].text), &out, &problem);

    ck_assert_msg(ok == (cases[_i].want != NULL), "%s: %s", cases[_i].text, ok ? buffer_string(&out) : problem);
    if (ok) {
        ck_assert_str_eq(buffer_string(&out), cases[_i].want);
    } else {
        ck_assert_uint_eq(out.len, 0);
        ck_assert_int_eq(strncmp(problem, "is ", 3), 0);
    }
    buffer_release(&out);
}
END_TEST

START_TEST(numbers_reach_numerics_limits_and_not_beyond)
{
    struct buffer out = BUFFER_INIT;
    const char *problem;

    ck_assert(number_canonical("1e131071", 8, &out, &problem));
    ck_assert_uint_eq(out.len, 131072);
    buffer_clear(&out);
    ck_assert(number_canonical("1e-16383", 8, &out, &problem));
    ck_assert_uint_eq(out.len, 16385);
    buffer_clear(&out);
    ck_assert(!number_canonical("1e-16384", 8, &out, &problem));
    ck_assert(!number_canonical("-1.5e999999999999", 17, &out, &problem));
    ck_assert(!number_canonical("-1.5e-999999999999", 18, &out, &problem));
    ck_assert_uint_eq(out.len, 0);
    buffer_release(&out);
}
END_TEST

START_TEST(doubles_come_back_as_the_same_bits)
{
    struct buffer out = BUFFER_INIT;
    struct buffer again = BUFFER_INIT;
    uint64_t bits = 1;

    for (int i = 0; i < 20000; i++) {
        const char *problem;
        char text[64];
        double value;

        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        buffer_clear(&out);
        buffer_clear(&again);
        snprintf(text, sizeof text, "%.17g", value);
        ck_assert(value_canonical(TYPE_DOUBLE, text, strlen(text), &out, &problem));
        ck_assert_msg(strtod(buffer_string(&out), NULL) == value, "%s: %s", text, out.data);
        ck_assert(value_canonical(TYPE_DOUBLE, out.data, out.len, &again, &problem));
        ck_assert_str_eq(buffer_string(&again), buffer_string(&out));
    }
    buffer_release(&out);
    buffer_release(&again);
}
END_TEST

/* A time with an offset to the west, and what it is in UTC with that offset to the east, are the same the other way round. */
/* PostgreSQL's own form is read by itself; with a T in place of the space it is one of many. */
static void check_readings_agree(char *text, size_t len)
{
    struct buffer one = BUFFER_INIT;
    struct buffer other = BUFFER_INIT;
    const char *problem;
    int64_t here = 0;
    int64_t there = 0;
    bool read = timestamptz_instant(text, len, &here);

    ck_assert_int_eq(timestamptz_canonical(text, len, &one, &problem), read);
    text[10] = 'T';
    ck_assert_int_eq(timestamptz_instant(text, len, &there), read);
    ck_assert_int_eq(timestamptz_canonical(text, len, &other, &problem), read);
    text[10] = ' ';
    ck_assert_msg(!read || here == there, "%.*s", (int)len, text);
    ck_assert_msg(!read || strcmp(buffer_string(&one), buffer_string(&other)) == 0, "%.*s", (int)len, text);
    buffer_release(&one);
    buffer_release(&other);
}

START_TEST(times_in_postgresql_s_form_are_read_as_any_other)
{
    static const char others[] = "0123456789/:-+. ~\xB0";
    static const int64_t units[] = {1, 1000, 1000000};
    struct buffer text = BUFFER_INIT;
    uint64_t bits = 1;

    for (int i = 0; i < 300; i++) {
        int64_t unit = units[i % 3];
        int64_t instant, back;

        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        instant = (int64_t)((bits >> 2) % UINT64_C(315537897600000000)) - INT64_C(63082281600000000); /* years 1 to 9999 */
        instant = instant / unit * unit;
        buffer_clear(&text);
        timestamptz_append(instant, &text);
        ck_assert(timestamptz_instant(text.data, text.len, &back));
        ck_assert_int_eq(back, instant);
        for (size_t at = 0; at < text.len; at++) {
            char before = text.data[at];

            for (const char *c = others; at != 10 && *c; c++) {
                text.data[at] = *c;
                check_readings_agree(text.data, text.len);
            }
            text.data[at] = before;
        }
    }
    buffer_release(&text);
}
END_TEST

START_TEST(offsets_undo_each_other)
{
    struct buffer local = BUFFER_INIT;
    struct buffer utc = BUFFER_INIT;
    struct buffer back = BUFFER_INIT;
    const size_t plain = strlen("0001-01-01 00:00:00");
    const char *problem;

    buffer_text(&utc, "0001-01-01 00:00:00");
    for (int i = 0; i < 20000; i++) {
        buffer_clear(&local);
        buffer_append(&local, utc.data, plain);
        buffer_text(&local, "-15:59:59");
        buffer_clear(&utc);
        ck_assert(value_canonical(TYPE_TIMESTAMPTZ, local.data, local.len, &utc, &problem));
        ck_assert_uint_eq(utc.len, plain + 3);
        ck_assert_int_gt(memcmp(utc.data, local.data, plain), 0);
        utc.len = plain;
        buffer_text(&utc, "+15:59:59");
        buffer_clear(&back);
        ck_assert(value_canonical(TYPE_TIMESTAMPTZ, utc.data, utc.len, &back, &problem));
        ck_assert_int_eq(memcmp(back.data, local.data, plain), 0);
    }
    buffer_release(&local);
    buffer_release(&utc);
    buffer_release(&back);
}
END_TEST

Suite *value_suite(void)
{
    Suite *suite = suite_create("value");
    TCase *values = tcase_create("values");

    tcase_add_loop_test(values, text_becomes_what_postgresql_writes, 0, sizeof cases / sizeof *cases);
    tcase_add_test(values, numbers_reach_numerics_limits_and_not_beyond);
    tcase_add_test(values, doubles_come_back_as_the_same_bits);
    tcase_add_test(values, times_in_postgresql_s_form_are_read_as_any_other);
    tcase_add_test(values, offsets_undo_each_other);
    suite_add_tcase(suite, values);
    return suite;
}
