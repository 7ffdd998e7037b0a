/* SPDX-License-Identifier: MPL-2.0 */
/* Commands of the scripted module: a few slots that a script fills, because a command is a constant with its functions. */
#include "scripted_commands.h"

#include "scripted_calls.h"
#include "util/mem.h"
#include "world.h"

#include <string.h>

/* What every slot does, told apart by its number. */
static void call(unsigned slot, struct gw_request *req, struct gw_command_run *run, const char *what,
		const struct gw_form *form) {
	struct scripted *scripted = scripted_of(gw_command_gateway(run));
	scripted_ask(scripted, req, &(struct scripted_call){
		.name = world_of(gw_command_gateway(run))->commands.slots[slot].keyword,
		.words = { gw_command_asker(run)->bare, what },
		.form = form,
		.command_slot = slot,
	});
}

#define SLOT(number) \
	static void run_##number(struct gw_request *req, struct gw_command_run *run) { \
		call(number, req, run, gw_command_arguments(run), NULL); \
	} \
	static void submitted_##number(struct gw_request *req, struct gw_command_run *run, \
			const struct gw_form *form) { \
		call(number, req, run, "submitted", form); \
	} \
	static void confirmed_##number(struct gw_request *req, struct gw_command_run *run) { \
		call(number, req, run, "confirmed", NULL); \
	}

SLOT(0)
SLOT(1)
SLOT(2)
SLOT(3)

static const struct {
	void (*run)(struct gw_request *req, struct gw_command_run *run);
	void (*submitted)(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form);
	void (*confirmed)(struct gw_request *req, struct gw_command_run *run);
} slots[SCRIPTED_MAX_COMMANDS] = {
	{ run_0, submitted_0, confirmed_0 },
	{ run_1, submitted_1, confirmed_1 },
	{ run_2, submitted_2, confirmed_2 },
	{ run_3, submitted_3, confirmed_3 },
};

bool scripted_commands_add(struct scripted_commands *commands, struct gw_module *module,
		const struct gw_command *command) {
	if (commands->count == SCRIPTED_MAX_COMMANDS) {
		return false;
	}
	unsigned slot = commands->count++;
	commands->slots[slot] = *command;
	commands->slots[slot].run = slots[slot].run;
	commands->slots[slot].data_size = sizeof(int);
	commands->all[slot] = &commands->slots[slot];
	module->commands = commands->all;
	return true;
}

bool scripted_commands_has(const struct scripted_commands *commands, const char *keyword) {
	for (unsigned i = 0; i < commands->count; i++) {
		if (strcmp(commands->slots[i].keyword, keyword) == 0) {
			return true;
		}
	}
	return false;
}

void scripted_commands_ask(struct gw_request *req, unsigned slot, const struct gw_form_template *template) {
	gw_command_ask(req, template, slots[slot].submitted);
}

void scripted_commands_confirm(struct gw_request *req, unsigned slot, const char *prompt) {
	gw_command_confirm(req, prompt, slots[slot].confirmed);
}
