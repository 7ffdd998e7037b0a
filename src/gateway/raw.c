/* SPDX-License-Identifier: MPL-2.0 */
/* Low-level access for modules: stanzas as they stand. */
#include "gateway/gateway.h"
#include "gateway/outbox.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xml/parse.h"
#include "xmpp/jid.h"

#include <string.h>

static bool is_stanza_name(const char *name) {
	return strcmp(name, "message") == 0 || strcmp(name, "presence") == 0 || strcmp(name, "iq") == 0;
}

/* The sender must be one of ours: a server ends the stream of a component that speaks for others. */
static const char *problem_of(struct gw_gateway *gateway, struct arena *arena, struct xml_node *xml) {
	struct gw_jid from, to;
	if (xml->ns != NS_COMPONENT || !is_stanza_name(xml->name)) {
		return "it is not a message, presence or iq";
	}
	const char *sender = xml_get(xml, "from");
	if (!sender) {
		xml_set(xml, "from", gateway->jid.bare);
	} else if (!jid_parse(arena, sender, &from) || strcmp(from.domain, gateway->jid.domain) != 0) {
		return "its sender is not an address of this gateway";
	}
	if (!xml_get(xml, "to") || !jid_parse(arena, xml_get(xml, "to"), &to)) {
		return "it has no proper recipient";
	}
	return NULL;
}

/* What has to arrive is journalled as everything of its kind is. */
static bool send_by_kind(struct gw_gateway *gateway, const struct xml_node *xml) {
	if (strcmp(xml->name, "message") == 0) {
		return gw_gateway_has_room(gateway) && outbox_send_message(gateway, xml);
	} else if (strcmp(xml->name, "presence") == 0) {
		outbox_send_presence(gateway, xml);
		return true;
	}
	return component_send(gateway->component, xml);
}

bool gw_gateway_send_stanza(struct gw_gateway *gateway, const char *text) {
	struct arena arena = { 0 };
	const char *problem = NULL;
	struct xml_node *xml = xml_parse(&arena, text, strlen(text), &problem);
	if (xml) {
		stanza_adopt(xml);
		problem = problem_of(gateway, &arena, xml);
	}
	if (problem) {
		gw_log_error(&gateway->log, "the module's stanza was not sent: %s", problem);
	}
	bool is_sent = !problem && send_by_kind(gateway, xml);
	arena_finish(&arena);
	return is_sent;
}

static bool is_presence_type(const char *type) {
	static const char *const types[] = { "unavailable", "probe", "subscribe", "subscribed", "unsubscribe", "unsubscribed" };
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (strcmp(type, types[i]) == 0) {
			return true;
		}
	}
	return false;
}

bool gw_gateway_send_presence(struct gw_gateway *gateway, const char *local, const char *to, const char *type,
		enum gw_show show, const char *text) {
	struct arena arena = { 0 };
	struct gw_jid recipient;
	const char *prepared = local ? jid_prepare_local(&arena, local) : NULL;
	const char *problem = NULL;
	if (local && !prepared) {
		problem = "its sender cannot be an address";
	} else if (!to || !jid_parse(&arena, to, &recipient)) {
		problem = "it has no proper recipient";
	} else if (type && !is_presence_type(type)) {
		problem = "there is no such type";
	}
	if (problem) {
		gw_log_error(&gateway->log, "the module's presence was not sent: %s", problem);
	} else {
		const char *from = prepared ? arena_printf(&arena, "%s@%s", prepared, gateway->jid.domain) : NULL;
		outbox_presence(gateway, from, recipient.full, type, show, text);
	}
	arena_finish(&arena);
	return !problem;
}
