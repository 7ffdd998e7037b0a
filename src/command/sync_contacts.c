/* SPDX-License-Identifier: MPL-2.0 */
/* The command `sync-contacts` (row C23). */
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/privileges.h"
#include "gateway/roster.h"

static const char no_privilege_text[] = "Your server does not let this gateway see your contact list, so it cannot be "
		"brought up to date. The admin of your server can change that (XEP-0356).";

static void synced(const struct roster_sync_result *result, void *data) {
	struct gw_request *req = data;
	if (result->condition != GW_OK) {
		gw_request_fail(req, result->condition, result->text);
		return;
	}
	struct arena arena = { 0 };
	gw_request_ok_text(req, arena_printf(&arena, "%u added, %u removed, %u updated.", result->added, result->removed,
			result->updated));
	arena_finish(&arena);
}

static bool may_sync(const struct gw_session *session) {
	const struct gw_gateway *gateway = session->gateway;
	return privileges_may_get_roster(gateway, session->jid.domain) &&
			privileges_may_set_roster(gateway, session->jid.domain);
}

static void confirmed(struct gw_request *req, struct gw_command_run *run) {
	struct gw_session *session = gw_command_session(run);
	if (may_sync(session)) {
		roster_sync(session, synced, req);
	} else {
		gw_request_fail(req, GW_FORBIDDEN, no_privilege_text);
	}
}

static void ask(struct gw_request *req, struct gw_command_run *run) {
	struct gw_session *session = gw_command_session(run);
	if (session->gateway->options->no_roster_push) {
		gw_request_fail(req, GW_NOT_ALLOWED, "The admin of this gateway does not let it change contact lists.");
	} else if (may_sync(session)) {
		gw_command_confirm(req, "Shall I bring your contact list up to date? People whom the network does not know any "
				"more are removed from it, missing ones are added.", confirmed);
	} else {
		gw_request_fail(req, GW_FORBIDDEN, no_privilege_text);
	}
}

const struct gw_command command_sync_contacts = {
	.keyword = "sync-contacts",
	.title = "Bring your contact list up to date",
	.help = "Compares your contact list with the network's: removes who is gone, adds who is missing.",
	.access = GW_ACCESS_USER_LOGGED,
	.category = &category_contacts,
	.run = ask,
};
