/* SPDX-License-Identifier: MPL-2.0 */
/* Migrations: a list that only ever grows at its end. schema.sql shows, with words, what they add up to. */
#include "store/migrate.h"

#include "store/files.h"
#include "util/mem.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char VERSION_1[] =
	"CREATE TABLE settings ("
	"	name TEXT PRIMARY KEY,"
	"	value"
	") WITHOUT ROWID;"

	"CREATE TABLE users ("
	"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	jid TEXT NOT NULL UNIQUE,"
	"	registered_at_ms INTEGER NOT NULL,"
	"	is_welcomed INTEGER NOT NULL,"
	"	preferences TEXT NOT NULL,"
	"	credentials BLOB"
	");"

	"CREATE TABLE chats ("
	"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
	"	remote_id TEXT NOT NULL,"
	"	name TEXT,"
	"	is_in_roster INTEGER NOT NULL,"
	"	is_friend INTEGER NOT NULL,"
	"	UNIQUE (user_id, remote_id)"
	");"

	"CREATE TABLE message_ids ("
	"	chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,"
	"	id INTEGER NOT NULL,"
	"	xmpp_id TEXT NOT NULL,"
	"	remote_id TEXT NOT NULL,"
	"	put_at_ms INTEGER NOT NULL,"
	"	PRIMARY KEY (chat_id, id)"
	") WITHOUT ROWID;"

	"CREATE TABLE new_message_ids ("
	"	id INTEGER PRIMARY KEY,"
	"	chat_id INTEGER NOT NULL,"
	"	xmpp_id TEXT NOT NULL,"
	"	remote_id TEXT NOT NULL,"
	"	put_at_ms INTEGER NOT NULL"
	");"

	"CREATE TABLE unread ("
	"	chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,"
	"	id INTEGER NOT NULL,"
	"	remote_id TEXT NOT NULL,"
	"	put_at_ms INTEGER NOT NULL,"
	"	PRIMARY KEY (chat_id, id)"
	") WITHOUT ROWID;";

static const char VERSION_2[] =
	"CREATE TABLE outgoing ("
	"	id INTEGER PRIMARY KEY,"
	"	put_at_ms INTEGER NOT NULL,"
	"	stanzas BLOB NOT NULL"
	");";

static const char VERSION_3[] =
	"CREATE TABLE deliveries ("
	"	id INTEGER PRIMARY KEY,"
	"	is_handed INTEGER NOT NULL,"
	"	stanzas BLOB NOT NULL"
	");";

static const char VERSION_4[] = "ALTER TABLE chats ADD COLUMN is_declined INTEGER NOT NULL DEFAULT 0;";

static const char VERSION_5[] =
	"CREATE TABLE arrivals ("
	"	id INTEGER PRIMARY KEY,"
	"	since_ms INTEGER NOT NULL,"
	"	keys BLOB NOT NULL"
	");";

static const char VERSION_6[] =
	"CREATE TABLE their_ids ("
	"	chat_id INTEGER PRIMARY KEY REFERENCES chats (id) ON DELETE CASCADE,"
	"	keys BLOB NOT NULL"
	");"

	"CREATE TABLE new_their_ids ("
	"	id INTEGER PRIMARY KEY,"
	"	keys BLOB NOT NULL"
	");";

/* Pairs of ids get many to a row, keys several rows to a chat; those that are there already stay in rows as they are. */
static const char VERSION_7[] =
	"ALTER TABLE message_ids RENAME TO single_message_ids;"
	"ALTER TABLE new_message_ids RENAME TO single_new_message_ids;"

	"CREATE TABLE message_ids ("
	"	chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,"
	"	id INTEGER NOT NULL,"
	"	put_at_ms INTEGER NOT NULL,"
	"	pair_count INTEGER NOT NULL,"
	"	pairs BLOB NOT NULL,"
	"	PRIMARY KEY (chat_id, id)"
	") WITHOUT ROWID;"

	"CREATE TABLE new_message_ids ("
	"	id INTEGER PRIMARY KEY,"
	"	put_at_ms INTEGER NOT NULL,"
	"	pair_count INTEGER NOT NULL,"
	"	pairs BLOB NOT NULL"
	");"

	"INSERT INTO message_ids SELECT chat_id, id, put_at_ms, 1,"
	"	CAST(xmpp_id || char(0) || remote_id || char(0) AS BLOB) FROM single_message_ids;"
	"INSERT INTO new_message_ids SELECT id, put_at_ms, 1,"
	"	CAST(chat_id || char(0) || xmpp_id || char(0) || remote_id || char(0) AS BLOB) FROM single_new_message_ids;"
	"DROP TABLE single_message_ids;"
	"DROP TABLE single_new_message_ids;"

	"ALTER TABLE arrivals ADD COLUMN came_ms INTEGER NOT NULL DEFAULT 0;"

	"ALTER TABLE their_ids RENAME TO single_their_ids;"
	"CREATE TABLE their_ids ("
	"	chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,"
	"	id INTEGER NOT NULL,"
	"	key_count INTEGER NOT NULL,"
	"	keys BLOB NOT NULL,"
	"	PRIMARY KEY (chat_id, id)"
	") WITHOUT ROWID;"
	"INSERT INTO their_ids SELECT chat_id, 1, length(keys) / 8, keys FROM single_their_ids;"
	"DROP TABLE single_their_ids;"

	"ALTER TABLE users ADD COLUMN archive_until_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE users ADD COLUMN told_until_ms INTEGER NOT NULL DEFAULT 0;";

const char *const migrations[] = { VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6, VERSION_7 };
const size_t migration_count = ARRAY_LENGTH(migrations);

int migrate_version(sqlite3 *db) {
	sqlite3_stmt *statement;
	int version = -1;
	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
			sqlite3_step(statement) == SQLITE_ROW) {
		version = sqlite3_column_int(statement, 0);
	}
	sqlite3_finalize(statement);
	return version;
}

/* The copy */

static bool copy_pages(sqlite3 *from, const char *path) {
	sqlite3 *to;
	bool is_copied = false;
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
		if (backup != NULL) {
			sqlite3_backup_step(backup, -1);
			is_copied = sqlite3_backup_finish(backup) == SQLITE_OK;
		}
	}
	return sqlite3_close(to) == SQLITE_OK && is_copied;
}

/* The copy gets its name when it is complete, so that it can be trusted. */
static bool copy_database(sqlite3 *db, const char *copy_path, char **out_error) {
	char *second_name = mem_printf("%s.new", copy_path);
	unlink(second_name);
	bool is_copied = files_create(second_name, NULL, out_error);
	if (is_copied && (!copy_pages(db, second_name) || rename(second_name, copy_path) != 0)) {
		*out_error = mem_printf("Cannot make the copy %s that has to be there before the store changes: is there "
				"room on the disk?", copy_path);
		is_copied = false;
	}
	if (is_copied) {
		files_sync_directory(copy_path);
	} else {
		unlink(second_name);
	}
	free(second_name);
	return is_copied;
}

/* The steps */

static bool run(sqlite3 *db, const char *sql) {
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool run_steps(sqlite3 *db, const char *const *steps, size_t first, size_t count) {
	if (!run(db, "BEGIN IMMEDIATE")) {
		return false;
	}
	for (size_t i = first; i < count; i++) {
		if (!run(db, steps[i])) {
			return false;
		}
	}
	char set_version[64];
	snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %zu", count);
	return run(db, set_version) && run(db, "COMMIT");
}

/* The main file is what an older program looks at: it gets the new version now. */
static bool settle(sqlite3 *db) {
	return run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
}

static bool change(sqlite3 *db, const char *const *steps, size_t first, size_t count, char **out_error) {
	if (run_steps(db, steps, first, count)) {
		settle(db);
		return true;
	}
	*out_error = mem_printf("Cannot bring the tables of the store from version %zu to %zu: %s", first, count,
			sqlite3_errmsg(db));
	if (!sqlite3_get_autocommit(db)) {
		run(db, "ROLLBACK");
	}
	return false;
}

bool migrate(sqlite3 *db, const char *path, const char *const *steps, size_t step_count, char **out_error) {
	int version = migrate_version(db);
	if (version < 0) {
		*out_error = mem_printf("Cannot read the store: %s", sqlite3_errmsg(db));
		return false;
	}
	size_t first = (size_t)version;
	if (first >= step_count) {
		return true;
	}
	if (path == NULL || first == 0) {
		return change(db, steps, first, step_count, out_error);
	}
	char *copy_path = mem_printf("%s.before-v%zu", path, step_count);
	bool is_changed = copy_database(db, copy_path, out_error);
	if (is_changed && !change(db, steps, first, step_count, out_error)) {
		unlink(copy_path);
		is_changed = false;
	}
	free(copy_path);
	return is_changed;
}
