/* SPDX-License-Identifier: MPL-2.0 */
/* Contacts: found by address or by the network's id, named, present, stored. */
#include "gateway/contact.h"

#include "codec/presence.h"
#include "gateway/caps.h"
#include "gateway/gateway.h"
#include "gateway/news.h"
#include "gateway/outbox.h"
#include "gateway/roster.h"
#include "gateway/their_ids.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/text.h"
#include "xmpp/jid.h"

#include <stdlib.h>
#include <string.h>

enum { REFRESH_MS = 7 * 3600 * 1000 };

static void refresh(void *data);
static void send_news(void *data);
static void tell_presence(struct gw_contact *contact);

static const char *write_local(const struct gw_module *module, struct arena *arena, const char *id) {
	if (!module->id_to_local) {
		return jid_prepare_local(arena, jid_escape(arena, id));
	}
	char local[CONTACT_ID_MAX_BYTES + 1];
	return module->id_to_local(id, local, sizeof(local)) ? jid_prepare_local(arena, local) : NULL;
}

static const char *id_of_local(const struct gw_module *module, struct arena *arena, const char *local) {
	if (!module->local_to_id) {
		return jid_unescape(arena, local);
	}
	char id[CONTACT_ID_MAX_BYTES + 1];
	return module->local_to_id(local, id, sizeof(id)) ? arena_strdup(arena, id) : NULL;
}

static bool is_stand_in(const char *local) {
	return strncmp(local, "id-", 3) == 0 && strlen(local) == 3 + 40 && strspn(local + 3, "0123456789abcdef") == 40;
}

/*
 * The network's id as the local part of an address; NULL when it cannot be one, or when it would come back as another id:
 * servers make "ss" of a sharp s and narrow letters of wide ones, and two people would have one address.
 */
static const char *local_of_id(const struct gw_module *module, struct arena *arena, const char *id) {
	const char *local = write_local(module, arena, id);
	const char *back = local && !is_stand_in(local) ? id_of_local(module, arena, local) : NULL;
	return back && text_equal_but_for_capitals(id, back) ? local : NULL;
}

/* Not every id can be an address: a stable stand-in can, and the id itself is kept beside it. */
static const char *address_of_id(const struct gw_module *module, struct arena *arena, const char *id) {
	const char *local = local_of_id(module, arena, id);
	return local ? local : arena_printf(arena, "id-%s", digest_sha1_hex(arena, id, strlen(id)));
}

static struct contact_key *key_new(const struct gw_session *session, const char *local, size_t *out_size) {
	size_t length = strlen(local) + 1;
	struct contact_key *key = mem_new(sizeof(*key) + length);
	key->session_id = session->id;
	memcpy(key->local, local, length);
	*out_size = sizeof(*key) + length;
	return key;
}

static bool load_one(const struct store_chat *chat, void *data) {
	struct gw_session *session = data;
	struct gw_contact *contact = gw_session_contact(session, chat->remote_id);
	contact->chat_id = chat->id;
	mem_set_string(&contact->name, chat->name);
	contact->is_friend = chat->is_friend;
	contact->is_in_roster = chat->is_in_roster;
	contact->is_asked_for = contact->is_declined = chat->is_declined;
	return true;
}

static void load(struct gw_session *session) {
	if (!session->has_contacts && session->state != SESSION_CLOSED) {
		session->has_contacts = true;
		store_chats_prune(session->gateway->store, session->id, CONTACTS_KEPT_MAX);
		store_chats_each(session->gateway->store, session->id, load_one, session);
	}
}

struct gw_contact *contacts_first(struct gw_session *session) {
	load(session);
	return session->first_contact;
}

struct gw_contact *contact_find_by_local(struct gw_session *session, const char *local) {
	load(session);
	_Alignas(struct contact_key) char buffer[sizeof(struct contact_key) + JID_PART_MAX_BYTES + 1];
	struct contact_key *key = (struct contact_key *)(void *)buffer;
	size_t length = strlen(local) + 1;
	if (length > JID_PART_MAX_BYTES + 1) {
		return NULL;
	}
	key->session_id = session->id;
	memcpy(key->local, local, length);
	struct gw_contact *contact = NULL;
	HASH_FIND(hh, session->gateway->contacts, key, sizeof(*key) + length, contact);
	return contact;
}

static void contact_free(void *pointer) {
	struct gw_contact *contact = pointer;
	their_ids_close(contact);
	free(contact->marks);
	free(contact->module_data);
	free(contact->key);
	free(contact->id);
	free(contact->name);
	free(contact->bare_jid);
	free(contact->full_jid);
	free(contact->status);
	free(contact);
}

static struct gw_contact *contact_new(struct gw_session *session, const char *id, const char *local) {
	struct gw_gateway *gateway = session->gateway;
	struct gw_contact *contact = mem_new(sizeof(*contact));
	size_t key_size;
	contact->session = session;
	contact->key = key_new(session, local, &key_size);
	contact->id = mem_strdup(id);
	contact->bare_jid = mem_printf("%s@%s", local, gateway->jid.domain);
	contact->full_jid = mem_printf("%s/" CONTACT_RESOURCE, contact->bare_jid);
	contact->show = GW_SHOW_OFFLINE;
	contact->is_friend = true;
	contact->actor = (struct gw_actor){ .kind = ACTOR_CONTACT, .gateway = gateway };
	contact->chat.contact = contact;
	contact->module_data = gateway->module->contact_size ? mem_new(gateway->module->contact_size) : NULL;
	if (session->state == SESSION_CLOSED) {
		/* The module looks for somebody while, or after, it lets the session go: for the rest of the turn. */
		loop_free_later(gateway->loop, contact, contact_free);
		return contact;
	}
	contact->next = session->first_contact;
	if (contact->next) {
		contact->next->previous = contact;
	}
	session->first_contact = contact;
	HASH_ADD_KEYPTR(hh, gateway->contacts, contact->key, key_size, contact);
	return contact;
}

static void contact_close(struct gw_contact *contact) {
	struct gw_session *session = contact->session;
	struct gw_gateway *gateway = session->gateway;
	HASH_DEL(gateway->contacts, contact);
	if (contact->previous) {
		contact->previous->next = contact->next;
	} else {
		session->first_contact = contact->next;
	}
	if (contact->next) {
		contact->next->previous = contact->previous;
	}
	their_ids_close(contact);
	loop_free_later(gateway->loop, contact, contact_free);
	if (gateway->module->contact_closed) {
		gateway->module->contact_closed(contact);
	}
}

void contacts_close(struct gw_session *session) {
	while (session->first_contact) {
		contact_close(session->first_contact);
	}
}

static bool is_possible(struct gw_session *session, const char *id) {
	const struct gw_module *module = session->gateway->module;
	return *id && (!module->is_contact_id || module->is_contact_id(session, id));
}

struct gw_contact *contact_get_by_local(struct gw_session *session, const char *local) {
	struct gw_contact *contact = contact_find_by_local(session, local);
	if (contact) {
		return contact;
	}
	struct arena arena = { 0 };
	const char *id = id_of_local(session->gateway->module, &arena, local);
	/* Only an address that the id leads back to: one person has one address. */
	const char *canonical = id && is_possible(session, id) ?
			local_of_id(session->gateway->module, &arena, id) : NULL;
	if (canonical) {
		contact = contact_find_by_local(session, canonical);
		if (!contact && !contacts_are_many(session)) {
			session->guess_count++;
			contact = contact_new(session, id, canonical);
		}
	}
	arena_finish(&arena);
	return contact;
}

bool contacts_are_many(const struct gw_session *session) {
	return session->guess_count >= CONTACT_GUESSES_MAX;
}

struct gw_contact *gw_session_find_contact(struct gw_session *session, const char *id) {
	struct arena arena = { 0 };
	struct gw_contact *contact = contact_find_by_local(session, address_of_id(session->gateway->module, &arena, id));
	arena_finish(&arena);
	return contact;
}

struct gw_contact *gw_session_contact(struct gw_session *session, const char *id) {
	struct arena arena = { 0 };
	const char *local = address_of_id(session->gateway->module, &arena, id);
	struct gw_contact *contact = contact_find_by_local(session, local);
	if (!contact) {
		contact = contact_new(session, id, local);
	}
	arena_finish(&arena);
	return contact;
}

struct gw_contact *gw_session_next_contact(struct gw_session *session, struct gw_contact *previous) {
	return previous ? previous->next : contacts_first(session);
}

/* --- The store --- */

void contact_store(struct gw_contact *contact) {
	struct store_chat chat = {
		.id = contact->chat_id,
		.user_id = contact->session->id,
		.remote_id = contact->id,
		.name = contact->name,
		.is_in_roster = contact->is_in_roster,
		.is_friend = contact->is_friend,
		.is_declined = contact->is_declined,
	};
	struct store *store = contact->session->gateway->store;
	if (contact->chat_id) {
		store_chat_update(store, &chat);
	} else {
		contact->chat_id = store_chat_add(store, &chat);
	}
}

int64_t contact_chat_id(struct gw_contact *contact) {
	if (!contact->chat_id) {
		contact_store(contact);
	}
	return contact->chat_id;
}

/* --- What modules see --- */

struct gw_session *gw_contact_session(const struct gw_contact *contact) {
	return contact->session;
}

const char *gw_contact_id(const struct gw_contact *contact) {
	return contact->id;
}

const char *gw_contact_jid(const struct gw_contact *contact) {
	return contact->bare_jid;
}

void *gw_contact_data(const struct gw_contact *contact) {
	return contact->module_data;
}

struct gw_chat *gw_contact_chat(struct gw_contact *contact) {
	return &contact->chat;
}

struct gw_actor *gw_contact_actor(struct gw_contact *contact) {
	return &contact->actor;
}

const char *gw_contact_name(const struct gw_contact *contact) {
	return contact->name;
}

bool gw_contact_is_friend(const struct gw_contact *contact) {
	return contact->is_friend;
}

static bool is_same(const char *a, const char *b) {
	return a == b || (a && b && strcmp(a, b) == 0);
}

void gw_contact_set_name(struct gw_contact *contact, const char *name) {
	struct arena arena = { 0 };
	const char *clean = name ? text_repair_name(&arena, name) : NULL;
	if (!is_same(clean, contact->name)) {
		mem_set_string(&contact->name, clean);
		contact_store(contact);
		if (contact->is_in_roster) {
			roster_push(contact);
		}
	}
	arena_finish(&arena);
}

void gw_contact_set_friend(struct gw_contact *contact, bool is_friend) {
	if (contact->is_friend == is_friend) {
		return;
	}
	if (!is_friend && (contact->show != GW_SHOW_OFFLINE || contact->is_shown)) {
		/* Now or never: who is no friend has no news. */
		contact->show = GW_SHOW_OFFLINE;
		mem_set_string(&contact->status, NULL);
		tell_presence(contact);
	}
	contact->is_friend = is_friend;
	contact_store(contact);
	if (contact->is_in_roster) {
		roster_push(contact);
	}
	contact_send_presence(contact, NULL);
}

void gw_contact_add_to_roster(struct gw_contact *contact) {
	roster_add(contact);
}

void gw_contact_remove_from_roster(struct gw_contact *contact) {
	roster_remove(contact);
}

/* --- Presence --- */

static int64_t wall_clock_ms(const struct gw_contact *contact) {
	return gw_time_ms(contact->session->gateway->loop);
}

static bool has_words(const struct gw_contact *contact) {
	return contact->last_seen_ms != 0 && contact->session->gateway->options->last_seen_fallback;
}

/* Words of less than a week ago do not stay true. */
static void schedule_refresh(struct gw_contact *contact) {
	gw_timer_stop(contact->refresh);
	contact->refresh = has_words(contact) && presence_is_recent(contact->last_seen_ms, wall_clock_ms(contact)) ?
			gw_timer_start(&contact->session->scope, REFRESH_MS, refresh, contact) : NULL;
}

static void refresh(void *data) {
	struct gw_contact *contact = data;
	contact->refresh = NULL;
	if (presence_is_recent(contact->last_seen_ms, wall_clock_ms(contact))) {
		schedule_refresh(contact);
		return;
	}
	contact->is_news = true;
	contact_send_presence(contact, NULL);
}

static void note_sent(struct gw_contact *contact) {
	if (component_is_online(contact->session->gateway->component)) {
		contact->is_shown = contact->show != GW_SHOW_OFFLINE;
		contact->is_news = false;
	}
	schedule_refresh(contact);
}

static void send_presence(struct gw_contact *contact, const char *to) {
	struct gw_session *session = contact->session;
	struct arena arena = { 0 };
	struct xml_node *presence = stanza_make(&arena, "presence",
			contact->show == GW_SHOW_OFFLINE ? "unavailable" : NULL, contact->full_jid,
			to ? to : session->jid.bare, NULL);
	presence_content_write(presence, &(struct presence_content){
		.show = contact->show,
		.status = has_words(contact) ? presence_status_last_seen(&arena, contact->status, contact->last_seen_ms,
				wall_clock_ms(contact)) : contact->status,
		.idle_since_ms = contact->last_seen_ms,
		.caps_node = contact->show == GW_SHOW_OFFLINE ? NULL : CAPS_NODE,
		.caps_ver = session->gateway->contact_caps_ver,
	});
	outbox_send_presence(session->gateway, presence);
	arena_finish(&arena);
}

static void tell_presence(struct gw_contact *contact) {
	note_sent(contact);
	send_presence(contact, NULL);
}

void contact_send_presence(struct gw_contact *contact, const char *to) {
	if (!contact->is_friend) {
		return;
	}
	if (to) {
		send_presence(contact, to);
	} else if (news_have_to_wait(contact->session)) {
		contact->is_news = true;
		news_add(contact->session);
	} else {
		tell_presence(contact);
	}
}

void gw_contact_set_presence(struct gw_contact *contact, enum gw_show show, const char *text) {
	if (contact->show == show && is_same(contact->status, text)) {
		return;
	}
	contact->show = show;
	mem_set_string(&contact->status, text);
	contact_send_presence(contact, NULL);
}

void gw_contact_set_last_seen(struct gw_contact *contact, int64_t last_seen_ms) {
	int64_t now_ms = wall_clock_ms(contact);
	int64_t possible_ms = last_seen_ms < 0 ? 0 : last_seen_ms < now_ms ? last_seen_ms : now_ms;
	if (contact->last_seen_ms != possible_ms) {
		contact->last_seen_ms = possible_ms;
		contact->is_news = true;
		gw_defer(&contact->session->scope, send_news, contact);
	}
}

/* Unless a presence has told it meanwhile. */
static void send_news(void *data) {
	struct gw_contact *contact = data;
	if (contact->is_news) {
		contact_send_presence(contact, NULL);
	}
}

void contacts_set_offline(struct gw_session *session) {
	for (struct gw_contact *contact = session->first_contact; contact; contact = contact->next) {
		gw_contact_set_presence(contact, GW_SHOW_OFFLINE, NULL);
	}
}
