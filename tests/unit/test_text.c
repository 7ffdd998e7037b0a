/* SPDX-License-Identifier: MPL-2.0 */
/* util/text: UTF-8, repair, cutting, numbers, times. */
#include "util/arena.h"
#include "util/mem.h"
#include "util/text.h"

#include <gangway/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FFFD "\xef\xbf\xbd"

static struct arena arena;

static int finish_arena(void **state) {
	(void)state;
	arena_finish(&arena);
	return 0;
}

static void test_repair(void **state) {
	(void)state;
	static const struct {
		const char *text, *repaired; /* NULL: is clean */
	} rows[] = {
		{ "", NULL },
		{ "But soft, what light\tthrough yonder\r\nwindow breaks?", NULL },
		{ "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80", NULL },
		{ FFFD, NULL },
		{ "\x7f\xc2\x80", NULL },
		{ "\xf4\x8f\xbf\xbf", NULL }, /* U+10FFFF */
		{ "a\x01""b", "a" FFFD "b" },
		{ "12345678\x1f", "12345678" FFFD },
		{ "12345678\x80", "12345678" FFFD },
		{ "\xff\xfe", FFFD FFFD },
		{ "\xc0\xaf", FFFD FFFD },             /* overlong slash */
		{ "\xe0\x80\xaf", FFFD FFFD FFFD },    /* the same in three */
		{ "\xed\xa0\x80", FFFD FFFD FFFD },    /* a surrogate */
		{ "\xef\xbf\xbe", FFFD },              /* U+FFFE: well-formed, but no XML character */
		{ "\xef\xbf\xbf", FFFD },
		{ "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD }, /* beyond U+10FFFF */
		{ "\xe2\x82", FFFD },                  /* cut off: one maximal sequence */
		{ "\xe2\x82z", FFFD "z" },
		{ "\xf0\x9f\x98\xe2\x82\xac", FFFD "\xe2\x82\xac" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const char *text = rows[i].text;
		size_t size = strlen(text);
		assert_int_equal(text_is_clean(text, size), rows[i].repaired == NULL);
		const char *repaired = text_repair(&arena, text, size);
		if (rows[i].repaired == NULL) {
			assert_ptr_equal(repaired, text);
		} else {
			assert_string_equal(repaired, rows[i].repaired);
		}
		char *copy = gw_text_repair(text, size);
		assert_string_equal(copy, repaired);
		assert_true(gw_text_is_clean(copy, strlen(copy)));
		free(copy);
	}
	assert_false(text_is_clean("a\0b", 3));
	assert_string_equal(text_repair(&arena, "a\0b", 3), "a" FFFD "b");
	assert_string_equal(text_repair(&arena, "romeo", 3), "rom");
}

static void test_repair_name(void **state) {
	(void)state;
	static const struct {
		const char *name, *repaired;
	} rows[] = {
		{ "Romeo", "Romeo" },
		{ "  Romeo Montague \t", "Romeo Montague" },
		{ "Ro\r\nmeo", "Romeo" },
		{ "Ro\xe2\x80\xa8meo", "Romeo" },             /* line separator */
		{ "\xe2\x80\xaetxt.exe", "txt.exe" },         /* right-to-left override */
		{ "\xe2\x81\xa6isolated\xe2\x81\xa9", "isolated" },
		{ "Ro\x02meo", "Ro" FFFD "meo" },
		{ " \n ", "" },
		{ "", "" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		assert_string_equal(text_repair_name(&arena, rows[i].name), rows[i].repaired);
	}
}

static void test_every_code_point_comes_back(void **state) {
	(void)state;
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char bytes[4];
		size_t size = text_encode(c, bytes), length;
		uint32_t back = text_decode(bytes, size, &length);
		if (c >= 0xd800 && c <= 0xdfff) {
			assert_int_equal(back, 0xfffd);
		} else if (back != c || length != size) {
			fail_msg("U+%04X came back as U+%04X", c, back);
		}
	}
	assert_int_equal(text_length("na\xc3\xafve \xf0\x9f\x98\x80"), 7);
	assert_int_equal(text_length(""), 0);
}

static void test_cut(void **state) {
	(void)state;
	static const struct {
		const char *text;
		size_t max_bytes, expected;
	} rows[] = {
		{ "romeo", 9, 5 },
		{ "romeo", 5, 5 },
		{ "romeo", 3, 3 },
		{ "romeo", 0, 0 },
		{ "\xe2\x82\xac\xe2\x82\xac", 5, 3 },
		{ "\xe2\x82\xac", 2, 0 },
		{ "ae\xcc\x81z", 3, 1 },                    /* e and acute */
		{ "ae\xcc\x81z", 4, 4 },
		{ "e\xcc\x81\xcc\x81\xcc\x81", 4, 3 },      /* one cluster alone is too long */
		{ "a\r\nb", 2, 1 },
		{ "a\n\nb", 2, 2 },
		/* woman, ZWJ, laptop */
		{ "x\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", 11, 1 },
		{ "x\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbby", 12, 12 },
		/* a letter, ZWJ, laptop do not join */
		{ "a\xe2\x80\x8d\xf0\x9f\x92\xbb", 5, 4 },
		/* thumb with skin tone; heart with variation selector */
		{ "x\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", 8, 1 },
		{ "x\xe2\x9d\xa4\xef\xb8\x8f", 6, 1 },
		/* flags are pairs: DE FR */
		{ "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", 12, 8 },
		{ "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", 15, 8 },
		{ "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", 7, 4 },
		/* rainbow flag: flag, selector, ZWJ, rainbow */
		{ "x\xf0\x9f\x8f\xb3\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x8c\x88", 14, 1 },
		/* Hangul jamo: L V T, then L */
		{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80", 11, 9 },
		{ "x\xed\x95\x98\xe1\x86\xab", 4, 1 },
		/* Devanagari: consonant with vowel sign */
		{ "x\xe0\xa4\x95\xe0\xa4\xbf", 4, 1 },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		size_t cut = text_cut(rows[i].text, strlen(rows[i].text), rows[i].max_bytes);
		if (cut != rows[i].expected) {
			fail_msg("row %zu: %zu instead of %zu", i, cut, rows[i].expected);
		}
	}
}

static void test_cut_at_words(void **state) {
	(void)state;
	assert_int_equal(gw_text_cut("to be or not", 12, 10, true), 9);
	assert_int_equal(gw_text_cut("to be or not", 12, 10, false), 10);
	assert_int_equal(gw_text_cut("to be or not", 12, 8, true), 8); /* a space follows */
	assert_int_equal(gw_text_cut("a verylongword", 14, 10, true), 10); /* not in the second half */
	assert_int_equal(gw_text_cut("short", 5, 10, true), 5);
	assert_int_equal(gw_text_cut("\xe2\x82\xac", 3, 1, true), 0);
}

static void test_ascii(void **state) {
	(void)state;
	assert_true(text_equal_ignoring_case("RoMeO", "rOmEo"));
	assert_false(text_equal_ignoring_case("Romeo", "Romeo "));
	assert_false(text_equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
	assert_true(text_equal_but_for_capitals("RoMeO Äß", "rOmEo äß"));
	assert_false(text_equal_but_for_capitals("romeo", "romeo "));
	assert_false(text_equal_but_for_capitals("roß", "ross"));
	assert_false(text_equal_but_for_capitals("σ", "ς"));
	assert_false(text_equal_but_for_capitals("\xe2\x84\xaa", "k")); /* Kelvin's sign */
	assert_false(text_equal_but_for_capitals("\xef\xbd\x81", "a")); /* a wide one */
	assert_true(text_starts_with("romeo", "rom"));
	assert_true(text_starts_with("romeo", ""));
	assert_false(text_starts_with("ro", "rom"));
}

static void test_booleans_and_integers(void **state) {
	(void)state;
	bool value = false;
	assert_true(text_read_boolean("true", &value) && value);
	assert_true(text_read_boolean("0", &value) && !value);
	assert_true(text_read_boolean("1", &value) && value);
	assert_true(text_read_boolean("false", &value) && !value);
	assert_false(text_read_boolean("TRUE", &value));
	assert_false(text_read_boolean("", &value));

	static const struct {
		const char *text;
		int64_t min, max;
		bool is_good;
		int64_t expected;
	} rows[] = {
		{ "0", 0, 10, true, 0 },
		{ "10", 0, 10, true, 10 },
		{ "+7", 0, 10, true, 7 },
		{ "007", 0, 10, true, 7 },
		{ "-3", -5, 10, true, -3 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
		{ "11", 0, 10, false, 0 },
		{ "-1", 0, 10, false, 0 },
		{ "", 0, 10, false, 0 },
		{ "-", -10, 10, false, 0 },
		{ " 1", 0, 10, false, 0 },
		{ "1 ", 0, 10, false, 0 },
		{ "1x", 0, 10, false, 0 },
		{ "0x1", 0, 10, false, 0 },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		int64_t number = 99;
		bool is_good = text_read_integer(rows[i].text, rows[i].min, rows[i].max, &number);
		assert_int_equal(is_good, rows[i].is_good);
		assert_true(number == (rows[i].is_good ? rows[i].expected : 99));
	}
}

static void test_written_integers(void **state) {
	(void)state;
	static const struct {
		int64_t value;
		const char *text;
	} rows[] = {
		{ 0, "0" }, { 7, "7" }, { 10, "10" }, { -1, "-1" }, { 1795464000123, "1795464000123" },
		{ INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		char text[TEXT_INTEGER_SIZE];
		assert_int_equal(text_write_integer(text, rows[i].value), strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
	}
}

static void test_times(void **state) {
	(void)state;
	static const struct {
		const char *text, *written; /* NULL: as read */
		int64_t time_ms;
	} good[] = {
		{ "1970-01-01T00:00:00Z", NULL, 0 },
		{ "1969-07-21T02:56:15Z", NULL, -14159025000 },
		{ "1969-07-20T21:56:15-05:00", "1969-07-21T02:56:15Z", -14159025000 },
		{ "2026-11-23T20:00:00.123Z", NULL, 1795464000123 },
		{ "2026-11-23T20:00:00.1239999Z", "2026-11-23T20:00:00.123Z", 1795464000123 },
		{ "2026-11-23T20:00:00.1Z", "2026-11-23T20:00:00.100Z", 1795464000100 },
		{ "2026-11-23T21:30:00+01:30", "2026-11-23T20:00:00Z", 1795464000000 },
		{ "2024-02-29T00:00:00Z", NULL, 1709164800000 },
		{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", 1483228800000 },
		{ "1969-12-31T23:59:59.999Z", NULL, -1 },
		{ "9999-12-31T23:59:59Z", NULL, 253402300799000 },
		{ "0022-09-10T23:08:25Z", NULL, -61451052695000 },
		{ "0001-01-01T00:00:00Z", NULL, -62135596800000 },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
		int64_t time_ms;
		assert_true(text_read_time(good[i].text, &time_ms));
		assert_true(time_ms == good[i].time_ms);
		const char *expected = good[i].written != NULL ? good[i].written : good[i].text;
		assert_string_equal(text_write_time(&arena, time_ms), expected);
	}
	static const char *const bad[] = {
		"", "2026", "2026-11-23", "2026-11-23T20:00:00",
		"2026-13-23T20:00:00Z", "2026-02-29T20:00:00Z",
		"2026-11-23T24:00:00Z", "2026-11-23T20:60:00Z", "2026-11-23T20:00:61Z",
		"2026-11-23T20:00:00.Z",
		"2026-11-23T20:00:00Zx", "2026-11-23 20:00:00Z", "2026-11-23T20:00:00+0100",
		"2026-11-23T20:00:00+24:00",
		"20261123T20:00:00", "0000-01-01T00:00:00Z", "-026-11-23T20:00:00Z",
		"0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z",
	};
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		int64_t time_ms;
		if (text_read_time(bad[i], &time_ms)) {
			fail_msg("%s was read", bad[i]);
		}
	}
}

static void test_percent_encode(void **state) {
	(void)state;
	assert_string_equal(text_percent_encode(&arena, "a-Z0._~"), "a-Z0._~");
	assert_string_equal(text_percent_encode(&arena, "50% \xc3\xa4/?"), "50%25%20%C3%A4%2F%3F");
	assert_string_equal(text_percent_encode(&arena, ""), "");
}

static void test_edit_distance(void **state) {
	(void)state;
	assert_int_equal(text_edit_distance("", ""), 0);
	assert_int_equal(text_edit_distance("help", "help"), 0);
	assert_int_equal(text_edit_distance("hlep", "help"), 1);
	assert_int_equal(text_edit_distance("", "help"), 4);
	assert_int_equal(text_edit_distance("regsiter", "register"), 1);
	assert_int_equal(text_edit_distance("kitten", "sitting"), 3);
	assert_int_equal(text_edit_distance("unregister", "register"), 2);
	char word[1000];
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(text_edit_distance(word, "a"), 999);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repair),
		cmocka_unit_test(test_repair_name),
		cmocka_unit_test(test_every_code_point_comes_back),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_at_words),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_booleans_and_integers),
		cmocka_unit_test(test_written_integers),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_percent_encode),
		cmocka_unit_test(test_edit_distance),
	};
	int failed = cmocka_run_group_tests(tests, NULL, finish_arena);
	arena_release_cache();
	return failed;
}
