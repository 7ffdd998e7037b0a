/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Is this the stanza that the scenario expects? By structure: prefixes, the order of attributes and the layout between
 * elements do not matter, the order of children does. In what is expected
 *
 *	*        in a value or text stands for any text; alone it wants some
 *	{name}   alone captures the value at its first sight; from then on, anywhere, it is what was captured
 *	...      among the children: these children have to be there, in any order, and others may be too
 *
 * and an `id` that the outermost element does not mention may be any or none.
 */
#ifndef RUNNER_MATCH_H
#define RUNNER_MATCH_H

#include "util/strbuf.h"
#include "xml/node.h"

enum { CAPTURES_MAX = 32 };

/* Strings live in the arena of the case. */
struct captures {
	struct capture {
		const char *name, *value;
	} items[CAPTURES_MAX];
	size_t count;
};

/*
 * On false `why` (may be NULL) says where and what, and nothing is captured. What is captured is copied into the arena.
 */
bool match_xml(struct arena *arena, const struct xml_node *expected, const struct xml_node *actual,
		struct captures *captures, struct strbuf *why);

/* Puts what was captured in the place of each {name}, in values and texts. False: *out_name was not captured yet. */
bool match_fill_in(struct arena *arena, struct xml_node *node, const struct captures *captures, const char **out_name);

/* The same for a text. */
const char *match_fill_in_text(struct arena *arena, const char *text, const struct captures *captures,
		const char **out_missing);

#endif
