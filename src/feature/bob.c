/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0231: clients ask for the pictures that we named in messages and forms. */
#include "codec/bob.h"

#include "feature/features.h"
#include "gateway/bob.h"
#include "xml/ns.h"

static bool handle_request(const struct incoming *in) {
	const char *cid = bob_read_cid(in->payload);
	struct bob bob;
	if (!cid || !bobs_find(in->gateway->bobs, cid, &bob)) {
		iq_fail(in->iq, GW_ITEM_NOT_FOUND, NULL);
		return true;
	}
	struct xml_node *result = iq_result(in->iq);
	bob_write(result, cid, bob.type, bob.bytes, bob.size, BOB_MAX_AGE_S);
	iq_send(in->iq, result);
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY | TO_CONTACT, NS_BOB, "data", 0, handle_request },
	{ 0 },
};

static const char *const disco[] = { NS_BOB, NULL };

const struct feature feature_bob = {
	.xep = "0231",
	.title = "Bits of Binary",
	.disco = disco,
	.routes = routes,
	.note = "QR codes, when the server offers no upload.",
};
