/* SPDX-License-Identifier: MPL-2.0 */
/* Writing trees for people. */
#include "pretty.h"

#include "xml/write.h"

#include <string.h>

static const char WHITE_SPACE[] = " \t\r\n";

static void write_start(struct strbuf *out, const struct xml_node *node, const char *default_ns) {
	strbuf_printf(out, "<%s", node->name);
	if (node->ns != NULL && (default_ns == NULL || strcmp(node->ns, default_ns) != 0)) {
		strbuf_printf(out, " xmlns='%s'", node->ns);
	}
	for (const struct xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
		strbuf_printf(out, " %s%s='", attr->ns != NULL ? "xml:" : "", attr->name);
		xml_write_escaped(out, attr->value);
		strbuf_add_text(out, "'");
	}
}

static bool is_blank(const char *text) {
	return text[strspn(text, WHITE_SPACE)] == '\0';
}

/* Between elements the white space around a text is layout. */
static void write_stripped(struct strbuf *out, const char *text) {
	struct arena arena = { 0 };
	text += strspn(text, WHITE_SPACE);
	size_t size = strlen(text);
	while (size > 0 && strchr(WHITE_SPACE, text[size - 1]) != NULL) {
		size--;
	}
	xml_write_escaped(out, arena_strndup(&arena, text, size));
	arena_finish(&arena);
}

static void write_node(struct strbuf *out, const struct xml_node *node, const char *default_ns, const char *prefix,
		unsigned depth);

static void write_children(struct strbuf *out, const struct xml_node *node, const char *prefix, unsigned depth) {
	strbuf_add_text(out, ">\n");
	for (const struct xml_node *child = node->first; child != NULL; child = child->next) {
		if (child->name != NULL) {
			write_node(out, child, node->ns, prefix, depth + 1);
		} else if (!is_blank(child->text)) {
			strbuf_printf(out, "%s%*s", prefix, (int)(2 * depth + 2), "");
			write_stripped(out, child->text);
			strbuf_add_text(out, "\n");
		}
	}
	strbuf_printf(out, "%s%*s</%s>\n", prefix, (int)(2 * depth), "", node->name);
}

static void write_node(struct strbuf *out, const struct xml_node *node, const char *default_ns, const char *prefix,
		unsigned depth) {
	strbuf_printf(out, "%s%*s", prefix, (int)(2 * depth), "");
	write_start(out, node, default_ns);
	if (node->first == NULL) {
		strbuf_add_text(out, "/>\n");
	} else if (xml_first_element(node) == NULL) {
		strbuf_add_text(out, ">");
		xml_write_escaped(out, xml_content(node));
		strbuf_printf(out, "</%s>\n", node->name);
	} else {
		write_children(out, node, prefix, depth);
	}
}

void pretty_write(struct strbuf *out, const struct xml_node *node, const char *default_ns, const char *prefix) {
	write_node(out, node, default_ns, prefix, 0);
}
