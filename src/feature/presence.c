/* SPDX-License-Identifier: MPL-2.0 */
/* RFC 6121 sections 3 and 4: presence and subscriptions between the user and the gateway or its contacts. */
#include "codec/presence.h"
#include "feature/features.h"
#include "gateway/absence.h"
#include "gateway/contact.h"
#include "gateway/outbox.h"
#include "gateway/roster.h"

#include <string.h>

static void reply(const struct incoming *in, const char *type, const char *text) {
	outbox_presence(in->gateway, in->stanza->to.bare, in->stanza->from.bare, type, GW_SHOW_AVAILABLE, text);
}

/* --- The user's clients --- */

static bool handle_available(const struct incoming *in) {
	struct presence_content content;
	const char *resource = in->stanza->from.resource;
	if (!resource) {
		return true;
	}
	presence_content_read(in->stanza->xml, &content);
	unsigned before = in->session->resources.count;
	bool is_changed = resources_set(&in->session->resources, resource, content.show, content.status, content.priority);
	if (in->session->resources.count > before) {
		router_user_available(in->session, &content, in->stanza->from.full);
	}
	absence_user_is_there(in->session);
	if (is_changed) {
		session_user_changed(in->session);
	}
	return true;
}

/* Without a resource: the answer to a probe when no client is there at all (RFC 6121 section 4.3.2). */
static bool handle_unavailable(const struct incoming *in) {
	const char *resource = in->stanza->from.resource;
	struct resources *resources = &in->session->resources;
	bool is_changed = resource ? resources_remove(resources, resource) : resources->count > 0;
	if (!resource) {
		resources_finish(resources);
	}
	if (is_changed) {
		session_user_changed(in->session);
	}
	return true;
}

/* --- The gateway's own presence --- */

/* A stranger whose contact list still names us is told that nothing is here for them. */
static bool handle_gateway_probe(const struct incoming *in) {
	if (in->session) {
		session_send_status(in->session, in->stanza->from.full);
	} else {
		reply(in, "unsubscribed", NULL);
	}
	return true;
}

static bool handle_gateway_subscribe(const struct incoming *in) {
	reply(in, "subscribed", NULL);
	if (in->session) {
		session_send_status(in->session, NULL);
	}
	return true;
}

static bool handle_gateway_subscribed(const struct incoming *in) {
	roster_gateway_accepted(in->session);
	return true;
}

static bool handle_gateway_unsubscribed(const struct incoming *in) {
	roster_gateway_declined(in->session);
	return true;
}

/* --- Contacts --- */

static bool handle_contact_probe(const struct incoming *in) {
	if (in->contact->is_friend) {
		contact_send_presence(in->contact, in->stanza->from.full);
	} else {
		reply(in, "unsubscribed", NULL);
	}
	return true;
}

static bool handle_contact_subscribe(const struct incoming *in) {
	if (!in->contact->is_friend) {
		reply(in, "unsubscribed", NULL);
		return true;
	}
	reply(in, "subscribed", NULL);
	contact_chat_id(in->contact);
	contact_send_presence(in->contact, NULL);
	return true;
}

/* The user took the contact into the list, after we asked (E4). */
static bool handle_contact_subscribed(const struct incoming *in) {
	roster_accepted(in->contact);
	contact_send_presence(in->contact, NULL);
	return true;
}

static bool handle_contact_unsubscribe(const struct incoming *in) {
	reply(in, "unsubscribed", NULL);
	roster_declined(in->contact);
	return true;
}

static bool handle_contact_unsubscribed(const struct incoming *in) {
	roster_declined(in->contact);
	return true;
}

/* Clients' presence goes to each contact too: the gateway has heard it already. */
static bool ignore(const struct incoming *in) {
	(void)in;
	return true;
}

static const struct route routes[] = {
	{ PRESENCE, TO_GATEWAY, NULL, "available", NEEDS_USER, handle_available },
	{ PRESENCE, TO_GATEWAY, NULL, "unavailable", NEEDS_USER, handle_unavailable },
	{ PRESENCE, TO_GATEWAY, NULL, "probe", 0, handle_gateway_probe },
	{ PRESENCE, TO_GATEWAY, NULL, "subscribe", 0, handle_gateway_subscribe },
	{ PRESENCE, TO_GATEWAY, NULL, "subscribed", NEEDS_USER, handle_gateway_subscribed },
	{ PRESENCE, TO_GATEWAY, NULL, "unsubscribed", NEEDS_USER, handle_gateway_unsubscribed },
	{ PRESENCE, TO_CONTACT, NULL, "available", NEEDS_USER, ignore },
	{ PRESENCE, TO_CONTACT, NULL, "unavailable", NEEDS_USER, ignore },
	{ PRESENCE, TO_CONTACT, NULL, "probe", NEEDS_USER, handle_contact_probe },
	{ PRESENCE, TO_CONTACT, NULL, "subscribe", NEEDS_USER, handle_contact_subscribe },
	{ PRESENCE, TO_CONTACT, NULL, "subscribed", NEEDS_USER, handle_contact_subscribed },
	{ PRESENCE, TO_CONTACT, NULL, "unsubscribe", NEEDS_USER, handle_contact_unsubscribe },
	{ PRESENCE, TO_CONTACT, NULL, "unsubscribed", NEEDS_USER, handle_contact_unsubscribed },
	{ 0 },
};

const struct feature feature_presence = {
	.xep = "0100",
	.title = "Gateway Interaction (presence)",
	.routes = routes,
};
