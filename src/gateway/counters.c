/* SPDX-License-Identifier: MPL-2.0 */
/* The account of messages: what went in, and what came of it. */
#include "gateway/gateway.h"

uint64_t counters_under_way(const struct gw_gateway *gateway) {
	uint64_t count = 0;
	for (const struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		count += session->delivery_count;
	}
	return count;
}

uint64_t counters_lost(const struct gw_gateway *gateway) {
	const struct counters *counters = &gateway->counters;
	return counters->lost + counters->taken - counters->arrived - counters->returned - counters->left -
			counters_under_way(gateway);
}
