/* SPDX-License-Identifier: MPL-2.0 */
/* A module that does not know when to stop: it uses the whole interface in the callbacks that say that something ended. */
#include <gangway/gangway.h>

#include <stddef.h>

static unsigned answers;

static void answered(const struct gw_input_result *result, void *data) {
	(void)data;
	answers += result->is_cancelled ? 1 : 100;
}

static void handle_timer(void *data) {
	(void)data;
	answers += 100;
}

static void validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	(void)user;
	(void)form;
	gw_request_ok(req);
}

static void login(struct gw_request *req, struct gw_session *session) {
	gw_contact_add_to_roster(gw_session_contact(session, "juliet"));
	gw_session_contact(session, "nurse");
	gw_request_ok(req);
}

static void logout(struct gw_request *req, struct gw_session *session) {
	(void)session;
	gw_request_ok(req);
}

static void use_contact(struct gw_contact *contact) {
	static const char *const reactions[] = { "!" };
	struct gw_message message = { .id = "last", .text = "My last words" };
	struct gw_actor *actor = gw_contact_actor(contact);
	gw_contact_set_name(contact, "Late");
	gw_contact_set_friend(contact, false);
	gw_contact_set_last_seen(contact, 1);
	gw_contact_set_presence(contact, GW_SHOW_DND, "Going");
	gw_contact_remove_from_roster(contact);
	gw_contact_add_to_roster(contact);
	gw_actor_send(actor, &message);
	gw_actor_react(actor, "last", reactions, 1);
	gw_actor_received(actor, "last");
	gw_actor_chat_state(actor, GW_CHAT_GONE);
}

static void contact_closed(struct gw_contact *contact) {
	use_contact(contact);
}

static void session_closed(struct gw_session *session) {
	struct gw_gateway *gateway = gw_session_gateway(session);
	const char *jid = gw_session_jid(session)->bare;
	gw_session_set_status(session, GW_SHOW_AWAY, "Going");
	gw_session_tell(session, "I am going");
	gw_session_lost(session, GW_LOSS_NETWORK, "Gone");
	gw_gateway_input(gateway, gw_session_scope(session), jid, "Any last words?", answered, NULL);
	gw_timer_start(gw_session_scope(session), 1, handle_timer, NULL);
	gw_defer(gw_session_scope(session), handle_timer, NULL);
}

static void stop(struct gw_gateway *gateway) {
	struct gw_message message = { .text = "The end" };
	gw_actor_send(gw_gateway_actor(gateway, "romeo@montague.lit"), &message);
	gw_gateway_send_presence(gateway, "juliet", "romeo@montague.lit", NULL, GW_SHOW_AWAY, NULL);
	gw_gateway_send_stanza(gateway, "<message to='romeo@montague.lit'><body>The end</body></message>");
	gw_log_info(gw_gateway_log(gateway), "%u questions were cancelled", answers);
}

GW_MODULE(last_words) = {
	.abi = GW_ABI_VERSION,
	.component_name = "Last words",
	.validate = validate,
	.login = login,
	.logout = logout,
	.contact_closed = contact_closed,
	.session_closed = session_closed,
	.stop = stop,
};
