/* SPDX-License-Identifier: MPL-2.0 */
/* The one way out for messages and presences. */
#include "gateway/outbox.h"

#include "codec/presence.h"
#include "gateway/avatar.h"
#include "gateway/caps.h"
#include "util/arena.h"

bool outbox_send_message(struct gw_gateway *gateway, const struct xml_node *message) {
	return component_send(gateway->component, message);
}

void outbox_send_presence(struct gw_gateway *gateway, const struct xml_node *presence) {
	component_send(gateway->component, presence);
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
