/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How somebody is and looks: presence, vCard, avatars, eventing, Bits of Binary. rows: S5 S9 S10
 * S11 S30 F4 F10 A7 A8
 */
#include "codec/avatar.h"
#include "codec/bob.h"
#include "codec/presence.h"
#include "codec/pubsub.h"
#include "codec/vcard.h"
#include "xml/ns.h"
#include "xml_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arena_test.h"

#define PRESENCE(attributes, content) \
	"<presence xmlns='jabber:component:accept' " attributes ">" content "</presence>"
#define HASH "111f4b3c50d7b0df729d299bc6f8e9ef9066971f"

static struct presence_content read(struct arena *arena, const char *xml) {
	struct presence_content content;
	presence_content_read(xml_literal(arena, xml), &content);
	return content;
}

static void test_presence(void **state) {
	struct presence_content content = read(*state, PRESENCE("", "<show>away</show>"
		"<status xml:lang='de'>Weg</status>"
		"<status>Gone</status><priority>-5</priority>"
		"<idle xmlns='urn:xmpp:idle:1' since='2002-09-10T23:08:25Z'/>"
		"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
		"<x xmlns='vcard-temp:x:update'><photo>" HASH "</photo></x>"
		"<nick xmlns='http://jabber.org/protocol/nick'>N</nick>"));
	assert_int_equal(content.show, GW_SHOW_AWAY);
	assert_string_equal(content.status, "Gone");
	assert_int_equal(content.priority, -5);
	assert_true(content.idle_since_ms == INT64_C(1031699305000));
	assert_string_equal(content.caps_ver, "v");
	assert_string_equal(content.photo, HASH);
	assert_string_equal(content.nick, "N");
}

static void test_odd_presences(void **state) {
	assert_int_equal(read(*state, PRESENCE("type='unavailable'", "<show>chat</show>")).show,
		GW_SHOW_OFFLINE);
	assert_int_equal(read(*state, PRESENCE("", "<show>busy</show>")).show, GW_SHOW_AVAILABLE);
	assert_int_equal(read(*state, PRESENCE("", "<show/>")).show, GW_SHOW_AVAILABLE);
	assert_int_equal(read(*state, PRESENCE("", "<priority>1000</priority>")).priority, 0);
	assert_null(read(*state, PRESENCE("", "<x xmlns='vcard-temp:x:update'/>")).photo);
	assert_string_equal(read(*state, PRESENCE("", "<x xmlns='vcard-temp:x:update'><photo/>"
		"</x>")).photo, "");
	assert_null(read(*state, PRESENCE("",
		"<c xmlns='http://jabber.org/protocol/caps' node='n' ver='0.9'/>")).caps_ver);
	assert_true(read(*state, PRESENCE("",
		"<idle xmlns='urn:xmpp:idle:1' since='x'/>")).idle_since_ms == 0);
}

static void test_write_presence(void **state) {
	const struct presence_content content = {
		.show = GW_SHOW_AWAY, .status = "TEXT", .idle_since_ms = INT64_C(1704067200000),
			.caps_node = "n",
		.caps_ver = "v", .nick = "N", .photo = "",
	};
	struct xml_node *presence = xml_new(*state, "presence", NS_COMPONENT);
	presence_content_write(presence, &content);
	assert_xml("<presence><show>away</show><status>TEXT</status>"
		"<idle xmlns='urn:xmpp:idle:1' since='2024-01-01T00:00:00Z'/>"
		"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
		"<nick xmlns='http://jabber.org/protocol/nick'>N</nick>"
		"<x xmlns='vcard-temp:x:update'><photo/></x></presence>", presence);
	presence = xml_new(*state, "presence", NS_COMPONENT);
	presence_content_write(presence, &(struct presence_content){ .show = GW_SHOW_OFFLINE,
		.priority = 7 });
	assert_xml("<presence><priority>7</priority></presence>", presence);
	for (int i = GW_SHOW_AVAILABLE; i <= GW_SHOW_DND; i++) {
		presence = xml_new(*state, "presence", NS_COMPONENT);
		presence_content_write(presence, &(struct presence_content){ .show = (enum gw_show)i });
		struct presence_content again;
		presence_content_read(presence, &again);
		assert_int_equal(again.show, i);
	}
}

/* Who is not there was last seen then, too; some clients look at the delay only. */
static void test_write_last_seen(void **state) {
	struct xml_node *presence = xml_new(*state, "presence", NS_COMPONENT);
	presence_content_write(presence, &(struct presence_content){ .show = GW_SHOW_OFFLINE,
		.idle_since_ms = INT64_C(1704067200000) });
	assert_xml("<presence><idle xmlns='urn:xmpp:idle:1' since='2024-01-01T00:00:00Z'/>"
		"<delay xmlns='urn:xmpp:delay' stamp='2024-01-01T00:00:00Z'/></presence>", presence);
}

static void test_last_seen_in_words(void **state) {
	static const int64_t now_ms = INT64_C(1767268800000), day_ms = 24 * 3600 * 1000; /* Thursday, 2026-01-01T12:00 */
	const struct {
		const char *status;
		int64_t ago_ms;
		const char *expected;
	} rows[] = {
		{ "Gone", 0, "Gone -- last seen Thursday 12:00 GMT" },
		{ NULL, day_ms / 2 + 1, "Last seen Wednesday 23:59 GMT" },
		{ "", 4 * day_ms, "Last seen Sunday 12:00 GMT" },
		{ "Gone", 7 * day_ms - 1, "Gone -- last seen Thursday 12:00 GMT" },
		{ "Gone", 7 * day_ms, "Gone -- last seen 2025-12-25" },
		{ NULL, now_ms - 1, "Last seen 1970-01-01" },
		{ "Ahead", -60000, "Ahead -- last seen Thursday 12:01 GMT" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		int64_t last_seen_ms = now_ms - rows[i].ago_ms;
		assert_string_equal(presence_status_last_seen(*state, rows[i].status, last_seen_ms, now_ms),
			rows[i].expected);
		assert_int_equal(presence_is_recent(last_seen_ms, now_ms), strstr(rows[i].expected, "GMT") != NULL);
	}
}

static const struct vcard juliet = {
	.full_name = "Juliet Capulet", .given_name = "Juliet", .family_name = "Capulet",
		.nickname = "jule",
	.birthday = "1980-01-31", .phone = "+39 (045) 123-456", .email = "j@capulet.lit",
		.url = "https://capulet.lit/",
	.locality = "Verona", .country = "Italy", .note = "Hm", .photo = (const uint8_t *)"png",
		.photo_size = 3,
	.photo_type = "image/png",
};

static void test_vcard_temp(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	struct xml_node *vcard = vcard_write_temp(iq, &juliet);
	assert_xml("<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN><N><FAMILY>Capulet</FAMILY>"
		"<GIVEN>Juliet</GIVEN></N>"
		"<NICKNAME>jule</NICKNAME><PHOTO><TYPE>image/png</TYPE><BINVAL>cG5n</BINVAL></PHOTO>"
		"<BDAY>1980-01-31</BDAY>"
		"<ADR><LOCALITY>Verona</LOCALITY><CTRY>Italy</CTRY></ADR><TEL>"
		"<NUMBER>+39 (045) 123-456</NUMBER></TEL>"
		"<EMAIL><USERID>j@capulet.lit</USERID></EMAIL><URL>https://capulet.lit/</URL>"
		"<DESC>Hm</DESC></vCard>", vcard);
	uint8_t *bytes;
	size_t size;
	const char *type;
	assert_true(vcard_read_photo(*state, vcard, &bytes, &size, &type));
	assert_int_equal(size, 3);
	assert_memory_equal(bytes, "png", 3);
	assert_string_equal(type, "image/png");
	assert_xml("<vCard xmlns='vcard-temp'/>", vcard_write_temp(iq, &(struct vcard){ 0 }));
}

static void test_no_photo(void **state) {
	static const char *const without[] = {
		"<vCard xmlns='vcard-temp'/>", "<vCard xmlns='vcard-temp'><PHOTO/></vCard>",
		"<vCard xmlns='vcard-temp'><PHOTO><EXTVAL>http://x.lit/</EXTVAL></PHOTO></vCard>",
		"<vCard xmlns='vcard-temp'><PHOTO><BINVAL/></PHOTO></vCard>",
		"<vCard xmlns='vcard-temp'><PHOTO><BINVAL>*!</BINVAL></PHOTO></vCard>",
		"<vCard xmlns='urn:x'><PHOTO><BINVAL>cG5n</BINVAL></PHOTO></vCard>",
	};
	uint8_t *bytes;
	size_t size;
	const char *type;
	for (size_t i = 0; i < ARRAY_LENGTH(without); i++) {
		assert_false(vcard_read_photo(*state, xml_literal(*state, without[i]), &bytes, &size,
			&type));
	}
	char *large = mem_new(VCARD_MAX_PHOTO_BYTES + 1);
	struct xml_node *vcard = vcard_write_temp(xml_new(*state, "iq", NS_COMPONENT),
		&(struct vcard){ .photo = (const uint8_t *)large,
			.photo_size = VCARD_MAX_PHOTO_BYTES + 1 });
	free(large);
	assert_false(vcard_read_photo(*state, vcard, &bytes, &size, &type));
}

static void test_vcard_4(void **state) {
	struct xml_node *item = xml_new(*state, "item", NS_PUBSUB);
	assert_xml("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Juliet Capulet</text>"
		"</fn>"
		"<n><surname>Capulet</surname><given>Juliet</given></n><nickname><text>jule</text>"
		"</nickname>"
		"<bday><date>1980-01-31</date></bday><adr><locality>Verona</locality>"
		"<country>Italy</country></adr>"
		"<tel><uri>tel:+39045123456</uri></tel><email><text>j@capulet.lit</text></email>"
		"<url><uri>https://capulet.lit/</uri></url><note><text>Hm</text></note></vcard>",
		vcard_write_4(item, &juliet));
}

static void test_avatar_events(void **state) {
	struct xml_node *message = xml_new(*state, "message", NS_COMPONENT);
	avatar_write_metadata(pubsub_write_event(message, NS_AVATAR_METADATA, HASH),
		&(struct avatar_info){ .id = HASH, .type = "image/png", .bytes = 12345, .width = 64,
			.height = 48 });
	assert_xml("<message><event xmlns='http://jabber.org/protocol/pubsub#event'>"
		"<items node='urn:xmpp:avatar:metadata'>"
		"<item id='" HASH "'><metadata xmlns='urn:xmpp:avatar:metadata'>"
		"<info id='" HASH "' type='image/png' bytes='12345' height='48' width='64'/></metadata>"
		"</item></items></event>"
		"</message>", message);
	message = xml_new(*state, "message", NS_COMPONENT);
	avatar_write_metadata(pubsub_write_event(message, NS_AVATAR_METADATA, NULL), NULL);
	assert_xml("<message><event xmlns='http://jabber.org/protocol/pubsub#event'>"
		"<items node='urn:xmpp:avatar:metadata'>"
		"<item><metadata xmlns='urn:xmpp:avatar:metadata'/></item></items></event></message>",
		message);
	message = xml_new(*state, "message", NS_COMPONENT);
	xml_add_text(pubsub_write_event(message, NS_NICK, NULL), "nick", NS_NICK, "NAME");
	assert_xml("<message><event xmlns='http://jabber.org/protocol/pubsub#event'>"
		"<items node='http://jabber.org/protocol/nick'><item>"
		"<nick xmlns='http://jabber.org/protocol/nick'>NAME</nick>"
		"</item></items></event></message>", message);
}

static void test_avatar_data(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	struct xml_node *data = avatar_write_data(pubsub_add_item(pubsub_write_items(iq,
		NS_AVATAR_DATA), HASH), "png", 3);
	assert_xml("<iq><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		"<items node='urn:xmpp:avatar:data'>"
		"<item id='" HASH "'><data xmlns='urn:xmpp:avatar:data'>cG5n</data></item></items>"
		"</pubsub></iq>", iq);
	uint8_t *bytes;
	size_t size;
	assert_true(avatar_read_data(*state, data, &bytes, &size));
	assert_int_equal(size, 3);
	assert_true(avatar_read_data(*state, xml_literal(*state,
		"<data xmlns='urn:xmpp:avatar:data'>\n  cG\n  5n </data>"), &bytes, &size));
	assert_memory_equal(bytes, "png", 3);
	assert_false(avatar_read_data(*state, xml_literal(*state,
		"<data xmlns='urn:xmpp:avatar:data'/>"), &bytes, &size));
	assert_false(avatar_read_data(*state, xml_literal(*state, "<data xmlns='urn:x'>cG5n</data>"),
		&bytes, &size));
}

#define METADATA(content) "<metadata xmlns='urn:xmpp:avatar:metadata'>" content "</metadata>"

static void test_avatar_metadata(void **state) {
	struct avatar_info info;
	bool is_empty;
	assert_true(avatar_read_metadata(xml_literal(*state,
		METADATA("<info id='" HASH "' type='image/gif' bytes='1'/>"
		"<info id='222f4b3c50d7b0df729d299bc6f8e9ef9066971f' type='image/png' bytes='2'"
		" width='64' height='-1'/>"
		"<info id='333f4b3c50d7b0df729d299bc6f8e9ef9066971f' type='image/png' bytes='2'"
		" url='http://x.lit/'/>")),
		&info, &is_empty));
	assert_string_equal(info.type, "image/png");
	assert_true(info.bytes == 2);
	assert_int_equal(info.width, 64);
	assert_int_equal(info.height, 0);
	assert_false(is_empty);
	assert_false(avatar_read_metadata(xml_literal(*state, METADATA("")), &info, &is_empty));
	assert_true(is_empty);
	assert_false(avatar_read_metadata(xml_literal(*state,
		METADATA("<info id='../etc' type='image/png'/>")), &info,
		&is_empty));
	assert_false(is_empty);
	assert_false(avatar_read_metadata(xml_literal(*state,
		METADATA("<info id='" HASH "' type='a' bytes='99999999999'/>")),
		&info, &is_empty));
}

#define PUBSUB(content) "<pubsub xmlns='http://jabber.org/protocol/pubsub'>" content "</pubsub>"

static void test_pubsub_request(void **state) {
	struct pubsub_request request;
	assert_true(pubsub_read_request(xml_literal(*state,
		PUBSUB("<items node='urn:xmpp:avatar:data' max_items='3'>"
		"<item id='" HASH "'/><item/><item id='b'/></items>")), &request));
	assert_string_equal(request.node, "urn:xmpp:avatar:data");
	assert_int_equal(request.item_count, 2);
	assert_string_equal(request.item_ids[1], "b");
	assert_int_equal(request.max_items, 3);
	assert_false(pubsub_read_request(xml_literal(*state, PUBSUB("<items/>")), &request));
	assert_false(pubsub_read_request(xml_literal(*state, PUBSUB("<publish node='n'/>")), &request));
	struct xml_node *pubsub = xml_literal(*state, PUBSUB("<items node='n'/>"));
	for (int i = 0; i <= PUBSUB_MAX_ITEMS; i++) {
		xml_set(xml_add(xml_first_element(pubsub), "item", NULL), "id", "i");
	}
	assert_false(pubsub_read_request(pubsub, &request));
}

static void test_bob(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	const char *cid = bob_cid(*state, "png", 3);
	assert_string_equal(cid, "sha1+9040a7d6cdf7a0d6cab1823831c6ceb7d01af97f@bob.xmpp.org");
	struct xml_node *data = bob_write(iq, cid, "image/png", "png", 3, 86400);
	assert_xml("<data xmlns='urn:xmpp:bob' cid='sha1+9040a7d6cdf7a0d6cab1823831c6ceb7d01af97f@bob.xmpp.org'"
		" type='image/png' max-age='86400'>cG5n</data>",
		data);
	uint8_t *bytes;
	size_t size;
	const char *type;
	assert_true(bob_read(*state, data, &bytes, &size, &type));
	assert_memory_equal(bytes, "png", 3);
	assert_string_equal(type, "image/png");
	struct xml_node *other = bob_write(iq, cid, "image/png", "gif", 3, 0);
	assert_false(bob_read(*state, other, &bytes, &size, &type)); /* not what the hash says */
	assert_string_equal(bob_read_cid(bob_write_request(iq, cid)), cid);
	static const char *const wrong[] = { "", "sha1+@bob.xmpp.org", "+a@bob.xmpp.org",
		"sha1+a@evil.lit", "a@bob.xmpp.org" };
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		assert_null(bob_read_cid(bob_write_request(iq, wrong[i])));
	}
	assert_null(bob_read_cid(xml_literal(*state, "<data xmlns='urn:xmpp:bob'/>")));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_presence),
		ARENA_TEST(test_odd_presences),
		ARENA_TEST(test_write_presence),
		ARENA_TEST(test_write_last_seen),
		ARENA_TEST(test_last_seen_in_words),
		ARENA_TEST(test_vcard_temp),
		ARENA_TEST(test_no_photo),
		ARENA_TEST(test_vcard_4),
		ARENA_TEST(test_avatar_events),
		ARENA_TEST(test_avatar_data),
		ARENA_TEST(test_avatar_metadata),
		ARENA_TEST(test_pubsub_request),
		ARENA_TEST(test_bob),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
