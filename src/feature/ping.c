/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0199: are you there? Yes. */
#include "feature/features.h"
#include "xml/ns.h"

static bool handle_ping(const struct incoming *in) {
	iq_ok(in->iq);
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_PING, "ping", 0, handle_ping },
	{ IQ_GET, TO_CONTACT, NS_PING, "ping", NEEDS_USER, handle_ping },
	{ 0 },
};

static const char *const disco[] = { NS_PING, NULL };

const struct feature feature_ping = {
	.xep = "0199",
	.title = "XMPP Ping",
	.disco = disco,
	.contact_disco = disco,
	.routes = routes,
};
