/* SPDX-License-Identifier: MPL-2.0 */
/* The engine of dialogues: a stack of steps, and the one request that the command has to answer. */
#include "command/run.h"

#include "codec/form.h"
#include "util/digest.h"
#include "util/mem.h"
#include "xmpp/jid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { RUN_TIMEOUT_MS = 60 * 60 * 1000 };

static const char done_text[] = "Done.";
static const char not_confirmed_text[] = "All right, nothing was done.";
static const char no_choice_text[] = "There is no command in this category that you may run.";
static const char too_many_text[] = "You are running too many commands at the same time. Please finish one first.";
static const char too_long_text[] = "This command takes too many steps. Please start again.";

/* One form or question; below it the ones that were answered before. */
struct step {
	struct step *below;
	struct arena arena;
	const struct gw_form_template *template; /* NULL: a question */
	const char *prompt;
	struct gw_form *values;
	void (*submitted)(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form);
	void (*confirmed)(struct gw_request *req, struct gw_command_run *run);
	bool is_choice; /* of a command in a category */
	bool is_bottom; /* there is no way back */
};

struct gw_command_run {
	unsigned references; /* the list's, and one for each request that the command has not answered */
	struct runs *runs;
	struct gw_gateway *gateway;
	struct arena arena;
	struct gw_scope scope;
	const char *id, *node, *arguments;
	struct gw_jid asker;
	const struct gw_command *command; /* NULL until one was chosen */
	void *data;
	struct step *top;
	unsigned step_count;
	bool is_way_barred;
	struct gw_request *request;
	struct gw_timer *expiry;
	run_fn *stepped; /* NULL: nobody waits */
	void *stepped_data;
	struct gw_command_run *prev, *next;
	UT_hash_handle hh;
};

struct runs {
	struct gw_gateway *gateway;
	const struct commands *commands;
	struct gw_command_run *first; /* the one that waits for the longest time */
	struct gw_command_run *by_id;
};

static void answered(struct request_result *result, void *data);
static void handle_expiry(void *data);

struct runs *runs_new(struct gw_gateway *gateway, const struct commands *commands) {
	struct runs *runs = mem_new(sizeof(*runs));
	runs->gateway = gateway;
	runs->commands = commands;
	return runs;
}

void runs_free(struct runs *runs) {
	if (!runs) {
		return;
	}
	while (runs->first) {
		run_cancel(runs->first);
	}
	free(runs);
}

/* --- Beginning and ending --- */

static void pop(struct gw_command_run *run) {
	struct step *step = run->top;
	run->top = step->below;
	gw_form_free(step->values);
	arena_finish(&step->arena);
	free(step);
}

static void run_unref(void *pointer) {
	struct gw_command_run *run = pointer;
	if (--run->references > 0) {
		return;
	}
	while (run->top) {
		pop(run);
	}
	free(run->data);
	arena_finish(&run->arena);
	free(run);
}

/* Out of the lists at once; what it has started ends. */
static void leave(struct gw_command_run *run) {
	DL_DELETE(run->runs->first, run);
	HASH_DEL(run->runs->by_id, run);
	scope_close(&run->scope);
	loop_free_later(run->gateway->loop, run, run_unref);
}

static void tell(struct gw_command_run *run, const struct run_step *step) {
	run_fn *stepped = run->stepped;
	run->stepped = NULL;
	if (stepped) {
		stepped(step, run->stepped_data);
	}
}

static void end(struct gw_command_run *run, const struct run_step *step) {
	leave(run);
	tell(run, step);
}

void run_cancel(struct gw_command_run *run) {
	struct gw_request *req = run->request;
	run->request = NULL;
	if (req) {
		request_cancel(req); /* answered() ends it */
	} else {
		end(run, &(struct run_step){ .state = RUN_FAILED, .condition = GW_SERVICE_UNAVAILABLE, .is_cancelled = true });
	}
}

static void handle_expiry(void *data) {
	struct gw_command_run *run = data;
	run->expiry = NULL;
	run_cancel(run);
}

/* Room for one more: the run of this account that waits for the longest time goes. */
static bool make_room(struct runs *runs, const struct gw_jid *asker) {
	unsigned count = 0;
	struct gw_command_run *run, *idle = NULL;
	DL_FOREACH(runs->first, run) {
		if (gw_jid_is_same_account(&run->asker, asker)) {
			count++;
			if (!idle && !run_is_busy(run)) {
				idle = run;
			}
		}
	}
	if (count >= RUNS_PER_ACCOUNT && idle) {
		run_cancel(idle);
		count--;
	}
	return count < RUNS_PER_ACCOUNT;
}

static struct gw_command_run *run_new(struct runs *runs, const struct gw_jid *asker) {
	struct gw_command_run *run = mem_new(sizeof(*run));
	run->references = 1;
	run->runs = runs;
	run->gateway = runs->gateway;
	run->id = digest_random_id(&run->arena);
	run->asker = jid_copy(&run->arena, asker);
	run->arguments = "";
	scope_init(&run->scope, &runs->gateway->scope);
	DL_APPEND(runs->first, run);
	HASH_ADD_KEYPTR(hh, runs->by_id, run->id, strlen(run->id), run);
	return run;
}

static void refuse(run_fn *stepped, void *data, enum gw_condition condition, const char *text) {
	stepped(&(struct run_step){ .state = RUN_FAILED, .condition = condition, .text = text }, data);
}

/* --- The command at work --- */

static void set_command(struct gw_command_run *run, const struct gw_command *command) {
	run->command = command;
	free(run->data);
	run->data = command->data_size ? mem_new(command->data_size) : NULL;
}

/*
 * The request that the command has to answer. It ends with the session it is about, so that a module is not left with one
 * that is gone; the gateway's own commands look after that themselves, and each of their parts has its own deadline.
 */
static struct gw_request *begin(struct gw_command_run *run, run_fn *stepped, void *data) {
	assert(!run->stepped && !run->request);
	run->stepped = stepped;
	run->stepped_data = data;
	gw_timer_stop(run->expiry);
	run->expiry = NULL;
	bool is_own = commands_is_own(run->runs->commands, run->command);
	struct gw_session *session = is_own ? NULL : gw_command_session(run);
	run->request = request_new(session ? &session->scope : &run->scope, &(struct request_options){
		.name = run->command->keyword,
		.answers = ANSWER_PLAIN | ANSWER_TEXT | ANSWER_TABLE | ANSWER_STEP,
		.timeout_ms = is_own ? -1 : run->gateway->options->request_timeout_ms,
		.is_own = is_own,
		.log = session ? &session->log : &run->gateway->log,
		.gateway = run->gateway,
		.owner = session ? &session->scope : &run->gateway->scope,
	}, answered, run);
	run->references++;
	request_keep(run->request, run, run_unref);
	return run->request;
}

/* Things may have changed since the last step. Who was not registered at first may be by now. */
static enum gw_condition still_allows(const struct gw_command_run *run, const char **out_text) {
	switch (run->command->access) {
	case GW_ACCESS_USER:
	case GW_ACCESS_USER_LOGGED:
		return commands_allow(run->runs->commands, &run->asker, run->command, out_text);
	default:
		return GW_OK;
	}
}

void run_start(struct runs *runs, const struct gw_command *command, const struct gw_jid *asker, const char *arguments,
		run_fn *stepped, void *data) {
	const char *text;
	enum gw_condition condition = commands_allow(runs->commands, asker, command, &text);
	if (condition != GW_OK) {
		refuse(stepped, data, condition, text);
		return;
	}
	if (!make_room(runs, asker)) {
		refuse(stepped, data, GW_RESOURCE_CONSTRAINT, too_many_text);
		return;
	}
	struct gw_command_run *run = run_new(runs, asker);
	run->node = command_node(&run->arena, command);
	run->arguments = arena_strdup(&run->arena, arguments);
	set_command(run, command);
	command->run(begin(run, stepped, data), run);
}

/* --- Steps --- */

struct run_step run_present(const struct gw_command_run *run) {
	const struct step *step = run->top;
	return (struct run_step){
		.state = step->template ? RUN_FORM : RUN_CONFIRMATION,
		.run = (struct gw_command_run *)run,
		.template = step->template,
		.values = step->values,
		.prompt = step->prompt,
		.has_previous = step->below && !step->is_bottom,
	};
}

static void present(struct gw_command_run *run) {
	int64_t timeout_ms = run->gateway->options->command_timeout_ms;
	gw_timer_stop(run->expiry);
	run->expiry = gw_timer_start(&run->scope, timeout_ms > 0 ? timeout_ms : RUN_TIMEOUT_MS, handle_expiry, run);
	DL_DELETE(run->runs->first, run);
	DL_APPEND(run->runs->first, run);
	struct run_step step = run_present(run);
	tell(run, &step);
}

static struct step *push(struct gw_command_run *run) {
	struct step *step = mem_new(sizeof(*step));
	step->below = run->top;
	step->is_bottom = run->is_way_barred;
	run->is_way_barred = false;
	run->top = step;
	run->step_count++;
	return step;
}

static void push_answer(struct gw_command_run *run, const struct request_result *result) {
	struct step *step = push(run);
	if (result->template) {
		step->template = form_template_copy(&step->arena, result->template);
		step->submitted = result->submitted;
	} else {
		step->prompt = arena_strdup(&step->arena, result->prompt);
		step->confirmed = result->confirmed;
	}
	present(run);
}

static void answered(struct request_result *result, void *data) {
	struct gw_command_run *run = data;
	run->request = NULL;
	if (result->condition != GW_OK) {
		end(run, &(struct run_step){
			.state = RUN_FAILED,
			.condition = result->condition,
			.text = result->text,
			.is_cancelled = result->is_cancelled,
		});
	} else if ((result->template || result->prompt) && run->step_count < RUN_STEPS_MAX) {
		push_answer(run, result);
	} else if (result->template || result->prompt) {
		end(run, &(struct run_step){ .state = RUN_FAILED, .condition = GW_POLICY_VIOLATION, .text = too_long_text });
	} else {
		const char *text = result->text ? result->text : result->table ? NULL : done_text;
		end(run, &(struct run_step){ .state = RUN_DONE, .text = text, .table = result->table });
	}
}

/* What was typed is there again when the user comes back, secrets excepted. */
static void remember(struct step *step, const struct gw_form *form) {
	gw_form_free(step->values);
	step->values = gw_form_copy(form);
	const struct gw_form_field *fields = step->template->fields;
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		const struct gw_form_field *field = &fields[i];
		if (field->var && field->type == GW_FIELD_TEXT_PRIVATE) {
			gw_form_set(step->values, field->var, NULL);
		}
	}
}

static void release_form(void *form) {
	gw_form_free(form);
}

static void choose(struct gw_command_run *run, const struct gw_form *form, run_fn *stepped, void *data);

void run_submit(struct gw_command_run *run, const struct gw_form *form, run_fn *stepped, void *data) {
	struct step *step = run->top;
	assert(step->template);
	remember(step, form);
	if (step->is_choice) {
		choose(run, form, stepped, data);
		return;
	}
	const char *text;
	enum gw_condition condition = still_allows(run, &text);
	if (condition != GW_OK) {
		run_cancel(run);
		refuse(stepped, data, condition, text);
		return;
	}
	struct gw_request *req = begin(run, stepped, data);
	struct gw_form *copy = gw_form_copy(form);
	request_keep(req, copy, release_form);
	step->submitted(req, run, copy);
}

void run_confirm(struct gw_command_run *run, bool is_confirmed, run_fn *stepped, void *data) {
	struct step *step = run->top;
	assert(!step->template);
	const char *text;
	enum gw_condition condition = still_allows(run, &text);
	if (condition != GW_OK) {
		run_cancel(run);
		refuse(stepped, data, condition, text);
	} else if (is_confirmed) {
		step->confirmed(begin(run, stepped, data), run);
	} else {
		run_cancel(run);
		stepped(&(struct run_step){ .state = RUN_DONE, .text = not_confirmed_text }, data);
	}
}

void run_go_back(struct gw_command_run *run, run_fn *stepped, void *data) {
	assert(run_present(run).has_previous);
	pop(run);
	run->stepped = stepped;
	run->stepped_data = data;
	present(run);
}

/* --- Categories --- */

enum { CHOICES_MAX = COMMANDS_MAX };

static size_t collect_choices(struct gw_command_run *run, const struct gw_command_category *category,
		struct gw_form_option *options) {
	size_t count = 0;
	const struct gw_command *command;
	for (size_t i = 0; (command = commands_at(run->runs->commands, i)); i++) {
		const char *text;
		if (command_is_in(command, category) &&
				commands_allow(run->runs->commands, &run->asker, command, &text) == GW_OK) {
			options[count++] = (struct gw_form_option){
				.value = command_node(&run->arena, command),
				.label = command->title,
			};
		}
	}
	return count;
}

void run_start_category(struct runs *runs, const struct gw_command_category *category, const struct gw_jid *asker,
		run_fn *stepped, void *data) {
	if (!make_room(runs, asker)) {
		refuse(stepped, data, GW_RESOURCE_CONSTRAINT, too_many_text);
		return;
	}
	struct gw_command_run *run = run_new(runs, asker);
	run->node = command_category_node(&run->arena, category);
	struct gw_form_option options[CHOICES_MAX + 1] = { 0 };
	if (collect_choices(run, category, options) == 0) {
		run_cancel(run);
		refuse(stepped, data, GW_NOT_AUTHORIZED, no_choice_text);
		return;
	}
	const struct gw_form_field fields[] = {
		{ .var = "command", .label = "Command", .type = GW_FIELD_LIST_SINGLE, .required = true, .options = options },
		{ 0 },
	};
	struct step *step = push(run);
	step->is_choice = true;
	step->template = form_template_copy(&step->arena,
			&(struct gw_form_template){ .title = category->title, .fields = fields });
	run->stepped = stepped;
	run->stepped_data = data;
	present(run);
}

static void choose(struct gw_command_run *run, const struct gw_form *form, run_fn *stepped, void *data) {
	const struct gw_command *command = commands_find_node(run->runs->commands, gw_form_text(form, "command"));
	const char *text = NULL;
	enum gw_condition condition = command ?
			commands_allow(run->runs->commands, &run->asker, command, &text) : GW_ITEM_NOT_FOUND;
	if (condition != GW_OK) {
		run_cancel(run);
		refuse(stepped, data, condition, text);
		return;
	}
	set_command(run, command);
	command->run(begin(run, stepped, data), run);
}

/* --- What interfaces and commands ask --- */

struct gw_command_run *runs_find(struct runs *runs, const char *id, const struct gw_jid *asker) {
	struct gw_command_run *run;
	HASH_FIND(hh, runs->by_id, id, strlen(id), run);
	return run && gw_jid_is_same_account(&run->asker, asker) ? run : NULL;
}

const char *run_id(const struct gw_command_run *run) {
	return run->id;
}

const char *run_node(const struct gw_command_run *run) {
	return run->node;
}

bool run_is_busy(const struct gw_command_run *run) {
	return run->request != NULL;
}

struct gw_scope *run_scope(struct gw_command_run *run) {
	return &run->scope;
}

struct arena *run_arena(struct gw_command_run *run) {
	return &run->arena;
}

void run_bar_way_back(struct gw_command_run *run) {
	run->is_way_barred = true;
}

struct gw_gateway *gw_command_gateway(const struct gw_command_run *run) {
	return run->gateway;
}

struct gw_session *gw_command_session(const struct gw_command_run *run) {
	return session_find(run->gateway, run->asker.bare);
}

const struct gw_jid *gw_command_asker(const struct gw_command_run *run) {
	return &run->asker;
}

const char *gw_command_arguments(const struct gw_command_run *run) {
	return run->arguments;
}

void *gw_command_data(const struct gw_command_run *run) {
	return run->data;
}
