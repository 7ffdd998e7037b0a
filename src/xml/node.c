/* SPDX-License-Identifier: MPL-2.0 */
/* Trees: building them and looking things up. */
#include "xml/node.h"

#include "util/text.h"
#include "xml/ns.h"

#include <assert.h>
#include <string.h>

static bool is_same(const char *a, const char *b) {
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static struct xml_node *node_new(struct arena *arena) {
	struct xml_node *node = arena_new(arena, sizeof(*node));
	node->arena = arena;
	return node;
}

static void link_child(struct xml_node *parent, struct xml_node *child) {
	child->parent = parent;
	if (parent->last != NULL) {
		parent->last->next = child;
	} else {
		parent->first = child;
	}
	parent->last = child;
}

struct xml_node *xml_new(struct arena *arena, const char *name, const char *ns) {
	struct xml_node *node = node_new(arena);
	node->name = name;
	node->ns = ns;
	return node;
}

struct xml_node *xml_add(struct xml_node *parent, const char *name, const char *ns) {
	struct xml_node *child = xml_new(parent->arena, name, ns != NULL ? ns : parent->ns);
	link_child(parent, child);
	return child;
}

/* The place that points to the attribute, or the place where it is to be added. */
static struct xml_attr **find_attr(struct xml_node *node, const char *name, const char *ns) {
	struct xml_attr **place = &node->attrs;
	while (*place != NULL && !(strcmp((*place)->name, name) == 0 && is_same((*place)->ns, ns))) {
		place = &(*place)->next;
	}
	return place;
}

static void set_attr(struct xml_node *node, const char *name, const char *ns, const char *value) {
	if (value == NULL) {
		return;
	}
	struct xml_attr **place = find_attr(node, name, ns);
	if (*place == NULL) {
		struct xml_attr *attr = arena_new(node->arena, sizeof(*attr));
		attr->name = name;
		attr->ns = ns;
		*place = attr;
	}
	(*place)->value = arena_strdup(node->arena, value);
}

void xml_set(struct xml_node *node, const char *name, const char *value) {
	set_attr(node, name, NULL, value);
}

void xml_set_lang(struct xml_node *node, const char *language) {
	set_attr(node, "lang", NS_XML, language);
}

void xml_set_integer(struct xml_node *node, const char *name, long long value) {
	char text[TEXT_INTEGER_SIZE];
	text_write_integer(text, value);
	set_attr(node, name, NULL, text);
}

/* The text is in the node's arena already. */
static void link_text(struct xml_node *node, const char *text) {
	if (*text != '\0') {
		struct xml_node *child = node_new(node->arena);
		child->text = text;
		link_child(node, child);
	}
}

const char XML_WRITTEN[] = "written";

void xml_add_written(struct xml_node *parent, const char *xml) {
	link_text(parent, xml);
	parent->last->ns = XML_WRITTEN;
}

struct xml_node *xml_text(struct xml_node *node, const char *text) {
	if (text != NULL) {
		link_text(node, arena_strdup(node->arena, text));
	}
	return node;
}

void xml_printf(struct xml_node *node, const char *format, ...) {
	va_list args;
	va_start(args, format);
	link_text(node, arena_vprintf(node->arena, format, args));
	va_end(args);
}

void xml_add_text(struct xml_node *parent, const char *name, const char *ns, const char *text) {
	if (text != NULL) {
		xml_text(xml_add(parent, name, ns), text);
	}
}

/* What was built without a namespace before it had a parent gets the parent's. */
static void inherit_ns(struct xml_node *node, const char *ns) {
	if (node->name == NULL || node->ns != NULL) {
		return;
	}
	node->ns = ns;
	for (struct xml_node *child = node->first; child != NULL; child = child->next) {
		inherit_ns(child, ns);
	}
}

void xml_append(struct xml_node *parent, struct xml_node *child) {
	assert(child->parent == NULL && child->next == NULL);
	inherit_ns(child, parent->ns);
	link_child(parent, child);
}

static const char *copy_ns(struct arena *arena, const char *ns, const struct xml_node *parent) {
	if (ns == NULL || (parent != NULL && is_same(ns, parent->ns))) {
		return ns == NULL ? NULL : parent->ns;
	}
	const char *known = ns_find(ns);
	return known != NULL ? known : arena_strdup(arena, ns);
}

static struct xml_node *copy_below(struct arena *arena, const struct xml_node *node,
		struct xml_node *parent) {
	struct xml_node *copy = node_new(arena);
	copy->name = arena_strdup(arena, node->name);
	copy->text = arena_strdup(arena, node->text);
	copy->ns = copy_ns(arena, node->ns, parent);
	struct xml_attr **place = &copy->attrs;
	for (const struct xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
		*place = arena_new(arena, sizeof(**place));
		(*place)->name = arena_strdup(arena, attr->name);
		(*place)->ns = copy_ns(arena, attr->ns, NULL);
		(*place)->value = arena_strdup(arena, attr->value);
		place = &(*place)->next;
	}
	for (const struct xml_node *child = node->first; child != NULL; child = child->next) {
		link_child(copy, copy_below(arena, child, copy));
	}
	return copy;
}

struct xml_node *xml_copy(struct arena *arena, const struct xml_node *node) {
	return copy_below(arena, node, NULL);
}

void xml_remove(struct xml_node *child) {
	struct xml_node *parent = child->parent, *before = NULL;
	if (parent == NULL) {
		return;
	}
	if (parent->first == child) {
		parent->first = child->next;
	} else {
		for (before = parent->first; before->next != child; before = before->next) {
		}
		before->next = child->next;
	}
	if (parent->last == child) {
		parent->last = before;
	}
	child->parent = child->next = NULL;
}

bool xml_is(const struct xml_node *node, const char *name, const char *ns) {
	return node->name != NULL && (name == NULL || strcmp(node->name, name) == 0)
			&& (ns == NULL || is_same(node->ns, ns));
}

static struct xml_node *find_from(struct xml_node *node, const char *name, const char *ns) {
	while (node != NULL && !xml_is(node, name, ns)) {
		node = node->next;
	}
	return node;
}

struct xml_node *xml_find(const struct xml_node *parent, const char *name, const char *ns) {
	return find_from(parent->first, name, ns);
}

struct xml_node *xml_find_next(const struct xml_node *sibling, const char *name, const char *ns) {
	return find_from(sibling->next, name, ns);
}

struct xml_node *xml_first_element(const struct xml_node *parent) {
	return find_from(parent->first, NULL, NULL);
}

struct xml_node *xml_next_element(const struct xml_node *sibling) {
	return find_from(sibling->next, NULL, NULL);
}

const char *xml_get(const struct xml_node *node, const char *attr) {
	return xml_get_in(node, attr, NULL);
}

const char *xml_get_in(const struct xml_node *node, const char *attr, const char *ns) {
	for (const struct xml_attr *a = node->attrs; a != NULL; a = a->next) {
		if (strcmp(a->name, attr) == 0 && is_same(a->ns, ns)) {
			return a->value;
		}
	}
	return NULL;
}

const char *xml_content(const struct xml_node *node) {
	const char *only = "";
	size_t pieces = 0, size = 0;
	for (const struct xml_node *child = node->first; child != NULL; child = child->next) {
		if (child->name == NULL) {
			only = child->text;
			size += strlen(child->text);
			pieces++;
		}
	}
	if (pieces <= 1) {
		return only;
	}
	char *content = arena_alloc(node->arena, size + 1), *end = content;
	for (const struct xml_node *child = node->first; child != NULL; child = child->next) {
		if (child->name == NULL) {
			end = stpcpy(end, child->text);
		}
	}
	return content;
}

const char *xml_child_text(const struct xml_node *parent, const char *name, const char *ns) {
	const struct xml_node *child = xml_find(parent, name, ns);
	return child != NULL ? xml_content(child) : NULL;
}
