/* SPDX-License-Identifier: MPL-2.0 */
/* Which messages came from users lately. */
#include "store/database.h"

#include "util/arena.h"
#include "util/strbuf.h"

enum { KEY_BYTES = 8 };

void store_arrivals_put(struct store *store, const struct store_arrivals *row) {
	struct strbuf bytes;
	strbuf_init(&bytes, STRBUF_UNLIMITED);
	for (size_t i = 0; i < row->count; i++) {
		for (unsigned shift = 0; shift < 64; shift += 8) {
			char byte = (char)(row->keys[i] >> shift & 0xff);
			strbuf_add(&bytes, &byte, 1);
		}
	}
	store_write(store, ARRIVALS_PUT,
			VALUES(value_integer(row->id), value_integer(row->since_ms), value_bytes(bytes.bytes, bytes.size)));
	strbuf_finish(&bytes);
}

static uint64_t read_key(const unsigned char *bytes) {
	uint64_t key = 0;
	for (unsigned i = 0; i < KEY_BYTES; i++) {
		key |= (uint64_t)bytes[i] << (8 * i);
	}
	return key;
}

bool store_arrivals_after(struct store *store, struct arena *arena, int64_t id, struct store_arrivals *out) {
	struct query query;
	bool has_row = false;
	query_start(&query, store, ARRIVALS_AFTER, VALUES(value_integer(id)));
	if (query_next(&query)) {
		size_t count = (size_t)sqlite3_column_bytes(query.row, 2) / KEY_BYTES;
		const unsigned char *bytes = sqlite3_column_blob(query.row, 2);
		uint64_t *keys = arena_new(arena, (count + 1) * sizeof(*keys));
		for (size_t i = 0; i < count; i++) {
			keys[i] = read_key(bytes + i * KEY_BYTES);
		}
		has_row = true;
		*out = (struct store_arrivals){
			.id = sqlite3_column_int64(query.row, 0),
			.since_ms = sqlite3_column_int64(query.row, 1),
			.keys = keys,
			.count = count,
		};
	}
	query_finish(&query);
	return has_row;
}

void store_arrivals_forget(struct store *store, int64_t up_to_id) {
	store_write(store, ARRIVALS_FORGET, VALUES(value_integer(up_to_id)));
}
