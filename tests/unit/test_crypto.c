/* The primitives, against the vectors of the papers that define them. */
#include "simulark/base/bech32.h"
#include "simulark/base/crypto.h"
#include "simulark/base/hex.h"
#include "simulark/base/memory.h"
#include "simulark/base/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static void expect_hex(const unsigned char *bytes, size_t len, const char *hex)
{
    struct buffer text = BUFFER_INIT;

    for (size_t i = 0; i < len; i++)
        buffer_printf(&text, "%02x", bytes[i]);
    ck_assert_str_eq(buffer_string(&text), hex);
    buffer_release(&text);
}

static void from_hex(unsigned char *bytes, size_t len, const char *hex)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
}

START_TEST(hmac_is_rfc_4231s)
{
    unsigned char mac[HMAC_BYTES];

    hmac_sha256(mac, "Jefe", 4, "what do ya want for nothing?", 28);
    expect_hex(mac, sizeof mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
END_TEST

START_TEST(hkdf_is_rfc_5869s)
{
    unsigned char material[22], salt[13], key[32];

    memset(material, 0x0b, sizeof material);
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (unsigned char)i;
    hkdf_sha256(key, material, sizeof material, salt, sizeof salt, "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9");
    expect_hex(key, sizeof key, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}
END_TEST

START_TEST(scrypt_is_rfc_7914s)
{
    unsigned char key[64];

    ck_assert(scrypt_key(key, sizeof key, "password", 8, "NaCl", 4, 10, 16));
    expect_hex(key, sizeof key, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                                "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
}
END_TEST

START_TEST(siphash_is_its_authors)
{
    static const unsigned char counted[SIPHASH_KEY] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    ck_assert_uint_eq(siphash(counted, 15, counted), UINT64_C(0xa129ca6149be45e5));
}
END_TEST

START_TEST(blake2b_is_rfc_7693s)
{
    unsigned char hash[64];

    blake2b(hash, sizeof hash, "abc", 3);
    expect_hex(hash, sizeof hash, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                                  "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}
END_TEST

START_TEST(x25519_is_rfc_7748s)
{
    unsigned char a[32], b[32], public[32], shared[32];
    const unsigned char zero[32] = {0};

    from_hex(a, 32, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    from_hex(b, 32, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    x25519_public(public, b);
    expect_hex(public, 32, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    ck_assert(x25519_share(shared, b, a));
    expect_hex(shared, 32, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    ck_assert(!x25519_share(shared, b, zero));
}
END_TEST

/* RFC 8032, 7.1, test 3. */
START_TEST(ed25519_is_rfc_8032s)
{
    unsigned char secret[64], public[32], signature[64];

    from_hex(secret, 32, "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    from_hex(secret + 32, 32, "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    memcpy(public, secret + 32, 32);
    ed25519_sign(signature, "\xaf\x82", 2, secret);
    expect_hex(signature, 64, "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                              "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    ck_assert(ed25519_verify(signature, "\xaf\x82", 2, public));
    ck_assert(!ed25519_verify(signature, "\xaf\x83", 2, public));
    signature[63] ^= 1;
    ck_assert(!ed25519_verify(signature, "\xaf\x82", 2, public));
}
END_TEST

START_TEST(what_was_sealed_opens_and_nothing_else)
{
    unsigned char key[AEAD_KEY] = {1}, nonce[AEAD_NONCE] = {2}, sealed[10 + AEAD_TAG], opened[10];

    aead_seal(sealed, "0123456789", 10, nonce, key);
    ck_assert(aead_open(opened, sealed, sizeof sealed, nonce, key));
    ck_assert_mem_eq(opened, "0123456789", 10);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 0x80;
        ck_assert(!aead_open(opened, sealed, sizeof sealed, nonce, key));
        sealed[i] ^= 0x80;
    }
    ck_assert(!aead_open(opened, sealed, sizeof sealed - 1, nonce, key));
    ck_assert(!aead_open(opened, sealed, AEAD_TAG - 1, nonce, key));
}
END_TEST

/* RFC 8439, A.1, test vector 1: the key of zeros. */
START_TEST(chacha20_gives_the_same_in_any_pieces)
{
    static const unsigned char zero[300];
    unsigned char key[32] = {0}, whole[300], pieces[300];

    chacha20_at(whole, zero, sizeof whole, 0, key);
    expect_hex(whole, 16, "76b8e0ada0f13d90405d6ae55386bd28");
    for (size_t at = 0, step = 1; at < sizeof pieces; at += step, step = step * 2 % 97 + 1) {
        if (step > sizeof pieces - at)
            step = sizeof pieces - at;
        chacha20_at(pieces + at, zero + at, step, (int64_t)at, key);
    }
    ck_assert_mem_eq(pieces, whole, sizeof whole);
}
END_TEST

/* ---- Bech32, with the keys of age's specification ---- */

#define SECRET "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
#define PUBLIC "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

START_TEST(bech32_reads_and_writes_ages_keys)
{
    unsigned char secret[32], public[32], expected[32];
    struct buffer text = BUFFER_INIT;

    ck_assert(bech32_read(SECRET, strlen(SECRET), "age-secret-key-", secret, 32));
    memset(expected, 0x42, 32);
    ck_assert_mem_eq(secret, expected, 32);
    ck_assert(bech32_read(PUBLIC, strlen(PUBLIC), "age", public, 32));
    x25519_public(expected, secret);
    ck_assert_mem_eq(public, expected, 32);
    bech32_append(&text, "age", public, 32);
    ck_assert_str_eq(buffer_string(&text), PUBLIC);
    for (size_t len = 0; len < 12; len++) {
        buffer_clear(&text);
        bech32_append(&text, "x", "0123456789ab", len);
        ck_assert(bech32_read(text.data, text.len, "x", secret, len));
        ck_assert_mem_eq(secret, "0123456789ab", len);
        ck_assert(!bech32_read(text.data, text.len, "x", secret, len + 1));
    }
    buffer_release(&text);
}
END_TEST

static const char *const no_bech32[] = {
    "",
    "age1",
    "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk",  /* another checksum */
    "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw",   /* cut */
    "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwjq", /* longer */
    "Age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",  /* of both cases */
    "agf1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
    "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwb", /* b is no character of it */
    "age1zvkyg2lqzraa2lnjvqej33nkuu0ues2s82hzrye869xeexvn73equnujwj",
};

START_TEST(bech32_refuses)
{
    unsigned char bytes[32];

    ck_assert(!bech32_read(no_bech32[_i], strlen(no_bech32[_i]), "age", bytes, 32));
}
END_TEST

/* ---- scratch files ---- */

START_TEST(scratch_files_give_back_what_they_took)
{
    struct error err = ERROR_INIT;
    struct scratch *s = scratch_new(&err);
    char *expected = mem_alloc(200000);
    char piece[1000];
    struct input *in;
    const char *bytes;
    size_t len;

    for (size_t i = 0; i < 200000; i++)
        expected[i] = (char)(i * i >> 3);
    for (size_t at = 0, n = 1; at < 200000; at += n, n = n * 7 % 99991)
        ck_assert(scratch_append(s, expected + at, n < 200000 - at ? n : (n = 200000 - at), &err));
    ck_assert_int_eq(scratch_size(s), 200000);
    for (int64_t at = 199000; at > 0; at -= 12345) {
        ck_assert(scratch_read(s, at, piece, sizeof piece, &err));
        ck_assert_mem_eq(piece, expected + at, sizeof piece);
    }
    in = input_scratch("scratch", s);
    ck_assert(input_can_seek(in) && input_size(in) == 200000);
    ck_assert(input_seek(in, 100001, &err) && input_next(in, &bytes, &len, &err));
    ck_assert_mem_eq(bytes, expected + 100001, len);
    input_free(in);
    free(expected);
}
END_TEST

/* The file itself, found among the process's own. */
START_TEST(scratch_files_hold_nothing_in_clear)
{
    static const char text[] = "a sentence that is nowhere on disk";
    struct error err = ERROR_INIT;
    struct scratch *s = scratch_new(&err);
    char path[64], raw[256], target[256];
    bool found = false;

    for (int i = 0; i < 1000; i++)
        ck_assert(scratch_append(s, text, sizeof text, &err));
    for (int fd = 3; fd < 64; fd++) {
        struct stat st;
        ssize_t len;

        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        len = readlink(path, target, sizeof target - 1);
        if (len <= 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != (off_t)(1000 * sizeof text))
            continue;
        found = true;
        for (off_t at = 0; at < st.st_size; at += (off_t)sizeof raw - (off_t)sizeof text) {
            ssize_t got = pread(fd, raw, sizeof raw, at);

            ck_assert(got > 0 && !memmem(raw, (size_t)got, text + 2, 12));
        }
    }
    ck_assert(found);
    scratch_free(s);
}
END_TEST

Suite *crypto_suite(void);
Suite *crypto_suite(void)
{
    Suite *suite = suite_create("crypto");
    TCase *cases = tcase_create("crypto");

    tcase_add_test(cases, hmac_is_rfc_4231s);
    tcase_add_test(cases, hkdf_is_rfc_5869s);
    tcase_add_test(cases, scrypt_is_rfc_7914s);
    tcase_add_test(cases, blake2b_is_rfc_7693s);
    tcase_add_test(cases, siphash_is_its_authors);
    tcase_add_test(cases, x25519_is_rfc_7748s);
    tcase_add_test(cases, ed25519_is_rfc_8032s);
    tcase_add_test(cases, what_was_sealed_opens_and_nothing_else);
    tcase_add_test(cases, chacha20_gives_the_same_in_any_pieces);
    tcase_add_test(cases, bech32_reads_and_writes_ages_keys);
    tcase_add_loop_test(cases, bech32_refuses, 0, COUNT(no_bech32));
    tcase_add_test(cases, scratch_files_give_back_what_they_took);
    tcase_add_test(cases, scratch_files_hold_nothing_in_clear);
    suite_add_tcase(suite, cases);
    return suite;
}
