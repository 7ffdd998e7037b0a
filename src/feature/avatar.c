/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0084, XEP-0172 and the part of XEP-0163 that they need: the gateway's picture and name as personal events, told to
 * clients that wish so and given to whoever asks.
 */
#include "codec/avatar.h"

#include "codec/pubsub.h"
#include "feature/features.h"
#include "gateway/avatar.h"
#include "gateway/client_caps.h"
#include "gateway/outbox.h"
#include "xml/ns.h"

#include <string.h>

static void write_metadata(struct xml_node *item, const struct avatar *avatar) {
	avatar_write_metadata(item, &(struct avatar_info){
		.id = avatar->id,
		.type = avatar->type,
		.bytes = avatar->size,
		.width = avatar->width,
		.height = avatar->height,
	});
}

static void write_nick(struct xml_node *item, const struct gw_gateway *gateway) {
	xml_add_text(item, "nick", NS_NICK, gateway_name(gateway));
}

/* --- Told --- */

static struct xml_node *event(struct gw_gateway *gateway, struct arena *arena, const char *to) {
	return stanza_make(arena, "message", "headline", gateway->jid.bare, to, NULL);
}

static void tell(struct gw_session *session, const char *full_jid, unsigned wishes) {
	struct gw_gateway *gateway = session->gateway;
	struct arena arena = { 0 };
	if ((wishes & WISH_AVATAR) && gateway->avatar) {
		struct xml_node *message = event(gateway, &arena, full_jid);
		write_metadata(pubsub_write_event(message, NS_AVATAR_METADATA, gateway->avatar->id), gateway->avatar);
		outbox_send_transient(gateway, message);
	}
	if (wishes & WISH_NICK) {
		struct xml_node *message = event(gateway, &arena, full_jid);
		write_nick(pubsub_write_event(message, NS_NICK, "current"), gateway);
		outbox_send_transient(gateway, message);
	}
	arena_finish(&arena);
}

static void handle_user_available(struct gw_session *session, const struct presence_content *presence,
		const char *full_jid) {
	client_caps_ask(session, full_jid, presence->caps_node, presence->caps_ver, tell);
}

/* --- Asked --- */

/* The one item that a node of ours has; NULL when the node has none. */
static const char *item_of(const struct gw_gateway *gateway, const char *node) {
	if (strcmp(node, NS_NICK) == 0) {
		return "current";
	}
	bool is_avatar = strcmp(node, NS_AVATAR_METADATA) == 0 || strcmp(node, NS_AVATAR_DATA) == 0;
	return is_avatar && gateway->avatar ? gateway->avatar->id : NULL;
}

static bool is_wanted(const struct pubsub_request *request, const char *item) {
	for (size_t i = 0; i < request->item_count; i++) {
		if (strcmp(request->item_ids[i], item) == 0) {
			return true;
		}
	}
	return request->item_count == 0;
}

static bool handle_items(const struct incoming *in) {
	struct gw_gateway *gateway = in->gateway;
	struct pubsub_request request;
	if (!pubsub_read_request(in->payload, &request) || !request.node) {
		iq_fail(in->iq, GW_FEATURE_NOT_IMPLEMENTED, NULL);
		return true;
	}
	const char *id = item_of(gateway, request.node);
	if (!id || !is_wanted(&request, id)) {
		iq_fail(in->iq, GW_ITEM_NOT_FOUND, NULL);
		return true;
	}
	struct xml_node *result = iq_result(in->iq);
	struct xml_node *item = pubsub_add_item(pubsub_write_items(result, request.node), id);
	if (strcmp(request.node, NS_NICK) == 0) {
		write_nick(item, gateway);
	} else if (strcmp(request.node, NS_AVATAR_METADATA) == 0) {
		write_metadata(item, gateway->avatar);
	} else {
		avatar_write_data(item, gateway->avatar->bytes, gateway->avatar->size);
	}
	iq_send(in->iq, result);
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_PUBSUB, "pubsub", 0, handle_items },
	{ 0 },
};

static const struct feature_identity identities[] = { { "pubsub", "pep" }, { 0 } };

static const char *const disco[] = {
	"http://jabber.org/protocol/pubsub#retrieve-items", "http://jabber.org/protocol/pubsub#persistent-items", NULL,
};

const struct feature feature_avatar = {
	.xep = "0084 0163 0172",
	.title = "User Avatar and Nickname of the gateway",
	.disco = disco,
	.identities = identities,
	.routes = routes,
	.on_user_available = handle_user_available,
	.note = "Of the gateway itself. Clients that want to be notified are; there is nothing to subscribe to.",
};
