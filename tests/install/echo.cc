// SPDX-License-Identifier: MPL-2.0
/* modules/echo in C++: the headers are to be used as they are, without extern "C" around them. */
#include <gangway/gangway.h>
#include <gangway/test.h>

#include <string>

namespace {

/* The core knows nothing of constructors: the zeroed memory holds a pointer to the object. */
struct Session {
	std::string last;
};

Session *&session_of(struct gw_session *session) {
	return *static_cast<Session **>(gw_session_data(session));
}

void validate(struct gw_request *req, const struct gw_jid *, const struct gw_form *form) {
	if (std::string(gw_form_text(form, "password")) == "wrong") {
		gw_request_fail(req, GW_NOT_AUTHORIZED, "The network does not know this password.");
		return;
	}
	gw_request_ok(req);
}

void session_opened(struct gw_session *session) {
	session_of(session) = new Session();
}

void session_closed(struct gw_session *session) {
	delete session_of(session);
}

void login(struct gw_request *req, struct gw_session *session) {
	gw_contact_add_to_roster(gw_session_contact(session, "echo"));
	gw_log_debug(gw_session_log(session), "there is %d contact", 1);
	gw_request_ok(req);
}

void logout(struct gw_request *req, struct gw_session *) {
	gw_request_ok(req);
}

void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	Session *mine = session_of(gw_chat_session(chat));
	mine->last = message->text;
	gw_request_ok(req);

	struct gw_message answer = {};
	answer.text = mine->last.c_str();
	gw_actor_send(gw_chat_actor(chat), &answer);
}

} // namespace

/* In the order in which module.h has them: C++ wants that. */
GW_MODULE(echo) = {
	.abi = GW_ABI_VERSION,
	.component_name = "Echo in C++",
	.validate = validate,
	.session_size = sizeof(Session *),
	.session_opened = session_opened,
	.session_closed = session_closed,
	.login = login,
	.logout = logout,
	.on_message = on_message,
};
