/* SPDX-License-Identifier: MPL-2.0 */
/* Since when the gateway has not surely heard everything. The time stands in the store while the gateway runs. */
#include "gateway/absence.h"

#include "util/mem.h"
#include "util/text.h"

#include <stdlib.h>

enum {
	STORED_FIRST_MS = 1000, /* after the link came: the first answers do not wait for the disk */
	STORED_EVERY_MS = 10 * 1000,
	STORED_WHEN_IDLE_MS = 600 * 1000,
	TOLD_EVERY_MS = 600 * 1000, /* a link that comes and goes is told of now and then */
};

struct absence {
	struct gw_gateway *gateway;
	int64_t stored_ms;         /* when we were there, for the next life */
	int64_t since_ms;          /* of an absence that nobody was told of yet; 0: there was none */
	int64_t until_ms;
	int64_t told_ms;
	struct gw_timer *idle, *telling;
};

static void handle_idle(void *data);
static void tell_now(void *data);

#define ALIVE "alive_ms"

struct absence *absence_new(struct gw_gateway *gateway) {
	struct absence *absence = mem_new(sizeof(*absence));
	absence->gateway = gateway;
	absence->since_ms = store_number(gateway->store, ALIVE);
	return absence;
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

static void store_alive(struct absence *absence) {
	store_alive_in(absence, STORED_WHEN_IDLE_MS);
	store_number_set(absence->gateway->store, ALIVE, absence->stored_ms);
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

/* --- That we were not --- */

void absence_link_is_ready(struct absence *absence) {
	struct gw_gateway *gateway = absence->gateway;
	absence->until_ms = gw_time_ms(gateway->loop);
	for (struct gw_session *session = gateway->sessions; absence->since_ms && session; session = session->hh.next) {
		session->may_miss_something = true;
	}
	store_alive_in(absence, STORED_FIRST_MS);
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
		absence->since_ms = gw_time_ms(gateway->loop);
	}
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		session->was_there |= session->resources.count > 0;
	}
}

void absence_is_made_up_for(struct gw_session *session) {
	session->may_miss_something = false;
}

void absence_tell(struct absence *absence) {
	if (absence->since_ms && !absence->telling) {
		int64_t ago_ms = gw_time_ms(absence->gateway->loop) - absence->told_ms;
		bool is_too_soon = absence->told_ms && ago_ms >= 0 && ago_ms < TOLD_EVERY_MS;
		absence->telling = gw_timer_start(&absence->gateway->scope, is_too_soon ? TOLD_EVERY_MS - ago_ms : 0,
				tell_now, absence);
	}
}

static void tell_session(const struct absence *absence, struct gw_session *session) {
	struct arena arena = { 0 };
	gw_session_tell(session, arena_printf(&arena, "This gateway was cut off from %s to %s. What you wrote to contacts in "
			"that time and that shows no receipt may be lost: please look, and send it again.",
			text_write_minute(&arena, absence->since_ms), text_write_minute(&arena, absence->until_ms)));
	arena_finish(&arena);
}

/* Who was not there has written nothing. */
static void tell_now(void *data) {
	struct absence *absence = data;
	struct gw_gateway *gateway = absence->gateway;
	absence->telling = NULL;
	absence->told_ms = gw_time_ms(gateway->loop);
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		bool is_concerned = session->was_there || session->resources.count > 0;
		if (session->may_miss_something && is_concerned && gateway->module->on_message) {
			tell_session(absence, session);
		}
		session->may_miss_something = session->was_there = false;
	}
	absence->since_ms = 0;
}
