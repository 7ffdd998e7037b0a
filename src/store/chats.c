/* SPDX-License-Identifier: MPL-2.0 */
/* Whom the user talks to. */
#include "store/database.h"

#include "util/arena.h"
#include "util/mem.h"

#include <stdlib.h>

struct chat_list {
	struct store_chat *chats;
	size_t count, capacity;
	struct arena arena;
};

static void read_chat(struct chat_list *list, const struct query *query, int64_t user_id) {
	if (list->count == list->capacity) {
		list->capacity = list->capacity == 0 ? 16 : list->capacity * 2;
		list->chats = mem_resize(list->chats, list->capacity * sizeof(*list->chats));
	}
	list->chats[list->count++] = (struct store_chat){
		.id = sqlite3_column_int64(query->row, 0),
		.user_id = user_id,
		.remote_id = query_text(query, &list->arena, 1),
		.name = query_text(query, &list->arena, 2),
		.is_in_roster = sqlite3_column_int(query->row, 3) != 0,
		.is_friend = sqlite3_column_int(query->row, 4) != 0,
		.is_declined = sqlite3_column_int(query->row, 5) != 0,
	};
}

/* Reads them all before the first is shown, so that whoever walks over them is free to write. */
bool store_chats_each(struct store *store, int64_t user_id, bool (*each)(const struct store_chat *chat, void *data),
		void *data) {
	struct chat_list list = { 0 };
	struct query query;
	query_start(&query, store, CHATS_OF_USER, VALUES(value_integer(user_id)));
	while (query_next(&query)) {
		read_chat(&list, &query, user_id);
	}
	bool goes_on = true;
	for (size_t i = 0; goes_on && i < list.count; i++) {
		goes_on = each(&list.chats[i], data);
	}
	free(list.chats);
	arena_finish(&list.arena);
	return !query.is_failed;
}

static size_t count_chats(struct store *store, int64_t user_id) {
	struct query query;
	query_start(&query, store, CHATS_COUNT, VALUES(value_integer(user_id)));
	size_t count = query_next(&query) ? (size_t)sqlite3_column_int64(query.row, 0) : 0;
	query_finish(&query);
	return count;
}

/* As a rule there are few, and nothing is written. */
void store_chats_prune(struct store *store, int64_t user_id, size_t keep) {
	if (count_chats(store, user_id) > keep) {
		store_write(store, CHATS_PRUNE, VALUES(value_integer(user_id), value_integer((int64_t)keep)));
	}
}

int64_t store_chat_add(struct store *store, const struct store_chat *chat) {
	int64_t id = ++store->last_chat_id;
	store_write(store, CHAT_ADD, VALUES(
			value_integer(id),
			value_integer(chat->user_id),
			value_text(chat->remote_id),
			value_text(chat->name),
			value_integer(chat->is_in_roster),
			value_integer(chat->is_friend),
			value_integer(chat->is_declined)));
	return id;
}

void store_chat_update(struct store *store, const struct store_chat *chat) {
	store_write(store, CHAT_UPDATE, VALUES(
			value_integer(chat->id),
			value_text(chat->remote_id),
			value_text(chat->name),
			value_integer(chat->is_in_roster),
			value_integer(chat->is_friend),
			value_integer(chat->is_declined)));
}

/* Message ids and what is unread go with the chat. */
void store_chat_remove(struct store *store, int64_t chat_id) {
	store_write(store, CHAT_REMOVE, VALUES(value_integer(chat_id)));
}
