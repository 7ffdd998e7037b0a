/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What users' clients want to be told, by their entity capabilities (XEP-0115): each kind of client is asked once, not
 * each client. Only the notifications that we can send are remembered.
 */
#ifndef GATEWAY_CLIENT_CAPS_H
#define GATEWAY_CLIENT_CAPS_H

#include "gateway/gateway.h"

struct client_caps;

enum client_wish {
	WISH_AVATAR = 1, /* urn:xmpp:avatar:metadata+notify */
	WISH_NICK = 2,   /* http://jabber.org/protocol/nick+notify */
};

struct client_caps *client_caps_new(struct gw_gateway *gateway);
void client_caps_free(struct client_caps *caps);

/*
 * A client's presence told these caps (NULL: none): calls back, perhaps from inside, with what it wishes, unless it
 * wishes nothing, or does not say, or names its kind at greater length than any client does (500 bytes).
 */
void client_caps_ask(struct gw_session *session, const char *full_jid, const char *node, const char *ver,
		void (*learned)(struct gw_session *session, const char *full_jid, unsigned wishes));

/* Who was being asked when the link broke is asked again. */
void client_caps_link_is_ready(struct client_caps *caps);

#endif
