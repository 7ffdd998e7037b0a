/* SPDX-License-Identifier: MPL-2.0 */
/* Service discovery and its hashes. rows: B21 R1 R2 */
#include "codec/disco.h"
#include "util/strbuf.h"
#include "xml/ns.h"
#include "xml_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arena_test.h"

/* XEP-0115 section 5.3 */
static const char psi[] = "<query xmlns='http://jabber.org/protocol/disco#info' node='n'>"
	"<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"
	"<identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>"
	"<feature var='http://jabber.org/protocol/caps'/>"
	"<feature var='http://jabber.org/protocol/disco#info'/>"
	"<feature var='http://jabber.org/protocol/disco#items'/>"
	"<feature var='http://jabber.org/protocol/muc'/>"
	"<x xmlns='jabber:x:data' type='result'>"
	"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>"
	"<field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field>"
	"<field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value>"
	"</field>"
	"<field var='software'><value>Psi</value></field>"
	"<field var='software_version'><value>0.11</value></field></x></query>";

/* XEP-0390 section 5.1 */
static const char bombus[] =
	"<query xmlns='http://jabber.org/protocol/disco#info'>"
	"<identity category='client' name='BombusMod' type='mobile'/>"
	"<feature var='http://jabber.org/protocol/si'/>"
	"<feature var='http://jabber.org/protocol/bytestreams'/>"
	"<feature var='http://jabber.org/protocol/chatstates'/>"
	"<feature var='http://jabber.org/protocol/disco#info'/>"
	"<feature var='http://jabber.org/protocol/disco#items'/><feature var='urn:xmpp:ping'/>"
	"<feature var='jabber:iq:time'/><feature var='jabber:iq:privacy'/>"
	"<feature var='jabber:iq:version'/>"
	"<feature var='http://jabber.org/protocol/rosterx'/><feature var='urn:xmpp:time'/>"
	"<feature var='jabber:x:oob'/><feature var='http://jabber.org/protocol/ibb'/>"
	"<feature var='http://jabber.org/protocol/si/profile/file-transfer'/>"
	"<feature var='urn:xmpp:receipts'/>"
	"<feature var='jabber:iq:roster'/><feature var='jabber:iq:last'/></query>";

/* XEP-0390 section 5.2 */
static const char tkabber[] =
	"<query xmlns='http://jabber.org/protocol/disco#info'>"
	"<identity category='client' name='Tkabber' type='pc' xml:lang='en'/>"
	"<identity category='client' name='Ткаббер' type='pc' xml:lang='ru'/>"
	"<feature var='games:board'/>"
	"<feature var='http://jabber.org/protocol/activity'/>"
	"<feature var='http://jabber.org/protocol/activity+notify'/>"
	"<feature var='http://jabber.org/protocol/bytestreams'/>"
	"<feature var='http://jabber.org/protocol/chatstates'/>"
	"<feature var='http://jabber.org/protocol/commands'/>"
	"<feature var='http://jabber.org/protocol/disco#info'/>"
	"<feature var='http://jabber.org/protocol/disco#items'/>"
	"<feature var='http://jabber.org/protocol/evil'/>"
	"<feature var='http://jabber.org/protocol/feature-neg'/>"
	"<feature var='http://jabber.org/protocol/geoloc'/>"
	"<feature var='http://jabber.org/protocol/geoloc+notify'/>"
	"<feature var='http://jabber.org/protocol/ibb'/>"
	"<feature var='http://jabber.org/protocol/iqibb'/>"
	"<feature var='http://jabber.org/protocol/mood'/>"
	"<feature var='http://jabber.org/protocol/mood+notify'/>"
	"<feature var='http://jabber.org/protocol/rosterx'/>"
	"<feature var='http://jabber.org/protocol/si'/>"
	"<feature var='http://jabber.org/protocol/si/profile/file-transfer'/>"
	"<feature var='http://jabber.org/protocol/tune'/>"
	"<feature var='http://www.facebook.com/xmpp/messages'/>"
	"<feature var='http://www.xmpp.org/extensions/xep-0084.html#ns-metadata+notify'/>"
	"<feature var='jabber:iq:avatar'/><feature var='jabber:iq:browse'/>"
	"<feature var='jabber:iq:dtcp'/>"
	"<feature var='jabber:iq:filexfer'/><feature var='jabber:iq:ibb'/>"
	"<feature var='jabber:iq:inband'/>"
	"<feature var='jabber:iq:jidlink'/><feature var='jabber:iq:last'/>"
	"<feature var='jabber:iq:oob'/>"
	"<feature var='jabber:iq:privacy'/><feature var='jabber:iq:roster'/>"
	"<feature var='jabber:iq:time'/>"
	"<feature var='jabber:iq:version'/><feature var='jabber:x:data'/>"
	"<feature var='jabber:x:event'/>"
	"<feature var='jabber:x:oob'/><feature var='urn:xmpp:avatar:metadata+notify'/>"
	"<feature var='urn:xmpp:ping'/><feature var='urn:xmpp:receipts'/><feature var='urn:xmpp:time'/>"
	"<x xmlns='jabber:x:data' type='result'><field type='hidden' var='FORM_TYPE'>"
	"<value>urn:xmpp:dataforms:softwareinfo</value></field><field var='software'>"
	"<value>Tkabber</value>"
	"</field><field var='software_version'><value>0.11.1-svn-20111216-mod (Tcl/Tk 8.6b2)</value>"
	"</field>"
	"<field var='os'><value>Windows</value></field><field var='os_version'><value>XP</value>"
	"</field></x>"
	"</query>";

static struct disco_info read(struct arena *arena, const char *xml) {
	struct disco_info info;
	assert_true(disco_info_read(xml_literal(arena, xml), &info));
	return info;
}

static void test_caps_ver(void **state) {
	struct disco_info info = { 0 };
	disco_add_identity(&info, "client", "pc", "Exodus 0.9.1");
	disco_add_feature(&info, "http://jabber.org/protocol/muc");
	disco_add_feature(&info, "http://jabber.org/protocol/disco#items");
	disco_add_feature(&info, "http://jabber.org/protocol/disco#info");
	disco_add_feature(&info, "http://jabber.org/protocol/caps");
	assert_string_equal(disco_caps_ver(*state, &info), "QgayPKawpkPSDYmwT/WM94uAlu0=");
	info = read(*state, psi);
	assert_string_equal(disco_caps_ver(*state, &info), "q07IKJEyjvHSyhy//CH0CxmKi8w=");
}

static void test_caps2_hash(void **state) {
	struct disco_info info = read(*state, bombus);
	assert_string_equal(disco_caps2_hash(*state, &info),
		"kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8=");
	info = read(*state, tkabber);
	assert_string_equal(disco_caps2_hash(*state, &info),
		"u79ZroNJbdSWhdSp311mddz44oHHPsEBntQ5b1jqBSY=");
}

/* Where a name is the beginning of another, sorting the joined strings would give another order. */
static void test_caps_ver_sorts_by_parts(void **state) {
	struct disco_info info = { 0 };
	disco_add_feature(&info, "a-b");
	disco_add_feature(&info, "a");
	struct disco_info turned = { 0 };
	disco_add_feature(&turned, "a");
	disco_add_feature(&turned, "a-b");
	assert_string_equal(disco_caps_ver(*state, &info), disco_caps_ver(*state, &turned));
	/* printf 'a<a-b<' | openssl dgst -sha1 -binary | base64 */
	assert_string_equal(disco_caps_ver(*state, &info), "f9CsLpCpy7owGKOoz/CDV9NVD4Q=");
}

static void test_form_without_type_is_left_out(void **state) {
	struct disco_info info = read(*state, psi);
	struct disco_info more = info;
	disco_add_form(&more, xml_literal(*state, "<x xmlns='jabber:x:data' type='result'>"
		"<field var='a'/></x>"));
	disco_add_form(&more, xml_literal(*state,
		"<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>t</value></field>"
		"</x>"));
	assert_string_equal(disco_caps_ver(*state, &info), disco_caps_ver(*state, &more));
}

static void test_write(void **state) {
	struct disco_info info = { 0 };
	disco_add_identity(&info, "gateway", "irc", "IRC");
	disco_add_identity(&info, "automation", "command-list", NULL);
	disco_add_feature(&info, NS_DISCO_INFO);
	disco_add_feature(&info, NS_REGISTER);
	disco_add_feature(&info, NS_DISCO_INFO);
	disco_add_form(&info, xml_literal(*state, "<x xmlns='jabber:x:data' type='result'/>"));
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	disco_info_write(iq, &info, "n");
	assert_xml("<iq><query xmlns='http://jabber.org/protocol/disco#info' node='n'>"
		"<identity category='gateway' type='irc' name='IRC'/>"
		"<identity category='automation' type='command-list'/>"
		"<feature var='http://jabber.org/protocol/disco#info'/><feature var='jabber:iq:register'/>"
		"<x xmlns='jabber:x:data' type='result'/></query></iq>", iq);
	assert_true(disco_has_feature(&info, "jabber:iq:register"));
	assert_false(disco_has_feature(&info, "jabber:iq:search"));
	assert_true(disco_has_identity(&info, "gateway", "irc"));
	assert_false(disco_has_identity(&info, "gateway", "xmpp"));
}

static void test_what_is_written_is_read(void **state) {
	struct disco_info info = read(*state, psi);
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	disco_info_write(iq, &info, "n");
	assert_xml(psi, xml_first_element(iq));
}

static void test_items(void **state) {
	struct xml_node *query = xml_new(*state, "query", NS_DISCO_ITEMS);
	disco_add_item(query, "gw.lit", "list", "List");
	disco_add_item(query, "a@gw.lit", NULL, NULL);
	assert_xml("<query xmlns='http://jabber.org/protocol/disco#items'>"
		"<item jid='gw.lit' node='list' name='List'/>"
		"<item jid='a@gw.lit'/></query>", query);
}

static void test_odd_answers(void **state) {
	struct disco_info info = read(*state, "<query xmlns='http://jabber.org/protocol/disco#info'>"
		"<identity type='x'/>"
		"<feature/><feature xmlns='urn:x' var='y'/><identity category='a' type='b'/></query>");
	assert_int_equal(info.identity_count, 1);
	assert_int_equal(info.feature_count, 0);
	assert_false(disco_info_read(NULL, &info));
	assert_false(disco_info_read(xml_literal(*state, "<query xmlns='urn:x'/>"), &info));
}

static void test_limits(void **state) {
	struct xml_node *query = xml_new(*state, "query", NS_DISCO_INFO);
	for (int i = 0; i < 500; i++) {
		char var[16];
		snprintf(var, sizeof(var), "f%d", i);
		xml_set(xml_add(query, "feature", NULL), "var", var);
		struct xml_node *identity = xml_add(query, "identity", NULL);
		xml_set(identity, "category", var);
		xml_set(identity, "type", var);
		xml_add(xml_add(query, "x", NS_DATA_FORM), "field", NULL);
	}
	struct disco_info info;
	assert_true(disco_info_read(query, &info));
	assert_int_equal(info.feature_count, DISCO_MAX_FEATURES);
	assert_int_equal(info.identity_count, DISCO_MAX_IDENTITIES);
	assert_int_equal(info.form_count, DISCO_MAX_FORMS);
	assert_non_null(disco_caps_ver(*state, &info));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_caps_ver),
		ARENA_TEST(test_caps2_hash),
		ARENA_TEST(test_caps_ver_sorts_by_parts),
		ARENA_TEST(test_form_without_type_is_left_out),
		ARENA_TEST(test_write),
		ARENA_TEST(test_what_is_written_is_read),
		ARENA_TEST(test_items),
		ARENA_TEST(test_odd_answers),
		ARENA_TEST(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
