#include "simulark/model/tier.h"

#include <check.h>

/* What `limits` and `features` may hold, and what of it is refused in which words; NULL: it is taken. */
static const struct {
    const char *key, *type, *text;
    const char *problem;
    int64_t limit; /* of max_projects, where it is taken */
} limit_cases[] = {
    {"max_projects", "number", "0", NULL, 0},
    {"max_projects", "number", "3", NULL, 3},
    {"max_projects", "number", "3.00", NULL, 3},
    {"max_projects", "number", "9223372036854775807", NULL, INT64_MAX},
    {"max_projects", "null", NULL, NULL, UNLIMITED},
    {"anything_else", "string", "x", NULL, UNLIMITED},
    {"max_projects", "number", "9223372036854775808", "max_projects is too large", 0},
    {"max_projects", "number", "100000000000000000000000000000000000000000000", "max_projects is too large", 0},
    {"max_projects", "number", "-1", "max_projects is negative", 0},
    {"max_projects", "number", "-0.5", "max_projects is negative", 0},
    {"max_projects", "number", "2.5", "max_projects is a fraction", 0},
    {"max_projects", "number", "0.0001", "max_projects is a fraction", 0},
    {"max_projects", "string", "3", "max_projects is a string", 0},
    {"max_projects", "string", "unlimited", "max_projects is a string", 0},
    {"max_projects", "boolean", "true", "max_projects is a boolean", 0},
    {"max_projects", "array", "[3]", "max_projects is an array", 0},
    {"max_projects", "object", "{}", "max_projects is an object", 0},
};

START_TEST(limits_are_whole_numbers_or_an_error_that_names_them)
{
    struct error err = ERROR_INIT;
    struct tier tier;
    bool ok;

    tier_init(&tier, "gold");
    ok = tier_take_limit(&tier, limit_cases[_i].key, limit_cases[_i].type, limit_cases[_i].text, &err);
    ck_assert_int_eq(ok, !limit_cases[_i].problem);
    if (ok) {
        ck_assert_int_eq(tier.limits[LIMIT_PROJECTS], limit_cases[_i].limit);
    } else {
        ck_assert_int_eq(err.status, STATUS_REFUSED);
        ck_assert_ptr_nonnull(strstr(buffer_string(&err.message), "\"gold\""));
        ck_assert_ptr_nonnull(strstr(buffer_string(&err.message), limit_cases[_i].problem));
    }
    error_release(&err);
    tier_release(&tier);
}
END_TEST

static const struct {
    const char *limits, *features;
    const char *problem;
} type_cases[] = {
    {"object", "array", NULL},
    {"object", "object", NULL},
    {NULL, "array", "limits is NULL"},
    {"null", "array", "limits is null"},
    {"array", "array", "limits is an array"},
    {"string", "array", "limits is a string"},
    {"number", "array", "limits is a number"},
    {"object", NULL, "features is NULL"},
    {"object", "string", "features is a string"},
    {"object", "null", "features is null"},
};

START_TEST(limits_are_an_object_and_features_a_list_or_an_object)
{
    struct error err = ERROR_INIT;
    struct tier tier;
    bool ok;

    tier_init(&tier, "gold");
    ok = tier_check_types(&tier, type_cases[_i].limits, type_cases[_i].features, &err);
    ck_assert_int_eq(ok, !type_cases[_i].problem);
    if (!ok)
        ck_assert_ptr_nonnull(strstr(buffer_string(&err.message), type_cases[_i].problem));
    error_release(&err);
    tier_release(&tier);
}
END_TEST

static const struct {
    const char *key, *type, *text;
    bool taken, has_import;
} feature_cases[] = {
    {NULL, "string", "import", true, true},
    {NULL, "string", "teleport", true, false},
    {NULL, "number", "1", false, false},
    {NULL, "null", NULL, false, false},
    {NULL, "array", "[\"import\"]", false, false},
    {"import", "boolean", "true", true, true},
    {"import", "boolean", "false", true, false},
    {"import", "string", "true", false, false},
    {"import", "number", "1", false, false},
    {"import", "null", NULL, false, false},
    {"teleport", "boolean", "true", true, false},
};

START_TEST(features_are_strings_or_booleans)
{
    struct error err = ERROR_INIT;
    struct tier tier;

    tier_init(&tier, "gold");
    ck_assert_int_eq(tier_take_feature(&tier, feature_cases[_i].key, feature_cases[_i].type, feature_cases[_i].text, &err),
                     feature_cases[_i].taken);
    ck_assert_int_eq(tier.features[FEATURE_IMPORT], feature_cases[_i].has_import);
    error_release(&err);
    tier_release(&tier);
}
END_TEST

Suite *tier_suite(void);

Suite *tier_suite(void)
{
    Suite *suite = suite_create("tier");
    TCase *tcase = tcase_create("tier");

    tcase_add_loop_test(tcase, limits_are_whole_numbers_or_an_error_that_names_them, 0,
                        sizeof limit_cases / sizeof *limit_cases);
    tcase_add_loop_test(tcase, limits_are_an_object_and_features_a_list_or_an_object, 0,
                        sizeof type_cases / sizeof *type_cases);
    tcase_add_loop_test(tcase, features_are_strings_or_booleans, 0, sizeof feature_cases / sizeof *feature_cases);
    suite_add_tcase(suite, tcase);
    return suite;
}
