/* SPDX-License-Identifier: MPL-2.0 */
/* The command `counters`: what became of messages, for admins. */
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/journal.h"

#include <inttypes.h>

static void run(struct gw_request *req, struct gw_command_run *command) {
	struct gw_gateway *gateway = gw_command_gateway(command);
	struct arena *arena = run_arena(command);
	const struct counters *counters = &gateway->counters;
	const char *from_users = arena_printf(arena,
			"From users: %" PRIu64 " messages, of which %" PRIu64 " arrived, %" PRIu64 " went back to their senders (%" PRIu64
			" may have arrived all the same), %" PRIu64 " wait or are under way\n"
			"Found in archives: %" PRIu64 ", came twice: %" PRIu64,
			counters->taken, counters->arrived, counters->returned, counters->uncertain, counters_under_way(gateway),
			counters->recovered, counters->repeated);
	const char *to_users = arena_printf(arena,
			"To users: %" PRIu64 " stanzas, %zu bytes of which the server has not confirmed yet\n"
			"Sent again: %" PRIu64 ", sent back by servers: %" PRIu64 ", played back by the network and passed over: %" PRIu64,
			counters->accepted, journal_bytes(gateway->journal), counters->sent_again, counters->bounced,
			counters->played_back);
	gw_request_ok_text(req, arena_printf(arena, "%s\n%s\nLost: %" PRIu64, from_users, to_users, counters_lost(gateway)));
}

const struct gw_command command_counters = {
	.keyword = "counters",
	.title = "What became of messages",
	.help = "Says how many messages arrived, went back, wait, were repeated or recovered since the gateway was started.",
	.access = GW_ACCESS_ADMIN,
	.category = &category_admin,
	.run = run,
};
