/* SPDX-License-Identifier: MPL-2.0 */
/* Incoming IQs: one answer each, whatever happens. */
#include "xmpp/iq.h"

#include <assert.h>

struct iq {
	unsigned references;
	bool is_answered;
	struct stanza *stanza;
	struct component *component;
};

struct iq *iq_new(struct component *component, struct stanza *stanza) {
	struct iq *iq = arena_new(stanza->arena, sizeof(*iq));
	iq->references = 1;
	iq->stanza = stanza_ref(stanza);
	iq->component = component;
	return iq;
}

struct iq *iq_ref(struct iq *iq) {
	iq->references++;
	return iq;
}

void iq_unref(struct iq *iq) {
	if (!iq || --iq->references > 0) {
		return;
	}
	if (!iq->is_answered) {
		iq_fail(iq, GW_INTERNAL_SERVER_ERROR, NULL);
	}
	stanza_unref(iq->stanza);
}

struct stanza *iq_stanza(struct iq *iq) {
	return iq->stanza;
}

struct arena *iq_arena(struct iq *iq) {
	return iq->stanza->arena;
}

struct xml_node *iq_result(struct iq *iq) {
	return stanza_reply(iq->stanza, "result");
}

struct xml_node *iq_error(struct iq *iq, enum gw_condition condition, const char *text) {
	struct xml_node *error = stanza_reply(iq->stanza, "error");
	stanza_add_error(error, condition, text);
	return error;
}

void iq_send(struct iq *iq, struct xml_node *result) {
	assert(!iq->is_answered);
	iq->is_answered = true;
	if (!component_send(iq->component, result)) {
		component_send(iq->component, iq_error(iq, GW_POLICY_VIOLATION, "The answer is too big to be sent."));
	}
}

void iq_disown(struct iq *iq) {
	iq->is_answered = true;
}

void iq_ok(struct iq *iq) {
	iq_send(iq, iq_result(iq));
}

void iq_fail(struct iq *iq, enum gw_condition condition, const char *text) {
	iq_send(iq, iq_error(iq, condition, text));
}
