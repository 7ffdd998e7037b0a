/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0055: looking for people on the network from the client's search dialogue (rows D1 to D4). */
#include "gateway/search.h"

#include "codec/search.h"
#include "feature/features.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>

/* One IQ that waits for what the network finds. */
struct query {
	struct iq *iq;
	bool is_legacy;
};

static void found(struct request_result *result, void *data);

static bool handle_form_request(const struct incoming *in) {
	const struct gw_gateway *gateway = in->gateway;
	struct xml_node *result = iq_result(in->iq);
	search_write(result, &(struct gw_form_template){
		.title = gateway_search_title(gateway),
		.instructions = gateway->module->search_instructions,
		.fields = gateway_search_fields(gateway),
	});
	iq_send(in->iq, result);
	return true;
}

static bool handle_query(const struct incoming *in) {
	struct search_request request;
	struct form_problem problem;
	if (!search_read(iq_arena(in->iq), in->payload, gateway_search_fields(in->gateway), &request, &problem)) {
		iq_fail(in->iq, problem.condition, problem.text);
		return true;
	}
	struct query *query = mem_new(sizeof(*query));
	query->iq = iq_ref(in->iq);
	query->is_legacy = request.is_legacy;
	search_ask(in->session, &in->session->scope, request.form, found, query);
	gw_form_free(request.form);
	return true;
}

/* Nobody found: the data form says so with an error (row D2), the old way with an empty query (section 2.1). */
static void found(struct request_result *result, void *data) {
	struct query *query = data;
	bool is_empty = !result->table || gw_table_count_rows(result->table) == 0;
	if (result->condition != GW_OK) {
		iq_fail(query->iq, result->condition, result->text);
	} else if (is_empty && !query->is_legacy) {
		iq_fail(query->iq, GW_ITEM_NOT_FOUND, "Nobody was found.");
	} else {
		struct xml_node *answer = iq_result(query->iq);
		search_write_results(answer, is_empty ? NULL : result->table, query->is_legacy);
		iq_send(query->iq, answer);
	}
	iq_unref(query->iq);
	free(query);
}

static bool has_search(const struct gw_gateway *gateway) {
	return gateway->module->on_search != NULL;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_SEARCH, "query", NEEDS_USER, handle_form_request },
	{ IQ_SET, TO_GATEWAY, NS_SEARCH, "query", NEEDS_LOGIN, handle_query },
	{ 0 },
};

static const char *const disco[] = { NS_SEARCH, NULL };

const struct feature feature_search = {
	.xep = "0055",
	.title = "Jabber Search",
	.disco = disco,
	.routes = routes,
	.available = has_search,
};
