/* SPDX-License-Identifier: MPL-2.0 */
/* util/arena: pieces are aligned, apart from each other and all there until the end. */
#include "util/arena.h"
#include "util/mem.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_pieces_are_aligned_and_apart(void **state) {
	(void)state;
	struct arena arena = { 0 };
	unsigned char *pieces[600];
	for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++) {
		/* From nothing up to more than the largest block, in no order. */
		size_t size = i % 50 == 49 ? 100000 : i * 37 % 501;
		pieces[i] = arena_alloc(&arena, size);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		memset(pieces[i], (int)(i & 0xff), size);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++) {
		size_t size = i % 50 == 49 ? 100000 : i * 37 % 501;
		for (size_t j = 0; j < size; j++) {
			assert_int_equal(pieces[i][j], i & 0xff);
		}
	}
	arena_finish(&arena);
	arena_finish(&arena);
	assert_null(arena.block);
}

static void test_new_is_zeroed_in_used_blocks_too(void **state) {
	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		struct arena arena = { 0 };
		unsigned char *bytes = arena_new(&arena, 700);
		for (size_t i = 0; i < 700; i++) {
			assert_int_equal(bytes[i], 0);
		}
		memset(bytes, 0xff, 700);
		arena_finish(&arena);
	}
}

static void test_an_arena_may_begin_with_a_large_piece(void **state) {
	(void)state;
	struct arena arena = { 0 };
	char *large = arena_alloc(&arena, 1 << 20);
	memset(large, 'x', 1 << 20);
	assert_string_equal(arena_strdup(&arena, "small"), "small");
	assert_int_equal(large[(1 << 20) - 1], 'x');
	arena_finish(&arena);
}

static void test_an_arena_may_hold_its_own_head(void **state) {
	(void)state;
	struct arena *arena = arena_create();
	char *first = arena_strdup(arena, "first");
	arena_alloc(arena, 100000);
	arena_alloc(arena, 5000);
	assert_string_equal(first, "first");
	arena_finish(arena);
}

static void test_texts(void **state) {
	(void)state;
	struct arena arena = { 0 };
	assert_null(arena_strdup(&arena, NULL));
	assert_null(arena_strndup(&arena, NULL, 3));
	assert_string_equal(arena_strdup(&arena, ""), "");
	assert_string_equal(arena_strndup(&arena, "romeo", 3), "rom");
	assert_string_equal(arena_strndup(&arena, "romeo", 30), "romeo");
	assert_string_equal(arena_printf(&arena, "%s-%d", "a", 7), "a-7");

	/* Around the size that is formatted on the stack. */
	for (int width = 250; width < 260; width++) {
		char *padded = arena_printf(&arena, "%*d", width, 1);
		assert_int_equal(strlen(padded), width);
		assert_int_equal(padded[width - 1], '1');
	}
	arena_finish(&arena);
}

static void test_many_arenas_at_once(void **state) {
	(void)state;
	/* More than is kept for reuse. */
	struct arena arenas[500] = { 0 };
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_LENGTH(arenas); i++) {
			size_t *number = arena_alloc(&arenas[i], sizeof(*number));
			*number = i;
			arena_alloc(&arenas[i], 3000);
		}
		for (size_t i = 0; i < ARRAY_LENGTH(arenas); i++) {
			arena_finish(&arenas[i]);
		}
	}
}

static void test_mem(void **state) {
	(void)state;
	char *text = mem_printf("%d %s", 1, "two");
	assert_string_equal(text, "1 two");
	mem_set_string(&text, text + 2); /* from within itself */
	assert_string_equal(text, "two");
	mem_set_string(&text, NULL);
	assert_null(text);
	assert_null(mem_strdup(NULL));
	char *cut = mem_strndup("romeo", 2);
	assert_string_equal(cut, "ro");
	int *numbers = mem_new_array(3, sizeof(*numbers));
	assert_int_equal(numbers[2], 0);
	numbers = mem_resize(numbers, 10 * sizeof(*numbers));
	numbers[0] = 5;
	int *same = mem_dup(numbers, sizeof(*numbers));
	assert_int_equal(*same, 5);
	free(same);
	free(numbers);
	free(cut);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_aligned_and_apart),
		cmocka_unit_test(test_new_is_zeroed_in_used_blocks_too),
		cmocka_unit_test(test_an_arena_may_begin_with_a_large_piece),
		cmocka_unit_test(test_an_arena_may_hold_its_own_head),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_many_arenas_at_once),
		cmocka_unit_test(test_mem),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release_cache();
	return failed;
}
