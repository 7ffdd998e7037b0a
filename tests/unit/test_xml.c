/* SPDX-License-Identifier: MPL-2.0 */
/*
 * xml: trees are built, found in, written and read again; streams are cut into stanzas, whatever
 * they bring.
 */
#include "util/arena.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xml/parse.h"
#include "xml/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FFFD "\xef\xbf\xbd"
#define HEADER "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' " \
	"xmlns:stream='http://etherx.jabber.org/streams' id='3BF96D32' from='irc.localhost'>"

static const struct xml_limits small_limits = {
	.stanza_bytes = 1000, .depth = 5, .attributes = 3, .nodes = 10,
};

static struct arena arena;

static int finish_arena(void **state) {
	(void)state;
	arena_finish(&arena);
	return 0;
}

static struct xml_node *read_xml(const char *text) {
	const char *error = NULL;
	struct xml_node *node = xml_parse(&arena, text, strlen(text), &error);
	if (node == NULL) {
		fail_msg("%s: %s", text, error);
	}
	return node;
}

static void assert_written(const struct xml_node *node, const char *default_ns,
		const char *expected) {
	assert_string_equal(xml_to_string(&arena, node, default_ns), expected);
}

static void test_build_and_write(void **state) {
	(void)state;
	struct xml_node *iq = xml_new(&arena, "iq", NS_COMPONENT);
	xml_set(iq, "type", "result");
	xml_set(iq, "to", NULL);
	xml_set(iq, "id", "a'b\"c&d<e>\t\r\n");
	xml_set(iq, "type", "error");
	xml_set_lang(iq, "de");
	struct xml_node *query = xml_add(iq, "query", NS_REGISTER);
	xml_text(xml_add(query, "instructions", NULL), "Tom & \"Jerry\"\r\n");
	xml_add_text(query, "username", NULL, "");
	xml_add_text(query, "password", NULL, NULL);
	xml_set_integer(query, "n", -5);
	xml_printf(query, "%d<%d", 1, 2);
	assert_written(iq, NS_COMPONENT,
			"<iq type='error' id='a&apos;b\"c&amp;d&lt;e&gt;&#9;&#13;&#10;' xml:lang='de'>"
			"<query xmlns='jabber:iq:register' n='-5'>"
			"<instructions>Tom &amp; \"Jerry\"&#13;\n</instructions>"
			"<username/>1&lt;2</query></iq>");
	const char *alone = xml_to_string(&arena, iq, NULL);
	assert_memory_equal(alone, "<iq xmlns='jabber:component:accept' ", 36);
}

static void test_what_is_written_is_well_formed(void **state) {
	(void)state;
	static const struct {
		const char *text, *in_text, *in_both;
	} rows[] = {
		{ "", "", "" },
		{ "more than eight bytes", "more than eight bytes", "more than eight bytes" },
		{ "]]>", "]]&gt;", "]]&gt;" },
		{ "a\tb\nc\rd", "a\tb\nc&#13;d", "a&#9;b&#10;c&#13;d" },
		{ "\x01\x1f\x7f", FFFD FFFD "\x7f", FFFD FFFD "\x7f" },
		{ "it's \"so\"", "it's \"so\"", "it&apos;s &quot;so&quot;" },
		{ "12345678&12345678&", "12345678&amp;12345678&amp;", "12345678&amp;12345678&amp;" },
		{ "\xc3\xaf\xe2\x82\xac", "\xc3\xaf\xe2\x82\xac", "\xc3\xaf\xe2\x82\xac" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\xff" "a\xe2\x82" "b", FFFD "a" FFFD "b", FFFD "a" FFFD "b" },
		{ "\xed\xa0\x80", FFFD FFFD FFFD, FFFD FFFD FFFD },
		{ "\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", FFFD FFFD FFFD, FFFD FFFD FFFD },
		{ "1234567\xf0\x9f\x98", "1234567" FFFD, "1234567" FFFD },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct xml_node *node = xml_text(xml_new(&arena, "a", ""), rows[i].text);
		bool is_empty = *rows[i].text == '\0';
		assert_written(node, NULL,
				is_empty ? "<a/>" : arena_printf(&arena, "<a>%s</a>", rows[i].in_text));
		struct strbuf out;
		strbuf_init(&out, STRBUF_UNLIMITED);
		assert_true(xml_write_escaped(&out, rows[i].text));
		assert_string_equal(out.bytes, rows[i].in_both);
		strbuf_finish(&out);
		read_xml(xml_to_string(&arena, node, NULL));
	}
}

static void test_any_bytes_come_back(void **state) {
	(void)state;
	/* Each byte at each offset of a word, in text and in an attribute. */
	for (unsigned c = 1; c < 256; c++) {
		for (unsigned offset = 0; offset < 16; offset++) {
			char text[20] = "abcdefghijklmnopqrs";
			text[offset] = (char)c;
			struct xml_node *node = xml_new(&arena, "a", "");
			xml_set(node, "v", text);
			xml_text(node, text);
			bool is_clean = c < 0x80 && (c >= 0x20 || c == '\t' || c == '\n' || c == '\r');
			const char *expected = is_clean ? text
					: arena_printf(&arena, "%.*s" FFFD "%s", (int)offset, text, text + offset + 1);
			struct xml_node *back = read_xml(xml_to_string(&arena, node, NULL));
			assert_string_equal(xml_get(back, "v"), expected);
			assert_string_equal(xml_content(back), expected);
		}
		arena_finish(&arena);
	}
}

static void test_what_does_not_fit_is_not_written(void **state) {
	(void)state;
	struct xml_node *node = xml_text(xml_new(&arena, "body", ""), "a&b");
	for (size_t limit = 0; limit < 30; limit++) {
		struct strbuf out;
		strbuf_init(&out, limit);
		strbuf_add(&out, "xy", 2);
		size_t before = out.size;
		bool fits = limit >= 2 + strlen("<body>a&amp;b</body>");
		assert_int_equal(xml_write(&out, node, NULL), fits);
		assert_int_equal(out.size, fits ? limit < 22 ? 0 : 22 : before);
		assert_int_equal(strlen(out.bytes), out.size);
		strbuf_finish(&out);
	}
	struct strbuf out;
	strbuf_init(&out, 10);
	assert_false(xml_write(&out, node, NULL));
	assert_true(xml_write(&out, xml_new(&arena, "a", ""), NULL)); /* a smaller one still fits */
	assert_string_equal(out.bytes, "<a/>");
	assert_true(out.is_full);
	strbuf_finish(&out);
}

static void test_find(void **state) {
	(void)state;
	struct xml_node *m = read_xml("<message xmlns='jabber:component:accept' to='a' xml:lang='en'>\n"
			"<body>one &amp; <x/>two</body><body xmlns='urn:other'>no</body>"
			"<active xmlns='http://jabber.org/protocol/chatstates'/><body>three</body></message>");
	assert_true(xml_is(m, "message", NS_COMPONENT));
	assert_ptr_equal(m->ns, NS_COMPONENT);
	assert_string_equal(xml_get(m, "to"), "a");
	assert_null(xml_get(m, "lang"));
	assert_string_equal(xml_get_in(m, "lang", NS_XML), "en");
	struct xml_node *body = xml_find(m, "body", NS_COMPONENT);
	assert_string_equal(xml_content(body), "one & two");
	assert_string_equal(xml_content(xml_find_next(body, "body", NS_COMPONENT)), "three");
	assert_string_equal(xml_child_text(m, "body", "urn:other"), "no");
	assert_null(xml_child_text(m, "body", "urn:third"));
	assert_string_equal(xml_child_text(m, "active", NULL), "");
	assert_ptr_equal(xml_find(m, NULL, NS_CHAT_STATES)->ns, NS_CHAT_STATES);
	assert_ptr_equal(xml_first_element(m), body);
	unsigned count = 0;
	for (struct xml_node *n = xml_first_element(m); n != NULL; n = xml_next_element(n)) {
		count++;
	}
	assert_int_equal(count, 4);
	/* The text in between is a node. */
	assert_null(m->first->name);
	assert_string_equal(m->first->text, "\n");
	assert_ptr_equal(m->first->parent, m);
}

static void test_move_copy_remove(void **state) {
	(void)state;
	struct xml_node *loose = xml_new(&arena, "item", NULL);
	xml_add(loose, "group", NULL);
	struct xml_node *query = xml_new(&arena, "query", NS_ROSTER);
	xml_append(query, loose);
	assert_written(query, NULL, "<query xmlns='jabber:iq:roster'><item><group/></item></query>");
	assert_ptr_equal(loose->first->ns, NS_ROSTER);

	struct xml_node *second = xml_add(query, "second", NULL);
	struct xml_node *third = xml_add(query, "third", NULL);
	xml_remove(second);
	xml_remove(third);
	xml_remove(third);
	xml_append(query, second);
	assert_written(query, NULL,
			"<query xmlns='jabber:iq:roster'><item><group/></item><second/></query>");
	xml_remove(loose);
	xml_remove(second);
	assert_null(query->first);
	assert_null(query->last);

	struct xml_node *original = read_xml("<a xmlns='urn:x' r:about='u' xmlns:r='urn:r' "
			"xml:lang='en'>t<b/><c xmlns=''/><d xmlns='jabber:x:data'/>u</a>");
	struct arena other = { 0 };
	struct xml_node *copy = xml_copy(&other, original);
	const char *written = xml_to_string(&other, original, NULL);
	assert_ptr_equal(xml_find(copy, "d", NULL)->ns, NS_DATA_FORM);
	arena_finish(&arena);
	assert_written(copy, NULL, written);
	assert_string_equal(written, "<a xmlns='urn:x' xmlns:a1='urn:r' a1:about='u' "
			"xml:lang='en'>t<b/><c xmlns=''/><d xmlns='jabber:x:data'/>u</a>");
	arena_finish(&other);
}

static void test_namespaces(void **state) {
	(void)state;
#define CHECK(name, uri) \
	assert_ptr_equal(ns_find(uri), name); \
	assert_string_equal(name, uri);
	XML_NAMESPACES(CHECK)
#undef CHECK
	assert_null(ns_find(""));
	assert_null(ns_find("urn:xmpp:ping:"));
	assert_ptr_equal(ns_find_sized("urn:xmpp:ping:", 13), NS_PING);

	struct xml_node *none = read_xml("<a><b xmlns='urn:b'><c xmlns=''/></b></a>");
	assert_string_equal(none->ns, "");
	assert_string_equal(none->first->ns, "urn:b");
	assert_true(xml_is(none->first->first, "c", ""));
	assert_written(none, NULL, "<a><b xmlns='urn:b'><c xmlns=''/></b></a>");
	assert_written(none, NS_CLIENT, "<a xmlns=''><b xmlns='urn:b'><c xmlns=''/></b></a>");
	/* Prefixes go. */
	assert_written(read_xml("<p:a xmlns:p='urn:b'><p:c/></p:a>"), NULL,
			"<a xmlns='urn:b'><c/></a>");
}

static void test_what_is_refused(void **state) {
	(void)state;
	static const char *const bad[] = {
		"", " ", "text", "<a>", "<a></b>", "<a/><b/>", "<a b='1' b='2'/>",
		"<p:a/>", "<a>&nbsp;</a>", "<a>\x01</a>", "<a>\xff</a>",
		"<a>&#1;</a>", "<a b='<'/>", "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
		"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "<a><!-- --></a>",
		"<a><?php ?></a>", "<?pi x?><a/>",
	};
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		const char *error = NULL;
		if (xml_parse(&arena, bad[i], strlen(bad[i]), &error) != NULL) {
			fail_msg("%s was read", bad[i]);
		}
		assert_non_null(error);
	}
	assert_null(xml_parse(&arena, "<a>", 3, NULL));
	assert_non_null(xml_parse(&arena, "<?xml version='1.0'?><a> </a>\n", 30, NULL));
}

static void test_limits_of_documents(void **state) {
	(void)state;
	struct strbuf xml;
	strbuf_init(&xml, STRBUF_UNLIMITED);
	for (unsigned i = 0; i < xml_default_limits.depth; i++) {
		strbuf_add_text(&xml, "<a>");
	}
	size_t open = xml.size;
	for (unsigned i = 0; i < xml_default_limits.depth; i++) {
		strbuf_add_text(&xml, "</a>");
	}
	assert_non_null(xml_parse(&arena, xml.bytes, xml.size, NULL));
	char *deeper = arena_printf(&arena, "%.*s<b/>%s", (int)open, xml.bytes, xml.bytes + open);
	const char *error;
	assert_null(xml_parse(&arena, deeper, strlen(deeper), &error));
	assert_string_equal(error, "nested too deeply");

	strbuf_clear(&xml);
	strbuf_add_text(&xml, "<a");
	for (unsigned i = 0; i <= xml_default_limits.attributes; i++) {
		strbuf_printf(&xml, " a%u=''", i);
	}
	strbuf_add_text(&xml, "/>");
	assert_null(xml_parse(&arena, xml.bytes, xml.size, &error));
	assert_string_equal(error, "too many attributes");
	strbuf_finish(&xml);
}

/* Streams: what the parser told, one line each. */
struct told {
	struct strbuf lines;
	struct xml_parser *parser;
	bool stops;
};

static void told_open(const struct xml_node *header, void *data) {
	struct told *told = data;
	strbuf_printf(&told->lines, "open %s %s\n", header->name, xml_get(header, "id"));
}

static void told_stanza(struct arena *theirs, struct xml_node *stanza, void *data) {
	struct told *told = data;
	assert_ptr_equal(stanza->arena, theirs);
	assert_null(stanza->parent);
	assert_null(stanza->next);
	xml_write(&told->lines, stanza, NS_COMPONENT);
	strbuf_add_text(&told->lines, "\n");
	arena_finish(theirs);
	if (told->stops) {
		xml_parser_stop(told->parser);
	}
}

static void told_oversized(const struct xml_node *head, const char *limit, void *data) {
	struct told *told = data;
	assert_null(head->first);
	assert_string_equal(xml_get(head, "from"), "a");
	strbuf_printf(&told->lines, "%s: %s\n", head->name, limit);
}

static void told_close(void *data) {
	struct told *told = data;
	strbuf_add_text(&told->lines, "close\n");
}

static const struct xml_stream_events told_events = {
	.on_open = told_open,
	.on_stanza = told_stanza,
	.on_oversized = told_oversized,
	.on_close = told_close,
};

static void told_init(struct told *told, const struct xml_limits *limits) {
	*told = (struct told){ 0 };
	strbuf_init(&told->lines, STRBUF_UNLIMITED);
	told->parser = xml_parser_new(limits, &told_events, told);
}

static void told_finish(struct told *told) {
	xml_parser_free(told->parser);
	strbuf_finish(&told->lines);
}

static bool feed(struct told *told, const char *text) {
	const char *error = NULL;
	bool is_fed = xml_parser_feed(told->parser, text, strlen(text), &error);
	assert_int_equal(is_fed, error == NULL);
	return is_fed;
}

static void test_a_stream_in_any_pieces(void **state) {
	(void)state;
	static const char stream[] = HEADER " \n<handshake/>"
			"<message from='romeo@montague.lit/orchard' to='irc.localhost'>"
			"<body>O &lt;speak&gt;\r\nag\xc3\xa4in</body></message> "
			"<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
			"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
			"</stream:stream> <?junk?>";
	static const char expected[] = "open stream 3BF96D32\n<handshake/>\n"
			"<message from='romeo@montague.lit/orchard' to='irc.localhost'>"
			"<body>O &lt;speak&gt;\nag\xc3\xa4in</body></message>\n"
			"<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>\n"
			"<error xmlns='http://etherx.jabber.org/streams'>"
			"<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>\n"
			"close\n";
	struct told told;
	told_init(&told, &xml_default_limits);
	for (size_t piece = 1; piece < sizeof(stream); piece++) {
		for (size_t i = 0; i < sizeof(stream) - 1; i += piece) {
			size_t size = sizeof(stream) - 1 - i < piece ? sizeof(stream) - 1 - i : piece;
			assert_true(xml_parser_feed(told.parser, stream + i, size, NULL));
		}
		if (strcmp(told.lines.bytes, expected) != 0) {
			fail_msg("in pieces of %zu: %s", piece, told.lines.bytes);
		}
		strbuf_clear(&told.lines);
		xml_parser_reset(told.parser);
	}
	told_finish(&told);
}

static void test_bad_streams(void **state) {
	(void)state;
	static const char *const bad[] = {
		"HTTP/1.1 400 Bad Request\r\n",
		HEADER "<message></iq>",
		HEADER "<!-- hello -->",
		HEADER "<message><?x y?></message>",
		"<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>" HEADER,
		HEADER "<message>&entity;</message>",
		HEADER "<message>\xc3\x28</message>",
		HEADER HEADER,
	};
	struct told told;
	told_init(&told, &xml_default_limits);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		if (feed(&told, bad[i])) {
			fail_msg("%s was read", bad[i]);
		}
		assert_false(feed(&told, "<presence/>")); /* it stays so */
		xml_parser_reset(told.parser);
		strbuf_clear(&told.lines);
		assert_true(feed(&told, HEADER "<presence/>"));
		assert_string_equal(told.lines.bytes, "open stream 3BF96D32\n<presence/>\n");
		xml_parser_reset(told.parser);
	}
	told_finish(&told);
}

static void test_stopping(void **state) {
	(void)state;
	struct told told;
	told_init(&told, &xml_default_limits);
	told.stops = true;
	assert_true(feed(&told, HEADER "<presence/><message/><broken"));
	assert_true(feed(&told, "<<<"));
	assert_string_equal(told.lines.bytes, "open stream 3BF96D32\n<presence/>\n");
	told_finish(&told);
}

/* Feeds the same bytes until there are so many. */
static bool feed_many(struct told *told, const char *text, size_t total) {
	bool is_fed = true;
	for (size_t fed = 0; is_fed && fed < total; fed += strlen(text)) {
		is_fed = feed(told, text);
	}
	return is_fed;
}

/* 200 bytes, of which each element that is in it has a copy */
#define LONG_NS_PART "urn:0123456789012345678901234567890123456789012345"
#define LONG_NS LONG_NS_PART LONG_NS_PART LONG_NS_PART LONG_NS_PART

static void test_oversized_stanzas_are_skipped(void **state) {
	(void)state;
	static const struct {
		const char *start, *repeated;
		unsigned times;
		const char *end, *told;
	} rows[] = {
		{ "<message from='a'><body>", "0123456789", 90, "</body></message>", NULL },
		{ "<message from='a'><body>", "0123456789", 200, "</body></message>",
				"message: too many bytes\n" },
		{ "<message from='a'><body>", "&#x26;", 200, "</body></message>",
				"message: too many bytes\n" },
		{ "<message from='a' to='", "0123456789", 110, "'/>", "message: too many bytes\n" },
		{ "<message from='a'><x>", "<y/>", 9, "</x></message>", "message: too many elements\n" },
		{ "<message from='a'><x>", "<y/>", 8, "</x></message>", NULL },
		{ "<message from='a'><x>", "<y/>text", 300, "</x></message>",
				"message: too many elements\n" },
		{ "<iq from='a'><b><c><d><e>", "<f/>", 2, "</e></d></c></b></iq>",
				"iq: nested too deeply\n" },
		{ "<iq from='a'><b><c><d><e/>", "", 1, "</d></c></b></iq>", NULL },
		{ "<iq from='a'><b c='' d='' e='' f=''>", "z", 2, "</b></iq>",
				"iq: too many attributes\n" },
		{ "<iq from='a' b='' c='' d='' e=''>", "z", 2, "</iq>", "iq: too many attributes\n" },
		{ "<iq from='a'><b xmlns:c='" LONG_NS "'>", "<c:d/>", 4, "</b></iq>", NULL },
		{ "<iq from='a'><b xmlns:c='" LONG_NS "'>", "<c:d/>", 6, "</b></iq>",
				"iq: namespaces too long\n" },
	};
	struct told told;
	told_init(&told, &small_limits);
	assert_true(feed(&told, HEADER));
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		strbuf_clear(&told.lines);
		struct strbuf xml;
		strbuf_init(&xml, STRBUF_UNLIMITED);
		strbuf_add_text(&xml, rows[i].start);
		for (unsigned n = 0; n < rows[i].times; n++) {
			strbuf_add_text(&xml, rows[i].repeated);
		}
		strbuf_add_text(&xml, rows[i].end);
		if (!feed(&told, xml.bytes)) {
			fail_msg("row %zu ended the stream", i);
		}
		if (rows[i].told != NULL) {
			assert_string_equal(told.lines.bytes, rows[i].told);
		} else {
			assert_int_equal(told.lines.bytes[0], '<');
		}
		strbuf_clear(&told.lines);
		assert_true(feed(&told, "<presence/>"));
		assert_string_equal(told.lines.bytes, "<presence/>\n");
		strbuf_finish(&xml);
	}
	told_finish(&told);
}

static void test_nothing_is_endless(void **state) {
	(void)state;
	static const struct {
		const char *start, *repeated;
	} rows[] = {
		{ HEADER "<message>", "0123456789" },
		{ HEADER "<message>", "<a>" },
		{ HEADER "<message>", "<a/>" },
		{ HEADER "<message a='", "0123456789" },
		{ HEADER "<", "abcdefghij" },
		{ HEADER "<message ", "          " },
		{ HEADER "<message><![CDATA[", "0123456789" },
		{ HEADER "<!--", "0123456789" },
		{ "<stream a='", "0123456789" },
		{ "<?xml version='1.0' ", "          " },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct told told;
		told_init(&told, &small_limits);
		assert_true(feed(&told, rows[i].start) || rows[i].start[0] != '<' || i == 7);
		if (feed_many(&told, rows[i].repeated, 1100000)) {
			fail_msg("row %zu went on", i);
		}
		told_finish(&told);
	}
}

static void test_white_space_between_stanzas_may_be_endless(void **state) {
	(void)state;
	struct told told;
	told_init(&told, &small_limits);
	assert_true(feed(&told, HEADER));
	assert_true(feed_many(&told, "          \n", 50000));
	assert_true(feed(&told, "<presence/>"));
	assert_string_equal(told.lines.bytes, "open stream 3BF96D32\n<presence/>\n");
	told_finish(&told);
}

static void test_a_long_stream_starts_anew(void **state) {
	(void)state;
	struct told told;
	told_init(&told, &xml_default_limits);
	assert_true(feed(&told, HEADER));
	strbuf_clear(&told.lines);
	unsigned count = 100000;
	struct strbuf xml;
	strbuf_init(&xml, STRBUF_UNLIMITED);
	for (unsigned i = 0; i < count; i++) {
		/* Each name is a new one, as nobody but an attacker would do. */
		strbuf_printf(&xml, "<presence a%u='%u'><x%u xmlns='urn:%u'/></presence>", i, i, i, i);
	}
	/* In one piece, and in pieces that end anywhere. */
	assert_true(feed(&told, xml.bytes));
	for (size_t i = 0; i < xml.size; i += 1447) {
		size_t size = xml.size - i < 1447 ? xml.size - i : 1447;
		assert_true(xml_parser_feed(told.parser, xml.bytes + i, size, NULL));
	}
	unsigned lines = 0;
	for (const char *line = told.lines.bytes; *line != '\0'; line = strchr(line, '\n') + 1) {
		assert_memory_equal(line, "<presence a", 11);
		lines++;
	}
	assert_int_equal(lines, 2 * count);
	strbuf_clear(&told.lines);
	assert_true(feed(&told, "<stream:x/></stream:stream>"));
	assert_string_equal(told.lines.bytes, "<x xmlns='http://etherx.jabber.org/streams'/>\nclose\n");
	strbuf_finish(&xml);
	told_finish(&told);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build_and_write),
		cmocka_unit_test(test_what_is_written_is_well_formed),
		cmocka_unit_test(test_any_bytes_come_back),
		cmocka_unit_test(test_what_does_not_fit_is_not_written),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_move_copy_remove),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_limits_of_documents),
		cmocka_unit_test(test_a_stream_in_any_pieces),
		cmocka_unit_test(test_bad_streams),
		cmocka_unit_test(test_stopping),
		cmocka_unit_test(test_oversized_stanzas_are_skipped),
		cmocka_unit_test(test_nothing_is_endless),
		cmocka_unit_test(test_white_space_between_stanzas_may_be_endless),
		cmocka_unit_test(test_a_long_stream_starts_anew),
	};
	int failed = cmocka_run_group_tests(tests, NULL, finish_arena);
	arena_release_cache();
	return failed;
}
