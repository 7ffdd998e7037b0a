/* SPDX-License-Identifier: MPL-2.0 */
/* Which messages came from users lately. */
#include "store/database.h"

void store_arrivals_put(struct store *store, const struct store_arrivals *row) {
	struct strbuf bytes;
	strbuf_init(&bytes, STRBUF_UNLIMITED);
	numbers_write(&bytes, row->keys, row->count);
	store_write(store, ARRIVALS_PUT,
			VALUES(value_integer(row->id), value_integer(row->since_ms), value_bytes(bytes.bytes, bytes.size),
					value_integer(row->came_ms)));
	strbuf_finish(&bytes);
}

void store_arrivals_each(struct store *store, void (*each)(const struct store_arrivals *row, void *data), void *data) {
	struct query query;
	struct arena arena = { 0 };
	query_start(&query, store, ARRIVALS_ALL, NULL, 0);
	while (query_next(&query)) {
		struct store_arrivals row = {
			.id = sqlite3_column_int64(query.row, 0),
			.since_ms = sqlite3_column_int64(query.row, 1),
			.came_ms = sqlite3_column_int64(query.row, 3),
		};
		row.keys = query_numbers(&query, &arena, 2, &row.count);
		each(&row, data);
		arena_finish(&arena);
	}
}

void store_arrivals_forget(struct store *store, int64_t up_to_id) {
	store_write(store, ARRIVALS_FORGET, VALUES(value_integer(up_to_id)));
}
