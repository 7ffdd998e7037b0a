/* SPDX-License-Identifier: MPL-2.0 */
/* Residents: echo repeats, clock tells the time, gallery shows pictures; all of them obey a few words. */
#include "residents.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ANSWER_ID_SIZE = 128, SHORT_TEXT_SIZE = 64 };

static const char *answer_as_echo(struct gw_chat *chat, const char *text, char scratch[static SHORT_TEXT_SIZE]);
static const char *answer_as_clock(struct gw_chat *chat, const char *text, char scratch[static SHORT_TEXT_SIZE]);
static const char *answer_as_gallery(struct gw_chat *chat, const char *text, char scratch[static SHORT_TEXT_SIZE]);

static const struct resident {
	const char *name, *title, *status;

	/* What to say to this; there is room for a short text of one's own. */
	const char *(*answer)(struct gw_chat *chat, const char *text, char scratch[static SHORT_TEXT_SIZE]);
} residents[] = {
	{ "echo", "Echo", "Say something, or `help`", answer_as_echo },
	{ "clock", "Clock", "Ask me what time it is", answer_as_clock },
	{ "gallery", "Gallery", "Write `cat`, `house` or `boat`", answer_as_gallery },
};

static const struct resident *find(const char *name) {
	for (size_t i = 0; i < sizeof(residents) / sizeof(residents[0]); i++) {
		if (strcmp(residents[i].name, name) == 0) {
			return &residents[i];
		}
	}
	return NULL;
}

bool residents_have(const char *name) {
	return find(name) != NULL;
}

const char *residents_name(size_t index) {
	return index < sizeof(residents) / sizeof(residents[0]) ? residents[index].name : NULL;
}

void residents_greet(struct gw_session *session) {
	for (size_t i = 0; i < sizeof(residents) / sizeof(residents[0]); i++) {
		struct gw_contact *contact = gw_session_contact(session, residents[i].name);
		gw_contact_set_name(contact, residents[i].title);
		gw_contact_set_last_seen(contact, 0);
		gw_contact_set_presence(contact, GW_SHOW_AVAILABLE, residents[i].status);
		gw_contact_add_to_roster(contact);
	}
}

static void say(struct gw_actor *actor, const char *text, const char *replies_to) {
	gw_actor_send(actor, &(struct gw_message){ .text = text, .replies_to = replies_to });
}

static const char *answer_as_echo(struct gw_chat *chat, const char *text, char scratch[static SHORT_TEXT_SIZE]) {
	(void)chat;
	(void)scratch;
	return text;
}

static const char *answer_as_clock(struct gw_chat *chat, const char *text, char scratch[static SHORT_TEXT_SIZE]) {
	(void)text;
	struct gw_loop *loop = gw_scope_loop(gw_session_scope(gw_chat_session(chat)));
	time_t seconds = (time_t)(gw_time_ms(loop) / 1000);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	strftime(scratch, SHORT_TEXT_SIZE, "It is %H:%M:%S on %A, %e %B %Y (UTC).", &utc);
	return scratch;
}

static const char *answer_as_gallery(struct gw_chat *chat, const char *text, char scratch[static SHORT_TEXT_SIZE]) {
	(void)chat;
	(void)scratch;
	static const struct {
		const char *word, *picture;
	} pictures[] = {
		{ "cat", " /\\_/\\\n( o.o )\n > ^ <" },
		{ "house", "   /\\\n  /  \\\n /____\\\n |  _ |\n |_| ||" },
		{ "boat", "    |\\\n    | \\\n____|__\\\n\\______/" },
	};
	for (size_t i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++) {
		if (strcmp(text, pictures[i].word) == 0) {
			return pictures[i].picture;
		}
	}
	return "I have a `cat`, a `house` and a `boat`.";
}

/* What a resident calls its answer to a message. */
static void make_answer_id(const char *id, char out[static ANSWER_ID_SIZE]) {
	snprintf(out, ANSWER_ID_SIZE, "answer-to-%s", id);
}

static void go_away(struct gw_contact *contact) {
	struct gw_loop *loop = gw_scope_loop(gw_session_scope(gw_contact_session(contact)));
	gw_contact_set_last_seen(contact, gw_time_ms(loop));
	gw_contact_set_presence(contact, GW_SHOW_AWAY, "Gone for a walk");
}

/* What every resident obeys; false: it is none of these. */
static bool obey(struct gw_chat *chat, const char *text, const char *id) {
	struct gw_actor *actor = gw_chat_actor(chat);
	if (strcmp(text, "help") == 0) {
		say(actor, "I obey: `help`, `type` (I begin to type), `go away`, `come back`, `read` (I mark this as read), "
				"`edit` (I change what I said), `take back`, `like` (I react to this), `as me: TEXT` (you say TEXT in another "
				"app), `drop my connection`.", id);
	} else if (strcmp(text, "type") == 0) {
		gw_actor_chat_state(actor, GW_CHAT_COMPOSING);
	} else if (strcmp(text, "go away") == 0) {
		go_away(gw_chat_contact(chat));
	} else if (strcmp(text, "come back") == 0) {
		gw_contact_set_last_seen(gw_chat_contact(chat), 0);
		gw_contact_set_presence(gw_chat_contact(chat), GW_SHOW_AVAILABLE, NULL);
	} else if (strcmp(text, "read") == 0) {
		gw_actor_displayed(actor, id);
	} else if (strcmp(text, "edit") == 0) {
		char mine[ANSWER_ID_SIZE];
		make_answer_id(id, mine);
		gw_actor_send(actor, &(struct gw_message){ .id = mine, .text = "I wil change this." });
		gw_actor_correct(actor, mine, &(struct gw_message){ .text = "I will change this. Now I have." });
	} else if (strcmp(text, "take back") == 0) {
		char mine[ANSWER_ID_SIZE];
		make_answer_id(id, mine);
		gw_actor_send(actor, &(struct gw_message){ .id = mine, .text = "I did not say this." });
		gw_actor_retract(actor, mine);
	} else if (strcmp(text, "like") == 0) {
		gw_actor_react(actor, id, (const char *const[]){ "👍" }, 1);
	} else if (strncmp(text, "as me: ", strlen("as me: ")) == 0) {
		char elsewhere[80];
		snprintf(elsewhere, sizeof(elsewhere), "elsewhere-after-%s", id);
		gw_actor_send(gw_chat_self(chat), &(struct gw_message){
			.id = elsewhere,
			.nonce = "",
			.text = text + strlen("as me: "),
		});
	} else if (strcmp(text, "drop my connection") == 0) {
		gw_session_lost(gw_chat_session(chat), GW_LOSS_NETWORK, "You asked to be dropped.");
	} else {
		return false;
	}
	return true;
}

void residents_hear(struct gw_chat *chat, const struct gw_message *message, const char *id) {
	const struct resident *resident = find(gw_contact_id(gw_chat_contact(chat)));
	if (obey(chat, message->text, id)) {
		return;
	}
	char mine[ANSWER_ID_SIZE], scratch[SHORT_TEXT_SIZE];
	make_answer_id(id, mine);
	gw_actor_send(gw_chat_actor(chat), &(struct gw_message){
		.id = mine,
		.text = resident->answer(chat, message->text, scratch),
		.replies_to = id,
	});
}

void residents_hear_correction(struct gw_chat *chat, const char *id, const struct gw_message *message) {
	const struct resident *resident = find(gw_contact_id(gw_chat_contact(chat)));
	char mine[ANSWER_ID_SIZE], scratch[SHORT_TEXT_SIZE];
	make_answer_id(id, mine);
	gw_actor_correct(gw_chat_actor(chat), mine, &(struct gw_message){
		.text = resident->answer(chat, message->text, scratch),
		.replies_to = id,
	});
}

void residents_hear_retraction(struct gw_chat *chat, const char *id) {
	char mine[ANSWER_ID_SIZE];
	make_answer_id(id, mine);
	gw_actor_retract(gw_chat_actor(chat), mine);
}
