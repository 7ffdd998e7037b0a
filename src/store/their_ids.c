/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which messages contacts have sent. Rows of a turn are added to the end of one table, whatever their chats, so that a
 * commit writes few pages; from there they move to their chats, many in a row.
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

/* Oldest first, so what is too much stands at the beginning. */
size_t store_their_ids(struct store *store, struct arena *arena, int64_t chat_id, const uint64_t **out_keys) {
	struct query query;
	struct strbuf all;
	strbuf_init(&all, STRBUF_UNLIMITED);
	query_start(&query, store, THEIR_IDS_OF_CHAT, VALUES(value_integer(chat_id)));
	while (query_next(&query)) {
		strbuf_add(&all, sqlite3_column_blob(query.row, 0), (size_t)sqlite3_column_bytes(query.row, 0));
	}
	size_t count;
	const uint64_t *keys = numbers_read(arena, all.bytes, all.size, &count);
	size_t surplus = count > STORE_KNOWN_MAX ? count - STORE_KNOWN_MAX : 0;
	strbuf_finish(&all);
	*out_keys = keys + surplus;
	return count - surplus;
}

void store_their_ids_add(struct store *store, int64_t chat_id, const uint64_t *keys, size_t count) {
	struct strbuf bytes;
	strbuf_init(&bytes, STRBUF_UNLIMITED);
	numbers_write(&bytes, keys, count);
	store_write(store, THEIR_IDS_ADD, VALUES(value_integer(chat_id), value_integer((int64_t)count),
			value_bytes(bytes.bytes, bytes.size)));
	strbuf_finish(&bytes);
}

void store_their_ids_prune(struct store *store, int64_t chat_id) {
	store_write(store, THEIR_IDS_PRUNE, VALUES(value_integer(chat_id)));
}
