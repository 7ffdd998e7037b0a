/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A network without a network, for measuring what the gateway itself costs: whoever registers is let in, has as many
 * contacts as the option `contacts` says, and each of them says back what it is told.
 */
#include <gangway/gangway.h>

#include <stdio.h>
#include <stdlib.h>

struct bench_gateway {
	long contacts;
};

struct bench_session {
	unsigned long messages;
};

static const struct gw_module_option options[] = {
	{ "contacts", "1", "How many contacts everybody has", false },
	{ 0 },
};

static const struct gw_form_field registration_fields[] = {
	{ .var = "username", .label = "User name", .required = true },
	{ 0 },
};

static bool start(struct gw_gateway *gateway) {
	struct bench_gateway *mine = gw_gateway_data(gateway);
	mine->contacts = strtol(gw_gateway_option(gateway, "contacts"), NULL, 10);
	return true;
}

static void validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	(void)user;
	(void)form;
	gw_request_ok(req);
}

static void login(struct gw_request *req, struct gw_session *session) {
	const struct bench_gateway *mine = gw_gateway_data(gw_session_gateway(session));
	for (long i = 0; i < mine->contacts; i++) {
		char id[24], name[40];
		snprintf(id, sizeof(id), "c%ld", i);
		snprintf(name, sizeof(name), "Contact %s", id);
		struct gw_contact *contact = gw_session_contact(session, id);
		gw_contact_set_name(contact, name);
		gw_contact_set_presence(contact, GW_SHOW_AVAILABLE, NULL);
		gw_contact_add_to_roster(contact);
	}
	gw_request_ok_text(req, "in");
}

static void logout(struct gw_request *req, struct gw_session *session) {
	(void)session;
	gw_request_ok(req);
}

static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	struct bench_session *mine = gw_session_data(gw_chat_session(chat));
	char id[32], answer_id[40];
	snprintf(id, sizeof(id), "m%lu", ++mine->messages);
	snprintf(answer_id, sizeof(answer_id), "a%lu", mine->messages);
	gw_request_ok_id(req, id);
	gw_actor_send(gw_chat_actor(chat), &(struct gw_message){ .id = answer_id, .text = message->text });
}

GW_MODULE(bench) = {
	.abi = GW_ABI_VERSION,
	.component_name = "Bench",
	.component_type = "bench",
	.registration_fields = registration_fields,
	.welcome_message = "",
	.options = options,
	.gateway_size = sizeof(struct bench_gateway),
	.session_size = sizeof(struct bench_session),
	.start = start,
	.validate = validate,
	.login = login,
	.logout = logout,
	.on_message = on_message,
};
