/* Runs every suite of the unit tests. A suite is one file; its function is declared and listed here. */
#include <check.h>
#include <stdlib.h>

Suite *age_suite(void);
Suite *base_suite(void);
Suite *check_suite(void);
Suite *container_suite(void);
Suite *copy_suite(void);
Suite *crypto_suite(void);
Suite *damage_suite(void);
Suite *graph_suite(void);
Suite *ids_suite(void);
Suite *json_suite(void);
Suite *json_diff_suite(void);
Suite *key_index_suite(void);
Suite *leak_suite(void);
Suite *manifest_suite(void);
Suite *output_suite(void);
Suite *package_suite(void);
Suite *picture_suite(void);
Suite *prefetch_suite(void);
Suite *progress_suite(void);
Suite *row_json_suite(void);
Suite *settled_suite(void);
Suite *template_suite(void);
Suite *tier_suite(void);
Suite *value_suite(void);
Suite *words_suite(void);
Suite *yaml_reader_suite(void);
Suite *yaml_suite(void);

int main(void)
{
    SRunner *runner = srunner_create(base_suite());
    int failed;

    srunner_add_suite(runner, age_suite());
    srunner_add_suite(runner, check_suite());
    srunner_add_suite(runner, container_suite());
    srunner_add_suite(runner, copy_suite());
    srunner_add_suite(runner, crypto_suite());
    srunner_add_suite(runner, damage_suite());
    srunner_add_suite(runner, graph_suite());
    srunner_add_suite(runner, ids_suite());
    srunner_add_suite(runner, json_suite());
    srunner_add_suite(runner, json_diff_suite());
    srunner_add_suite(runner, key_index_suite());
    srunner_add_suite(runner, leak_suite());
    srunner_add_suite(runner, manifest_suite());
    srunner_add_suite(runner, output_suite());
    srunner_add_suite(runner, package_suite());
    srunner_add_suite(runner, picture_suite());
    srunner_add_suite(runner, prefetch_suite());
    srunner_add_suite(runner, progress_suite());
    srunner_add_suite(runner, row_json_suite());
    srunner_add_suite(runner, settled_suite());
    srunner_add_suite(runner, template_suite());
    srunner_add_suite(runner, tier_suite());
    srunner_add_suite(runner, value_suite());
    srunner_add_suite(runner, words_suite());
    srunner_add_suite(runner, yaml_reader_suite());
    srunner_add_suite(runner, yaml_suite());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
