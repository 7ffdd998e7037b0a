/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The smallest complete gateway: a network with one resident, who says back what you say. Start from a copy of this file;
 * docs/module-guide.md explains it line by line.
 */
#include <gangway/gangway.h>

#include <stdio.h>
#include <string.h>

/* Zeroed before the first login, freed when the user unregisters. */
struct echo_session {
	unsigned messages;
};

/* What a user is asked for; a zeroed field ends the table. The password is stored encrypted and never logged. */
static const struct gw_form_field registration_fields[] = {
	{ .var = "username", .label = "Your name there", .required = true },
	{ .var = "password", .label = "Password", .type = GW_FIELD_TEXT_PRIVATE },
	{ 0 },
};

/* The user sent the form. A real module would ask its network now, and answer when it hears back. */
static void validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	(void)user;
	if (strcmp(gw_form_text(form, "password"), "wrong") == 0) {
		gw_request_fail(req, GW_NOT_AUTHORIZED, "The network does not know this password.");
		return;
	}
	gw_request_ok(req);
}

/* Connect the user. The core calls this again, in its own time, after gw_session_lost(). */
static void login(struct gw_request *req, struct gw_session *session) {
	struct gw_contact *echo = gw_session_contact(session, "echo");
	gw_contact_set_name(echo, "Echo");
	gw_contact_set_presence(echo, GW_SHOW_AVAILABLE, "Say something");
	gw_contact_add_to_roster(echo);
	gw_request_ok_text(req, "Connected"); /* becomes the gateway's status line */
}

static void logout(struct gw_request *req, struct gw_session *session) {
	(void)session;
	gw_request_ok(req);
}

/* Who could be written to? Only the one resident: other addresses do not exist. */
static bool is_contact_id(struct gw_session *session, const char *id) {
	(void)session;
	return strcmp(id, "echo") == 0;
}

/*
 * The user wrote to a contact. The answer is what the network calls the message: from then on the id can be referred to,
 * as the reply does.
 */
static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	struct echo_session *mine = gw_session_data(gw_chat_session(chat));
	char id[16];
	snprintf(id, sizeof(id), "%u", ++mine->messages);
	gw_request_ok_id(req, id);

	struct gw_message answer = { .text = message->text, .replies_to = id };
	gw_actor_send(gw_chat_actor(chat), &answer);
}

GW_MODULE(echo) = {
	.abi = GW_ABI_VERSION,
	.component_name = "Echo",
	.component_type = "echo",
	.registration_type = GW_REGISTRATION_SINGLE_STEP_FORM,
	.registration_fields = registration_fields,
	.registration_instructions = "Any name and password will do.",
	.session_size = sizeof(struct echo_session),
	.validate = validate,
	.login = login,
	.logout = logout,
	.is_contact_id = is_contact_id,
	.on_message = on_message,
};
