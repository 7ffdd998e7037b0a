/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One stanza as a tree, all of it in one arena. Looking up is by name *and* namespace; building reads like the XML:
 *
 *	struct xml_node *query = xml_add(iq, "query", NS_REGISTER);
 *	xml_text(xml_add(query, "instructions", NULL), module->registration_instructions);
 *
 * Names and namespaces given to the builders are borrowed for as long as the arena lives (literals and ns.h as a rule);
 * values and texts are copied. A NULL value or text adds nothing.
 */
#ifndef XML_NODE_H
#define XML_NODE_H

#include "util/arena.h"

#include <stdbool.h>

struct xml_attr {
	struct xml_attr *next;
	const char *name;
	const char *ns; /* NULL for the usual unprefixed attribute; "xml" namespace for xml:lang */
	const char *value;
};

struct xml_node {
	const char *name; /* NULL: this is character data */
	/*
	 * Interned: the constants of ns.h compare equal by pointer when the parser knows them. "" for an element that is in
	 * no namespace; NULL only for one that was built without and has no parent yet.
	 */
	const char *ns;
	const char *text; /* the character data when name is NULL */
	struct xml_attr *attrs;
	struct xml_node *parent, *first, *last, *next;
	struct arena *arena;
};

/* Building. A NULL ns is the parent's. */
struct xml_node *xml_new(struct arena *arena, const char *name, const char *ns);
struct xml_node *xml_add(struct xml_node *parent, const char *name, const char *ns);
void xml_set(struct xml_node *node, const char *name, const char *value);
void xml_set_lang(struct xml_node *node, const char *language);
void xml_set_integer(struct xml_node *node, const char *name, long long value);
struct xml_node *xml_text(struct xml_node *node, const char *text); /* returns node */
void xml_printf(struct xml_node *node, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* <name>text</name> below the parent; nothing when the text is NULL. */
void xml_add_text(struct xml_node *parent, const char *name, const char *ns, const char *text);

/*
 * XML that has been written already (xml_to_string() with the parent's namespace as default): goes out as it stands. For
 * answers that never change. Borrowed for as long as the arena lives.
 */
void xml_add_written(struct xml_node *parent, const char *xml);

/* The ns of such a node, which has no name. */
extern const char XML_WRITTEN[];

/* Moves a node that has no parent below another; both must be in the same arena, or the child's must live as long. */
void xml_append(struct xml_node *parent, struct xml_node *child);

/* A deep copy, names and namespaces too. */
struct xml_node *xml_copy(struct arena *arena, const struct xml_node *node);

/* Takes a child out of its parent. */
void xml_remove(struct xml_node *child);

/* Looking up. A NULL name or ns matches any. */
bool xml_is(const struct xml_node *node, const char *name, const char *ns);
struct xml_node *xml_find(const struct xml_node *parent, const char *name, const char *ns);
struct xml_node *xml_find_next(const struct xml_node *sibling, const char *name, const char *ns);
const char *xml_get(const struct xml_node *node, const char *attr); /* NULL when absent */
const char *xml_get_in(const struct xml_node *node, const char *attr, const char *ns); /* rdf:about */

/* All character data directly below, "" when there is none. Borrowed from the arena; no copy when it is one piece. */
const char *xml_content(const struct xml_node *node);

/* The content of a child, NULL when there is no such child. */
const char *xml_child_text(const struct xml_node *parent, const char *name, const char *ns);

/* The first and next child that is an element. */
struct xml_node *xml_first_element(const struct xml_node *parent);
struct xml_node *xml_next_element(const struct xml_node *sibling);

#endif
