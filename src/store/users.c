/* SPDX-License-Identifier: MPL-2.0 */
/* Accounts. Credentials are sealed for the row they stand in. */
#include "store/database.h"

#include "codec/form.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Users are read in batches, so that whoever walks over them is free to write, or to end the walk. */
enum { WALK_BATCH = 256 };

struct walk {
	struct store_user users[WALK_BATCH];
	size_t count;
	struct arena arena;
};

static bool read_batch(struct store *store, int64_t after_id, struct walk *walk) {
	struct query query;
	walk->count = 0;
	arena_finish(&walk->arena);
	query_start(&query, store, USERS_AFTER, VALUES(value_integer(after_id), value_integer(WALK_BATCH)));
	while (query_next(&query)) {
		walk->users[walk->count++] = (struct store_user){
			.id = sqlite3_column_int64(query.row, 0),
			.jid = query_text(&query, &walk->arena, 1),
			.registered_at_ms = sqlite3_column_int64(query.row, 2),
			.is_welcomed = sqlite3_column_int(query.row, 3) != 0,
			.archive_until_ms = sqlite3_column_int64(query.row, 5),
			.preferences = query_text(&query, &walk->arena, 4),
			.is_leaving = sqlite3_column_int(query.row, 6) != 0,
			.told_until_ms = sqlite3_column_int64(query.row, 7),
			.entry = sqlite3_column_int64(query.row, 8),
		};
	}
	return !query.is_failed;
}

bool store_users_each(struct store *store, bool (*each)(const struct store_user *user, void *data), void *data) {
	struct walk *walk = mem_new(sizeof(*walk));
	int64_t last_id = 0;
	bool is_read, goes_on = true;
	do {
		is_read = read_batch(store, last_id, walk);
		for (size_t i = 0; goes_on && i < walk->count; i++) {
			last_id = walk->users[i].id;
			goes_on = each(&walk->users[i], data);
		}
	} while (is_read && goes_on && walk->count == WALK_BATCH);
	arena_finish(&walk->arena);
	free(walk);
	return is_read;
}

size_t store_users_count(struct store *store) {
	struct query query;
	size_t count = 0;
	query_start(&query, store, USERS_COUNT, NULL, 0);
	while (query_next(&query)) {
		count = (size_t)sqlite3_column_int64(query.row, 0);
	}
	return count;
}

/* Credentials */

static const char *seal_context(struct arena *arena, int64_t user_id) {
	return arena_printf(arena, "user %lld credentials", (long long)user_id);
}

static struct value seal(struct store *store, struct arena *arena, int64_t user_id, const struct gw_form *credentials) {
	if (credentials == NULL) {
		return value_text(NULL);
	}
	uint8_t *sealed;
	size_t size;
	char *plain = (char *)form_serialize(arena, credentials);
	digest_seal(arena, store->key, seal_context(arena, user_id), plain, strlen(plain), &sealed, &size);
	explicit_bzero(plain, strlen(plain));
	return value_bytes(sealed, size);
}

static struct gw_form *open_sealed(struct store *store, int64_t user_id, const void *sealed, size_t sealed_size) {
	struct arena arena = { 0 };
	struct gw_form *credentials = NULL;
	uint8_t *bytes;
	size_t size;
	if (digest_open(&arena, store->key, seal_context(&arena, user_id), sealed, sealed_size, &bytes, &size)) {
		char *plain = arena_strndup(&arena, (const char *)bytes, size);
		credentials = form_deserialize(plain);
		explicit_bzero(plain, strlen(plain));
		explicit_bzero(bytes, size);
	}
	if (credentials == NULL) {
		gw_log_error(store->log, "The credentials of user %lld in %s cannot be opened: they were changed from outside",
				(long long)user_id, store_place(store));
	}
	arena_finish(&arena);
	return credentials;
}

struct gw_form *store_user_credentials(struct store *store, int64_t user_id) {
	struct query query;
	struct gw_form *credentials = NULL;
	query_start(&query, store, USER_CREDENTIALS, VALUES(value_integer(user_id)));
	if (query_next(&query) && sqlite3_column_type(query.row, 0) != SQLITE_NULL) {
		const void *sealed = sqlite3_column_blob(query.row, 0);
		credentials = open_sealed(store, user_id, sealed, (size_t)sqlite3_column_bytes(query.row, 0));
	}
	query_finish(&query);
	return credentials;
}

/* Writing */

int64_t store_user_add(struct store *store, const struct store_user *user, const struct gw_form *credentials) {
	struct arena arena = { 0 };
	int64_t id = ++store->last_user_id;
	struct value sealed = seal(store, &arena, id, credentials);
	store_write(store, USER_ADD, VALUES(
			value_integer(id),
			value_text(user->jid),
			value_integer(user->registered_at_ms),
			value_integer(user->is_welcomed),
			value_text(user->preferences != NULL ? user->preferences : ""),
			sealed));
	arena_finish(&arena);
	return id;
}

void store_user_set_credentials(struct store *store, int64_t user_id, const struct gw_form *credentials) {
	struct arena arena = { 0 };
	struct value sealed = seal(store, &arena, user_id, credentials);
	store_write(store, USER_SET_CREDENTIALS, VALUES(value_integer(user_id), sealed));
	arena_finish(&arena);
}

void store_user_set_preferences(struct store *store, int64_t user_id, const char *preferences) {
	store_write(store, USER_SET_PREFERENCES,
			VALUES(value_integer(user_id), value_text(preferences != NULL ? preferences : "")));
}

void store_user_set_told_until(struct store *store, int64_t user_id, int64_t until_ms) {
	store_write(store, USER_SET_TOLD_UNTIL, VALUES(value_integer(user_id), value_integer(until_ms)));
}

void store_user_set_archive_until(struct store *store, int64_t user_id, int64_t until_ms) {
	store_write(store, USER_SET_ARCHIVE_UNTIL, VALUES(value_integer(user_id), value_integer(until_ms)));
}

void store_user_set_welcomed(struct store *store, int64_t user_id) {
	store_write(store, USER_SET_WELCOMED, VALUES(value_integer(user_id)));
}

void store_user_set_leaving(struct store *store, int64_t user_id) {
	store_write(store, USER_SET_LEAVING, VALUES(value_integer(user_id)));
}

void store_user_set_entry(struct store *store, int64_t user_id, int64_t entry) {
	store_write(store, USER_SET_ENTRY, VALUES(value_integer(user_id), value_integer(entry)));
}

/* The chats, and all that is kept of them, go with the user. */
void store_user_remove(struct store *store, int64_t user_id) {
	store_write(store, USER_FORGET_SETTINGS, VALUES(value_integer(user_id)));
	store_write(store, USER_REMOVE, VALUES(value_integer(user_id)));
}
