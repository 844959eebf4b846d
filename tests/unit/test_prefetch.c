/* The prefetching source: what comes out is what the inner source gives, failures in their place, whatever the sizes. */
#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/model/table.h"

#include <check.h>
#include <stdlib.h>

Suite *prefetch_suite(void);

/* Gives one table of rows with a number, a text of a length that follows from it, and a NULL; then an asset, and the end. */
struct counting {
    struct source base;
    size_t rows;
    size_t fails_at; /* of its items */
    size_t given;
    size_t longest;
    bool *freed;
    struct shape shape;
    struct buffer number, text;
    struct cell cells[3];
};

static size_t length_of(const struct counting *c, size_t row)
{
    return row % 1000 == 7 ? c->longest : row % 500;
}

static bool counting_header(struct source *source, const struct manifest **manifest, struct error *err)
{
    (void)source, (void)err;
    *manifest = NULL;
    return true;
}

static void fill_row(struct counting *c, size_t row, struct item *item)
{
    buffer_clear(&c->number);
    buffer_printf(&c->number, "%zu", row);
    buffer_clear(&c->text);
    for (size_t i = 0; i < length_of(c, row); i++)
        buffer_byte(&c->text, (char)('a' + (row + i) % 26));
    c->cells[0] = (struct cell){buffer_string(&c->number), c->number.len};
    c->cells[1] = (struct cell){buffer_string(&c->text), c->text.len};
    c->cells[2] = (struct cell){NULL, 0};
    *item = (struct item){.kind = ITEM_ROW, .shape = &c->shape, .row = {.cells = c->cells, .ncells = 3}};
    if (row % 2)
        item->row.copy = c->text.data, item->row.copy_len = c->text.len;
}

static bool counting_next(struct source *source, struct item *item, struct error *err)
{
    struct counting *c = (struct counting *)source;
    size_t at = c->given++;

    if (at == c->fails_at)
        return error_set(err, STATUS_MALFORMED, "Item %zu is wrong.", at);
    *item = (struct item){.kind = ITEM_TRAILER};
    if (at == 0)
        *item = (struct item){.kind = ITEM_TABLE, .shape = &c->shape};
    else if (at <= c->rows)
        fill_row(c, at - 1, item);
    else if (at == c->rows + 1)
        *item = (struct item){.kind = ITEM_TABLE_END, .shape = &c->shape};
    else if (at == c->rows + 2)
        *item = (struct item){.kind = ITEM_ASSET, .asset = {"README.md", "# Shop", 6}};
    return true;
}

static void counting_place(const struct source *source, struct buffer *text)
{
    (void)source, (void)text;
}

static void counting_free(struct source *source)
{
    struct counting *c = (struct counting *)source;

    *c->freed = true;
    buffer_release(&c->number);
    buffer_release(&c->text);
    free(c);
}

static const struct source_ops ops = {
    .header = counting_header,
    .next = counting_next,
    .place = counting_place,
    .free = counting_free,
};

static struct counting *counting(size_t rows, size_t longest, size_t fails_at, bool *freed)
{
    struct counting *c = mem_alloc(sizeof *c);

    c->base.ops = &ops;
    c->rows = rows;
    c->longest = longest;
    c->fails_at = fails_at;
    c->freed = freed;
    c->shape.table = table_find("nodes");
    *freed = false;
    return c;
}

static bool same_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && !a == !b && (!a_len || memcmp(a, b, a_len) == 0);
}

static void check_item(const struct item *got, const struct item *wanted)
{
    ck_assert_int_eq(got->kind, wanted->kind);
    ck_assert_uint_eq(got->row.ncells, wanted->row.ncells);
    for (size_t i = 0; i < got->row.ncells; i++)
        ck_assert(same_bytes(got->row.cells[i].text, got->row.cells[i].len, wanted->row.cells[i].text, wanted->row.cells[i].len));
    ck_assert(same_bytes(got->row.copy, got->row.copy_len, wanted->row.copy, wanted->row.copy_len));
    ck_assert(same_bytes(got->asset.bytes, got->asset.len, wanted->asset.bytes, wanted->asset.len));
    if (wanted->asset.path) {
        ck_assert_str_eq(got->asset.path, wanted->asset.path);
        ck_assert_str_eq(got->asset.bytes, wanted->asset.bytes);
    }
}

/* Compares `items` of them, or all to the trailer or the failure. */
static void compare(size_t rows, size_t longest, size_t fails_at, size_t items)
{
    bool freed, model_freed;
    struct source *model = &counting(rows, longest, fails_at, &model_freed)->base;
    struct counting *inner = counting(rows, longest, fails_at, &freed);
    struct source *source = source_prefetch(&inner->base);
    const struct manifest *manifest;
    struct error err = ERROR_INIT;
    struct error model_err = ERROR_INIT;
    struct item got, wanted;
    bool more = true;

    ck_assert(source_header(source, &manifest, &err));
    for (size_t i = 0; more && i < items; i++) {
        bool ok = source_next(model, &wanted, &model_err);

        ck_assert(source_next(source, &got, &err) == ok);
        if (ok) {
            ck_assert_ptr_eq(got.shape, wanted.shape ? &inner->shape : NULL);
            check_item(&got, &wanted);
        } else {
            ck_assert_int_eq(err.status, model_err.status);
            ck_assert_str_eq(buffer_string(&err.message), buffer_string(&model_err.message));
        }
        more = ok && got.kind != ITEM_TRAILER;
    }
    source_free(source);
    source_free(model);
    ck_assert(freed);
    error_release(&err);
    error_release(&model_err);
}

#define NEVER ((size_t)-1)

START_TEST(all_comes_as_the_inner_source_gives_it)
{
    compare(0, 0, NEVER, NEVER);
    compare(1, 0, NEVER, NEVER);
    compare(20000, 3000, NEVER, NEVER);
    compare(20, (size_t)3 << 20, NEVER, NEVER);   /* larger than a batch, and than what may be read ahead */
    compare(3000, (size_t)3 << 20, NEVER, NEVER);
}
END_TEST

START_TEST(a_failure_comes_behind_the_rows_before_it)
{
    static const size_t places[] = {0, 1, 2, 8, 9, 999, 4000, 5001, 5002, 5003};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        compare(5000, 300000, places[i], NEVER);
}
END_TEST

START_TEST(whoever_takes_no_more_may_free_it_at_any_time)
{
    static const size_t places[] = {0, 1, 2, 500, 4000};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        compare(5000, 300000, NEVER, places[i]);
}
END_TEST

Suite *prefetch_suite(void)
{
    Suite *suite = suite_create("prefetch");
    TCase *tests = tcase_create("prefetch");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, all_comes_as_the_inner_source_gives_it);
    tcase_add_test(tests, a_failure_comes_behind_the_rows_before_it);
    tcase_add_test(tests, whoever_takes_no_more_may_free_it_at_any_time);
    suite_add_tcase(suite, tests);
    return suite;
}
