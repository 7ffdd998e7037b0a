/* SPDX-License-Identifier: MPL-2.0 */
/* Comparing trees for tests. */
#include "xml_compare.h"

#include "xml/parse.h"
#include "xml/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATH_BYTES = 512 };

struct place {
	char path[PATH_BYTES];
	struct strbuf *why;
};

static bool differs(const struct place *place, const char *format, ...) {
	if (place->why != NULL) {
		va_list args;
		va_start(args, format);
		strbuf_printf(place->why, "%s: ", place->path);
		strbuf_vprintf(place->why, format, args);
		va_end(args);
	}
	return false;
}

static bool is_unset(const char *text) {
	return text == NULL || *text == '\0';
}

static bool same_namespace(const char *a, const char *b) {
	return (is_unset(a) && is_unset(b)) || (!is_unset(a) && !is_unset(b) && strcmp(a, b) == 0);
}

static const struct xml_attr *find_attr(const struct xml_node *node, const struct xml_attr *like) {
	for (const struct xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
		if (strcmp(attr->name, like->name) == 0 && same_namespace(attr->ns, like->ns)) {
			return attr;
		}
	}
	return NULL;
}

static bool same_attributes(const struct xml_node *expected, const struct xml_node *actual,
		const struct place *place) {
	for (const struct xml_attr *attr = expected->attrs; attr != NULL; attr = attr->next) {
		const struct xml_attr *other = find_attr(actual, attr);
		if (other == NULL) {
			return differs(place, "attribute %s='%s' is missing", attr->name, attr->value);
		}
		if (strcmp(attr->value, "*") != 0 && strcmp(attr->value, other->value) != 0) {
			return differs(place, "attribute %s is '%s', not '%s'", attr->name, other->value,
					attr->value);
		}
	}
	for (const struct xml_attr *attr = actual->attrs; attr != NULL; attr = attr->next) {
		if (find_attr(expected, attr) == NULL) {
			return differs(place, "attribute %s='%s' was not expected", attr->name, attr->value);
		}
	}
	return true;
}

/* The text between the first and the last character that is not white space. */
static const char *stripped(struct arena *arena, const char *text) {
	text += strspn(text, " \t\r\n");
	size_t size = strlen(text);
	while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL) {
		size--;
	}
	return arena_strndup(arena, text, size);
}

static bool same_text(const struct xml_node *expected, const struct xml_node *actual,
		const struct place *place) {
	struct arena arena = { 0 };
	const char *wanted = xml_content(expected), *found = xml_content(actual);
	if (xml_first_element(expected) != NULL || xml_first_element(actual) != NULL) {
		wanted = stripped(&arena, wanted);
		found = stripped(&arena, found);
	}
	bool is_any = strcmp(wanted, "*") == 0 && *found != '\0';
	bool is_same = is_any || strcmp(wanted, found) == 0 ||
			differs(place, "text is '%s', not '%s'", found, wanted);
	arena_finish(&arena);
	return is_same;
}

static bool same_node(const struct xml_node *expected, const struct xml_node *actual,
		const struct place *parent) {
	struct place place = { .why = parent->why };
	snprintf(place.path, sizeof(place.path), "%.*s/%s", PATH_BYTES / 2, parent->path,
			expected->name);
	if (strcmp(expected->name, actual->name) != 0) {
		return differs(&place, "found <%s/>", actual->name);
	}
	if (!is_unset(expected->ns) && !same_namespace(expected->ns, actual->ns)) {
		return differs(&place, "namespace is '%s', not '%s'", actual->ns != NULL ? actual->ns : "",
				expected->ns);
	}
	if (!same_attributes(expected, actual, &place) || !same_text(expected, actual, &place)) {
		return false;
	}
	const struct xml_node *wanted = xml_first_element(expected), *found = xml_first_element(actual);
	for (; wanted != NULL && found != NULL;
			wanted = xml_next_element(wanted), found = xml_next_element(found)) {
		if (!same_node(wanted, found, &place)) {
			return false;
		}
	}
	if (wanted != NULL) {
		return differs(&place, "<%s/> is missing", wanted->name);
	}
	return found == NULL || differs(&place, "<%s/> was not expected", found->name);
}

bool xml_same(const struct xml_node *expected, const struct xml_node *actual, struct strbuf *why) {
	return same_node(expected, actual, &(struct place){ .why = why });
}

struct xml_node *xml_literal(struct arena *arena, const char *text) {
	const char *error = NULL;
	struct xml_node *node = xml_parse(arena, text, strlen(text), &error);
	if (node == NULL) {
		fail_msg("not well-formed: %s in %s", error, text);
	}
	return node;
}

void assert_xml_(const char *expected, const struct xml_node *actual, const char *file, int line) {
	struct arena arena = { 0 };
	struct strbuf why;
	strbuf_init(&why, STRBUF_UNLIMITED);
	if (!xml_same(xml_literal(&arena, expected), actual, &why)) {
		print_error("%s\nexpected %s\nfound    %s\n", why.bytes, expected,
				xml_to_string(&arena, actual, NULL));
		_fail(file, line);
	}
	strbuf_finish(&why);
	arena_finish(&arena);
}
