/* SPDX-License-Identifier: MPL-2.0 */
/* Which messages came from users lately. */
#include "store/database.h"

void store_arrivals_put(struct store *store, const struct store_arrivals *row) {
	struct strbuf bytes;
	strbuf_init(&bytes, STRBUF_UNLIMITED);
	numbers_write(&bytes, row->keys, row->count);
	store_write(store, ARRIVALS_PUT,
			VALUES(value_integer(row->id), value_integer(row->since_ms), value_bytes(bytes.bytes, bytes.size)));
	strbuf_finish(&bytes);
}

bool store_arrivals_after(struct store *store, struct arena *arena, int64_t id, struct store_arrivals *out) {
	struct query query;
	bool has_row = false;
	query_start(&query, store, ARRIVALS_AFTER, VALUES(value_integer(id)));
	if (query_next(&query)) {
		has_row = true;
		*out = (struct store_arrivals){
			.id = sqlite3_column_int64(query.row, 0),
			.since_ms = sqlite3_column_int64(query.row, 1),
		};
		out->keys = query_numbers(&query, arena, 2, &out->count);
	}
	query_finish(&query);
	return has_row;
}

void store_arrivals_forget(struct store *store, int64_t up_to_id) {
	store_write(store, ARRIVALS_FORGET, VALUES(value_integer(up_to_id)));
}
