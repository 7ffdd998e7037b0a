/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0050: commands in the menus of clients. The list depends on who asks; the dialogue itself is command/run.c. */
#include "codec/command.h"

#include "codec/disco.h"
#include "codec/form.h"
#include "command/run.h"
#include "feature/features.h"
#include "util/digest.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>

static const char confirm_var[] = "confirm";
static const char gone_text[] = "This dialogue is over, or took too long. Please start the command again.";
static const char busy_text[] = "The last step of this command is still being worked on. Please wait for its answer.";
static const char no_way_text[] = "There is no such step from here.";
static const char unknown_text[] = "There is no such command.";

/* One IQ that waits for the next step. */
struct turn {
	struct iq *iq;
	const char *node, *id; /* in the stanza's arena */
};

static void stepped(const struct run_step *step, void *data);

/* --- Discovery (sections 2.1 and 2.2, rows C3 and C4) --- */

static bool may_see(const struct incoming *in, const struct gw_command *command) {
	const char *text;
	return commands_allow(in->gateway->commands, &in->stanza->from, command, &text) == GW_OK;
}

/* The first allowed command of a category lets the category be listed. */
static bool is_first_of_category(const struct incoming *in, size_t index) {
	const struct commands *commands = in->gateway->commands;
	const struct gw_command *command = commands_at(commands, index);
	for (size_t i = 0; i < index; i++) {
		const struct gw_command *other = commands_at(commands, i);
		if (command_is_in(other, command->category) && may_see(in, other)) {
			return false;
		}
	}
	return true;
}

static void list_commands(const struct incoming *in, struct xml_node *query) {
	struct arena *arena = iq_arena(in->iq);
	const struct gw_command *command;
	for (size_t i = 0; (command = commands_at(in->gateway->commands, i)); i++) {
		if (!may_see(in, command)) {
			continue;
		}
		if (!command->category) {
			disco_add_item(query, in->gateway->jid.bare, command_node(arena, command), command->title);
		} else if (is_first_of_category(in, i)) {
			disco_add_item(query, in->gateway->jid.bare, command_category_node(arena, command->category),
					command->category->title);
		}
	}
}

static bool handle_items(const struct incoming *in) {
	const char *node = xml_get(in->payload, "node");
	if (!node || strcmp(node, NS_COMMANDS) != 0) {
		return false;
	}
	struct xml_node *result = iq_result(in->iq);
	struct xml_node *query = xml_add(result, "query", NS_DISCO_ITEMS);
	xml_set(query, "node", NS_COMMANDS);
	list_commands(in, query);
	iq_send(in->iq, result);
	return true;
}

/* The title of a command or category that the asker may run. */
static const char *find_title(const struct incoming *in, const char *node) {
	const struct commands *commands = in->gateway->commands;
	const struct gw_command *command = commands_find_node(commands, node);
	const struct gw_command_category *category = command ? NULL : commands_find_category(commands, node);
	if (command) {
		return may_see(in, command) ? command->title : NULL;
	}
	for (size_t i = 0; category && (command = commands_at(commands, i)); i++) {
		if (command_is_in(command, category) && may_see(in, command)) {
			return category->title;
		}
	}
	return NULL;
}

static bool is_ours(const struct incoming *in, const char *node) {
	const struct commands *commands = in->gateway->commands;
	return commands_find_node(commands, node) || commands_find_category(commands, node);
}

static bool handle_info(const struct incoming *in) {
	const char *node = xml_get(in->payload, "node");
	bool is_list = node && strcmp(node, NS_COMMANDS) == 0;
	if (!node || (!is_list && !is_ours(in, node))) {
		return false;
	}
	const char *title = is_list ? "Commands" : find_title(in, node);
	if (!title) {
		iq_fail(in->iq, GW_FORBIDDEN, "You may not run this command.");
		return true;
	}
	struct disco_info info = { 0 };
	disco_add_identity(&info, "automation", is_list ? "command-list" : "command-node", title);
	disco_add_feature(&info, NS_COMMANDS);
	disco_add_feature(&info, NS_DATA_FORM);
	struct xml_node *result = iq_result(in->iq);
	disco_info_write(result, &info, node);
	iq_send(in->iq, result);
	return true;
}

/* --- Executing (section 2.4, rows C5 to C7) --- */

/* Shape: bad-request with a condition of XEP-0050 beside it (section 3.7). */
static void refuse(struct iq *iq, enum gw_condition condition, const char *application, const char *text) {
	struct xml_node *error = iq_error(iq, condition, text);
	if (application) {
		xml_add(xml_find(error, "error", NULL), application, NS_COMMANDS);
	}
	iq_send(iq, error);
}

static struct turn *turn_new(struct iq *iq, const struct command_request *request) {
	struct turn *turn = mem_new(sizeof(*turn));
	turn->iq = iq_ref(iq);
	turn->node = request->node;
	turn->id = request->session_id;
	return turn;
}

static void turn_free(struct turn *turn) {
	iq_unref(turn->iq);
	free(turn);
}

static void begin(const struct incoming *in, const struct command_request *request) {
	const struct gw_command *command = commands_find_node(in->gateway->commands, request->node);
	const struct gw_command_category *category = commands_find_category(in->gateway->commands, request->node);
	if (request->action == COMMAND_CANCEL || request->action == COMMAND_PREV) {
		refuse(in->iq, GW_BAD_REQUEST, "bad-action", no_way_text);
	} else if (command) {
		run_start(in->gateway->runs, command, &in->stanza->from, "", stepped, turn_new(in->iq, request));
	} else if (category) {
		run_start_category(in->gateway->runs, category, &in->stanza->from, stepped, turn_new(in->iq, request));
	} else {
		iq_fail(in->iq, GW_ITEM_NOT_FOUND, unknown_text);
	}
}

static void cancel(struct iq *iq, struct gw_command_run *run, const struct command_request *request) {
	struct xml_node *result = iq_result(iq);
	command_write(result, &(struct command_response){
		.node = request->node,
		.session_id = request->session_id,
		.status = COMMAND_CANCELED,
	});
	iq_send(iq, result);
	run_cancel(run);
}

/* A question is a form with one box to tick (row C6). */
static const struct gw_form_field confirm_fields[] = {
	{ .var = confirm_var, .label = "I am sure", .type = GW_FIELD_BOOLEAN, .required = true, .value = "true" },
	{ 0 },
};

/* No form, or one that says cancel where the action does not (section 3.5.1), is one with nothing filled in. */
static struct gw_form *read_answers(struct iq *iq, const struct command_request *request,
		const struct gw_form_field *fields, struct form_problem *out_problem) {
	const char *type = request->form ? xml_get(request->form, "type") : NULL;
	if (request->form && (!type || strcmp(type, "cancel") != 0)) {
		return form_read(iq_arena(iq), request->form, fields, out_problem);
	}
	struct gw_form *nothing = gw_form_new();
	struct gw_form *form = form_check(iq_arena(iq), nothing, fields, out_problem);
	gw_form_free(nothing);
	return form;
}

static void submit(const struct incoming *in, struct gw_command_run *run, const struct command_request *request) {
	struct run_step step = run_present(run);
	const struct gw_form_field *fields = step.state == RUN_FORM ? step.template->fields : confirm_fields;
	struct form_problem problem;
	struct gw_form *form = read_answers(in->iq, request, fields, &problem);
	if (!form) {
		refuse(in->iq, problem.condition, problem.condition == GW_BAD_REQUEST ? "bad-payload" : NULL, problem.text);
	} else if (step.state == RUN_FORM) {
		run_submit(run, form, stepped, turn_new(in->iq, request));
	} else {
		run_confirm(run, gw_form_boolean(form, confirm_var), stepped, turn_new(in->iq, request));
	}
	gw_form_free(form);
}

static void go_on(const struct incoming *in, const struct command_request *request) {
	struct gw_command_run *run = runs_find(in->gateway->runs, request->session_id, &in->stanza->from);
	if (!run || strcmp(run_node(run), request->node) != 0) {
		refuse(in->iq, GW_NOT_ALLOWED, "session-expired", gone_text);
	} else if (request->action == COMMAND_CANCEL) {
		cancel(in->iq, run, request);
	} else if (run_is_busy(run)) {
		iq_fail(in->iq, GW_UNEXPECTED_REQUEST, busy_text);
	} else if (request->action != COMMAND_PREV) {
		submit(in, run, request);
	} else if (run_present(run).has_previous) {
		run_go_back(run, stepped, turn_new(in->iq, request));
	} else {
		refuse(in->iq, GW_BAD_REQUEST, "bad-action", no_way_text);
	}
}

static bool handle_command(const struct incoming *in) {
	struct command_request request;
	const char *application;
	if (!command_read(in->payload, &request, &application)) {
		refuse(in->iq, GW_BAD_REQUEST, application, NULL);
	} else if (request.session_id) {
		go_on(in, &request);
	} else {
		begin(in, &request);
	}
	return true;
}

/* --- The next step --- */

static void write_form(struct xml_node *command, const struct run_step *step) {
	struct gw_form_template question = { .title = step->prompt, .fields = confirm_fields };
	form_write(command, step->state == RUN_FORM ? step->template : &question, NULL, step->values);
}

static void answer_form(struct turn *turn, const struct run_step *step) {
	struct xml_node *result = iq_result(turn->iq);
	struct xml_node *command = command_write(result, &(struct command_response){
		.node = turn->node,
		.session_id = arena_strdup(iq_arena(turn->iq), run_id(step->run)),
		.status = COMMAND_EXECUTING,
		.allowed = COMMAND_MAY_NEXT | (step->has_previous ? COMMAND_MAY_PREV : 0),
	});
	write_form(command, step);
	iq_send(turn->iq, result);
}

static void answer_done(struct turn *turn, const struct run_step *step) {
	struct xml_node *result = iq_result(turn->iq);
	/* Section 4.1: there is an id even where there is no second step to need it. */
	struct xml_node *command = command_write(result, &(struct command_response){
		.node = turn->node,
		.session_id = turn->id ? turn->id : digest_random_id(iq_arena(turn->iq)),
		.status = COMMAND_COMPLETED,
		.note = { .type = COMMAND_NOTE_INFO, .text = step->text },
	});
	if (step->table) {
		table_write(command, step->table, NULL);
	}
	iq_send(turn->iq, result);
}

static void stepped(const struct run_step *step, void *data) {
	struct turn *turn = data;
	switch (step->state) {
	case RUN_FORM:
	case RUN_CONFIRMATION:
		answer_form(turn, step);
		break;
	case RUN_DONE:
		answer_done(turn, step);
		break;
	case RUN_FAILED:
		iq_fail(turn->iq, step->condition, step->text);
		break;
	}
	turn_free(turn);
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_DISCO_INFO, "query", 0, handle_info },
	{ IQ_GET, TO_GATEWAY, NS_DISCO_ITEMS, "query", 0, handle_items },
	{ IQ_SET, TO_GATEWAY, NS_COMMANDS, "command", 0, handle_command },
	{ 0 },
};

static const char *const disco[] = { NS_COMMANDS, NS_DATA_FORM, NULL };

const struct feature feature_adhoc = {
	.xep = "0050 0004 0122",
	.title = "Ad-Hoc Commands and Data Forms",
	.disco = disco,
	.routes = routes,
};
