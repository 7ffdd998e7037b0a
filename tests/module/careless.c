/* SPDX-License-Identifier: MPL-2.0 */
/* A module that hands on what its network says without a look at it: numbers that mean nothing here, and times of no clock. */
#include <gangway/gangway.h>

#include <stdint.h>
#include <string.h>

static void validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	(void)user;
	(void)form;
	gw_request_ok(req);
}

static void login(struct gw_request *req, struct gw_session *session) {
	if (gw_session_find_contact(session, "no-way-in")) {
		gw_request_fail_login(req, (enum gw_loss)77, "No way in.");
		return;
	}
	gw_contact_add_to_roster(gw_session_contact(session, "juliet"));
	gw_request_ok(req);
}

static void logout(struct gw_request *req, struct gw_session *session) {
	(void)session;
	gw_request_ok(req);
}

static void say_at(struct gw_actor *actor, int64_t sent_at_ms) {
	gw_actor_send(actor, &(struct gw_message){ .text = "When?", .sent_at_ms = sent_at_ms });
}

/* The text of the message is the mistake that is made. */
static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	struct gw_session *session = gw_chat_session(chat);
	struct gw_contact *contact = gw_chat_contact(chat);
	struct gw_actor *actor = gw_chat_actor(chat);
	if (strcmp(message->text, "fail") == 0) {
		gw_request_fail(req, (enum gw_condition)77, NULL);
		return;
	}
	gw_request_ok(req);
	if (strcmp(message->text, "state") == 0) {
		gw_actor_chat_state(actor, (enum gw_chat_state)77);
	} else if (strcmp(message->text, "show") == 0) {
		gw_contact_set_presence(contact, (enum gw_show)77, NULL);
	} else if (strcmp(message->text, "times") == 0) {
		say_at(actor, INT64_MIN);
		say_at(actor, -1);
		say_at(actor, INT64_MAX);
		gw_contact_set_last_seen(contact, INT64_MIN);
		gw_contact_set_last_seen(contact, INT64_MAX);
		gw_contact_set_last_seen(contact, -1);
	} else if (strcmp(message->text, "loss") == 0) {
		gw_session_contact(session, "no-way-in");
		gw_session_lost(session, (enum gw_loss)77, "Lost.");
	}
}

GW_MODULE(careless) = {
	.abi = GW_ABI_VERSION,
	.component_name = "Careless",
	.validate = validate,
	.login = login,
	.logout = logout,
	.on_message = on_message,
	.tells_last_seen = true,
};
