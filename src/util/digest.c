/* SPDX-License-Identifier: MPL-2.0 */
/* OpenSSL's hashes and AES-GCM, and the kernel's random numbers, in the shapes we use. */
#include "util/digest.h"

#include "util/arena.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL /* no library to load */
#include <xxhash.h>

enum { SEAL_VERSION = 1, NONCE_SIZE = 12, TAG_SIZE = 16, ID_SIZE = 24 };
enum { SEAL_OVERHEAD = 1 + NONCE_SIZE + TAG_SIZE };

/* Without these nothing can go on: OpenSSL is broken or out of memory. */
static void require(bool worked, const char *what) {
	if (!worked) {
		fprintf(stderr, "gangway: OpenSSL failed: %s\n", what);
		abort();
	}
}

/* What OpenSSL has to look up and to lock for each hash costs more than a short one: it is done once. */
static void hash(EVP_MD_CTX **kept, const char *name, const void *bytes, size_t size, uint8_t *out) {
	bool is_first = *kept == NULL;
	EVP_MD *kind = is_first ? EVP_MD_fetch(NULL, name, NULL) : NULL;
	if (is_first) {
		*kept = EVP_MD_CTX_new();
	}
	require((kind != NULL || !is_first) && *kept != NULL && EVP_DigestInit_ex2(*kept, kind, NULL) == 1
			&& EVP_DigestUpdate(*kept, bytes, size) == 1
			&& EVP_DigestFinal_ex(*kept, out, NULL) == 1, name);
	EVP_MD_free(kind);
}

void digest_sha1(const void *bytes, size_t size, uint8_t out[static DIGEST_SHA1_SIZE]) {
	static EVP_MD_CTX *kept;
	hash(&kept, "SHA1", bytes, size, out);
}

void digest_sha256(const void *bytes, size_t size, uint8_t out[static DIGEST_SHA256_SIZE]) {
	static EVP_MD_CTX *kept;
	hash(&kept, "SHA256", bytes, size, out);
}

uint64_t digest_number(const void *bytes, size_t size, uint64_t seed) {
	return XXH3_64bits_withSeed(bytes, size, seed);
}

const char *digest_hex(struct arena *arena, const void *bytes, size_t size) {
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;
	char *hex = arena_alloc(arena, size * 2 + 1);
	for (size_t i = 0; i < size; i++) {
		hex[2 * i] = digits[from[i] >> 4];
		hex[2 * i + 1] = digits[from[i] & 15];
	}
	hex[size * 2] = '\0';
	return hex;
}

const char *digest_sha1_hex(struct arena *arena, const void *bytes, size_t size) {
	uint8_t hash[DIGEST_SHA1_SIZE];
	digest_sha1(bytes, size, hash);
	return digest_hex(arena, hash, sizeof(hash));
}

uint64_t digest_add_text(uint64_t seed, const char *text) {
	return digest_number(text ? text : "", text ? strlen(text) + 1 : 0, seed);
}

const char *digest_base64(struct arena *arena, const void *bytes, size_t size) {
	assert(size <= INT_MAX / 2);
	char *text = arena_alloc(arena, (size + 2) / 3 * 4 + 1);
	EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
	return text;
}

/* The six bits of a character, or -1. */
static int base64_value(char c) {
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool digest_read_base64(struct arena *arena, const char *text, uint8_t **out_bytes,
		size_t *out_size) {
	uint8_t *bytes = arena_alloc(arena, strlen(text) / 4 * 3 + 3);
	size_t size = 0, count = 0, padding = 0;
	uint32_t bits = 0;
	for (; *text != '\0'; text++) {
		if (is_space(*text)) {
			continue;
		}
		int value = *text == '=' ? 0 : base64_value(*text);
		padding += *text == '=';
		if (value < 0 || (padding > 0 && *text != '=')) {
			return false;
		}
		bits = bits << 6 | (uint32_t)value;
		if (++count % 4 == 0) {
			bytes[size++] = (uint8_t)(bits >> 16);
			bytes[size++] = (uint8_t)(bits >> 8);
			bytes[size++] = (uint8_t)bits;
		}
	}
	if (count % 4 != 0 || padding > 2) {
		return false;
	}
	*out_bytes = bytes;
	*out_size = size - padding;
	return true;
}

/* The kernel's generator: OpenSSL's own costs a millisecond and some memory to set up, and is seeded from there. */
void digest_random(void *out, size_t size) {
	for (uint8_t *next = out; size > 0;) {
		ssize_t count = getrandom(next, size, 0);
		if (count < 0 && errno != EINTR) {
			perror("gangway: no random bytes");
			abort();
		}
		if (count > 0) {
			next += count;
			size -= (size_t)count;
		}
	}
}

/* Ids need many small pieces: the generator is asked for them by the kilobyte. Used pieces are wiped. */
static void take_random(uint8_t *out, size_t size) {
	static _Thread_local struct {
		uint8_t bytes[1024];
		size_t left;
	} pool;
	if (pool.left < size) {
		digest_random(pool.bytes, sizeof(pool.bytes));
		pool.left = sizeof(pool.bytes);
	}
	pool.left -= size;
	memcpy(out, pool.bytes + pool.left, size);
	OPENSSL_cleanse(pool.bytes + pool.left, size);
}

/* Five bits each of 24 characters; l and o, 0 and 1 are left out, as people mistake them. */
const char *digest_random_id(struct arena *arena) {
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
	static_assert(sizeof(alphabet) - 1 == 32, "five bits each");
	uint8_t random[ID_SIZE];
	take_random(random, sizeof(random));
	char *id = arena_alloc(arena, ID_SIZE + 1);
	for (size_t i = 0; i < ID_SIZE; i++) {
		id[i] = alphabet[random[i] & 31];
	}
	id[ID_SIZE] = '\0';
	return id;
}

uint64_t digest_random_number(uint64_t below) {
	assert(below > 0);
	/* The numbers under this remainder would come up once more often than the others. */
	uint64_t remainder = (0 - below) % below, number;
	do {
		digest_random(&number, sizeof(number));
	} while (number < remainder);
	return number % below;
}

/* Sets up key and nonce, and authenticates version and context. Encrypts or decrypts. */
static EVP_CIPHER_CTX *cipher_new(bool encrypts, const uint8_t *key, const uint8_t *nonce,
		const char *context) {
	const uint8_t version = SEAL_VERSION, *context_bytes = (const uint8_t *)context;
	size_t context_size = strlen(context);
	assert(context_size <= INT_MAX);
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int done;
	require(cipher != NULL
			&& EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce, encrypts) == 1
			&& EVP_CipherUpdate(cipher, NULL, &done, &version, 1) == 1
			&& EVP_CipherUpdate(cipher, NULL, &done, context_bytes, (int)context_size) == 1,
			"AES-GCM");
	return cipher;
}

void digest_seal(struct arena *arena, const uint8_t key[static DIGEST_KEY_SIZE],
		const char *context, const void *bytes, size_t size, uint8_t **out_sealed,
		size_t *out_size) {
	assert(size <= INT_MAX - SEAL_OVERHEAD);
	uint8_t *sealed = arena_alloc(arena, size + SEAL_OVERHEAD);
	uint8_t *nonce = sealed + 1, *ciphertext = nonce + NONCE_SIZE, *tag = ciphertext + size;
	sealed[0] = SEAL_VERSION;
	digest_random(nonce, NONCE_SIZE);
	EVP_CIPHER_CTX *cipher = cipher_new(true, key, nonce, context);
	int done = 0;
	require((size == 0 || EVP_CipherUpdate(cipher, ciphertext, &done, bytes, (int)size) == 1)
			&& EVP_CipherFinal_ex(cipher, ciphertext + done, &done) == 1
			&& EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1,
			"AES-GCM");
	EVP_CIPHER_CTX_free(cipher);
	*out_sealed = sealed;
	*out_size = size + SEAL_OVERHEAD;
}

bool digest_open(struct arena *arena, const uint8_t key[static DIGEST_KEY_SIZE],
		const char *context, const void *sealed, size_t size, uint8_t **out_bytes,
		size_t *out_size) {
	const uint8_t *nonce = (const uint8_t *)sealed + 1, *ciphertext = nonce + NONCE_SIZE;
	if (size < SEAL_OVERHEAD || size > INT_MAX || *(const uint8_t *)sealed != SEAL_VERSION) {
		return false;
	}
	size_t plain_size = size - SEAL_OVERHEAD;
	uint8_t tag[TAG_SIZE];
	memcpy(tag, ciphertext + plain_size, TAG_SIZE);
	uint8_t *plain = arena_alloc(arena, plain_size + 1);
	EVP_CIPHER_CTX *cipher = cipher_new(false, key, nonce, context);
	int done = 0;
	bool is_genuine = (plain_size == 0
			|| EVP_CipherUpdate(cipher, plain, &done, ciphertext, (int)plain_size) == 1)
			&& EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1
			&& EVP_CipherFinal_ex(cipher, plain + done, &done) == 1;
	EVP_CIPHER_CTX_free(cipher);
	if (!is_genuine) {
		OPENSSL_cleanse(plain, plain_size);
		return false;
	}
	plain[plain_size] = '\0'; /* not counted, for those who sealed text */
	*out_bytes = plain;
	*out_size = plain_size;
	return true;
}

bool digest_equal(const void *a, const void *b, size_t size) {
	return CRYPTO_memcmp(a, b, size) == 0;
}
