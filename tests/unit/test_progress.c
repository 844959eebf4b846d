/* What the line of progress says. */
#include "../../src/cmd/progress.h"
#include "simulark/model/table.h"

#include <check.h>

Suite *progress_suite(void);

static struct shape nodes;

static const struct {
    struct progress progress;
    int64_t elapsed;
    const char *text;
} cases[] = {
    {{PROGRESS_ROWS, &nodes, 300, 630, 1400, 1258291}, 500, "Exporting nodes: 45%, 630 of 1,400 rows, 1.2 MiB"},
    {{PROGRESS_ROWS, &nodes, 300, 700, 1400, 1048576}, 2000, "Exporting nodes: 50%, 700 of 1,400 rows, 1.0 MiB, 512.0 KiB/s, 0:02 left"},
    {{PROGRESS_ROWS, &nodes, 1, 1, 100000, 1024}, 4000, "Exporting nodes: 0%, 1 of 100,000 rows, 1.0 KiB, 256 bytes/s, 111:06:36 left"},
    {{PROGRESS_ROWS, &nodes, 300, 630, -1, 10}, 2000, "Exporting nodes: 630 rows, 10 bytes, 5 bytes/s"},
    /* More than was foretold: no share of it, no rest. */
    {{PROGRESS_ROWS, &nodes, 300, 630, 629, 10}, 2000, "Exporting nodes: 630 rows, 10 bytes, 5 bytes/s"},
    {{PROGRESS_ROWS, &nodes, 0, 0, 0, 0}, 0, "Exporting nodes: 0 rows, 0 bytes"},
    {{PROGRESS_TABLE_DONE, &nodes, 1234, 5000, 9000, 10}, 2000, "Exporting nodes: done, 1,234 rows"},
    {{PROGRESS_TABLE_DONE, &nodes, 1, 5000, 9000, 10}, 2000, "Exporting nodes: done, 1 row"},
    {{PROGRESS_FINISHING, &nodes, 0, 1400, 1400, 1024}, 2000, "Exporting: 100%, 1,400 of 1,400 rows, 1.0 KiB, 512 bytes/s, finishing"},
    {{PROGRESS_DONE, &nodes, 0, 1400, 1400, 1024}, 64000, "Exporting: 100%, 1,400 of 1,400 rows, 1.0 KiB, 16 bytes/s, took 1:04"},
    {{PROGRESS_DONE, NULL, 0, 0, 0, 0}, 10, "Exporting: 0 rows, 0 bytes"},
};

START_TEST(test_text)
{
    struct buffer text = BUFFER_INIT;

    nodes.table = table_find("nodes");
    progress_text(&text, "Exporting", &cases[_i].progress, cases[_i].elapsed);
    ck_assert_str_eq(buffer_string(&text), cases[_i].text);
    buffer_release(&text);
}
END_TEST

Suite *progress_suite(void)
{
    Suite *suite = suite_create("progress");
    TCase *tcase = tcase_create("text");

    tcase_add_loop_test(tcase, test_text, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tcase);
    return suite;
}
