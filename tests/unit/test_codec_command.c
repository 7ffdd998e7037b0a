/* SPDX-License-Identifier: MPL-2.0 */
/* Ad-hoc commands and errors. rows: C5 C7 B7 S4 */
#include "codec/command.h"
#include "codec/error.h"
#include "codec/form.h"
#include "xml/ns.h"
#include "xml_compare.h"
#include "xmpp/condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena_test.h"

#define COMMAND(attributes, content) \
	"<command xmlns='http://jabber.org/protocol/commands' " attributes ">" content "</command>"

struct read_case {
	const char *xml;
	bool is_good;
	enum command_action action;
	const char *node, *session_id;
	bool has_form;
	const char *application; /* of what is refused */
};

static const struct read_case read_cases[] = {
	{ COMMAND("node='list' action='execute'", ""), true, COMMAND_EXECUTE, "list", NULL, false,
		NULL },
	{ COMMAND("node='list'", ""), true, COMMAND_EXECUTE, "list", NULL, false, NULL },
	{ COMMAND("node='list' action=''", ""), true, COMMAND_EXECUTE, "list", NULL, false, NULL },
	{ COMMAND("node='c' sessionid='s1' status='executing'",
		"<x xmlns='jabber:x:data' type='submit'/>"), true,
		COMMAND_EXECUTE, "c", "s1", true, NULL },
	{ COMMAND("node='c' sessionid='s1' action='prev'", ""), true, COMMAND_PREV, "c", "s1", false,
		NULL },
	{ COMMAND("node='c' sessionid='s1' action='next'", ""), true, COMMAND_NEXT, "c", "s1", false,
		NULL },
	{ COMMAND("node='c' sessionid='s1' action='complete'", ""), true, COMMAND_COMPLETE, "c", "s1",
		false, NULL },
	{ COMMAND("node='c' sessionid='s1' action='cancel'", ""), true, COMMAND_CANCEL, "c", "s1",
		false, NULL },
	{ COMMAND("node='c' sessionid=''", ""), true, COMMAND_EXECUTE, "c", NULL, false, NULL },
	{ COMMAND("node='c' action='dance'", ""), false, COMMAND_EXECUTE, NULL, NULL, false,
		"malformed-action" },
	{ COMMAND("action='execute'", ""), false, COMMAND_EXECUTE, NULL, NULL, false, NULL },
	{ "<command xmlns='urn:x' node='n'/>", false, COMMAND_EXECUTE, NULL, NULL, false, NULL },
};

static void assert_same(const char *found, const char *wanted) {
	if (wanted == NULL) {
		assert_null(found);
	} else {
		assert_string_equal(found, wanted);
	}
}

static void test_read(void **state) {
	for (size_t i = 0; i < ARRAY_LENGTH(read_cases); i++) {
		const struct read_case *test = &read_cases[i];
		struct command_request request = { 0 };
		const char *application;
		assert_int_equal(command_read(xml_literal(*state, test->xml), &request, &application),
			test->is_good);
		assert_same(application, test->application);
		assert_same(request.node, test->node);
		assert_same(request.session_id, test->session_id);
		assert_int_equal(request.action, test->action);
		assert_int_equal(request.form != NULL, test->has_form);
	}
	struct command_request request;
	const char *application;
	command_read(xml_literal(*state, COMMAND("node='n' xml:lang='fr-ca'", "")), &request,
		&application);
	assert_string_equal(request.language, "fr-ca");
}

static void test_write_step(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	struct xml_node *command = command_write(iq, &(struct command_response){ .node = "config",
		.session_id = "s",
		.allowed = COMMAND_MAY_NEXT });
	form_write(command, &(struct gw_form_template){ .title = "T" }, NULL, NULL);
	assert_xml("<iq>" COMMAND("node='config' sessionid='s' status='executing'", "<actions><next/>"
		"</actions>"
		"<x xmlns='jabber:x:data' type='form'><title>T</title></x>") "</iq>", iq);
	command = command_write(iq, &(struct command_response){ .node = "config", .session_id = "s",
		.allowed = COMMAND_MAY_PREV | COMMAND_MAY_COMPLETE });
	assert_xml(COMMAND("node='config' sessionid='s' status='executing'",
		"<actions execute='complete'><prev/><complete/></actions>"), command);
	command = command_write(iq, &(struct command_response){ .node = "config", .session_id = "s",
		.allowed = COMMAND_MAY_PREV | COMMAND_MAY_NEXT | COMMAND_MAY_COMPLETE });
	assert_xml(COMMAND("node='config' sessionid='s' status='executing'",
		"<actions><prev/><next/><complete/></actions>"), command);
}

static void test_write_end(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	assert_xml(COMMAND("node='n' sessionid='s' status='completed'",
		"<note type='info'>Done.</note>"),
		command_write(iq, &(struct command_response){ .node = "n", .session_id = "s",
			.status = COMMAND_COMPLETED,
			.allowed = COMMAND_MAY_NEXT, .note = { .text = "Done." } }));
	assert_xml(COMMAND("node='n' sessionid='s' status='completed'",
		"<note type='error'>No.</note>"),
		command_write(iq, &(struct command_response){ .node = "n", .session_id = "s",
			.status = COMMAND_COMPLETED,
			.note = { .type = COMMAND_NOTE_ERROR, .text = "No." } }));
	assert_xml(COMMAND("node='n' sessionid='s' status='canceled'", ""),
		command_write(iq, &(struct command_response){ .node = "n", .session_id = "s",
			.status = COMMAND_CANCELED }));
}

static void test_actions(void **state) {
	(void)state;
	assert_int_equal(command_default_action(COMMAND_MAY_NEXT | COMMAND_MAY_COMPLETE), COMMAND_NEXT);
	assert_int_equal(command_default_action(COMMAND_MAY_PREV | COMMAND_MAY_COMPLETE),
		COMMAND_COMPLETE);
	assert_true(command_is_allowed(COMMAND_CANCEL, 0));
	assert_true(command_is_allowed(COMMAND_EXECUTE, COMMAND_MAY_COMPLETE));
	assert_false(command_is_allowed(COMMAND_EXECUTE, COMMAND_MAY_PREV));
	assert_false(command_is_allowed(COMMAND_PREV, COMMAND_MAY_NEXT));
	assert_false(command_is_allowed(COMMAND_COMPLETE, COMMAND_MAY_NEXT));
}

static void test_write_error(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	assert_xml("<error type='modify' code='406'>"
		"<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
		"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>No.</text></error>",
		error_write(iq, &(struct error_content){ .condition = GW_NOT_ACCEPTABLE, .text = "No." }));
	assert_xml("<error type='modify' code='400' by='gw.lit'>"
		"<bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
		"<bad-sessionid xmlns='http://jabber.org/protocol/commands'/></error>",
		error_write(iq, &(struct error_content){ .condition = GW_BAD_REQUEST, .by = "gw.lit",
			.application = "bad-sessionid", .application_ns = NS_COMMANDS }));
}

static void test_errors_written_are_read(void **state) {
	for (int i = GW_BAD_REQUEST; i <= GW_UNEXPECTED_REQUEST; i++) {
		struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
		error_write(iq, &(struct error_content){ .condition = (enum gw_condition)i });
		struct error_content error;
		assert_true(error_read(iq, &error));
		assert_int_equal(error.condition, i);
		assert_null(error.text);
		assert_true(error_code((enum gw_condition)i) >= 300);
	}
}

static void test_errors_of_others(void **state) {
	struct error_content error;
	assert_true(error_read(xml_literal(*state, "<iq xmlns='jabber:component:accept'>"
		"<query xmlns='jabber:iq:register'/>"
		"<error type='cancel' by='a.lit'><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>T</text>"
		"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='de'>U</text>"
		"<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><odd xmlns='urn:odd'/></error>"
		"</iq>"), &error));
	assert_int_equal(error.condition, GW_CONFLICT);
	assert_string_equal(error.text, "T");
	assert_string_equal(error.by, "a.lit");
	assert_string_equal(error.application, "odd");
	assert_string_equal(error.application_ns, "urn:odd");
	assert_true(error_read(xml_literal(*state, "<iq xmlns='jabber:component:accept'>"
		"<error type='x'>"
		"<new-condition xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"), &error));
	assert_int_equal(error.condition, GW_UNDEFINED_CONDITION);
	assert_true(error_read(xml_literal(*state, "<iq xmlns='jabber:component:accept'><error/></iq>"),
		&error));
	assert_int_equal(error.condition, GW_UNDEFINED_CONDITION);
	assert_false(error_read(xml_literal(*state, "<iq xmlns='jabber:component:accept'/>"), &error));
	assert_false(error_read(NULL, &error));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_read),
		ARENA_TEST(test_write_step),
		ARENA_TEST(test_write_end),
		ARENA_TEST(test_actions),
		ARENA_TEST(test_write_error),
		ARENA_TEST(test_errors_written_are_read),
		ARENA_TEST(test_errors_of_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
