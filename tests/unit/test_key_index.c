/* Keys come back in order however many there are, and whatever belongs together stands together. */
#include "../../src/flow/key_index.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void add(struct key_index *index, uint8_t space, enum key_role role, uint32_t key, uint32_t line)
{
    struct key_entry entry = {.space = space, .role = (uint8_t)role, .line = line, .place = key, .group = (uint64_t)key << 32};
    struct error err = ERROR_INIT;

    entry.key[0] = (unsigned char)(key >> 24);
    entry.key[1] = (unsigned char)(key >> 16);
    entry.key[2] = (unsigned char)(key >> 8);
    entry.key[3] = (unsigned char)key;
    ck_assert(key_index_add(index, &entry, &err));
}

static struct key_entry expect(struct key_index *index, uint8_t space, enum key_role role, uint32_t key)
{
    struct key_entry entry = {0};
    struct error err = ERROR_INIT;
    bool more;

    ck_assert(key_index_next(index, &entry, &more, &err));
    ck_assert(more);
    ck_assert_uint_eq(entry.space, space);
    ck_assert_uint_eq(entry.role, (unsigned)role);
    ck_assert_uint_eq(entry.place, key);
    ck_assert_uint_eq(entry.group, (uint64_t)key << 32);
    return entry;
}

static void expect_end(struct key_index *index)
{
    struct key_entry entry;
    struct error err = ERROR_INIT;
    bool more;

    ck_assert(key_index_next(index, &entry, &more, &err));
    ck_assert(!more);
}

static void end(struct key_index *index)
{
    struct error err = ERROR_INIT;

    ck_assert(key_index_end(index, &err));
}

START_TEST(no_keys)
{
    struct key_index *index = key_index_new(1000);

    end(index);
    expect_end(index);
    key_index_free(index);
}
END_TEST

START_TEST(order_is_space_key_role_then_as_they_came)
{
    struct key_index *index = key_index_new(1000000);

    add(index, 1, KEY_REFERENCE, 7, 1);
    add(index, 1, KEY_OWN, 7, 2);
    add(index, 0, KEY_OWN, 9, 3);
    add(index, 1, KEY_OWN, 7, 4);
    add(index, 1, KEY_KNOWN, 7, 5);
    add(index, 1, KEY_OWN, 3, 6);
    end(index);
    ck_assert_uint_eq(expect(index, 0, KEY_OWN, 9).line, 3);
    ck_assert_uint_eq(expect(index, 1, KEY_OWN, 3).line, 6);
    ck_assert_uint_eq(expect(index, 1, KEY_KNOWN, 7).line, 5);
    ck_assert_uint_eq(expect(index, 1, KEY_OWN, 7).line, 2);
    ck_assert_uint_eq(expect(index, 1, KEY_OWN, 7).line, 4);
    ck_assert_uint_eq(expect(index, 1, KEY_REFERENCE, 7).line, 1);
    expect_end(index);
    key_index_free(index);
}
END_TEST

/* Memory for some hundred of them: the rest goes through the file, in many runs. */
START_TEST(more_than_memory_holds)
{
    struct key_index *index = key_index_new(10000);
    const uint32_t count = 50000;

    for (uint32_t i = 0; i < count; i++)
        add(index, 2, KEY_OWN, (i * 7919u) % count, i); /* a permutation: 7,919 is prime and no divisor */
    for (uint32_t i = 0; i < count; i += 3)
        add(index, 2, KEY_REFERENCE, i, i);
    end(index);
    for (uint32_t i = 0; i < count; i++) {
        expect(index, 2, KEY_OWN, i);
        if (i % 3 == 0)
            expect(index, 2, KEY_REFERENCE, i);
    }
    expect_end(index);
    key_index_free(index);
}
END_TEST

START_TEST(texts_have_keys_of_their_own)
{
    unsigned char a[KEY_BYTES], b[KEY_BYTES];

    key_of_text(a, "ada@example.org", 15);
    key_of_text(b, "ada@example.org", 15);
    ck_assert_mem_eq(a, b, KEY_BYTES);
    key_of_text(b, "Ada@example.org", 15);
    ck_assert_mem_ne(a, b, KEY_BYTES);
    key_of_text(a, "", 0);
    ck_assert_uint_eq(a[0], 0xe3); /* SHA-256 of nothing */
    ck_assert_uint_eq(a[15], 0x24);
}
END_TEST

Suite *key_index_suite(void);

Suite *key_index_suite(void)
{
    Suite *suite = suite_create("key_index");
    TCase *tcase = tcase_create("keys");

    tcase_set_timeout(tcase, 60); /* a busy machine */
    tcase_add_test(tcase, no_keys);
    tcase_add_test(tcase, order_is_space_key_role_then_as_they_came);
    tcase_add_test(tcase, more_than_memory_holds);
    tcase_add_test(tcase, texts_have_keys_of_their_own);
    suite_add_tcase(suite, tcase);
    return suite;
}
