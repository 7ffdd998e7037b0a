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
		return outbox_has_room(gateway) && outbox_send_message(gateway, xml);
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
