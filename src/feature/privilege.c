/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0356: the server tells what it lets us do. What is done with it stands in gateway/privileges.h and roster.h. */
#include "feature/features.h"
#include "gateway/privileges.h"
#include "xml/ns.h"

/* Only a server speaks for its accounts, and only those whose accounts may register are of interest. */
static bool comes_from_server(const struct incoming *in) {
	const struct gw_jid *from = &in->stanza->from;
	return !from->local && !from->resource && gateway_allows_user(in->gateway,
			&(struct gw_jid){ .local = "anybody", .domain = from->domain });
}

static bool handle_advert(const struct incoming *in) {
	if (in->stanza->from.local) {
		return false; /* an answer that the server forwards */
	}
	if (comes_from_server(in)) {
		privileges_set(in->gateway, in->stanza->from.domain, in->stanza->xml);
	}
	return true;
}

static const struct route routes[] = {
	{ MESSAGE, TO_GATEWAY, NS_PRIVILEGE_2, "privilege", 0, handle_advert },
	{ MESSAGE, TO_GATEWAY, NS_PRIVILEGE_1, "privilege", 0, handle_advert },
	{ 0 },
};

const struct feature feature_privilege = {
	.xep = "0356",
	.title = "Privileged Entity",
	.routes = routes,
	.note = "Contact list entries, messages and questions in users' names, where the server allows it; both namespaces.",
};
