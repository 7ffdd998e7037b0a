/* SPDX-License-Identifier: MPL-2.0 */
/* The callbacks of the scripted module: each notes with what it was called, and leaves the answer to the script. */
#include "scripted_calls.h"

#include <stdio.h>
#include <string.h>

static const char *const show_names[] = {
	[GW_SHOW_AVAILABLE] = "available",
	[GW_SHOW_CHAT] = "chat",
	[GW_SHOW_AWAY] = "away",
	[GW_SHOW_XA] = "xa",
	[GW_SHOW_DND] = "dnd",
	[GW_SHOW_OFFLINE] = "offline",
};

static struct scripted *of_session(const struct gw_session *session) {
	return scripted_of(gw_session_gateway(session));
}

/* --- Registration --- */

static void validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	scripted_ask(scripted_of(gw_request_gateway(req)), req, &(struct scripted_call){
		.name = "validate",
		.words = { user->bare },
		.form = form,
	});
}

static void validate_two_factor_code(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form,
		const char *code) {
	scripted_ask(scripted_of(gw_request_gateway(req)), req, &(struct scripted_call){
		.name = "validate_two_factor_code",
		.words = { user->bare, code },
		.form = form,
	});
}

static void get_qr_text(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	scripted_ask(scripted_of(gw_request_gateway(req)), req, &(struct scripted_call){
		.name = "get_qr_text",
		.words = { user->bare },
		.form = form,
		.usual_answer = { .kind = SCRIPTED_TEXT, .text = "scan-me" },
	});
}

static void unregister(struct gw_request *req, struct gw_session *session) {
	scripted_ask(of_session(session), req, &(struct scripted_call){
		.name = "unregister",
		.words = { gw_session_jid(session)->bare },
	});
}

/* --- Life --- */

static bool start(struct gw_gateway *gateway) {
	scripted_note(scripted_of(gateway), &(struct scripted_call){ .name = "start", .is_life = true });
	return true;
}

static void stop(struct gw_gateway *gateway) {
	scripted_note(scripted_of(gateway), &(struct scripted_call){ .name = "stop", .is_life = true });
}

static void session_opened(struct gw_session *session) {
	scripted_note(of_session(session), &(struct scripted_call){
		.name = "session_opened",
		.words = { gw_session_jid(session)->bare },
		.is_life = true,
	});
}

static void session_closed(struct gw_session *session) {
	scripted_note(of_session(session), &(struct scripted_call){
		.name = "session_closed",
		.words = { gw_session_jid(session)->bare },
		.is_life = true,
	});
}

static void contact_closed(struct gw_contact *contact) {
	scripted_note(of_session(gw_contact_session(contact)), &(struct scripted_call){
		.name = "contact_closed",
		.words = { gw_contact_id(contact) },
		.is_life = true,
	});
}

static void login(struct gw_request *req, struct gw_session *session) {
	scripted_ask(of_session(session), req, &(struct scripted_call){
		.name = "login",
		.words = { gw_session_jid(session)->bare },
		.form = gw_session_credentials(session),
	});
}

static void logout(struct gw_request *req, struct gw_session *session) {
	scripted_ask(of_session(session), req, &(struct scripted_call){
		.name = "logout",
		.words = { gw_session_jid(session)->bare },
	});
}

/* --- What the user does --- */

static const char *labelled(char *out, size_t size, const char *label, const char *value) {
	if (value == NULL) {
		return NULL;
	}
	snprintf(out, size, "%s=%s", label, value);
	return out;
}

static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	char id[256], nonce[256], reply[256], thread[256], time[64] = "";
	if (message->sent_at_ms != 0) {
		snprintf(time, sizeof(time), "sent-at=%lld", (long long)message->sent_at_ms);
	}
	scripted_ask(of_session(gw_chat_session(chat)), req, &(struct scripted_call){
		.name = "on_message",
		.words = {
			gw_contact_id(gw_chat_contact(chat)),
			message->text,
			labelled(id, sizeof(id), "id", message->id),
			labelled(reply, sizeof(reply), "replies-to", message->replies_to),
			labelled(thread, sizeof(thread), "thread", message->thread),
			labelled(nonce, sizeof(nonce), "nonce", message->nonce),
			*time != '\0' ? time : NULL,
		},
	});
}

static void on_correct(struct gw_request *req, struct gw_chat *chat, const char *id, const struct gw_message *message) {
	char reply[256], thread[256];
	scripted_ask(of_session(gw_chat_session(chat)), req, &(struct scripted_call){
		.name = "on_correct",
		.words = {
			gw_contact_id(gw_chat_contact(chat)),
			id,
			message->text,
			labelled(reply, sizeof(reply), "replies-to", message->replies_to),
			labelled(thread, sizeof(thread), "thread", message->thread),
		},
	});
}

static void on_retract(struct gw_request *req, struct gw_chat *chat, const char *id) {
	scripted_ask(of_session(gw_chat_session(chat)), req, &(struct scripted_call){
		.name = "on_retract",
		.words = { gw_contact_id(gw_chat_contact(chat)), id },
	});
}

static void on_displayed(struct gw_chat *chat, const char *id) {
	scripted_note(of_session(gw_chat_session(chat)), &(struct scripted_call){
		.name = "on_displayed",
		.words = { gw_contact_id(gw_chat_contact(chat)), id },
	});
}

static void on_presence(struct gw_session *session, const struct gw_user_presence *presence) {
	char count[16];
	snprintf(count, sizeof(count), "clients=%u", presence->resource_count);
	scripted_note(of_session(session), &(struct scripted_call){
		.name = "on_presence",
		.words = { gw_session_jid(session)->bare, show_names[presence->show],
				presence->text != NULL ? presence->text : "", count },
	});
}

static void on_preferences(struct gw_session *session, const struct gw_form *before, const struct gw_form *now) {
	(void)before;
	scripted_note(of_session(session), &(struct scripted_call){
		.name = "on_preferences",
		.words = { gw_session_jid(session)->bare },
		.form = now,
	});
}

static void on_search(struct gw_request *req, struct gw_session *session, const struct gw_form *form) {
	scripted_ask(of_session(session), req, &(struct scripted_call){
		.name = "on_search",
		.words = { gw_session_jid(session)->bare },
		.form = form,
	});
}

static bool on_stanza(struct gw_gateway *gateway, const char *xml) {
	scripted_note(scripted_of(gateway), &(struct scripted_call){
		.name = "on_stanza",
		.words = { xml },
		.is_life = true,
	});
	return strstr(xml, "urn:example:for-the-module") != NULL;
}

static void on_room(struct gw_gateway *gateway, bool has_room) {
	scripted_note(scripted_of(gateway), &(struct scripted_call){
		.name = "on_room",
		.words = { has_room ? "yes" : "no" },
		.is_life = true,
	});
}

const struct gw_module scripted_module = {
	.abi = GW_ABI_VERSION,
	.version = "1.0",
	.component_name = "Scripted",
	.component_type = "scripted",
	.roster_group = "Network",
	.welcome_message = "Welcome!",
	.validate = validate,
	.validate_two_factor_code = validate_two_factor_code,
	.get_qr_text = get_qr_text,
	.unregister = unregister,
	.start = start,
	.stop = stop,
	.session_opened = session_opened,
	.session_closed = session_closed,
	.contact_closed = contact_closed,
	.login = login,
	.logout = logout,
	.on_message = on_message,
	.on_correct = on_correct,
	.on_retract = on_retract,
	.on_displayed = on_displayed,
	.on_presence = on_presence,
	.on_preferences = on_preferences,
	.on_search = on_search,
	.on_room = on_room,
	.on_stanza = on_stanza,
};

/* --- By name --- */

static const char *const requests[] = {
	"validate", "validate_two_factor_code", "get_qr_text", "unregister", "login", "logout", "on_message", "on_correct",
	"on_retract", "on_search",
};

static const char *const others[] = {
	"start", "stop", "session_opened", "session_closed", "contact_closed", "on_displayed", "on_presence",
	"on_preferences", "on_room", "on_stanza", "cancelled",
};

static bool is_among(const char *name, const char *const *names, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

bool scripted_is_request(const char *name) {
	return is_among(name, requests, sizeof(requests) / sizeof(*requests));
}

bool scripted_is_callback(const char *name) {
	return scripted_is_request(name) || is_among(name, others, sizeof(others) / sizeof(*others));
}

bool scripted_remove_callback(struct gw_module *module, const char *name) {
#define REMOVE(callback) \
	if (strcmp(name, #callback) == 0) { \
		module->callback = NULL; \
		return true; \
	}
	REMOVE(validate)
	REMOVE(validate_two_factor_code)
	REMOVE(get_qr_text)
	REMOVE(unregister)
	REMOVE(login)
	REMOVE(logout)
	REMOVE(on_message)
	REMOVE(on_correct)
	REMOVE(on_retract)
	REMOVE(on_displayed)
	REMOVE(on_presence)
	REMOVE(on_preferences)
	REMOVE(on_search)
	REMOVE(on_room)
	REMOVE(on_stanza)
	REMOVE(welcome_message)
	REMOVE(component_type)
	REMOVE(roster_group)
#undef REMOVE
	return false;
}
