/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0030 and XEP-0115: what the gateway and its contacts are and can do, derived from the feature tables alone. Nodes
 * that are not ours belong to features that stand before this one in features.c.
 */
#include "codec/disco.h"

#include "feature/features.h"
#include "gateway/caps.h"
#include "gateway/contact.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <string.h>

/* No node, or the node of our caps (XEP-0115 section 6.2). */
static bool is_about_us(const char *node, const char *caps_ver) {
	size_t length = strlen(CAPS_NODE);
	return !node || (strncmp(node, CAPS_NODE, length) == 0 && node[length] == '#' &&
			strcmp(node + length + 1, caps_ver) == 0);
}

static bool handle_gateway_info(const struct incoming *in) {
	const char *node = xml_get(in->payload, "node");
	if (!is_about_us(node, in->gateway->caps_ver)) {
		iq_fail(in->iq, GW_ITEM_NOT_FOUND, NULL);
		return true;
	}
	struct xml_node *result = iq_result(in->iq);
	if (node) {
		disco_info_write(result, router_gateway_info(in->gateway), node);
	} else {
		xml_add_written(result, router_gateway_info_xml(in->gateway));
	}
	iq_send(in->iq, result);
	return true;
}

static bool handle_gateway_items(const struct incoming *in) {
	const char *node = xml_get(in->payload, "node");
	if (node) {
		iq_fail(in->iq, GW_ITEM_NOT_FOUND, NULL);
		return true;
	}
	if (!in->session) {
		iq_fail(in->iq, GW_REGISTRATION_REQUIRED, NULL);
		return true;
	}
	struct xml_node *result = iq_result(in->iq);
	xml_add(result, "query", NS_DISCO_ITEMS);
	iq_send(in->iq, result);
	return true;
}

/* The account (bare address) and the client that it seems to use (row R3, R4). */
static bool handle_contact_info(const struct incoming *in) {
	const char *node = xml_get(in->payload, "node");
	struct xml_node *result = iq_result(in->iq);
	if (in->stanza->to.resource) {
		if (!is_about_us(node, in->gateway->contact_caps_ver) ||
				strcmp(in->stanza->to.resource, CONTACT_RESOURCE) != 0) {
			iq_fail(in->iq, GW_ITEM_NOT_FOUND, NULL);
			return true;
		}
		disco_info_write(result, router_contact_info(in->gateway), node);
	} else if (node) {
		iq_fail(in->iq, GW_ITEM_NOT_FOUND, NULL);
		return true;
	} else {
		struct disco_info info = { 0 };
		const char *name = in->contact->name;
		disco_add_identity(&info, "account", "registered", name ? name : gateway_name(in->gateway));
		disco_add_feature(&info, NS_DISCO_INFO);
		disco_info_write(result, &info, NULL);
	}
	iq_send(in->iq, result);
	return true;
}

static bool handle_contact_items(const struct incoming *in) {
	struct xml_node *result = iq_result(in->iq);
	xml_set(xml_add(result, "query", NS_DISCO_ITEMS), "node", xml_get(in->payload, "node"));
	iq_send(in->iq, result);
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_DISCO_INFO, "query", 0, handle_gateway_info },
	{ IQ_GET, TO_GATEWAY, NS_DISCO_ITEMS, "query", 0, handle_gateway_items },
	{ IQ_GET, TO_CONTACT, NS_DISCO_INFO, "query", NEEDS_USER, handle_contact_info },
	{ IQ_GET, TO_CONTACT, NS_DISCO_ITEMS, "query", NEEDS_USER, handle_contact_items },
	{ 0 },
};

static const char *const disco[] = { NS_DISCO_INFO, NS_DISCO_ITEMS, NS_CAPS, NULL };
static const char *const contact_disco[] = { NS_DISCO_INFO, NS_CAPS, NULL };

const struct feature feature_disco = {
	.xep = "0030 0115",
	.title = "Service Discovery and Entity Capabilities",
	.disco = disco,
	.contact_disco = contact_disco,
	.routes = routes,
};
