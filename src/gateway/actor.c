/* SPDX-License-Identifier: MPL-2.0 */
/* What the network (or the gateway itself) says to the user: one stanza for each verb. */
#include "gateway/actor.h"

#include "codec/message.h"
#include "codec/privilege.h"
#include "gateway/attachment.h"
#include "gateway/contact.h"
#include "gateway/early.h"
#include "gateway/echoes.h"
#include "gateway/gateway.h"
#include "gateway/marks.h"
#include "gateway/message_ids.h"
#include "gateway/outbox.h"
#include "gateway/privileges.h"
#include "gateway/their_ids.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

/* Younger delays are not worth a time stamp in a one-to-one chat (row G4), unless the admin says otherwise. */
enum { DELAY_THRESHOLD_MS = 300000 };

/* Of the message with this id: a number that stands for it (their_ids.h). */
struct state {
	enum their_state which;
	const char *id;
	uint64_t number;
};

static struct gw_contact *contact_of(const struct gw_actor *actor) {
	return actor->kind == ACTOR_CONTACT ?
			container_of(actor, struct gw_contact, actor) : NULL;
}

/* The contact whose chat it is about; NULL for the gateway. */
static struct gw_contact *chat_of(const struct gw_actor *actor) {
	return actor->kind == ACTOR_SELF ? actor->with : contact_of(actor);
}

/* The XMPP id of a message that the network calls so. */
static const char *xmpp_id(struct gw_actor *actor, struct arena *arena, const char *id) {
	struct gw_contact *contact = chat_of(actor);
	return contact && id ? message_ids_to_xmpp(contact, arena, id) : id;
}

/* What the user does elsewhere cannot be shown: said once, not each time (W-36). */
static bool tell_not_shown(struct gw_session *session) {
	if (!session->is_told_of_self) {
		session->is_told_of_self = true;
		gw_log_warning(&session->log, "%s does not let us send messages in users' names", session->jid.domain);
		gw_session_tell(session, "What you write in other apps of this network cannot be shown here: your XMPP server does "
				"not let the gateway do so. Its administrator can change that (XEP-0356).");
	}
	return false;
}

/* Other errors come and go: the server may be too busy. */
static bool is_no_permission(const struct stanza *error) {
	const char *text;
	enum gw_condition condition = stanza_read_error(error->xml, &text);
	return condition == GW_FORBIDDEN || condition == GW_NOT_ALLOWED || condition == GW_NOT_AUTHORIZED;
}

#define IN_NAME_OF "as-" /* and the user: by this the server's refusal is known */

struct gw_session *actor_own_refused(struct gw_gateway *gateway, const struct stanza *error) {
	size_t size = strlen(IN_NAME_OF);
	if (error->from.local || !error->id || strncmp(error->id, IN_NAME_OF, size) != 0) {
		return NULL;
	}
	struct arena arena = { 0 };
	struct gw_session *session = session_find(gateway, arena_printf(&arena, "%s@%s", error->id + size, error->from.domain));
	arena_finish(&arena);
	if (session && is_no_permission(error)) {
		tell_not_shown(session);
	}
	return session;
}

/*
 * In the user's name, by way of their server (row A11, shape S-20): it archives the message, shows it to their clients,
 * and routes it to the contact, that is back to us.
 */
static bool say_as_user(struct gw_actor *actor, const char *remote_id, const struct message_content *content) {
	struct gw_session *session = actor->with->session;
	struct gw_gateway *gateway = actor->gateway;
	const char *ns = privileges_message_ns(gateway, session->jid.domain);
	if (!ns) {
		return tell_not_shown(session);
	}
	struct arena arena = { 0 };
	const char *id = arena_printf(&arena, "%s%s", gateway->self_prefix, digest_random_id(&arena));
	struct xml_node *outer = stanza_make(&arena, "message", NULL, gateway->jid.bare, session->jid.domain,
			session->jid.local ? arena_printf(&arena, IN_NAME_OF "%s", session->jid.local) : NULL);
	struct xml_node *message = privilege_add_message(outer, ns);
	xml_set(message, "type", "chat");
	xml_set(message, "from", session->jid.bare);
	xml_set(message, "to", actor->with->bare_jid);
	xml_set(message, "id", id);
	message_content_write(message, content);
	bool is_accepted = outbox_send_from_network(session, outer);
	if (is_accepted && remote_id) {
		message_ids_put(actor->with, id, remote_id);
	}
	arena_finish(&arena);
	return is_accepted;
}

static bool is_open(const struct gw_actor *actor) {
	const struct gw_contact *chat = chat_of(actor);
	return !(chat && chat->session->state == SESSION_CLOSED);
}

/* Receipts and read marks are small, and are about what is there already: the reserve is for them, too. */
static bool may_speak(const struct gw_actor *actor) {
	return is_open(actor) && (actor->kind == ACTOR_GATEWAY || gw_gateway_has_room(actor->gateway));
}

bool actor_say(struct gw_actor *actor, const char *id, const struct message_content *content) {
	struct gw_contact *contact = contact_of(actor);
	if (!is_open(actor)) {
		return false;
	}
	if (actor->kind == ACTOR_SELF) {
		return say_as_user(actor, id, content);
	}
	struct gw_gateway *gateway = actor->gateway;
	struct arena arena = { 0 };
	struct xml_node *message = stanza_make(&arena, "message", "chat", contact ? contact->full_jid : gateway->jid.bare,
			contact ? contact->session->jid.bare : actor->recipient, id ? id : digest_random_id(&arena));
	message_content_write(message, content);
	bool is_accepted = content->no_store ? outbox_send_transient(gateway, message) :
			contact ? outbox_send_from_network(contact->session, message) : outbox_send_message(gateway, message);
	arena_finish(&arena);
	return is_accepted;
}

static int64_t delay_of(struct gw_actor *actor, const struct gw_message *message) {
	int64_t configured_ms = actor->gateway->options->delay_threshold_ms;
	if (message->sent_at_ms <= 0) {
		return 0;
	}
	int64_t age_ms = gw_time_ms(actor->gateway->loop) - message->sent_at_ms;
	bool is_worth_telling = age_ms > (configured_ms ? configured_ms : DELAY_THRESHOLD_MS);
	return is_worth_telling ? message->sent_at_ms : 0;
}

/* Is there a message of this id that this actor can mean, their own or anybody's? The gateway knows what it said. */
static bool is_proven(struct gw_actor *actor, const char *id, bool is_by_actor) {
	struct gw_contact *contact = contact_of(actor), *chat = chat_of(actor);
	if (!chat) {
		return true;
	} else if (is_by_actor) {
		return contact ? their_ids_is_there(chat, id) : message_ids_is_own(chat, id);
	}
	return their_ids_is_there(chat, id) || message_ids_is_own(chat, id);
}

/* One of long ago may be there still; but the user's client may call another one so, and would show the answer below that. */
static const char *answered_id(struct gw_actor *actor, struct arena *arena, const char *id) {
	bool is_another = id && !is_proven(actor, id, false) && message_ids_find_own(chat_of(actor), arena, id);
	return is_another ? NULL : xmpp_id(actor, arena, id);
}

/* What a text says whether it is new or an edit (shape S-6). */
static struct message_content text_content(struct gw_actor *actor, struct arena *arena,
		const struct gw_message *message) {
	struct gw_contact *contact = contact_of(actor);
	return (struct message_content){
		.body = message_fitting_body(arena, message->text),
		.thread = message->thread,
		.reply = { .id = answered_id(actor, arena, message->replies_to) },
		.has_chat_state = true,
		.chat_state = GW_CHAT_ACTIVE,
		.is_markable = message->id != NULL,
		.store = true,
		.delayed_since_ms = delay_of(actor, message),
		.delayed_by = actor->gateway->jid.bare,
		.nick = contact && !contact->is_friend ? contact->name : NULL,
	};
}

/* The ids of messages that wait for a read mark (row G16). */
static void note_unread(struct gw_actor *actor, const char *id) {
	struct gw_contact *contact = contact_of(actor);
	struct gw_gateway *gateway = actor->gateway;
	if (contact && id && message_id_is_short(id) && gateway->module->mark_all_messages) {
		store_unread_put(gateway->store, contact_chat_id(contact), id, gw_time_ms(gateway->loop));
	}
}

/* Files of contacts belong to the chats that carry files both ways; the gateway's own are sent already. */
static bool can_carry(const struct gw_actor *actor, const struct gw_message *message) {
	if (message->attachment_count > 0 && actor->kind != ACTOR_GATEWAY) {
		gw_log_error(&actor->gateway->log, "the module sent a file of a contact's: only the gateway can send files");
		return false;
	}
	return message->text || message->attachment_count > 0;
}

bool actor_show_own(struct gw_contact *contact, const struct gw_message *message) {
	struct arena arena = { 0 };
	struct gw_actor *actor = gw_chat_self(&contact->chat);
	struct message_content content = text_content(actor, &arena, message);
	bool is_accepted = actor_say(actor, message->id, &content);
	arena_finish(&arena);
	return is_accepted;
}

/*
 * It was shown already: sent from XMPP (row G15), or by the contact before. If not, it is noted; whoever could not pass it on
 * has to forget() it.
 */
static bool is_played_back(struct gw_actor *actor, const char *target_id, const struct gw_message *message) {
	bool is_known = false;
	if (actor->kind == ACTOR_SELF) {
		is_known = (message->id && message_ids_was_own(actor->with, message->id)) ||
				echo_take(actor->with, target_id, message);
	} else if (message->id && contact_of(actor)) {
		is_known = !their_ids_note(contact_of(actor), THEIR_MESSAGE, message->id);
	}
	if (is_known) {
		actor->gateway->counters.played_back++;
		gw_log_debug(&chat_of(actor)->session->log, "passed over a message %s in the chat with %s: it was there before",
				message->id ? message->id : "without an id", chat_of(actor)->bare_jid);
	}
	return is_known;
}

static bool keep_noted(struct gw_actor *actor, enum their_event event, const char *id, bool is_accepted) {
	if (!is_accepted && chat_of(actor) && id) {
		their_ids_forget(chat_of(actor), event, id);
	}
	return is_accepted;
}

static bool keep_early(struct gw_actor *actor, const char *id, struct early_news news) {
	news.id = id;
	news.is_own = actor->kind == ACTOR_SELF;
	return early_keep(chat_of(actor), &news);
}

/* What is about a message that nobody knows, now or when the module has answered, could only be applied to another one. */
static bool pass_over(struct gw_actor *actor, const char *what, const char *id, const struct early_news *news) {
	if (keep_early(actor, id, *news)) {
		return true;
	}
	gw_log_debug(&chat_of(actor)->session->log, "passed over a %s: there is no message %s in the chat with %s", what, id,
			chat_of(actor)->bare_jid);
	return true;
}

/*
 * What has no id on a network often comes with an empty one. As an id, that of all such messages, it would have all but the
 * first taken for played back.
 */
static struct gw_message without_empty_ids(const struct gw_message *message) {
	struct gw_message result = *message;
	result.id = text_not_empty(message->id);
	result.replies_to = text_not_empty(message->replies_to);
	return result;
}

static bool send_message(struct gw_actor *actor, const struct gw_message *message) {
	if (!can_carry(actor, message) || !may_speak(actor)) {
		return false;
	}
	if (is_played_back(actor, NULL, message)) {
		return true;
	}
	bool is_accepted = true;
	if (message->text) {
		struct arena arena = { 0 };
		struct message_content content = text_content(actor, &arena, message);
		is_accepted = actor_say(actor, message->id, &content);
		actor->has_state = true;
		actor->state = GW_CHAT_ACTIVE;
		actor->is_state_untold = false;
		arena_finish(&arena);
	}
	for (size_t i = 0; is_accepted && i < message->attachment_count; i++) {
		attachment_send(actor->gateway, actor->recipient, &message->attachments[i]);
	}
	if (is_accepted) {
		note_unread(actor, message->id);
	}
	return keep_noted(actor, THEIR_MESSAGE, message->id, is_accepted);
}

bool gw_actor_send(struct gw_actor *actor, const struct gw_message *message) {
	struct gw_message said = without_empty_ids(message);
	return send_message(actor, &said);
}

/* Is it otherwise by now? Then that is noted, too. */
static bool is_change(struct gw_actor *actor, const struct state *state) {
	struct gw_contact *chat = chat_of(actor);
	return !chat || their_ids_note_state(chat, state->which, state->id, state->number);
}

static bool keep_change(struct gw_actor *actor, const struct state *state, bool is_accepted) {
	if (!is_accepted && chat_of(actor)) {
		their_ids_forget_state(chat_of(actor), state->which, state->id, state->number);
	}
	return is_accepted;
}

static bool pass_over_known(struct gw_actor *actor) {
	actor->gateway->counters.played_back++;
	return true;
}

static bool send_correction(struct gw_actor *actor, const char *id, const struct gw_message *edit, bool is_there) {
	struct arena arena = { 0 };
	struct message_content content = text_content(actor, &arena, edit);
	if (is_there) {
		content.replaces = xmpp_id(actor, &arena, id);
	} else {
		content.body = arena_printf(&arena, CORRECTION_PREFIX "%s", content.body);
	}
	bool is_accepted = actor_say(actor, edit->id, &content);
	arena_finish(&arena);
	return is_accepted;
}

/* An edit is known by its id, or is no news when the message reads so already. */
bool gw_actor_correct(struct gw_actor *actor, const char *id, const struct gw_message *message) {
	if (!id || !message->text || !may_speak(actor)) {
		return false;
	}
	struct gw_message edit = without_empty_ids(message);
	if (edit.id && strcmp(edit.id, id) == 0) {
		edit.id = NULL; /* the message keeps its own */
	}
	bool is_known = is_played_back(actor, id, &edit), is_there = is_proven(actor, id, true);
	if (actor->kind == ACTOR_SELF && !is_known && !is_there &&
			keep_early(actor, id, (struct early_news){ .verb = EARLY_EDIT, .edit = &edit })) {
		return true;
	}
	struct state state = {
		.which = !is_there ? STATE_UNSEEN_TEXT : actor->kind == ACTOR_SELF ? STATE_OWN_TEXT : STATE_THEIR_TEXT,
		.id = id,
		.number = their_ids_text_state(message->text),
	};
	if (is_known && edit.id) {
		return true;
	}
	bool is_otherwise = is_change(actor, &state);
	if (is_known) {
		return true;
	} else if (!edit.id && !is_otherwise) {
		return pass_over_known(actor);
	}
	bool is_accepted = send_correction(actor, id, &edit, is_there);
	if (is_otherwise) {
		keep_change(actor, &state, is_accepted);
	}
	return keep_noted(actor, THEIR_MESSAGE, edit.id, is_accepted);
}

bool gw_actor_retract(struct gw_actor *actor, const char *id) {
	if (!id || !may_speak(actor)) {
		return false;
	}
	if (!is_proven(actor, id, true)) {
		return pass_over(actor, "retraction", id, &(struct early_news){ .verb = EARLY_RETRACTION });
	}
	struct gw_contact *chat = chat_of(actor);
	bool is_echo = actor->kind == ACTOR_SELF && echo_take_retraction(chat, id);
	if ((chat && !their_ids_note(chat, A_RETRACTION, id)) || is_echo) {
		return pass_over_known(actor);
	}
	struct arena arena = { 0 };
	struct message_content content = {
		.retracts = xmpp_id(actor, &arena, id),
		.has_chat_state = true,
		.chat_state = GW_CHAT_ACTIVE,
		.store = true,
	};
	bool is_accepted = actor_say(actor, NULL, &content);
	arena_finish(&arena);
	return keep_noted(actor, A_RETRACTION, id, is_accepted);
}

/* In whatever order. */
static uint64_t reactions_state(const char *const *reactions, size_t count) {
	uint64_t state = 0;
	for (size_t i = 0; i < count; i++) {
		state += their_ids_text_state(reactions[i]);
	}
	return state;
}

bool gw_actor_react(struct gw_actor *actor, const char *id, const char *const *reactions, size_t count) {
	if (!id || count > MESSAGE_MAX_REACTIONS || !may_speak(actor)) {
		return false;
	}
	if (!is_proven(actor, id, false)) {
		return pass_over(actor, "reaction", id, &(struct early_news){
			.verb = EARLY_REACTIONS,
			.reactions = reactions,
			.reaction_count = count,
		});
	}
	struct state state = {
		.which = actor->kind == ACTOR_SELF ? STATE_OWN_REACTIONS : STATE_THEIR_REACTIONS,
		.id = id,
		.number = reactions_state(reactions, count),
	};
	if (!is_change(actor, &state)) {
		return pass_over_known(actor);
	}
	struct arena arena = { 0 };
	struct message_content content = { .reacts_to = xmpp_id(actor, &arena, id), .reaction_count = count, .store = true };
	for (size_t i = 0; i < count; i++) {
		content.reactions[i] = reactions[i];
	}
	bool is_accepted = actor_say(actor, NULL, &content);
	arena_finish(&arena);
	return keep_change(actor, &state, is_accepted);
}

/* The end of typing is told as soon as it can be; that somebody was typing some time ago is not worth telling. */
static void tell_state(struct gw_actor *actor) {
	bool is_told = may_speak(actor) && actor_say(actor, NULL, &(struct message_content){
		.has_chat_state = true,
		.chat_state = actor->state,
		.no_store = true,
	});
	actor->is_state_untold = !is_told && actor->state != GW_CHAT_COMPOSING;
	actor->gateway->is_state_untold |= actor->is_state_untold;
}

void actors_tell_states(struct gw_gateway *gateway) {
	gateway->is_state_untold = false;
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		for (struct gw_contact *contact = session->first_contact; contact; contact = contact->next) {
			if (contact->actor.is_state_untold) {
				tell_state(&contact->actor);
			}
		}
	}
}

/* A state is news only once, except typing, which clients forget after a while (row G13). */
void gw_actor_chat_state(struct gw_actor *actor, enum gw_chat_state state) {
	if (actor->kind == ACTOR_SELF || !chat_state_name(state)) {
		return; /* nobody wants to see themself type; and a number of the network's own says nothing */
	}
	if (actor->has_state && actor->state == state && state != GW_CHAT_COMPOSING) {
		return;
	}
	actor->has_state = true;
	actor->state = state;
	tell_state(actor);
}

/* Is there a message that can be marked so: of the user's, or when they have read it elsewhere, anybody's? */
static bool is_markable(struct gw_actor *actor, const char *id) {
	struct gw_contact *contact = contact_of(actor);
	return contact ? message_ids_is_own(contact, id) : is_proven(actor, id, false);
}

/* What was marked so already need not be said again. */
static bool say_mark(struct gw_actor *actor, enum mark mark, const char *id, const struct message_content *content) {
	struct gw_contact *chat = chat_of(actor);
	if (chat && marks_have(chat, mark, id)) {
		return pass_over_known(actor);
	}
	bool is_accepted = actor_say(actor, NULL, content);
	if (is_accepted && chat) {
		marks_put(chat, mark, id);
	}
	return is_accepted;
}

/* Row G11: both kinds of receipt, for clients know one or the other. */
bool gw_actor_received(struct gw_actor *actor, const char *id) {
	id = text_not_empty(id);
	if (!id || actor->kind == ACTOR_SELF) {
		return id != NULL; /* nobody wants to hear that their own message reached them */
	}
	if (is_open(actor) && !is_markable(actor, id)) {
		return pass_over(actor, "receipt", id, &(struct early_news){ .verb = EARLY_RECEIVED });
	}
	struct gw_contact *chat = chat_of(actor);
	struct arena arena = { 0 };
	const char *whose = xmpp_id(actor, &arena, id);
	bool is_accepted = (chat && marks_have(chat, MARK_RECEIVED, id)) ||
			actor_say(actor, NULL, &(struct message_content){ .received = whose, .store = true });
	is_accepted = is_accepted &&
			say_mark(actor, MARK_RECEIVED, id, &(struct message_content){ .marker_received = whose, .store = true });
	arena_finish(&arena);
	return is_accepted;
}

bool gw_actor_displayed(struct gw_actor *actor, const char *id) {
	id = text_not_empty(id);
	if (id && is_open(actor) && !is_markable(actor, id)) {
		return pass_over(actor, "read mark", id, &(struct early_news){ .verb = EARLY_DISPLAYED });
	}
	struct arena arena = { 0 };
	const char *whose = xmpp_id(actor, &arena, id);
	bool is_accepted = whose && say_mark(actor, actor->kind == ACTOR_SELF ? MARK_OWN_DISPLAYED : MARK_DISPLAYED, id,
			&(struct message_content){ .displayed = whose, .store = true });
	arena_finish(&arena);
	return is_accepted;
}

bool gw_actor_acknowledged(struct gw_actor *actor, const char *id) {
	id = text_not_empty(id);
	if (id && is_open(actor) && !is_markable(actor, id)) {
		return pass_over(actor, "mark", id, &(struct early_news){ .verb = EARLY_ACKNOWLEDGED });
	}
	struct arena arena = { 0 };
	const char *whose = xmpp_id(actor, &arena, id);
	bool is_accepted = whose && say_mark(actor, actor->kind == ACTOR_SELF ? MARK_OWN_ACKNOWLEDGED : MARK_ACKNOWLEDGED, id,
			&(struct message_content){ .acknowledged = whose, .store = true });
	arena_finish(&arena);
	return is_accepted;
}

struct gw_session *gw_chat_session(const struct gw_chat *chat) {
	return chat->contact->session;
}

struct gw_contact *gw_chat_contact(const struct gw_chat *chat) {
	return chat->contact;
}

struct gw_actor *gw_chat_actor(struct gw_chat *chat) {
	return &chat->contact->actor;
}

static void actor_free(void *pointer) {
	struct gw_actor *actor = pointer;
	free(actor->recipient);
	free(actor);
}

struct gw_actor *gw_chat_self(struct gw_chat *chat) {
	struct gw_gateway *gateway = chat->contact->session->gateway;
	struct gw_actor *actor = mem_new(sizeof(*actor));
	*actor = (struct gw_actor){ .kind = ACTOR_SELF, .gateway = gateway, .with = chat->contact };
	loop_free_later(gateway->loop, actor, actor_free);
	return actor;
}

struct gw_actor *gw_gateway_actor(struct gw_gateway *gateway, const char *recipient) {
	struct gw_actor *actor = mem_new(sizeof(*actor));
	*actor = (struct gw_actor){ .kind = ACTOR_GATEWAY, .gateway = gateway, .recipient = mem_strdup(recipient) };
	loop_free_later(gateway->loop, actor, actor_free);
	return actor;
}
