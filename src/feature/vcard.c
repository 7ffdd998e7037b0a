/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0054 and XEP-0292: the gateway's and contacts' profiles, as far as they are known. */
#include "codec/vcard.h"

#include "feature/features.h"
#include "gateway/avatar.h"
#include "gateway/contact.h"
#include "xml/ns.h"

static struct vcard profile_of(const struct incoming *in) {
	const struct gw_gateway *gateway = in->gateway;
	if (in->contact) {
		const char *name = in->contact->name ? in->contact->name : in->contact->id;
		return (struct vcard){ .full_name = name, .nickname = name };
	}
	return (struct vcard){
		.full_name = gateway_name(gateway),
		.nickname = gateway_name(gateway),
		.note = "A Gangway gateway. Write `help` to it.",
		.photo = gateway->avatar ? gateway->avatar->bytes : NULL,
		.photo_size = gateway->avatar ? gateway->avatar->size : 0,
		.photo_type = gateway->avatar ? gateway->avatar->type : NULL,
	};
}

static bool handle_temp(const struct incoming *in) {
	struct vcard vcard = profile_of(in);
	struct xml_node *result = iq_result(in->iq);
	vcard_write_temp(result, &vcard);
	iq_send(in->iq, result);
	return true;
}

static bool handle_4(const struct incoming *in) {
	struct vcard vcard = profile_of(in);
	struct xml_node *result = iq_result(in->iq);
	vcard_write_4(result, &vcard);
	iq_send(in->iq, result);
	return true;
}

/* Section 3.2: a profile is its owner's to change. */
static bool handle_set(const struct incoming *in) {
	iq_fail(in->iq, GW_FORBIDDEN, "Profiles on this network cannot be changed from here.");
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_VCARD_TEMP, "vCard", 0, handle_temp },
	{ IQ_GET, TO_GATEWAY, NS_VCARD4, "vcard", 0, handle_4 },
	{ IQ_GET, TO_CONTACT, NS_VCARD_TEMP, "vCard", NEEDS_USER, handle_temp },
	{ IQ_GET, TO_CONTACT, NS_VCARD4, "vcard", NEEDS_USER, handle_4 },
	{ IQ_SET, TO_GATEWAY | TO_CONTACT, NS_VCARD_TEMP, "vCard", 0, handle_set },
	{ IQ_SET, TO_GATEWAY | TO_CONTACT, NS_VCARD4, "vcard", 0, handle_set },
	{ 0 },
};

static const char *const disco[] = { NS_VCARD_TEMP, NS_VCARD4, NULL };

const struct feature feature_vcard = {
	.xep = "0054 0153 0292",
	.title = "vcard-temp and vCard4",
	.disco = disco,
	.contact_disco = disco,
	.routes = routes,
	.note = "The gateway's name and picture; contacts' names.",
};
