/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which message is which. Pairs come by the thousand and hardly any is ever asked for, so putting has to be cheap: those of
 * a turn, whatever their chats, are one row at the end of one table, and two thousand of them then move to their chats at
 * once, a dozen to a row. In a row they stand one behind the other, oldest first. There is no index of the ids: a look-up
 * reads the chat's pairs, the 2048 newest and those that have not moved yet, in 0.2 ms at most. Most questions are about
 * what was said last, and the layers above remember that.
 */
#include "store/database.h"

#include "util/arena.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	NEW_MAX = 2048,    /* that have not moved to their chats */
	CHUNK_BYTES = 900, /* of a row, so that it stays in a page */
	PRUNE_CHATS = 32,
	PRUNE_CHUNKS = 64,
	PRUNE_UNREAD = 256,
};

void message_ids_init(struct store *store) {
	struct query query;
	strbuf_init(&store->message_ids.turn, STRBUF_UNLIMITED);
	query_start(&query, store, MESSAGE_IDS_NEW_COUNT, NULL, 0);
	if (query_next(&query)) {
		store->message_ids.new_count = (unsigned)sqlite3_column_int(query.row, 0);
		store->message_ids.last_row = sqlite3_column_int64(query.row, 1);
	}
	query_finish(&query);
}

void message_ids_finish(struct store *store) {
	strbuf_finish(&store->message_ids.turn);
}

/* --- Pairs as bytes: both ids, each with its NUL; for those of many chats with the chat's number before them --- */

struct pair {
	int64_t chat_id;
	int64_t put_at_ms;
	size_t order;
	const char *xmpp_id, *remote_id;
};

/* Newest last. */
struct pairs {
	struct arena *arena;
	struct pair *all;
	size_t count, room;
};

static struct pair *add_pair(struct pairs *pairs) {
	if (pairs->count == pairs->room) {
		size_t room = pairs->room ? pairs->room * 2 : 64;
		struct pair *all = arena_new(pairs->arena, room * sizeof(*all));
		if (pairs->count > 0) {
			memcpy(all, pairs->all, pairs->count * sizeof(*all));
		}
		pairs->all = all;
		pairs->room = room;
	}
	return &pairs->all[pairs->count++];
}

/* NULL: the bytes are damaged. */
static const char *next_text(const char **at, const char *end) {
	const char *text = *at, *nul = memchr(text, '\0', (size_t)(end - text));
	*at = nul ? nul + 1 : end;
	return nul ? text : NULL;
}

/* Those of one chat, or of all when that is 0. The bytes stay where they are. */
static void read_new(struct pairs *pairs, const char *bytes, size_t size, int64_t put_at_ms, int64_t only_chat_id) {
	const char *end = bytes + size;
	for (const char *at = bytes; at < end;) {
		const char *chat = next_text(&at, end), *xmpp_id = next_text(&at, end), *remote_id = next_text(&at, end);
		int64_t chat_id = chat ? strtoll(chat, NULL, 10) : 0;
		if (remote_id && (!only_chat_id || chat_id == only_chat_id)) {
			struct pair *pair = add_pair(pairs);
			*pair = (struct pair){ chat_id, put_at_ms, pairs->count, xmpp_id, remote_id };
		}
	}
}

/* False: not all of them could be read. */
static bool read_new_rows(struct pairs *pairs, struct store *store, int64_t only_chat_id) {
	struct query query;
	query_start(&query, store, MESSAGE_IDS_NEW, NULL, 0);
	while (query_next(&query)) {
		const char *bytes = query_text_of_bytes(&query, pairs->arena, 1);
		read_new(pairs, bytes, (size_t)sqlite3_column_bytes(query.row, 1), sqlite3_column_int64(query.row, 0),
				only_chat_id);
	}
	query_finish(&query);
	return !query.is_failed;
}

static void read_chat(struct pairs *pairs, struct store *store, int64_t chat_id) {
	struct query query;
	query_start(&query, store, MESSAGE_IDS_OF_CHAT, VALUES(value_integer(chat_id)));
	while (query_next(&query)) {
		const char *at = query_text_of_bytes(&query, pairs->arena, 0);
		const char *end = at + sqlite3_column_bytes(query.row, 0);
		while (at < end) {
			const char *xmpp_id = next_text(&at, end), *remote_id = next_text(&at, end);
			if (remote_id) {
				*add_pair(pairs) = (struct pair){ .xmpp_id = xmpp_id, .remote_id = remote_id };
			}
		}
	}
	query_finish(&query);
	if (pairs->count > STORE_KNOWN_MAX) {
		pairs->all += pairs->count - STORE_KNOWN_MAX;
		pairs->room -= pairs->count - STORE_KNOWN_MAX;
		pairs->count = STORE_KNOWN_MAX;
	}
}

/* --- Putting --- */

/* Of one chat, as many as one row holds; returns how many. */
static size_t write_chunk(struct store *store, const struct pair *pairs, size_t count) {
	struct strbuf bytes;
	size_t written = 0;
	strbuf_init(&bytes, STRBUF_UNLIMITED);
	while (written < count && pairs[written].chat_id == pairs[0].chat_id) {
		const struct pair *pair = &pairs[written];
		size_t first = strlen(pair->xmpp_id) + 1, second = strlen(pair->remote_id) + 1;
		if (written > 0 && bytes.size + first + second > CHUNK_BYTES) {
			break;
		}
		strbuf_add(&bytes, pair->xmpp_id, first);
		strbuf_add(&bytes, pair->remote_id, second);
		written++;
	}
	store_write(store, MESSAGE_IDS_ADD, VALUES(
			value_integer(pairs[0].chat_id),
			value_integer(++store->message_ids.last_row),
			value_integer(pairs[written - 1].put_at_ms),
			value_integer((int64_t)written),
			value_bytes(bytes.bytes, bytes.size)));
	strbuf_finish(&bytes);
	return written;
}

static int compare(const void *a, const void *b) {
	const struct pair *first = a, *second = b;
	if (first->chat_id != second->chat_id) {
		return first->chat_id < second->chat_id ? -1 : 1;
	}
	return first->order < second->order ? -1 : 1;
}

/* Pairs of chats that are gone go with it. What cannot be read now is moved another time. */
static void move_to_chats(struct store *store) {
	struct arena arena = { 0 };
	struct pairs pairs = { .arena = &arena };
	if (store->message_ids.new_count == 0) {
		return;
	}
	if (!read_new_rows(&pairs, store, 0)) {
		arena_finish(&arena);
		return;
	}
	store->message_ids.new_count = 0;
	if (pairs.count > 0) {
		qsort(pairs.all, pairs.count, sizeof(*pairs.all), compare);
	}
	for (size_t i = 0; i < pairs.count;) {
		i += write_chunk(store, &pairs.all[i], pairs.count - i);
	}
	store_write(store, MESSAGE_IDS_MOVED, NULL, 0);
	store_write(store, MESSAGE_IDS_MOVED_TO, VALUES(value_integer(store->message_ids.last_row)));
	arena_finish(&arena);
}

void message_ids_end_turn(struct store *store) {
	struct strbuf *turn = &store->message_ids.turn;
	if (turn->size == 0) {
		return;
	}
	store_write(store, MESSAGE_IDS_PUT_NEW, VALUES(
			value_integer(++store->message_ids.last_row),
			value_integer(store->message_ids.turn_put_at_ms),
			value_integer(store->message_ids.turn_count),
			value_bytes(turn->bytes, turn->size)));
	store->message_ids.new_count += store->message_ids.turn_count;
	store->message_ids.turn_count = 0;
	strbuf_recycle(turn);
	if (store->message_ids.new_count >= NEW_MAX) {
		move_to_chats(store);
	}
}

void store_message_id_put(struct store *store, int64_t chat_id, const char *xmpp_id, const char *remote_id,
		int64_t now_ms) {
	struct strbuf *turn = &store->message_ids.turn;
	char chat[TEXT_INTEGER_SIZE];
	strbuf_add(turn, chat, text_write_integer(chat, chat_id) + 1);
	strbuf_add(turn, xmpp_id, strlen(xmpp_id) + 1);
	strbuf_add(turn, remote_id, strlen(remote_id) + 1);
	store->message_ids.turn_put_at_ms = now_ms;
	if (++store->message_ids.turn_count >= NEW_MAX) {
		message_ids_end_turn(store);
	}
	loop_hurry(store->loop);
}

/* --- Looking up --- */

static void read_all(struct pairs *pairs, struct store *store, int64_t chat_id) {
	read_chat(pairs, store, chat_id);
	read_new_rows(pairs, store, chat_id);
	read_new(pairs, store->message_ids.turn.bytes, store->message_ids.turn.size, 0, chat_id);
}

static const struct pair *find_xmpp(const struct pairs *pairs, const char *xmpp_id) {
	size_t i = pairs->count;
	while (i > 0 && strcmp(pairs->all[i - 1].xmpp_id, xmpp_id) != 0) {
		i--;
	}
	return i > 0 ? &pairs->all[i - 1] : NULL;
}

/* An XMPP id that has been given to another message since does not count. */
static const struct pair *find_remote(const struct pairs *pairs, const char *remote_id) {
	size_t i = pairs->count;
	while (i > 0 && (strcmp(pairs->all[i - 1].remote_id, remote_id) != 0 ||
				find_xmpp(pairs, pairs->all[i - 1].xmpp_id) != &pairs->all[i - 1])) {
		i--;
	}
	return i > 0 ? &pairs->all[i - 1] : NULL;
}

const char *store_message_remote_id(struct store *store, struct arena *arena, int64_t chat_id, const char *xmpp_id) {
	struct arena ours = { 0 };
	struct pairs pairs = { .arena = &ours };
	read_all(&pairs, store, chat_id);
	const struct pair *pair = find_xmpp(&pairs, xmpp_id);
	const char *remote_id = pair ? arena_strdup(arena, pair->remote_id) : NULL;
	arena_finish(&ours);
	return remote_id;
}

const char *store_message_xmpp_id(struct store *store, struct arena *arena, int64_t chat_id, const char *remote_id) {
	struct arena ours = { 0 };
	struct pairs pairs = { .arena = &ours };
	read_all(&pairs, store, chat_id);
	const struct pair *pair = find_remote(&pairs, remote_id);
	const char *xmpp_id = pair ? arena_strdup(arena, pair->xmpp_id) : NULL;
	arena_finish(&ours);
	return xmpp_id;
}

bool store_message_has_remote_id(struct store *store, int64_t chat_id, const char *remote_id) {
	struct arena arena = { 0 };
	struct pairs pairs = { .arena = &arena };
	read_all(&pairs, store, chat_id);
	size_t left = pairs.count;
	while (left > 0 && strcmp(pairs.all[left - 1].remote_id, remote_id) != 0) {
		left--;
	}
	arena_finish(&arena);
	return left > 0;
}

/* --- Forgetting --- */

static size_t read_chats_after(struct store *store, int64_t chat_id, int64_t *out_ids) {
	struct query query;
	size_t count = 0;
	query_start(&query, store, CHATS_AFTER, VALUES(value_integer(chat_id), value_integer(PRUNE_CHATS)));
	while (query_next(&query)) {
		out_ids[count++] = sqlite3_column_int64(query.row, 0);
	}
	return count;
}

/* True when there is nothing left to prune in this chat, as far as one can tell. */
static bool prune_chat(struct store *store, enum statement which, int64_t chat_id, int64_t before_ms, int portion) {
	bool is_done = store_write(store, which,
			VALUES(value_integer(chat_id), value_integer(before_ms), value_integer(portion)));
	return !is_done || sqlite3_changes(store->db) < portion;
}

/* Goes through the chats in portions; the chat where a portion was large is looked at again. */
bool store_message_ids_prune(struct store *store, int64_t before_ms) {
	int64_t chats[PRUNE_CHATS];
	if (store_is_blocked(store)) {
		return false;
	}
	message_ids_end_turn(store);
	move_to_chats(store);
	size_t count = read_chats_after(store, store->message_ids.last_pruned_chat_id, chats);
	for (size_t i = 0; i < count; i++) {
		if (!prune_chat(store, MESSAGE_IDS_PRUNE, chats[i], before_ms, PRUNE_CHUNKS) ||
				!prune_chat(store, UNREAD_PRUNE, chats[i], before_ms, PRUNE_UNREAD)) {
			return true;
		}
		store_their_ids_prune(store, chats[i]);
		store->message_ids.last_pruned_chat_id = chats[i];
	}
	if (count < PRUNE_CHATS) {
		store->message_ids.last_pruned_chat_id = 0;
	}
	return count == PRUNE_CHATS;
}
