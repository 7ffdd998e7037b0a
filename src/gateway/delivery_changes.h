/* SPDX-License-Identifier: MPL-2.0 */
/* What is about another message, on its way: about which, and which ones corrections and retractions have to wait for. */
#ifndef GATEWAY_DELIVERY_CHANGES_H
#define GATEWAY_DELIVERY_CHANGES_H

#include "gateway/deliveries.h"

/*
 * What the network calls the message that it changes or takes back; NULL: none, or it has no id for it. Settled, and stored,
 * when it is handed over first: the user's client may give that message's id to another one before it is handed over again.
 */
const char *delivery_target(struct delivery *delivery);

/* The same of what it replies to, be it whose it may: that need not be confirmed, and is settled when the module is asked. */
const char *delivery_replies_to(struct delivery *delivery);

/*
 * Does it change or take back one that the network has not confirmed, or that is just being changed? The id of that is not
 * known yet, or may become another one. Of those before it in its session; all, when it is not there yet.
 */
bool delivery_changes_unconfirmed(const struct gw_session *session, struct gw_contact *contact, struct stanza *stanza);

#endif
