/* SPDX-License-Identifier: MPL-2.0 */
/* The command `list_users` (row C31). */
#include "command/builtin.h"
#include "command/run.h"
#include "util/text.h"

struct listing {
	struct gw_gateway *gateway;
	struct gw_table *table;
};

static bool add(const struct store_user *user, void *data) {
	struct listing *listing = data;
	struct arena arena = { 0 };
	const struct gw_session *session = session_find(listing->gateway, user->jid);
	const char *joined = text_write_time(&arena, user->registered_at_ms - user->registered_at_ms % 1000);
	gw_table_add_row(listing->table, (const char *const[]){
		user->jid, joined, session && gw_session_is_logged_in(session) ? "yes" : "no",
	});
	arena_finish(&arena);
	return true;
}

static void run(struct gw_request *req, struct gw_command_run *command) {
	static const struct gw_table_column columns[] = {
		{ .var = "jid", .label = "Address", .is_jid = true },
		{ .var = "joined", .label = "Registered" },
		{ .var = "logged_in", .label = "Logged in" },
		{ 0 },
	};
	struct gw_gateway *gateway = gw_command_gateway(command);
	size_t count = store_users_count(gateway->store);
	struct listing listing = {
		.gateway = gateway,
		.table = gw_table_new(count > 0 ? "Registered users" : "Nobody is registered.", columns),
	};
	store_users_each(gateway->store, add, &listing);
	gw_request_ok_table(req, listing.table);
}

const struct gw_command command_list_users = {
	.keyword = "list_users",
	.title = "List registered users",
	.help = "Lists who is registered with this gateway, since when, and whether they are logged in.",
	.access = GW_ACCESS_ADMIN,
	.category = &category_admin,
	.run = run,
};
