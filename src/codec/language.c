/* SPDX-License-Identifier: MPL-2.0 */
/* Choosing among languages. */
#include "codec/language.h"

#include "xml/ns.h"

#include <string.h>

const char *language_of(const struct xml_node *node) {
	for (const struct xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
		if (attr->ns != NULL && strcmp(attr->ns, NS_XML) == 0 && strcmp(attr->name, "lang") == 0) {
			return attr->value;
		}
	}
	return NULL;
}

const char *text_for_everybody(const struct xml_node *stanza, const char *name) {
	const char *first = NULL;
	for (const struct xml_node *node = xml_find(stanza, name, stanza->ns); node != NULL;
			node = xml_find_next(node, name, stanza->ns)) {
		if (language_of(node) == NULL) {
			return xml_content(node);
		}
		if (first == NULL) {
			first = xml_content(node);
		}
	}
	return first;
}
