/* SPDX-License-Identifier: MPL-2.0 */
/* Reading scenario files, and finding out what their lines mean. rows: X1 X3 */
#include "../runner/pattern.h"
#include "../runner/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct script read(struct arena *arena, const char *text) {
	struct script script;
	const char *problem = NULL;
	if (!script_read(arena, "dir/one.scenario", text, &script, &problem)) {
		fail_msg("%s", problem);
	}
	return script;
}

static void test_file_without_titles_is_one_case(void **state) {
	(void)state;
	struct arena arena = { 0 };
	struct script script = read(&arena, "# why\nnothing is sent\n\nthe link breaks\n");
	assert_string_equal(script.cases->title, "one");
	assert_null(script.cases->next);
	assert_null(script.cases->lines);
	assert_string_equal(script.beginning->text, "nothing is sent");
	assert_int_equal(script.beginning->number, 2);
	assert_int_equal(script.beginning->next->number, 4);
	arena_finish(&arena);
}

static void test_cases_share_the_beginning(void **state) {
	(void)state;
	struct arena arena = { 0 };
	struct script script = read(&arena, "option a\nscenario: the first\nb\nscenario: the second\nc\nd\n");
	assert_string_equal(script.beginning->text, "option a");
	assert_null(script.beginning->next);
	assert_string_equal(script.cases->title, "the first");
	assert_string_equal(script.cases->lines->text, "b");
	assert_null(script.cases->lines->next);
	assert_string_equal(script.cases->next->title, "the second");
	assert_int_equal(script.cases->next->number, 4);
	assert_string_equal(script.cases->next->lines->next->text, "d");
	arena_finish(&arena);
}

static void test_block_loses_its_indentation(void **state) {
	(void)state;
	struct arena arena = { 0 };
	struct script script = read(&arena, "x sends\n  <a>\n    <b/>\n\n  # text</a>\n\nnext\n");
	assert_string_equal(script.beginning->block, "<a>\n  <b/>\n\n# text</a>");
	assert_int_equal(script.beginning->block_number, 2);
	assert_string_equal(script.beginning->next->text, "next");
	assert_null(script.beginning->next->block);
	size_t count;
	const char *const *lines = script_block_lines(&arena, script.beginning->block, &count);
	assert_int_equal(count, 3);
	assert_string_equal(lines[1], "<b/>");
	assert_string_equal(lines[2], "# text</a>");
	arena_finish(&arena);
}

static void test_mistakes_name_file_and_line(void **state) {
	(void)state;
	static const struct {
		const char *text, *problem;
	} mistakes[] = {
		{ "a\n\nsays \"never closed\n",
				"dir/one.scenario:3: a quotation mark is not closed, or there are too many words" },
		{ "# first\n  <block/>\n",
				"dir/one.scenario:2: an indented block with nothing above it that it could belong to" },
	};
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct arena arena = { 0 };
		struct script script;
		const char *problem = NULL;
		assert_false(script_read(&arena, "dir/one.scenario", mistakes[i].text, &script, &problem));
		assert_string_equal(problem, mistakes[i].problem);
		arena_finish(&arena);
	}
}

static void test_words(void **state) {
	(void)state;
	struct arena arena = { 0 };
	struct script_word words[SCRIPT_MAX_WORDS];
	size_t count;
	assert_true(script_words(&arena, "says  \"two \\\"words\\\"\\nand a line\" as\tm-1 \"\"", words, &count));
	assert_int_equal(count, 5);
	assert_string_equal(words[1].text, "two \"words\"\nand a line");
	assert_true(words[1].is_quoted);
	assert_false(words[2].is_quoted);
	assert_string_equal(words[3].text, "m-1");
	assert_string_equal(words[4].text, "");
	arena_finish(&arena);
}

static bool fits(struct arena *arena, const char *pattern, const char *line, struct pattern_arguments *out) {
	struct script_word *words = arena_new(arena, SCRIPT_MAX_WORDS * sizeof(*words));
	size_t count;
	assert_true(script_words(arena, line, words, &count));
	return pattern_match(pattern, words, count, out);
}

static void test_patterns(void **state) {
	(void)state;
	struct arena arena = { 0 };
	struct pattern_arguments arguments;
	assert_true(fits(&arena, "contact WORD says TEXT REST", "contact juliet says \"Hi\" as m-2", &arguments));
	assert_int_equal(arguments.count, 2);
	assert_string_equal(arguments.values[0], "juliet");
	assert_string_equal(arguments.values[1], "Hi");
	assert_int_equal(arguments.rest_count, 2);
	assert_string_equal(arguments.rest[1].text, "m-2");

	assert_true(fits(&arena, "contact WORD says TEXT REST", "contact juliet says \"Hi\"", &arguments));
	assert_int_equal(arguments.rest_count, 0);
	assert_true(fits(&arena, "wall clock jumps by NUMBER WORD", "wall clock jumps by -3 hours", &arguments));
	assert_int_equal(arguments.number, -3);

	assert_false(fits(&arena, "contact WORD says TEXT", "contact juliet says Hi", &arguments));
	assert_false(fits(&arena, "contact WORD types", "contact \"juliet\" types", &arguments));
	assert_false(fits(&arena, "contact WORD types", "contact juliet types fast", &arguments));
	assert_false(fits(&arena, "NUMBER WORD pass", "many seconds pass", &arguments));
	arena_finish(&arena);
}

static void test_stars(void **state) {
	(void)state;
	assert_true(glob_match("Not connected: * trying.", "Not connected: broken. The gateway keeps trying."));
	assert_true(glob_match("*", ""));
	assert_true(glob_match("a*b*c", "a--b-b--c"));
	assert_false(glob_match("a*b*c", "a--b-b--"));
	assert_true(glob_match("2 \\* 3", "2 * 3"));
	assert_false(glob_match("2 \\* 3", "2 x 3"));
	assert_false(glob_match("", "x"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_without_titles_is_one_case),
		cmocka_unit_test(test_cases_share_the_beginning),
		cmocka_unit_test(test_block_loses_its_indentation),
		cmocka_unit_test(test_mistakes_name_file_and_line),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_stars),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
