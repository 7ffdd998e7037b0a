/* SPDX-License-Identifier: MPL-2.0 */
/* Opening and closing: whose file it is, whether it is whole, of which version, and with which key it was sealed. */
#include "store/database.h"

#include "store/files.h"
#include "store/migrate.h"
#include "util/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	/* A small database is looked through whenever it is opened; a larger one when it was not closed. */
	CHECK_ALWAYS_MAX_BYTES = 512 * 1024,
	CHECK_MAX_BYTES = 256 * 1024 * 1024,
};

/* Hot data is kept in memory by the gateway, so the page cache stays small; it still holds all pages of a turn. */
static const char SETTINGS[] =
	"PRAGMA locking_mode = EXCLUSIVE;" /* first; one process, and no file for shared memory */
	"PRAGMA cache_size = -4096;"
	"PRAGMA cache_spill = OFF;"
	"PRAGMA temp_store = MEMORY;"
	"PRAGMA mmap_size = 0;"
	"PRAGMA journal_size_limit = 16777216;"
	"PRAGMA foreign_keys = ON;"
	"PRAGMA trusted_schema = OFF;"
	"PRAGMA secure_delete = FAST;"
	"PRAGMA cell_size_check = ON;";

const char *store_place(const struct store *store) {
	return store->path != NULL ? store->path : "the store in memory";
}

static bool run(struct store *store, const char *sql) {
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* One value of one row; what it says is copied. False: no row, or an error, which is_misread remembers. */
static bool read_one(struct store *store, const char *sql, int64_t *out_integer, char **out_text) {
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	result = result == SQLITE_OK ? sqlite3_step(statement) : result;
	bool has_row = result == SQLITE_ROW;
	store->is_misread |= !has_row && result != SQLITE_DONE;
	if (has_row && out_integer != NULL) {
		*out_integer = sqlite3_column_int64(statement, 0);
	}
	if (has_row && out_text != NULL) {
		*out_text = mem_strdup((const char *)sqlite3_column_text(statement, 0));
	}
	sqlite3_finalize(statement);
	return has_row;
}

/* Is it ours, and whole? */

/* By another process, which may have found the file when it was empty. */
static bool is_in_use(const struct store *store) {
	int error = sqlite3_errcode(store->db) & 0xff;
	return error == SQLITE_BUSY || error == SQLITE_LOCKED;
}

static bool refuse(struct store *store, char **out_error) {
	if (is_in_use(store)) {
		*out_error = mem_printf("%s is in use: is Gangway running already?", store_place(store));
		return false;
	}
	switch (sqlite3_errcode(store->db) & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		*out_error = mem_printf("%s is damaged (%s): restore it from a backup", store_place(store),
				sqlite3_errmsg(store->db));
		break;
	default:
		*out_error = mem_printf("Cannot open %s: %s", store_place(store), sqlite3_errmsg(store->db));
	}
	return false;
}

static bool refuse_newer(struct store *store, int64_t version, char **out_error) {
	*out_error = mem_printf("%s was written by a newer Gangway: its tables have version %lld, this one knows up to "
			"%zu", store_place(store), (long long)version, migration_count);
	return false;
}

/* What SQLite says, which also counts what was not yet moved from the write-ahead log into the file. */
static bool check_owner(struct store *store, char **out_error) {
	int64_t application_id, version;
	if (!read_one(store, "PRAGMA application_id", &application_id, NULL) ||
			!read_one(store, "PRAGMA user_version", &version, NULL)) {
		return refuse(store, out_error);
	}
	if (version > (int64_t)migration_count) {
		return refuse_newer(store, version, out_error);
	}
	if (version > 0 && application_id != STORE_APPLICATION_ID) {
		*out_error = mem_printf("%s is a database of another program", store_place(store));
		return false;
	}
	return true;
}

static bool check_health(struct store *store, const struct file_state *state, char **out_error) {
	int64_t max_bytes = state->is_unclean ? CHECK_MAX_BYTES : CHECK_ALWAYS_MAX_BYTES;
	if (state->is_new || state->size > max_bytes) {
		return true;
	}
	char *finding = NULL;
	if (!read_one(store, "PRAGMA quick_check(1)", NULL, &finding)) {
		return refuse(store, out_error);
	}
	bool is_whole = finding != NULL && strcmp(finding, "ok") == 0;
	if (!is_whole) {
		*out_error = mem_printf("%s is damaged (%s): restore it from a backup", store_place(store),
				finding != NULL ? finding : "no reason given");
	}
	free(finding);
	return is_whole;
}

/* The key */

#define KEY_CHECK "key check"

static bool add_key_check(struct store *store) {
	struct arena arena = { 0 };
	uint8_t *sealed;
	size_t size;
	sqlite3_stmt *statement;
	digest_seal(&arena, store->key, KEY_CHECK, KEY_CHECK, strlen(KEY_CHECK), &sealed, &size);
	bool is_added = false;
	if (sqlite3_prepare_v2(store->db, "INSERT INTO settings (name, value) VALUES ('key_check', ?1)", -1, &statement,
				NULL) == SQLITE_OK) {
		sqlite3_bind_blob64(statement, 1, sealed, size, SQLITE_STATIC);
		is_added = sqlite3_step(statement) == SQLITE_DONE;
	}
	sqlite3_finalize(statement);
	arena_finish(&arena);
	return is_added;
}

static bool opens_key_check(struct store *store, const void *sealed, size_t size) {
	struct arena arena = { 0 };
	uint8_t *bytes;
	size_t opened_size;
	bool is_open = sealed != NULL &&
			digest_open(&arena, store->key, KEY_CHECK, sealed, size, &bytes, &opened_size);
	arena_finish(&arena);
	return is_open;
}

/* A lost key would otherwise show only when users cannot be logged in any more. */
static bool check_key(struct store *store, char **out_error) {
	if (store->is_sealed) {
		return true;
	}
	sqlite3_stmt *statement;
	int result = SQLITE_ERROR;
	bool is_right = false;
	if (sqlite3_prepare_v2(store->db, "SELECT value FROM settings WHERE name = 'key_check'", -1, &statement,
				NULL) == SQLITE_OK) {
		result = sqlite3_step(statement);
		is_right = result == SQLITE_ROW && opens_key_check(store, sqlite3_column_blob(statement, 0),
				(size_t)sqlite3_column_bytes(statement, 0));
	}
	sqlite3_finalize(statement);
	if (is_right || (result == SQLITE_DONE && add_key_check(store))) {
		return true;
	}
	if (result != SQLITE_ROW) {
		return refuse(store, out_error);
	}
	*out_error = mem_printf("The credentials in %s were sealed with another key: put back the key file that was "
			"used before", store_place(store));
	return false;
}

/* Opening */

static int ignore_checkpoint_on_close(struct store *store, bool ignore) {
	return sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, ignore, NULL);
}

static bool connect_database(struct store *store, bool is_durable, char **out_error) {
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
	if (store->path == NULL) {
		flags |= SQLITE_OPEN_CREATE;
	}
	int result = sqlite3_open_v2(store->path != NULL ? store->path : ":memory:", &store->db, flags, NULL);
	if (store->db == NULL) {
		*out_error = mem_printf("Cannot open %s: out of memory", store_place(store));
		return false;
	}
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 128, 64);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (result != SQLITE_OK || !run(store, SETTINGS) ||
			!run(store, is_durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")) {
		return refuse(store, out_error);
	}
	return true;
}

/*
 * The first tables are made with a rollback journal, so that the main file itself says from the beginning whose it is;
 * then the write-ahead log takes over.
 */
static bool fill(struct store *store, char **out_error) {
	char set_owner[64];
	sqlite3_snprintf(sizeof(set_owner), set_owner, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
	if (migrate_version(store->db) == 0 && !run(store, set_owner)) {
		return refuse(store, out_error);
	}
	return migrate(store->db, store->path, migrations, migration_count, out_error) && check_key(store, out_error);
}

#define TURNS_ID "turns_id"

static bool make_turns_id(struct store *store) {
	char sql[128];
	sqlite3_snprintf(sizeof(sql), sql, "INSERT INTO settings (name, value) VALUES (%Q, %lld)", TURNS_ID,
			(long long)(1 + digest_random_number(INT64_MAX)));
	return run(store, sql);
}

static bool read_owner_of_turns(struct store *store, struct turn_log_owner *out) {
	*out = (struct turn_log_owner){ .sql = statement_sql, .sql_count = STATEMENT_COUNT };
	if (!number_read(store, TURNS_ID, &out->database)) {
		return false;
	}
	out->schema = migrate_version(store->db);
	return out->schema >= 0;
}

static bool start_turns(struct store *store, bool is_durable) {
	struct turn_log_owner owner;
	if (!read_owner_of_turns(store, &owner) || (owner.database == 0 && (!make_turns_id(store) ||
			!read_owner_of_turns(store, &owner)))) {
		return false;
	}
	store->turn.log = turn_log_new(store->path, &owner, &store->turn.place, is_durable);
	return true;
}

/* 0: none was given yet. */
static bool read_last_ids(struct store *store) {
	store->last_user_id = store->last_chat_id = 0;
	read_one(store, "SELECT seq FROM sqlite_sequence WHERE name = 'users'", &store->last_user_id, NULL);
	if (!store->is_misread) {
		read_one(store, "SELECT seq FROM sqlite_sequence WHERE name = 'chats'", &store->last_chat_id, NULL);
	}
	return !store->is_misread;
}

static bool prepare(struct store *store, bool is_durable, char **out_error) {
	if (!read_last_ids(store)) {
		return refuse(store, out_error);
	}
	if (store->path == NULL) {
		return true;
	}
	if (!run(store, "PRAGMA journal_mode = WAL") || !start_turns(store, is_durable)) {
		return refuse(store, out_error);
	}
	return true;
}

/*
 * What the last life wrote and did not bring into the database. The key is looked at before anything is changed. Whose the
 * log is has to be read without doubt: it is written over when it is taken for somebody else's.
 */
static bool repeat(struct store *store, const struct file_state *state, char **out_error) {
	struct turn_log_owner owner;
	int version = store->path != NULL ? migrate_version(store->db) : 0;
	if (version == 0) {
		if (state->is_unclean) {
			repeat_tell_lost(store);
		}
		return true;
	}
	if (version < 0 || !number_read(store, LAST_TURN, &store->turn.settled) || !read_owner_of_turns(store, &owner)) {
		return refuse(store, out_error);
	}
	store->turn.number = store->turn.settled;
	return !state->is_unclean ||
			(check_key(store, out_error) && repeat_after_crash(store, &owner, out_error));
}

static bool open_file(struct store *store, const struct file_state *state, bool is_durable, char **out_error) {
	if (!connect_database(store, is_durable, out_error)) {
		return false;
	}
	/* Until it is clear that the file is ours and good, what lies beside it is left as it is. */
	ignore_checkpoint_on_close(store, state->is_unclean);
	if (!check_owner(store, out_error) || !check_health(store, state, out_error) ||
			!repeat(store, state, out_error) || !fill(store, out_error) || !prepare(store, is_durable, out_error)) {
		return false;
	}
	ignore_checkpoint_on_close(store, false);
	return true;
}

/* Looks at the file, and makes it if there is none. */
static bool meet_file(struct store *store, struct file_state *out_state, char **out_error) {
	*out_state = (struct file_state){ .is_new = true };
	if (store->path == NULL) {
		return true;
	}
	char *directory = files_directory_of(store->path);
	bool has_directory = files_make_directory(directory, out_error);
	free(directory);
	if (!has_directory || !files_examine(store->path, out_state, out_error)) {
		return false;
	}
	if (!out_state->is_unclean && out_state->user_version > migration_count) {
		return refuse_newer(store, out_state->user_version, out_error);
	}
	return !out_state->is_new || files_create(store->path, &out_state->is_created, out_error);
}

static struct store *new_store(struct gw_loop *loop, const struct store_options *options) {
	struct store *store = mem_new(sizeof(*store));
	store->loop = loop;
	store->log = options->log;
	store->path = mem_strdup(options->path);
	store->on_trouble = options->on_trouble;
	store->on_trouble_data = options->data;
	store->is_sealed = options->is_sealed;
	if (options->key != NULL) {
		memcpy(store->key, options->key, sizeof(store->key));
	} else {
		assert(options->path == NULL || options->is_sealed);
		digest_random(store->key, sizeof(store->key));
	}
	return store;
}

static void disconnect(struct store *store) {
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		sqlite3_finalize(store->statements[i]);
		store->statements[i] = NULL;
	}
	sqlite3_close(store->db);
	store->db = NULL;
	explicit_bzero(store->key, sizeof(store->key));
}

static void release(void *data) {
	struct store *store = data;
	free(store->path);
	free(store);
}

struct store *store_open(struct gw_loop *loop, const struct store_options *options, char **out_error) {
	struct store *store = new_store(loop, options);
	struct file_state state;
	if (!meet_file(store, &state, out_error)) {
		release(store);
		return NULL;
	}
	recognise_before(store);
	if (!open_file(store, &state, options->durable, out_error)) {
		bool is_ours = state.is_created && !is_in_use(store);
		disconnect(store);
		if (is_ours) {
			unlink(store->path);
		}
		release(store);
		return NULL;
	}
	scope_init(&store->scope, loop_scope(loop));
	turn_init(store);
	checkpoint_init(store);
	message_ids_init(store);
	recognise(store);
	return store;
}

void store_close(struct store *store) {
	if (store == NULL) {
		return;
	}
	turn_finish(store);
	message_ids_finish(store);
	scope_close(&store->scope);
	disconnect(store);
	recognise_after(store->path, store->is_given_up && store->is_copy);
	loop_free_later(store->loop, store, release);
}
