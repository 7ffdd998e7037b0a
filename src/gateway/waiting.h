/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Messages that wait for the network: until the session is logged in or, when the module could not send one, until the next
 * login or for a while. As long as that lasts each has a time limit, the one that the user prefers.
 */
#ifndef GATEWAY_WAITING_H
#define GATEWAY_WAITING_H

#include "gateway/deliveries.h"

/* The network takes the session's messages now. */
bool waiting_is_over(const struct gw_session *session);

/* How long the user wants messages to be kept. */
int64_t waiting_max_ms(struct gw_session *session);

/* This one waits, with a time limit if it has to have one. */
void waiting_limit(struct delivery *delivery);

#endif
