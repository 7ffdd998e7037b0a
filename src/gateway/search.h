/* SPDX-License-Identifier: MPL-2.0 */
/* Looking for people on the network: the one question behind XEP-0055, jabber:iq:gateway and the command `find` (row D3). */
#ifndef GATEWAY_SEARCH_H
#define GATEWAY_SEARCH_H

#include "gateway/gateway.h"

/*
 * The form is checked. The result has a table, or none when nobody was found. Ends with the scope, and with the session,
 * as cancelled.
 */
void search_ask(struct gw_session *session, struct gw_scope *scope, const struct gw_form *form,
		void (*found)(struct request_result *result, void *data), void *data);

#endif
