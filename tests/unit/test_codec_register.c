/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Registration and search, by form and by the old fields. rows: B2 B3 B4 B5 B6 B7 B16 B20 D1 D2 S1
 * S2 S3
 */
#include "codec/gateway.h"
#include "codec/register.h"
#include "codec/search.h"
#include "xml/ns.h"
#include "xml_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena_test.h"

#define REGISTER(content) "<query xmlns='jabber:iq:register'>" content "</query>"
#define SEARCH(content) "<query xmlns='jabber:iq:search'>" content "</query>"
#define SUBMIT(content) "<x xmlns='jabber:x:data' type='submit'>" content "</x>"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"

static const struct gw_form_field account[] = {
	{ .var = "username", .label = "User name", .required = true },
	{ .var = "password", .label = "Password", .type = GW_FIELD_TEXT_PRIVATE, .required = true },
	{ .var = "tls", .label = "TLS", .type = GW_FIELD_BOOLEAN, .value = "true" },
	{ 0 },
};

static const struct gw_form_template account_form = {
	.title = "Registration",
	.instructions = "Any name will do.",
	.fields = account,
};

static struct gw_form *stored_account(void) {
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "username", "bill");
	gw_form_set(form, "password", "Calliope");
	gw_form_set(form, "tls", "false");
	return form;
}

static void test_question_to_a_stranger(void **state) {
	struct xml_node *query = register_write(xml_new(*state, "iq", NS_COMPONENT), &account_form,
		NULL, false);
	assert_xml(REGISTER("<username/><password/><instructions>Any name will do.</instructions>"
		"<x xmlns='jabber:x:data' type='form'><title>Registration</title>"
		"<instructions>Any name will do.</instructions>"
		"<field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field>"
		"<field var='username' type='text-single' label='User name'><required/></field>"
		"<field var='password' type='text-private' label='Password'><required/></field>"
		"<field var='tls' type='boolean' label='TLS'><value>1</value></field></x>"), query);
}

static void test_question_to_a_user(void **state) {
	struct gw_form *stored = stored_account();
	struct xml_node *query = register_write(xml_new(*state, "iq", NS_COMPONENT), &account_form,
		stored, true);
	gw_form_free(stored);
	assert_xml(REGISTER("<registered/><username>bill</username><password/>"
		"<instructions>Any name will do.</instructions>"
		"<x xmlns='jabber:x:data' type='form'><title>Registration</title>"
		"<instructions>Any name will do.</instructions>"
		"<field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field>"
		"<field var='remove' type='boolean' label='Remove my registration'><required/>"
		"<value>0</value></field>"
		"<field var='username' type='text-single' label='User name'><required/><value>bill</value>"
		"</field>"
		"<field var='password' type='text-private' label='Password'><required/></field>"
		"<field var='tls' type='boolean' label='TLS'><value>0</value></field></x>"), query);
}

static void test_no_old_fields_that_cannot_be_enough(void **state) {
	static const struct gw_form_field fields[] = {
		{ .var = "nick", .required = true },
		{ .var = "server", .required = true },
		{ 0 },
	};
	struct xml_node *query = register_write(xml_new(*state, "iq", NS_COMPONENT),
		&(struct gw_form_template){ .instructions = "I", .fields = fields }, NULL, false);
	assert_null(xml_find(query, "nick", NULL));
	assert_string_equal(xml_child_text(query, "instructions", NS_REGISTER), "I");
	assert_non_null(xml_find(query, "x", NS_DATA_FORM));
}

static void test_old_names(void **state) {
	(void)state;
	assert_true(register_is_legacy_name("zip"));
	assert_false(register_is_legacy_name("server"));
	assert_false(register_is_legacy_name("remove"));
	assert_false(register_is_legacy_name(NULL));
}

struct read_case {
	const char *name, *xml;
	bool is_known;      /* the user is registered */
	const char *answers; /* username, password and tls, or "remove" */
	const char *problem;
	enum gw_condition condition;
};

static const struct read_case read_cases[] = {
	{ "form", REGISTER(SUBMIT(FIELD("FORM_TYPE", "jabber:iq:register") FIELD("username",
		"u") FIELD("password", "p")
		FIELD("tls", "1"))), false, "u p true", NULL, GW_OK },
	{ "form with an old name only", REGISTER(SUBMIT(FIELD("username", "u") FIELD("password", "p"))
		"<username>x</username>"), false, "u p ", NULL, GW_OK },
	{ "old fields", REGISTER("<username>u</username><password>p</password><email>e</email>"
		"<instructions>x</instructions>"
		"<registered/>"), false, "u p ", NULL, GW_OK },
	{ "old fields, but not those without an old name", REGISTER("<username>u</username>"
		"<password>p</password>"
		"<tls>1</tls>"), false, "u p ", NULL, GW_OK },
	{ "of another namespace", REGISTER("<username xmlns='urn:x'>u</username>"
		"<password>p</password>"), false, NULL,
		"“User name” is required", GW_NOT_ACCEPTABLE },
	{ "incomplete", REGISTER("<username>u</username>"), false, NULL, "“Password” is required",
		GW_NOT_ACCEPTABLE },
	{ "empty password", REGISTER("<username>u</username><password/>"), false, NULL,
		"“Password” is required",
		GW_NOT_ACCEPTABLE },
	{ "nothing at all", REGISTER(""), false, NULL, "“User name” is required", GW_NOT_ACCEPTABLE },
	{ "twice", REGISTER("<username>u</username><password>p</password><username>v</username>"),
		false, NULL,
		"“User name” was answered more than once", GW_NOT_ACCEPTABLE },
	{ "twice in a form", REGISTER(SUBMIT(FIELD("username", "u") FIELD("username",
		"v") FIELD("password", "p"))), false,
		NULL, "“User name” was answered more than once", GW_NOT_ACCEPTABLE },
	{ "cancelled form", REGISTER("<x xmlns='jabber:x:data' type='cancel'/>"), false, NULL,
		"A form that is filled in was expected here", GW_BAD_REQUEST },
	{ "remove", REGISTER("<remove/>"), true, "remove", NULL, GW_OK },
	{ "remove by a stranger", REGISTER("<remove/>"), false, "remove", NULL, GW_OK },
	{ "remove and more", REGISTER("<remove/><username>u</username>"), true, NULL,
		"Nothing else can be asked for together with the removal of a registration",
		GW_BAD_REQUEST },
	{ "more and remove", REGISTER("<username>u</username><remove/>"), true, NULL,
		"Nothing else can be asked for together with the removal of a registration",
		GW_BAD_REQUEST },
	{ "remove by form", REGISTER(SUBMIT(FIELD("remove", "1"))), true, "remove", NULL, GW_OK },
	{ "remove by form, True", REGISTER(SUBMIT(FIELD("remove", "True") FIELD("username", ""))), true,
		"remove", NULL,
		GW_OK },
	{ "do not remove", REGISTER(SUBMIT(FIELD("remove", "0") FIELD("username", "u") FIELD("password",
		"p")
		FIELD("tls", "1"))), true, "u p true", NULL, GW_OK },
	{ "changed, password left empty", REGISTER(SUBMIT(FIELD("username", "u") FIELD("password",
		"") FIELD("tls", "1"))),
		true, "u Calliope true", NULL, GW_OK },
	{ "changed, only the password", REGISTER("<password>new</password>"), true, "bill new false",
		NULL, GW_OK },
	{ "changed, the name cleared", REGISTER("<username/><password>new</password>"), true, NULL,
		"“User name” is required", GW_NOT_ACCEPTABLE },
};

static void run_read_case(struct arena *arena, const struct read_case *test) {
	struct gw_form *stored = test->is_known ? stored_account() : NULL;
	struct register_request request = { 0 };
	struct form_problem problem = { 0 };
	bool is_good = register_read(arena, xml_literal(arena, test->xml), account, stored, &request,
		&problem);
	gw_form_free(stored);
	if (is_good != (test->problem == NULL)) {
		fail_msg("%s: %s", test->name, is_good ? "accepted" : problem.text);
	}
	if (!is_good) {
		assert_string_equal(problem.text, test->problem);
		assert_int_equal(problem.condition, test->condition);
		assert_null(request.form);
		return;
	}
	const char *answers = request.is_remove ? "remove" : arena_printf(arena, "%s %s %s",
		gw_form_text(request.form, "username"), gw_form_text(request.form, "password"),
			gw_form_text(request.form, "tls"));
	if (strcmp(answers, test->answers) != 0) {
		fail_msg("%s: %s", test->name, answers);
	}
	assert_null(gw_form_value(request.form, "email"));
	assert_null(gw_form_value(request.form, "remove"));
	gw_form_free(request.form);
}

static void test_read(void **state) {
	for (size_t i = 0; i < ARRAY_LENGTH(read_cases); i++) {
		run_read_case(*state, &read_cases[i]);
	}
}

static void test_nothing_to_fill_in(void **state) {
	struct register_request request;
	struct form_problem problem;
	assert_true(register_read(*state, xml_literal(*state, REGISTER("")), NULL, NULL, &request,
		&problem));
	assert_null(gw_form_var(request.form, 0));
	gw_form_free(request.form);
	struct xml_node *query = register_write(xml_new(*state, "iq", NS_COMPONENT),
		&(struct gw_form_template){ 0 }, NULL,
		true);
	assert_xml(REGISTER("<registered/><x xmlns='jabber:x:data' type='form'>"
		"<field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field>"
		"<field var='remove' type='boolean' label='Remove my registration'><required/>"
		"<value>0</value></field></x>"),
		query);
}

static const struct gw_form_field people[] = {
	{ .var = "first", .label = "First name" },
	{ .var = "last", .label = "Last name" },
	{ .var = "phone", .label = "Phone", .pattern = "[0-9]+" },
	{ 0 },
};

static void test_search_question(void **state) {
	struct xml_node *query = search_write(xml_new(*state, "iq", NS_COMPONENT),
		&(struct gw_form_template){ .title = "T", .instructions = "I", .fields = people });
	assert_xml(SEARCH("<instructions>I</instructions><first/><last/>"
		"<x xmlns='jabber:x:data' type='form'><title>T</title><instructions>I</instructions>"
		"<field var='FORM_TYPE' type='hidden'><value>jabber:iq:search</value></field>"
		"<field var='first' type='text-single' label='First name'/>"
		"<field var='last' type='text-single' label='Last name'/>"
		"<field var='phone' type='text-single' label='Phone'>"
		"<validate xmlns='http://jabber.org/protocol/xdata-validate'"
		" datatype='xs:string'><regex>[0-9]+</regex></validate></field></x>"), query);
}

static void test_search_read(void **state) {
	struct search_request request;
	struct form_problem problem;
	assert_true(search_read(*state, xml_literal(*state, SEARCH("<last>Capulet</last>")), people,
		&request, &problem));
	assert_true(request.is_legacy);
	assert_string_equal(gw_form_value(request.form, "last"), "Capulet");
	assert_null(gw_form_value(request.form, "first"));
	gw_form_free(request.form);
	assert_true(search_read(*state, xml_literal(*state, SEARCH(SUBMIT(FIELD("phone", "123")))),
		people, &request,
		&problem));
	assert_false(request.is_legacy);
	assert_string_equal(gw_form_value(request.form, "phone"), "123");
	gw_form_free(request.form);
	assert_false(search_read(*state, xml_literal(*state, SEARCH(SUBMIT(FIELD("phone", "x")))),
		people, &request,
		&problem));
	assert_int_equal(problem.condition, GW_NOT_ACCEPTABLE);
}

static struct gw_table *found_people(void) {
	static const struct gw_table_column columns[] = {
		{ .var = "name", .label = "Name" },
		{ .var = "address", .label = "JID", .is_jid = true },
		{ .var = "last", .label = "Last name" },
		{ 0 },
	};
	struct gw_table *table = gw_table_new(NULL, columns);
	gw_table_add_row(table, (const char *const[]){ "JuliC", "juliet@gw.lit", "Capulet" });
	gw_table_add_row(table, (const char *const[]){ "nobody", NULL, NULL });
	return table;
}

static void test_search_results(void **state) {
	struct gw_table *table = found_people();
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	assert_xml(SEARCH("<item jid='juliet@gw.lit'><first/><last>Capulet</last><nick>JuliC</nick>"
		"<email/></item>"),
		search_write_results(iq, table, true));
	assert_xml(SEARCH("<x xmlns='jabber:x:data' type='result'>"
		"<field var='FORM_TYPE' type='hidden'><value>jabber:iq:search</value></field>"
		"<reported><field var='name' type='text-single' label='Name'/>"
		"<field var='address' type='jid-single' label='JID'/>"
		"<field var='last' type='text-single' label='Last name'/></reported>"
		"<item>" FIELD("name", "JuliC") FIELD("address", "juliet@gw.lit") FIELD("last",
		"Capulet") "</item>"
		"<item>" FIELD("name", "nobody") FIELD("address", "") FIELD("last", "") "</item></x>"),
		search_write_results(iq, table, false));
	assert_xml(SEARCH(""), search_write_results(iq, NULL, true));
	gw_table_free(table);
}

static void test_gateway_prompt(void **state) {
	struct xml_node *iq = xml_new(*state, "iq", NS_COMPONENT);
	assert_xml("<query xmlns='jabber:iq:gateway'><desc>Find people</desc><prompt>Name</prompt>"
		"</query>",
		gateway_prompt_write(iq, "Find people", "Name"));
	assert_xml("<query xmlns='jabber:iq:gateway'><jid>juliet@gw.lit</jid></query>",
		gateway_jid_write(iq, "juliet@gw.lit"));
	assert_string_equal(gateway_prompt_read(xml_literal(*state,
		"<query xmlns='jabber:iq:gateway'><prompt>Juliet</prompt></query>")), "Juliet");
	assert_null(gateway_prompt_read(xml_literal(*state, "<query xmlns='jabber:iq:gateway'>"
		"<prompt/></query>")));
	assert_null(gateway_prompt_read(xml_literal(*state, "<query xmlns='jabber:iq:gateway'/>")));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_question_to_a_stranger),
		ARENA_TEST(test_question_to_a_user),
		ARENA_TEST(test_no_old_fields_that_cannot_be_enough),
		ARENA_TEST(test_old_names),
		ARENA_TEST(test_read),
		ARENA_TEST(test_nothing_to_fill_in),
		ARENA_TEST(test_search_question),
		ARENA_TEST(test_search_read),
		ARENA_TEST(test_search_results),
		ARENA_TEST(test_gateway_prompt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
