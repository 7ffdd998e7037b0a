/* SPDX-License-Identifier: MPL-2.0 */
/*
 * RFC 6120 section 8.3: messages of ours that servers sent back, because the user's server cannot be reached, say, or does not
 * let us speak in users' names after all. Nobody here can mend that; it must not go unseen.
 */
#include "feature/features.h"
#include "gateway/actor.h"
#include "gateway/outbox.h"
#include "gateway/session.h"

enum { LOG_INTERVAL_MS = 60000 }; /* of each user: a server that is away sends everything back */

static bool is_worth_a_line(const struct incoming *in, struct gw_session *session) {
	int64_t now_ms = gw_now_ms(in->gateway->loop);
	int64_t *next_ms = session ? &session->next_bounce_ms : &in->gateway->next_bounce_ms;
	if (now_ms < *next_ms) {
		return false;
	}
	*next_ms = now_ms + LOG_INTERVAL_MS;
	return true;
}

/* <message type='error' from='romeo@montague.lit' to='juliet@component/gangway' id='m-1'><error>...</error></message> */
static bool handle_error(const struct incoming *in) {
	const struct stanza *stanza = in->stanza;
	if (!in->session && stanza->from.local) {
		return false; /* anybody could say so */
	} else if (outbox_is_transient(stanza->id)) {
		return false; /* that somebody types is of no use to a user who is offline */
	}
	in->gateway->counters.bounced++;
	struct gw_session *session = in->session ? in->session : actor_own_refused(in->gateway, stanza);
	if (is_worth_a_line(in, session)) {
		const char *text;
		enum gw_condition condition = stanza_read_error(stanza->xml, &text);
		gw_log_warning(session ? &session->log : &in->gateway->log, "a message of %s (%s) came back from %s: %s%s%s",
				stanza->to.bare, stanza->id ? stanza->id : "no id", stanza->from.bare, gw_condition_name(condition),
				text ? ", " : "", text ? text : "");
	}
	return false; /* the module may want to see it */
}

static const struct route routes[] = {
	{ MESSAGE_ERROR, TO_GATEWAY | TO_CONTACT, NULL, NULL, 0, handle_error },
	{ 0 },
};

/* Nothing that could be advertised: no XEP. */
const struct feature feature_bounce = {
	.title = "Messages that came back",
	.routes = routes,
};
