/* SPDX-License-Identifier: MPL-2.0 */
/* Hashes, base64, random bytes and authenticated encryption, over OpenSSL and the kernel. */
#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { DIGEST_SHA1_SIZE = 20, DIGEST_SHA256_SIZE = 32, DIGEST_KEY_SIZE = 32 };

void digest_sha1(const void *bytes, size_t size, uint8_t out[static DIGEST_SHA1_SIZE]);
void digest_sha256(const void *bytes, size_t size, uint8_t out[static DIGEST_SHA256_SIZE]);

/*
 * XXH3: many times as fast as the above, the same on every machine, and no protection against somebody who makes two things
 * with one hash, unless the seed is a secret. For telling thousands of things apart and for finding what is damaged.
 */
uint64_t digest_number(const void *bytes, size_t size, uint64_t seed);

/* Of several texts, one call each: what the last one returned is the seed of the next. NULL is another text than "". */
uint64_t digest_add_text(uint64_t seed, const char *text);

/* Lower-case hexadecimal. */
const char *digest_hex(struct arena *arena, const void *bytes, size_t size);
const char *digest_sha1_hex(struct arena *arena, const void *bytes, size_t size);

/* Standard base64 with padding. Decoding accepts white space inside. */
const char *digest_base64(struct arena *arena, const void *bytes, size_t size);
bool digest_read_base64(struct arena *arena, const char *text, uint8_t **out_bytes, size_t *out_size);

/* Random bytes fit for keys; and a random id of lower-case letters and digits that carries about 120 bits. */
void digest_random(void *out, size_t size);
const char *digest_random_id(struct arena *arena);
uint64_t digest_random_number(uint64_t below);

/*
 * AES-256-GCM: version byte, nonce, ciphertext and tag in one string of bytes. The context (say "user 12 credentials")
 * is authenticated, so a sealed value moved to another row does not open.
 */
void digest_seal(struct arena *arena, const uint8_t key[static DIGEST_KEY_SIZE], const char *context,
		const void *bytes, size_t size, uint8_t **out_sealed, size_t *out_size);
bool digest_open(struct arena *arena, const uint8_t key[static DIGEST_KEY_SIZE], const char *context,
		const void *sealed, size_t size, uint8_t **out_bytes, size_t *out_size);

/* Compares secrets in constant time. */
bool digest_equal(const void *a, const void *b, size_t size);

#endif
