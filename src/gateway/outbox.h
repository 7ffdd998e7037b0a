/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The one way out for stanzas to users: everything that a user would miss passes here and through the journal, and nothing
 * above writes to the component by itself. Answers to IQs go back by their iq.
 */
#ifndef GATEWAY_OUTBOX_H
#define GATEWAY_OUTBOX_H

#include "gateway/gateway.h"

/* A message that has to arrive: journalled. False: not accepted, because it is too big or there is no room. */
bool outbox_send_message(struct gw_gateway *gateway, const struct xml_node *message);

/* The same for what a user's network says: it counts as that user's share (share.h). */
bool outbox_send_from_network(struct gw_session *session, const struct xml_node *message);

/* A receipt for a user's message, for which there is always room, as for the error of outbox_refuse(). */
void outbox_send_receipt(struct gw_gateway *gateway, const struct xml_node *receipt);

/* The message goes back to the user, and why: whoever sends it once more means it. The text is borrowed; NULL: the usual. */
void outbox_refuse(struct gw_gateway *gateway, struct stanza *message, enum gw_condition condition, const char *text);

/*
 * A message that only counts now, typing for one: false when it cannot leave at once. It gets an id by which it is known when
 * a server sends it back: no loss, then.
 */
bool outbox_send_transient(struct gw_gateway *gateway, struct xml_node *message);
bool outbox_is_transient(const char *id);

/*
 * A presence: the latest counts; dropped while the link is away, since all presences are sent anew when it is back.
 * Subscriptions are journalled.
 */
void outbox_send_presence(struct gw_gateway *gateway, const struct xml_node *presence);

/* Presence in one call. from NULL: the component; type NULL: available. */
void outbox_presence(struct gw_gateway *gateway, const char *from, const char *to, const char *type,
		enum gw_show show, const char *text);

#endif
