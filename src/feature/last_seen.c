/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0319: contacts tell when they were last seen (rows F4, S5); gateway/contact.c does it, here it is advertised. */
#include "feature/features.h"
#include "xml/ns.h"

static bool tells_last_seen(const struct gw_gateway *gateway) {
	return gateway->module->tells_last_seen;
}

/* The specification has no feature to look for; Conversations wants to see its namespace before it shows anything. */
static const char *const disco[] = { NS_IDLE, NULL };

const struct feature feature_last_seen = {
	.xep = "0319",
	.title = "Last User Interaction in Presence",
	.contact_disco = disco,
	.available = tells_last_seen,
	.note = "Of contacts, also when they are not available (with XEP-0203 then). In words with last-seen-fallback.",
};
