/* The settled source: what comes out is in key order and counted, however it came in and however much there is. */
#include "simulark/base/buffer.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/filters.h"
#include "simulark/model/row_key.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

Suite *settled_suite(void);

static struct source *settled(const struct buffer *text)
{
    static struct limits limits; /* the source keeps the address */
    char path[] = "/tmp/settled-XXXXXX.json";
    int fd = mkstemps(path, 5);
    struct error err = ERROR_INIT;
    struct bundle_info info;
    struct source *source;

    for (size_t done = 0; done < text->len;) {
        ssize_t n = write(fd, text->data + done, text->len - done);

        ck_assert_int_gt(n, 0);
        done += (size_t)n;
    }
    close(fd);
    limits = LIMITS_DEFAULT;
    source = source_bundle(path, &limits, &info, &err);
    unlink(path);
    ck_assert_msg(source, "%s", buffer_string(&err.message));
    return source_settled(source);
}

/* Pulls to the end; lists "id label" of the nodes, where wanted. */
static void pull(struct source *source, struct buffer *nodes, int64_t *rows, size_t *out_of_order)
{
    const struct manifest *manifest;
    struct buffer before = BUFFER_INIT;
    struct buffer at = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct item item;

    ck_assert_msg(source_header(source, &manifest, &err), "%s", buffer_string(&err.message));
    ck_assert(!manifest->by_hand);
    *rows = manifest_shape(manifest, table_find("nodes"))->rows;
    *out_of_order = 0;
    buffer_reserve(&before, 1);
    do {
        ck_assert_msg(source_next(source, &item, &err), "%s", buffer_string(&err.message));
        if (item.kind == ITEM_TABLE)
            buffer_clear(&before);
        if (item.kind == ITEM_ROW) {
            struct row_key key = row_key_of(item.shape);

            buffer_clear(&at);
            row_key_append(&key, &item.row, &at);
            *out_of_order += row_key_compare(before.data, before.len, at.data, at.len) > 0;
            buffer_clear(&before);
            buffer_append(&before, at.data, at.len);
            ck_assert_ptr_nonnull(item.row.copy);
        }
        if (item.kind == ITEM_ROW && nodes && strcmp(item.shape->table->name, "nodes") == 0)
            buffer_printf(nodes, "%.*s %.*s\n", (int)item.row.cells[0].len, item.row.cells[0].text,
                          (int)item.row.cells[3].len, item.row.cells[3].text);
    } while (item.kind != ITEM_TRAILER);
    source_free(source);
    buffer_release(&before);
    buffer_release(&at);
    error_release(&err);
}

static void begin(struct buffer *text)
{
    buffer_text(text, "{\"simulark\": \"bundle\", \"format\": 1, \"kind\": \"project\", \"nodes\": [\n");
}

#define G1 "10000000-0000-4000-8000-000000000001"
#define G2 "10000000-0000-4000-8000-000000000002"
#define N(n) "20000000-0000-4000-8000-00000000000" #n
#define NODE(n, graph, label) "{\"id\": \"" N(n) "\", \"graph_id\": \"" graph "\", \"type\": \"x\", \"label\": \"" label "\"}"

START_TEST(rows_are_counted_and_put_in_order)
{
    struct buffer text = BUFFER_INIT;
    struct buffer nodes = BUFFER_INIT;
    int64_t rows;
    size_t out_of_order;

    begin(&text);
    buffer_text(&text, NODE(3, G1, "c") ", " NODE(1, G2, "d") ", " NODE(2, G1, "a") ", " NODE(3, G1, "again") "]}\n");
    pull(settled(&text), &nodes, &rows, &out_of_order);
    ck_assert_int_eq(rows, 4);
    ck_assert_uint_eq(out_of_order, 0);
    ck_assert_str_eq(buffer_string(&nodes), N(2) " a\n" N(3) " c\n" N(3) " again\n" N(1) " d\n");
    buffer_release(&text);
    buffer_release(&nodes);
}
END_TEST

/* In order, in the opposite order, and shuffled: more than memory holds, and more runs than are merged at once. */
START_TEST(many_rows_are_sorted_in_the_scratch_file)
{
    const unsigned count = 100000;
    struct buffer text = BUFFER_INIT;
    int64_t rows;
    size_t out_of_order;

    begin(&text);
    for (unsigned i = 0; i < count; i++) {
        unsigned id = _i == 0 ? i : _i == 1 ? count - i : i * 2654435761U;

        buffer_printf(&text, "%s{\"id\": \"20000000-0000-4000-8000-0000%08x\", \"graph_id\": \"" G1 "\", \"type\": \"x\", "
                             "\"label\": \"%0100u\"}", i ? ",\n" : "", id, i);
    }
    buffer_text(&text, "]}\n");
    pull(settled(&text), NULL, &rows, &out_of_order);
    ck_assert_int_eq(rows, count);
    ck_assert_uint_eq(out_of_order, 0);
    buffer_release(&text);
}
END_TEST

static const struct {
    const char *a, *b; /* in order */
} keys[] = {{"1", "2"}, {"9", "10"}, {"-10", "-9"}, {"-1", "0"}, {"2147483647", NULL}};

START_TEST(numbers_compare_as_numbers_and_null_comes_last)
{
    struct shape shape;
    struct row_key key;
    struct cell cells[16] = {{0}};
    struct row row = {.cells = cells, .ncells = 8};
    struct buffer a = BUFFER_INIT;
    struct buffer b = BUFFER_INIT;

    shape_init_known(&shape, table_find("subscription_tiers"));
    key = row_key_of(&shape);
    cells[0] = (struct cell){keys[_i].a, strlen(keys[_i].a)};
    row_key_append(&key, &row, &a);
    cells[0] = (struct cell){keys[_i].b, keys[_i].b ? strlen(keys[_i].b) : 0};
    row_key_append(&key, &row, &b);
    ck_assert_int_lt(row_key_compare(a.data, a.len, b.data, b.len), 0);
    ck_assert_int_gt(row_key_compare(b.data, b.len, a.data, a.len), 0);
    ck_assert_int_eq(row_key_compare(a.data, a.len, a.data, a.len), 0);
    buffer_release(&a);
    buffer_release(&b);
    shape_release(&shape);
}
END_TEST

Suite *settled_suite(void)
{
    Suite *suite = suite_create("settled");
    TCase *tests = tcase_create("all");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, rows_are_counted_and_put_in_order);
    tcase_add_loop_test(tests, many_rows_are_sorted_in_the_scratch_file, 0, 3);
    tcase_add_loop_test(tests, numbers_compare_as_numbers_and_null_comes_last, 0, (int)(sizeof keys / sizeof *keys));
    suite_add_tcase(suite, tests);
    return suite;
}
