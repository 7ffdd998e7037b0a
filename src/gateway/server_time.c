/* SPDX-License-Identifier: MPL-2.0 */
/* <time xmlns='urn:xmpp:time'/>, asked. */
#include "gateway/server_time.h"

#include "util/mem.h"
#include "util/text.h"
#include "xml/ns.h"

#include <stdlib.h>

struct question {
	struct gw_gateway *gateway;
	void (*answered)(int64_t time_ms, void *data);
	void *data;
};

static void handle_answer(const struct ask_result *result, void *data) {
	struct question question = *(struct question *)data;
	free(data);
	const char *utc = result->payload ? xml_child_text(result->payload, "utc", NS_TIME) : NULL;
	int64_t time_ms = 0;
	if (result->iq && (!utc || !text_read_time(utc, &time_ms))) {
		time_ms = gw_time_ms(question.gateway->loop);
	}
	question.answered(time_ms, question.data);
}

void server_time_ask(struct gw_gateway *gateway, const char *domain, void (*answered)(int64_t time_ms, void *data),
		void *data) {
	struct arena arena = { 0 };
	struct question question = { .gateway = gateway, .answered = answered, .data = data };
	struct xml_node *iq = stanza_make(&arena, "iq", "get", gateway->jid.bare, domain, NULL);
	xml_add(iq, "time", NS_TIME);
	ask_send(gateway->asks, &gateway->scope, iq, ASK_TIMEOUT_MS, handle_answer, mem_dup(&question, sizeof(question)));
	arena_finish(&arena);
}
