/* SPDX-License-Identifier: MPL-2.0 */
/* util/digest: known answers, and what was sealed opens with the right key and context only. */
#include "util/arena.h"
#include "util/digest.h"
#include "util/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CONTEXT "user 12 credentials"

static struct arena arena;

static int finish_arena(void **state) {
	(void)state;
	arena_finish(&arena);
	return 0;
}

static void test_hashes(void **state) {
	(void)state;
	uint8_t sha256[DIGEST_SHA256_SIZE];
	digest_sha256("abc", 3, sha256);
	assert_string_equal(digest_hex(&arena, sha256, sizeof(sha256)),
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(digest_sha1_hex(&arena, "abc", 3), "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_string_equal(digest_sha1_hex(&arena, NULL, 0), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	assert_string_equal(digest_hex(&arena, "", 0), "");
}

/* They are kept on the disk. */
static void test_quick_hashes_stay_what_they_are(void **state) {
	(void)state;
	assert_true(digest_number("abc", 3, 0) == 0x78af5f94892f3950);
	assert_true(digest_number("abc", 3, 7) != digest_number("abc", 3, 0));
	assert_true(digest_add_text(0, "abc") == digest_number("abc", 4, 0));
	assert_true(digest_add_text(0, NULL) != digest_add_text(0, ""));
}

static void test_base64(void **state) {
	(void)state;
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xbe", "+/++" },
	};
	uint8_t *bytes;
	size_t size;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		assert_string_equal(digest_base64(&arena, rows[i].bytes, strlen(rows[i].bytes)), rows[i].text);
		assert_true(digest_read_base64(&arena, rows[i].text, &bytes, &size));
		assert_int_equal(size, strlen(rows[i].bytes));
		assert_memory_equal(bytes, rows[i].bytes, size);
	}
	assert_true(digest_read_base64(&arena, " Zm9v\r\n Y g = = \n", &bytes, &size));
	assert_int_equal(size, 4);
	assert_memory_equal(bytes, "foob", 4);

	static const char *const bad[] = {
		"Z", "Zm", "Zm9", "Zg=", "Z===", "====", "Zg==Zg==", "Zm8=Zm8=", "Zm9v=", "Zm-_", "Zm9v!",
	};
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		if (digest_read_base64(&arena, bad[i], &bytes, &size)) {
			fail_msg("%s was read", bad[i]);
		}
	}
}

static void test_random(void **state) {
	(void)state;
	const char *one = digest_random_id(&arena), *other = digest_random_id(&arena);
	assert_int_equal(strlen(one), 24);
	assert_int_equal(strspn(one, "abcdefghijklmnopqrstuvwxyz0123456789"), 24);
	assert_string_not_equal(one, other);
	bool seen[6] = { false };
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t number = digest_random_number(6);
		assert_true(number < 6);
		seen[number] = true;
	}
	for (unsigned i = 0; i < 6; i++) {
		assert_true(seen[i]);
	}
	assert_int_equal(digest_random_number(1), 0);
	assert_true(digest_random_number(UINT64_MAX) < UINT64_MAX);
}

static void test_sealing(void **state) {
	(void)state;
	static const char secret[] = "correct horse battery staple";
	uint8_t key[DIGEST_KEY_SIZE], other_key[DIGEST_KEY_SIZE];
	digest_random(key, sizeof(key));
	digest_random(other_key, sizeof(other_key));
	uint8_t *sealed, *again, *opened;
	size_t size, again_size, opened_size;
	digest_seal(&arena, key, CONTEXT, secret, strlen(secret), &sealed, &size);
	assert_null(memmem(sealed, size, "horse", 5));
	assert_true(digest_open(&arena, key, CONTEXT, sealed, size, &opened, &opened_size));
	assert_int_equal(opened_size, strlen(secret));
	assert_string_equal((char *)opened, secret);

	digest_seal(&arena, key, CONTEXT, secret, strlen(secret), &again, &again_size);
	assert_int_equal(again_size, size);
	assert_memory_not_equal(again, sealed, size);

	assert_false(digest_open(&arena, other_key, CONTEXT, sealed, size, &opened, &opened_size));
	assert_false(digest_open(&arena, key, "user 13 credentials", sealed, size, &opened, &opened_size));
	for (size_t i = 0; i < size; i++) {
		assert_false(digest_open(&arena, key, CONTEXT, sealed, i, &opened, &opened_size));
		sealed[i] ^= 1;
		assert_false(digest_open(&arena, key, CONTEXT, sealed, size, &opened, &opened_size));
		sealed[i] ^= 1;
	}

	digest_seal(&arena, key, "", NULL, 0, &sealed, &size);
	assert_true(digest_open(&arena, key, "", sealed, size, &opened, &opened_size));
	assert_int_equal(opened_size, 0);
}

static void test_equal(void **state) {
	(void)state;
	assert_true(digest_equal("abc", "abc", 3));
	assert_false(digest_equal("abc", "abd", 3));
	assert_true(digest_equal("abc", "abd", 2));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_quick_hashes_stay_what_they_are),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_sealing),
		cmocka_unit_test(test_equal),
	};
	int failed = cmocka_run_group_tests(tests, NULL, finish_arena);
	arena_release_cache();
	return failed;
}
