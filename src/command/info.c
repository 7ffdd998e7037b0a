/* SPDX-License-Identifier: MPL-2.0 */
/* The command `info` (row C32). */
#include "command/builtin.h"
#include "command/run.h"
#include "util/text.h"
#include "version.h"

enum { MINUTE_S = 60, HOUR_S = 60 * MINUTE_S, DAY_S = 24 * HOUR_S };

/* "3 days, 2 h 5 min" */
static const char *duration(struct arena *arena, int64_t seconds) {
	long long days = seconds / DAY_S, hours = seconds % DAY_S / HOUR_S, minutes = seconds % HOUR_S / MINUTE_S;
	const char *rest = arena_printf(arena, "%lld h %lld min", hours, minutes);
	return days == 0 ? rest : arena_printf(arena, "%lld day%s, %s", days, days == 1 ? "" : "s", rest);
}

static void run(struct gw_request *req, struct gw_command_run *command) {
	struct gw_gateway *gateway = gw_command_gateway(command);
	struct arena *arena = run_arena(command);
	const char *version = gateway->module->version;
	int64_t now_ms = gw_time_ms(gateway->loop);
	gw_request_ok_text(req, arena_printf(arena,
			"%s (%s)\nGangway " GANGWAY_VERSION "%s%s\nRunning since %s (%s)",
			gateway_name(gateway), gateway->jid.bare, version ? ", module " : "", version ? version : "",
			text_write_time(arena, gateway->started_at_ms - gateway->started_at_ms % 1000),
			duration(arena, (now_ms - gateway->started_at_ms) / 1000)));
}

const struct gw_command command_info = {
	.keyword = "info",
	.title = "About this gateway",
	.help = "Says what this gateway is, its version, and for how long it has been running.",
	.access = GW_ACCESS_ANY,
	.category = &category_admin,
	.run = run,
};
