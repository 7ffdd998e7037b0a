/* SPDX-License-Identifier: MPL-2.0 */
/* The command `find` (rows C22, D3): asks the network for people, by a form or by the words behind the keyword. */
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

/* `find juliet capulet`: the words are the answer to the first question. */
static void find_words(struct gw_request *req, struct gw_command_run *run, const char *words) {
	struct gw_form *form = gw_form_new();
	gw_form_set(form, gateway_search_fields(gw_command_gateway(run))->var, words);
	search_ask(gw_command_session(run), gw_request_scope(req), form, found, req);
	gw_form_free(form);
}

static void ask(struct gw_request *req, struct gw_command_run *run) {
	const struct gw_gateway *gateway = gw_command_gateway(run);
	const char *words = gw_command_arguments(run);
	if (*words) {
		find_words(req, run, words);
		return;
	}
	gw_command_ask(req, &(struct gw_form_template){
		.title = gateway_search_title(gateway),
		.instructions = gateway->module->search_instructions,
		.fields = gateway_search_fields(gateway),
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
