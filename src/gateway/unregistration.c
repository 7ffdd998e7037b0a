/* SPDX-License-Identifier: MPL-2.0 */
/* Leaving for good: log out, let the module forget, take everything back from the user's contact list, remove. */
#include "gateway/contact.h"
#include "gateway/deliveries.h"
#include "gateway/registration.h"
#include "gateway/roster.h"
#include "util/mem.h"

#include <stdlib.h>
#include <utlist.h>

struct waiter {
	struct waiter *next;
	void (*removed)(void *data);
	void *data;
};

/* One for each session that is being removed; hangs on it. */
struct removal {
	struct gw_session *session;
	struct waiter *waiters;
};

static void logged_out(struct gw_session *session, void *data);
static void unregistered(struct request_result *result, void *data);

static void add_waiter(struct removal *removal, void (*removed)(void *data), void *data) {
	if (removed) {
		struct waiter *waiter = mem_new(sizeof(*waiter));
		waiter->removed = removed;
		waiter->data = data;
		LL_APPEND(removal->waiters, waiter);
	}
}

void registration_remove(struct gw_session *session, void (*removed)(void *data), void *data) {
	if (session->removal) {
		add_waiter(session->removal, removed, data);
		return;
	}
	struct removal *removal = mem_new(sizeof(*removal));
	removal->session = session;
	add_waiter(removal, removed, data);
	session->removal = removal;
	session->is_leaving = true;
	store_user_set_leaving(session->gateway->store, session->id);
	registration_abandon(session->gateway, session->jid.bare);
	session_log_out(session, logged_out, removal);
}

static void tell_waiters(struct removal *removal) {
	struct waiter *waiters = removal->waiters;
	free(removal);
	while (waiters) {
		struct waiter waiter = *waiters;
		free(waiters);
		waiters = waiter.next;
		waiter.removed(waiter.data);
	}
}

/* Rows B16 and B18. With a gateway that stops meanwhile, all of it is done at the next start. */
static void remove_account(struct removal *removal) {
	struct gw_session *session = removal->session;
	if (session->state == SESSION_CLOSED) {
		session->removal = NULL;
		tell_waiters(removal);
		return;
	}
	deliveries_session_stays_away(session, "This was not sent: you have left the gateway before the network could be "
			"reached.");
	session->removal = NULL;
	gw_log_info(&session->log, "unregistered");
	roster_remove_all(session);
	store_user_remove(session->gateway->store, session->id);
	session_close(session);
	tell_waiters(removal);
}

static void logged_out(struct gw_session *session, void *data) {
	struct removal *removal = data;
	struct gw_gateway *gateway = session->gateway;
	if (!gateway->module->unregister || session->state == SESSION_CLOSED) {
		remove_account(removal);
		return;
	}
	struct gw_request *req = request_new(&session->scope, &(struct request_options){
		.name = "unregister",
		.answers = ANSWER_PLAIN,
		.timeout_ms = gateway->options->request_timeout_ms,
		.log = &session->log,
		.gateway = gateway,
	}, unregistered, removal);
	gateway->module->unregister(req, session);
}

/* The user leaves, whatever the module could do about it. */
static void unregistered(struct request_result *result, void *data) {
	struct removal *removal = data;
	if (result->condition != GW_OK && !result->is_cancelled) {
		gw_log_warning(&removal->session->log, "the module could not unregister this user: %s", result->text);
	}
	remove_account(removal);
}

/* --- Who left while nothing could be told --- */

struct farewell {
	struct gw_gateway *gateway;
	char *jid;
};

static void said_farewell(void *data) {
	struct farewell *farewell = data;
	if (!farewell->gateway->is_stopping) {
		gateway_tell(farewell->gateway, farewell->jid, "Your registration with this gateway has been removed.");
	}
	free(farewell->jid);
	free(farewell);
}

static void go_on(void *data) {
	struct gw_session *session = data;
	if (session->removal) {
		return;
	}
	struct farewell *farewell = mem_new(sizeof(*farewell));
	*farewell = (struct farewell){ .gateway = session->gateway, .jid = mem_strdup(session->jid.bare) };
	registration_remove(session, said_farewell, farewell);
}

void registration_go_on_removing(struct gw_session *session) {
	gw_defer(&session->scope, go_on, session);
}
