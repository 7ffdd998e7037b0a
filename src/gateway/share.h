/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One user's share of what waits for the XMPP server, so that a network which pours out everything at once to one of them
 * costs the others neither time nor room. The user's own connections are not read while more than that waits; nothing is
 * refused, for what was read has no other place to go.
 *
 * While the server is there, what a user's network says is to wait no longer than the journal's window takes: 1 MiB is
 * theirs. While it is away nobody is in a hurry, and the question is who may fill the journal: as much as is left is theirs,
 * or their even part of the whole where that is more. So one of many takes at most half of it, two of them a third each.
 */
#ifndef GATEWAY_SHARE_H
#define GATEWAY_SHARE_H

#include "gateway/gateway.h"

/* The module has handed over so many bytes for this user, which are in the journal now. */
void share_add(struct gw_session *session, size_t bytes);

/* The server has taken something, or the link came or went: whose connections may be read again? */
void shares_update(struct gw_gateway *gateway);

/* The session closes. */
void share_close(struct gw_session *session);

#endif
