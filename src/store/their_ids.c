/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which messages contacts have sent. Rows of a turn are added to the end of one table, whatever their chats, so that a
 * commit writes few pages; a chat's own row, which is large, is written for many of them at once.
 */
#include "store/database.h"

void store_their_ids_put_new(struct store *store, const struct store_numbers *row) {
	struct strbuf bytes;
	strbuf_init(&bytes, STRBUF_UNLIMITED);
	numbers_write(&bytes, row->numbers, row->count);
	store_write(store, THEIR_IDS_PUT_NEW, VALUES(value_integer(row->id), value_bytes(bytes.bytes, bytes.size)));
	strbuf_finish(&bytes);
}

bool store_their_ids_new_after(struct store *store, struct arena *arena, int64_t id, struct store_numbers *out) {
	struct query query;
	bool has_row = false;
	query_start(&query, store, THEIR_IDS_NEW_AFTER, VALUES(value_integer(id)));
	if (query_next(&query)) {
		has_row = true;
		*out = (struct store_numbers){ .id = sqlite3_column_int64(query.row, 0) };
		out->numbers = query_numbers(&query, arena, 1, &out->count);
	}
	query_finish(&query);
	return has_row;
}

void store_their_ids_forget_new(struct store *store, int64_t up_to_id) {
	store_write(store, THEIR_IDS_FORGET_NEW, VALUES(value_integer(up_to_id)));
}

size_t store_their_ids(struct store *store, struct arena *arena, int64_t chat_id, const uint64_t **out_keys) {
	struct query query;
	size_t count = 0;
	*out_keys = NULL;
	query_start(&query, store, THEIR_IDS_OF_CHAT, VALUES(value_integer(chat_id)));
	if (query_next(&query)) {
		*out_keys = query_numbers(&query, arena, 0, &count);
	}
	query_finish(&query);
	return count;
}

void store_their_ids_set(struct store *store, int64_t chat_id, const uint64_t *keys, size_t count) {
	struct strbuf bytes;
	strbuf_init(&bytes, STRBUF_UNLIMITED);
	numbers_write(&bytes, keys, count);
	store_write(store, THEIR_IDS_SET, VALUES(value_integer(chat_id), value_bytes(bytes.bytes, bytes.size)));
	strbuf_finish(&bytes);
}
