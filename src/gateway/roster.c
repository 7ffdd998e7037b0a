/* SPDX-License-Identifier: MPL-2.0 */
/* Contact list entries: written where we may, asked for where we may not. */
#include "gateway/roster.h"

#include "codec/roster.h"
#include "gateway/gateway.h"
#include "gateway/outbox.h"
#include "gateway/privileges.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xmpp/ask.h"
#include "xmpp/jid.h"

#include <stdlib.h>
#include <string.h>

/* One write under way: what it is about is looked up again when the answer is there. */
struct push {
	struct gw_session *session;
	char *local; /* of the contact; "": of nobody we know; NULL: the gateway itself */
	bool is_removal;
};

struct sync {
	struct gw_session *session;
	void (*synced)(const struct roster_sync_result *result, void *data);
	void *data;
};

static void pushed(const struct ask_result *result, void *data);
static void fetched(const struct ask_result *result, void *data);

static bool may_set(const struct gw_session *session) {
	const struct gw_gateway *gateway = session->gateway;
	return !gateway->options->no_roster_push && privileges_may_set_roster(gateway, session->jid.domain);
}

/* Shape S-25: a roster set to the account, from us (XEP-0356 section 4.2). */
static void send_push(struct gw_session *session, const struct roster_item *item, const char *local) {
	struct gw_gateway *gateway = session->gateway;
	struct arena arena = { 0 };
	struct xml_node *iq = stanza_make(&arena, "iq", "set", gateway->jid.bare, session->jid.bare, NULL);
	roster_write(iq, item);
	struct push *push = mem_new(sizeof(*push));
	push->session = session;
	push->local = mem_strdup(local);
	push->is_removal = strcmp(item->subscription, "remove") == 0;
	ask_send(gateway->asks, &session->scope, iq, ASK_TIMEOUT_MS, pushed, push);
	arena_finish(&arena);
}

/* The user is asked, and sees why. */
static void ask_for_subscription(struct gw_session *session, const char *from) {
	struct gw_gateway *gateway = session->gateway;
	if (gateway->options->no_subscription_fallback) {
		return;
	}
	struct arena arena = { 0 };
	struct xml_node *presence = stanza_make(&arena, "presence", "subscribe", from, session->jid.bare, NULL);
	xml_add_text(presence, "status", NULL, arena_printf(&arena,
			"I am a contact of yours on %s. Accept, so that I show up in your contact list.",
			gateway_name(gateway)));
	outbox_send_presence(gateway, presence);
	arena_finish(&arena);
}

static void end_subscription(struct gw_session *session, const char *bare, const char *full) {
	struct gw_gateway *gateway = session->gateway;
	outbox_presence(gateway, bare, session->jid.bare, "unsubscribe", GW_SHOW_AVAILABLE, NULL);
	outbox_presence(gateway, bare, session->jid.bare, "unsubscribed", GW_SHOW_AVAILABLE, NULL);
	outbox_presence(gateway, full, session->jid.bare, "unavailable", GW_SHOW_OFFLINE, NULL);
}

static struct roster_item removed_item(const char *bare_jid) {
	return (struct roster_item){ .jid = bare_jid, .subscription = "remove" };
}

static struct roster_item contact_item(const struct gw_contact *contact) {
	return (struct roster_item){
		.jid = contact->bare_jid,
		.name = contact->name,
		.subscription = contact->is_friend ? "both" : "none",
		.groups = { gateway_roster_group(contact->session->gateway) },
		.group_count = 1,
	};
}

/* Everything that is written goes through here: nothing while the link, or what the server grants, is not there. */
static void update_entry(struct gw_contact *contact) {
	struct gw_session *session = contact->session;
	if (!session->gateway->is_link_ready) {
		contact->is_entry_due = true;
		return;
	}
	contact->is_entry_due = false;
	bool is_wanted = contact->is_in_roster || contact->is_asked_for;
	if (may_set(session)) {
		struct roster_item item = is_wanted ? contact_item(contact) : removed_item(contact->bare_jid);
		send_push(session, &item, contact->key->local);
	} else if (!is_wanted) {
		end_subscription(session, contact->bare_jid, contact->full_jid);
	} else if (!contact->is_in_roster) {
		ask_for_subscription(session, contact->bare_jid);
	}
}

void roster_push(struct gw_contact *contact) {
	update_entry(contact);
}

void roster_add(struct gw_contact *contact) {
	if (!contact->is_in_roster && !contact->is_asked_for && !contact->session->gateway->options->no_roster_push) {
		contact->is_asked_for = true;
		update_entry(contact);
	}
}

/* Stored when it changes. */
static void settle(struct gw_contact *contact, bool is_in_roster, bool is_declined) {
	if (contact->is_in_roster != is_in_roster || contact->is_declined != is_declined) {
		contact->is_in_roster = is_in_roster;
		contact->is_declined = is_declined;
		contact_store(contact);
	}
}

void roster_accepted(struct gw_contact *contact) {
	settle(contact, true, false);
}

/* The server tells us too when the entry is taken out for the network: then nothing is asked for any more. */
void roster_declined(struct gw_contact *contact) {
	if (contact->is_in_roster || contact->is_asked_for) {
		contact->is_asked_for = true;
		settle(contact, false, true);
	}
}

void roster_remove(struct gw_contact *contact) {
	if (!contact->is_in_roster && !contact->is_asked_for) {
		return;
	}
	settle(contact, false, false);
	contact->is_asked_for = false;
	update_entry(contact);
}

static void mark_added(struct gw_contact *contact) {
	if (contact->is_asked_for && !contact->is_in_roster) {
		roster_accepted(contact);
		if (contact->show != GW_SHOW_OFFLINE || contact->last_seen_ms != 0) {
			contact_send_presence(contact, NULL);
		}
	}
}

static void contact_pushed(struct gw_contact *contact, const struct ask_result *result) {
	if (result->condition == GW_OK) {
		mark_added(contact);
	} else if (!contact->session->gateway->is_link_ready) {
		contact->is_entry_due = true; /* nobody knows whether the server heard us */
	} else if (contact->is_asked_for && !contact->is_in_roster) {
		ask_for_subscription(contact->session, contact->bare_jid);
	}
}

static void set_entry(struct gw_session *session, enum gateway_entry entry) {
	session->is_entry_asked_for = false;
	if (session->entry != entry) {
		session->entry = entry;
		store_user_set_entry(session->gateway->store, session->id, entry);
	}
}

static void ask_for_gateway(struct gw_session *session) {
	struct gw_gateway *gateway = session->gateway;
	if (session->entry == ENTRY_UNKNOWN && !session->is_entry_asked_for && !gateway->options->no_subscription_fallback) {
		session->is_entry_asked_for = true;
		outbox_presence(gateway, NULL, session->jid.bare, "subscribe", GW_SHOW_AVAILABLE,
				"I am the gateway that you registered with.");
	}
}

static void gateway_pushed(struct gw_session *session, const struct ask_result *result) {
	if (result->condition == GW_OK) {
		set_entry(session, ENTRY_WRITTEN);
		session_send_status(session, NULL);
	} else if (!session->gateway->is_link_ready) {
		session->is_entry_due = true;
	} else {
		ask_for_gateway(session);
	}
}

/* Told once: it would be a line for each contact of each user. */
static void complain(struct gw_session *session, const struct ask_result *result) {
	const char *why = result->text ? result->text : gw_condition_name(result->condition);
	if (session->gateway->is_refusal_told) {
		gw_log_debug(&session->log, "the server refused a contact list entry: %s", why);
	} else {
		session->gateway->is_refusal_told = true;
		gw_log_warning(&session->log, "the server refused a contact list entry: %s", why);
	}
}

static void pushed(const struct ask_result *result, void *data) {
	struct push push = *(struct push *)data;
	free(data);
	if (!result->is_cancelled) {
		if (result->condition != GW_OK && push.session->gateway->is_link_ready) {
			complain(push.session, result);
		}
		struct gw_contact *contact = push.local ? contact_find_by_local(push.session, push.local) : NULL;
		if (contact) {
			contact_pushed(contact, result);
		} else if (!push.local && !push.is_removal) {
			gateway_pushed(push.session, result);
		}
	}
	free(push.local);
}

void roster_catch_up(struct gw_session *session) {
	if (session->is_entry_due) {
		roster_add_gateway(session);
	}
	for (struct gw_contact *contact = session->first_contact; contact; contact = contact->next) {
		if (contact->is_entry_due) {
			update_entry(contact);
		}
	}
}

static void send_removal(struct gw_session *session, const char *bare_jid) {
	if (may_set(session)) {
		struct roster_item item = removed_item(bare_jid);
		send_push(session, &item, "");
	}
}

void roster_remove_all(struct gw_session *session) {
	struct gw_gateway *gateway = session->gateway;
	for (struct gw_contact *contact = contacts_first(session); contact; contact = contact->next) {
		end_subscription(session, contact->bare_jid, contact->full_jid);
		if (contact->is_in_roster || contact->is_asked_for) {
			send_removal(session, contact->bare_jid);
		}
	}
	end_subscription(session, gateway->jid.bare, gateway->jid.bare);
	send_removal(session, gateway->jid.bare);
}

void roster_add_gateway(struct gw_session *session) {
	struct gw_gateway *gateway = session->gateway;
	session->is_entry_due = !gateway->is_link_ready;
	if (gateway->options->no_roster_push || session->is_entry_due) {
		return;
	}
	if (!may_set(session)) {
		ask_for_gateway(session);
	} else if (session->entry == ENTRY_UNKNOWN || session->entry == ENTRY_ACCEPTED) {
		send_push(session, &(struct roster_item){
			.jid = gateway->jid.bare,
			.name = gateway_name(gateway),
			.subscription = "both",
			.groups = { gateway_roster_group(gateway) },
			.group_count = 1,
		}, NULL);
	}
}

/* Servers answer so for users who accepted long ago, too, and need not say who is there. */
void roster_gateway_accepted(struct gw_session *session) {
	if (session->entry != ENTRY_WRITTEN && session->entry != ENTRY_ACCEPTED) {
		set_entry(session, ENTRY_ACCEPTED);
		roster_probe_user(session);
	}
}

/* Also the answer to a probe, of a user whom nobody asked. */
void roster_gateway_declined(struct gw_session *session) {
	if (session->is_entry_asked_for || session->entry == ENTRY_ACCEPTED) {
		set_entry(session, ENTRY_DECLINED);
	}
}

void roster_probe_user(struct gw_session *session) {
	if (!session->is_entry_asked_for && session->entry != ENTRY_DECLINED) {
		outbox_presence(session->gateway, NULL, session->jid.bare, "probe", GW_SHOW_AVAILABLE, NULL);
	}
}

/* --- Bringing the whole list up to date --- */

void roster_sync(struct gw_session *session, void (*synced)(const struct roster_sync_result *result, void *data),
		void *data) {
	struct gw_gateway *gateway = session->gateway;
	struct sync *sync = mem_new(sizeof(*sync));
	*sync = (struct sync){ .session = session, .synced = synced, .data = data };
	struct arena arena = { 0 };
	struct xml_node *iq = stanza_make(&arena, "iq", "get", gateway->jid.bare, session->jid.bare, NULL);
	roster_write(iq, NULL);
	ask_send(gateway->asks, &session->scope, iq, ASK_TIMEOUT_MS, fetched, sync);
	arena_finish(&arena);
}

static bool is_up_to_date(const struct roster_item *item, const struct gw_contact *contact) {
	struct roster_item wanted = contact_item(contact);
	const char *name = item->name ? item->name : "", *wanted_name = wanted.name ? wanted.name : "";
	/* A name that the user gave stays. */
	bool is_named = !*wanted_name || *name || strcmp(name, wanted_name) == 0;
	return is_named && item->subscription && strcmp(item->subscription, wanted.subscription) == 0;
}

/* An entry of ours whose contact the network does not know: ours alone is removed, the user's own groups are kept. */
static void drop_item(struct gw_session *session, struct roster_item *item, struct roster_sync_result *result) {
	const char *group = gateway_roster_group(session->gateway);
	if (!roster_item_has_group(item, group)) {
		return;
	}
	if (item->group_count == 1) {
		send_removal(session, item->jid);
		result->removed++;
		return;
	}
	size_t kept = 0;
	for (size_t i = 0; i < item->group_count; i++) {
		if (strcmp(item->groups[i], group) != 0) {
			item->groups[kept++] = item->groups[i];
		}
	}
	item->group_count = kept;
	send_push(session, item, "");
	result->updated++;
}

static void sync_item(struct gw_session *session, struct roster_item *item, struct roster_sync_result *result) {
	struct arena arena = { 0 };
	struct gw_jid jid;
	if (jid_parse(&arena, item->jid, &jid) && jid.local &&
			strcmp(jid.domain, session->gateway->jid.domain) == 0) {
		struct gw_contact *contact = contact_find_by_local(session, jid.local);
		if (!contact) {
			drop_item(session, item, result);
		} else {
			contact->is_listed = true;
			roster_accepted(contact);
			if (!is_up_to_date(item, contact)) {
				roster_push(contact);
				result->updated++;
			}
		}
	}
	arena_finish(&arena);
}

/* What the list says counts. Friends who are missing there are added, but for those of whom there is only an address. */
static void compare_contact(struct gw_contact *contact, struct roster_sync_result *result) {
	bool is_missing = !contact->is_listed && contact->is_friend && contact->chat_id;
	if (!contact->is_listed) {
		settle(contact, false, contact->is_declined && !is_missing);
	}
	if (is_missing) {
		contact->is_asked_for = false;
		roster_add(contact);
		result->added++;
	}
}

static void compare(struct gw_session *session, const struct xml_node *query, struct roster_sync_result *result) {
	for (struct gw_contact *contact = contacts_first(session); contact; contact = contact->next) {
		contact->is_listed = false;
	}
	struct roster_item item;
	bool has_gateway = false;
	for (const struct xml_node *node = NULL; (node = roster_read_next(query, node, &item));) {
		sync_item(session, &item, result);
		has_gateway = has_gateway || strcmp(item.jid, session->gateway->jid.bare) == 0;
	}
	if (!has_gateway && may_set(session)) {
		set_entry(session, ENTRY_UNKNOWN);
		roster_add_gateway(session);
		result->added++;
	}
	for (struct gw_contact *contact = contacts_first(session); contact; contact = contact->next) {
		compare_contact(contact, result);
	}
}

static void fetched(const struct ask_result *result, void *data) {
	struct sync *sync = data;
	struct roster_sync_result outcome = { .condition = result->condition, .text = result->text };
	if (result->condition == GW_OK) {
		if (result->payload && xml_is(result->payload, "query", NS_ROSTER)) {
			compare(sync->session, result->payload, &outcome);
		}
	} else if (!result->is_cancelled && !privileges_may_get_roster(sync->session->gateway,
			sync->session->jid.domain)) {
		outcome.text = "Your server does not let the gateway see your contact list.";
	}
	void (*synced)(const struct roster_sync_result *, void *) = sync->synced;
	void *synced_data = sync->data;
	free(sync);
	synced(&outcome, synced_data);
}
