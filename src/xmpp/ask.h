/* SPDX-License-Identifier: MPL-2.0 */
/* IQ questions of ours: matched by id *and* sender, with a deadline. */
#ifndef XMPP_ASK_H
#define XMPP_ASK_H

#include "xmpp/component.h"

struct ask;
struct asks; /* those that wait for an answer, of one component */

struct ask_result {
	enum gw_condition condition;    /* GW_OK: the answer is `payload` */
	const char *text;               /* of an error; NULL when there is none */
	const struct xml_node *iq;      /* the whole answer; NULL at deadline, cancellation or when the link is away */
	const struct xml_node *payload; /* the first element of a result; NULL when it is empty */
	bool is_cancelled;              /* the scope closed */
};

struct asks *asks_new(struct component *component);
void asks_free(struct asks *asks);

/* An incoming IQ of type result or error. False: nobody here has ever asked for it. */
bool asks_handle(struct asks *asks, struct stanza *stanza);

/* The link broke: whoever waits hears remote-server-timeout now. */
void asks_fail_all(struct asks *asks);

enum { ASK_TIMEOUT_MS = 30000 };

/*
 * Begins a question: fill in the payload below the node that *out_iq receives (it has no id yet and is in `arena`), then
 * ask_send() it. `from` NULL: the component itself. The callback comes exactly once, never from inside ask_send().
 * NULL when the scope is closed already.
 */
struct ask *ask_send(struct asks *asks, struct gw_scope *scope, struct xml_node *iq, int64_t timeout_ms,
		void (*answered)(const struct ask_result *result, void *data), void *data);

/* No callback after this. NULL is fine. */
void ask_stop(struct ask *ask);

size_t asks_count(const struct asks *asks);

#endif
