/* SPDX-License-Identifier: MPL-2.0 */
/* What has to reach the XMPP server. Rows come at the end and go from the beginning, so no commit touches many pages. */
#include "store/database.h"

#include "util/arena.h"

void store_outgoing_put(struct store *store, const struct store_outgoing *row) {
	store_write(store, OUTGOING_PUT,
			VALUES(value_integer(row->id), value_integer(row->put_at_ms), value_bytes(row->stanzas, row->size)));
}

bool store_outgoing_after(struct store *store, struct arena *arena, int64_t id, struct store_outgoing *out) {
	struct query query;
	bool has_row = false;
	query_start(&query, store, OUTGOING_AFTER, VALUES(value_integer(id)));
	if (query_next(&query)) {
		has_row = true;
		*out = (struct store_outgoing){
			.id = sqlite3_column_int64(query.row, 0),
			.put_at_ms = sqlite3_column_int64(query.row, 1),
			.stanzas = query_text_of_bytes(&query, arena, 2),
			.size = (size_t)sqlite3_column_bytes(query.row, 2),
		};
	}
	query_finish(&query);
	return has_row;
}

void store_outgoing_span(struct store *store, int64_t *out_last_id, size_t *out_bytes) {
	struct query query;
	*out_last_id = 0;
	*out_bytes = 0;
	query_start(&query, store, OUTGOING_SPAN, NULL, 0);
	if (query_next(&query)) {
		*out_last_id = sqlite3_column_int64(query.row, 0);
		*out_bytes = (size_t)sqlite3_column_int64(query.row, 1);
	}
	query_finish(&query);
}

void store_outgoing_forget(struct store *store, int64_t up_to_id) {
	store_write(store, OUTGOING_FORGET, VALUES(value_integer(up_to_id)));
}
