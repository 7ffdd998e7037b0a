/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The one way out for stanzas to users: everything that a user would miss passes here (a journal will stand here), and
 * nothing above writes to the component by itself. Answers to IQs go back by their iq.
 */
#ifndef GATEWAY_OUTBOX_H
#define GATEWAY_OUTBOX_H

#include "gateway/gateway.h"

/* A message: kept while the link to the server is away. False: not accepted. */
bool outbox_send_message(struct gw_gateway *gateway, const struct xml_node *message);

/*
 * A presence: the latest counts; dropped while the link is away, since all presences are sent anew when it is back.
 * Subscriptions are kept.
 */
void outbox_send_presence(struct gw_gateway *gateway, const struct xml_node *presence);

/* Presence in one call. from NULL: the component; type NULL: available. */
void outbox_presence(struct gw_gateway *gateway, const char *from, const char *to, const char *type,
		enum gw_show show, const char *text);

#endif
