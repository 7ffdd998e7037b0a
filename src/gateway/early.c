/* SPDX-License-Identifier: MPL-2.0 */
/* A list for each session that has any. */
#include "gateway/early.h"

#include "gateway/message_ids.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct early {
	struct arena *arena; /* it lives there */
	struct gw_contact *chat;
	struct early_news news;
	size_t bytes;
	struct early *prev, *next;
};

struct early_list {
	struct early *first;
	size_t count, bytes;
	bool is_giving_way; /* the oldest ones, to newer ones */
};

static size_t bytes_of(const struct early_news *news) {
	size_t bytes = news->edit ? strlen(news->edit->text) : 0;
	for (size_t i = 0; i < news->reaction_count; i++) {
		bytes += strlen(news->reactions[i]);
	}
	return bytes;
}

static const char *const *copy_texts(struct arena *arena, const char *const *texts, size_t count) {
	const char **copy = arena_new(arena, (count + 1) * sizeof(*copy));
	for (size_t i = 0; i < count; i++) {
		copy[i] = arena_strdup(arena, texts[i]);
	}
	return copy;
}

static const struct gw_message *copy_edit(struct arena *arena, const struct gw_message *edit) {
	struct gw_message *copy = arena_new(arena, sizeof(*copy));
	*copy = (struct gw_message){
		.id = arena_strdup(arena, edit->id),
		.nonce = arena_strdup(arena, edit->nonce),
		.text = arena_strdup(arena, edit->text),
		.replies_to = arena_strdup(arena, edit->replies_to),
		.thread = arena_strdup(arena, edit->thread),
		.sent_at_ms = edit->sent_at_ms,
	};
	return copy;
}

static struct early *early_new(struct gw_contact *chat, const struct early_news *news) {
	struct arena *arena = arena_create();
	struct early *early = arena_new(arena, sizeof(*early));
	early->arena = arena;
	early->chat = chat;
	early->bytes = bytes_of(news);
	early->news = *news;
	early->news.id = arena_strdup(arena, news->id);
	early->news.reactions = copy_texts(arena, news->reactions, news->reaction_count);
	early->news.edit = news->edit ? copy_edit(arena, news->edit) : NULL;
	return early;
}

static void add(struct early_list *list, struct early *early) {
	DL_APPEND(list->first, early);
	list->count++;
	list->bytes += early->bytes;
}

static void take_out(struct early_list *list, struct early *early) {
	DL_DELETE(list->first, early);
	list->count--;
	list->bytes -= early->bytes;
}

static bool say(const struct early *early) {
	const struct early_news *news = &early->news;
	struct gw_actor *actor = news->is_own ? gw_chat_self(&early->chat->chat) : &early->chat->actor;
	switch (news->verb) {
	case EARLY_RECEIVED:
		return gw_actor_received(actor, news->id);
	case EARLY_DISPLAYED:
		return gw_actor_displayed(actor, news->id);
	case EARLY_ACKNOWLEDGED:
		return gw_actor_acknowledged(actor, news->id);
	case EARLY_REACTIONS:
		return gw_actor_react(actor, news->id, news->reactions, news->reaction_count);
	case EARLY_EDIT:
		return gw_actor_correct(actor, news->id, news->edit);
	case EARLY_RETRACTION:
		return gw_actor_retract(actor, news->id);
	}
	return true;
}

/* It is out of the list. What is not accepted for want of room stays. */
static void tell(struct early_list *list, struct early *early) {
	if (say(early) || gw_gateway_has_room(early->chat->session->gateway)) {
		arena_finish(early->arena);
	} else {
		add(list, early);
	}
}

static void give_way(struct early_list *list) {
	list->is_giving_way = true;
	while (list->count > EARLY_MAX || (list->count > 1 && list->bytes > EARLY_MAX_BYTES)) {
		struct early *oldest = list->first;
		take_out(list, oldest);
		say(oldest);
		arena_finish(oldest->arena);
	}
	list->is_giving_way = false;
}

static bool is_any_handed(const struct gw_contact *chat) {
	const struct delivery *delivery;
	DL_FOREACH(chat->session->deliveries, delivery) {
		if (delivery->contact == chat && (delivery->state == DELIVERY_HANDED || delivery->was_handed)) {
			return true;
		}
	}
	return false;
}

static bool is_any_uncertain(const struct gw_contact *chat) {
	const struct delivery *delivery;
	DL_FOREACH(chat->session->uncertain, delivery) {
		if (delivery->contact == chat) {
			return true;
		}
	}
	return false;
}

/*
 * Is there a message of this chat that the network may have, and that has no id yet? An edit is a text, and does not wait
 * for an answer that probably never comes.
 */
static bool is_worth_waiting(const struct gw_contact *chat, const struct early_news *news) {
	return is_any_handed(chat) || (news->verb != EARLY_EDIT && is_any_uncertain(chat));
}

bool early_keep(struct gw_contact *chat, const struct early_news *news) {
	struct gw_session *session = chat->session;
	struct early_list *list = session->early;
	if ((list && list->is_giving_way) || !message_id_is_short(news->id) ||
			!is_worth_waiting(chat, news)) {
		return false;
	}
	if (!list) {
		list = session->early = mem_new(sizeof(*list));
	}
	add(list, early_new(chat, news));
	give_way(list);
	return true;
}

/* In the order in which they came. */
static void tell_all(struct early_list *list, struct early *due) {
	struct early *early, *next;
	DL_FOREACH_SAFE(due, early, next) {
		DL_DELETE(due, early);
		tell(list, early);
	}
}

/* What need not wait any longer is about a message that is known now, or about one that nobody knows: the verbs say so. */
void early_settle(struct delivery *delivery) {
	struct gw_contact *chat = delivery->contact;
	struct early_list *list = chat->session->early;
	if (!list || list->count == 0) {
		return;
	}
	struct arena arena = { 0 };
	struct early *early, *next, *due = NULL;
	const char *id = message_ids_find_own(chat, &arena, delivery_xmpp_id(delivery));
	DL_FOREACH_SAFE(list->first, early, next) {
		bool is_known = id && strcmp(early->news.id, id) == 0;
		if (early->chat == chat && (is_known || !is_worth_waiting(chat, &early->news))) {
			take_out(list, early);
			DL_APPEND(due, early);
		}
	}
	tell_all(list, due);
	arena_finish(&arena);
}

void early_tell_again(struct gw_session *session) {
	if (session->early) {
		struct early *due = session->early->first;
		*session->early = (struct early_list){ 0 };
		tell_all(session->early, due);
	}
}

void early_forget(struct gw_session *session) {
	struct early *early, *next;
	DL_FOREACH_SAFE(session->early ? session->early->first : NULL, early, next) {
		arena_finish(early->arena);
	}
	free(session->early);
	session->early = NULL;
}
