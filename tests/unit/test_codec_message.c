/* SPDX-License-Identifier: MPL-2.0 */
/* What messages say, read and written. rows: S6 S7 S12 G10 H9 H12 H10 */
#include "codec/message.h"
#include "util/strbuf.h"
#include "util/text.h"
#include "xml/ns.h"
#include "xml_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena_test.h"

#define MESSAGE(content) \
	"<message xmlns='jabber:component:accept' type='chat'>" content "</message>"
#define REPLY "<reply xmlns='urn:xmpp:reply:0' id='m1' to='anna@a.lit'/>"
#define FOR_REPLY(content) \
	"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>" content "</fallback>"

static struct message_content read(struct arena *arena, const char *xml) {
	struct message_content content;
	message_content_read(xml_literal(arena, xml), &content);
	return content;
}

static void test_text(void **state) {
	struct message_content content = read(*state, MESSAGE("<subject>S</subject>"
		"<body xml:lang='de'>Hallo</body>"
		"<body>Hello</body><thread>t1</thread><unknown xmlns='urn:x'><body>no</body></unknown>"));
	assert_string_equal(content.body, "Hello");
	assert_string_equal(content.subject, "S");
	assert_string_equal(content.thread, "t1");
	assert_false(content.has_chat_state);
	content = read(*state, MESSAGE("<body xml:lang='de'>Hallo</body>"
		"<body xml:lang='fr'>Salut</body><thread/>"));
	assert_string_equal(content.body, "Hallo");
	assert_null(content.thread);
	content = read(*state, MESSAGE("<body/>"));
	assert_string_equal(content.body, "");
	assert_null(read(*state, MESSAGE("")).body);
	content = read(*state, MESSAGE("<x xmlns='jabber:x:oob'><url>https://a.lit/f</url></x>"));
	assert_string_equal(content.body, "https://a.lit/f");
	content = read(*state, MESSAGE("<body>Look</body><x xmlns='jabber:x:oob'><url>https://a.lit/f</url></x>"));
	assert_string_equal(content.body, "Look");
}

static void test_marks_and_states(void **state) {
	struct message_content content = read(*state,
		MESSAGE("<paused xmlns='http://jabber.org/protocol/chatstates'/>"
		"<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>"
		"<store xmlns='urn:xmpp:hints'/>"
		"<no-copy xmlns='urn:xmpp:hints'/><nick xmlns='http://jabber.org/protocol/nick'>Anna</nick>"
		"<x xmlns='jabber:x:oob'><url>https://a.lit/f</url></x>"));
	assert_true(content.has_chat_state);
	assert_int_equal(content.chat_state, GW_CHAT_PAUSED);
	assert_true(content.wants_receipt && content.is_markable && content.store && !content.no_store);
	assert_string_equal(content.nick, "Anna");
	assert_string_equal(content.oob_url, "https://a.lit/f");
	content = read(*state, MESSAGE("<received xmlns='urn:xmpp:receipts' id='r'/>"
		"<received xmlns='urn:xmpp:chat-markers:0' id='m'/>"
		"<displayed xmlns='urn:xmpp:chat-markers:0' id='d'/>"
		"<acknowledged xmlns='urn:xmpp:chat-markers:0' id='a'/>"
		"<no-store xmlns='urn:xmpp:hints'/>"));
	assert_string_equal(content.received, "r");
	assert_string_equal(content.marker_received, "m");
	assert_string_equal(content.displayed, "d");
	assert_string_equal(content.acknowledged, "a");
	assert_true(content.no_store && !content.store);
	content = read(*state, MESSAGE("<received xmlns='urn:xmpp:receipts'/>"
		"<displayed xmlns='urn:xmpp:chat-markers:0' id=''/>"
		"<replace xmlns='urn:xmpp:message-correct:0'/>"
		"<dancing xmlns='http://jabber.org/protocol/chatstates'/>"));
	assert_null(content.received);
	assert_null(content.displayed);
	assert_null(content.replaces);
	assert_false(content.has_chat_state);
}

static void test_reactions(void **state) {
	struct message_content content = read(*state,
		MESSAGE("<reactions xmlns='urn:xmpp:reactions:0' id='m1'>"
		"<reaction>👋</reaction><reaction>🐢</reaction><reaction>👋</reaction><reaction/>"
		"</reactions>"));
	assert_string_equal(content.reacts_to, "m1");
	assert_int_equal(content.reaction_count, 2);
	assert_string_equal(content.reactions[1], "🐢");
	content = read(*state, MESSAGE("<reactions xmlns='urn:xmpp:reactions:0' id='m1'/>"));
	assert_string_equal(content.reacts_to, "m1");
	assert_int_equal(content.reaction_count, 0);
	assert_null(read(*state, MESSAGE("<reactions xmlns='urn:xmpp:reactions:0'/>")).reacts_to);

	struct xml_node *message = xml_literal(*state,
		MESSAGE("<reactions xmlns='urn:xmpp:reactions:0' id='m1'/>"));
	for (int i = 0; i < 2 * MESSAGE_MAX_REACTIONS; i++) {
		xml_printf(xml_add(xml_first_element(message), "reaction", NULL), "%d", i);
	}
	message_content_read(message, &content);
	assert_int_equal(content.reaction_count, MESSAGE_MAX_REACTIONS);
}

/* What is said of the reply, and the range that is only for clients that do not know replies. */
static void test_reply_ranges(void **state) {
	static const struct {
		const char *fallback;
		size_t start, end;
	} cases[] = {
		{ "", 0, 0 },
		{ FOR_REPLY("<body start='0' end='5'/>"), 0, 5 },
		{ FOR_REPLY("<body/>"), 0, 8 },
		{ FOR_REPLY(""), 0, 8 },
		{ FOR_REPLY("<subject/>"), 0, 0 },
		{ FOR_REPLY("<body start='3'/>"), 3, 8 },
		{ FOR_REPLY("<body start='0' end='9'/>"), 0, 0 },
		{ FOR_REPLY("<body start='5' end='3'/>"), 0, 0 },
		{ FOR_REPLY("<body start='-1' end='3'/>"), 0, 0 },
		{ FOR_REPLY("<body start='a' end='3'/>"), 0, 0 },
		{ "<fallback xmlns='urn:xmpp:fallback:0' for='urn:other'><body start='0' end='5'/>"
			"</fallback>", 0, 0 },
		{ "<fallback xmlns='urn:xmpp:fallback:0'><body start='0' end='5'/></fallback>", 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct message_content content = read(*state, arena_printf(*state,
			MESSAGE("<body>&gt; ü😀\nok</body>" REPLY "%s"),
			cases[i].fallback));
		assert_string_equal(content.reply.id, "m1");
		assert_string_equal(content.reply.to, "anna@a.lit");
		assert_string_equal(content.body, "> ü😀\nok");
		assert_int_equal(content.reply_fallback_start, cases[i].start);
		assert_int_equal(content.reply_fallback_end,
			cases[i].end == 8 ? text_length(content.body) : cases[i].end);
	}
	struct message_content content = read(*state,
		MESSAGE("<body>abc</body>" FOR_REPLY("<body start='0' end='2'/>")));
	assert_null(content.reply.id);
	assert_int_equal(content.reply_fallback_end, 0);
}

static void test_retraction(void **state) {
	struct message_content content = read(*state,
		MESSAGE("<retract id='w1' xmlns='urn:xmpp:message-retract:1'/>"
		"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>"
		"<body>/me retracted</body>"
		"<store xmlns='urn:xmpp:hints'/><replace id='w1' xmlns='urn:xmpp:message-correct:0'/>"));
	assert_string_equal(content.retracts, "w1");
	assert_string_equal(content.replaces, "w1");
	assert_null(content.body);
	content = read(*state, MESSAGE("<apply-to id='w2' xmlns='urn:xmpp:fasten:0'>"
		"<retract xmlns='urn:xmpp:message-retract:0'/></apply-to>"
		"<fallback xmlns='urn:xmpp:fallback:0'/><body>Somebody attempted to retract a message</body>"));
	assert_string_equal(content.retracts, "w2");
	content = read(*state, MESSAGE("<apply-to id='w3' xmlns='urn:xmpp:fasten:0'>"
		"<moderated xmlns='urn:xmpp:message-moderate:0'/></apply-to>"));
	assert_null(content.retracts); /* something else is fastened */
	content = read(*state, MESSAGE("<body>text</body>"
		"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>"));
	assert_string_equal(content.body, "text"); /* a fallback for something that is not there */
	content = read(*state, MESSAGE("<body>👍</body><reactions xmlns='urn:xmpp:reactions:0' id='m'>"
		"<reaction>👍</reaction>"
		"</reactions><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'><body/>"
		"</fallback>"));
	assert_null(content.body);
	assert_int_equal(content.reaction_count, 1);
}

static void test_delays(void **state) {
	struct message_content content = read(*state, MESSAGE(
		"<delay xmlns='urn:xmpp:delay' from='b.lit' stamp='2002-09-10T23:08:25Z'/>"
		"<delay xmlns='urn:xmpp:delay' from='a.lit' stamp='2002-09-10T23:08:20Z'/>"
		"<delay xmlns='urn:xmpp:delay' from='c.lit' stamp='yesterday'/>"
		"<delay xmlns='urn:xmpp:delay'/>"));
	assert_string_equal(content.delayed_by, "a.lit");
	assert_true(content.delayed_since_ms == INT64_C(1031699300000));
}

static void test_encryption(void **state) {
	static const struct {
		const char *payload, *name;
	} cases[] = {
		{ "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>",
			"OMEMO" },
		{ "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:new' name='New'/>", "New" },
		{ "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:new'/>", "urn:new" },
		{ "<encrypted xmlns='eu.siacs.conversations.axolotl'/>", "OMEMO" },
		{ "<encrypted xmlns='urn:xmpp:omemo:2'/>", "OMEMO" },
		{ "<openpgp xmlns='urn:xmpp:openpgp:0'/>", "OpenPGP" },
		{ "<x xmlns='jabber:x:encrypted'>abc</x>", "OpenPGP" },
		{ "<body>?OTRv23?</body>", "OTR" },
		{ "<body>text</body>", NULL },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct message_content content = read(*state, arena_printf(*state, MESSAGE("%s"),
			cases[i].payload));
		if (cases[i].name == NULL) {
			assert_null(content.encryption);
		} else {
			assert_string_equal(content.encryption, cases[i].name);
		}
	}
	assert_true(read(*state, MESSAGE("<sent xmlns='urn:xmpp:carbons:2'/>")).is_forwarded_carbon);
	assert_true(read(*state,
		MESSAGE("<received xmlns='urn:xmpp:carbons:2'/>")).is_forwarded_carbon);
}

static struct xml_node *written(struct arena *arena, const struct message_content *content) {
	struct xml_node *message = xml_new(arena, "message", NS_COMPONENT);
	message_content_write(message, content);
	return message;
}

static void test_write_text(void **state) {
	assert_xml("<message><body>TEXT</body><active xmlns='http://jabber.org/protocol/chatstates'/>"
		"<markable xmlns='urn:xmpp:chat-markers:0'/><store xmlns='urn:xmpp:hints'/>"
		"<delay xmlns='urn:xmpp:delay' from='gw.lit' stamp='2002-09-10T23:08:25Z'/>"
		"<thread>t</thread>"
		"<nick xmlns='http://jabber.org/protocol/nick'>NAME</nick></message>",
		written(*state, &(struct message_content){ .body = "TEXT", .has_chat_state = true,
			.is_markable = true,
			.store = true, .delayed_since_ms = INT64_C(1031699305000), .delayed_by = "gw.lit",
				.thread = "t",
			.nick = "NAME" }));
	assert_xml("<message/>", written(*state, &(struct message_content){ 0 }));
}

static void test_write_reply(void **state) {
	const char *quote = message_quote(*state, "Anna", "two\nlines");
	assert_string_equal(quote, "> Anna:\n> two\n> lines\n");
	assert_string_equal(message_quote(*state, NULL, ""), "> \n");
	const char *body = arena_printf(*state, "%sanswer", quote);
	assert_xml("<message><body>&gt; Anna:\n&gt; two\n&gt; lines\nanswer</body>"
		"<reply xmlns='urn:xmpp:reply:0' id='m1' to='anna@a.lit'/>"
		FOR_REPLY("<body start='0' end='22'/>") "</message>",
		written(*state, &(struct message_content){ .body = body, .reply = { .id = "m1",
			.to = "anna@a.lit" },
			.reply_fallback_end = text_length(quote) }));
	assert_xml("<message><reply xmlns='urn:xmpp:reply:0' id='m1'/></message>",
		written(*state, &(struct message_content){ .reply = { .id = "m1" } }));
}

static void test_write_retraction(void **state) {
	assert_xml("<message><body>*</body><active xmlns='http://jabber.org/protocol/chatstates'/>"
		"<store xmlns='urn:xmpp:hints'/>"
		"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>"
		"<retract xmlns='urn:xmpp:message-retract:1' id='ID'/>"
		"<replace xmlns='urn:xmpp:message-correct:0' id='ID'/>"
		"</message>", written(*state, &(struct message_content){ .retracts = "ID",
		.has_chat_state = true,
			.store = true }));
}

/* Everything that can be written is read back as it was. */
static void test_round_trip(void **state) {
	const struct message_content content = {
		.body = "b", .subject = "s", .thread = "t", .replaces = "r", .reacts_to = "x",
			.reactions = { "❤" },
		.reaction_count = 1, .reply = { .id = "i", .to = "t@t.lit" }, .reply_fallback_end = 1,
		.has_chat_state = true, .chat_state = GW_CHAT_GONE, .received = "1", .displayed = "2",
			.acknowledged = "3",
		.marker_received = "4", .wants_receipt = true, .is_markable = true, .store = true,
			.no_store = true,
		.delayed_since_ms = 1500, .delayed_by = "d.lit", .nick = "n", .oob_url = "https://u.lit/",
	};
	struct xml_node *first = written(*state, &content);
	struct message_content again;
	message_content_read(first, &again);
	struct strbuf why;
	strbuf_init(&why, STRBUF_UNLIMITED);
	if (!xml_same(first, written(*state, &again), &why)) {
		fail_msg("%s", why.bytes);
	}
	strbuf_finish(&why);
	for (int i = GW_CHAT_ACTIVE; i <= GW_CHAT_GONE; i++) {
		assert_non_null(chat_state_name((enum gw_chat_state)i));
	}
}

/* 300,000 bytes as a text of these characters. */
static char *long_text(struct arena *arena, const char *character) {
	struct strbuf text;
	strbuf_init(&text, STRBUF_UNLIMITED);
	while (text.size < 300000) {
		strbuf_add_text(&text, character);
	}
	char *copy = arena_strdup(arena, text.bytes);
	strbuf_finish(&text);
	return copy;
}

/* It is what it looks like in XML that counts, and no character is cut. */
static void test_fitting_body(void **state) {
	static const char end[] = "\n[The rest was too long to be shown here.]";
	const char *plain = long_text(*state, "x"), *many_bytes = long_text(*state, "\u20ac");
	assert_null(message_fitting_body(*state, NULL));
	assert_ptr_equal(message_fitting_body(*state, plain), plain);
	assert_ptr_equal(message_fitting_body(*state, many_bytes), many_bytes);
	for (size_t i = 0; i < 2; i++) {
		const char *whole = long_text(*state, i == 0 ? "<" : "\u20ac&&");
		const char *cut = message_fitting_body(*state, whole);
		size_t kept = strlen(cut) - strlen(end);
		assert_in_range(kept, 60000, 200000);
		assert_string_equal(cut + kept, end);
		assert_memory_equal(cut, whole, kept);
		assert_true(text_is_clean(cut, strlen(cut)));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_text),
		ARENA_TEST(test_marks_and_states),
		ARENA_TEST(test_reactions),
		ARENA_TEST(test_reply_ranges),
		ARENA_TEST(test_retraction),
		ARENA_TEST(test_delays),
		ARENA_TEST(test_encryption),
		ARENA_TEST(test_write_text),
		ARENA_TEST(test_write_reply),
		ARENA_TEST(test_write_retraction),
		ARENA_TEST(test_round_trip),
		ARENA_TEST(test_fitting_body),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
