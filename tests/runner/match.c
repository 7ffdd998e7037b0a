/* SPDX-License-Identifier: MPL-2.0 */
/* Comparing what was sent with what a scenario expects. */
#include "match.h"

#include "pattern.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 512 };

static const char NAME_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

struct matching {
	struct arena *arena;
	struct captures *captures;
	struct strbuf *why;
};

/* Where we are in the tree, for people. */
struct place {
	char path[PATH_BYTES];
};

static bool differs(struct matching *matching, const struct place *place, const char *format, ...) {
	if (matching->why != NULL) {
		va_list args;
		va_start(args, format);
		strbuf_clear(matching->why);
		strbuf_printf(matching->why, "%s: ", place->path);
		strbuf_vprintf(matching->why, format, args);
		va_end(args);
	}
	return false;
}

/* --- {name} --- */

/* The length of {name} at the start of the text; 0 when there is none. */
static size_t placeholder_size(const char *text) {
	size_t name_size = *text == '{' ? strspn(text + 1, NAME_CHARACTERS) : 0;
	return name_size > 0 && text[name_size + 1] == '}' ? name_size + 2 : 0;
}

static const char *captured(const struct captures *captures, const char *name, size_t size) {
	for (size_t i = 0; i < captures->count; i++) {
		const struct capture *one = &captures->items[i];
		if (strlen(one->name) == size && memcmp(one->name, name, size) == 0) {
			return one->value;
		}
	}
	return NULL;
}

const char *match_fill_in_text(struct arena *arena, const char *text, const struct captures *captures,
		const char **out_missing) {
	if (strchr(text, '{') == NULL) {
		return text;
	}
	struct strbuf filled;
	strbuf_init(&filled, STRBUF_UNLIMITED);
	while (*text != '\0') {
		size_t size = placeholder_size(text);
		const char *value = size > 0 ? captured(captures, text + 1, size - 2) : NULL;
		if (size > 0 && value == NULL) {
			*out_missing = arena_strndup(arena, text + 1, size - 2);
		}
		if (value != NULL) {
			strbuf_add_text(&filled, value);
			text += size;
		} else {
			strbuf_add_char(&filled, *text++);
		}
	}
	const char *result = arena_strdup(arena, filled.bytes);
	strbuf_finish(&filled);
	return result;
}

bool match_fill_in(struct arena *arena, struct xml_node *node, const struct captures *captures,
		const char **out_name) {
	const char *missing = NULL;
	if (node->name == NULL) {
		node->text = match_fill_in_text(arena, node->text, captures, &missing);
	}
	for (struct xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
		attr->value = match_fill_in_text(arena, attr->value, captures, &missing);
	}
	for (struct xml_node *child = node->first; child != NULL && missing == NULL; child = child->next) {
		match_fill_in(arena, child, captures, &missing);
	}
	if (missing != NULL) {
		*out_name = missing;
	}
	return missing == NULL;
}

/* --- Values --- */

static bool same_value(struct matching *matching, const char *expected, const char *actual) {
	const char *missing = NULL;
	const char *wanted = match_fill_in_text(matching->arena, expected, matching->captures, &missing);
	struct captures *captures = matching->captures;
	if (missing != NULL && placeholder_size(expected) == strlen(expected) && captures->count < CAPTURES_MAX) {
		captures->items[captures->count++] = (struct capture){
			.name = missing,
			.value = arena_strdup(matching->arena, actual),
		};
		return *actual != '\0';
	}
	return strcmp(wanted, "*") == 0 ? *actual != '\0' : glob_match(wanted, actual);
}

static bool same_namespace(const char *a, const char *b) {
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static const struct xml_attr *find_attr(const struct xml_node *node, const struct xml_attr *like) {
	for (const struct xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
		if (strcmp(attr->name, like->name) == 0 && same_namespace(attr->ns, like->ns)) {
			return attr;
		}
	}
	return NULL;
}

static bool same_attributes(struct matching *matching, const struct xml_node *expected, const struct xml_node *actual,
		const struct place *place, bool is_root) {
	for (const struct xml_attr *attr = expected->attrs; attr != NULL; attr = attr->next) {
		const struct xml_attr *other = find_attr(actual, attr);
		if (other == NULL) {
			return differs(matching, place, "the attribute %s='%s' is missing", attr->name, attr->value);
		}
		if (!same_value(matching, attr->value, other->value)) {
			return differs(matching, place, "%s is '%s', not '%s'", attr->name, other->value, attr->value);
		}
	}
	for (const struct xml_attr *attr = actual->attrs; attr != NULL; attr = attr->next) {
		bool is_free = is_root && attr->ns == NULL && strcmp(attr->name, "id") == 0;
		if (!is_free && find_attr(expected, attr) == NULL) {
			return differs(matching, place, "the attribute %s='%s' was not expected", attr->name, attr->value);
		}
	}
	return true;
}

/* --- Texts --- */

/* The text without the white space around it. */
static const char *stripped(struct arena *arena, const char *text) {
	text += strspn(text, " \t\r\n");
	size_t size = strlen(text);
	while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL) {
		size--;
	}
	return arena_strndup(arena, text, size);
}

static bool is_open(struct arena *arena, const struct xml_node *expected) {
	return strcmp(stripped(arena, xml_content(expected)), "...") == 0;
}

static bool same_text(struct matching *matching, const struct xml_node *expected, const struct xml_node *actual,
		const struct place *place) {
	const char *wanted = xml_content(expected), *found = xml_content(actual);
	if (xml_first_element(expected) != NULL || xml_first_element(actual) != NULL) {
		wanted = stripped(matching->arena, wanted);
		found = stripped(matching->arena, found);
	}
	return same_value(matching, wanted, found) ||
			differs(matching, place, "the text is “%s”, not “%s”", found, wanted);
}

/* --- Elements --- */

static bool same_node(struct matching *matching, const struct xml_node *expected, const struct xml_node *actual,
		const struct place *parent);

static bool same_children(struct matching *matching, const struct xml_node *expected, const struct xml_node *actual,
		const struct place *place) {
	const struct xml_node *wanted = xml_first_element(expected), *found = xml_first_element(actual);
	for (; wanted != NULL && found != NULL; wanted = xml_next_element(wanted), found = xml_next_element(found)) {
		if (!same_node(matching, wanted, found, place)) {
			return false;
		}
	}
	if (wanted != NULL) {
		return differs(matching, place, "<%s xmlns='%s'/> is missing", wanted->name, wanted->ns);
	}
	return found == NULL ||
			differs(matching, place, "<%s xmlns='%s'/> was not expected", found->name, found->ns);
}

/* Each of the expected children is there; one that is alone of its name tells best what is wrong with it. */
static bool has_children(struct matching *matching, const struct xml_node *expected, const struct xml_node *actual,
		const struct place *place) {
	for (const struct xml_node *wanted = xml_first_element(expected); wanted != NULL;
			wanted = xml_next_element(wanted)) {
		size_t candidates = 0;
		bool is_there = false;
		for (const struct xml_node *found = xml_find(actual, wanted->name, NULL); found != NULL && !is_there;
				found = xml_find_next(found, wanted->name, NULL)) {
			candidates++;
			is_there = same_node(matching, wanted, found, place);
		}
		if (!is_there && candidates == 1) {
			return false;
		}
		if (!is_there) {
			return differs(matching, place, "no <%s/> is like the one expected", wanted->name);
		}
	}
	return true;
}

static bool same_node(struct matching *matching, const struct xml_node *expected, const struct xml_node *actual,
		const struct place *parent) {
	size_t captured_before = matching->captures->count;
	struct place place;
	snprintf(place.path, sizeof(place.path), "%.*s/%s", PATH_BYTES / 2, parent->path, expected->name);
	bool is_same;
	if (strcmp(expected->name, actual->name) != 0) {
		is_same = differs(matching, &place, "found <%s/> in its place", actual->name);
	} else if (!same_namespace(expected->ns, actual->ns)) {
		is_same = differs(matching, &place, "the namespace is '%s', not '%s'", actual->ns, expected->ns);
	} else if (!same_attributes(matching, expected, actual, &place, *parent->path == '\0')) {
		is_same = false;
	} else if (is_open(matching->arena, expected)) {
		is_same = has_children(matching, expected, actual, &place);
	} else {
		is_same = same_text(matching, expected, actual, &place) &&
				same_children(matching, expected, actual, &place);
	}
	if (!is_same) {
		matching->captures->count = captured_before;
	}
	return is_same;
}

bool match_xml(struct arena *arena, const struct xml_node *expected, const struct xml_node *actual,
		struct captures *captures, struct strbuf *why) {
	struct matching matching = { .arena = arena, .captures = captures, .why = why };
	return same_node(&matching, expected, actual, &(struct place){ .path = "" });
}
