/* SPDX-License-Identifier: MPL-2.0 */
/* util/strbuf: grows up to its limit and says when it is full. */
#include "util/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_an_empty_one_is_a_string(void **state) {
	(void)state;
	struct strbuf buf;
	strbuf_init(&buf, 10);
	assert_string_equal(buf.bytes, "");
	strbuf_clear(&buf);
	strbuf_consume(&buf, 0);
	assert_true(strbuf_add_text(&buf, ""));
	assert_true(strbuf_printf(&buf, "%s", ""));
	assert_string_equal(buf.bytes, "");
	char *stolen = strbuf_steal(&buf);
	assert_string_equal(stolen, "");
	free(stolen);
	strbuf_finish(&buf);

	struct strbuf zeroed = { 0 };
	strbuf_finish(&zeroed);
}

static void test_it_grows(void **state) {
	(void)state;
	struct strbuf buf;
	strbuf_init(&buf, STRBUF_UNLIMITED);
	for (unsigned i = 0; i < 5000; i++) {
		assert_true(strbuf_add_char(&buf, (char)('a' + i % 26)));
		assert_int_equal(strlen(buf.bytes), i + 1);
	}
	assert_true(strbuf_printf(&buf, "%05d", 42));
	assert_string_equal(buf.bytes + 5000, "00042");
	strbuf_consume(&buf, 5001);
	assert_string_equal(buf.bytes, "0042");
	strbuf_shrink(&buf);
	assert_int_equal(buf.capacity, 0);
	assert_string_equal(buf.bytes, "");
	strbuf_finish(&buf);
}

static void test_the_limit_is_kept_to_the_byte(void **state) {
	(void)state;
	struct strbuf buf;
	strbuf_init(&buf, 8);
	assert_true(strbuf_add_text(&buf, "1234"));
	assert_false(strbuf_add_text(&buf, "56789"));
	assert_true(buf.is_full);
	assert_string_equal(buf.bytes, "1234");
	assert_true(strbuf_printf(&buf, "%d", 5678));
	assert_false(strbuf_add_char(&buf, '9'));
	assert_false(strbuf_printf(&buf, "%d", 9));
	assert_null(strbuf_room(&buf, 1));
	assert_string_equal(buf.bytes, "12345678");
	strbuf_clear(&buf);
	assert_false(buf.is_full);
	assert_false(strbuf_add(&buf, "123456789", 9));
	assert_true(buf.is_full);
	strbuf_finish(&buf);
}

static void test_room_is_filled_by_the_caller(void **state) {
	(void)state;
	struct strbuf buf;
	strbuf_init(&buf, STRBUF_UNLIMITED);
	strbuf_add_text(&buf, "ab");
	memcpy(strbuf_room(&buf, 100), "cdef", 4);
	strbuf_grew(&buf, 4);
	assert_string_equal(buf.bytes, "abcdef");
	assert_null(strbuf_room(&buf, SIZE_MAX - 10));
	char *stolen = strbuf_steal(&buf);
	assert_string_equal(stolen, "abcdef");
	assert_int_equal(buf.size, 0);
	assert_true(strbuf_add_text(&buf, "new"));
	assert_string_equal(stolen, "abcdef");
	free(stolen);
	strbuf_finish(&buf);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_one_is_a_string),
		cmocka_unit_test(test_it_grows),
		cmocka_unit_test(test_the_limit_is_kept_to_the_byte),
		cmocka_unit_test(test_room_is_filled_by_the_caller),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
