/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that wait to be displayed. */
#include "store/database.h"

#include "util/arena.h"

#include <string.h>

void store_unread_put(struct store *store, int64_t chat_id, const char *remote_id, int64_t now_ms) {
	store_write(store, UNREAD_PUT, VALUES(value_integer(chat_id), value_text(remote_id), value_integer(now_ms)));
}

struct unread {
	struct unread *next;
	const char *remote_id;
};

/* The unread ids up to this one, oldest first; returns the row that the last of them stands in, 0 if there are none. */
static int64_t read_until(struct store *store, struct arena *arena, int64_t chat_id, const char *up_to_remote_id,
		struct unread **out_first) {
	struct query query;
	int64_t last_row = 0;
	struct unread **end = out_first;
	*end = NULL;
	query_start(&query, store, UNREAD_OF_CHAT, VALUES(value_integer(chat_id)));
	while (query_next(&query)) {
		struct unread *unread = arena_new(arena, sizeof(*unread));
		unread->remote_id = query_text(&query, arena, 1);
		*end = unread;
		end = &unread->next;
		last_row = sqlite3_column_int64(query.row, 0);
		if (strcmp(unread->remote_id, up_to_remote_id) == 0) {
			break;
		}
	}
	query_finish(&query);
	return last_row;
}

void store_unread_take(struct store *store, int64_t chat_id, const char *up_to_remote_id,
		void (*each)(const char *remote_id, void *data), void *data) {
	struct arena arena = { 0 };
	struct unread *first;
	int64_t last_row = read_until(store, &arena, chat_id, up_to_remote_id, &first);
	if (last_row != 0) {
		store_write(store, UNREAD_REMOVE, VALUES(value_integer(chat_id), value_integer(last_row)));
	}
	for (const struct unread *unread = first; unread != NULL; unread = unread->next) {
		each(unread->remote_id, data);
	}
	arena_finish(&arena);
}
