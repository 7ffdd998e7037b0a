/* SPDX-License-Identifier: MPL-2.0 */
/* Rows, the window, and the pings that stand for them. */
#include "gateway/journal.h"

#include "codec/privilege.h"
#include "gateway/actor.h"
#include "gateway/pressure.h"
#include "gateway/share.h"
#include "util/mem.h"
#include "util/text.h"
#include "xml/ns.h"
#include "xml/write.h"
#include "xmpp/written.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROW_MAX_BYTES = 256 * 1024,          /* a turn that hands over more fills several rows */
	WINDOW_BYTES = 1024 * 1024,          /* under way at most */
	MAX_BYTES = 64 * 1024 * 1024,        /* unless the admin says otherwise */
	RESERVE_BYTES = 8 * 1024 * 1024,     /* for what the gateway itself has to say, and marks, when modules may not speak */
	ACKNOWLEDGEMENT_TIMEOUT_MS = 120000, /* a link that answers other things for so long, but not this, is of no use */
	DRAIN_TIMEOUT_MS = 2000,
};

struct journal {
	struct gw_gateway *gateway;
	struct loop_hook turn_end;
	struct strbuf batch;      /* of this turn */
	bool is_batch_sent;       /* and it was written to the link as it came */

	bool is_full;             /* since it grew too large, until half of that is left */

	bool is_ready;            /* the link is there */
	int64_t last_id;          /* of the newest row */
	int64_t sent_id;          /* rows up to here were written to this link */
	int64_t asked_id;         /* rows up to here are acknowledged when the ping is back; 0: none is under way */
	int64_t taken_id;         /* rows up to here were acknowledged */
	int64_t older_id;         /* rows up to here are of before this link */
	struct gw_timer *patience;

	/* Bytes of all rows since the process began: stored, written to this link, asked about, acknowledged. */
	uint64_t stored_bytes, sent_bytes, asked_bytes, taken_bytes;

	void (*drained)(void *data);
	void *drained_data;
	struct gw_timer *draining;
};

static uint64_t max_bytes(const struct journal *journal);
static void handle_turn_end(void *data);
static void be_patient(struct journal *journal);
static void handle_impatience(void *data);
static void handle_drain_timeout(void *data);

struct journal *journal_new(struct gw_gateway *gateway) {
	struct journal *journal = mem_new(sizeof(*journal));
	size_t kept_bytes;
	journal->gateway = gateway;
	strbuf_init(&journal->batch, STRBUF_UNLIMITED);
	store_outgoing_span(gateway->store, &journal->last_id, &kept_bytes);
	journal->older_id = journal->last_id;
	journal->stored_bytes = kept_bytes;
	if (kept_bytes > 0) {
		gw_log_info(&gateway->log, "%zu bytes of stanzas were not surely taken by the XMPP server and are sent again",
				kept_bytes);
	}
	journal->is_full = kept_bytes >= max_bytes(journal);
	journal->turn_end = (struct loop_hook){ .run = handle_turn_end, .data = journal };
	loop_add_hook(gateway->loop, LOOP_RANK_COLLECT, &journal->turn_end);
	return journal;
}

void journal_free(struct journal *journal) {
	if (!journal) {
		return;
	}
	loop_remove_hook(journal->gateway->loop, LOOP_RANK_COLLECT, &journal->turn_end);
	gw_timer_stop(journal->patience);
	gw_timer_stop(journal->draining);
	strbuf_finish(&journal->batch);
	free(journal);
}

/* --- Room --- */

static uint64_t kept_bytes(const struct journal *journal) {
	return journal_end(journal) - journal->taken_bytes;
}

static uint64_t max_bytes(const struct journal *journal) {
	uint64_t configured = journal->gateway->options->journal_max_bytes;
	return configured ? configured : MAX_BYTES;
}

static uint64_t reserve_bytes(const struct journal *journal) {
	uint64_t configured = journal->gateway->options->journal_reserve_bytes;
	return configured ? configured : RESERVE_BYTES;
}

size_t journal_bytes(const struct journal *journal) {
	return (size_t)kept_bytes(journal);
}

uint64_t journal_end(const struct journal *journal) {
	return journal->stored_bytes + journal->batch.size;
}

uint64_t journal_taken(const struct journal *journal) {
	return journal->taken_bytes;
}

uint64_t journal_share(const struct journal *journal) {
	uint64_t max = max_bytes(journal), kept = kept_bytes(journal);
	uint64_t left = kept < max ? max - kept : 0, even = max / journal->gateway->session_count;
	uint64_t share = left > even ? left : even;
	return journal->is_ready && share > WINDOW_BYTES ? WINDOW_BYTES : share;
}

/* For what the gateway itself has to say. */
static bool has_reserve(const struct journal *journal) {
	return kept_bytes(journal) < max_bytes(journal) + reserve_bytes(journal);
}

bool journal_has_room(const struct journal *journal) {
	return !journal->is_full && !store_is_blocked(journal->gateway->store);
}

/* Not at each stanza that comes and goes at the border. */
static void look_at_room(struct journal *journal) {
	uint64_t kept = kept_bytes(journal);
	bool is_full = kept >= max_bytes(journal) || (journal->is_full && kept > max_bytes(journal) / 2);
	if (is_full != journal->is_full) {
		journal->is_full = is_full;
		pressure_update(journal->gateway);
	}
}

static bool window_is_open(const struct journal *journal) {
	return journal->sent_bytes - journal->taken_bytes < WINDOW_BYTES;
}

/* A turn's stanzas take one way, all of them. */
bool journal_is_direct(const struct journal *journal) {
	if (journal->batch.size > 0) {
		return journal->is_batch_sent;
	}
	return journal->is_ready && journal->sent_id == journal->last_id && window_is_open(journal);
}

/* --- Rows --- */

/* A deliberate mistake, in builds that are made to have it: script/torture has to find out. */
static bool skips_rows(void) {
#ifdef GANGWAY_TEST_FAULTS
	return getenv("GANGWAY_TEST_SKIP_JOURNAL") != NULL;
#else
	return false;
#endif
}

static void put_row(struct journal *journal) {
	struct strbuf *batch = &journal->batch;
	if (batch->size == 0) {
		return;
	}
	if (skips_rows()) {
		journal->stored_bytes += batch->size;
		journal->sent_bytes += batch->size;
		journal->taken_bytes += batch->size;
		strbuf_recycle(batch);
		return;
	}
	journal->last_id++;
	journal->stored_bytes += batch->size;
	if (journal->is_batch_sent) {
		journal->sent_id = journal->last_id;
		journal->sent_bytes += batch->size;
	}
	store_outgoing_put(journal->gateway->store, &(struct store_outgoing){
		.id = journal->last_id,
		.put_at_ms = gw_time_ms(journal->gateway->loop),
		.stanzas = batch->bytes,
		.size = batch->size,
	});
	strbuf_recycle(batch);
}

bool journal_add(struct journal *journal, const struct xml_node *stanza) {
	return has_reserve(journal) && journal_add_answer(journal, stanza);
}

bool journal_add_answer(struct journal *journal, const struct xml_node *stanza) {
	struct strbuf *batch = &journal->batch;
	struct component *component = journal->gateway->component;
	journal->is_batch_sent = journal_is_direct(journal);
	size_t before = batch->size;
	if (!component_write(component, batch, stanza)) {
		return false;
	}
	if (journal->is_batch_sent) {
		component_send_written(component, batch->bytes + before, batch->size - before);
	}
	journal->gateway->counters.accepted++;
	loop_hurry(journal->gateway->loop);
	if (batch->size >= ROW_MAX_BYTES) {
		put_row(journal);
	}
	look_at_room(journal);
	return true;
}

/* --- Sending what was only stored, or has to be sent again --- */

/* It may be a copy of something that arrived: clients and archives know it by its id, and people by its time. */
static void add_delay(struct xml_node *message, const char *by, int64_t since_ms) {
	if (message && !xml_find(message, "delay", NS_DELAY)) {
		struct xml_node *delay = xml_add(message, "delay", NS_DELAY);
		xml_set(delay, "from", by);
		xml_set(delay, "stamp", text_write_time(message->arena, since_ms));
	}
}

struct resend {
	struct gw_gateway *gateway;
	int64_t put_at_ms;
	struct strbuf out;
};

static bool is_worth_a_time(const struct xml_node *stanza) {
	const char *type = xml_get(stanza, "type");
	return strcmp(stanza->name, "message") == 0 && !(type && strcmp(type, "error") == 0);
}

/* In a user's name it is the inner message that everybody gets to see. */
static void stamp_one(struct xml_node *stanza, void *data) {
	struct resend *resend = data;
	if (is_worth_a_time(stanza)) {
		struct xml_node *inner = privilege_unwrap(stanza, "message");
		add_delay(inner ? inner : stanza, resend->gateway->jid.bare, resend->put_at_ms);
	}
	resend->gateway->counters.sent_again++;
	xml_write(&resend->out, stanza, NS_COMPONENT);
}

static void send_stamped(struct journal *journal, const struct store_outgoing *row) {
	struct gw_gateway *gateway = journal->gateway;
	struct resend resend = { .gateway = gateway, .put_at_ms = row->put_at_ms };
	strbuf_init(&resend.out, STRBUF_UNLIMITED);
	if (!written_each(row->stanzas, row->size, stamp_one, &resend)) {
		gateway->counters.lost++;
		gw_log_error(&gateway->log, "stanzas in the journal are damaged: they were changed from outside");
	}
	component_send_written(gateway->component, resend.out.bytes, resend.out.size);
	strbuf_finish(&resend.out);
}

static bool send_next_row(struct journal *journal) {
	struct arena arena = { 0 };
	struct store_outgoing row;
	bool is_there = store_outgoing_after(journal->gateway->store, &arena, journal->sent_id, &row);
	if (is_there && row.id <= journal->older_id) {
		send_stamped(journal, &row);
	} else if (is_there) {
		component_send_written(journal->gateway->component, row.stanzas, row.size);
	}
	if (is_there) {
		journal->sent_id = row.id;
		journal->sent_bytes += row.size;
	}
	arena_finish(&arena);
	return is_there;
}

static void send_waiting(struct journal *journal) {
	while (journal->is_ready && journal->sent_id < journal->last_id && window_is_open(journal) &&
			send_next_row(journal)) {
	}
}

/* --- Acknowledgements --- */

#define ACKNOWLEDGEMENT "ack-"

/* Behind all that was sent; one at a time. */
static void ask(struct journal *journal) {
	struct gw_gateway *gateway = journal->gateway;
	if (!journal->is_ready || journal->asked_id || journal->sent_bytes == journal->taken_bytes) {
		return;
	}
	journal->asked_id = journal->sent_id;
	journal->asked_bytes = journal->sent_bytes;
	struct arena arena = { 0 };
	const char *id = arena_printf(&arena, ACKNOWLEDGEMENT "%lld", (long long)journal->asked_id);
	struct xml_node *ping = stanza_make(&arena, "iq", "get", gateway->jid.bare, gateway->jid.bare, id);
	xml_add(ping, "ping", NS_PING);
	component_send(gateway->component, ping);
	arena_finish(&arena);
	be_patient(journal);
}

/* While nothing can be stored the ping is held back, or its answer is not read: the time counts from when it works again. */
static void be_patient(struct journal *journal) {
	struct gw_gateway *gateway = journal->gateway;
	gw_timer_stop(journal->patience);
	journal->patience = journal->asked_id && !store_is_blocked(gateway->store) ?
			gw_timer_start(loop_scope(gateway->loop), ACKNOWLEDGEMENT_TIMEOUT_MS, handle_impatience, journal) : NULL;
}

void journal_store_changed(struct journal *journal) {
	be_patient(journal);
}

static void handle_impatience(void *data) {
	struct journal *journal = data;
	journal->patience = NULL;
	component_fail(journal->gateway->component, "the server does not take what is sent to it");
}

static void tell_drained(struct journal *journal) {
	void (*drained)(void *) = journal->drained;
	journal->drained = NULL;
	gw_timer_stop(journal->draining);
	journal->draining = NULL;
	if (drained) {
		drained(journal->drained_data);
	}
}

static bool is_empty(const struct journal *journal) {
	return kept_bytes(journal) == 0;
}

/* Whether it is the ping itself or the server's word that it will not have it: all before it was handled. */
bool journal_handle_own(struct journal *journal, const struct stanza *stanza) {
	if (stanza->kind != STANZA_IQ || !stanza->id ||
			strncmp(stanza->id, ACKNOWLEDGEMENT, strlen(ACKNOWLEDGEMENT)) != 0) {
		return false;
	}
	if (!journal->asked_id || strtoll(stanza->id + strlen(ACKNOWLEDGEMENT), NULL, 10) != journal->asked_id) {
		return true; /* of a link that is gone */
	}
	store_outgoing_forget(journal->gateway->store, journal->asked_id);
	journal->taken_bytes = journal->asked_bytes;
	journal->taken_id = journal->asked_id;
	journal->asked_id = 0;
	gw_timer_stop(journal->patience);
	journal->patience = NULL;
	send_waiting(journal);
	look_at_room(journal);
	shares_update(journal->gateway);
	if (is_empty(journal)) {
		tell_drained(journal);
	}
	return true;
}

/* Before the commit: the row is part of the turn's transaction, and the ping goes in the same write as what it is for. */
static void handle_turn_end(void *data) {
	struct journal *journal = data;
	put_row(journal);
	send_waiting(journal);
	ask(journal);
	if (journal->gateway->is_state_untold && journal_is_direct(journal)) {
		actors_tell_states(journal->gateway);
	}
}

/* --- The link --- */

void journal_link_came(struct journal *journal) {
	put_row(journal);
	journal->is_ready = true;
	journal->older_id = journal->last_id;
	journal->sent_bytes = journal->taken_bytes;
	journal->sent_id = is_empty(journal) ? journal->last_id : journal->taken_id;
	loop_hurry(journal->gateway->loop);
	send_waiting(journal);
	shares_update(journal->gateway);
}

void journal_link_went(struct journal *journal) {
	put_row(journal);
	journal->is_ready = false;
	journal->asked_id = 0;
	gw_timer_stop(journal->patience);
	journal->patience = NULL;
	shares_update(journal->gateway);
	if (journal->drained) {
		gw_timer_stop(journal->draining);
		journal->draining = gw_timer_start(loop_scope(journal->gateway->loop), 0, handle_drain_timeout, journal);
	}
}

static void handle_drain_timeout(void *data) {
	struct journal *journal = data;
	journal->draining = NULL;
	tell_drained(journal);
}

void journal_drain(struct journal *journal, void (*drained)(void *data), void *data) {
	put_row(journal);
	journal->drained = drained;
	journal->drained_data = data;
	bool has_to_wait = journal->is_ready && !is_empty(journal);
	journal->draining = gw_timer_start(loop_scope(journal->gateway->loop), has_to_wait ? DRAIN_TIMEOUT_MS : 0,
			handle_drain_timeout, journal);
}
