/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Presences have no place in the journal's window, and one network could change them faster than the server takes them. So
 * while much waits to be written they are only marked as news, and when there is room the latest of each is told: users in
 * turns, so that nobody's contacts keep those of others waiting.
 */
#ifndef GATEWAY_NEWS_H
#define GATEWAY_NEWS_H

#include "gateway/gateway.h"

/* Is this no time for the session's presences? Never when it or the gateway is on its way out: it would be too late. */
bool news_have_to_wait(const struct gw_session *session);

/* Its status (is_status_news) or a contact's presence (is_news) waits to be told. */
void news_add(struct gw_session *session);

/* The gateway stops: what waits is told now. */
void news_tell_all(struct gw_gateway *gateway);

/* The session has closed. */
void news_forget(struct gw_session *session);

#endif
