/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0333: the user has read what a contact wrote (rows G16, H6). */
#include "feature/features.h"
#include "gateway/contact.h"
#include "gateway/marks.h"
#include "gateway/message_ids.h"
#include "xml/ns.h"

#include <string.h>

static void mark_one(const char *remote_id, void *data) {
	struct gw_contact *contact = data;
	marks_put(contact, MARK_OWN_DISPLAYED, remote_id); /* which the network may play back */
	contact->session->gateway->module->on_displayed(&contact->chat, remote_id);
}

static bool handle_displayed(const struct incoming *in) {
	const char *id = xml_get(in->payload, "id");
	if (!id || in->session->state != SESSION_LOGGED_IN) {
		return true;
	}
	const char *target = message_ids_find_target(in->contact, in->stanza->arena, id);
	const char *remote_id = target ? target : id; /* one of long ago, of which it says that it was read, too */
	if (in->gateway->module->mark_all_messages) {
		store_unread_take(in->gateway->store, contact_chat_id(in->contact), remote_id, mark_one, in->contact);
	} else {
		mark_one(remote_id, in->contact);
	}
	return true;
}

static bool has_on_displayed(const struct gw_gateway *gateway) {
	return gateway->module->on_displayed != NULL;
}

static const struct route routes[] = {
	{ MESSAGE, TO_CONTACT, NS_CHAT_MARKERS, "displayed", NEEDS_USER, handle_displayed },
	{ 0 },
};

static const char *const disco[] = { NS_CHAT_MARKERS, NULL };

const struct feature feature_chat_markers = {
	.xep = "0333",
	.title = "Displayed Markers",
	.contact_disco = disco,
	.routes = routes,
	.available = has_on_displayed,
};
