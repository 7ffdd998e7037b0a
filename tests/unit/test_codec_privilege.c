/* SPDX-License-Identifier: MPL-2.0 */
/* Privileges, rosters, uploads and shared files. rows: E1 E2 S13 S20 S21 S25 G19 */
#include "codec/privilege.h"
#include "codec/roster.h"
#include "codec/sharing.h"
#include "codec/upload.h"
#include "util/digest.h"
#include "xml/ns.h"
#include "xml_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena_test.h"

#define MESSAGE(content) \
	"<message xmlns='jabber:component:accept' from='capulet.net' to='gw.lit'>" content "</message>"
#define PRIVILEGE_1(content) \
	MESSAGE("<privilege xmlns='urn:xmpp:privilege:1'>" content "</privilege>")
#define PRIVILEGE_2(content) \
	MESSAGE("<privilege xmlns='urn:xmpp:privilege:2'>" content "</privilege>")

struct advert {
	const char *xml;
	enum privilege_access roster;
	bool has_roster_push;
	const char *message_ns;
	enum privilege_presence presence;
	const char *iq; /* "namespace access ..." */
};

static const struct advert adverts[] = {
	{ PRIVILEGE_2("<perm access='roster' type='both' push='true'/>"
		"<perm access='message' type='none'/>"
		"<perm access='iq'><namespace ns='http://jabber.org/protocol/pubsub' type='set'/></perm>"
		"<perm access='presence' type='roster'/>"), PRIVILEGE_BOTH, true, NULL,
		PRIVILEGE_PRESENCE_ROSTER,
		"http://jabber.org/protocol/pubsub 2 " },
	{ PRIVILEGE_1("<perm access='roster' type='both'/><perm access='message' type='outgoing'/>"
		"<perm access='presence' type='managed_entity'/><perm access='iq'>"
		"<namespace ns='a' type='get'/></perm>"),
		PRIVILEGE_BOTH, true, NS_PRIVILEGE_1, PRIVILEGE_PRESENCE_MANAGED, "" },
	{ PRIVILEGE_2("<perm access='roster' type='get' push='false'/>"
		"<perm access='message' type='outgoing'/>"),
		PRIVILEGE_GET, false, NS_PRIVILEGE_2, PRIVILEGE_PRESENCE_NONE, "" },
	{ PRIVILEGE_2("<perm access='roster' type='set' push='true'/>"), PRIVILEGE_SET, false, NULL,
		PRIVILEGE_PRESENCE_NONE, "" },
	{ PRIVILEGE_2("<perm access='iq'><namespace ns='a' type='get'/><namespace ns='b' type='both'/>"
		"<namespace ns='c' type='none'/><namespace type='get'/></perm>"), PRIVILEGE_NONE, false,
		NULL,
		PRIVILEGE_PRESENCE_NONE, "a 1 b 3 " },
	/* As Prosody's mod_privilege writes several. */
	{ PRIVILEGE_2("<perm access='iq'><namespace ns='a' type='get'><namespace ns='b' type='both'>"
		"<namespace ns='c' type='set'/></namespace></namespace></perm>"), PRIVILEGE_NONE, false,
		NULL,
		PRIVILEGE_PRESENCE_NONE, "a 1 b 3 c 2 " },
	{ PRIVILEGE_2("<perm/><perm access='flight' type='both'/><perm access='roster' type='all'/>"),
		PRIVILEGE_NONE, false,
		NULL, PRIVILEGE_PRESENCE_NONE, "" },
	{ MESSAGE("<privilege xmlns='urn:xmpp:privilege:2'><perm access='message' type='outgoing'/>"
		"</privilege>"
		"<privilege xmlns='urn:xmpp:privilege:1'><perm access='message' type='outgoing'/>"
		"</privilege>"),
		PRIVILEGE_NONE, false, NS_PRIVILEGE_2, PRIVILEGE_PRESENCE_NONE, "" },
};

static void test_adverts(void **state) {
	for (size_t i = 0; i < ARRAY_LENGTH(adverts); i++) {
		const struct advert *test = &adverts[i];
		struct privileges privileges = { .roster = PRIVILEGE_BOTH, .iq_count = 1 };
		assert_true(privilege_read(xml_literal(*state, test->xml), &privileges));
		assert_int_equal(privileges.roster, test->roster);
		assert_int_equal(privileges.has_roster_push, test->has_roster_push);
		assert_ptr_equal(privileges.message_ns, test->message_ns);
		assert_int_equal(privileges.presence, test->presence);
		const char *iq = "";
		for (size_t j = 0; j < privileges.iq_count; j++) {
			iq = arena_printf(*state, "%s%s %d ", iq, privileges.iq[j].ns,
				(int)privileges.iq[j].access);
		}
		assert_string_equal(iq, test->iq);
	}
}

static void test_no_advert(void **state) {
	struct privileges privileges = { .roster = PRIVILEGE_SET };
	assert_false(privilege_read(xml_literal(*state, MESSAGE("<body>x</body>")), &privileges));
	assert_false(privilege_read(xml_literal(*state,
		PRIVILEGE_2("<forwarded xmlns='urn:xmpp:forward:0'/>")), &privileges));
	assert_int_equal(privileges.roster, PRIVILEGE_SET);
}

static void test_iq_namespaces(void **state) {
	struct privileges privileges;
	assert_true(privilege_read(xml_literal(*state, PRIVILEGE_2("<perm access='iq'>"
		"<namespace ns='a' type='get'/>"
		"<namespace ns='b' type='both'/></perm>")), &privileges));
	assert_true(privilege_allows_iq(&privileges, "a", PRIVILEGE_GET));
	assert_false(privilege_allows_iq(&privileges, "a", PRIVILEGE_SET));
	assert_false(privilege_allows_iq(&privileges, "a", PRIVILEGE_BOTH));
	assert_true(privilege_allows_iq(&privileges, "b", PRIVILEGE_BOTH));
	assert_false(privilege_allows_iq(&privileges, "c", PRIVILEGE_GET));
}

static void test_privileged_message(void **state) {
	struct xml_node *outer = xml_new(*state, "message", NS_COMPONENT);
	struct xml_node *inner = privilege_add_message(outer, NS_PRIVILEGE_2);
	xml_set(inner, "type", "chat");
	xml_add_text(inner, "body", NULL, "Hi");
	assert_xml("<message xmlns='jabber:component:accept'><privilege xmlns='urn:xmpp:privilege:2'>"
		"<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat'>"
		"<body>Hi</body></message>"
		"</forwarded></privilege></message>", outer);
	assert_ptr_equal(privilege_unwrap(outer, "message"), inner);
}

static void test_privileged_iq(void **state) {
	struct xml_node *outer = xml_new(*state, "iq", NS_COMPONENT);
	xml_set(outer, "type", "set");
	struct xml_node *inner = privilege_add_iq(outer);
	xml_add(inner, "query", NS_ROSTER);
	assert_xml("<iq xmlns='jabber:component:accept' type='set'>"
		"<privileged_iq xmlns='urn:xmpp:privilege:2'>"
		"<iq xmlns='jabber:client' type='set'><query xmlns='jabber:iq:roster'/></iq>"
		"</privileged_iq></iq>", outer);
	struct xml_node *answer = xml_literal(*state,
		"<iq xmlns='jabber:component:accept' type='result'>"
		"<privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'>"
		"<iq type='result' id='sub_1'/></forwarded></privilege></iq>");
	assert_string_equal(xml_get(privilege_unwrap(answer, "iq"), "id"), "sub_1");
	assert_null(privilege_unwrap(answer, "message"));
	assert_null(privilege_unwrap(xml_literal(*state, "<iq xmlns='jabber:component:accept'/>"),
		"iq"));
}

static void test_roster(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	struct roster_item item = { .jid = "p@gw.lit", .name = "NAME", .subscription = "both",
		.groups = { "G" },
		.group_count = 1 };
	assert_xml("<query xmlns='jabber:iq:roster'>"
		"<item jid='p@gw.lit' name='NAME' subscription='both'><group>G</group>"
		"</item></query>", roster_write(iq, &item));
	assert_xml("<query xmlns='jabber:iq:roster'/>", roster_write(iq, NULL));
	struct xml_node *query = xml_literal(*state, "<query xmlns='jabber:iq:roster' ver='7'><item/>"
		"<item jid='a@b.lit' ask='subscribe'><group>G</group><group>H</group></item>"
		"<item xmlns='urn:x' jid='x'/>"
		"<item jid='c@d.lit' name='C' subscription='from'/></query>");
	const struct xml_node *node = roster_read_next(query, NULL, &item);
	assert_string_equal(item.jid, "a@b.lit");
	assert_true(item.is_asking);
	assert_string_equal(item.subscription, "none");
	assert_true(roster_item_has_group(&item, "H"));
	assert_false(roster_item_has_group(&item, "h"));
	node = roster_read_next(query, node, &item);
	assert_string_equal(item.name, "C");
	assert_int_equal(item.group_count, 0);
	assert_null(roster_read_next(query, node, &item));
}

static void test_too_many_groups(void **state) {
	struct xml_node *query = xml_literal(*state, "<query xmlns='jabber:iq:roster'><item jid='a'/>"
		"</query>");
	for (int i = 0; i < 100; i++) {
		xml_add_text(xml_first_element(query), "group", NULL, "G");
	}
	struct roster_item item;
	assert_non_null(roster_read_next(query, NULL, &item));
	assert_int_equal(item.group_count, ROSTER_MAX_GROUPS);
}

#define SLOT(put, headers, get) \
	"<slot xmlns='urn:xmpp:http:upload:0'>" \
	"<put url='" put "'>" headers "</put>" \
	"<get url='" get "'/></slot>"

static void test_upload_request(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	assert_xml("<request xmlns='urn:xmpp:http:upload:0' filename='très cool.jpg'"
		" size='23456' content-type='image/jpeg'/>",
		upload_write_request(iq, "très cool.jpg", 23456, "image/jpeg"));
	assert_xml("<request xmlns='urn:xmpp:http:upload:0' filename='f' size='1'/>",
		upload_write_request(iq, "f", 1, NULL));
}

static void test_upload_slot(void **state) {
	struct upload_slot slot;
	assert_true(upload_read_slot(*state, xml_literal(*state, SLOT("https://u.lit/a",
		"<header name='Authorization'>Basic Base64String==</header>"
		"<header name='Host'>evil.lit</header>"
		"<header name='cookie&#10;'>foo=bar;&#13;\n user=romeo</header><header>x</header>"
		"<header name='X-Evil'>1</header><header name='eXpires'>never</header>", "http://d.lit/b")),
		&slot));
	assert_string_equal(slot.put_url, "https://u.lit/a");
	assert_string_equal(slot.get_url, "http://d.lit/b");
	assert_string_equal(slot.headers[0].name, "Authorization");
	assert_string_equal(slot.headers[0].value, "Basic Base64String==");
	assert_string_equal(slot.headers[1].name, "Cookie");
	assert_string_equal(slot.headers[1].value, "foo=bar; user=romeo");
	assert_string_equal(slot.headers[2].name, "Expires");
	assert_null(slot.headers[3].name);
}

static void test_wrong_slots(void **state) {
	static const char *const wrong[] = {
		SLOT("file:///etc/passwd", "", "https://d.lit/"), SLOT("https://u.lit/", "",
			"javascript:alert(1)"),
		SLOT("https://u.lit/a b", "", "https://d.lit/"), SLOT("https://u.lit/a&#10;b", "",
			"https://d.lit/"),
		SLOT("https://", "", "https://d.lit/"), SLOT("https:///x", "", "https://d.lit/"),
		"<slot xmlns='urn:xmpp:http:upload:0'><put url='https://u.lit/'/></slot>",
		"<slot xmlns='urn:xmpp:http:upload:0'><get url='https://u.lit/'/></slot>",
		"<slot xmlns='urn:xmpp:http:upload'/>",
	};
	struct upload_slot slot;
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		assert_false(upload_read_slot(*state, xml_literal(*state, wrong[i]), &slot));
	}
	assert_false(upload_read_slot(*state, NULL, &slot));
	struct xml_node *many = xml_literal(*state, SLOT("https://u.lit/", "", "https://d.lit/"));
	for (int i = 0; i <= UPLOAD_MAX_HEADERS; i++) {
		xml_set(xml_add(xml_first_element(many), "header", NULL), "name", "Cookie");
	}
	assert_false(upload_read_slot(*state, many, &slot));
}

static void test_upload_limits(void **state) {
	struct disco_info info;
	assert_true(disco_info_read(xml_literal(*state,
		"<query xmlns='http://jabber.org/protocol/disco#info'>"
		"<x type='result' xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'>"
		"<value>urn:other</value></field>"
		"<field var='max-file-size'><value>1</value></field></x>"
		"<x type='result' xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'>"
		"<value>urn:xmpp:http:upload:0</value></field><field var='max-file-size'>"
		"<value>5242880</value></field></x>"
		"</query>"), &info));
	uint64_t limit = 0;
	assert_true(upload_read_limit(&info, &limit));
	assert_true(limit == 5242880);
	info.form_count = 1;
	assert_false(upload_read_limit(&info, &limit));
	assert_true(upload_read_error_limit(xml_literal(*state,
		"<iq xmlns='jabber:component:accept' type='error'>"
		"<error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
		"<file-too-large xmlns='urn:xmpp:http:upload:0'><max-file-size>20000</max-file-size>"
		"</file-too-large>"
		"</error></iq>"), &limit));
	assert_true(limit == 20000);
	assert_false(upload_read_error_limit(xml_literal(*state,
		"<iq xmlns='jabber:component:accept'/>"), &limit));
}

#define METADATA \
	"<media-type>image/png</media-type><name>n.png</name><size>3</size>" \
	"<date>1970-01-01T00:00:01Z</date>" \
	"<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>*</hash>"

static void test_shared_file(void **state) {
	uint8_t hash[DIGEST_SHA256_SIZE];
	digest_sha256("png", 3, hash);
	struct xml_node *message = xml_new(*state, "message", NS_COMPONENT);
	sharing_write(message, &(struct shared_file){ .url = "https://u.lit/n.png", .name = "n.png",
		.type = "image/png",
		.size = 3, .sha256 = hash, .width = 4, .height = 5, .date_ms = 1000 });
	assert_xml("<message><x xmlns='jabber:x:oob'><url>https://u.lit/n.png</url></x>"
		"<reference xmlns='urn:xmpp:reference:0' type='data'>"
		"<media-sharing xmlns='urn:xmpp:sims:1'>"
		"<file xmlns='urn:xmpp:jingle:apps:file-transfer:5'>" METADATA "</file>"
		"<sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='https://u.lit/n.png'/>"
		"</sources>"
		"</media-sharing></reference>"
		"<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>"
		"<file xmlns='urn:xmpp:file:metadata:0'>" METADATA
		"<width>4</width><height>5</height></file>"
		"<sources><url-data xmlns='http://jabber.org/protocol/url-data'"
		" target='https://u.lit/n.png'/></sources>"
		"</file-sharing></message>", message);
	message = xml_new(*state, "message", NS_COMPONENT);
	sharing_write(message, &(struct shared_file){ .url = "https://u.lit/f", .type = "text/plain" });
	struct xml_node *sharing = xml_find(message, "file-sharing", NS_SFS);
	assert_xml("<file-sharing xmlns='urn:xmpp:sfs:0' disposition='attachment'>"
		"<file xmlns='urn:xmpp:file:metadata:0'>"
		"<media-type>text/plain</media-type></file>"
		"<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='https://u.lit/f'/>"
		"</sources>"
		"</file-sharing>", sharing);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_adverts),
		ARENA_TEST(test_no_advert),
		ARENA_TEST(test_iq_namespaces),
		ARENA_TEST(test_privileged_message),
		ARENA_TEST(test_privileged_iq),
		ARENA_TEST(test_roster),
		ARENA_TEST(test_too_many_groups),
		ARENA_TEST(test_upload_request),
		ARENA_TEST(test_upload_slot),
		ARENA_TEST(test_wrong_slots),
		ARENA_TEST(test_upload_limits),
		ARENA_TEST(test_shared_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
