/* SPDX-License-Identifier: MPL-2.0 */
/* New accounts and changed ones. */
#include "gateway/account.h"

#include "gateway/recovery.h"
#include "gateway/roster.h"
#include "util/arena.h"

#include <string.h>

static const char usual_welcome[] = "Thank you for registering. Type “help” to see what I can do, or just start chatting "
		"with your contacts.";

static void greet(void *data);
static void log_in_anew(void *data);

void account_open(struct gw_gateway *gateway, const char *bare_jid, const struct gw_form *credentials) {
	struct store_user user = {
		.jid = bare_jid,
		.registered_at_ms = gw_time_ms(gateway->loop),
		.preferences = "",
	};
	user.id = store_user_add(gateway->store, &user, credentials);
	gw_log_info(&gateway->log, "%s registered", user.jid);
	struct gw_session *session = session_new(gateway, &user);
	recovery_user_came(session);
	gw_defer(&session->scope, greet, session);
}

void account_change(struct gw_session *session, const struct gw_form *credentials) {
	gw_session_set_credentials(session, credentials);
	gw_defer(&session->scope, log_in_anew, session);
}

static void log_in_anew(void *data) {
	struct gw_session *session = data;
	session->is_user_waiting = true;
	session_log_in_again(session);
}

static void tell_admins(struct gw_session *session) {
	struct gw_gateway *gateway = session->gateway;
	struct arena arena = { 0 };
	const char *text = arena_printf(&arena, "%s has registered with %s.", session->jid.bare, gateway_name(gateway));
	for (const char *const *admin = gateway->options->admins; admin && *admin; admin++) {
		if (strcmp(*admin, session->jid.bare) != 0) {
			gateway_tell(gateway, *admin, text);
		}
	}
	arena_finish(&arena);
}

static void welcome(struct gw_session *session) {
	if (session->is_welcomed) {
		return;
	}
	session->is_welcomed = true;
	store_user_set_welcomed(session->gateway->store, session->id);
	const char *text = session->gateway->module->welcome_message;
	if (!text) {
		text = usual_welcome;
	}
	if (*text) {
		gw_session_tell(session, text);
	}
}

static void greet(void *data) {
	struct gw_session *session = data;
	roster_add_gateway(session);
	tell_admins(session);
	welcome(session);
	session->is_user_waiting = true;
	session_log_in(session);
}
