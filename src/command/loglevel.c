/* SPDX-License-Identifier: MPL-2.0 */
/* The command `loglevel` (row C34). */
#include "command/builtin.h"
#include "command/run.h"
#include "util/log.h"

static void submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	enum gw_log_level level;
	if (!log_level_read(gw_form_text(form, "level"), &level)) {
		gw_request_fail(req, GW_NOT_ACCEPTABLE, "There is no such level.");
		return;
	}
	log_set_level(level);
	gw_log_info(&gw_command_gateway(run)->log, "log level set to %s by %s", log_level_name(level),
			gw_command_asker(run)->bare);
	gw_request_ok_text(req, arena_printf(run_arena(run), "The log level is “%s” now, until the gateway is started anew.",
			log_level_name(level)));
}

static void ask(struct gw_request *req, struct gw_command_run *run) {
	static const struct gw_form_option options[] = {
		{ .value = "error", .label = "Errors" },
		{ .value = "warning", .label = "Warnings" },
		{ .value = "info", .label = "Information" },
		{ .value = "debug", .label = "Everything" },
		{ 0 },
	};
	(void)run;
	const struct gw_form_field fields[] = {
		{
			.var = "level",
			.label = "Log level",
			.type = GW_FIELD_LIST_SINGLE,
			.required = true,
			.value = log_level_name(log_level()),
			.options = options,
		},
		{ 0 },
	};
	gw_command_ask(req, &(struct gw_form_template){ .title = "Change the log level", .fields = fields }, submitted);
}

const struct gw_command command_loglevel = {
	.keyword = "loglevel",
	.title = "Change the log level",
	.help = "Changes how much this process writes to its log.",
	.access = GW_ACCESS_ADMIN,
	.category = &category_admin,
	.run = ask,
};
