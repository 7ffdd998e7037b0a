/* SPDX-License-Identifier: MPL-2.0 */
/* Ids of messages, per chat: the last ones from memory, older ones from the store. */
#include "gateway/message_ids.h"

#include "gateway/gateway.h"
#include "gateway/their_ids.h"
#include "util/mem.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

enum { RANDOM_ID_LENGTH = 16, RECENT_MAX = 512, PRUNE_PERIOD_MS = 3600000, PRUNE_PAUSE_MS = 1000 };

/* How long a message can be referred to: edits and reactions to older ones find no target. */
static const int64_t kept_ms = 90LL * 24 * 3600000;

struct pair {
	int64_t chat_id;
	char *xmpp_id, *remote_id;
};

struct message_ids {
	struct gw_gateway *gateway;
	struct pair recent[RECENT_MAX]; /* a ring */
	size_t next;
};

static void prune(void *data);

struct message_ids *message_ids_new(struct gw_gateway *gateway) {
	struct message_ids *ids = mem_new(sizeof(*ids));
	ids->gateway = gateway;
	gw_timer_start(&gateway->scope, PRUNE_PERIOD_MS, prune, ids);
	return ids;
}

void message_ids_free(struct message_ids *ids) {
	for (size_t i = 0; ids && i < RECENT_MAX; i++) {
		free(ids->recent[i].xmpp_id);
	}
	free(ids);
}

/* Once an hour, in portions with a pause between them. */
static void prune(void *data) {
	struct message_ids *ids = data;
	struct gw_gateway *gateway = ids->gateway;
	bool has_more = store_message_ids_prune(gateway->store, gw_time_ms(gateway->loop) - kept_ms);
	gw_timer_start(&gateway->scope, has_more ? PRUNE_PAUSE_MS : PRUNE_PERIOD_MS, prune, ids);
}

/* Both ids in one allocation. */
static void remember(struct message_ids *ids, int64_t chat_id, const char *xmpp_id, const char *remote_id) {
	struct pair *pair = &ids->recent[ids->next++ % RECENT_MAX];
	size_t first = strlen(xmpp_id) + 1, second = strlen(remote_id) + 1;
	free(pair->xmpp_id);
	pair->chat_id = chat_id;
	pair->xmpp_id = mem_new(first + second);
	pair->remote_id = pair->xmpp_id + first;
	memcpy(pair->xmpp_id, xmpp_id, first);
	memcpy(pair->remote_id, remote_id, second);
}

bool message_id_is_short(const char *id) {
	return strnlen(id, MESSAGE_ID_MAX_BYTES + 1) <= MESSAGE_ID_MAX_BYTES;
}

bool message_id_is_random(const char *id) {
	return strlen(id) >= RANDOM_ID_LENGTH;
}

enum side { XMPP_SIDE, REMOTE_SIDE };

/* Newest first: what is asked for has mostly just been put. */
static const struct pair *find_newest(const struct message_ids *ids, int64_t chat_id, enum side side, const char *id) {
	size_t count = ids->next < RECENT_MAX ? ids->next : RECENT_MAX;
	for (size_t i = 1; i <= count; i++) {
		const struct pair *pair = &ids->recent[(ids->next - i) % RECENT_MAX];
		if (pair->chat_id == chat_id && strcmp(side == XMPP_SIDE ? pair->xmpp_id : pair->remote_id, id) == 0) {
			return pair;
		}
	}
	return NULL;
}

/* An XMPP id that has been given to another message since does not count. */
static const struct pair *find_recent(const struct message_ids *ids, int64_t chat_id, enum side side, const char *id) {
	const struct pair *pair = find_newest(ids, chat_id, side, id);
	return pair && (side == XMPP_SIDE || find_newest(ids, chat_id, XMPP_SIDE, pair->xmpp_id) == pair) ? pair : NULL;
}

void message_ids_put(struct gw_contact *contact, const char *xmpp_id, const char *remote_id) {
	struct gw_gateway *gateway = contact->session->gateway;
	if (!message_id_is_short(xmpp_id) || !message_id_is_short(remote_id)) {
		gw_log_warning(&contact->session->log, "a message in the chat with %s has an id of more than %d bytes: it cannot be "
				"referred to", contact->bare_jid, MESSAGE_ID_MAX_BYTES);
		return;
	}
	int64_t chat_id = contact_chat_id(contact);
	remember(gateway->message_ids, chat_id, xmpp_id, remote_id);
	store_message_id_put(gateway->store, chat_id, xmpp_id, remote_id, gw_time_ms(gateway->loop));
}

/* Pairs are only ever added: an empty id is none. */
void message_ids_withdraw(struct gw_contact *contact, const char *xmpp_id) {
	message_ids_put(contact, xmpp_id, "");
}

static bool can_be_known(const struct gw_contact *contact, const char *id) {
	return contact->chat_id && *id && message_id_is_short(id);
}

/*
 * The stored XMPP id of a message of the user's; NULL when there is none. That one is the contact's is known at once; to
 * find that it is not the user's, two thousand would have to be looked at.
 */
static const char *find_xmpp(struct gw_contact *contact, struct arena *arena, const char *remote_id) {
	struct gw_gateway *gateway = contact->session->gateway;
	if (!can_be_known(contact, remote_id)) {
		return NULL;
	}
	const struct pair *pair = find_recent(gateway->message_ids, contact->chat_id, REMOTE_SIDE, remote_id);
	if (pair) {
		return arena_strdup(arena, pair->xmpp_id);
	}
	return their_ids_is_there(contact, remote_id) ? NULL :
			store_message_xmpp_id(gateway->store, arena, contact->chat_id, remote_id);
}

const char *message_ids_to_xmpp(struct gw_contact *contact, struct arena *arena, const char *remote_id) {
	const char *xmpp_id = find_xmpp(contact, arena, remote_id);
	return xmpp_id ? xmpp_id : remote_id;
}

bool message_ids_was_own(struct gw_contact *contact, const char *remote_id) {
	struct gw_gateway *gateway = contact->session->gateway;
	if (!can_be_known(contact, remote_id)) {
		return false;
	}
	return find_newest(gateway->message_ids, contact->chat_id, REMOTE_SIDE, remote_id) ||
			(!their_ids_is_there(contact, remote_id) &&
			store_message_has_remote_id(gateway->store, contact->chat_id, remote_id));
}

bool message_ids_is_own(struct gw_contact *contact, const char *remote_id) {
	struct arena arena = { 0 };
	bool is_own = find_xmpp(contact, &arena, remote_id) != NULL;
	arena_finish(&arena);
	return is_own;
}

const char *message_ids_find_own(struct gw_contact *contact, struct arena *arena, const char *xmpp_id) {
	struct gw_gateway *gateway = contact->session->gateway;
	if (!can_be_known(contact, xmpp_id)) {
		return NULL;
	}
	const struct pair *pair = find_recent(gateway->message_ids, contact->chat_id, XMPP_SIDE, xmpp_id);
	return text_not_empty(pair ? arena_strdup(arena, pair->remote_id) :
			store_message_remote_id(gateway->store, arena, contact->chat_id, xmpp_id));
}

void message_ids_put_none(struct gw_contact *contact, const char *xmpp_id) {
	struct arena arena = { 0 };
	if (!message_id_is_random(xmpp_id) && message_ids_find_own(contact, &arena, xmpp_id)) {
		message_ids_withdraw(contact, xmpp_id);
	}
	arena_finish(&arena);
}

const char *message_ids_find_target(struct gw_contact *contact, struct arena *arena, const char *xmpp_id) {
	struct gw_gateway *gateway = contact->session->gateway;
	if (!contact->chat_id) {
		return NULL;
	}
	const struct pair *pair = find_recent(gateway->message_ids, contact->chat_id, XMPP_SIDE, xmpp_id);
	if (pair) {
		return text_not_empty(arena_strdup(arena, pair->remote_id));
	}
	if (their_ids_is_there(contact, xmpp_id)) {
		return xmpp_id;
	}
	return can_be_known(contact, xmpp_id) ?
			text_not_empty(store_message_remote_id(gateway->store, arena, contact->chat_id, xmpp_id)) : NULL;
}
