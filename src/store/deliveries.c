/* SPDX-License-Identifier: MPL-2.0 */
/* What users wrote and the network has not answered yet. */
#include "store/database.h"

#include "util/arena.h"

void store_deliveries_put(struct store *store, const struct store_deliveries *row) {
	store_write(store, DELIVERIES_PUT, VALUES(value_integer(row->id), value_integer(row->is_handed),
			value_bytes(row->stanzas, row->size)));
}

void store_deliveries_change(struct store *store, int64_t id, const char *stanzas, size_t size) {
	store_write(store, DELIVERIES_CHANGE, VALUES(value_integer(id), value_bytes(stanzas, size)));
}

void store_deliveries_forget(struct store *store, int64_t id) {
	store_write(store, DELIVERIES_FORGET, VALUES(value_integer(id)));
}

bool store_deliveries_after(struct store *store, struct arena *arena, int64_t id, struct store_deliveries *out) {
	struct query query;
	bool has_row = false;
	query_start(&query, store, DELIVERIES_AFTER, VALUES(value_integer(id)));
	if (query_next(&query)) {
		has_row = true;
		*out = (struct store_deliveries){
			.id = sqlite3_column_int64(query.row, 0),
			.is_handed = sqlite3_column_int(query.row, 1) != 0,
			.stanzas = query_text_of_bytes(&query, arena, 2),
			.size = (size_t)sqlite3_column_bytes(query.row, 2),
		};
	}
	query_finish(&query);
	return has_row;
}
