/* SPDX-License-Identifier: MPL-2.0 */
/* Stanzas: taking one in, and making answers (RFC 6120 section 8). */
#include "xmpp/stanza.h"

#include "util/mem.h"
#include "xml/ns.h"
#include "xmpp/condition.h"
#include "xmpp/jid.h"

#include <assert.h>
#include <string.h>

static bool read_kind(const struct xml_node *xml, enum stanza_kind *out_kind) {
	static const char *const names[] = {
		[STANZA_MESSAGE] = "message", [STANZA_PRESENCE] = "presence", [STANZA_IQ] = "iq",
	};
	if (xml->ns != NS_COMPONENT && xml->ns != NS_CLIENT) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (strcmp(xml->name, names[i]) == 0) {
			*out_kind = (enum stanza_kind)i;
			return true;
		}
	}
	return false;
}

static const char *fill_in(struct stanza *stanza) {
	if (!read_kind(stanza->xml, &stanza->kind)) {
		return "not a stanza";
	}
	for (const struct xml_attr *attr = stanza->xml->attrs; attr; attr = attr->next) {
		if (attr->ns) {
			continue;
		}
		if (strcmp(attr->name, "id") == 0) {
			stanza->id = attr->value;
		} else if (strcmp(attr->name, "type") == 0) {
			stanza->type = attr->value;
		} else if (strcmp(attr->name, "from") == 0) {
			if (!jid_parse(stanza->arena, attr->value, &stanza->from)) {
				return "malformed sender";
			}
		} else if (strcmp(attr->name, "to") == 0) {
			if (!jid_parse(stanza->arena, attr->value, &stanza->to)) {
				return "malformed recipient";
			}
		}
	}
	return stanza->from.full && stanza->to.full ? NULL : "no addresses";
}

void stanza_adopt(struct xml_node *xml) {
	if (!xml->name || (xml->ns && *xml->ns && xml->ns != NS_CLIENT && xml->ns != NS_COMPONENT)) {
		return;
	}
	xml->ns = NS_COMPONENT;
	for (struct xml_node *child = xml->first; child; child = child->next) {
		stanza_adopt(child);
	}
}

struct stanza *stanza_new(struct arena *arena, struct xml_node *xml, const char **out_problem) {
	struct stanza *stanza = arena_new(arena, sizeof(*stanza));
	stanza->references = 1;
	stanza->arena = arena;
	stanza->xml = xml;
	const char *problem = fill_in(stanza);
	if (problem) {
		*out_problem = problem;
		return NULL;
	}
	return stanza;
}

struct stanza *stanza_ref(struct stanza *stanza) {
	stanza->references++;
	return stanza;
}

void stanza_unref(struct stanza *stanza) {
	if (!stanza || --stanza->references > 0) {
		return;
	}
	arena_finish(stanza->arena);
}

bool stanza_is_error(const struct stanza *stanza) {
	return stanza->type && strcmp(stanza->type, "error") == 0;
}

bool stanza_is_answer(const struct stanza *stanza) {
	return stanza->kind == STANZA_IQ && stanza->type &&
			(strcmp(stanza->type, "result") == 0 || strcmp(stanza->type, "error") == 0);
}

struct xml_node *stanza_make(struct arena *arena, const char *name, const char *type, const char *from,
		const char *to, const char *id) {
	struct xml_node *xml = xml_new(arena, name, NS_COMPONENT);
	xml_set(xml, "type", type);
	xml_set(xml, "from", from);
	xml_set(xml, "to", to);
	xml_set(xml, "id", id);
	return xml;
}

struct xml_node *stanza_reply(struct stanza *stanza, const char *type) {
	return stanza_make(stanza->arena, stanza->xml->name, type, stanza->to.full, stanza->from.full, stanza->id);
}

void stanza_add_error(struct xml_node *stanza, enum gw_condition condition, const char *text) {
	assert(condition != GW_OK);
	struct xml_node *error = xml_add(stanza, "error", NULL);
	xml_set(error, "type", condition_type(condition));
	xml_add(error, gw_condition_name(condition), NS_STANZAS);
	xml_add_text(error, "text", NS_STANZAS, text ? text : condition_text(condition));
}

enum gw_condition stanza_read_error(const struct xml_node *stanza, const char **out_text) {
	const struct xml_node *error = xml_find(stanza, "error", NULL);
	enum gw_condition condition = GW_UNDEFINED_CONDITION;
	*out_text = NULL;
	for (const struct xml_node *child = error ? xml_first_element(error) : NULL; child;
			child = xml_next_element(child)) {
		if (child->ns != NS_STANZAS) {
			continue;
		}
		if (strcmp(child->name, "text") == 0) {
			*out_text = xml_content(child);
		} else {
			condition = condition_find(child->name);
		}
	}
	return condition;
}
