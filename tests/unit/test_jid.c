/* SPDX-License-Identifier: MPL-2.0 */
/* xmpp/jid: RFC 7622's examples and what goes wrong in practice; XEP-0106. */
#include "util/arena.h"
#include "util/mem.h"
#include "xmpp/jid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int finish_arena(void **state) {
	(void)state;
	arena_finish(&arena);
	return 0;
}

static void assert_same(const char *a, const char *b) {
	if (a == NULL || b == NULL) {
		assert_ptr_equal(a, b);
	} else {
		assert_string_equal(a, b);
	}
}

static void test_parse(void **state) {
	(void)state;
	static const struct {
		const char *text, *local, *domain, *resource, *full;
	} rows[] = {
		/* RFC 7622 section 3.5 */
		{ "juliet@example.com", "juliet", "example.com", NULL, "juliet@example.com" },
		{ "juliet@example.com/foo", "juliet", "example.com", "foo", "juliet@example.com/foo" },
		{ "juliet@example.com/foo bar", "juliet", "example.com", "foo bar",
				"juliet@example.com/foo bar" },
		{ "juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar",
				"juliet@example.com/foo@bar" },
		{ "foo\\20bar@example.com", "foo\\20bar", "example.com", NULL, "foo\\20bar@example.com" },
		{ "fussball@example.com", "fussball", "example.com", NULL, "fussball@example.com" },
		/* nodeprep, unlike the newer profile, folds the sharp s and the final sigma */
		{ "fu\xc3\x9f" "ball@example.com", "fussball", "example.com", NULL,
				"fussball@example.com" },
		{ "\xcf\x80@example.com", "\xcf\x80", "example.com", NULL, "\xcf\x80@example.com" },
		{ "\xce\xa3@example.com/foo", "\xcf\x83", "example.com", "foo",
				"\xcf\x83@example.com/foo" },
		{ "\xcf\x82@example.com/foo", "\xcf\x83", "example.com", "foo",
				"\xcf\x83@example.com/foo" },
		{ "king@example.com/\xe2\x99\x9a", "king", "example.com", "\xe2\x99\x9a",
				"king@example.com/\xe2\x99\x9a" },
		{ "example.com", NULL, "example.com", NULL, "example.com" },
		{ "example.com/foobar", NULL, "example.com", "foobar", "example.com/foobar" },
		{ "a.example.com/b@example.net", NULL, "a.example.com", "b@example.net",
				"a.example.com/b@example.net" },
		/* Case: folded in the local part and the domain only. */
		{ "RoMeo@MonTague.LIT/Orchard", "romeo", "montague.lit", "Orchard",
				"romeo@montague.lit/Orchard" },
		{ "\xc3\x84@B\xc3\x9c" "CHER.example/\xc3\x84",
				"\xc3\xa4", "b\xc3\xbc" "cher.example", "\xc3\x84",
				"\xc3\xa4@b\xc3\xbc" "cher.example/\xc3\x84" },
		/* Domains: the dot at the end, full stops of other scripts, addresses, A-labels */
		{ "a@example.com.", "a", "example.com", NULL, "a@example.com" },
		{ "a@example\xef\xbc\x8e" "com\xef\xbc\x8e", "a", "example.com", NULL, "a@example.com" },
		{ "a@[::1]/r", "a", "[::1]", "r", "a@[::1]/r" },
		{ "[2001:DB8::1]", NULL, "[2001:db8::1]", NULL, "[2001:db8::1]" },
		{ "192.0.2.1", NULL, "192.0.2.1", NULL, "192.0.2.1" },
		{ "a@xn--bcher-kva.example", "a", "xn--bcher-kva.example", NULL,
				"a@xn--bcher-kva.example" },
		{ "a@my_host", "a", "my_host", NULL, "a@my_host" },
		/* Gateways */
		{ "nick%irc.example.org@irc.localhost/x", "nick%irc.example.org", "irc.localhost", "x",
				"nick%irc.example.org@irc.localhost/x" },
		{ "#chan%irc@irc.localhost", "#chan%irc", "irc.localhost", NULL,
				"#chan%irc@irc.localhost" },
		{ "a@b/c/d@e", "a", "b", "c/d@e", "a@b/c/d@e" },
		/* Younger than Unicode 3.2 */
		{ "a@b/\xf0\x9f\x98\x80", "a", "b", "\xf0\x9f\x98\x80", "a@b/\xf0\x9f\x98\x80" },
		/* Composed, and mapped to nothing */
		{ "e\xcc\x81@b", "\xc3\xa9", "b", NULL, "\xc3\xa9@b" },
		{ "a\xc2\xad@b", "a", "b", NULL, "a@b" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct gw_jid jid;
		if (!jid_parse(&arena, rows[i].text, &jid)) {
			fail_msg("%s was refused", rows[i].text);
		}
		assert_same(jid.local, rows[i].local);
		assert_same(jid.domain, rows[i].domain);
		assert_same(jid.resource, rows[i].resource);
		assert_same(jid.full, rows[i].full);
		size_t bare_size = strlen(jid.bare);
		assert_memory_equal(jid.full, jid.bare, bare_size);
		assert_int_equal(jid.full[bare_size], jid.resource != NULL ? '/' : '\0');

		struct gw_jid made;
		assert_true(jid_make(&arena, jid.local, jid.domain, jid.resource, &made));
		assert_string_equal(made.full, jid.full);
		assert_string_equal(made.bare, jid.bare);
		assert_true(gw_jid_is_same_account(&made, &jid));
	}
}

static void test_refuse(void **state) {
	(void)state;
	static const char *const bad[] = {
		"", "@", "/", "@/", "@example.com", "a@", "a@/r", "a@b/", "b/", "/r",
		/* RFC 7622 section 3.5 */
		"\"juliet\"@example.com", "foo bar@example.com", "@example.com/",
		"henry\xe2\x85\xa3 @example.com",
		"\xe2\x99\x9a @example.com", "juliet@",
		"a&b@c", "a'b@c", "a:b@c", "a<b@c", "a>b@c", "a@b@c", "a\tb@c", "a\nb@c", "a\x7f@b",
		"a\x01@b",
		"a@b c", "a@b:5222", "a@.b", "a@b..c", "a@.", "a@..", "a@b,c", "a@b!",
		"a@b\xef\xbc\x8f" "c", "a@b\xef\xbc\xa0" "c",
		"a@b\xe3\x80\x82" "c", "a@b\xef\xbd\xa1" "c",
		"a@[::1", "a@[]", "a@[::g]", "a@[127.0.0.1]", "a@[::1]x", "a@]", "a@[fe80::1%eth0]",
		"a\xef\xbc\xa0" "b@c", "a\xef\xbc\x8f@c", "a@b/\x01", "a@b/x\x7f", "a@b/x\ny",
		/* no UTF-8 */
		"\xff@b", "a@b/\xc3", "a@\xed\xa0\x80", "\xc0\x80@b",
		/* nothing is left */
		"\xc2\xad@b", "a@\xc2\xad", "a@b/\xc2\xad",
		/* private use, other spaces, both directions in one part */
		"\xee\x80\x80@b", "a\xe3\x80\x80@b", "a\xc2\xa0@b", "a\xd7\x90@b",
	};
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		struct gw_jid jid = { .full = "untouched" };
		if (jid_parse(&arena, bad[i], &jid)) {
			fail_msg("%s was read as %s", bad[i], jid.full);
		}
		assert_string_equal(jid.full, "untouched");
	}
}

static const char *with_part(unsigned which, const char *part) {
	const char *local = which == 0 ? part : "a", *domain = which == 1 ? part : "b";
	return arena_printf(&arena, "%s@%s/%s", local, domain, which == 2 ? part : "c");
}

static void test_lengths(void **state) {
	(void)state;
	struct gw_jid jid;
	char part[1100];
	for (unsigned which = 0; which < 3; which++) {
		memset(part, 'x', sizeof(part));
		part[1023] = '\0';
		assert_true(jid_parse(&arena, with_part(which, part), &jid));
		part[1023] = 'x';
		part[1024] = '\0';
		assert_false(jid_parse(&arena, with_part(which, part), &jid));
		/* 2 bytes each */
		for (size_t i = 0; i < 1024; i += 2) {
			memcpy(part + i, "\xc3\xa4", 2);
		}
		assert_false(jid_parse(&arena, with_part(which, part), &jid));
		part[1022] = '\0';
		assert_true(jid_parse(&arena, with_part(which, part), &jid));
	}
}

static void test_make_and_copy(void **state) {
	(void)state;
	struct gw_jid jid, other;
	assert_true(jid_make(&arena, "Romeo", "Montague.LIT", "Orchard", &jid));
	assert_string_equal(jid.full, "romeo@montague.lit/Orchard");
	assert_false(jid_make(&arena, "", "montague.lit", NULL, &other));
	assert_false(jid_make(&arena, "a", "montague.lit", "", &other));
	assert_false(jid_make(&arena, "a@b", "montague.lit", NULL, &other));
	assert_false(jid_make(&arena, "a", "b/c", NULL, &other));
	assert_false(jid_make(&arena, "a", "b@c", NULL, &other));
	assert_true(jid_make(&arena, NULL, "montague.lit", "a/b", &other));
	assert_string_equal(other.full, "montague.lit/a/b");
	assert_string_equal(other.bare, "montague.lit");
	assert_false(gw_jid_is_same_account(&jid, &other));

	assert_true(jid_with_resource(&arena, &jid, "balcony", &other));
	assert_string_equal(other.full, "romeo@montague.lit/balcony");
	assert_string_equal(other.resource, "balcony");
	assert_true(gw_jid_is_same_account(&jid, &other));
	assert_true(jid_with_resource(&arena, &other, NULL, &other));
	assert_string_equal(other.full, "romeo@montague.lit");
	assert_null(other.resource);
	assert_false(jid_with_resource(&arena, &jid, "a\nb", &other));
	assert_string_equal(other.full, "romeo@montague.lit");

	struct arena longer = { 0 };
	struct gw_jid copy = jid_copy(&longer, &jid), none = jid_copy(&longer, &(struct gw_jid){ 0 });
	arena_finish(&arena);
	assert_string_equal(copy.local, "romeo");
	assert_string_equal(copy.domain, "montague.lit");
	assert_string_equal(copy.resource, "Orchard");
	assert_string_equal(copy.bare, "romeo@montague.lit");
	assert_string_equal(copy.full, "romeo@montague.lit/Orchard");
	assert_null(none.full);
	arena_finish(&longer);
}

static void test_prepare_parts(void **state) {
	(void)state;
	assert_string_equal(jid_prepare_local(&arena, "RoMeo"), "romeo");
	assert_null(jid_prepare_local(&arena, "ro meo"));
	assert_null(jid_prepare_local(&arena, "\xf0\x9f\x92\x9c"));
	assert_string_equal(jid_prepare_local(&arena, "Na\xc3\xafve"), "na\xc3\xafve");
	assert_string_equal(jid_prepare_domain(&arena, "IRC.localhost."), "irc.localhost");
	assert_null(jid_prepare_domain(&arena, ""));
	assert_string_equal(jid_prepare_resource(&arena, "Two Words"), "Two Words");
	assert_null(jid_prepare_resource(&arena, ""));
}

static void test_escape(void **state) {
	(void)state;
	static const struct {
		const char *text, *local;
	} rows[] = {
		/* XEP-0106 section 5, and its table 3 */
		{ "space cadet", "space\\20cadet" },
		{ "call me \"ishmael\"", "call\\20me\\20\\22ishmael\\22" },
		{ "at&t guy", "at\\26t\\20guy" },
		{ "d'artagnan", "d\\27artagnan" },
		{ "/.fanboy", "\\2f.fanboy" },
		{ "::foo::", "\\3a\\3afoo\\3a\\3a" },
		{ "<foo>", "\\3cfoo\\3e" },
		{ "user@host", "user\\40host" },
		{ "c:\\net", "c\\3a\\net" },
		{ "c:\\\\net", "c\\3a\\\\net" },
		{ "c:\\cool stuff", "c\\3a\\cool\\20stuff" },
		{ "c:\\5commas", "c\\3a\\5c5commas" },
		{ "\\3and\\2is\\5cool", "\\5c3and\\2is\\5c5cool" },
		{ "\\2plus\\2is\\4", "\\2plus\\2is\\4" },
		{ "foo\\bar", "foo\\bar" },
		{ "foob\\41r", "foob\\41r" },
		{ "\\@", "\\\\40" },
		{ "\\", "\\" },
		{ "\\2", "\\2" },
		{ "", "" },
		{ "na\xc3\xafve", "na\xc3\xafve" },
		{ "nick[]{}|`^", "nick[]{}|`^" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		assert_string_equal(jid_escape(&arena, rows[i].text), rows[i].local);
		assert_string_equal(jid_unescape(&arena, rows[i].local), rows[i].text);
	}
	assert_string_equal(jid_escape(&arena, "  two words "), "two\\20words");
	assert_string_equal(jid_escape(&arena, "   "), "");

	/* What becomes an escape sequence only in lower case. */
	const char *local = jid_prepare_local(&arena, jid_escape(&arena, "A\\2FB"));
	assert_string_equal(jid_unescape(&arena, local), "a\\2fb");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_make_and_copy),
		cmocka_unit_test(test_prepare_parts),
		cmocka_unit_test(test_escape),
	};
	int failed = cmocka_run_group_tests(tests, NULL, finish_arena);
	arena_release_cache();
	return failed;
}
