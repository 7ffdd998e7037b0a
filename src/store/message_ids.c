/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which message is which. Pairs come by the thousand and hardly any is ever asked for, so putting has to be cheap: a pair
 * is added to the end of one table, whatever its chat, and two thousand of them then move to their chats at once, so that
 * a commit writes few pages. There rows lie chat by chat in the order in which they were put, without an index of the
 * ids, which would touch two more pages for each pair, as ids are random. A look-up reads the chat's rows from the newest
 * to the oldest, the 2048 newest at most (statements.c): 0.1 ms for each thousand. Most questions are about what was said
 * last, and the layers above remember that.
 */
#include "store/database.h"

#include "util/arena.h"

enum { PRUNE_CHATS = 32, PRUNE_ROWS = 256, NEW_MAX = 2048 };

void message_ids_init(struct store *store) {
	struct query query;
	query_start(&query, store, MESSAGE_IDS_NEW_COUNT, NULL, 0);
	if (query_next(&query)) {
		store->new_message_ids = (unsigned)sqlite3_column_int(query.row, 0);
		store->last_message_id = sqlite3_column_int64(query.row, 1);
	}
	query_finish(&query);
}

/* Pairs of chats that are gone go with it. */
static void move_to_chats(struct store *store) {
	if (store->new_message_ids > 0) {
		store->new_message_ids = 0;
		store_write(store, MESSAGE_IDS_MOVE, NULL, 0);
		store_write(store, MESSAGE_IDS_MOVED, NULL, 0);
		store_write(store, MESSAGE_IDS_MOVED_TO, VALUES(value_integer(store->last_message_id)));
	}
}

void store_message_id_put(struct store *store, int64_t chat_id, const char *xmpp_id, const char *remote_id,
		int64_t now_ms) {
	if (store->new_message_ids >= NEW_MAX) {
		move_to_chats(store);
	}
	store->new_message_ids++;
	store_write(store, MESSAGE_ID_PUT, VALUES(
			value_integer(++store->last_message_id),
			value_integer(chat_id),
			value_text(xmpp_id),
			value_text(remote_id),
			value_integer(now_ms)));
}

static const char *find(struct store *store, enum statement which, struct arena *arena, int64_t chat_id,
		const char *id) {
	struct query query;
	const char *other_id = NULL;
	query_start(&query, store, which, VALUES(value_integer(chat_id), value_text(id)));
	if (query_next(&query)) {
		other_id = query_text(&query, arena, 0);
	}
	query_finish(&query);
	return other_id;
}

const char *store_message_remote_id(struct store *store, struct arena *arena, int64_t chat_id, const char *xmpp_id) {
	const char *remote_id = find(store, MESSAGE_NEW_REMOTE_ID, arena, chat_id, xmpp_id);
	return remote_id ? remote_id : find(store, MESSAGE_REMOTE_ID, arena, chat_id, xmpp_id);
}

/* An XMPP id that has been given to another message since does not count. */
const char *store_message_xmpp_id(struct store *store, struct arena *arena, int64_t chat_id, const char *remote_id) {
	const char *xmpp_id = find(store, MESSAGE_NEW_XMPP_ID, arena, chat_id, remote_id);
	if (!xmpp_id) {
		xmpp_id = find(store, MESSAGE_XMPP_ID, arena, chat_id, remote_id);
		if (xmpp_id && find(store, MESSAGE_NEW_REMOTE_ID, arena, chat_id, xmpp_id)) {
			xmpp_id = NULL;
		}
	}
	return xmpp_id;
}

/* Forgetting */

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
static bool prune_chat(struct store *store, enum statement which, int64_t chat_id, int64_t before_ms) {
	bool is_done = store_write(store, which,
			VALUES(value_integer(chat_id), value_integer(before_ms), value_integer(PRUNE_ROWS)));
	return !is_done || sqlite3_changes(store->db) < PRUNE_ROWS;
}

/* Goes through the chats in portions; the chat where a portion was large is looked at again. */
bool store_message_ids_prune(struct store *store, int64_t before_ms) {
	int64_t chats[PRUNE_CHATS];
	if (store_is_blocked(store)) {
		return false;
	}
	move_to_chats(store);
	size_t count = read_chats_after(store, store->last_pruned_chat_id, chats);
	for (size_t i = 0; i < count; i++) {
		if (!prune_chat(store, MESSAGE_IDS_PRUNE, chats[i], before_ms) ||
				!prune_chat(store, UNREAD_PRUNE, chats[i], before_ms)) {
			return true;
		}
		store->last_pruned_chat_id = chats[i];
	}
	if (count < PRUNE_CHATS) {
		store->last_pruned_chat_id = 0;
	}
	return count == PRUNE_CHATS;
}
