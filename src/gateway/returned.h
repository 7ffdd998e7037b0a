/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An error goes to the client that wrote the message, and servers drop it when that client is gone (RFC 6121 section
 * 8.5.3.2.3). What comes back late is then also told to the user, in a message that waits for them.
 */
#ifndef GATEWAY_RETURNED_H
#define GATEWAY_RETURNED_H

#include "gateway/gateway.h"
#include "xmpp/stanza.h"

/* The user's message, of that time, has been refused with these words. */
void returned_note(struct gw_session *session, struct stanza *message, int64_t written_at_ms, const char *why);

/* Whose clients are there is known again: what was noted meanwhile is told where it has to be. */
void returned_settled(struct gw_gateway *gateway);

/* The session ends: what is left is told now. */
void returned_close(struct gw_session *session);

#endif
