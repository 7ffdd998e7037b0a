/* SPDX-License-Identifier: MPL-2.0 */
/* The one way out for messages and presences: which of them have to arrive, and which only count now. */
#include "gateway/outbox.h"

#include "codec/presence.h"
#include "gateway/arrivals.h"
#include "gateway/avatar.h"
#include "gateway/caps.h"
#include "gateway/journal.h"
#include "gateway/session.h"
#include "gateway/share.h"
#include "util/arena.h"
#include "util/digest.h"
#include "util/mem.h"

#include <string.h>

bool outbox_send_message(struct gw_gateway *gateway, const struct xml_node *message) {
	return journal_add(gateway->journal, message);
}

bool outbox_send_from_network(struct gw_session *session, const struct xml_node *message) {
	struct journal *journal = session->gateway->journal;
	uint64_t before = journal_end(journal);
	bool is_accepted = journal_add(journal, message);
	if (is_accepted) {
		share_add(session, (size_t)(journal_end(journal) - before));
	}
	return is_accepted;
}

void outbox_send_receipt(struct gw_gateway *gateway, const struct xml_node *receipt) {
	journal_add_answer(gateway->journal, receipt);
}

void outbox_refuse(struct gw_gateway *gateway, struct stanza *message, enum gw_condition condition, const char *text) {
	struct xml_node *error = stanza_reply(message, "error");
	stanza_add_error(error, condition, text);
	arrivals_refused(gateway->arrivals, message);
	journal_add_answer(gateway->journal, error);
}

#define TRANSIENT "transient-"

bool outbox_send_transient(struct gw_gateway *gateway, struct xml_node *message) {
	xml_set(message, "id", arena_printf(message->arena, TRANSIENT "%s", digest_random_id(message->arena)));
	return journal_is_direct(gateway->journal) && component_send(gateway->component, message);
}

bool outbox_is_transient(const char *id) {
	return id && strncmp(id, TRANSIENT, strlen(TRANSIENT)) == 0;
}

static bool is_subscription(const struct xml_node *presence) {
	static const char *const types[] = { "subscribe", "subscribed", "unsubscribe", "unsubscribed" };
	const char *type = xml_get(presence, "type");
	for (size_t i = 0; type && i < ARRAY_LENGTH(types); i++) {
		if (strcmp(type, types[i]) == 0) {
			return true;
		}
	}
	return false;
}

void outbox_send_presence(struct gw_gateway *gateway, const struct xml_node *presence) {
	if (is_subscription(presence)) {
		journal_add(gateway->journal, presence);
	} else {
		component_send(gateway->component, presence);
	}
}

void outbox_presence(struct gw_gateway *gateway, const char *from, const char *to, const char *type,
		enum gw_show show, const char *text) {
	struct arena arena = { 0 };
	struct xml_node *presence = stanza_make(&arena, "presence", type ? type : show == GW_SHOW_OFFLINE ?
			"unavailable" : NULL, from ? from : gateway->jid.bare, to, NULL);
	bool is_ours = !from && !type && show != GW_SHOW_OFFLINE;
	presence_content_write(presence, &(struct presence_content){
		.show = show,
		.status = text,
		.caps_node = is_ours ? CAPS_NODE : NULL,
		.caps_ver = gateway->caps_ver,
		.photo = is_ours && gateway->avatar ? gateway->avatar->id : NULL,
	});
	outbox_send_presence(gateway, presence);
	arena_finish(&arena);
}
