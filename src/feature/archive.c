/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0313: what the server forwards to us of users' archives that we asked. Who asks, and why: gateway/recovery.h. */
#include "codec/privilege.h"
#include "feature/features.h"
#include "gateway/recovery.h"
#include "xml/ns.h"

static bool handle_forwarded(const struct incoming *in) {
	struct archive_result result;
	const struct xml_node *message = privilege_unwrap(in->stanza->xml, "message");
	if (message && archive_result_read(message, &result)) {
		recovery_handle_result(in->gateway->recovery, in->stanza, &result);
	}
	return true;
}

static const struct route routes[] = {
	{ MESSAGE, TO_GATEWAY, NS_PRIVILEGE_2, "privilege", 0, handle_forwarded },
	{ 0 },
};

const struct feature feature_archive = {
	.xep = "0313 0441",
	.title = "Message Archive Management, of users",
	.routes = routes,
	.note = "Asked after a lost link for messages that did not come, and whether all is kept, where the server allows it.",
};
