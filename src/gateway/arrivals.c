/* SPDX-License-Identifier: MPL-2.0 */
/* Keys of messages, oldest first, and the time that is asked of the server now and then. */
#include "gateway/arrivals.h"

#include "codec/message.h"
#include "gateway/absence.h"
#include "gateway/link.h"
#include "gateway/message_ids.h"
#include "gateway/privileges.h"
#include "gateway/server_time.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/strbuf.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
	KNOWN_MAX = 65536,
	ASK_AFTER = 4096,            /* messages, or after a while if there are fewer */
	ASK_AFTER_MS = 10 * 1000,
	ASK_WHEN_IDLE_MS = 600 * 1000,
	KNOWN_MS = 24 * 3600 * 1000, /* before the time until which all has come: a laptop may have slept over it */
	CLOCKS_DIFFER_MS = 900 * 1000, /* the archive's and what we think of the server's, at most */
	REPEATED_MS = 120 * 1000,    /* with one of those, what comes after that is another message */
	FORGET_ROWS = 256,           /* at once */
};

/* In what is stored, this bit of a key says that the message was refused. */
static const uint64_t refused_bit = 1;

struct arrival {
	uint64_t key;
	int64_t since_ms; /* it came after this, by the server's clock */
	int64_t came_ms;  /* about then, by that clock; 0: not known */
	int64_t heard_ms; /* by ours, or when it was loaded */
	int64_t row_id;   /* the last one that speaks of it */
	uint64_t sender;  /* a hash of the full address; 0: not known any more */
	unsigned count;   /* how often it came after since_ms */
	bool is_refused;
	UT_hash_handle hh;
};

struct arrivals {
	struct gw_gateway *gateway;
	struct loop_hook turn_end;
	struct arrival *known; /* in the order in which they came */
	uint64_t spread;       /* odd and random: nobody chooses who shares a chain */
	int64_t forgotten_since_ms; /* the newest that had to be forgotten for want of room came after this */
	int64_t last_row_id, forgotten_row_id;
	int64_t server_ms, server_read_ms; /* what its clock showed last, and ours then; 0: not asked in this life */
	uint64_t *batch;       /* of this turn */
	size_t batch_count, batch_room;

	bool is_caught_up;
	int64_t complete_until_ms;
	bool is_miscounted;    /* of what came since then an earlier life has forgotten rows */
	int64_t known_from_ms; /* what came before was not remembered */
	unsigned asked_after;  /* messages since the time was asked last */
	bool is_asking;
	struct gw_timer *timer;
	bool is_timer_short;
};

static void store_batch(void *data);
static void load_row(const struct store_arrivals *row, void *data);
static void look_at_copy(struct arrivals *arrivals);
static void ask(struct arrivals *arrivals);

#define COMPLETE_UNTIL "arrivals_complete_until_ms"
#define KNOWN_FROM "arrivals_known_from_ms"
#define FORGOTTEN_SINCE "arrivals_forgotten_since_ms"

struct arrivals *arrivals_new(struct gw_gateway *gateway) {
	struct arrivals *arrivals = mem_new(sizeof(*arrivals));
	arrivals->gateway = gateway;
	arrivals->spread = digest_random_number(UINT64_MAX) | 1;
	arrivals->complete_until_ms = store_number(gateway->store, COMPLETE_UNTIL);
	look_at_copy(arrivals);
	arrivals->known_from_ms = store_number(gateway->store, KNOWN_FROM);
	arrivals->forgotten_since_ms = store_number(gateway->store, FORGOTTEN_SINCE);
	store_arrivals_each(gateway->store, load_row, arrivals);
	arrivals->turn_end = (struct loop_hook){ .run = store_batch, .data = arrivals };
	loop_add_hook(gateway->loop, LOOP_RANK_COLLECT, &arrivals->turn_end);
	return arrivals;
}

static void forget(struct arrivals *arrivals, struct arrival *arrival) {
	HASH_DEL(arrivals->known, arrival);
	free(arrival);
}

void arrivals_free(struct arrivals *arrivals) {
	if (!arrivals) {
		return;
	}
	loop_remove_hook(arrivals->gateway->loop, LOOP_RANK_COLLECT, &arrivals->turn_end);
	while (arrivals->known) {
		forget(arrivals, arrivals->known);
	}
	free(arrivals->batch);
	free(arrivals);
}

/* --- Keys --- */

static bool is_of_interest(const struct stanza *stanza) {
	static const char *const others[] = { "error", "groupchat", "headline" };
	for (size_t i = 0; stanza->type && i < ARRAY_LENGTH(others); i++) {
		if (strcmp(stanza->type, others[i]) == 0) {
			return false;
		}
	}
	return stanza->kind == STANZA_MESSAGE;
}

/* What the archive keeps as it was: addresses without resource, id, and what it says. */
uint64_t arrivals_key(struct stanza *stanza) {
	if (!is_of_interest(stanza)) {
		return 0;
	}
	const struct message_content *content = message_content_of(stanza);
	bool says_something = content->body || content->retracts || content->reacts_to || content->encryption;
	if (content->is_forwarded_carbon || !says_something) {
		return 0;
	}
	const char *const parts[] = { stanza->from.bare, stanza->to.bare, stanza->id, content->replaces, content->retracts,
		content->reacts_to, content->body };
	uint64_t key = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		key = digest_add_text(key, parts[i]);
	}
	for (size_t i = 0; i < content->reaction_count; i++) {
		key = digest_add_text(key, content->reactions[i]);
	}
	key &= ~refused_bit;
	return key ? key : 2; /* never 0, and without the bit that means something else */
}

/* --- What is known --- */

/* The keys are hashes already. */
static unsigned hash(const struct arrivals *arrivals, uint64_t key) {
	return (unsigned)(key * arrivals->spread >> 32);
}

static struct arrival *find(const struct arrivals *arrivals, uint64_t key) {
	struct arrival *arrival;
	HASH_FIND_BYHASHVALUE(hh, arrivals->known, &key, sizeof(key), hash(arrivals, key), arrival);
	return arrival;
}

unsigned arrivals_max(const struct arrivals *arrivals) {
	unsigned configured = arrivals->gateway->options->remembered_messages;
	return configured ? configured : KNOWN_MAX;
}

/* When all room is taken, in place of the oldest. */
static struct arrival *add(struct arrivals *arrivals, uint64_t key) {
	struct arrival *arrival;
	if (HASH_COUNT(arrivals->known) < arrivals_max(arrivals)) {
		arrival = mem_new(sizeof(*arrival));
	} else {
		arrival = arrivals->known;
		arrivals->forgotten_since_ms = arrival->since_ms;
		HASH_DEL(arrivals->known, arrival);
	}
	*arrival = (struct arrival){ .key = key };
	HASH_ADD_BYHASHVALUE(hh, arrivals->known, key, sizeof(key), hash(arrivals, key), arrival);
	return arrival;
}

/* It has been heard of again: those before it in the order are those that rows before its own speak of. */
static void move_to_end(struct arrivals *arrivals, struct arrival *arrival) {
	if (arrival->hh.next) {
		HASH_DEL(arrivals->known, arrival);
		HASH_ADD_BYHASHVALUE(hh, arrivals->known, key, sizeof(arrival->key), hash(arrivals, arrival->key), arrival);
	}
}

/* A server that grants its users' archives; NULL: there is none. */
static const char *whom_to_ask(const struct arrivals *arrivals) {
	return privileges_domain_for_iq(arrivals->gateway, NS_MAM, PRIVILEGE_SET);
}

static void set_complete_until(struct arrivals *arrivals, int64_t time_ms) {
	arrivals->complete_until_ms = time_ms;
	arrivals->is_miscounted = false;
	store_number_set(arrivals->gateway->store, COMPLETE_UNTIL, time_ms);
}

/* What came after the copy was made is not known here, and would be taken for what never came. */
static void look_at_copy(struct arrivals *arrivals) {
	struct gw_gateway *gateway = arrivals->gateway;
	if (store_is_copy(gateway->store) && arrivals->complete_until_ms) {
		gw_log_warning(&gateway->log, "the database was put back or copied, so users' archives are not asked for what was "
				"lost");
		set_complete_until(arrivals, 0);
	}
	store_copy_is_dealt_with(gateway->store);
}

void arrivals_note_time(struct arrivals *arrivals, int64_t time_ms) {
	arrivals->server_ms = time_ms;
	arrivals->server_read_ms = gw_now_ms(arrivals->gateway->loop);
}

int64_t arrivals_server_now_ms(const struct arrivals *arrivals) {
	int64_t ago_ms = gw_now_ms(arrivals->gateway->loop) - arrivals->server_read_ms;
	return arrivals->server_ms ? arrivals->server_ms + ago_ms : 0;
}

/*
 * While the server grants no archives, the time stands still. When users have been told that something may be lost, they send
 * it again: then it must not be looked for any more when archives are granted again.
 */
static void look_at_grants(struct arrivals *arrivals) {
	const struct gw_gateway *gateway = arrivals->gateway;
	bool is_known = link_is_settled(gateway) && !gateway->is_stopping; /* then it listens to no grants any more */
	if (arrivals->complete_until_ms && is_known && !whom_to_ask(arrivals)) {
		set_complete_until(arrivals, 0);
	}
}

static void remember(struct arrivals *arrivals, struct arrival *arrival) {
	look_at_grants(arrivals);
	move_to_end(arrivals, arrival);
	arrival->count = arrival->since_ms == arrivals->complete_until_ms ? arrival->count : 0;
	arrival->since_ms = arrivals->complete_until_ms;
	arrival->came_ms = arrivals_server_now_ms(arrivals);
	if (arrivals->batch_count == arrivals->batch_room) {
		arrivals->batch_room = arrivals->batch_room ? arrivals->batch_room * 2 : 16;
		arrivals->batch = mem_resize(arrivals->batch, arrivals->batch_room * sizeof(*arrivals->batch));
	}
	arrivals->batch[arrivals->batch_count++] = arrival->key | (arrival->is_refused ? refused_bit : 0);
	arrival->row_id = arrivals->last_row_id + 1;
	loop_hurry(arrivals->gateway->loop);
}

/* Of rows before the oldest that is known nothing is known. */
static int64_t last_unneeded_row(const struct arrivals *arrivals) {
	return (arrivals->known && arrivals->known->row_id ? arrivals->known->row_id : arrivals->last_row_id) - 1;
}

static void forget_rows(struct arrivals *arrivals) {
	int64_t unneeded = last_unneeded_row(arrivals);
	if (unneeded > arrivals->forgotten_row_id) {
		store_arrivals_forget(arrivals->gateway->store, unneeded);
		store_number_set(arrivals->gateway->store, FORGOTTEN_SINCE, arrivals->forgotten_since_ms);
		arrivals->forgotten_row_id = unneeded;
	}
}

static void store_batch(void *data) {
	struct arrivals *arrivals = data;
	if (arrivals->batch_count == 0) {
		return;
	}
	store_arrivals_put(arrivals->gateway->store, &(struct store_arrivals){
		.id = ++arrivals->last_row_id,
		.since_ms = arrivals->complete_until_ms,
		.came_ms = arrivals_server_now_ms(arrivals),
		.keys = arrivals->batch,
		.count = arrivals->batch_count,
	});
	arrivals->batch_count = 0;
	if (last_unneeded_row(arrivals) - arrivals->forgotten_row_id >= FORGET_ROWS) {
		forget_rows(arrivals);
	}
}

/* There may be tens of thousands, from before the end of a life that was busy. */
static void load_row(const struct store_arrivals *row, void *data) {
	struct arrivals *arrivals = data;
	bool is_first = arrivals->last_row_id == 0;
	arrivals->is_miscounted |= is_first && row->id > 1 && row->since_ms >= arrivals->complete_until_ms;
	for (size_t i = 0; i < row->count; i++) {
		uint64_t key = row->keys[i] & ~refused_bit;
		struct arrival *arrival = find(arrivals, key);
		if (!arrival) {
			arrival = add(arrivals, key);
		}
		move_to_end(arrivals, arrival);
		arrival->is_refused = (row->keys[i] & refused_bit) != 0;
		arrival->count = (arrival->since_ms == row->since_ms ? arrival->count : 0) + !arrival->is_refused;
		arrival->since_ms = row->since_ms;
		arrival->came_ms = row->came_ms;
		arrival->heard_ms = gw_now_ms(arrivals->gateway->loop);
		arrival->row_id = row->id;
	}
	arrivals->last_row_id = row->id;
}

static void look_at_time(struct arrivals *arrivals);

static uint64_t sender_of(const struct stanza *stanza) {
	return digest_add_text(1, stanza->from.full);
}

/*
 * A client that lost its stream sends again what it had no acknowledgement of (XEP-0198), with the same id. But an id has to
 * be unique only within its stream (RFC 6120 section 8.1.3): "Alarm" may well come with the id 1 each day, from a script. So
 * an id that is long enough to be random counts for as long as it is remembered; a short one for a moment, and with the same
 * sender. Without an id nothing can be told.
 */
static bool is_id_random(const struct stanza *stanza) {
	return stanza->id && message_id_is_random(stanza->id);
}

static bool is_recent(const struct arrivals *arrivals, const struct arrival *arrival, const struct stanza *stanza) {
	return stanza->id && (!arrival->sender || arrival->sender == sender_of(stanza)) &&
			gw_now_ms(arrivals->gateway->loop) - arrival->heard_ms < REPEATED_MS;
}

static struct arrival *note(struct arrivals *arrivals, struct arrival *arrival, uint64_t key, const struct stanza *stanza) {
	if (!arrival) {
		arrival = add(arrivals, key);
	}
	arrival->is_refused = false;
	arrival->heard_ms = gw_now_ms(arrivals->gateway->loop);
	arrival->sender = sender_of(stanza);
	remember(arrivals, arrival);
	arrival->count++;
	arrivals->asked_after++;
	look_at_time(arrivals);
	return arrival;
}

static bool pass_over(struct arrivals *arrivals, const struct stanza *stanza) {
	arrivals->gateway->counters.repeated++;
	gw_log_info(&arrivals->gateway->log, "a message of %s came once more and is passed over", stanza->from.full);
	return false;
}

/* When the gateway stops there are no sessions any more. */
static bool is_users(const struct arrivals *arrivals, const struct stanza *stanza) {
	return arrivals->gateway->is_stopping || session_find(arrivals->gateway, stanza->from.bare);
}

bool arrivals_note(struct arrivals *arrivals, struct stanza *stanza) {
	uint64_t key = arrivals_key(stanza);
	if (!key || !is_users(arrivals, stanza)) {
		return true;
	}
	struct arrival *arrival = find(arrivals, key);
	if (arrival && !arrival->is_refused && (is_id_random(stanza) || is_recent(arrivals, arrival, stanza))) {
		return pass_over(arrivals, stanza);
	}
	note(arrivals, arrival, key, stanza);
	return true;
}

/* The same by the time at which an archive took it. */
static bool was_recent(const struct arrival *arrival, const struct stanza *stanza, int64_t at_ms) {
	return stanza->id && (!arrival->sender || arrival->sender == sender_of(stanza)) && arrival->came_ms &&
			llabs(at_ms - arrival->came_ms) < REPEATED_MS;
}

bool arrivals_note_recovered(struct arrivals *arrivals, struct stanza *stanza, int64_t at_ms) {
	uint64_t key = arrivals_key(stanza);
	struct arrival *arrival = find(arrivals, key);
	if (arrival && !arrival->is_refused && (is_id_random(stanza) || was_recent(arrival, stanza, at_ms))) {
		return pass_over(arrivals, stanza);
	}
	arrival = note(arrivals, arrival, key, stanza);
	arrival->came_ms = at_ms; /* in this life; the next one takes it for what came now */
	return true;
}

/*
 * What came before the time moved on stands in the archive before that: what stands there later has been said once more.
 * Unless the server's clock was put back in between.
 */
static int64_t latest_ms(const struct arrivals *arrivals, const struct arrival *arrival) {
	int64_t until_ms = arrivals->complete_until_ms;
	if (arrival->since_ms >= until_ms) {
		return arrival->came_ms + CLOCKS_DIFFER_MS;
	}
	return (arrival->came_ms > until_ms ? arrival->came_ms : until_ms) + ARCHIVE_MARGIN_MS;
}

bool arrivals_knows(const struct arrivals *arrivals, uint64_t key, int64_t at_ms) {
	const struct arrival *arrival = find(arrivals, key);
	return arrival && (!arrival->came_ms || at_ms <= latest_ms(arrivals, arrival));
}

unsigned arrivals_count(const struct arrivals *arrivals, uint64_t key) {
	const struct arrival *arrival = find(arrivals, key);
	bool is_counted = arrival && arrival->since_ms == arrivals->complete_until_ms && !arrivals->is_miscounted;
	return is_counted ? arrival->count : 0;
}

void arrivals_refused(struct arrivals *arrivals, struct stanza *stanza) {
	uint64_t key = arrivals_key(stanza);
	struct arrival *arrival = key ? find(arrivals, key) : NULL;
	if (arrival && !arrival->is_refused) {
		arrival->is_refused = true;
		remember(arrivals, arrival);
	}
}

/* --- Until when --- */

int64_t arrivals_complete_until_ms(const struct arrivals *arrivals) {
	return arrivals->complete_until_ms;
}

int64_t arrivals_known_since_ms(const struct arrivals *arrivals) {
	const struct arrival *oldest = arrivals->known;
	while (oldest && oldest->since_ms <= arrivals->forgotten_since_ms) {
		oldest = oldest->hh.next;
	}
	int64_t since_ms = arrivals->forgotten_since_ms == 0 ? arrivals->complete_until_ms - KNOWN_MS :
			oldest ? oldest->since_ms : arrivals->complete_until_ms;
	return since_ms > arrivals->known_from_ms ? since_ms : arrivals->known_from_ms;
}

bool arrivals_have_gap(const struct arrivals *arrivals) {
	return arrivals->forgotten_since_ms && arrivals->forgotten_since_ms >= arrivals->complete_until_ms;
}

static void forget_old(struct arrivals *arrivals) {
	while (arrivals->known && arrivals->known->since_ms < arrivals->complete_until_ms - KNOWN_MS) {
		forget(arrivals, arrivals->known);
	}
	forget_rows(arrivals);
}

static void handle_timer(void *data) {
	struct arrivals *arrivals = data;
	arrivals->timer = NULL;
	arrivals->is_timer_short = false;
	ask(arrivals);
}

static void set_timer(struct arrivals *arrivals, int64_t delay_ms) {
	gw_timer_stop(arrivals->timer);
	arrivals->is_timer_short = delay_ms < ASK_WHEN_IDLE_MS;
	arrivals->timer = gw_timer_start(&arrivals->gateway->scope, delay_ms, handle_timer, arrivals);
}

static void look_at_time(struct arrivals *arrivals) {
	if (!arrivals->is_caught_up || arrivals->is_asking) {
		return;
	} else if (arrivals->asked_after >= ASK_AFTER) {
		ask(arrivals);
	} else if (!arrivals->is_timer_short && whom_to_ask(arrivals)) {
		set_timer(arrivals, ASK_AFTER_MS);
	}
}

static void handle_time(int64_t time_ms, void *data) {
	struct arrivals *arrivals = data;
	arrivals->is_asking = false;
	if (!arrivals->is_caught_up) {
		return;
	}
	set_timer(arrivals, arrivals->asked_after || !time_ms ? ASK_AFTER_MS : ASK_WHEN_IDLE_MS);
	if (!time_ms) {
		return;
	}
	arrivals_note_time(arrivals, time_ms);
	if (!arrivals->complete_until_ms) {
		arrivals->known_from_ms = time_ms + SERVER_CLOCK_TELLS_MS;
		store_number_set(arrivals->gateway->store, KNOWN_FROM, arrivals->known_from_ms);
	}
	set_complete_until(arrivals, time_ms);
	absence_is_final(arrivals->gateway->absence);
	forget_old(arrivals);
}

static void ask(struct arrivals *arrivals) {
	const char *domain = whom_to_ask(arrivals);
	if (!domain) {
		return;
	}
	gw_timer_stop(arrivals->timer);
	arrivals->timer = NULL;
	arrivals->is_timer_short = false;
	arrivals->is_asking = true;
	arrivals->asked_after = 0;
	server_time_ask(arrivals->gateway, domain, handle_time, arrivals);
}

void arrivals_caught_up(struct arrivals *arrivals) {
	arrivals->is_caught_up = true;
	if (!arrivals->is_asking) {
		ask(arrivals);
	}
}

void arrivals_link_went(struct arrivals *arrivals) {
	arrivals->is_caught_up = false;
	gw_timer_stop(arrivals->timer);
	arrivals->timer = NULL;
	arrivals->is_timer_short = false;
}
