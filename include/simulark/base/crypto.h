/* The primitives that signatures and encryption are made of, by libsodium; nothing else includes it. Formats are elsewhere
 * (format/minisign.h, format/age.h).
 *
 * Lengths are bytes. Outputs may not overlap inputs unless it is said. */
#ifndef SIMULARK_BASE_CRYPTO_H
#define SIMULARK_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- secrets ---- */

/* Memory for keys: zeroed, kept out of swap and core dumps where the system allows it, wiped when it is freed. */
void *secret_alloc(size_t size);
void secret_free(void *secret, size_t size); /* NULL is fine */
void secret_wipe(void *bytes, size_t len);

void random_bytes(void *bytes, size_t len); /* from the system's generator */

/* In a time that does not tell where they differ. */
bool bytes_equal(const void *a, const void *b, size_t len);

/* ---- Ed25519 (RFC 8032) ---- */

#define ED25519_PUBLIC 32
#define ED25519_SECRET 64 /* the seed, then the public key */
#define ED25519_SIGNATURE 64

void ed25519_make(unsigned char public[ED25519_PUBLIC], unsigned char secret[ED25519_SECRET]);
void ed25519_sign(unsigned char signature[ED25519_SIGNATURE], const void *bytes, size_t len,
                  const unsigned char secret[ED25519_SECRET]);
bool ed25519_verify(const unsigned char signature[ED25519_SIGNATURE], const void *bytes, size_t len,
                    const unsigned char public[ED25519_PUBLIC]);

/* ---- BLAKE2b (RFC 7693), without a key; size is at most 64 ---- */

void blake2b(void *hash, size_t size, const void *bytes, size_t len);

/* ---- SipHash-2-4: a hash for tables, of what strangers choose; with a random key nobody can choose it to collide ---- */

#define SIPHASH_KEY 16

uint64_t siphash(const void *bytes, size_t len, const unsigned char key[SIPHASH_KEY]);

/* ---- X25519 (RFC 7748) ---- */

#define X25519_KEY 32

void x25519_public(unsigned char public[X25519_KEY], const unsigned char secret[X25519_KEY]);
/* False where what they share is zero: the public key is none. */
bool x25519_share(unsigned char shared[X25519_KEY], const unsigned char secret[X25519_KEY],
                  const unsigned char public[X25519_KEY]);

/* ---- SHA-256 with keys: HMAC (RFC 2104), HKDF (RFC 5869) ---- */

#define HMAC_BYTES 32

void hmac_sha256(unsigned char mac[HMAC_BYTES], const void *key, size_t key_len, const void *bytes, size_t len);
/* 32 bytes of key; info is text without its NUL. */
void hkdf_sha256(unsigned char key[32], const void *material, size_t material_len, const void *salt, size_t salt_len,
                 const char *info);

/* ---- scrypt (RFC 7914) ---- */

/* r is 8. Takes 1 KiB of memory times 2^log2_n. False where there is not so much. */
bool scrypt_key(void *key, size_t size, const void *passphrase, size_t passphrase_len, const void *salt, size_t salt_len,
                unsigned log2_n, unsigned p);

/* ---- ChaCha20-Poly1305 (RFC 8439), without additional data ---- */

#define AEAD_KEY 32
#define AEAD_NONCE 12
#define AEAD_TAG 16

/* Writes len + AEAD_TAG bytes. In place is fine. */
void aead_seal(void *out, const void *bytes, size_t len, const unsigned char nonce[AEAD_NONCE],
               const unsigned char key[AEAD_KEY]);
/* Writes len - AEAD_TAG bytes; false, with nothing written, where they are not what was sealed. In place is fine. */
bool aead_open(void *out, const void *bytes, size_t len, const unsigned char nonce[AEAD_NONCE],
               const unsigned char key[AEAD_KEY]);

/* ---- ChaCha20 alone: hides bytes that stand at `at` in a run of any length; the same again gives them back ---- */

void chacha20_at(void *out, const void *bytes, size_t len, int64_t at, const unsigned char key[32]);

#endif
