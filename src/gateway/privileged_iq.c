/* SPDX-License-Identifier: MPL-2.0 */
/* Wrapping and unwrapping questions in users' names. */
#include "gateway/privileged_iq.h"

#include "gateway/privileges.h"
#include "util/digest.h"
#include "util/mem.h"
#include "xmpp/jid.h"

#include <stdlib.h>
#include <string.h>

struct question {
	void (*answered)(const struct ask_result *result, void *data);
	void *data;
};

struct xml_node *privileged_iq_new(struct gw_gateway *gateway, struct arena *arena, const char *type, const char *user,
		const char *to) {
	struct xml_node *inner = privilege_add_iq(stanza_make(arena, "iq", type, gateway->jid.bare, user, NULL));
	xml_set(inner, "from", user);
	xml_set(inner, "to", to);
	xml_set(inner, "id", digest_random_id(arena));
	return inner;
}

static void handle_answer(const struct ask_result *result, void *data) {
	struct question question = *(struct question *)data;
	struct ask_result unwrapped = *result;
	free(data);
	const struct xml_node *inner = result->iq ? privilege_unwrap(result->iq, "iq") : NULL;
	if (result->condition == GW_OK && inner) {
		const char *type = xml_get(inner, "type");
		unwrapped.iq = inner;
		unwrapped.payload = xml_first_element(inner);
		if (type && strcmp(type, "error") == 0) {
			unwrapped.payload = NULL;
			unwrapped.condition = stanza_read_error(inner, &unwrapped.text);
		}
	}
	question.answered(&unwrapped, question.data);
}

static bool is_allowed(const struct gw_gateway *gateway, const struct xml_node *outer, const struct xml_node *payload) {
	struct arena arena = { 0 };
	struct gw_jid user;
	bool is_set = strcmp(xml_get(outer, "type"), "set") == 0;
	bool is_allowed = jid_parse(&arena, xml_get(outer, "to"), &user) && privileges_may_send_iq(gateway, user.domain,
			payload->ns, is_set ? PRIVILEGE_SET : PRIVILEGE_GET);
	arena_finish(&arena);
	return is_allowed;
}

bool privileged_iq_ask(struct gw_gateway *gateway, struct gw_scope *scope, struct xml_node *iq, int64_t timeout_ms,
		void (*answered)(const struct ask_result *result, void *data), void *data) {
	struct xml_node *outer = iq->parent->parent;
	if (!is_allowed(gateway, outer, xml_first_element(iq))) {
		return false;
	}
	struct question question = { .answered = answered, .data = data };
	ask_send(gateway->asks, scope, outer, timeout_ms, handle_answer, mem_dup(&question, sizeof(question)));
	return true;
}
