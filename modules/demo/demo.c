/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The demo module: a chat network in memory, so that the first minute needs no account anywhere, and so that two XMPP
 * clients can exercise every feature in both directions with nothing mocked on the XMPP side.
 */
#include "network.h"
#include "residents.h"

#include <stdio.h>
#include <string.h>

static const char right_code[] = "123456";

static struct network *network_of(struct gw_gateway *gateway) {
	return gw_gateway_data(gateway);
}

/* Who a session is on the network; NULL while it is not connected. */
struct demo_session {
	struct account *account;
};

static struct account *account_of(struct gw_session *session) {
	struct demo_session *mine = gw_session_data(session);
	return mine->account;
}

/* --- The gateway --- */

static bool start(struct gw_gateway *gateway) {
	static const struct {
		const char *name;
		enum gw_registration_type type;
	} types[] = {
		{ "form", GW_REGISTRATION_SINGLE_STEP_FORM },
		{ "code", GW_REGISTRATION_TWO_FACTOR_CODE },
		{ "qr", GW_REGISTRATION_QRCODE },
	};
	int64_t now_ms = gw_time_ms(gw_scope_loop(gw_gateway_scope(gateway)));
	snprintf(network_of(gateway)->run, sizeof(network_of(gateway)->run), "%llx", (unsigned long long)now_ms);
	const char *wanted = gw_gateway_option(gateway, "registration");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(wanted, types[i].name) == 0) {
			return gw_gateway_set_registration_type(gateway, types[i].type);
		}
	}
	return gw_gateway_refuse_option(gateway, "registration", "form, code or qr");
}

static void stop(struct gw_gateway *gateway) {
	network_finish(network_of(gateway));
}

/* --- Registration --- */

static const struct gw_form_field registration_fields[] = {
	{ .var = "username", .label = "Your name on the demo network", .required = true, .max_bytes = ACCOUNT_NAME_MAX },
	{ .var = "password", .label = "Password (anything but “wrong”)", .type = GW_FIELD_TEXT_PRIVATE },
	{ 0 },
};

/* Is somebody else connected by this name? */
static bool is_taken(struct network *network, const char *name, const struct gw_jid *user) {
	const struct account *account = network_find(network, name);
	return account && account->session && strcmp(gw_session_jid(account->session)->bare, user->bare) != 0;
}

static void validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	char name[ACCOUNT_NAME_MAX + 1];
	if (!network_read_name(gw_form_text(form, "username"), name)) {
		gw_request_fail(req, GW_NOT_ACCEPTABLE,
				"A name is made of the letters a to z, digits, dots, dashes and underscores.");
	} else if (residents_have(name) || is_taken(network_of(gw_request_gateway(req)), name, user)) {
		gw_request_fail(req, GW_CONFLICT, "Somebody by this name lives here already: choose another one.");
	} else if (strcmp(gw_form_text(form, "password"), "wrong") == 0) {
		gw_request_fail(req, GW_NOT_AUTHORIZED, "The demo network refused this password.");
	} else {
		gw_request_ok(req);
	}
}

static void validate_two_factor_code(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form,
		const char *code) {
	(void)user;
	(void)form;
	if (strcmp(code, right_code) == 0) {
		gw_request_ok(req);
	} else {
		gw_request_fail(req, GW_NOT_AUTHORIZED, "This code is wrong. On the demo network it is 123456.");
	}
}

static void get_qr_text(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	(void)form;
	char text[512];
	snprintf(text, sizeof(text), "gangway-demo:%s", user->bare);
	gw_request_ok_text(req, text);
}

/* Plays the app that scans the code: anybody may say what it says. */
static void link_account(struct gw_request *req, struct gw_gateway *gateway, const char *text) {
	static const char prefix[] = "gangway-demo:";
	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0) {
		gw_request_fail(req, GW_BAD_REQUEST, "The QR code says something that begins with “gangway-demo:”. Give me that.");
	} else if (gw_gateway_confirm_qr(gateway, text + sizeof(prefix) - 1, GW_OK, NULL, NULL)) {
		gw_request_ok_text(req, "Linked: the registration goes on.");
	} else {
		gw_request_fail(req, GW_ITEM_NOT_FOUND, "No registration is waiting for this code.");
	}
}

static void link_text_given(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	link_account(req, gw_command_gateway(run), gw_form_text(form, "code"));
}

static void run_link(struct gw_request *req, struct gw_command_run *run) {
	static const struct gw_form_field fields[] = {
		{ .var = "code", .label = "What the QR code says", .required = true },
		{ 0 },
	};
	static const struct gw_form_template form = { .title = "Scan a QR code", .fields = fields };
	const char *text = gw_command_arguments(run);
	if (*text) {
		link_account(req, gw_command_gateway(run), text);
	} else {
		gw_command_ask(req, &form, link_text_given);
	}
}

static const struct gw_command command_link = {
	.keyword = "link",
	.title = "Scan a QR code",
	.help = "Plays the network's app: “link gangway-demo:…” with what the QR code says.",
	.access = GW_ACCESS_ANY,
	.run = run_link,
};

static const struct gw_command *const commands[] = { &command_link, NULL };

/* --- Sessions --- */

static void login(struct gw_request *req, struct gw_session *session) {
	struct network *network = network_of(gw_session_gateway(session));
	char name[ACCOUNT_NAME_MAX + 1];
	if (!network_read_name(gw_form_text(gw_session_credentials(session), "username"), name)) {
		gw_request_fail_login(req, GW_LOSS_CREDENTIALS, "The demo network does not know this name.");
		return;
	}
	struct account *account = network_get(network, name);
	if (account->session && account->session != session) {
		gw_request_fail_login(req, GW_LOSS_CREDENTIALS, "Somebody else uses this name: register with another one.");
		return;
	}
	residents_greet(session);
	network_connect(network, account, session);
	((struct demo_session *)gw_session_data(session))->account = account;
	char text[96];
	snprintf(text, sizeof(text), "Connected as %s", name);
	gw_request_ok_text(req, text);
}

static void logout(struct gw_request *req, struct gw_session *session) {
	struct account *account = account_of(session);
	if (account) {
		network_disconnect(network_of(gw_session_gateway(session)), account);
		((struct demo_session *)gw_session_data(session))->account = NULL;
	}
	gw_request_ok(req);
}

static void on_presence(struct gw_session *session, const struct gw_user_presence *presence) {
	struct account *account = account_of(session);
	if (account) {
		network_set_presence(network_of(gw_session_gateway(session)), account, presence);
	}
}

/* --- People --- */

static bool is_contact_id(struct gw_session *session, const char *id) {
	char name[ACCOUNT_NAME_MAX + 1];
	return network_read_name(id, name) && (residents_have(name) ||
			network_find(network_of(gw_session_gateway(session)), name));
}

static const char not_connected_text[] = "This person is not connected to the demo network now.";

static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	struct gw_session *session = gw_chat_session(chat);
	struct network *network = network_of(gw_session_gateway(session));
	struct account *from = account_of(session);
	const char *to = gw_contact_id(gw_chat_contact(chat));
	char id[96];
	if (residents_have(to)) {
		network_make_id(network, from, id, sizeof(id));
		gw_request_ok_id(req, id);
		residents_hear(chat, message, id);
		return;
	}
	struct account *recipient = network_find(network, to);
	if (!recipient || !network_send(network, from, recipient, message, id, sizeof(id))) {
		gw_request_fail(req, GW_RECIPIENT_UNAVAILABLE, not_connected_text);
		return;
	}
	gw_request_ok_id(req, id);
}

/* Edits have an id of their own here, except those that residents hear of. */
static void on_correct(struct gw_request *req, struct gw_chat *chat, const char *id, const struct gw_message *message) {
	struct gw_session *session = gw_chat_session(chat);
	struct network *network = network_of(gw_session_gateway(session));
	const char *to = gw_contact_id(gw_chat_contact(chat));
	if (residents_have(to)) {
		gw_request_ok(req);
		residents_hear_correction(chat, id, message);
		return;
	}
	char edit_id[96];
	struct account *recipient = network_find(network, to);
	if (!recipient || !network_correct(network, account_of(session), recipient, id, message, edit_id, sizeof(edit_id))) {
		gw_request_fail(req, GW_RECIPIENT_UNAVAILABLE, not_connected_text);
		return;
	}
	gw_request_ok_id(req, edit_id);
}

static void on_retract(struct gw_request *req, struct gw_chat *chat, const char *id) {
	struct gw_session *session = gw_chat_session(chat);
	const char *to = gw_contact_id(gw_chat_contact(chat));
	if (residents_have(to)) {
		gw_request_ok(req);
		residents_hear_retraction(chat, id);
		return;
	}
	struct account *recipient = network_find(network_of(gw_session_gateway(session)), to);
	if (!recipient || !network_retract(account_of(session), recipient, id)) {
		gw_request_fail(req, GW_RECIPIENT_UNAVAILABLE, not_connected_text);
		return;
	}
	gw_request_ok(req);
}

static void on_displayed(struct gw_chat *chat, const char *id) {
	struct gw_session *session = gw_chat_session(chat);
	struct account *writer = network_find(network_of(gw_session_gateway(session)),
			gw_contact_id(gw_chat_contact(chat)));
	struct account *reader = account_of(session);
	if (writer && reader) {
		network_displayed(reader, writer, id);
	}
}

static const struct gw_form_field search_fields[] = {
	{ .var = "name", .label = "Name, or a part of it", .required = true },
	{ 0 },
};

static void add_found(struct gw_table *table, struct gw_session *session, const char *name) {
	struct gw_contact *contact = gw_session_contact(session, name);
	gw_table_add_row(table, (const char *const[]){ gw_contact_jid(contact), name });
}

static void on_search(struct gw_request *req, struct gw_session *session, const struct gw_form *form) {
	static const struct gw_table_column columns[] = {
		{ .var = "jid", .label = "Address", .is_jid = true },
		{ .var = "name", .label = "Name" },
		{ 0 },
	};
	struct gw_table *table = gw_table_new("People on the demo network", columns);
	struct network *network = network_of(gw_session_gateway(session));
	const char *part = gw_form_text(form, "name"), *resident;
	for (size_t i = 0; (resident = residents_name(i)); i++) {
		if (network_name_has(resident, part)) {
			add_found(table, session, resident);
		}
	}
	for (struct account *account = network->accounts; account; account = account->next) {
		if (account->session != session && network_name_has(account->name, part)) {
			add_found(table, session, account->name);
		}
	}
	gw_request_ok_table(req, table);
}

static const struct gw_module_option options[] = {
	{ "registration", "form", "How users register: form, code (a second factor, 123456) or qr", false },
	{ 0 },
};

GW_MODULE(demo) = {
	.abi = GW_ABI_VERSION,
	.component_name = "Gangway demo",
	.component_type = "demo",
	.roster_group = "Demo",
	.registration_fields = registration_fields,
	.registration_instructions = "Choose a name on the demo network, which lives in this gateway's memory.",
	.options = options,
	.gateway_size = sizeof(struct network),
	.session_size = sizeof(struct demo_session),
	.start = start,
	.stop = stop,
	.validate = validate,
	.validate_two_factor_code = validate_two_factor_code,
	.get_qr_text = get_qr_text,
	.login = login,
	.logout = logout,
	.is_contact_id = is_contact_id,
	.on_message = on_message,
	/* It lives in this process: what was not answered when it died has not reached anybody. */
	.recognises_messages = true,
	.on_correct = on_correct,
	.on_retract = on_retract,
	.on_displayed = on_displayed,
	.on_presence = on_presence,
	.search_fields = search_fields,
	.search_title = "Find people on the demo network",
	.on_search = on_search,
	.tells_last_seen = true,
	.commands = commands,
};
