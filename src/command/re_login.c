/* SPDX-License-Identifier: MPL-2.0 */
/* The command `re-login` (row C29): the whole login anew, now (W-18). */
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/login_pace.h"

static void run(struct gw_request *req, struct gw_command_run *command) {
	struct gw_session *session = gw_command_session(command);
	const char *refusal = login_pace_refusal(session->gateway, run_arena(command), session->jid.bare);
	if (refusal) {
		gw_request_fail(req, GW_RESOURCE_CONSTRAINT, refusal);
		return;
	}
	gw_request_ok_text(req, "I am trying to log you in now. You will see in my status whether it works.");
	session->is_user_waiting = true;
	session_log_in_again(session);
}

const struct gw_command command_re_login = {
	.keyword = "re-login",
	.title = "Log in again",
	.help = "Tries to log in to the network now, without waiting for the next attempt.",
	.access = GW_ACCESS_USER_NON_LOGGED,
	.run = run,
};
