/* SPDX-License-Identifier: MPL-2.0 */
/* Text to IRC and from it: cutting, case, encodings, formatting, CTCP. */
#include "casemap.h"
#include "convert.h"
#include "isupport.h"
#include "line.h"
#include "playback.h"
#include "split.h"

#include <gangway/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* --- Cutting --- */

/* The pieces, each followed by a '|'. */
static void assert_pieces(const char *text, size_t max_bytes, const char *expected) {
	char piece[IRC_LINE_OUT_MAX + 1], all[8192] = "";
	struct irc_split split;
	size_t count = 0;
	irc_split_init(&split, text, max_bytes);
	for (; irc_split_next(&split, piece); count++) {
		assert_true(strlen(piece) <= max_bytes);
		strcat(strcat(all, piece), "|");
	}
	assert_string_equal(all, expected);
	assert_int_equal(irc_split_count(text, max_bytes), count);
}

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void cuts_at_lines_and_spaces(void **state) {
	(void)state;
	assert_pieces("", 64, "");
	assert_pieces("one", 64, "one|");
	assert_pieces("one\ntwo\r\nthree\rfour", 64, "one|two|three|four|");
	assert_pieces("\n\none\n\n  \n\ttwo  \n", 64, "one|\ttwo|");
	assert_pieces(SIXTY "1234", 64, SIXTY "1234|");
	assert_pieces(SIXTY "12345", 64, SIXTY "1234|5|");
	assert_pieces(TEN TEN TEN TEN TEN " " TEN TEN, 64, TEN TEN TEN TEN TEN "|" TEN TEN "|");
	assert_pieces("    indented\n  more", 64, "    indented|  more|");
}

static void cuts_between_characters(void **state) {
	(void)state;
	/* 2, 3 and 4 bytes; a base with a combining mark; a family of four joined by U+200D. */
	assert_pieces(SIXTY "123é!", 64, SIXTY "123|é!|");
	assert_pieces(SIXTY "12€!", 64, SIXTY "12|€!|");
	assert_pieces(SIXTY "1😀!", 64, SIXTY "1|😀!|");
	assert_pieces(SIXTY "12e\xcc\x81!", 64, SIXTY "12|e\xcc\x81!|");
	assert_pieces(SIXTY "👨‍👩‍👧‍👦", 64, SIXTY "|👨‍👩‍👧‍👦|");
}

static void wraps_each_piece_of_an_action(void **state) {
	(void)state;
	assert_pieces("/me waves", 64, "\001ACTION waves\001|");
	assert_pieces("/me waves\nand bows", 64, "\001ACTION waves\001|and bows|");
	assert_pieces("/me \nbows", 64, "bows|");
	assert_pieces("/me " SIXTY, 64, "\001ACTION " TEN TEN TEN TEN TEN "01234\001|\001ACTION 56789\001|");
	assert_pieces("/me ", 64, "");
	assert_pieces("/me", 64, "/me|");
	assert_pieces("/meow", 64, "/meow|");
}

/* rows: none of ours; user-demands 34: nothing that a user writes becomes another command. */
static void lets_no_control_character_out(void **state) {
	(void)state;
	assert_pieces("a\001DCC SEND x\001b", 64, "aDCC SEND xb|");
	assert_pieces("\001VERSION\001", 64, "VERSION|");
	assert_pieces("a\x02\x03\x1f\x7f\tb", 64, "a\tb|");
	assert_pieces("x\r\nQUIT :bye", 64, "x|QUIT :bye|");
	assert_pieces("/me x\001\r\001QUIT", 64, "\001ACTION x\001|QUIT|");
}

/* A line of nothing but bytes that are no characters still comes to an end. */
static void always_gets_on(void **state) {
	(void)state;
	char text[1001], piece[65];
	memset(text, 0x80, 1000);
	text[1000] = '\0';
	struct irc_split split;
	size_t total = 0;
	irc_split_init(&split, text, 1);
	while (irc_split_next(&split, piece)) {
		total += strlen(piece);
	}
	assert_int_equal(total, 1000);
}

static void counts_what_the_server_adds(void **state) {
	(void)state;
	struct irc_prefix prefix = { .nick_bytes = 5, .user_bytes = 6, .host_bytes = 11 };
	/* :romeo!~romeo@example.org PRIVMSG juliet :...CRLF */
	size_t spent = strlen(":romeo!~romeo@example.org PRIVMSG juliet :\r\n");
	assert_int_equal(irc_split_budget(512, &prefix, "PRIVMSG", "juliet"), 512 - spent);
	prefix.host_bytes = 10000;
	assert_int_equal(irc_split_budget(512, &prefix, "PRIVMSG", "juliet"), IRC_SPLIT_MIN);
}

/* --- Case --- */

static void maps_case(void **state) {
	(void)state;
	static const struct {
		const char *name;
		enum irc_casemap casemap;
		const char *a, *b;
		bool is_equal;
	} rows[] = {
		{ "rfc1459", IRC_CASEMAP_RFC1459, "Foo[]\\~", "fOO{}|^", true },
		{ "rfc1459-strict", IRC_CASEMAP_STRICT, "Foo[]\\", "fOO{}|", true },
		{ "strict-rfc1459", IRC_CASEMAP_STRICT, "a~", "a^", false },
		{ "ascii", IRC_CASEMAP_ASCII, "Foo", "fOO", true },
		{ "ascii", IRC_CASEMAP_ASCII, "a[", "a{", false },
		{ "ascii", IRC_CASEMAP_ASCII, "É", "é", false },
		{ "rfc7613", IRC_CASEMAP_UTF8, "ÉTÉ", "été", true },
		{ "rfc7613", IRC_CASEMAP_UTF8, "a[", "a{", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum irc_casemap casemap;
		assert_true(irc_casemap_read(rows[i].name, &casemap));
		assert_int_equal(casemap, rows[i].casemap);
		assert_int_equal(irc_casemap_equal(casemap, rows[i].a, rows[i].b), rows[i].is_equal);
	}
	enum irc_casemap untouched = IRC_CASEMAP_STRICT;
	assert_false(irc_casemap_read("klingon", &untouched));
	assert_int_equal(untouched, IRC_CASEMAP_STRICT);
}

/* All that nicknames are made of survives in addresses, but for capitals. */
static void makes_addresses(void **state) {
	(void)state;
	char out[IRC_NAME_MAX];
	assert_true(irc_casemap_address("Ro[m]\\e^o{}|`_-", out, sizeof(out)));
	assert_string_equal(out, "ro[m]\\e^o{}|`_-");
	assert_true(irc_casemap_address("Élodie", out, sizeof(out)));
	assert_string_equal(out, "élodie");
	assert_true(irc_casemap_address("\xe2\x84\xaaoß", out, sizeof(out)));
	assert_string_equal(out, "\xe2\x84\xaaoß"); /* Kelvin's sign is no capital */
	assert_true(irc_casemap_address("\xff\xfeX", out, sizeof(out))); /* not UTF-8 */
	assert_string_equal(out, "\xff\xfex");
	assert_false(irc_casemap_address("romeo", out, 5));
}

static void reads_isupport(void **state) {
	(void)state;
	struct irc_isupport isupport;
	irc_isupport_init(&isupport);
	assert_int_equal(isupport.casemap, IRC_CASEMAP_RFC1459);
	assert_int_equal(isupport.line_bytes, 512);
	char first[] = ":s 005 romeo CASEMAPPING=ascii NICKLEN=30 NETWORK=My\\x20Net LINELEN=2048 CHANTYPES=# HOSTLEN=64 "
				   "USERLEN=10 EXCEPTS WHATEVER= :are supported by this server";
	char second[] = ":s 005 romeo -LINELEN CASEMAPPING=klingon NICKLEN=x NICKLEN=-4 NICKLEN= LINELEN=99999999999999999999999 "
					"HOSTLEN=4000000000 :are supported";
	struct irc_line line;
	assert_true(irc_line_parse(first, &line));
	irc_isupport_read(&isupport, &line);
	assert_int_equal(isupport.casemap, IRC_CASEMAP_ASCII);
	assert_int_equal(isupport.nick_bytes, 30);
	assert_int_equal(isupport.user_bytes, 10);
	assert_int_equal(isupport.host_bytes, 64);
	assert_int_equal(isupport.line_bytes, 2048);
	assert_string_equal(isupport.network, "My Net");
	assert_string_equal(isupport.chantypes, "#");
	assert_true(irc_line_parse(second, &line));
	irc_isupport_read(&isupport, &line);
	assert_int_equal(isupport.casemap, IRC_CASEMAP_ASCII);
	assert_int_equal(isupport.nick_bytes, 30);
	assert_int_equal(isupport.line_bytes, IRC_LINE_OUT_MAX);
	assert_true(isupport.host_bytes <= 200);
	char third[] = ":s 005 romeo LINELEN=100 -CHANTYPES -CASEMAPPING :are supported";
	assert_true(irc_line_parse(third, &line));
	irc_isupport_read(&isupport, &line);
	assert_int_equal(isupport.line_bytes, IRC_LINE_OUT_MAX); /* fewer than 512 is no limit that we know */
	assert_string_equal(isupport.chantypes, "#&");
	assert_int_equal(isupport.casemap, IRC_CASEMAP_RFC1459);
}

/* --- What comes in --- */

static void decodes(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{ "plain", "plain" },
		{ "caf\xc3\xa9", "café" },
		{ "caf\xe9", "café" },                         /* latin-1 */
		{ "\x80 5 \x93quoted\x94", "€ 5 “quoted”" },   /* windows-1252 */
		{ "caf\xc3\xa9 \xf0\x9f\x98", "café " },       /* a server cut the last character */
		{ "caf\xc3\xa9 \xf0\x9f\x98 x", "cafÃ© ðŸ˜ x" }, /* no UTF-8 then */
		{ "\xed\xa0\x80", "\xc3\xad\xc2\xa0\xe2\x82\xac" }, /* a surrogate is no UTF-8 */
		{ "\xc0\xaf", "À¯" },                          /* nor is an overlong form */
		{ "\xef\xbf\xbe", "\xef\xbf\xbd" },            /* U+FFFE is, but not in XML */
		{ "\xe9", "é" },
		{ "\xe2\x82\xac\xe2", "€" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = irc_convert_decode(rows[i][0]);
		assert_string_equal(text, rows[i][1]);
		assert_true(gw_text_is_clean(text, strlen(text)));
		free(text);
	}
}

static void strips_formatting(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{ "\x02" "bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estrike\x1e \x11mono\x11 \x16rev\x16\x0f",
				"bold italic under strike mono rev" },
		{ "\x03" "4red\x03 plain", "red plain" },
		{ "\x03" "04,12both", "both" },
		{ "\x03" "123", "3" },
		{ "\x03" "4,text", ",text" },
		{ "\x03,5", ",5" },
		{ "\x04" "ff0000red\x04 \x04" "00FF00,0000ffx \x04" "ff00 short", "red x ff00 short" },
		{ "a\tb\x01\x7f", "a\tb" },
		{ "\x03", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = irc_convert_text(rows[i][0]);
		assert_string_equal(text, rows[i][1]);
		free(text);
	}
	char *action = irc_convert_action("\x02waves\x02");
	assert_string_equal(action, "/me waves");
	free(action);
}

static void tells_what_is_offered(void **state) {
	(void)state;
	static const char *const rows[][2] = {
		{ "SEND letter.txt 213070 5000 100", "/me offers the file “letter.txt” (DCC), which this gateway cannot take." },
		{ "send \"my \x02letter\x02\" 213070 0 100 7",
				"/me offers the file “my letter” (DCC), which this gateway cannot take." },
		{ "SEND \"", "/me offers the file “” (DCC), which this gateway cannot take." },
		{ "CHAT chat 2130706433 5000", "/me offers a direct chat (DCC), which this gateway cannot take." },
		{ "ACCEPT letter.txt 5000 0", "" },
		{ "SEND", "" },
		{ "", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = irc_convert_offer(rows[i][0]);
		assert_string_equal(text, rows[i][1]);
		free(text);
	}
}

static void reads_ctcp(void **state) {
	(void)state;
	static const struct {
		const char *text, *command, *params;
	} rows[] = {
		{ "\001ACTION waves at all\001", "ACTION", "waves at all" },
		{ "\001action waves", "ACTION", "waves" },
		{ "\001VERSION\001", "VERSION", "" },
		{ "\001PING 1 2\001trailing", "PING", "1 2" },
		{ "\001\001", "", "" },
		{ "\001", "", "" },
		{ "no ctcp\001", NULL, NULL },
		{ "", NULL, NULL },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];
		struct irc_ctcp ctcp;
		strcpy(text, rows[i].text);
		assert_int_equal(irc_ctcp_read(text, &ctcp), rows[i].command != NULL);
		if (rows[i].command != NULL) {
			assert_string_equal(ctcp.command, rows[i].command);
			assert_string_equal(ctcp.params, rows[i].params);
		}
	}
}

static void answers_ctcp(void **state) {
	(void)state;
	char out[128];
	assert_true(irc_ctcp_answer(&(struct irc_ctcp){ "VERSION", "" }, "Gangway 1", 0, out, sizeof(out)));
	assert_string_equal(out, "\001VERSION Gangway 1\001");
	assert_true(irc_ctcp_answer(&(struct irc_ctcp){ "PING", "1473523796 918320" }, "", 0, out, sizeof(out)));
	assert_string_equal(out, "\001PING 1473523796 918320\001");
	assert_true(irc_ctcp_answer(&(struct irc_ctcp){ "TIME", "" }, "", 1319042451620, out, sizeof(out)));
	assert_string_equal(out, "\001TIME 2011-10-19T16:40:51Z\001");
	assert_false(irc_ctcp_answer(&(struct irc_ctcp){ "DCC", "SEND x 1 2" }, "", 0, out, sizeof(out)));
	assert_false(irc_ctcp_answer(&(struct irc_ctcp){ "PING", SIXTY SIXTY }, "", 0, out, sizeof(out)));
	assert_false(irc_ctcp_answer(&(struct irc_ctcp){ "VERSION", "" }, SIXTY SIXTY SIXTY, 0, out, sizeof(out)));
}

/* --- What bouncers play back --- */

static void knows_what_is_played_back(void **state) {
	(void)state;
	static const char *const lines[][3] = {
		{ "2026-01-01T12:00:00.000Z", "juliet", "}" },
		{ "2026-01-01T12:00:00.000Z", "juliet", "else {" },
		{ "2026-01-01T12:00:00.000Z", "juliet", "}" },
		{ "2026-01-01T12:00:00.000Z", "nurse", "}" },
		{ "2026-01-01T12:00:00.001Z", "juliet", "}" },
	};
	char ids[2][5][IRC_PLAYBACK_ID_MAX];
	for (size_t time = 0; time < 2; time++) {
		struct irc_playback playback = { 0 };
		for (size_t i = 0; i < 5; i++) {
			assert_true(irc_playback_id(&playback, lines[i][0], lines[i][1], lines[i][2], ids[time][i]));
		}
	}
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(ids[0][i], ids[1][i]);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(ids[0][i], ids[0][j]);
		}
	}

	/* When in doubt it is new. */
	struct irc_playback playback = { 0 };
	assert_false(irc_playback_id(&playback, "", "juliet", "hi", ids[0][0]));
	assert_false(irc_playback_id(&playback, "2026-01-01T12:00:00.000000000000000000000Z", "juliet", "hi", ids[0][0]));
	for (size_t i = 0; i < IRC_PLAYBACK_AT_ONCE; i++) {
		assert_true(irc_playback_id(&playback, "2026", "juliet", "hi", ids[0][0]));
	}
	assert_false(irc_playback_id(&playback, "2026", "juliet", "hi", ids[0][0]));
	assert_true(irc_playback_id(&playback, "2027", "juliet", "hi", ids[0][0]));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_at_lines_and_spaces),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(wraps_each_piece_of_an_action),
		cmocka_unit_test(lets_no_control_character_out),
		cmocka_unit_test(always_gets_on),
		cmocka_unit_test(counts_what_the_server_adds),
		cmocka_unit_test(maps_case),
		cmocka_unit_test(makes_addresses),
		cmocka_unit_test(reads_isupport),
		cmocka_unit_test(decodes),
		cmocka_unit_test(strips_formatting),
		cmocka_unit_test(tells_what_is_offered),
		cmocka_unit_test(reads_ctcp),
		cmocka_unit_test(answers_ctcp),
		cmocka_unit_test(knows_what_is_played_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
