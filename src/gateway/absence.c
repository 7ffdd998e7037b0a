/* SPDX-License-Identifier: MPL-2.0 */
/* Since when the gateway has not surely heard everything. The time stands in the store while the gateway runs. */
#include "gateway/absence.h"

#include "gateway/recovery.h"
#include "util/mem.h"
#include "util/text.h"

#include <stdlib.h>

enum {
	STORED_EVERY_MS = 10 * 1000,
	STORED_WHEN_IDLE_MS = 600 * 1000,
	TOLD_EVERY_MS = 600 * 1000, /* a link that comes and goes is told of now and then */
	UNTOLD_MS = 7 * 24 * 3600 * 1000, /* who comes after that need not be told any more */
	LATELY_MS = 3600 * 1000,    /* who wrote no longer ago was there, whether or not we see their presence */
	SET_BACK_MS = 3600 * 1000,  /* what lies farther in the future was noted by a clock that was wrong */
};

struct absence {
	struct gw_gateway *gateway;
	int64_t stored_ms;         /* when we were there, for the next life */
	int64_t since_ms;          /* of an absence that nobody was told of yet; 0: there was none */
	bool is_of_earlier_life;   /* which knew who was there */
	int64_t untold_from_ms, untold_to_ms; /* of those that some users have not been told of since; 0: none */
	int64_t final_to_ms;       /* what was missed until then and not found is not looked for any more; 0: all were told */
	int64_t told_ms;
	struct gw_timer *idle, *telling;
};

static void handle_idle(void *data);
static void tell_now(void *data);

#define ALIVE "alive_ms"
#define UNTOLD_FROM "untold_from_ms"
#define UNTOLD_TO "untold_to_ms"
#define FINAL_TO "missed_for_good_to_ms"

static void set_untold(struct absence *absence, int64_t from_ms, int64_t to_ms) {
	if (from_ms == absence->untold_from_ms && to_ms == absence->untold_to_ms) {
		return;
	}
	absence->untold_from_ms = from_ms;
	absence->untold_to_ms = to_ms;
	store_number_set(absence->gateway->store, UNTOLD_FROM, from_ms);
	store_number_set(absence->gateway->store, UNTOLD_TO, to_ms);
}

static void set_final(struct absence *absence, int64_t to_ms) {
	if (to_ms != absence->final_to_ms) {
		absence->final_to_ms = to_ms;
		store_number_set(absence->gateway->store, FINAL_TO, to_ms);
	}
}

struct absence *absence_new(struct gw_gateway *gateway) {
	struct absence *absence = mem_new(sizeof(*absence));
	absence->gateway = gateway;
	absence->since_ms = store_number(gateway->store, ALIVE);
	absence->is_of_earlier_life = absence->since_ms != 0;
	absence->untold_from_ms = store_number(gateway->store, UNTOLD_FROM);
	absence->untold_to_ms = store_number(gateway->store, UNTOLD_TO);
	absence->final_to_ms = store_number(gateway->store, FINAL_TO);
	return absence;
}

static bool was_told_until(const struct gw_session *session, int64_t to_ms) {
	int64_t now_ms = gw_time_ms(session->gateway->loop);
	return session->told_until_ms >= to_ms && session->told_until_ms <= now_ms + SET_BACK_MS;
}

/* An earlier life has not told everybody. */
static void take_over(struct absence *absence) {
	struct gw_gateway *gateway = absence->gateway;
	if (absence->untold_to_ms && gw_time_ms(gateway->loop) - absence->untold_to_ms > UNTOLD_MS) {
		set_untold(absence, 0, 0);
	}
	for (struct gw_session *session = gateway->sessions; absence->untold_to_ms && session; session = session->hh.next) {
		if (!was_told_until(session, absence->untold_to_ms) && !session->missed_from_ms) {
			session->missed_from_ms = absence->untold_from_ms;
			session->missed_to_ms = absence->untold_to_ms;
			session->is_told_later = true;
		}
	}
}

void absence_free(struct absence *absence) {
	free(absence);
}

/* --- That we are here --- */

static void store_alive_in(struct absence *absence, int64_t delay_ms) {
	absence->stored_ms = gw_time_ms(absence->gateway->loop);
	gw_timer_stop(absence->idle);
	absence->idle = gw_timer_start(&absence->gateway->scope, delay_ms, handle_idle, absence);
}

/* As long as nobody was told of an absence, it has not ended for the next life. */
static void store_alive(struct absence *absence) {
	store_alive_in(absence, STORED_WHEN_IDLE_MS);
	store_number_set(absence->gateway->store, ALIVE, absence->since_ms ? absence->since_ms : absence->stored_ms);
}

static void handle_idle(void *data) {
	struct absence *absence = data;
	absence->idle = NULL;
	store_alive(absence);
}

void absence_note_alive(struct absence *absence) {
	int64_t ago_ms = gw_time_ms(absence->gateway->loop) - absence->stored_ms;
	if (absence->idle && (ago_ms >= STORED_EVERY_MS || ago_ms < 0)) {
		store_alive(absence);
	}
}

/* Of what nobody was told yet the next life tells. */
void absence_say_goodbye(struct absence *absence) {
	store_number_set(absence->gateway->store, ALIVE, absence->since_ms);
}

void absence_try_store(struct absence *absence) {
	store_number_set(absence->gateway->store, ALIVE, absence->since_ms);
}

/* --- That we were not --- */

/* The server may have written to us from now on: whatever becomes of us, the next life knows. */
void absence_link_comes(struct absence *absence) {
	int64_t now_ms = gw_time_ms(absence->gateway->loop);
	store_number_set(absence->gateway->store, ALIVE, absence->since_ms ? absence->since_ms : now_ms);
}

void absence_link_is_ready(struct absence *absence) {
	struct gw_gateway *gateway = absence->gateway;
	int64_t now_ms = gw_time_ms(gateway->loop);
	if (!gateway->was_online) {
		take_over(absence);
	}
	for (struct gw_session *session = gateway->sessions; absence->since_ms && session; session = session->hh.next) {
		session->missed_from_ms = session->missed_from_ms ? session->missed_from_ms : absence->since_ms;
		session->missed_to_ms = now_ms;
	}
	store_alive_in(absence, STORED_WHEN_IDLE_MS);
}

static bool is_there(const struct gw_session *session) {
	bool wrote_lately = session->heard_ms && gw_now_ms(session->gateway->loop) - session->heard_ms < LATELY_MS;
	return session->resources.count > 0 || wrote_lately;
}

void absence_link_went(struct absence *absence, bool is_complete) {
	struct gw_gateway *gateway = absence->gateway;
	gw_timer_stop(absence->idle);
	absence->idle = NULL;
	gw_timer_stop(absence->telling);
	absence->telling = NULL;
	if (is_complete) {
		return;
	}
	if (!absence->since_ms) {
		absence->since_ms = gw_time_ms(gateway->loop) - component_silent_ms(gateway->component);
	}
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		session->was_there |= is_there(session);
	}
}

void absence_is_final(struct absence *absence) {
	struct gw_gateway *gateway = absence->gateway;
	int64_t to_ms = 0;
	if (!absence->since_ms && !absence->untold_to_ms) {
		return; /* as a rule */
	}
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		to_ms = session->missed_from_ms && session->missed_to_ms > to_ms ? session->missed_to_ms : to_ms;
	}
	if (to_ms) {
		set_final(absence, to_ms);
	}
}

static void forget_absence(struct gw_session *session) {
	if (session->missed_from_ms) {
		session->told_until_ms = session->missed_to_ms;
		store_user_set_told_until(session->gateway->store, session->id, session->told_until_ms);
	}
	session->missed_from_ms = 0;
	session->is_told_later = false;
}

void absence_is_made_up_for(struct gw_session *session) {
	int64_t final_to_ms = session->gateway->absence->final_to_ms;
	if (session->missed_from_ms >= final_to_ms || was_told_until(session, final_to_ms)) {
		forget_absence(session);
	}
}

void absence_tell(struct absence *absence) {
	if (absence->since_ms && !absence->telling) {
		int64_t ago_ms = gw_time_ms(absence->gateway->loop) - absence->told_ms;
		bool is_too_soon = absence->told_ms && ago_ms >= 0 && ago_ms < TOLD_EVERY_MS;
		absence->telling = gw_timer_start(&absence->gateway->scope, is_too_soon ? TOLD_EVERY_MS - ago_ms : 0,
				tell_now, absence);
	}
}

static void tell_session(struct gw_session *session) {
	struct arena arena = { 0 };
	gw_session_tell(session, arena_printf(&arena, "This gateway was cut off from %s to %s. What you wrote to contacts in "
			"that time and that shows no receipt may be lost: please look, and send it again.",
			text_write_minute(&arena, session->missed_from_ms), text_write_minute(&arena, session->missed_to_ms)));
	arena_finish(&arena);
	forget_absence(session);
	recovery_user_was_told(session);
}

/* Who was not there has written nothing. What is still looked for is not called lost: the user would send it again. */
static void tell_if_concerned(struct absence *absence, struct gw_session *session) {
	if (!session->missed_from_ms || !absence->gateway->module->on_message) {
		return;
	}
	bool is_concerned = session->was_there || is_there(session);
	if (is_concerned && !session->is_behind) {
		tell_session(session);
	} else if (is_concerned || absence->is_of_earlier_life || session->is_told_later) {
		session->is_told_later = true;
	} else {
		session->missed_from_ms = 0;
	}
}

static void tell_now(void *data) {
	struct absence *absence = data;
	struct gw_gateway *gateway = absence->gateway;
	absence->telling = NULL;
	absence->told_ms = gw_time_ms(gateway->loop);
	int64_t from_ms = 0, to_ms = 0;
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		tell_if_concerned(absence, session);
		session->was_there = false;
		if (session->is_told_later) {
			from_ms = from_ms && from_ms < session->missed_from_ms ? from_ms : session->missed_from_ms;
			to_ms = to_ms > session->missed_to_ms ? to_ms : session->missed_to_ms;
		}
	}
	set_untold(absence, from_ms, to_ms);
	if (!to_ms) {
		set_final(absence, 0);
	}
	absence->since_ms = 0;
	absence->is_of_earlier_life = false;
	if (absence->idle) {
		store_alive(absence);
	}
}

void absence_user_is_there(struct gw_session *session) {
	if (session->is_told_later && !session->is_behind) {
		tell_session(session);
	}
}

void absence_search_ended(struct gw_session *session) {
	if (is_there(session)) {
		absence_user_is_there(session);
	}
}

void absence_user_wrote(struct gw_session *session) {
	session->heard_ms = gw_now_ms(session->gateway->loop);
	absence_user_is_there(session);
}
