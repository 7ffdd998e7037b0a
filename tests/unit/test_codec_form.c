/* SPDX-License-Identifier: MPL-2.0 */
/* Forms and tables. rows: B2 B7 B13 C12 C14 S3 S26 */
#include "codec/form.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xml/write.h"
#include "xml_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena_test.h"

#define DATA "jabber:x:data"

static struct xml_node *parent_new(struct arena *arena) {
	return xml_new(arena, "query", NS_REGISTER);
}

static const struct gw_form_option colours[] = {
	{ .value = "red", .label = "Red" },
	{ .value = "blue" },
	{ 0 },
};

static const struct gw_form_field one_of_each[] = {
	{ .type = GW_FIELD_FIXED, .value = "First line\nSecond line" },
	{ .var = "name", .label = "Name", .description = "As others see it", .required = true,
		.value = "Bill" },
	{ .var = "password", .label = "Password", .type = GW_FIELD_TEXT_PRIVATE, .required = true,
		.value = "secret" },
	{ .var = "about", .type = GW_FIELD_TEXT_MULTI, .value = "one\ntwo" },
	{ .var = "public", .type = GW_FIELD_BOOLEAN, .value = "true" },
	{ .var = "colour", .type = GW_FIELD_LIST_SINGLE, .options = colours, .value = "red",
		.open = true },
	{ .var = "colours", .type = GW_FIELD_LIST_MULTI, .options = colours, .value = "red\nblue" },
	{ .var = "owner", .type = GW_FIELD_JID_SINGLE },
	{ .var = "friends", .type = GW_FIELD_JID_MULTI, .value = "a@b.lit\nc@d.lit" },
	{ .var = "step", .type = GW_FIELD_HIDDEN, .value = "2" },
	{ .var = "port", .datatype = GW_DATATYPE_INTEGER, .min = "1", .max = "65535", .value = "6667" },
	{ .var = "code", .pattern = "[0-9]{6}" },
	{ .var = "since", .datatype = GW_DATATYPE_DATE },
	{ .var = "qr_img", .type = GW_FIELD_FIXED, .value = "QR", .image_url = "https://u.lit/qr.png" },
	{ 0 },
};

static void test_write_every_type(void **state) {
	const struct gw_form_template template = {
		.title = "Title",
		.instructions = "Do this.\nThen that.",
		.fields = one_of_each,
	};
	struct xml_node *x = form_write(parent_new(*state), &template, "jabber:iq:register", NULL);
	assert_xml("<x xmlns='" DATA "' type='form'><title>Title</title>"
		"<instructions>Do this.</instructions><instructions>Then that.</instructions>"
		"<field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field>"
		"<field type='fixed'><value>First line</value></field><field type='fixed'>"
		"<value>Second line</value></field>"
		"<field var='name' type='text-single' label='Name'><desc>As others see it</desc><required/>"
			"<value>Bill</value></field>"
		"<field var='password' type='text-private' label='Password'><required/></field>"
		"<field var='about' type='text-multi'><value>one</value><value>two</value></field>"
		"<field var='public' type='boolean'><value>1</value></field>"
		"<field var='colour' type='list-single'><value>red</value>"
			"<option label='Red'><value>red</value></option><option><value>blue</value></option>"
			"<validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:string'>"
			"<open/></validate></field>"
		"<field var='colours' type='list-multi'><value>red</value><value>blue</value>"
			"<option label='Red'><value>red</value></option><option><value>blue</value></option>"
			"</field>"
		"<field var='owner' type='jid-single'/>"
		"<field var='friends' type='jid-multi'><value>a@b.lit</value><value>c@d.lit</value></field>"
		"<field var='step' type='hidden'><value>2</value></field>"
		"<field var='port' type='text-single'><value>6667</value>"
			"<validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:integer'>"
			"<range min='1' max='65535'/></validate></field>"
		"<field var='code' type='text-single'>"
		"<validate xmlns='http://jabber.org/protocol/xdata-validate'"
			" datatype='xs:string'><regex>[0-9]{6}</regex></validate></field>"
		"<field var='since' type='text-single'>"
		"<validate xmlns='http://jabber.org/protocol/xdata-validate'"
			" datatype='xs:date'><basic/></validate></field>"
		"<field var='qr_img' type='fixed'><value>QR</value><media xmlns='urn:xmpp:media-element'>"
			"<uri type='image/png'>https://u.lit/qr.png</uri></media></field>"
		"</x>", x);
}

static void test_presets_win_and_private_ones_stay(void **state) {
	static const struct gw_form_field fields[] = {
		{ .var = "name", .value = "Bill" },
		{ .var = "password", .type = GW_FIELD_TEXT_PRIVATE },
		{ .var = "tags", .type = GW_FIELD_LIST_MULTI, .value = "a" },
		{ .var = "public", .type = GW_FIELD_BOOLEAN },
		{ 0 },
	};
	struct gw_form *values = gw_form_new();
	gw_form_set(values, "name", "William");
	gw_form_set(values, "password", "secret");
	form_set_empty(values, "tags");
	gw_form_set(values, "public", "false");
	struct xml_node *x = form_write(parent_new(*state),
		&(struct gw_form_template){ .fields = fields }, NULL, values);
	gw_form_free(values);
	assert_xml("<x xmlns='" DATA "' type='form'>"
		"<field var='name' type='text-single'><value>William</value></field>"
		"<field var='password' type='text-private'/><field var='tags' type='list-multi'/>"
		"<field var='public' type='boolean'><value>0</value></field></x>", x);
}

/*
 * One field, what was sent for it, and what comes of that: the values joined with '|', or the
 * problem.
 */
struct check_case {
	const char *name;
	struct gw_form_field field;
	const char *sent; /* the children of <field/>; NULL: no field at all */
	const char *values; /* "-": no answer */
	const char *problem;
};

#define V(text) "<value>" text "</value>"
#define TYPE(name) .type = GW_FIELD_##name
#define DATATYPE(name) .datatype = GW_DATATYPE_##name

static const struct check_case check_cases[] = {
	{ "text", { 0 }, V("Juliet"), "Juliet", NULL },
	{ "spaces stay", { 0 }, V(" a b "), " a b ", NULL },
	{ "empty value", { 0 }, V(""), "", NULL },
	{ "no value", { 0 }, "", "", NULL },
	{ "no field", { 0 }, NULL, "-", NULL },
	{ "required, no field", { .required = true }, NULL, NULL, "“Label” is required" },
	{ "required, empty", { .required = true }, V(""), NULL, "“Label” is required" },
	{ "required, no value", { .required = true }, "", NULL, "“Label” is required" },
	{ "line break at the end", { 0 }, V("abc\r\n"), "abc", NULL },
	{ "line break inside", { 0 }, V("a\nQUIT"), NULL, "“Label” has to be a single line" },
	{ "carriage return inside", { 0 }, V("a&#13;b"), NULL, "“Label” has to be a single line" },
	{ "two values", { 0 }, V("a") V("b"), NULL, "“Label” takes only one value" },
	{ "limit reached", { .max_bytes = 4 }, V("abcd"), "abcd", NULL },
	{ "limit passed", { .max_bytes = 4 }, V("abcde"), NULL,
		"“Label” is too long: at most 4 bytes" },
	{ "private", { TYPE(TEXT_PRIVATE) }, V("s&lt;cret"), "s<cret", NULL },
	{ "lines in one value", { TYPE(TEXT_MULTI) }, V("a\nb"), "a\nb", NULL },
	{ "a value for each line", { TYPE(TEXT_MULTI) }, V("a") V("") V("b"), "a\n\nb", NULL },
	{ "lines over the limit", { TYPE(TEXT_MULTI), .max_bytes = 4 }, V("ab") V("cd"), NULL,
		"“Label” is too long: at most 4 bytes" },
	{ "required lines", { TYPE(TEXT_MULTI), .required = true }, "", NULL, "“Label” is required" },
	{ "boolean 1", { TYPE(BOOLEAN) }, V("1"), "true", NULL },
	{ "boolean True", { TYPE(BOOLEAN) }, V("True"), "true", NULL },
	{ "boolean yes", { TYPE(BOOLEAN) }, V("YES"), "true", NULL },
	{ "boolean 0", { TYPE(BOOLEAN), .required = true }, V("0"), "false", NULL },
	{ "boolean other", { TYPE(BOOLEAN) }, V("maybe"), NULL, "“Label” has to be yes or no" },
	{ "boolean empty", { TYPE(BOOLEAN) }, V(""), "-", NULL },
	{ "option", { TYPE(LIST_SINGLE), .options = colours }, V("red"), "red", NULL },
	{ "option by its label", { TYPE(LIST_SINGLE), .options = colours }, V("RED"), "red", NULL },
	{ "no option", { TYPE(LIST_SINGLE), .options = colours }, V("green"), NULL,
		"“Label” has to be one of “Red”, “blue”" },
	{ "open list", { TYPE(LIST_SINGLE), .options = colours, .open = true }, V("green"), "green",
		NULL },
	{ "list, nothing chosen", { TYPE(LIST_SINGLE), .options = colours }, V(""), "", NULL },
	{ "list, required", { TYPE(LIST_SINGLE), .options = colours, .required = true }, V(""), NULL,
		"“Label” is required" },
	{ "list without options", { TYPE(LIST_SINGLE) }, V("x"), NULL,
		"“Label” is not one of the choices" },
	{ "several options", { TYPE(LIST_MULTI), .options = colours }, V("blue") V("red") V("blue"),
		"blue|red", NULL },
	{ "no options chosen", { TYPE(LIST_MULTI), .options = colours }, "", "", NULL },
	{ "options, required", { TYPE(LIST_MULTI), .options = colours, .required = true }, V(""), NULL,
		"“Label” is required" },
	{ "several, one wrong", { TYPE(LIST_MULTI), .options = colours }, V("red") V("x"), NULL,
		"“Label” has to be one of “Red”, “blue”" },
	{ "address", { TYPE(JID_SINGLE) }, V(" Juliet@Capulet.LIT/Balcony "),
		"juliet@capulet.lit/Balcony", NULL },
	{ "no address", { TYPE(JID_SINGLE) }, V("@capulet.lit"), NULL,
		"“Label” has to be an address such as juliet@example.org" },
	{ "addresses once", { TYPE(JID_MULTI) }, V("a@b.lit") V("A@B.LIT") V("c@d.lit"),
		"a@b.lit|c@d.lit", NULL },
	{ "hidden", { TYPE(HIDDEN) }, V("a") V("a") V(""), "a|a|", NULL },
	{ "fixed is no question", { TYPE(FIXED), .required = true }, V("a"), "-", NULL },
	{ "integer", { DATATYPE(INTEGER), .min = "1", .max = "65535" }, V(" +0443\n"), "443", NULL },
	{ "integer too small", { DATATYPE(INTEGER), .min = "1", .max = "65535" }, V("0"), NULL,
		"“Label” has to be a whole number between 1 and 65535" },
	{ "integer too large", { DATATYPE(INTEGER), .max = "65535" }, V("65536"), NULL,
		"“Label” has to be a whole number, at most 65535" },
	{ "integer negative", { DATATYPE(INTEGER), .min = "-5" }, V("-5"), "-5", NULL },
	{ "integer below", { DATATYPE(INTEGER), .min = "-5" }, V("-6"), NULL,
		"“Label” has to be a whole number, at least -5" },
	{ "no integer", { DATATYPE(INTEGER) }, V("12a"), NULL, "“Label” has to be a whole number" },
	{ "integer beyond all", { DATATYPE(INTEGER) }, V("99999999999999999999"), NULL,
		"“Label” has to be a whole number" },
	{ "integer, not answered", { DATATYPE(INTEGER), .min = "1" }, V(""), "", NULL },
	{ "decimal", { DATATYPE(DECIMAL), .min = "-0.5", .max = "1.50" }, V("1.5"), "1.5", NULL },
	{ "decimal zero", { DATATYPE(DECIMAL), .min = "0" }, V("-0.00"), "-0.00", NULL },
	{ "decimal above", { DATATYPE(DECIMAL), .max = "1.50" }, V("01.501"), NULL,
		"“Label” has to be a number, at most 1.50" },
	{ "decimal below", { DATATYPE(DECIMAL), .min = "-0.5" }, V("-.51"), NULL,
		"“Label” has to be a number, at least -0.5" },
	{ "no decimal", { DATATYPE(DECIMAL) }, V("."), NULL, "“Label” has to be a number" },
	{ "no exponent", { DATATYPE(DECIMAL) }, V("1e5"), NULL, "“Label” has to be a number" },
	{ "date", { DATATYPE(DATE) }, V("2024-02-29"), "2024-02-29", NULL },
	{ "no such date", { DATATYPE(DATE) }, V("2023-02-29"), NULL,
		"“Label” has to be a date such as 2026-11-23" },
	{ "date with time", { DATATYPE(DATE) }, V("2023-02-28T00:00:00Z"), NULL,
		"“Label” has to be a date such as 2026-11-23" },
	{ "date and time", { DATATYPE(DATETIME) }, V("2003-10-06T11:22:00-07:00"),
		"2003-10-06T11:22:00-07:00", NULL },
	{ "no date and time", { DATATYPE(DATETIME) }, V("2003-10-06"), NULL,
		"“Label” has to be a date and time such as 2026-11-23T20:00:00Z" },
	{ "time", { DATATYPE(TIME) }, V("20:00:00"), "20:00:00", NULL },
	{ "time of a zone", { DATATYPE(TIME) }, V("20:00:00.5+01:00"), "20:00:00.5+01:00", NULL },
	{ "no time", { DATATYPE(TIME) }, V("25:00:00"), NULL,
		"“Label” has to be a time such as 20:00:00" },
	{ "uri", { DATATYPE(URI) }, V("https://example.org/%20?q=1#f"), "https://example.org/%20?q=1#f",
		NULL },
	{ "uri with a space", { DATATYPE(URI) }, V("https://example.org/a b"), NULL,
		"“Label” has to be a web address such as https://example.org/" },
	{ "uri without scheme", { DATATYPE(URI) }, V("example.org"), NULL,
		"“Label” has to be a web address such as https://example.org/" },
	{ "language", { DATATYPE(LANGUAGE) }, V("en-GB"), "en-GB", NULL },
	{ "no language", { DATATYPE(LANGUAGE) }, V("english-"), NULL,
		"“Label” has to be a language such as en-GB" },
	{ "pattern", { .pattern = "[0-9]{3}|x" }, V("123"), "123", NULL },
	{ "pattern on the whole", { .pattern = "[0-9]{3}|x" }, V("1234"), NULL,
		"“Label” does not have the form that is asked for" },
	{ "pattern, not answered", { .pattern = "[0-9]+" }, V(""), "", NULL },
	{ "wrong pattern", { .pattern = "[0-9" }, V("1"), NULL,
		"“Label” cannot be checked, because its pattern is wrong; this is our fault" },
};

static const char *joined(struct arena *arena, const struct gw_form *form) {
	if (!form_has(form, "v")) {
		return "-";
	}
	size_t count;
	const char *const *values = gw_form_values(form, "v", &count);
	const char *all = "";
	for (size_t i = 0; i < count; i++) {
		all = arena_printf(arena, "%s%s%s", all, i > 0 ? "|" : "", values[i]);
	}
	return all;
}

static void run_check_case(struct arena *arena, const struct check_case *test) {
	struct gw_form_field fields[2] = { test->field };
	fields[0].var = "v";
	fields[0].label = "Label";
	const char *field = test->sent == NULL ? "" : arena_printf(arena, "<field var='v'>%s</field>",
		test->sent);
	struct xml_node *x = xml_literal(arena, arena_printf(arena, "<x xmlns='" DATA "' type='submit'>"
		"<field var='FORM_TYPE' type='hidden'><value>t</value></field>"
		"<field var='unknown'><value>1</value></field><field/>%s</x>", field));
	struct form_problem problem = { 0 };
	struct gw_form *form = form_read(arena, x, fields, &problem);
	if ((form == NULL) != (test->problem != NULL)) {
		fail_msg("%s: %s", test->name, form != NULL ? "accepted" : problem.text);
	}
	if (form == NULL) {
		assert_string_equal(problem.text, test->problem);
		assert_string_equal(problem.var, "v");
		assert_int_equal(problem.condition,
			test->field.pattern != NULL && strcmp(test->field.pattern, "[0-9") == 0
			? GW_INTERNAL_SERVER_ERROR : GW_NOT_ACCEPTABLE);
		return;
	}
	if (strcmp(joined(arena, form), test->values) != 0) {
		fail_msg("%s: '%s' instead of '%s'", test->name, joined(arena, form), test->values);
	}
	assert_null(gw_form_value(form, "unknown"));
	assert_null(gw_form_value(form, "FORM_TYPE"));
	gw_form_free(form);
}

static void test_checks(void **state) {
	for (size_t i = 0; i < ARRAY_LENGTH(check_cases); i++) {
		run_check_case(*state, &check_cases[i]);
	}
}

static void assert_refused(struct arena *arena, const char *xml, const struct gw_form_field *fields,
		enum gw_condition condition, const char *text) {
	struct form_problem problem = { 0 };
	assert_null(form_read(arena, xml_literal(arena, xml), fields, &problem));
	assert_int_equal(problem.condition, condition);
	assert_string_equal(problem.text, text);
}

static void test_no_submission(void **state) {
	static const struct gw_form_field fields[] = { { .var = "v" }, { 0 } };
	static const char *const others[] = {
		"<x xmlns='" DATA "' type='form'/>", "<x xmlns='" DATA "' type='cancel'/>",
		"<x xmlns='" DATA "'/>",
		"<x xmlns='jabber:x:other' type='submit'/>", "<y xmlns='" DATA "' type='submit'/>",
	};
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		assert_refused(*state, others[i], fields, GW_BAD_REQUEST,
			"A form that is filled in was expected here");
	}
	struct form_problem problem = { 0 };
	assert_null(form_read(*state, NULL, fields, &problem));
	assert_int_equal(problem.condition, GW_BAD_REQUEST);
}

static void test_repeated_field(void **state) {
	static const struct gw_form_field fields[] = { { .var = "v", .type = GW_FIELD_LIST_MULTI,
		.open = true }, { 0 } };
	assert_refused(*state, "<x xmlns='" DATA "' type='submit'><field var='v'><value>a</value>"
		"</field>"
		"<field var='v'><value>b</value></field></x>", fields, GW_NOT_ACCEPTABLE,
		"“v” was answered more than once");
	assert_refused(*state, "<x xmlns='" DATA "' type='submit'><field var='v'/><field var='v'/></x>",
		fields,
		GW_NOT_ACCEPTABLE, "“v” was answered more than once");
}

static void test_too_many_values(void **state) {
	static const struct gw_form_field fields[] = { { .var = "v", .type = GW_FIELD_HIDDEN }, { 0 } };
	struct xml_node *x = xml_new(*state, "x", NS_DATA_FORM);
	xml_set(x, "type", "submit");
	struct xml_node *field = xml_add(x, "field", NULL);
	xml_set(field, "var", "v");
	for (size_t i = 0; i < FORM_MAX_VALUES; i++) {
		xml_add_text(field, "value", NULL, "1");
	}
	struct form_problem problem = { 0 };
	struct gw_form *form = form_read(*state, x, fields, &problem);
	assert_non_null(form);
	gw_form_free(form);
	xml_add_text(field, "value", NULL, "1");
	assert_null(form_read(*state, x, fields, &problem));
	assert_int_equal(problem.condition, GW_POLICY_VIOLATION);
	assert_null(form_read_any(x));
}

static void test_too_many_fields_and_bytes(void **state) {
	struct xml_node *x = xml_new(*state, "x", NS_DATA_FORM);
	xml_set(x, "type", "result");
	for (int i = 0; i <= FORM_MAX_FIELDS; i++) {
		char var[16];
		snprintf(var, sizeof(var), "v%d", i);
		xml_set(xml_add(x, "field", NULL), "var", var);
	}
	assert_null(form_read_any(x));

	x = xml_new(*state, "x", NS_DATA_FORM);
	xml_set(x, "type", "result");
	char *long_text = mem_new(FORM_MAX_BYTES + 1);
	memset(long_text, 'x', FORM_MAX_BYTES);
	struct xml_node *field = xml_add(x, "field", NULL);
	xml_set(field, "var", "v");
	xml_add_text(field, "value", NULL, long_text);
	free(long_text);
	assert_null(form_read_any(x));
}

/* XEP-0363's disco form: a result is read as it stands. */
static void test_read_any(void **state) {
	struct gw_form *form = form_read_any(xml_literal(*state, "<x type='result' xmlns='" DATA "'>"
		"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:http:upload:0</value></field>"
		"<field var='max-file-size'><value>5242880</value></field>"
		"<field var='many'><value>a</value><value>b</value></field></x>"));
	assert_string_equal(gw_form_value(form, "FORM_TYPE"), "urn:xmpp:http:upload:0");
	assert_int_equal(gw_form_integer(form, "max-file-size", 0), 5242880);
	size_t count;
	assert_string_equal(gw_form_values(form, "many", &count)[1], "b");
	assert_int_equal(count, 2);
	assert_string_equal(gw_form_var(form, 2), "many");
	assert_null(gw_form_var(form, 3));
	gw_form_free(form);
	assert_null(form_read_any(xml_literal(*state, "<x type='form' xmlns='" DATA "'/>")));
}

static void test_answers_written_are_read(void **state) {
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "pubsub#max_items", "max");
	gw_form_add(form, "tags", "a");
	gw_form_add(form, "tags", "b");
	form_set_empty(form, "none");
	struct xml_node *x = form_write_answers(parent_new(*state), "submit", "urn:x", form);
	gw_form_free(form);
	assert_xml("<x xmlns='" DATA "' type='submit'>"
		"<field var='FORM_TYPE' type='hidden'><value>urn:x</value></field>"
		"<field var='pubsub#max_items'><value>max</value></field>"
		"<field var='tags'><value>a</value><value>b</value></field><field var='none'/></x>", x);
	form = form_read_any(x);
	struct xml_node *again = form_write_answers(parent_new(*state), "submit", "urn:x", form);
	assert_true(xml_same(x, again, NULL));
	gw_form_free(form);
}

static void test_form_object(void **state) {
	(void)state;
	struct gw_form *form = gw_form_new();
	assert_null(gw_form_value(form, "a"));
	assert_string_equal(gw_form_text(form, "a"), "");
	assert_int_equal(gw_form_integer(form, "a", 7), 7);
	assert_false(gw_form_boolean(form, "a"));
	size_t count = 5;
	assert_null(gw_form_values(form, "a", &count));
	assert_int_equal(count, 0);
	gw_form_set(form, "a", "1");
	gw_form_set(form, "b", "2");
	gw_form_add(form, "a", "3");
	assert_true(gw_form_boolean(form, "a"));
	gw_form_set(form, "a", gw_form_value(form, "a")); /* its own value */
	assert_string_equal(gw_form_value(form, "a"), "1");
	gw_form_values(form, "a", &count);
	assert_int_equal(count, 1);

	struct gw_form *copy = gw_form_copy(form);
	gw_form_set(form, "a", NULL);
	assert_string_equal(gw_form_var(form, 0), "b");
	assert_string_equal(gw_form_value(copy, "a"), "1");
	gw_form_set(form, "c", "4");
	form_merge(copy, form);
	assert_string_equal(gw_form_value(copy, "c"), "4");
	assert_int_equal(gw_form_integer(copy, "b", 0), 2);
	gw_form_free(form);
	gw_form_free(copy);
	gw_form_free(NULL);
	assert_null(gw_form_value(NULL, "a"));
}

static void test_defaults(void **state) {
	static const struct gw_form_field fields[] = {
		{ .type = GW_FIELD_FIXED, .value = "Hello" },
		{ .var = "name", .value = "Bill" },
		{ .var = "nothing" },
		{ .var = "tags", .type = GW_FIELD_LIST_MULTI, .value = "a\nb" },
		{ .var = "poem", .type = GW_FIELD_TEXT_MULTI, .value = "a\nb" },
		{ 0 },
	};
	struct gw_form *form = form_defaults(fields);
	assert_string_equal(form_serialize(*state, form), "1\nname\tBill\ntags\ta\tb\npoem\ta\\nb\n");
	gw_form_free(form);
	form = form_defaults(NULL);
	assert_null(gw_form_var(form, 0));
	gw_form_free(form);
}

static void test_stored_form(void **state) {
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "pass\tword", "back\\slash\nline\ttab");
	gw_form_add(form, "many", "");
	gw_form_add(form, "many", "ü");
	form_set_empty(form, "none");
	const char *text = form_serialize(*state, form);
	assert_string_equal(text, "1\npass\\tword\tback\\\\slash\\nline\\ttab\nmany\t\tü\nnone\n");
	struct gw_form *again = form_deserialize(text);
	assert_string_equal(form_serialize(*state, again), text);
	assert_true(form_has(again, "none"));
	gw_form_free(form);
	gw_form_free(again);

	form = form_deserialize(form_serialize(*state, NULL));
	assert_null(gw_form_var(form, 0));
	gw_form_free(form);

	static const char *const wrong[] = { "", "2\na\tb\n", "1\na\tb", "1\na\\", "1\na\\x\n", "{}",
		"1\na\tb\\" };
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		assert_null(form_deserialize(wrong[i]));
	}
	assert_null(form_deserialize(NULL));
}

static void test_template_copy(void **state) {
	const struct gw_form_template template = { .title = "T", .fields = one_of_each };
	struct gw_form_template *copy = form_template_copy(*state, &template);
	assert_int_equal(form_field_count(copy->fields), form_field_count(one_of_each));
	assert_ptr_not_equal(copy->fields[1].var, one_of_each[1].var);
	struct xml_node *a = form_write(parent_new(*state), &template, NULL, NULL);
	struct xml_node *b = form_write(parent_new(*state), copy, NULL, NULL);
	assert_true(xml_same(a, b, NULL));
	copy = form_template_copy(*state, &(struct gw_form_template){ .title = "T" });
	assert_int_equal(form_field_count(copy->fields), 0);
	assert_null(form_field_find(one_of_each, "nobody"));
	assert_string_equal(form_field_label(form_field_find(one_of_each, "about")), "about");
}

static const struct gw_table_column columns[] = {
	{ .var = "name", .label = "Name" },
	{ .var = "jid", .label = "JID", .is_jid = true },
	{ 0 },
};

static void test_table(void **state) {
	struct gw_table *table = gw_table_new("People", columns);
	gw_table_add_row(table, (const char *const[]){ "Anna", "an na%x@gw.lit" });
	gw_table_add_row(table, (const char *const[]){ NULL, "gw.lit" });
	assert_int_equal(gw_table_count_rows(table), 2);
	assert_string_equal(table_cell(table, 0, "name"), "Anna");
	assert_null(table_cell(table, 1, "name"));
	assert_null(table_cell(table, 2, "name"));
	assert_null(table_cell(table, 0, "phone"));
	assert_xml("<x xmlns='" DATA "' type='result'><title>People</title>"
		"<field var='FORM_TYPE' type='hidden'><value>jabber:iq:search</value></field>"
		"<reported><field var='name' type='text-single' label='Name'/>"
		"<field var='jid' type='jid-single' label='JID'/></reported>"
		"<item><field var='name'><value>Anna</value></field><field var='jid'>"
		"<value>an na%x@gw.lit</value></field></item>"
		"<item><field var='name'><value/></field><field var='jid'><value>gw.lit</value></field>"
		"</item></x>",
		table_write(parent_new(*state), table, "jabber:iq:search"));
	assert_string_equal(table_to_text(*state, table),
		"People\nName: Anna\nJID: xmpp:an%20na%25x@gw.lit\n\nJID: xmpp:gw.lit");
	gw_table_free(table);
	gw_table_free(NULL);
}

static void test_empty_table(void **state) {
	struct gw_table *table = gw_table_new(NULL, columns);
	assert_string_equal(table_to_text(*state, table), "There is nothing to show.");
	assert_xml("<x xmlns='" DATA "' type='result'><reported>"
		"<field var='name' type='text-single' label='Name'/>"
		"<field var='jid' type='jid-single' label='JID'/></reported></x>",
		table_write(parent_new(*state), table, NULL));
	gw_table_free(table);
}

/* A stanza that is too large would end the stream for everybody. */
static void test_large_table(void **state) {
	struct gw_table *table = gw_table_new("Users", columns);
	for (int i = 0; i < 5000; i++) {
		gw_table_add_row(table, (const char *const[]){ "&&&&&&&&&&", "somebody@gw.lit" });
	}
	struct xml_node *x = table_write(parent_new(*state), table, NULL);
	assert_true(strlen(xml_to_string(*state, x, NULL)) <= TABLE_MAX_BYTES + 1024);
	const char *title = xml_child_text(x, "title", NS_DATA_FORM);
	assert_non_null(strstr(title, "Users (the first "));
	assert_non_null(strstr(title, " of 5000)"));
	assert_true(strlen(table_to_text(*state, table)) <= TABLE_MAX_BYTES + 1024);
	gw_table_free(table);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_write_every_type),
		ARENA_TEST(test_presets_win_and_private_ones_stay),
		ARENA_TEST(test_checks),
		ARENA_TEST(test_no_submission),
		ARENA_TEST(test_repeated_field),
		ARENA_TEST(test_too_many_values),
		ARENA_TEST(test_too_many_fields_and_bytes),
		ARENA_TEST(test_read_any),
		ARENA_TEST(test_answers_written_are_read),
		ARENA_TEST(test_form_object),
		ARENA_TEST(test_defaults),
		ARENA_TEST(test_stored_form),
		ARENA_TEST(test_template_copy),
		ARENA_TEST(test_table),
		ARENA_TEST(test_empty_table),
		ARENA_TEST(test_large_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
