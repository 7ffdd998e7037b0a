/* SPDX-License-Identifier: MPL-2.0 */
/* Questions in a user's name, where their server lets us ask them (XEP-0356 section 5, row A12). */
#ifndef GATEWAY_PRIVILEGED_IQ_H
#define GATEWAY_PRIVILEGED_IQ_H

#include "gateway/gateway.h"

/*
 * Begins one of type "get" or "set" to this address, for the account with this bare address: the node that is returned
 * gets the payload, then privileged_iq_ask() it.
 */
struct xml_node *privileged_iq_new(struct gw_gateway *gateway, struct arena *arena, const char *type, const char *user,
		const char *to);

/*
 * As ask_send(), with the answer unwrapped: a refusal of whoever was asked is one of ours, and an answer that comes as it
 * stands is taken, too. False: the server does not allow such questions, and no callback comes.
 */
bool privileged_iq_ask(struct gw_gateway *gateway, struct gw_scope *scope, struct xml_node *iq, int64_t timeout_ms,
		void (*answered)(const struct ask_result *result, void *data), void *data);

#endif
