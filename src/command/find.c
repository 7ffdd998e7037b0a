/* SPDX-License-Identifier: MPL-2.0 */
/* The command `find` (rows C22, D3): asks the network for people, by a form or by the words behind the keyword. */
#include "codec/form.h"
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/search.h"

static const char nobody_text[] = "Nobody was found.";

static void found(struct request_result *result, void *data) {
	struct gw_request *req = data;
	if (result->condition != GW_OK) {
		gw_request_fail(req, result->condition, result->text);
	} else if (!result->table || gw_table_count_rows(result->table) == 0) {
		gw_request_fail(req, GW_ITEM_NOT_FOUND, nobody_text);
	} else {
		struct gw_table *table = result->table;
		result->table = NULL;
		gw_request_ok_table(req, table);
	}
}

static void submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	search_ask(gw_command_session(run), gw_request_scope(req), form, found, req);
}

/* The first thing that is asked; the others need no answer then. NULL: nothing is. */
static const struct gw_form_field *make_only_question(struct gw_form_field *fields) {
	const struct gw_form_field *first = NULL;
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		if (!first && form_field_is_question(&fields[i])) {
			first = &fields[i];
		} else {
			fields[i].required = false;
		}
	}
	return first;
}

/* `find juliet capulet`: the words are the answer to the first question. */
static void find_words(struct gw_request *req, struct gw_command_run *run, const char *var,
		const struct gw_form_field *fields) {
	struct form_problem problem;
	struct gw_form *answers = form_defaults(fields);
	gw_form_set(answers, var, gw_command_arguments(run));
	struct gw_form *form = form_check(run_arena(run), answers, fields, &problem);
	gw_form_free(answers);
	if (form) {
		submitted(req, run, form);
	} else {
		gw_request_fail(req, problem.condition, problem.text);
	}
	gw_form_free(form);
}

static void ask(struct gw_request *req, struct gw_command_run *run) {
	const struct gw_gateway *gateway = gw_command_gateway(run);
	struct gw_form_field *fields = form_fields_copy(run_arena(run), gateway_search_fields(gateway));
	const struct gw_form_field *question = *gw_command_arguments(run) ? make_only_question(fields) : NULL;
	if (question) {
		find_words(req, run, question->var, fields);
		return;
	}
	gw_command_ask(req, &(struct gw_form_template){
		.title = gateway_search_title(gateway),
		.instructions = gateway->module->search_instructions,
		.fields = fields,
	}, submitted);
}

const struct gw_command command_find = {
	.keyword = "find",
	.title = "Find people",
	.help = "Looks for people on the network: “find” asks what to look for, “find juliet” looks right away.",
	.access = GW_ACCESS_USER_LOGGED,
	.category = &category_contacts,
	.run = ask,
};
