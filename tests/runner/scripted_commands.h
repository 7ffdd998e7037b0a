/* SPDX-License-Identifier: MPL-2.0 */
/* The commands that a script gives to the scripted module; each is called and answered by its keyword. */
#ifndef RUNNER_SCRIPTED_COMMANDS_H
#define RUNNER_SCRIPTED_COMMANDS_H

#include <gangway/gangway.h>

enum { SCRIPTED_MAX_COMMANDS = 4 };

struct scripted_commands {
	struct gw_command slots[SCRIPTED_MAX_COMMANDS];
	const struct gw_command *all[SCRIPTED_MAX_COMMANDS + 1];
	unsigned count;
};

/* Copied; its run() is the script's. False: there are too many. */
bool scripted_commands_add(struct scripted_commands *commands, struct gw_module *module,
		const struct gw_command *command);
bool scripted_commands_has(const struct scripted_commands *commands, const char *keyword);

/* Answers with one more step, whose continuation is the same command again. */
void scripted_commands_ask(struct gw_request *req, unsigned slot, const struct gw_form_template *template);
void scripted_commands_confirm(struct gw_request *req, unsigned slot, const char *prompt);

#endif
