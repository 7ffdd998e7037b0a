/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0356: the server tells what it lets us do. What is done with it stands in gateway/privileges.h and roster.h. */
#include "feature/features.h"
#include "gateway/privileges.h"
#include "gateway/recovery.h"
#include "xml/ns.h"

/* Only a server speaks for its accounts, and only those whose accounts may register are of interest. */
static bool comes_from_server(const struct incoming *in) {
	const struct gw_jid *from = &in->stanza->from;
	return !from->local && !from->resource && gateway_allows_user(in->gateway,
			&(struct gw_jid){ .local = "anybody", .domain = from->domain });
}

static bool handle_advert(const struct incoming *in) {
	if (comes_from_server(in)) {
		privileges_set(in->gateway, in->stanza->from.domain, in->stanza->xml);
	}
	return true;
}

/* What the server forwards to us of a user's archive, as they would get it. */
static bool handle_forwarded(const struct incoming *in) {
	struct archive_result result;
	const struct xml_node *message = privilege_unwrap(in->stanza->xml, "message");
	return message && archive_result_read(message, &result) &&
			recovery_handle_result(in->gateway->recovery, in->stanza, &result);
}

static bool handle_privilege(const struct incoming *in) {
	return in->stanza->from.local ? handle_forwarded(in) : handle_advert(in);
}

static const struct route routes[] = {
	{ MESSAGE, TO_GATEWAY, NS_PRIVILEGE_2, "privilege", 0, handle_privilege },
	{ MESSAGE, TO_GATEWAY, NS_PRIVILEGE_1, "privilege", 0, handle_advert },
	{ 0 },
};

const struct feature feature_privilege = {
	.xep = "0356",
	.title = "Privileged Entity",
	.routes = routes,
	.note = "Contact list entries, and messages in users' names, where the server allows it; both namespaces.",
};
