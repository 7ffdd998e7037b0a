/* SPDX-License-Identifier: MPL-2.0 */
/* What the module is asked, and how it answers. */
#include "steps.h"

#include "scripted.h"

#include <string.h>

/* --- Answers --- */

static bool is_request(struct world *world, const char *name) {
	if (world->scripted == NULL) {
		return world_fail(world, "only the scripted module can be told what to answer");
	}
	return scripted_is_request(name) || scripted_commands_has(&world->commands, name) ||
			world_fail(world, "“%s” is no callback that owes an answer", name);
}

static bool answer(struct world *world, const char *name, const struct scripted_answer *how, bool always) {
	if (!is_request(world, name)) {
		return false;
	}
	scripted_answer(world->scripted, name, how, always);
	return true;
}

static bool holds(struct world *world, const struct step_input *input) {
	if (!is_request(world, input->values[0])) {
		return false;
	}
	scripted_hold(world->scripted, input->values[0], true);
	return true;
}

static bool holds_no_longer(struct world *world, const struct step_input *input) {
	if (!is_request(world, input->values[0])) {
		return false;
	}
	scripted_hold(world->scripted, input->values[0], false);
	return true;
}

static bool answers(struct world *world, const struct step_input *input) {
	return answer(world, input->values[0], &(struct scripted_answer){ .kind = SCRIPTED_OK }, false);
}

static bool answers_with_text(struct world *world, const struct step_input *input) {
	return answer(world, input->values[0], &(struct scripted_answer){
		.kind = SCRIPTED_TEXT,
		.text = input->values[1],
	}, false);
}

static bool always_answers_with_text(struct world *world, const struct step_input *input) {
	return answer(world, input->values[0], &(struct scripted_answer){
		.kind = SCRIPTED_TEXT,
		.text = input->values[1],
	}, true);
}

static bool answers_with_id(struct world *world, const struct step_input *input) {
	return answer(world, input->values[0], &(struct scripted_answer){
		.kind = SCRIPTED_ID,
		.text = input->values[1],
	}, false);
}

static bool answers_with_lines(struct world *world, const struct step_input *input) {
	bool is_table = strcmp(input->values[1], "table") == 0;
	if (!is_table && strcmp(input->values[1], "form") != 0) {
		return world_fail(world, "an answer has a form or a table");
	}
	return answer(world, input->values[0], &(struct scripted_answer){
		.kind = is_table ? SCRIPTED_TABLE : SCRIPTED_FORM,
		.lines = input->lines,
		.line_count = input->line_count,
	}, false);
}

static bool answers_without_code(struct world *world, const struct step_input *input) {
	return answer(world, input->values[0], &(struct scripted_answer){
		.kind = SCRIPTED_WITHOUT_CODE,
		.lines = input->lines,
		.line_count = input->line_count,
	}, false);
}

static bool has_not_sent(struct world *world, const struct step_input *input) {
	return answer(world, input->values[0], &(struct scripted_answer){ .kind = SCRIPTED_NOT_SENT }, false);
}

static bool never_sends(struct world *world, const struct step_input *input) {
	return answer(world, input->values[0], &(struct scripted_answer){ .kind = SCRIPTED_NOT_SENT }, true);
}

static bool refuse(struct world *world, const struct step_input *input, bool always) {
	struct scripted_answer how = {
		.kind = SCRIPTED_FAIL,
		.text = input->arguments.count > 2 ? input->values[2] : NULL,
	};
	return (steps_read_condition(input->values[1], &how.condition) ||
			world_fail(world, "“%s” is no condition", input->values[1])) &&
			answer(world, input->values[0], &how, always);
}

static bool refuses(struct world *world, const struct step_input *input) {
	return refuse(world, input, false);
}

static bool refuses_with_characters(struct world *world, const struct step_input *input) {
	size_t size = (size_t)input->arguments.number;
	char *text = arena_alloc(&world->arena, size + 1);
	memset(text, 'a', size);
	text[size] = '\0';
	struct scripted_answer how = { .kind = SCRIPTED_FAIL, .text = text };
	return (steps_read_condition(input->values[1], &how.condition) ||
			world_fail(world, "“%s” is no condition", input->values[1])) &&
			answer(world, input->values[0], &how, false);
}

static bool always_refuses(struct world *world, const struct step_input *input) {
	return refuse(world, input, true);
}

static bool fail_login(struct world *world, const struct step_input *input, bool always) {
	struct scripted_answer how = { .kind = SCRIPTED_FAIL_LOGIN, .text = input->values[1] };
	return (steps_read_loss(input->values[0], &how.loss) ||
			world_fail(world, "“%s” is no loss", input->values[0])) &&
			answer(world, "login", &how, always);
}

static bool fails_login(struct world *world, const struct step_input *input) {
	return fail_login(world, input, false);
}

static bool always_fails_login(struct world *world, const struct step_input *input) {
	return fail_login(world, input, true);
}

/* --- Calls --- */

static bool is_callback(struct world *world, const char *name) {
	if (world->scripted == NULL) {
		return world_fail(world, "only the scripted module remembers its calls");
	}
	return scripted_is_callback(name) || scripted_commands_has(&world->commands, name) ||
			world_fail(world, "“%s” is no callback", name);
}

static bool was_called(struct world *world, const struct step_input *input) {
	return is_callback(world, input->values[0]) && scripted_was_called(world->scripted, input->values[0],
			input->arguments.rest, input->arguments.rest_count);
}

static bool was_not_called(struct world *world, const struct step_input *input) {
	const char *name = input->arguments.count > 0 ? input->values[0] : NULL;
	return is_callback(world, name != NULL ? name : "login") &&
			scripted_was_not_called(world->scripted, name);
}

static bool heard_that_nobody_waits(struct world *world, const struct step_input *input) {
	struct script_word name = { .text = input->values[0] };
	return is_request(world, name.text) && scripted_was_called(world->scripted, "cancelled", &name, 1);
}

static bool calls_are_ignored(struct world *world, const struct step_input *input) {
	(void)input;
	if (world->scripted == NULL) {
		return world_fail(world, "only the scripted module remembers its calls");
	}
	scripted_forget_calls(world->scripted);
	return true;
}

/* --- Low-level access --- */

static bool module_sends_stanza(struct world *world, const struct step_input *input) {
	return gw_gateway_send_stanza(world->gateway, input->block) || world_fail(world, "it was not accepted");
}

static bool module_cannot_send_stanza(struct world *world, const struct step_input *input) {
	return !gw_gateway_send_stanza(world->gateway, input->block) || world_fail(world, "it was accepted");
}

static bool module_sends_presence(struct world *world, const struct step_input *input) {
	enum gw_show show;
	if (!steps_read_show(input->values[2], &show)) {
		return world_fail(world, "“%s” is no way to be present", input->values[2]);
	}
	return gw_gateway_send_presence(world->gateway, input->values[0], input->values[1], NULL, show, input->values[3]) ||
			world_fail(world, "it was not accepted");
}

static bool module_cannot_send_presence(struct world *world, const struct step_input *input) {
	return !gw_gateway_send_presence(world->gateway, input->values[0], input->values[1], input->values[2],
			GW_SHOW_AVAILABLE, NULL) || world_fail(world, "it was accepted");
}

const struct step module_steps[] = {
	{ "module holds WORD", STEP_ALONE, STEP_ANYTIME, holds },
	{ "module holds WORD no longer", STEP_ALONE, STEP_ANYTIME, holds_no_longer },
	{ "module answers WORD", STEP_ALONE, STEP_ANYTIME, answers },
	{ "module answers WORD with text TEXT", STEP_ALONE, STEP_ANYTIME, answers_with_text },
	{ "module always answers WORD with text TEXT", STEP_ALONE, STEP_ANYTIME, always_answers_with_text },
	{ "module answers WORD with id WORD", STEP_ALONE, STEP_ANYTIME, answers_with_id },
	{ "module answers WORD with WORD", STEP_LINES, STEP_ANYTIME, answers_with_lines },
	{ "module answers WORD without code", STEP_ALONE, STEP_ANYTIME, answers_without_code },
	{ "module has not sent WORD", STEP_ALONE, STEP_ANYTIME, has_not_sent },
	{ "module never sends WORD", STEP_ALONE, STEP_ANYTIME, never_sends },
	{ "module refuses WORD WORD", STEP_ALONE, STEP_ANYTIME, refuses },
	{ "module refuses WORD WORD TEXT", STEP_ALONE, STEP_ANYTIME, refuses },
	{ "module refuses WORD WORD with NUMBER characters", STEP_ALONE, STEP_ANYTIME, refuses_with_characters },
	{ "module always refuses WORD WORD TEXT", STEP_ALONE, STEP_ANYTIME, always_refuses },
	{ "module fails login with loss WORD TEXT", STEP_ALONE, STEP_ANYTIME, fails_login },
	{ "module always fails login with loss WORD TEXT", STEP_ALONE, STEP_ANYTIME, always_fails_login },
	{ "module was called WORD REST", STEP_ALONE, STEP_ANYTIME, was_called },
	{ "module was not called", STEP_ALONE, STEP_ANYTIME, was_not_called },
	{ "module was not called WORD", STEP_ALONE, STEP_ANYTIME, was_not_called },
	{ "module heard that nobody waits for WORD", STEP_ALONE, STEP_ANYTIME, heard_that_nobody_waits },
	{ "calls of the module are ignored", STEP_ALONE, STEP_ANYTIME, calls_are_ignored },
	{ "module sends the stanza", STEP_LINES, STEP_RUNNING, module_sends_stanza },
	{ "module cannot send the stanza", STEP_LINES, STEP_RUNNING, module_cannot_send_stanza },
	{ "module sends presence from WORD to WORD WORD TEXT", STEP_ALONE, STEP_RUNNING, module_sends_presence },
	{ "module cannot send presence from WORD to WORD of type WORD", STEP_ALONE, STEP_RUNNING, module_cannot_send_presence },
	{ 0 },
};
