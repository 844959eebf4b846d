/* age files: written and read back at every length, and refused with any bit changed and at any length cut. */
#include "simulark/base/memory.h"
#include "simulark/format/age.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The identity and the recipient of age's specification. */
#define IDENTITY "# a comment\n\nAGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n"
#define RECIPIENT "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

/* "a few words that age 1.1.1 encrypted\n", to the recipient above, with the stanza of another, and armored. */
static const char from_age[] =
    "-----BEGIN AGE ENCRYPTED FILE-----\n"
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSB6bkNnWS9xa1M1WVY0bHdV\n"
    "bm5LRjVDVHc2SWVMNW8vOW9pTnVhNUFpcEMwCnlhR3lPekFVQ2pHVFRkWEk4U1Z5\n"
    "SjVYQlJtdktWYzRSRm1TVGpXaDVCbDAKLT4gWDI1NTE5IEdMY0VZY0UwK2hZaEhj\n"
    "Qkl1TnVUaU8weisydFhkdFJINE1wSk5CbGpQUlEKRUJOWC9lOFg3dDhHcDl5K0xw\n"
    "TzRlbWNTWlZ0QmMwOTFPdGFXVHVvcHlJOAotLS0gWnRmOFNnbWNUajVuSmhOVGVy\n"
    "S3o5Z2lIT2lQTEFBeXZidHRpZjFkazZ1VQo0FYp09141r2Q0N5Zrbzvx2Ice5Pup\n"
    "x0n3QJzcLc2j4sy0BK/8FUl0G38F6IL/8sYDyR26M72jsno0doV8P/XAYJRkvCs=\n"
    "-----END AGE ENCRYPTED FILE-----\n";

static struct age_keys keys;
static const struct limits limits = LIMITS_DEFAULT;

static void setup(void)
{
    struct secret text = {.bytes = secret_alloc(SECRET_BYTES + 1), .len = strlen(IDENTITY)};
    struct error err = ERROR_INIT;

    memcpy(text.bytes, IDENTITY, text.len);
    ck_assert(age_read_identities(&keys, "identity", &text, &err));
    secret_release(&text);
}

static void teardown(void)
{
    age_keys_release(&keys);
}

/* What reading the bytes gives; false where they are refused, and then what was given before that. */
static bool decrypt(const char *bytes, size_t len, struct buffer *clear, struct error *err)
{
    struct input *in = age_decrypt(input_memory("file", bytes, len), &keys, &limits, err);
    const char *piece;
    size_t npiece = 1;
    bool ok = in != NULL;

    buffer_clear(clear);
    while (ok && npiece) {
        ok = input_next(in, &piece, &npiece, err);
        if (ok)
            buffer_append(clear, piece, npiece);
    }
    input_free(in);
    return ok;
}

/* Writes the bytes to a file, in pieces of any lengths, and reads the file. */
static void encrypt(const char *bytes, size_t len, struct buffer *file)
{
    char path[] = "/tmp/simulark-age-XXXXXX";
    struct age_recipients to = {0};
    struct error err = ERROR_INIT;
    struct output *out;
    struct input *in;
    const char *piece;
    size_t npiece;
    int fd = mkstemp(path);

    close(fd);
    ck_assert(age_add_recipient(&to, RECIPIENT, strlen(RECIPIENT)));
    out = age_encrypt(output_open(path, true, &err), &to, &err);
    for (size_t at = 0, step = 1; at < len; at += step, step = step * 5 % 70001) {
        step = step < len - at ? step : len - at;
        ck_assert(output_write(out, bytes + at, step, &err));
    }
    ck_assert(output_commit(out, &err));
    in = input_open(path, &err);
    ck_assert_int_eq(output_position(out), input_size(in));
    output_free(out);
    do {
        ck_assert(input_next(in, &piece, &npiece, &err));
        buffer_append(file, piece, npiece);
    } while (npiece);
    input_free(in);
    unlink(path);
    age_recipients_release(&to);
}

static const size_t lengths[] = {0, 1, 15, 65535, 65536, 65537, 131071, 131072, 131073, 300000};

START_TEST(every_length_comes_back)
{
    size_t len = lengths[_i];
    char *bytes = mem_alloc(len);
    struct buffer file = BUFFER_INIT;
    struct buffer clear = BUFFER_INIT;
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * i >> 5);
    encrypt(bytes, len, &file);
    ck_assert(decrypt(file.data, file.len, &clear, &err));
    ck_assert_uint_eq(clear.len, len);
    ck_assert(len == 0 || memcmp(clear.data, bytes, len) == 0);
    buffer_release(&file);
    buffer_release(&clear);
    free(bytes);
}
END_TEST

START_TEST(no_other_bit_and_no_other_length_is_taken)
{
    struct buffer file = BUFFER_INIT;
    struct buffer clear = BUFFER_INIT;
    struct error err = ERROR_INIT;

    encrypt("a few words", 11, &file);
    for (size_t len = 0; len < file.len; len++) {
        ck_assert(!decrypt(file.data, len, &clear, &err));
        ck_assert_int_eq(err.status, STATUS_MALFORMED);
        ck_assert_uint_eq(clear.len, 0);
        error_clear(&err);
    }
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        file.data[bit / 8] ^= (char)(1 << bit % 8);
        ck_assert_msg(!decrypt(file.data, file.len, &clear, &err), "bit %zu", bit);
        ck_assert_int_eq(err.status, STATUS_MALFORMED);
        ck_assert_uint_eq(clear.len, 0);
        error_clear(&err);
        file.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    buffer_byte(&file, 'x');
    ck_assert(!decrypt(file.data, file.len, &clear, &err));
    error_release(&err);
    buffer_release(&file);
    buffer_release(&clear);
}
END_TEST

START_TEST(chunks_are_given_only_when_they_are_authentic)
{
    char *bytes = mem_alloc(200000);
    struct buffer file = BUFFER_INIT;
    struct buffer clear = BUFFER_INIT;
    struct error err = ERROR_INIT;

    memset(bytes, 'x', 200000);
    encrypt(bytes, 200000, &file);
    file.data[file.len - 1] ^= 1;
    ck_assert(!decrypt(file.data, file.len, &clear, &err));
    ck_assert_uint_eq(clear.len, 3 * 65536);
    ck_assert_mem_eq(clear.data, bytes, clear.len);
    error_release(&err);
    buffer_release(&file);
    buffer_release(&clear);
    free(bytes);
}
END_TEST

START_TEST(ages_own_file_is_read)
{
    struct buffer clear = BUFFER_INIT;
    struct error err = ERROR_INIT;

    ck_assert_msg(decrypt(from_age, strlen(from_age), &clear, &err), "%s", buffer_string(&err.message));
    ck_assert_str_eq(buffer_string(&clear), "a few words that age 1.1.1 encrypted\n");
    buffer_release(&clear);
}
END_TEST

Suite *age_suite(void);
Suite *age_suite(void)
{
    Suite *suite = suite_create("age");
    TCase *cases = tcase_create("age");

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, every_length_comes_back, 0, (int)(sizeof lengths / sizeof *lengths));
    tcase_add_test(cases, no_other_bit_and_no_other_length_is_taken);
    tcase_add_test(cases, chunks_are_given_only_when_they_are_authentic);
    tcase_add_test(cases, ages_own_file_is_read);
    suite_add_tcase(suite, cases);
    return suite;
}
