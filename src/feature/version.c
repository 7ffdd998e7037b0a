/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0092 and XEP-0232: which program this is, asked for and in the answer to service discovery. The operating system
 * is nobody's business.
 */
#include "feature/software.h"

#include "codec/form.h"
#include "feature/features.h"
#include "util/arena.h"
#include "version.h"
#include "xml/ns.h"

static const char *name_of(struct arena *arena, const struct gw_gateway *gateway) {
	return arena_printf(arena, "Gangway (%s)", gateway_name(gateway));
}

static const char *version_of(struct arena *arena, const struct gw_gateway *gateway) {
	const char *module = gateway->module->version;
	return module ? arena_printf(arena, "%s, module %s", GANGWAY_VERSION, module) : GANGWAY_VERSION;
}

struct xml_node *version_write_form(struct arena *arena, const struct gw_gateway *gateway) {
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "software", name_of(arena, gateway));
	gw_form_set(form, "software_version", version_of(arena, gateway));
	struct xml_node *parent = xml_new(arena, "query", NS_DISCO_INFO);
	struct xml_node *x = form_write_answers(parent, "result", "urn:xmpp:dataforms:softwareinfo", form);
	xml_remove(x);
	gw_form_free(form);
	return x;
}

static bool handle_version(const struct incoming *in) {
	struct xml_node *result = iq_result(in->iq);
	struct xml_node *query = xml_add(result, "query", NS_VERSION);
	xml_add_text(query, "name", NULL, name_of(iq_arena(in->iq), in->gateway));
	xml_add_text(query, "version", NULL, version_of(iq_arena(in->iq), in->gateway));
	iq_send(in->iq, result);
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_VERSION, "query", 0, handle_version },
	{ 0 },
};

static const char *const disco[] = { NS_VERSION, NULL };

const struct feature feature_version = {
	.xep = "0092 0232",
	.title = "Software Version and Software Information",
	.disco = disco,
	.routes = routes,
	.note = "The operating system is not told.",
};
