/* SPDX-License-Identifier: MPL-2.0 */
/* What time it is for a server (XEP-0202): its archives go by it, and our own clock may differ. */
#ifndef GATEWAY_SERVER_TIME_H
#define GATEWAY_SERVER_TIME_H

#include "gateway/gateway.h"

/*
 * Asks this domain. time_ms is 0 when there was no answer; our own clock's when the server does not know the question. Comes
 * exactly once, never from inside the call.
 */
void server_time_ask(struct gw_gateway *gateway, const char *domain, void (*answered)(int64_t time_ms, void *data),
		void *data);

#endif
