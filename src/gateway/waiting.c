/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The time limit of what waits, which begins anew when the user's preferences change; how long a pause lasts, when one could
 * not be sent.
 */
#include "gateway/waiting.h"

#include "codec/form.h"
#include "gateway/delivery_notes.h"

#include <utlist.h>

enum {
	KEPT_MS_DEFAULT = 3600000, /* unless the admin says otherwise */
	AGAIN_MS_FIRST = 10000,    /* what could not be sent is handed over again, the next time after twice as long */
	AGAIN_MS_MAX = 600000,
};

static void handle_expiry(void *data);

bool waiting_is_over(const struct gw_session *session) {
	return session->state == SESSION_LOGGED_IN && !session->again;
}

int64_t waiting_max_ms(struct gw_session *session) {
	int64_t configured_ms = session->gateway->options->keep_messages_ms;
	int64_t preferred_s = gw_form_integer(gw_session_preferences(session), "keep_messages", -1);
	return preferred_s >= 0 ? preferred_s * 1000 : configured_ms ? configured_ms : KEPT_MS_DEFAULT;
}

/* How long the user wants this one kept, from now on. */
static int64_t time_left_ms(const struct delivery *delivery) {
	int64_t age_ms = gw_now_ms(delivery->session->gateway->loop) - delivery->since_ms;
	return waiting_max_ms(delivery->session) - age_ms;
}

/* As long as messages are taken it is only a matter of its turn. */
void waiting_limit(struct delivery *delivery) {
	struct gw_session *session = delivery->session;
	delivery->state = DELIVERY_WAITING;
	if (waiting_is_over(session) || delivery->expiry) {
		return;
	}
	int64_t left_ms = time_left_ms(delivery);
	delivery->has_waited = true;
	delivery->expiry = gw_timer_start(&session->scope, left_ms > 0 ? left_ms : 0, handle_expiry, delivery);
}

static void limit_all(struct gw_session *session) {
	struct delivery *delivery;
	DL_FOREACH(session->deliveries, delivery) {
		if (delivery->state == DELIVERY_WAITING) {
			waiting_limit(delivery);
		}
	}
}

static void hand_over_again(void *data) {
	struct gw_session *session = data;
	session->again = NULL;
	deliveries_hand_over(session);
}

/* The login is over, and will not come back by itself: what is taken then is refused, too. A gateway that stops keeps it. */
static bool is_left_alone(const struct gw_session *session) {
	return session->state != SESSION_LOGGED_IN && !session->gateway->is_stopping && !session_will_come_back(session);
}

/* Everything waits for a while, so that nothing overtakes it. */
void delivery_not_sent(struct delivery *delivery) {
	struct gw_session *session = delivery->session;
	delivery->was_handed = session->gateway->module->recognises_messages; /* which answers so in doubt, too */
	delivery_note_survived(delivery->stanza);
	if (is_left_alone(session)) {
		delivery_give_up(delivery, session_unavailable_text(delivery->stanza->arena, session));
		return;
	}
	if (waiting_is_over(session)) {
		int64_t pause_ms = session->again_ms ? 2 * session->again_ms : AGAIN_MS_FIRST;
		session->again_ms = pause_ms < AGAIN_MS_MAX ? pause_ms : AGAIN_MS_MAX;
		session->again = gw_timer_start(&session->scope, session->again_ms, hand_over_again, session);
	}
	delivery_wait(delivery);
	limit_all(session);
}

static void handle_expiry(void *data) {
	struct delivery *delivery = data;
	const struct gw_session *session = delivery->session;
	delivery->expiry = NULL;
	if (waiting_is_over(session)) {
		return; /* its turn will come */
	}
	const char *text = session->state == SESSION_LOGGED_IN ?
			"This was not sent: the network did not take it for as long as the message was to be kept." :
			arena_printf(delivery->stanza->arena, "This was not sent: the network could not be reached for as long as the "
			"message was to be kept. %s", session->status ? session->status : "");
	delivery_give_up(delivery, text);
}

static void pause_no_longer(struct gw_session *session) {
	gw_timer_stop(session->again);
	session->again = NULL;
	session->again_ms = 0;
}

/* Those that the module has not answered: it may say yet that they were not sent. */
static void note_earlier(struct gw_session *session) {
	struct delivery *delivery;
	DL_FOREACH(session->deliveries, delivery) {
		if (delivery->state == DELIVERY_HANDED && !delivery->is_earlier) {
			delivery->is_earlier = true;
			session->earlier_count++;
		}
	}
}

void deliveries_session_came(struct gw_session *session) {
	pause_no_longer(session);
	note_earlier(session);
	deliveries_hand_over(session);
}

void deliveries_session_went(struct gw_session *session) {
	pause_no_longer(session);
	limit_all(session);
}

void deliveries_preferences_changed(struct gw_session *session) {
	struct delivery *delivery;
	DL_FOREACH(session->deliveries, delivery) {
		gw_timer_stop(delivery->expiry);
		delivery->expiry = NULL;
	}
	limit_all(session);
}
