/* SPDX-License-Identifier: MPL-2.0 */
/* What happens on the network: contacts, the session, and the gateway as the one who writes. */
#include "steps.h"

#include "net/hold.h"
#include "scripted.h"
#include "util/text.h"

#include <string.h>

/* --- Who acts: "contact juliet ...", "self towards juliet ...", or "gateway towards romeo@montague.lit ..." --- */

static struct gw_contact *contact_of(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, NULL);
	return session != NULL ? gw_session_contact(session, input->values[0]) : NULL;
}

static struct gw_actor *actor_of(struct world *world, const struct step_input *input) {
	if (strcmp(world->line->words[0].text, "gateway") == 0) {
		return gw_gateway_actor(world->gateway, input->values[0]);
	}
	struct gw_contact *contact = contact_of(world, input);
	if (contact != NULL && strcmp(world->line->words[0].text, "self") == 0) {
		return gw_chat_self(gw_contact_chat(contact));
	}
	return contact != NULL ? gw_contact_actor(contact) : NULL;
}

/* --- Messages --- */

/* `as m-2 with nonce n replying to m-1 in thread t at 2026-01-01T11:00:00Z` */
static bool read_message_words(struct world *world, const struct step_input *input, struct gw_message *message) {
	const struct script_word *words = input->arguments.rest;
	size_t count = input->arguments.rest_count;
	for (size_t i = 0; i < count; i++) {
		bool has_value = i + 1 < count, has_two = i + 2 < count;
		if (has_value && strcmp(words[i].text, "as") == 0) {
			message->id = words[++i].text;
		} else if (has_two && strcmp(words[i].text, "with") == 0) {
			i += 2;
			message->nonce = words[i].text;
		} else if (has_two && strcmp(words[i].text, "replying") == 0) {
			i += 2;
			message->replies_to = words[i].text;
		} else if (has_two && strcmp(words[i].text, "in") == 0) {
			i += 2;
			message->thread = words[i].text;
		} else if (has_value && strcmp(words[i].text, "at") == 0 &&
				text_read_time(words[i + 1].text, &message->sent_at_ms)) {
			i++;
		} else {
			return world_fail(world, "“%s” cannot be said of a message", words[i].text);
		}
	}
	return true;
}

static bool says(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	struct gw_message message = { .text = input->values[1] };
	return actor != NULL && read_message_words(world, input, &message) &&
			(gw_actor_send(actor, &message) || world_fail(world, "it was not accepted"));
}

static bool says_characters(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	size_t size = (size_t)input->arguments.number;
	char *text = arena_alloc(&world->arena, size + 1);
	memset(text, 'a', size);
	text[size] = '\0';
	return actor != NULL && (gw_actor_send(actor, &(struct gw_message){ .text = text, .id = input->values[2] }) ||
			world_fail(world, "it was not accepted"));
}

static bool cannot_say(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	struct gw_message message = { .text = input->values[1] };
	return actor != NULL && read_message_words(world, input, &message) &&
			(!gw_actor_send(actor, &message) || world_fail(world, "it was accepted"));
}

static bool corrects(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	struct gw_message message = { .text = input->values[2] };
	return actor != NULL && read_message_words(world, input, &message) &&
			(gw_actor_correct(actor, input->values[1], &message) || world_fail(world, "it was not accepted"));
}

static bool retracts(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	return actor != NULL &&
			(gw_actor_retract(actor, input->values[1]) || world_fail(world, "it was not accepted"));
}

static bool reacts(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	const char *reactions[SCRIPT_MAX_WORDS];
	for (size_t i = 0; i < input->arguments.rest_count; i++) {
		reactions[i] = input->arguments.rest[i].text;
	}
	return actor != NULL &&
			(gw_actor_react(actor, input->values[1], reactions, input->arguments.rest_count) ||
			world_fail(world, "it was not accepted"));
}

static bool cannot_react(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	const char *reaction = input->values[2];
	return actor != NULL && (!gw_actor_react(actor, input->values[1], &reaction, 1) ||
			world_fail(world, "it was accepted"));
}

static bool set_state(struct world *world, const struct step_input *input, enum gw_chat_state state) {
	struct gw_actor *actor = actor_of(world, input);
	if (actor != NULL) {
		gw_actor_chat_state(actor, state);
	}
	return actor != NULL;
}

static bool types(struct world *world, const struct step_input *input) {
	return set_state(world, input, GW_CHAT_COMPOSING);
}

static bool stops_typing(struct world *world, const struct step_input *input) {
	return set_state(world, input, GW_CHAT_PAUSED);
}

static bool looks_away(struct world *world, const struct step_input *input) {
	return set_state(world, input, GW_CHAT_INACTIVE);
}

static bool leaves_the_chat(struct world *world, const struct step_input *input) {
	return set_state(world, input, GW_CHAT_GONE);
}

static bool sends_the_file(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	const struct gw_attachment file = {
		.name = input->values[1],
		.bytes = input->values[2],
		.size = strlen(input->values[2]),
	};
	return actor != NULL && (gw_actor_send(actor, &(struct gw_message){ .attachments = &file, .attachment_count = 1 }) ||
			world_fail(world, "it was not accepted"));
}

static bool cannot_send_with_file(struct world *world, const struct step_input *input) {
	struct gw_actor *actor = actor_of(world, input);
	const struct gw_attachment file = { .name = input->values[2], .bytes = "", .size = 0 };
	return actor != NULL && (!gw_actor_send(actor, &(struct gw_message){
		.id = "with-a-file",
		.text = input->values[1],
		.attachments = &file,
		.attachment_count = 1,
	}) || world_fail(world, "it was accepted"));
}

static bool tell_actor(struct world *world, const struct step_input *input,
		bool (*tell)(struct gw_actor *actor, const char *id)) {
	struct gw_actor *actor = actor_of(world, input);
	return actor != NULL && (tell(actor, input->values[1]) || world_fail(world, "it was not accepted"));
}

static bool received(struct world *world, const struct step_input *input) {
	return tell_actor(world, input, gw_actor_received);
}

static bool displayed(struct world *world, const struct step_input *input) {
	return tell_actor(world, input, gw_actor_displayed);
}

static bool acknowledged(struct world *world, const struct step_input *input) {
	return tell_actor(world, input, gw_actor_acknowledged);
}

/* --- Contacts --- */

static bool set_presence(struct world *world, const struct step_input *input) {
	struct gw_contact *contact = contact_of(world, input);
	enum gw_show show;
	if (!steps_read_show(input->values[1], &show)) {
		return world_fail(world, "“%s” is no way to be present", input->values[1]);
	}
	if (contact != NULL) {
		gw_contact_set_presence(contact, show, input->arguments.count > 2 ? input->values[2] : NULL);
	}
	return contact != NULL;
}

static bool was_last_seen(struct world *world, const struct step_input *input) {
	struct gw_contact *contact = contact_of(world, input);
	int64_t last_seen_ms = 0;
	if (input->arguments.count > 1 && !text_read_time(input->values[1], &last_seen_ms)) {
		return world_fail(world, "“%s” is no time", input->values[1]);
	}
	if (contact != NULL) {
		gw_contact_set_last_seen(contact, last_seen_ms);
	}
	return contact != NULL;
}

static bool joins_the_roster(struct world *world, const struct step_input *input) {
	struct gw_contact *contact = contact_of(world, input);
	if (contact != NULL && input->arguments.count > 1) {
		gw_contact_set_name(contact, input->values[1]);
	}
	if (contact != NULL) {
		gw_contact_add_to_roster(contact);
	}
	return contact != NULL;
}

static bool leaves_the_roster(struct world *world, const struct step_input *input) {
	struct gw_contact *contact = contact_of(world, input);
	if (contact != NULL) {
		gw_contact_remove_from_roster(contact);
	}
	return contact != NULL;
}

static bool is_called(struct world *world, const struct step_input *input) {
	struct gw_contact *contact = contact_of(world, input);
	if (contact != NULL) {
		gw_contact_set_name(contact, input->values[1]);
	}
	return contact != NULL;
}

static bool is_a_friend(struct world *world, const struct step_input *input) {
	struct gw_contact *contact = contact_of(world, input);
	if (contact != NULL) {
		gw_contact_set_friend(contact, true);
	}
	return contact != NULL;
}

static bool is_no_friend(struct world *world, const struct step_input *input) {
	struct gw_contact *contact = contact_of(world, input);
	if (contact != NULL) {
		gw_contact_set_friend(contact, false);
	}
	return contact != NULL;
}

static bool has_address(struct world *world, const struct step_input *input) {
	struct gw_contact *contact = contact_of(world, input);
	return contact != NULL && (strcmp(gw_contact_jid(contact), input->values[1]) == 0 ||
			world_fail(world, "it is %s", gw_contact_jid(contact)));
}

/* --- The session --- */

static bool is_lost(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	enum gw_loss loss;
	if (!steps_read_loss(input->values[1], &loss)) {
		return world_fail(world, "“%s” is no loss", input->values[1]);
	}
	if (session != NULL) {
		gw_session_lost(session, loss, input->values[2]);
	}
	return session != NULL;
}

static bool shows_status(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	enum gw_show show;
	if (!steps_read_show(input->values[1], &show)) {
		return world_fail(world, "“%s” is no way to be present", input->values[1]);
	}
	if (session != NULL) {
		gw_session_set_status(session, show, input->values[2]);
	}
	return session != NULL;
}

static bool tells(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	if (session != NULL) {
		gw_session_tell(session, input->values[1]);
	}
	return session != NULL;
}

static bool stores_credentials(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	if (session != NULL) {
		struct gw_form *credentials = scripted_form(input->lines, input->line_count);
		gw_session_set_credentials(session, credentials);
		gw_form_free(credentials);
	}
	return session != NULL;
}

/* Connections of the module's, for there are none in a scenario: whether they would be. */
static bool is_read(struct world *world, const struct step_input *input) {
	(void)input;
	return !(world->gateway->scope.held & HOLD_READING) || world_fail(world, "it is not");
}

static bool is_not_read(struct world *world, const struct step_input *input) {
	(void)input;
	return (world->gateway->scope.held & HOLD_READING) || world_fail(world, "it is");
}

static bool is_read_for(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	return session != NULL && (!((session->scope.held | world->gateway->scope.held) & HOLD_READING) ||
			world_fail(world, "it is not"));
}

static bool is_not_read_for(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	return session != NULL && ((session->scope.held & HOLD_READING) || world_fail(world, "it is"));
}

/* The same verbs for both who can act. */
#define ACTOR_STEPS(who) \
	{ who " says TEXT REST", STEP_ALONE, STEP_RUNNING, says }, \
	{ who " cannot say TEXT REST", STEP_ALONE, STEP_RUNNING, cannot_say }, \
	{ who " corrects WORD to TEXT REST", STEP_ALONE, STEP_RUNNING, corrects }, \
	{ who " retracts WORD", STEP_ALONE, STEP_RUNNING, retracts }, \
	{ who " reacts to WORD with REST", STEP_ALONE, STEP_RUNNING, reacts }, \
	{ who " cannot react to WORD with WORD", STEP_ALONE, STEP_RUNNING, cannot_react }, \
	{ who " takes the reactions to WORD back", STEP_ALONE, STEP_RUNNING, reacts }, \
	{ who " types", STEP_ALONE, STEP_RUNNING, types }, \
	{ who " stops typing", STEP_ALONE, STEP_RUNNING, stops_typing }, \
	{ who " looks away", STEP_ALONE, STEP_RUNNING, looks_away }, \
	{ who " leaves the chat", STEP_ALONE, STEP_RUNNING, leaves_the_chat }, \
	{ who " received WORD", STEP_ALONE, STEP_RUNNING, received }, \
	{ who " displayed WORD", STEP_ALONE, STEP_RUNNING, displayed }, \
	{ who " acknowledged WORD", STEP_ALONE, STEP_RUNNING, acknowledged }

const struct step network_steps[] = {
	ACTOR_STEPS("contact WORD"),
	ACTOR_STEPS("gateway towards WORD"),
	ACTOR_STEPS("self towards WORD"),
	{ "contact WORD says NUMBER characters as WORD", STEP_ALONE, STEP_RUNNING, says_characters },
	{ "the network is read", STEP_ALONE, STEP_RUNNING, is_read },
	{ "the network is not read", STEP_ALONE, STEP_RUNNING, is_not_read },
	{ "the network is read for WORD", STEP_ALONE, STEP_RUNNING, is_read_for },
	{ "the network is not read for WORD", STEP_ALONE, STEP_RUNNING, is_not_read_for },
	{ "gateway towards WORD sends the file TEXT TEXT", STEP_ALONE, STEP_RUNNING, sends_the_file },
	{ "contact WORD cannot send TEXT with the file TEXT", STEP_ALONE, STEP_RUNNING, cannot_send_with_file },
	{ "contact WORD joins the roster", STEP_ALONE, STEP_RUNNING, joins_the_roster },
	{ "contact WORD joins the roster as TEXT", STEP_ALONE, STEP_RUNNING, joins_the_roster },
	{ "contact WORD leaves the roster", STEP_ALONE, STEP_RUNNING, leaves_the_roster },
	{ "contact WORD is called TEXT", STEP_ALONE, STEP_RUNNING, is_called },
	{ "contact WORD is a friend", STEP_ALONE, STEP_RUNNING, is_a_friend },
	{ "contact WORD is no friend", STEP_ALONE, STEP_RUNNING, is_no_friend },
	{ "contact WORD is WORD", STEP_ALONE, STEP_RUNNING, set_presence },
	{ "contact WORD is WORD TEXT", STEP_ALONE, STEP_RUNNING, set_presence },
	{ "contact WORD was last seen at WORD", STEP_ALONE, STEP_RUNNING, was_last_seen },
	{ "contact WORD was last seen nobody knows when", STEP_ALONE, STEP_RUNNING, was_last_seen },
	{ "contact WORD has the address WORD", STEP_ALONE, STEP_RUNNING, has_address },
	{ "session of WORD is lost WORD TEXT", STEP_ALONE, STEP_RUNNING, is_lost },
	{ "session of WORD shows WORD TEXT", STEP_ALONE, STEP_RUNNING, shows_status },
	{ "session of WORD stores the credentials", STEP_LINES, STEP_RUNNING, stores_credentials },
	{ "session of WORD tells TEXT", STEP_ALONE, STEP_RUNNING, tells },
	{ 0 },
};
