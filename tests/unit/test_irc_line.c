/* SPDX-License-Identifier: MPL-2.0 */
/* IRC lines, read and written. */
#include "line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct parse_row {
	const char *text;
	const char *tags, *source, *command;
	const char *params[17];
};

static const struct parse_row parse_rows[] = {
	{ "PING", NULL, NULL, "PING", { NULL } },
	{ "PING :irc.example.org", NULL, NULL, "PING", { "irc.example.org" } },
	{ ":irc.example.com CAP * LIST :", NULL, "irc.example.com", "CAP", { "*", "LIST", "" } },
	{ "CAP * LS :multi-prefix sasl", NULL, NULL, "CAP", { "*", "LS", "multi-prefix sasl" } },
	{ "CAP REQ :sasl message-tags foo", NULL, NULL, "CAP", { "REQ", "sasl message-tags foo" } },
	{ ":dan!d@localhost PRIVMSG #chan Hey!", NULL, "dan!d@localhost", "PRIVMSG", { "#chan", "Hey!" } },
	{ ":dan!d@localhost PRIVMSG #chan ::-)", NULL, "dan!d@localhost", "PRIVMSG", { "#chan", ":-)" } },
	{ "@id=234AB :dan!d@localhost PRIVMSG #chan :Hey what's up!", "id=234AB", "dan!d@localhost", "PRIVMSG",
			{ "#chan", "Hey what's up!" } },
	{ "@a=b;c  :s   NOTICE   x   :  two  ", "a=b;c", "s", "NOTICE", { "x", "  two  " } },
	{ "  JOIN  #a  ", NULL, NULL, "JOIN", { "#a" } },
	{ "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 :18", NULL, NULL, "X",
			{ "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16 17 :18" } },
};

static void reads_lines(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(parse_rows) / sizeof(parse_rows[0]); i++) {
		const struct parse_row *row = &parse_rows[i];
		char text[512];
		struct irc_line line;
		strcpy(text, row->text);
		assert_true(irc_line_parse(text, &line));
		assert_string_equal(line.command, row->command);
		assert_int_equal(row->tags == NULL, line.tags == NULL);
		assert_int_equal(row->source == NULL, line.source == NULL);
		if (row->tags != NULL) {
			assert_string_equal(line.tags, row->tags);
		}
		if (row->source != NULL) {
			assert_string_equal(line.source, row->source);
		}
		for (size_t p = 0; row->params[p] != NULL; p++) {
			assert_string_equal(irc_line_param(&line, p), row->params[p]);
			assert_true(line.param_count > p);
			assert_true(row->params[p + 1] != NULL || line.param_count == p + 1);
		}
	}
}

static void refuses_what_is_no_line(void **state) {
	(void)state;
	static const char *const rows[] = { "", "   ", ":", ":source", ":source ", "@tags", "@tags :source", "PRIV-MSG x",
		"\001 x", "\xff\xfe" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];
		struct irc_line line = { 0 };
		strcpy(text, rows[i]);
		assert_false(irc_line_parse(text, &line));
		assert_null(line.command);
	}
}

static void tells_numerics(void **state) {
	(void)state;
	static const struct {
		const char *text;
		int numeric;
	} rows[] = { { "001 a", 1 }, { ":s 433 * a :x", 433 }, { "000 a", 0 }, { "1000 a", 0 }, { "12 a", 0 }, { "4o3", 0 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];
		struct irc_line line;
		strcpy(text, rows[i].text);
		assert_true(irc_line_parse(text, &line));
		assert_int_equal(line.numeric, rows[i].numeric);
	}
}

static void unescapes_tags(void **state) {
	(void)state;
	char text[] = "@aaa=bbb;ccc;example.com/ddd=eee;+example=raw+:=,escaped\\:\\s\\\\;end=test\\;bad=\\b;empty= PING";
	static const char *const rows[][2] = { { "aaa", "bbb" }, { "ccc", "" }, { "example.com/ddd", "eee" },
		{ "+example", "raw+:=,escaped; \\" }, { "end", "test" }, { "bad", "b" }, { "empty", "" } };
	struct irc_line line;
	char value[64];
	assert_true(irc_line_parse(text, &line));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(irc_line_tag(&line, rows[i][0], value, sizeof(value)));
		assert_string_equal(value, rows[i][1]);
	}
	assert_false(irc_line_tag(&line, "aa", value, sizeof(value)));
	assert_false(irc_line_tag(&line, "ddd", value, sizeof(value)));
	assert_false(irc_line_tag(&line, "aaa", value, 3)); /* does not fit */
}

static void reads_times(void **state) {
	(void)state;
	static const struct {
		const char *tags;
		int64_t time_ms;
	} rows[] = {
		{ "@time=2011-10-19T16:40:51.620Z PING", 1319042451620 },
		{ "@time=2012-06-30T23:59:60.419Z PING", 1341100800419 }, /* a leap second */
		{ "@time=2011-10-19T16:40:51Z PING", 0 },
		{ "@time=2011-13-19T16:40:51.620Z PING", 0 },
		{ "@time=-011-10-19T16:40:51.620Z PING", 0 },
		{ "@time= PING", 0 },
		{ "@t=1 PING", 0 },
		{ "PING", 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];
		struct irc_line line;
		strcpy(text, rows[i].tags);
		assert_true(irc_line_parse(text, &line));
		assert_int_equal(irc_line_time_ms(&line), rows[i].time_ms);
	}
}

static void tells_people_from_servers(void **state) {
	(void)state;
	static const struct {
		const char *text, *nick;
	} rows[] = { { ":juliet!j@example.org PING", "juliet" }, { ":juliet PING", "juliet" }, { ":juliet@host PING", "juliet" },
		{ ":irc.example.org PING", NULL }, { "PING", NULL }, { ":!u@h PING", NULL }, { ":[x]\\^{y}|!u@h PING", "[x]\\^{y}|" },
		{ ":far-too-long!u@h PING", NULL } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64], nick[12] = "";
		struct irc_line line;
		strcpy(text, rows[i].text);
		assert_true(irc_line_parse(text, &line));
		assert_int_equal(irc_line_nick(&line, nick, sizeof(nick)), rows[i].nick != NULL);
		assert_string_equal(nick, rows[i].nick != NULL ? rows[i].nick : "");
	}
}

static void writes_lines(void **state) {
	(void)state;
	static const struct {
		const char *words[5];
		const char *line;
	} rows[] = {
		{ { "QUIT" }, "QUIT\r\n" },
		{ { "NICK", "romeo" }, "NICK romeo\r\n" },
		{ { "PRIVMSG", "juliet", "It is the east" }, "PRIVMSG juliet :It is the east\r\n" },
		{ { "PRIVMSG", "juliet", ":-)" }, "PRIVMSG juliet ::-)\r\n" },
		{ { "PRIVMSG", "juliet", "" }, "PRIVMSG juliet :\r\n" },
		{ { "USER", "romeo", "0", "*", "Romeo M" }, "USER romeo 0 * :Romeo M\r\n" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[6] = { NULL };
		memcpy(words, rows[i].words, sizeof(rows[i].words));
		char out[128];
		size_t size = irc_line_write(out, sizeof(out), words);
		assert_int_equal(size, strlen(rows[i].line));
		assert_memory_equal(out, rows[i].line, size);
		assert_int_equal(irc_line_write(out, size, words), size);
		assert_int_equal(irc_line_write(out, size - 1, words), 0);
	}
}

/* Whatever the words are, they stay one line of as many words. */
static void never_writes_a_second_line(void **state) {
	(void)state;
	static const char *const rows[][4] = {
		{ "PRIVMSG", "juliet", "x\r\nQUIT" }, { "PRIVMSG", "juliet", "x\nQUIT" }, { "PRIVMSG", "juliet", "x\rQUIT" },
		{ "PRIVMSG", "juliet\r\nQUIT", "x" }, { "PRIVMSG", "juliet romeo", "x" }, { "PRIVMSG", ":juliet", "x" },
		{ "PRIVMSG", "", "x" }, { "PRIVMSG x", "y" }, { "", "x" }, { ":source", "PING" }, { "@tag", "PING" }, { NULL },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[128] = "untouched";
		assert_int_equal(irc_line_write(out, sizeof(out), rows[i]), 0);
		assert_string_equal(out, "untouched");
	}
}

struct collected {
	char text[1024];
	size_t count, stop_after;
};

static bool collect(char *text, void *data) {
	struct collected *collected = data;
	if (strlen(text) < 64) {
		strcat(strcat(collected->text, text), "|");
	}
	return ++collected->count != collected->stop_after;
}

static void cuts_bytes_into_lines(void **state) {
	(void)state;
	static const char bytes[] = "one\r\ntwo\n\r\n\nthr\0ee\r\nfour";
	/* In every way that a network may cut it. */
	for (size_t step = 1; step < sizeof(bytes); step++) {
		struct irc_reader reader = { 0 };
		struct collected collected = { 0 };
		for (size_t i = 0; i < sizeof(bytes) - 1; i += step) {
			size_t size = sizeof(bytes) - 1 - i < step ? sizeof(bytes) - 1 - i : step;
			irc_reader_feed(&reader, bytes + i, size, collect, &collected);
		}
		assert_string_equal(collected.text, "one|two|thr ee|");
		irc_reader_feed(&reader, "\n", 1, collect, &collected);
		assert_string_equal(collected.text, "one|two|thr ee|four|");
		irc_reader_finish(&reader);
	}
}

static void drops_endless_lines(void **state) {
	(void)state;
	struct irc_reader reader = { 0 };
	struct collected collected = { 0 };
	char bytes[1000];
	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < 1000; i++) {
		irc_reader_feed(&reader, bytes, sizeof(bytes), collect, &collected);
		assert_true(reader.partial_size <= IRC_LINE_MAX);
	}
	irc_reader_feed(&reader, "tail\nnext\n", 10, collect, &collected);
	assert_string_equal(collected.text, "next|");
	assert_int_equal(collected.count, 1);
	irc_reader_finish(&reader);
}

static void stops_when_told(void **state) {
	(void)state;
	struct irc_reader reader = { 0 };
	struct collected collected = { .stop_after = 2 };
	irc_reader_feed(&reader, "a\nb\nc\nd", 7, collect, &collected);
	assert_string_equal(collected.text, "a|b|");
	assert_null(reader.partial);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(refuses_what_is_no_line),
		cmocka_unit_test(tells_numerics),
		cmocka_unit_test(unescapes_tags),
		cmocka_unit_test(reads_times),
		cmocka_unit_test(tells_people_from_servers),
		cmocka_unit_test(writes_lines),
		cmocka_unit_test(never_writes_a_second_line),
		cmocka_unit_test(cuts_bytes_into_lines),
		cmocka_unit_test(drops_endless_lines),
		cmocka_unit_test(stops_when_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
