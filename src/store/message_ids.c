/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which message is which. Pairs come by the thousand and most are never asked for, so putting has to be cheap: rows are
 * appended, and both indexes begin with the row's batch (1024 rows that were put one after the other), so that what a
 * turn puts lies on a few pages, however large the table is; an index over all ids would touch two pages of its own for
 * each pair. A look-up pays for it by trying batch after batch, newest first, which is where it nearly always ends.
 */
#include "store/database.h"

#include "util/arena.h"

enum { BATCH_SHIFT = 10, PRUNE_ROWS = 512 };

void store_message_id_put(struct store *store, int64_t chat_id, const char *xmpp_id, const char *remote_id,
		int64_t now_ms) {
	store_write(store, MESSAGE_ID_PUT,
			VALUES(value_integer(chat_id), value_text(xmpp_id), value_text(remote_id), value_integer(now_ms)));
}

/* The batches there are; none: the last is before the first. */
static void find_batches(struct store *store, int64_t *out_first, int64_t *out_last) {
	struct query query;
	*out_first = 0;
	*out_last = -1;
	query_start(&query, store, MESSAGE_IDS_RANGE, NULL, 0);
	if (query_next(&query) && sqlite3_column_type(query.row, 0) != SQLITE_NULL) {
		*out_first = sqlite3_column_int64(query.row, 0) >> BATCH_SHIFT;
		*out_last = sqlite3_column_int64(query.row, 1) >> BATCH_SHIFT;
	}
	query_finish(&query);
}

/* The newest row of this XMPP id, or 0; the other id goes into the arena, if that is given. */
static int64_t find_newest(struct store *store, struct arena *arena, int64_t chat_id, const char *xmpp_id,
		const char **out_remote_id) {
	int64_t first, last, row_id = 0;
	find_batches(store, &first, &last);
	for (int64_t batch = last; row_id == 0 && batch >= first; batch--) {
		struct query query;
		query_start(&query, store, MESSAGE_ID_BY_XMPP_ID,
				VALUES(value_integer(batch), value_integer(chat_id), value_text(xmpp_id)));
		if (query_next(&query)) {
			row_id = sqlite3_column_int64(query.row, 0);
			if (out_remote_id != NULL) {
				*out_remote_id = query_text(&query, arena, 1);
			}
		}
		query_finish(&query);
	}
	return row_id;
}

const char *store_message_remote_id(struct store *store, struct arena *arena, int64_t chat_id, const char *xmpp_id) {
	const char *remote_id = NULL;
	find_newest(store, arena, chat_id, xmpp_id, &remote_id);
	return remote_id;
}

const char *store_message_xmpp_id(struct store *store, struct arena *arena, int64_t chat_id, const char *remote_id) {
	int64_t first, last;
	const char *xmpp_id = NULL;
	find_batches(store, &first, &last);
	for (int64_t batch = last; xmpp_id == NULL && batch >= first; batch--) {
		struct query query;
		query_start(&query, store, MESSAGE_ID_BY_REMOTE_ID,
				VALUES(value_integer(batch), value_integer(chat_id), value_text(remote_id)));
		while (xmpp_id == NULL && query_next(&query)) {
			const char *found = query_text(&query, arena, 1);
			/* A newer pair may have taken the XMPP id away from this one. */
			if (find_newest(store, arena, chat_id, found, NULL) == sqlite3_column_int64(query.row, 0)) {
				xmpp_id = found;
			}
		}
		query_finish(&query);
	}
	return xmpp_id;
}

bool store_message_ids_prune(struct store *store, int64_t before_ms) {
	static const enum statement tables[] = { MESSAGE_IDS_PRUNE, UNREAD_PRUNE };
	bool has_more = false;
	for (size_t i = 0; i < 2; i++) {
		bool is_done = store_write(store, tables[i], VALUES(value_integer(before_ms), value_integer(PRUNE_ROWS)));
		has_more = has_more || (is_done && sqlite3_changes(store->db) == PRUNE_ROWS);
	}
	return has_more;
}
