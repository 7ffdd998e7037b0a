/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Is this the XML that was expected? By structure: prefixes and the order of attributes do not
 * matter.
 */
#ifndef TESTS_XML_COMPARE_H
#define TESTS_XML_COMPARE_H

#include "util/strbuf.h"
#include "xml/node.h"

/*
 * `*` as an expected attribute value or text matches any, but one has to be there. An expected
 * element without a namespace matches any namespace, so that stanzas need none. Children must match
 * in order. White space around the children of an element is layout; in an element without children
 * it is text. On false `why` (may be NULL) says where and what.
 */
bool xml_same(const struct xml_node *expected, const struct xml_node *actual, struct strbuf *why);

/* Fails the running cmocka test, with both sides, unless `actual` is what the expected XML says. */
void assert_xml_(const char *expected, const struct xml_node *actual, const char *file, int line);
#define assert_xml(expected, actual) assert_xml_(expected, actual, __FILE__, __LINE__)

/* Parses a literal; a mistake in it fails the test. */
struct xml_node *xml_literal(struct arena *arena, const char *text);

#endif
