/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The link comes and goes:
 *
 *	link_comes -> link_came -> barrier_passed (-> grants_awaited) -> ready, restore ... (in slices) -> settled
 *	link_went
 */
#include "gateway/link.h"

#include "gateway/absence.h"
#include "gateway/arrivals.h"
#include "gateway/client_caps.h"
#include "gateway/journal.h"
#include "gateway/outbox.h"
#include "gateway/privileges.h"
#include "gateway/recovery.h"
#include "gateway/registration.h"
#include "gateway/returned.h"
#include "gateway/roster.h"
#include "gateway/upload.h"
#include "xml/ns.h"

enum {
	BARRIER_TIMEOUT_MS = 60000, /* a server that does not answer this acknowledges nothing, either */
	GRANTS_WAIT_MS = 2000,
	RESTORE_SLICE = 50, /* users who hear of it in one turn */
	PROBE_TIMEOUT_MS = 30000, /* how long clients have to show that they are still there */
};

static void barrier_passed(const struct ask_result *result, void *data);
static void restore(void *data);
static void settled(void *data);

/* Hands are being shaken: the server may have taken us in, and write, before we hear of it. */
void link_comes(void *data) {
	struct gw_gateway *gateway = data;
	absence_link_comes(gateway->absence);
}

/* What the server says right after the handshake (its grants, XEP-0356) has been heard when this is answered. */
void link_came(void *data) {
	struct gw_gateway *gateway = data;
	struct arena arena = { 0 };
	recovery_link_came(gateway->recovery);
	struct xml_node *iq = stanza_make(&arena, "iq", "get", gateway->jid.bare, gateway->jid.bare, NULL);
	xml_add(iq, "ping", NS_PING);
	ask_send(gateway->asks, &gateway->scope, iq, BARRIER_TIMEOUT_MS, barrier_passed, gateway);
	arena_finish(&arena);
}

static void ready(struct gw_gateway *gateway) {
	gateway->is_link_ready = true;
	privileges_link_is_ready(gateway);
	journal_link_came(gateway->journal);
	absence_link_is_ready(gateway->absence);
	recovery_link_is_ready(gateway->recovery);
	client_caps_link_is_ready(gateway->client_caps);
	gateway->restore_next = gateway->sessions;
	restore(gateway);
}

static void grants_awaited(void *data) {
	struct gw_gateway *gateway = data;
	gateway->settling = NULL;
	ready(gateway);
}

/* While ejabberd starts it takes components in before it knows what they may do: who granted before is waited for. */
static void barrier_passed(const struct ask_result *result, void *data) {
	struct gw_gateway *gateway = data;
	if (result->is_cancelled || !component_is_online(gateway->component)) {
		return;
	}
	if (!result->iq) {
		component_fail(gateway->component, "the server does not answer");
	} else if (privileges_are_missing(gateway)) {
		gateway->settling = gw_timer_start(&gateway->scope, GRANTS_WAIT_MS, grants_awaited, gateway);
	} else {
		ready(gateway);
	}
}

void link_stop_settling(struct gw_gateway *gateway) {
	gw_timer_stop(gateway->settling);
	gateway->settling = NULL;
}

/* Who of the users' clients is still there shows when they are probed. */
void link_went(const char *text, bool is_complete, void *data) {
	(void)text;
	struct gw_gateway *gateway = data;
	gateway->is_link_ready = false;
	journal_link_went(gateway->journal);
	absence_link_went(gateway->absence, is_complete);
	recovery_link_went(gateway->recovery);
	arrivals_link_went(gateway->arrivals);
	gateway->restore_next = NULL;
	link_stop_settling(gateway);
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		resources_doubt(&session->resources);
	}
	gateway->is_refusal_told = false;
	privileges_link_went(gateway);
	upload_forget(gateway);
	asks_fail_all(gateway->asks);
}

/* One user sees what there is to see, and logs in if that has not begun yet. */
static void restore_session(struct gw_gateway *gateway, struct gw_session *session) {
	if (session->is_leaving) {
		registration_go_on_removing(session);
		return;
	}
	if (session->show != GW_SHOW_OFFLINE) {
		session_send_presences(session);
	}
	if (!gateway->was_online) {
		roster_add_gateway(session);
	}
	roster_probe_user(session);
	roster_catch_up(session);
	if (session->state == SESSION_IDLE && session->failures == 0) {
		session_log_in(session);
	}
}

/* In slices, so that stanzas of others are answered in between. */
static void restore(void *data) {
	struct gw_gateway *gateway = data;
	if (!gateway->is_link_ready) {
		return;
	}
	for (unsigned i = 0; i < RESTORE_SLICE && gateway->restore_next; i++) {
		struct gw_session *session = gateway->restore_next;
		gateway->restore_next = session->hh.next;
		restore_session(gateway, session);
	}
	if (gateway->restore_next) {
		gw_defer(&gateway->scope, restore, gateway);
		return;
	}
	gateway->was_online = true;
	gw_timer_stop(gateway->settling);
	gateway->settling = gw_timer_start(&gateway->scope, PROBE_TIMEOUT_MS, settled, gateway);
}

/* Clients that have not answered the probe went while nobody could tell us. */
static void settled(void *data) {
	struct gw_gateway *gateway = data;
	gateway->settling = NULL;
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		if (resources_drop_doubtful(&session->resources)) {
			session_user_changed(session);
		}
	}
	absence_tell(gateway->absence);
	returned_settled(gateway);
}

bool link_is_settled(const struct gw_gateway *gateway) {
	return gateway->is_link_ready && gateway->was_online && !gateway->restore_next && !gateway->settling;
}

void link_announce(struct gw_gateway *gateway) {
	for (struct gw_session *session = gateway->sessions; gateway->was_online && session; session = session->hh.next) {
		if (session->show != GW_SHOW_OFFLINE) {
			session_send_status(session, NULL);
		}
	}
}
