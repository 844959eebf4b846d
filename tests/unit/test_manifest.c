#include "simulark/model/manifest.h"
#include "simulark/model/seal.h"

#include <check.h>
#include <stdlib.h>

#define HEAD "\"simulark\":\"bundle\",\"format\":1,\"schema\":1,\"kind\":\"project\""

/* A header, and the sentence it is refused with; NULL: it is taken. */
static const struct {
    const char *header;
    const char *sentence;
} headers[] = {
    {"{" HEAD "}", NULL},
    {"{" HEAD ",\"tables\":[]}", NULL},
    {"{" HEAD ",\"tables\":[{\"name\":\"projects\",\"rows\":1,\"columns\":[\"id\",\"name\"]}]}", NULL},
    {"{}", "This is no simulark bundle: it does not say \"simulark: bundle\"."},
    {"{\"simulark\":\"bundle\"}", "The header's format is missing."},
    {"{\"simulark\":\"bundle\",\"format\":2}", "The bundle has format 2; this release reads up to 1."},
    {"{\"simulark\":\"bundle\",\"format\":\"1\"}", "The header's format must be a whole number of 1 or more."},
    {"{\"simulark\":\"bundle\",\"format\":1,\"schema\":9}", "The bundle has schema 9; this release reads up to 1."},
    {"{\"simulark\":\"bundle\",\"format\":1,\"kind\":\"tree\"}",
     "The header's kind must be one of project, account, instance, template."},
    {"{" HEAD ",\"colour\":1}", "The header has a field colour, which format 1 does not know."},
    {"{" HEAD ",\"tables\":{}}", "The header's tables must be a list."},
    {"{" HEAD ",\"tables\":[{\"name\":\"pictures\",\"rows\":0,\"columns\":[\"id\"]}]}",
     "The header names a table pictures, which this release does not know."},
    {"{" HEAD ",\"tables\":[{\"name\":\"nodes\",\"rows\":0,\"columns\":[\"id\"]},"
     "{\"name\":\"graphs\",\"rows\":0,\"columns\":[\"id\"]}]}",
     "The header names the table graphs twice or out of load order."},
    {"{" HEAD ",\"tables\":[{\"name\":\"nodes\",\"rows\":-1,\"columns\":[\"id\"]}]}",
     "The header's count of rows in nodes must be a whole number."},
    {"{" HEAD ",\"tables\":[{\"name\":\"nodes\",\"rows\":0,\"columns\":[\"id\",\"id\"]}]}",
     "The header names the column id of nodes twice."},
    {"{" HEAD ",\"tables\":[{\"name\":\"nodes\",\"rows\":0,\"columns\":[]}]}", "The header names no columns of nodes."},
    {"{" HEAD ",\"tables\":[{\"name\":\"nodes\",\"rows\":0,\"columns\":[\"id\",\"mood\"]}]}",
     "The header names a column mood of nodes, which the schema does not know and whose type is not under requires.columns."},
    {"{" HEAD ",\"people\":[{\"email\":\"a@example.org\"}]}",
     "The header's people must be a list of objects with id and email."},
};

START_TEST(a_header_is_taken_or_refused_in_a_sentence)
{
    struct error err = ERROR_INIT;
    json_t *object = json_loads(headers[_i].header, 0, NULL);
    struct manifest *m;

    ck_assert_ptr_nonnull(object);
    m = manifest_from_json(object, &err);
    if (headers[_i].sentence) {
        ck_assert_ptr_null(m);
        ck_assert_int_eq(err.status, STATUS_MALFORMED);
        ck_assert_str_eq(buffer_string(&err.message), headers[_i].sentence);
    } else {
        ck_assert_msg(m != NULL, "%s", buffer_string(&err.message));
    }
    manifest_free(m);
    json_decref(object);
    error_release(&err);
}
END_TEST

static struct manifest *sample(void)
{
    struct manifest *m = manifest_new(KIND_PROJECT);
    struct shape *shape = manifest_add_table(m, table_find("projects"));

    shape_add_column(shape, "id", NULL);
    shape_add_column(shape, "mood", "text");
    shape->rows = 1;
    manifest_add_person(m, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ada@example.org");
    return m;
}

START_TEST(a_header_comes_back_from_json_as_it_was)
{
    struct error err = ERROR_INIT;
    struct manifest *m = sample();
    json_t *first = manifest_to_json(m);
    struct manifest *again = manifest_from_json(first, &err);
    json_t *second;

    ck_assert_msg(again != NULL, "%s", buffer_string(&err.message));
    ck_assert_str_eq(again->shapes[0].columns[1].sql_type, "text");
    ck_assert_ptr_null(again->shapes[0].columns[1].known);
    second = manifest_to_json(again);
    ck_assert(json_equal(first, second));
    json_decref(first);
    json_decref(second);
    manifest_free(m);
    manifest_free(again);
    error_release(&err);
}
END_TEST

START_TEST(the_digest_does_not_depend_on_when_or_how_it_was_written)
{
    struct manifest *m = sample();
    struct seal *seal = seal_new();
    char first[DIGEST_HEX + 1];

    seal_add_table(seal, table_find("projects"), 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    seal_close(seal, m);
    memcpy(first, seal->digest, sizeof first);
    m->encoding = ENCODING_YAML;
    m->created_at = strdup("2026-11-23T10:00:00Z");
    m->generator = strdup("another");
    seal_close(seal, m);
    ck_assert_str_eq(seal->digest, first);
    m->people[0].email[0] = 'b';
    seal_close(seal, m);
    ck_assert_str_ne(seal->digest, first);
    seal_free(seal);
    manifest_free(m);
}
END_TEST

START_TEST(a_seal_comes_back_from_json_and_a_damaged_one_is_refused)
{
    struct error err = ERROR_INIT;
    struct manifest *m = sample();
    struct seal *seal = seal_new();
    struct seal *again;
    json_t *object;

    seal_add_table(seal, table_find("projects"), 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    seal_add_asset(seal, "README.md", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    seal_close(seal, m);
    object = seal_to_json(seal);
    again = seal_from_json(object, &err);
    ck_assert_ptr_nonnull(again);
    ck_assert_str_eq(again->digest, seal->digest);
    ck_assert_str_eq(again->assets[0].path, "README.md");
    json_object_set_new(object, "digest", json_string("sha256:12"));
    ck_assert_ptr_null(seal_from_json(object, &err));
    ck_assert_str_eq(buffer_string(&err.message), "The seal is damaged: it needs tables and a digest.");
    json_decref(object);
    seal_free(seal);
    seal_free(again);
    manifest_free(m);
    error_release(&err);
}
END_TEST

START_TEST(tables_stand_in_load_order)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        for (size_t c = 0; c < tables[i].ncolumns; c++)
            if (tables[i].columns[c].references)
                ck_assert_msg(table_index(table_find(tables[i].columns[c].references)) <= i, "%s.%s", tables[i].name,
                              tables[i].columns[c].name);
}
END_TEST

Suite *manifest_suite(void);
Suite *manifest_suite(void)
{
    Suite *suite = suite_create("manifest");
    TCase *cases = tcase_create("manifest");

    tcase_add_loop_test(cases, a_header_is_taken_or_refused_in_a_sentence, 0, (int)(sizeof headers / sizeof *headers));
    tcase_add_test(cases, a_header_comes_back_from_json_as_it_was);
    tcase_add_test(cases, the_digest_does_not_depend_on_when_or_how_it_was_written);
    tcase_add_test(cases, a_seal_comes_back_from_json_and_a_damaged_one_is_refused);
    tcase_add_test(cases, tables_stand_in_load_order);
    suite_add_tcase(suite, cases);
    return suite;
}
