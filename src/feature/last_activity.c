/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0012: asked of a component, for how long it has been running (section 5). */
#include "feature/features.h"
#include "xml/ns.h"

static bool handle_last(const struct incoming *in) {
	struct xml_node *result = iq_result(in->iq);
	int64_t up_ms = gw_time_ms(in->gateway->loop) - in->gateway->started_at_ms;
	xml_set_integer(xml_add(result, "query", NS_LAST_ACTIVITY), "seconds", up_ms > 0 ? up_ms / 1000 : 0);
	iq_send(in->iq, result);
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_LAST_ACTIVITY, "query", 0, handle_last },
	{ 0 },
};

static const char *const disco[] = { NS_LAST_ACTIVITY, NULL };

const struct feature feature_last_activity = {
	.xep = "0012",
	.title = "Last Activity",
	.disco = disco,
	.routes = routes,
	.note = "The gateway's uptime.",
};
