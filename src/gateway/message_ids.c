/* SPDX-License-Identifier: MPL-2.0 */
/* Ids of messages, per chat. */
#include "gateway/message_ids.h"

#include "gateway/gateway.h"

void message_ids_put(struct gw_contact *contact, const char *xmpp_id, const char *remote_id) {
	struct gw_gateway *gateway = contact->session->gateway;
	store_message_id_put(gateway->store, contact_chat_id(contact), xmpp_id, remote_id, gw_time_ms(gateway->loop));
}

const char *message_ids_to_xmpp(struct gw_contact *contact, struct arena *arena, const char *remote_id) {
	struct store *store = contact->session->gateway->store;
	const char *xmpp_id = contact->chat_id ?
			store_message_xmpp_id(store, arena, contact->chat_id, remote_id) : NULL;
	return xmpp_id ? xmpp_id : remote_id;
}

const char *message_ids_to_remote(struct gw_contact *contact, struct arena *arena, const char *xmpp_id) {
	struct store *store = contact->session->gateway->store;
	const char *remote_id = contact->chat_id ?
			store_message_remote_id(store, arena, contact->chat_id, xmpp_id) : NULL;
	return remote_id ? remote_id : xmpp_id;
}
