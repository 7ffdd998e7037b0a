/* SPDX-License-Identifier: MPL-2.0 */
/* The comparison that other tests trust. */
#include "xml_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena_test.h"

static const struct {
	const char *expected, *actual;
	const char *why; /* NULL: the same */
} cases[] = {
	{ "<a x='1' y='2'/>", "<a y='2' x='1'></a>", NULL },
	{ "<a xmlns='urn:a'><b/></a>", "<p:a xmlns:p='urn:a'><p:b/></p:a>", NULL },
	{ "<a/>", "<a xmlns='urn:a'/>", NULL },
	{ "<a x='*'/>", "<a x='anything'/>", NULL },
	{ "<a>*</a>", "<a>anything</a>", NULL },
	{ "<a>\n  <b/>\n  <c/>\n</a>", "<a><b/><c/></a>", NULL },
	{ "<a> text <b/></a>", "<a>text<b/></a>", NULL },
	{ "<a>x<![CDATA[<]]>y</a>", "<a>x&lt;y</a>", NULL },
	{ "<a/>", "<b/>", "/a: found <b/>" },
	{ "<a xmlns='urn:a'/>", "<a xmlns='urn:b'/>", "/a: namespace is 'urn:b', not 'urn:a'" },
	{ "<a xmlns='urn:a'/>", "<a/>", "/a: namespace is '', not 'urn:a'" },
	{ "<a x='1'/>", "<a/>", "/a: attribute x='1' is missing" },
	{ "<a x='*'/>", "<a/>", "/a: attribute x='*' is missing" },
	{ "<a/>", "<a x='1'/>", "/a: attribute x='1' was not expected" },
	{ "<a x='1'/>", "<a x='2'/>", "/a: attribute x is '2', not '1'" },
	{ "<a xml:lang='en'/>", "<a lang='en'/>", "/a: attribute lang='en' is missing" },
	{ "<a>x</a>", "<a>y</a>", "/a: text is 'y', not 'x'" },
	{ "<a>*</a>", "<a/>", "/a: text is '', not '*'" },
	{ "<a> x</a>", "<a>x</a>", "/a: text is 'x', not ' x'" },
	{ "<a><b/><c/></a>", "<a><c/><b/></a>", "/a/b: found <c/>" },
	{ "<a><b/><c/></a>", "<a><b/></a>", "/a: <c/> is missing" },
	{ "<a><b/></a>", "<a><b/><c/></a>", "/a: <c/> was not expected" },
	{ "<a><b><c>1</c></b></a>", "<a><b><c>2</c></b></a>", "/a/b/c: text is '2', not '1'" },
};

static void test_cases(void **state) {
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct strbuf why;
		strbuf_init(&why, STRBUF_UNLIMITED);
		struct xml_node *expected = xml_literal(*state, cases[i].expected),
			*actual = xml_literal(*state, cases[i].actual);
		bool is_same = xml_same(expected, actual, &why);
		assert_string_equal(why.bytes, cases[i].why != NULL ? cases[i].why : "");
		assert_int_equal(is_same, cases[i].why == NULL);
		assert_int_equal(xml_same(expected, actual, NULL), is_same);
		strbuf_finish(&why);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = { ARENA_TEST(test_cases) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
