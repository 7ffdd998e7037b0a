/* SPDX-License-Identifier: MPL-2.0 */
/*
 * jabber:iq:gateway (XEP-0100 section 6.3): the client asks how people are called on the network, and turns such a name into
 * an address (row B20). It is a search with one question that has to have exactly one result.
 */
#include "codec/gateway.h"

#include "codec/form.h"
#include "feature/features.h"
#include "gateway/search.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>

static void found(struct request_result *result, void *data);

/* The one question; NULL when there are none or several. */
static const struct gw_form_field *only_field(const struct gw_gateway *gateway) {
	const struct gw_form_field *only = NULL;
	const struct gw_form_field *fields = gateway_search_fields(gateway);
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		if (!form_field_is_question(&fields[i])) {
			continue;
		}
		if (only) {
			return NULL;
		}
		only = &fields[i];
	}
	return only;
}

static bool refuse_several(const struct incoming *in) {
	iq_fail(in->iq, GW_FEATURE_NOT_IMPLEMENTED, "People are searched for by several questions here: please use the "
			"search of your client instead.");
	return true;
}

static bool handle_prompt_request(const struct incoming *in) {
	const struct gw_form_field *field = only_field(in->gateway);
	if (!field) {
		return refuse_several(in);
	}
	struct xml_node *result = iq_result(in->iq);
	gateway_prompt_write(result, gateway_search_title(in->gateway), form_field_label(field));
	iq_send(in->iq, result);
	return true;
}

static bool handle_prompt(const struct incoming *in) {
	const struct gw_form_field *field = only_field(in->gateway);
	if (!field) {
		return refuse_several(in);
	}
	const char *text = gateway_prompt_read(in->payload);
	const struct gw_form_field *fields = gateway_search_fields(in->gateway);
	struct gw_form *answers = form_defaults(fields);
	gw_form_set(answers, field->var, text);
	struct form_problem problem;
	struct gw_form *form = form_check(iq_arena(in->iq), answers, fields, &problem);
	gw_form_free(answers);
	if (!text) {
		iq_fail(in->iq, GW_BAD_REQUEST, "Whom are you looking for?");
	} else if (!form) {
		iq_fail(in->iq, problem.condition, problem.text);
	} else {
		search_ask(in->session, &in->session->scope, form, found, iq_ref(in->iq));
	}
	gw_form_free(form);
	return true;
}

static const char *find_address(const struct gw_table *table) {
	for (const struct gw_table_column *column = table_columns(table); column->var; column++) {
		if (column->is_jid) {
			return table_cell(table, 0, column->var);
		}
	}
	return table_cell(table, 0, "jid");
}

static void found(struct request_result *result, void *data) {
	struct iq *iq = data;
	size_t count = result->table ? gw_table_count_rows(result->table) : 0;
	const char *jid = count == 1 ? find_address(result->table) : NULL;
	if (result->condition != GW_OK) {
		iq_fail(iq, result->condition, result->text);
	} else if (count > 1) {
		iq_fail(iq, GW_BAD_REQUEST, "This fits several people: please use the search of your client instead.");
	} else if (!jid) {
		iq_fail(iq, GW_ITEM_NOT_FOUND, "Nobody was found.");
	} else {
		struct xml_node *answer = iq_result(iq);
		gateway_jid_write(answer, jid);
		iq_send(iq, answer);
	}
	iq_unref(iq);
}

static bool handle_misdirected(const struct incoming *in) {
	iq_fail(in->iq, GW_BAD_REQUEST, "Please ask the gateway itself.");
	return true;
}

static bool has_search(const struct gw_gateway *gateway) {
	return gateway->module->on_search != NULL;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_GATEWAY, "query", 0, handle_prompt_request },
	{ IQ_SET, TO_GATEWAY, NS_GATEWAY, "query", NEEDS_LOGIN, handle_prompt },
	{ IQ_GET, TO_CONTACT, NS_GATEWAY, "query", 0, handle_misdirected },
	{ IQ_SET, TO_CONTACT, NS_GATEWAY, "query", 0, handle_misdirected },
	{ 0 },
};

static const char *const disco[] = { NS_GATEWAY, NULL };

const struct feature feature_gateway_query = {
	.xep = "0100",
	.title = "Gateway Interaction",
	.disco = disco,
	.routes = routes,
	.available = has_search,
	.note = "jabber:iq:gateway where people are searched for by a single question.",
};
