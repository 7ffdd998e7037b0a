/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0092: which program this is. The operating system is nobody's business. */
#include "feature/features.h"
#include "util/arena.h"
#include "version.h"
#include "xml/ns.h"

static bool handle_version(const struct incoming *in) {
	const struct gw_module *module = in->gateway->module;
	struct xml_node *result = iq_result(in->iq);
	struct xml_node *query = xml_add(result, "query", NS_VERSION);
	xml_add_text(query, "name", NULL, arena_printf(iq_arena(in->iq), "Gangway (%s)", gateway_name(in->gateway)));
	xml_add_text(query, "version", NULL, module->version ? arena_printf(iq_arena(in->iq), "%s, module %s",
			GANGWAY_VERSION, module->version) : GANGWAY_VERSION);
	iq_send(in->iq, result);
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_VERSION, "query", 0, handle_version },
	{ 0 },
};

static const char *const disco[] = { NS_VERSION, NULL };

const struct feature feature_version = {
	.xep = "0092",
	.title = "Software Version",
	.disco = disco,
	.routes = routes,
	.note = "The operating system is not told.",
};
