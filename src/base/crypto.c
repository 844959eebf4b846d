#include "simulark/base/crypto.h"

#include "simulark/base/memory.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 64 /* bytes of ChaCha20 */

/* ---- secrets ---- */

/* Chooses the code for this CPU, once; without it libsodium is only slower, but for the noise. */
static void get_ready(void)
{
    if (sodium_init() < 0)
        abort();
}

void *secret_alloc(size_t size)
{
    void *secret = mem_alloc(size);

    get_ready();
    sodium_mlock(secret, size); /* beyond the limit on locked memory it is memory like any other */
    return secret;
}

void secret_free(void *secret, size_t size)
{
    if (!secret)
        return;
    sodium_munlock(secret, size); /* wipes it, too */
    free(secret);
}

void secret_wipe(void *bytes, size_t len)
{
    sodium_memzero(bytes, len);
}

void random_bytes(void *bytes, size_t len)
{
    get_ready();
    randombytes_buf(bytes, len);
}

bool bytes_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

/* ---- Ed25519 ---- */

void ed25519_make(unsigned char public[ED25519_PUBLIC], unsigned char secret[ED25519_SECRET])
{
    get_ready();
    crypto_sign_keypair(public, secret);
}

void ed25519_sign(unsigned char signature[ED25519_SIGNATURE], const void *bytes, size_t len,
                  const unsigned char secret[ED25519_SECRET])
{
    crypto_sign_detached(signature, NULL, bytes, len, secret);
}

bool ed25519_verify(const unsigned char signature[ED25519_SIGNATURE], const void *bytes, size_t len,
                    const unsigned char public[ED25519_PUBLIC])
{
    return crypto_sign_verify_detached(signature, bytes, len, public) == 0;
}

/* ---- hashes ---- */

void blake2b(void *hash, size_t size, const void *bytes, size_t len)
{
    crypto_generichash(hash, size, bytes, len, NULL, 0);
}

uint64_t siphash(const void *bytes, size_t len, const unsigned char key[SIPHASH_KEY])
{
    uint64_t hash;

    crypto_shorthash((unsigned char *)&hash, bytes, len, key);
    return hash;
}

void hmac_sha256(unsigned char mac[HMAC_BYTES], const void *key, size_t key_len, const void *bytes, size_t len)
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, key_len);
    crypto_auth_hmacsha256_update(&state, bytes, len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof state);
}

/* One block of output: the first and only step of expanding. */
void hkdf_sha256(unsigned char key[32], const void *material, size_t material_len, const void *salt, size_t salt_len,
                 const char *info)
{
    static const unsigned char counter = 1;
    crypto_auth_hmacsha256_state state;
    unsigned char extracted[32];

    hmac_sha256(extracted, salt, salt_len, material, material_len);
    crypto_auth_hmacsha256_init(&state, extracted, sizeof extracted);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)info, strlen(info));
    crypto_auth_hmacsha256_update(&state, &counter, 1);
    crypto_auth_hmacsha256_final(&state, key);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(extracted, sizeof extracted);
}

/* ---- X25519 ---- */

void x25519_public(unsigned char public[X25519_KEY], const unsigned char secret[X25519_KEY])
{
    crypto_scalarmult_base(public, secret);
}

bool x25519_share(unsigned char shared[X25519_KEY], const unsigned char secret[X25519_KEY],
                  const unsigned char public[X25519_KEY])
{
    return crypto_scalarmult(shared, secret, public) == 0;
}

/* ---- passphrases ---- */

bool scrypt_key(void *key, size_t size, const void *passphrase, size_t passphrase_len, const void *salt, size_t salt_len,
                unsigned log2_n, unsigned p)
{
    get_ready();
    return crypto_pwhash_scryptsalsa208sha256_ll(passphrase, passphrase_len, salt, salt_len, UINT64_C(1) << log2_n, 8, p, key,
                                                 size) == 0;
}

/* ---- ciphers ---- */

void aead_seal(void *out, const void *bytes, size_t len, const unsigned char nonce[AEAD_NONCE],
               const unsigned char key[AEAD_KEY])
{
    crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, bytes, len, NULL, 0, NULL, nonce, key);
}

bool aead_open(void *out, const void *bytes, size_t len, const unsigned char nonce[AEAD_NONCE],
               const unsigned char key[AEAD_KEY])
{
    return crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, bytes, len, NULL, 0, nonce, key) == 0;
}

void chacha20_at(void *out, const void *bytes, size_t len, int64_t at, const unsigned char key[32])
{
    static const unsigned char nonce[crypto_stream_chacha20_NONCEBYTES];
    size_t skip = (size_t)(at % BLOCK);
    size_t head = BLOCK - skip < len ? BLOCK - skip : len;
    unsigned char block[BLOCK] = {0};

    if (skip) {
        memcpy(block + skip, bytes, head);
        crypto_stream_chacha20_xor_ic(block, block, BLOCK, nonce, (uint64_t)(at / BLOCK), key);
        memcpy(out, block + skip, head);
        sodium_memzero(block, sizeof block);
        out = (unsigned char *)out + head;
        bytes = (const unsigned char *)bytes + head;
        at += (int64_t)head;
        len -= head;
    }
    if (len)
        crypto_stream_chacha20_xor_ic(out, bytes, len, nonce, (uint64_t)(at / BLOCK), key);
}
