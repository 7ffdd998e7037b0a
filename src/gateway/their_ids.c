/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Messages come by the thousand, and nearly all are new. So that is found out without a look into the store, by a filter
 * (Bloom's) that each chat has in memory from its first message on. What is new is added to the end of one table, a row for
 * each turn, and moves to its chat's own rows with many others; only when the filter says "perhaps" those are read.
 */
#include "gateway/their_ids.h"

#include "gateway/gateway.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
	PENDING_MAX = 64,       /* of a chat, before they move to its rows */
	PENDING_ALL_MAX = 4096, /* of all chats */
	ROWS_MAX = 1024,        /* that new ones stand in */
	FORGET_ROWS = 256,      /* at once */
	MOVES_PER_TURN = 32,
	BITS_PER_KEY = 16,      /* of the filter: with four places for each key, two new messages in a thousand cost a look */
	PLACES = 4,
	FILTER_KEYS_MIN = 32,
};

/* Of one chat. */
struct theirs {
	struct theirs *prev, *next; /* of those with pending keys, by their oldest row */
	struct gw_contact *contact;
	uint64_t *filter;
	size_t filter_keys;  /* for so many it is large enough; a power of two */
	size_t known;        /* so many are in it */
	int64_t oldest_row;  /* where the first pending key stands */
	unsigned pending_count;
	uint64_t pending[PENDING_MAX];
};

struct their_ids {
	struct gw_gateway *gateway;
	struct loop_hook turn_end;
	uint64_t seed;         /* of the keys, kept with them */
	struct theirs *dirty;
	size_t pending;        /* of all chats */
	uint64_t *batch;       /* of this turn: chat, key, chat, key */
	size_t batch_count, batch_room;
	int64_t last_row, forgotten_row;
};

#define SEED "their_ids_seed"

static void handle_turn_end(void *data);
static void restore(struct their_ids *ids);

static uint64_t seed_of(struct store *store) {
	int64_t seed = store_number(store, SEED);
	if (!seed) {
		seed = 1 + (int64_t)digest_random_number(INT64_MAX);
		store_number_set(store, SEED, seed);
	}
	return (uint64_t)seed;
}

struct their_ids *their_ids_new(struct gw_gateway *gateway) {
	struct their_ids *ids = mem_new(sizeof(*ids));
	ids->gateway = gateway;
	ids->seed = seed_of(gateway->store);
	restore(ids);
	ids->turn_end = (struct loop_hook){ .run = handle_turn_end, .data = ids };
	loop_add_hook(gateway->loop, LOOP_RANK_COLLECT, &ids->turn_end);
	return ids;
}

void their_ids_free(struct their_ids *ids) {
	if (ids) {
		loop_remove_hook(ids->gateway->loop, LOOP_RANK_COLLECT, &ids->turn_end);
		free(ids->batch);
		free(ids);
	}
}

static struct their_ids *ids_of(const struct gw_contact *contact) {
	return contact->session->gateway->their_ids;
}

/* Of two thousand in a chat no two are the same, unless somebody makes them so: ids are the network's, the seed is ours. */
static uint64_t key_of(const struct their_ids *ids, enum their_event event, const char *remote_id) {
	uint64_t key = digest_number(remote_id, strlen(remote_id), ids->seed);
	return event == THEIR_MESSAGE ? key : ~key;
}

enum { STATE_BITS = 32 };

/* The upper half says what of which message, so that the newest key with that half has the state that counts. */
static uint64_t state_key_of(const struct their_ids *ids, enum their_state which, const char *remote_id, uint64_t state) {
	uint64_t about[] = { digest_number(remote_id, strlen(remote_id), ids->seed), which };
	uint64_t subject = digest_number(about, sizeof(about), ids->seed);
	return subject >> STATE_BITS << STATE_BITS | (uint32_t)(state ^ state >> STATE_BITS);
}

uint64_t their_ids_text_state(const char *text) {
	return digest_number(text, text_trimmed_size(text), 0);
}

/* --- A chat's rows in the store --- */

static void move(struct their_ids *ids, struct theirs *theirs) {
	if (theirs->pending_count > 0) {
		store_their_ids_add(ids->gateway->store, theirs->contact->chat_id, theirs->pending, theirs->pending_count);
		ids->pending -= theirs->pending_count;
		theirs->pending_count = 0;
		DL_DELETE(ids->dirty, theirs);
	}
}

/* All but the newest: what was noted together with the next one may have to be forgotten with it. */
static void move_full(struct their_ids *ids, struct theirs *theirs) {
	enum { MOVED = PENDING_MAX - 1 };
	store_their_ids_add(ids->gateway->store, theirs->contact->chat_id, theirs->pending, MOVED);
	ids->pending -= MOVED;
	theirs->pending[0] = theirs->pending[MOVED];
	theirs->pending_count = 1;
}

/* The newest that has these bits of the key; 0: none has. */
static uint64_t newest_among(const uint64_t *keys, size_t count, uint64_t key, uint64_t bits) {
	while (count > 0 && (keys[count - 1] & bits) != (key & bits)) {
		count--;
	}
	return count > 0 ? keys[count - 1] : 0;
}

static uint64_t newest_in_rows(struct store *store, int64_t chat_id, uint64_t key, uint64_t bits) {
	struct arena arena = { 0 };
	const uint64_t *keys;
	size_t count = store_their_ids(store, &arena, chat_id, &keys);
	uint64_t newest = newest_among(keys, count, key, bits);
	arena_finish(&arena);
	return newest;
}

/* --- The filter --- */

static size_t filter_bits(const struct theirs *theirs) {
	return theirs->filter_keys * BITS_PER_KEY;
}

/* The places of a key are its lower half, and steps of its upper half from there. */
static size_t filter_place(const struct theirs *theirs, uint64_t key, unsigned i) {
	return (size_t)(key + i * (key >> 32 | 1)) & (filter_bits(theirs) - 1);
}

static bool filter_has(const struct theirs *theirs, uint64_t key) {
	bool has = true;
	for (unsigned i = 0; i < PLACES && has; i++) {
		size_t place = filter_place(theirs, key, i);
		has = theirs->filter[place / 64] >> place % 64 & 1;
	}
	return has;
}

static void filter_add(struct theirs *theirs, uint64_t key) {
	for (unsigned i = 0; i < PLACES; i++) {
		size_t place = filter_place(theirs, key, i);
		theirs->filter[place / 64] |= (uint64_t)1 << place % 64;
	}
	theirs->known++;
}

/* Anew, twice as large as it has to be now. */
static void filter_make(struct theirs *theirs) {
	struct arena arena = { 0 };
	const uint64_t *keys;
	struct store *store = theirs->contact->session->gateway->store;
	size_t count = store_their_ids(store, &arena, theirs->contact->chat_id, &keys);
	theirs->filter_keys = FILTER_KEYS_MIN;
	while (theirs->filter_keys < 2 * (count + theirs->pending_count)) {
		theirs->filter_keys *= 2;
	}
	theirs->known = 0;
	free(theirs->filter);
	theirs->filter = mem_new(filter_bits(theirs) / 8);
	for (size_t i = 0; i < count; i++) {
		filter_add(theirs, keys[i]);
	}
	for (size_t i = 0; i < theirs->pending_count; i++) {
		filter_add(theirs, theirs->pending[i]);
	}
	arena_finish(&arena);
}

static struct theirs *theirs_of(struct gw_contact *contact) {
	if (!contact->theirs) {
		contact->theirs = mem_new(sizeof(*contact->theirs));
		contact->theirs->contact = contact;
		filter_make(contact->theirs);
	}
	return contact->theirs;
}

void their_ids_close(struct gw_contact *contact) {
	if (contact->theirs) {
		move(ids_of(contact), contact->theirs);
		free(contact->theirs->filter);
		free(contact->theirs);
		contact->theirs = NULL;
	}
}

/* --- Noting --- */

/* Is the newest key with these bits this one? */
static bool is_newest(struct theirs *theirs, uint64_t key, uint64_t bits) {
	struct gw_contact *contact = theirs->contact;
	if (!filter_has(theirs, key)) {
		return false;
	}
	uint64_t newest = newest_among(theirs->pending, theirs->pending_count, key, bits);
	return (newest ? newest : newest_in_rows(contact->session->gateway->store, contact->chat_id, key, bits)) == key;
}

static void add_to_batch(struct their_ids *ids, int64_t chat_id, uint64_t key) {
	if (ids->batch_count + 2 > ids->batch_room) {
		ids->batch_room = ids->batch_room ? ids->batch_room * 2 : 16;
		ids->batch = mem_resize(ids->batch, ids->batch_room * sizeof(*ids->batch));
	}
	ids->batch[ids->batch_count++] = (uint64_t)chat_id;
	ids->batch[ids->batch_count++] = key;
	loop_hurry(ids->gateway->loop);
}

static bool note(struct gw_contact *contact, uint64_t key, uint64_t bits) {
	struct their_ids *ids = ids_of(contact);
	int64_t chat_id = contact_chat_id(contact);
	struct theirs *theirs = theirs_of(contact);
	if (is_newest(theirs, key, bits)) {
		return false;
	}
	if (theirs->pending_count == PENDING_MAX) {
		move_full(ids, theirs);
	}
	if (theirs->known >= theirs->filter_keys) {
		filter_make(theirs);
	}
	if (theirs->pending_count == 0) {
		theirs->oldest_row = ids->last_row + 1;
		DL_APPEND(ids->dirty, theirs);
	}
	theirs->pending[theirs->pending_count++] = key;
	ids->pending++;
	filter_add(theirs, key);
	add_to_batch(ids, chat_id, key);
	return true;
}

bool their_ids_note(struct gw_contact *contact, enum their_event event, const char *remote_id) {
	return note(contact, key_of(ids_of(contact), event, remote_id), UINT64_MAX);
}

bool their_ids_note_state(struct gw_contact *contact, enum their_state which, const char *remote_id, uint64_t state) {
	return note(contact, state_key_of(ids_of(contact), which, remote_id, state), UINT64_MAX << STATE_BITS);
}

/* It is among the last ones. In the filter it stays, where it does no harm. */
static void forget(struct gw_contact *contact, uint64_t key) {
	struct their_ids *ids = ids_of(contact);
	struct theirs *theirs = contact->theirs;
	if (!theirs || theirs->pending_count == 0 || theirs->pending[theirs->pending_count - 1] != key) {
		return;
	}
	ids->pending--;
	if (--theirs->pending_count == 0) {
		DL_DELETE(ids->dirty, theirs);
	}
	if (ids->batch_count > 0 && ids->batch[ids->batch_count - 1] == key) {
		ids->batch_count -= 2;
	}
}

void their_ids_forget(struct gw_contact *contact, enum their_event event, const char *remote_id) {
	forget(contact, key_of(ids_of(contact), event, remote_id));
}

void their_ids_forget_state(struct gw_contact *contact, enum their_state which, const char *remote_id, uint64_t state) {
	forget(contact, state_key_of(ids_of(contact), which, remote_id, state));
}

bool their_ids_is_there(struct gw_contact *contact, const char *remote_id) {
	return contact->chat_id && is_newest(theirs_of(contact), key_of(ids_of(contact), THEIR_MESSAGE, remote_id), UINT64_MAX);
}

/* --- The table of the new ones --- */

static bool has_to_move(const struct their_ids *ids) {
	return ids->dirty && (ids->pending > PENDING_ALL_MAX || ids->last_row - ids->dirty->oldest_row > ROWS_MAX);
}

static void handle_turn_end(void *data) {
	struct their_ids *ids = data;
	struct store *store = ids->gateway->store;
	if (ids->batch_count == 0) {
		return;
	}
	store_their_ids_put_new(store, &(struct store_numbers){
		.id = ++ids->last_row,
		.numbers = ids->batch,
		.count = ids->batch_count,
	});
	ids->batch_count = 0;
	for (unsigned i = 0; i < MOVES_PER_TURN && has_to_move(ids); i++) {
		move(ids, ids->dirty);
	}
	int64_t oldest_row = ids->dirty ? ids->dirty->oldest_row : ids->last_row + 1;
	if (oldest_row - ids->forgotten_row > FORGET_ROWS) {
		store_their_ids_forget_new(store, oldest_row - 1);
		ids->forgotten_row = oldest_row - 1;
	}
}

struct pair {
	uint64_t chat_id, key;
	size_t order;
};

static int compare_pairs(const void *a, const void *b) {
	const struct pair *first = a, *second = b;
	if (first->chat_id != second->chat_id) {
		return first->chat_id < second->chat_id ? -1 : 1;
	}
	return first->order < second->order ? -1 : 1;
}

/* All to their chats. */
static void move_pairs(struct store *store, struct pair *pairs, size_t count) {
	struct arena arena = { 0 };
	uint64_t *keys = arena_new(&arena, (count + 1) * sizeof(*keys));
	qsort(pairs, count, sizeof(*pairs), compare_pairs);
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first; end < count && pairs[end].chat_id == pairs[first].chat_id; end++) {
			keys[end - first] = pairs[end].key;
		}
		store_their_ids_add(store, (int64_t)pairs[first].chat_id, keys, end - first);
	}
	arena_finish(&arena);
}

/* What an earlier life left there, as a rule nothing. */
static void restore(struct their_ids *ids) {
	struct store *store = ids->gateway->store;
	struct arena arena = { 0 };
	struct store_numbers row;
	struct pair *pairs = NULL;
	size_t count = 0;
	while (store_their_ids_new_after(store, &arena, ids->last_row, &row)) {
		ids->last_row = row.id;
		pairs = mem_resize(pairs, (count + row.count / 2 + 1) * sizeof(*pairs));
		for (size_t i = 0; i + 1 < row.count; i += 2, count++) {
			pairs[count] = (struct pair){ .chat_id = row.numbers[i], .key = row.numbers[i + 1], .order = count };
		}
		arena_finish(&arena);
	}
	if (count > 0) {
		move_pairs(store, pairs, count);
	}
	if (ids->last_row > 0) {
		store_their_ids_forget_new(store, ids->last_row);
	}
	ids->forgotten_row = ids->last_row;
	free(pairs);
}
