/* SPDX-License-Identifier: MPL-2.0 */
/* Commands of the module: which there are, and what their next step is. */
#include "steps.h"

#include "scripted.h"
#include "util/mem.h"

#include <string.h>

static bool read_access(const char *name, enum gw_access *out) {
	static const struct {
		const char *name;
		enum gw_access access;
	} levels[] = {
		{ "logged-in", GW_ACCESS_USER_LOGGED }, { "users", GW_ACCESS_USER },
		{ "not-logged-in", GW_ACCESS_USER_NON_LOGGED }, { "strangers", GW_ACCESS_NON_USER },
		{ "anybody", GW_ACCESS_ANY }, { "admins", GW_ACCESS_ADMIN },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(levels); i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*out = levels[i].access;
			return true;
		}
	}
	return false;
}

static bool add(struct world *world, const struct step_input *input, const struct gw_command_category *category) {
	struct gw_command command = {
		.keyword = input->values[0],
		.title = input->values[1],
		.help = "A command of the scripted module.",
		.category = category,
	};
	return (read_access(input->values[2], &command.access) ||
			world_fail(world, "a command is for logged-in, not-logged-in, users, strangers, anybody or admins")) &&
			(scripted_commands_add(&world->commands, &world->module, &command) ||
			world_fail(world, "there are too many commands"));
}

static bool has_command(struct world *world, const struct step_input *input) {
	return add(world, input, NULL);
}

static bool has_command_in(struct world *world, const struct step_input *input) {
	struct gw_command_category *category = arena_new(&world->arena, sizeof(*category));
	*category = (struct gw_command_category){ .node = input->values[3], .title = input->values[4] };
	return add(world, input, category);
}

static bool is_command(struct world *world, const char *keyword) {
	return scripted_commands_has(&world->commands, keyword) || world_fail(world, "“%s” is no command", keyword);
}

static bool answers_with_question(struct world *world, const struct step_input *input) {
	if (!is_command(world, input->values[0])) {
		return false;
	}
	scripted_answer(world->scripted, input->values[0], &(struct scripted_answer){
		.kind = SCRIPTED_CONFIRM,
		.text = input->values[1],
	}, false);
	return true;
}

static bool answers_with_fields(struct world *world, const struct step_input *input) {
	struct gw_form_template *template = arena_new(&world->arena, sizeof(*template));
	template->title = input->values[1];
	template->instructions = input->arguments.count > 2 ? input->values[2] : NULL;
	if (!is_command(world, input->values[0]) || !steps_read_fields(world, input, &template->fields)) {
		return false;
	}
	scripted_answer(world->scripted, input->values[0], &(struct scripted_answer){
		.kind = SCRIPTED_ASK,
		.template = template,
	}, false);
	return true;
}

const struct step command_steps[] = {
	{ "module has the command WORD TEXT for WORD", STEP_ALONE, STEP_BEFORE, has_command },
	{ "module has the command WORD TEXT for WORD in WORD TEXT", STEP_ALONE, STEP_BEFORE, has_command_in },
	{ "module answers WORD with the question TEXT", STEP_ALONE, STEP_ANYTIME, answers_with_question },
	{ "module answers WORD with the fields TEXT", STEP_LINES, STEP_ANYTIME, answers_with_fields },
	{ "module answers WORD with the fields TEXT TEXT", STEP_LINES, STEP_ANYTIME, answers_with_fields },
	{ 0 },
};
