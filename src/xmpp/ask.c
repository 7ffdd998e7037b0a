/* SPDX-License-Identifier: MPL-2.0 */
/* IQ questions of ours: who waits for which answer. */
#include "xmpp/ask.h"

#include "util/digest.h"
#include "util/mem.h"
#include "net/loop.h"
#include "xmpp/jid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { ASKS_MAX = 100000 };

struct ask {
	struct asks *asks;
	struct scope_item on_scope;
	struct gw_timer *deadline;
	char *to;    /* who has to answer; NULL: our own server or account */
	char id[40];
	struct ask_result refusal; /* given soon, when the question could not even be sent */
	void (*answered)(const struct ask_result *result, void *data);
	void *data;
	UT_hash_handle hh;
};

struct asks {
	struct component *component;
	struct ask *waiting;
	unsigned long long next_id;
	char prefix[16]; /* not to be guessed by whom we did not ask */
};

struct asks *asks_new(struct component *component) {
	struct asks *asks = mem_new(sizeof(*asks));
	struct arena arena = { 0 };
	asks->component = component;
	snprintf(asks->prefix, sizeof(asks->prefix), "%s", digest_random_id(&arena));
	arena_finish(&arena);
	return asks;
}

static void ask_free(struct ask *ask) {
	HASH_DEL(ask->asks->waiting, ask);
	scope_remove(&ask->on_scope);
	gw_timer_stop(ask->deadline);
	free(ask->to);
	free(ask);
}

/* Out of all lists first, calling out last. */
static void ask_finish(struct ask *ask, const struct ask_result *result) {
	void (*answered)(const struct ask_result *, void *) = ask->answered;
	void *data = ask->data;
	ask_free(ask);
	answered(result, data);
}

static void handle_deadline(void *data) {
	struct ask *ask = data;
	ask->deadline = NULL;
	struct ask_result result = ask->refusal;
	if (result.condition == GW_OK) {
		result.condition = GW_REMOTE_SERVER_TIMEOUT;
	}
	ask_finish(ask, &result);
}

static void handle_scope_end(struct scope_item *item) {
	struct ask *ask = container_of(item, struct ask, on_scope);
	ask_finish(ask, &(struct ask_result){ .condition = GW_SERVICE_UNAVAILABLE, .is_cancelled = true });
}

/* Who asks on behalf of something that is gone already hears so before the turn ends. */
struct unasked {
	void (*answered)(const struct ask_result *result, void *data);
	void *data;
};

static void handle_unasked(void *data) {
	struct unasked unasked = *(struct unasked *)data;
	free(data);
	unasked.answered(&(struct ask_result){ .condition = GW_SERVICE_UNAVAILABLE, .is_cancelled = true }, unasked.data);
}

/* Answers come from the address as servers prepare it, however it was written where we have it from. */
static char *prepare(const char *address) {
	struct arena arena = { 0 };
	struct gw_jid jid;
	char *prepared = mem_strdup(address && jid_parse(&arena, address, &jid) ? jid.full : address);
	arena_finish(&arena);
	return prepared;
}

struct ask *ask_send(struct asks *asks, struct gw_scope *scope, struct xml_node *iq, int64_t timeout_ms,
		void (*answered)(const struct ask_result *result, void *data), void *data) {
	if (!scope_is_open(scope)) {
		struct unasked unasked = { .answered = answered, .data = data };
		loop_cancel_later(scope->loop, handle_unasked, mem_dup(&unasked, sizeof(unasked)));
		return NULL;
	}
	struct ask *ask = mem_new(sizeof(*ask));
	ask->asks = asks;
	ask->answered = answered;
	ask->data = data;
	ask->to = prepare(xml_get(iq, "to"));
	snprintf(ask->id, sizeof(ask->id), "%s-%llx", asks->prefix, ++asks->next_id);
	xml_set(iq, "id", ask->id);
	HASH_ADD_STR(asks->waiting, id, ask);
	scope_add(scope, &ask->on_scope, handle_scope_end);
	if (HASH_COUNT(asks->waiting) > ASKS_MAX || !component_send(asks->component, iq)) {
		ask->refusal.condition = GW_REMOTE_SERVER_TIMEOUT;
		ask->refusal.text = "The XMPP server is not connected.";
		timeout_ms = 0;
	}
	ask->deadline = gw_timer_start(scope, timeout_ms, handle_deadline, ask);
	return ask;
}

void ask_stop(struct ask *ask) {
	if (ask) {
		ask_free(ask);
	}
}

/* An answer without sender comes from our own server, as if from whom we asked (RFC 6120 section 8.1.2.1). */
static bool comes_from_whom_we_asked(const struct ask *ask, const struct stanza *stanza) {
	return !ask->to || strcmp(ask->to, stanza->from.full) == 0;
}

/* Nobody waits for it any more: it came too late, or who asked is gone. */
static bool was_asked_by_us(const struct asks *asks, const char *id) {
	size_t size = strlen(asks->prefix);
	return id && strncmp(id, asks->prefix, size) == 0 && id[size] == '-';
}

bool asks_handle(struct asks *asks, struct stanza *stanza) {
	struct ask *ask = NULL;
	if (stanza->id) {
		HASH_FIND_STR(asks->waiting, stanza->id, ask);
	}
	if (!ask || !comes_from_whom_we_asked(ask, stanza)) {
		return was_asked_by_us(asks, stanza->id);
	}
	struct ask_result result = { .iq = stanza->xml };
	if (stanza_is_error(stanza)) {
		result.condition = stanza_read_error(stanza->xml, &result.text);
	} else {
		result.payload = xml_first_element(stanza->xml);
	}
	ask_finish(ask, &result);
	return true;
}

void asks_fail_all(struct asks *asks) {
	/* Callbacks may ask anew: those have a later id and are left alone. */
	unsigned long long last = asks->next_id;
	for (struct ask *ask = asks->waiting, *next; ask; ask = next) {
		next = ask->hh.next;
		if (strtoull(strchr(ask->id, '-') + 1, NULL, 16) > last) {
			continue;
		}
		gw_timer_stop(ask->deadline);
		ask->refusal.condition = GW_REMOTE_SERVER_TIMEOUT;
		ask->refusal.text = "The connection to the XMPP server was lost.";
		ask->deadline = gw_timer_start(ask->on_scope.scope, 0, handle_deadline, ask);
	}
}

void asks_free(struct asks *asks) {
	while (asks->waiting) {
		ask_finish(asks->waiting, &(struct ask_result){ .condition = GW_SERVICE_UNAVAILABLE, .is_cancelled = true });
	}
	free(asks);
}

size_t asks_count(const struct asks *asks) {
	return HASH_COUNT(asks->waiting);
}
