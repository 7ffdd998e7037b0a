/* SPDX-License-Identifier: MPL-2.0 */
/* A search is a request of the session; when the asker leaves first, the request is given up. */
#include "gateway/search.h"

#include "util/mem.h"

#include <stdlib.h>

struct search {
	struct scope_item on_asker;
	struct gw_request *req;
	void (*found)(struct request_result *result, void *data);
	void *data;
};

static void release_form(void *form) {
	gw_form_free(form);
}

static void answered(struct request_result *result, void *data) {
	struct search search = *(struct search *)data;
	scope_remove(&((struct search *)data)->on_asker);
	free(data);
	search.found(result, search.data);
}

static void handle_asker_end(struct scope_item *item) {
	request_cancel(container_of(item, struct search, on_asker)->req);
}

void search_ask(struct gw_session *session, struct gw_scope *scope, const struct gw_form *form,
		void (*found)(struct request_result *result, void *data), void *data) {
	struct gw_gateway *gateway = session->gateway;
	struct search *search = mem_new(sizeof(*search));
	search->found = found;
	search->data = data;
	search->req = request_new(&session->scope, &(struct request_options){
		.name = "on_search",
		.answers = ANSWER_PLAIN | ANSWER_TABLE,
		.timeout_ms = gateway->options->request_timeout_ms,
		.log = &session->log,
		.gateway = gateway,
	}, answered, search);
	scope_add(scope, &search->on_asker, handle_asker_end);
	struct gw_form *copy = gw_form_copy(form);
	request_keep(search->req, copy, release_form);
	gateway->module->on_search(search->req, session, copy);
}
