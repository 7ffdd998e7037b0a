/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which messages contacts have sent. One tree for all, ordered by chat: putting touches one of the few pages that a chat
 * has, and says at the same time whether it was there.
 */
#include "store/database.h"

/* Never back, as the clock may go: the order in which they were put is what is trimmed by. */
static int64_t next_ms(struct store *store, int64_t now_ms) {
	if (now_ms > store->last_their_id_ms) {
		store->last_their_id_ms = now_ms;
	}
	return store->last_their_id_ms;
}

bool store_their_id_put(struct store *store, int64_t chat_id, int64_t key, int64_t now_ms) {
	bool is_done = store_write(store, THEIR_ID_PUT,
			VALUES(value_integer(chat_id), value_integer(key), value_integer(next_ms(store, now_ms))));
	return !is_done || sqlite3_changes(store->db) > 0;
}

bool store_their_id_is_there(struct store *store, int64_t chat_id, int64_t key) {
	struct query query;
	query_start(&query, store, THEIR_ID, VALUES(value_integer(chat_id), value_integer(key)));
	bool is_there = query_next(&query);
	query_finish(&query);
	return is_there;
}

void store_their_id_remove(struct store *store, int64_t chat_id, int64_t key) {
	store_write(store, THEIR_ID_REMOVE, VALUES(value_integer(chat_id), value_integer(key)));
}

void store_their_ids_trim(struct store *store, int64_t chat_id) {
	store_write(store, THEIR_IDS_TRIM, VALUES(value_integer(chat_id)));
}
