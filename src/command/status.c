/* SPDX-License-Identifier: MPL-2.0 */
/* The command `status`: how the user's login is doing, in words. */
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/contact.h"
#include "gateway/deliveries.h"
#include "util/text.h"

static const char *describe_state(const struct gw_session *session) {
	switch (session->state) {
	case SESSION_IDLE:
		return "You are not logged in, and I am not trying. Type “re-login” to log in.";
	case SESSION_QUEUED:
		return "You are waiting for your turn to be logged in.";
	case SESSION_LOGGING_IN:
		return "I am just logging you in.";
	case SESSION_LOGGED_IN:
		return "You are logged in.";
	case SESSION_RETRYING:
		return "You are not logged in. I will try again by myself; type “re-login” to try now.";
	case SESSION_LOGGING_OUT:
	case SESSION_CLOSED:
		break;
	}
	return "You are just being logged out.";
}

static void run(struct gw_request *req, struct gw_command_run *command) {
	struct gw_session *session = gw_command_session(command);
	struct arena *arena = run_arena(command);
	const char *text = describe_state(session);
	if (session->status && *session->status) {
		text = arena_printf(arena, "%s\nStatus: %s", text, session->status);
	}
	if (session->failures > 0) {
		text = arena_printf(arena, "%s\nFailed attempts in a row: %u", text, session->failures);
	}
	if (session->delivery_count > 0) {
		text = arena_printf(arena,
				"%s\nYour messages that wait for the network: %zu, and %u more that it has not confirmed yet", text,
				deliveries_waiting_count(session), session->in_flight_count);
	}
	if (session->refused_count > 0) {
		text = arena_printf(arena, "%s\nYour messages that came back: %u, the last one to %s", text,
				session->refused_count, session->last_refusal);
	}
	unsigned contacts = 0;
	for (struct gw_contact *contact = contacts_first(session); contact; contact = contact->next) {
		contacts++;
	}
	gw_request_ok_text(req, arena_printf(arena, "%s\nContacts I know of: %u", text, contacts));
}

const struct gw_command command_status = {
	.keyword = "status",
	.title = "Status",
	.help = "Says whether you are logged in to the network, and if not, why.",
	.access = GW_ACCESS_USER,
	.run = run,
};
