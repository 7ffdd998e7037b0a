/* SPDX-License-Identifier: MPL-2.0 */
/* util/log: levels, names from the outermost, and nothing that could be taken for another line. */
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char last_line[20000];
static enum gw_log_level last_level;
static unsigned line_count;

static void keep_line(enum gw_log_level level, const char *line, void *data) {
	assert_ptr_equal(data, &line_count);
	last_level = level;
	line_count++;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void test_levels(void **state) {
	(void)state;
	enum gw_log_level level;
	assert_true(log_level_read("warning", &level));
	assert_int_equal(level, GW_LOG_WARNING);
	assert_false(log_level_read("loud", &level));
	assert_string_equal(log_level_name(GW_LOG_DEBUG), "debug");

	log_set_sink(keep_line, &line_count);
	log_set_level(GW_LOG_WARNING);
	assert_int_equal(log_level(), GW_LOG_WARNING);
	assert_true(gw_log_is_enabled(GW_LOG_ERROR));
	assert_false(gw_log_is_enabled(GW_LOG_INFO));
	line_count = 0;
	gw_log_info(NULL, "nobody hears this");
	assert_int_equal(line_count, 0);
	gw_log_warning(NULL, "%d problems", 2);
	assert_int_equal(line_count, 1);
	assert_int_equal(last_level, GW_LOG_WARNING);
	assert_string_equal(last_line, "2 problems");
}

static void test_names_are_chained(void **state) {
	(void)state;
	log_set_sink(keep_line, &line_count);
	log_set_level(GW_LOG_DEBUG);
	struct gw_log gateway = { .name = "irc.example.org" };
	struct gw_log user = { .parent = &gateway, .name = "romeo@example.org" };
	gw_log_debug(&user, "logged in");
	assert_string_equal(last_line, "irc.example.org romeo@example.org: logged in");
	gw_log_debug(&gateway, "connected");
	assert_string_equal(last_line, "irc.example.org: connected");
}

static void test_lines_cannot_be_forged(void **state) {
	(void)state;
	log_set_sink(keep_line, &line_count);
	log_set_level(GW_LOG_INFO);
	static const struct {
		const char *text, *line;
	} rows[] = {
		{ "a\nb\rc", "a\\nb\\rc" },
		{ "tab\tstays", "tab\tstays" },
		{ "\x1b[31mred\x7f", "\\x1b[31mred\\x7f" },
		{ "\xc2\x85\xe2\x80\xa8\xe2\x80\xae", "\\u0085\\u2028\\u202e" },
		{ "na\xc3\xafve", "na\xc3\xafve" },
		{ "\xff\xe2\x82", "\\xff\\xe2\\x82" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		gw_log_info(NULL, "%s", rows[i].text);
		assert_string_equal(last_line, rows[i].line);
	}
	struct gw_log log = { .name = "ro\nmeo" };
	gw_log_info(&log, "hello");
	assert_string_equal(last_line, "ro\\nmeo: hello");

	char *huge = mem_new(100000);
	memset(huge, 'x', 99999);
	gw_log_info(NULL, "%s", huge);
	assert_in_range(strlen(last_line), 8000, 9000);
	assert_string_equal(last_line + strlen(last_line) - 6, " [cut]");
	free(huge);

	errno = ENOENT;
	gw_log_info(NULL, "%m");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(last_line, strerror(ENOENT));
}

/* What a line looks like on stderr. */
static void read_stderr_line(char *line, size_t size) {
	FILE *file = tmpfile();
	assert_non_null(file);
	int saved = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	struct gw_log log = { .name = "romeo" };
	gw_log_warning(&log, "hello");
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	size_t length = fread(line, 1, size - 1, file);
	line[length] = '\0';
	fclose(file);
}

static void test_stderr(void **state) {
	(void)state;
	log_set_sink(NULL, NULL);
	log_set_level(GW_LOG_INFO);
	char line[200];
	int length = 0;
	unsigned ignored;
	read_stderr_line(line, sizeof(line));
	int fields = sscanf(line, "%4u-%2u-%2uT%2u:%2u:%2u.%3u%*1[+-]%2u:%2u warning romeo: hello%n",
			&ignored, &ignored, &ignored, &ignored, &ignored, &ignored, &ignored, &ignored,
			&ignored, &length);
	assert_int_equal(fields, 9);
	assert_string_equal(line + length, "\n");

	log_use_journal_prefixes(true);
	read_stderr_line(line, sizeof(line));
	log_use_journal_prefixes(false);
	assert_string_equal(line, "<4>romeo: hello\n");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_names_are_chained),
		cmocka_unit_test(test_lines_cannot_be_forged),
		cmocka_unit_test(test_stderr),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
