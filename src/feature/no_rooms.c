/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0045: there are no rooms here. Whoever takes an address for one is told so, instead of waiting for an answer. */
#include "feature/features.h"
#include "gateway/outbox.h"
#include "xml/ns.h"

/* <presence to='room@component/nick'><x xmlns='http://jabber.org/protocol/muc'/></presence> */
static bool handle_join(const struct incoming *in) {
	struct stanza *stanza = in->stanza;
	if (!xml_find(stanza->xml, "x", NS_MUC)) {
		return false;
	}
	struct xml_node *error = stanza_reply(stanza, "error");
	if (in->session) {
		stanza_add_error(error, GW_FEATURE_NOT_IMPLEMENTED, "There are no rooms on this gateway.");
	} else {
		stanza_add_error(error, GW_REGISTRATION_REQUIRED, NULL);
	}
	outbox_send_presence(in->gateway, error);
	return true;
}

static bool handle_administration(const struct incoming *in) {
	iq_fail(in->iq, GW_BAD_REQUEST, "This is the gateway's address, not a room's.");
	return true;
}

static const struct route routes[] = {
	{ PRESENCE, TO_CONTACT, NULL, "available", 0, handle_join },
	{ IQ_GET, TO_GATEWAY, NS_MUC_ADMIN, "query", 0, handle_administration },
	{ IQ_SET, TO_GATEWAY, NS_MUC_ADMIN, "query", 0, handle_administration },
	{ IQ_GET, TO_GATEWAY, NS_MUC_OWNER, "query", 0, handle_administration },
	{ IQ_SET, TO_GATEWAY, NS_MUC_OWNER, "query", 0, handle_administration },
	{ 0 },
};

/* Nothing that could be advertised: no XEP. */
const struct feature feature_no_rooms = {
	.title = "No rooms",
	.routes = routes,
};
