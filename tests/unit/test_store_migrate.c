/* SPDX-License-Identifier: MPL-2.0 */
/* store: what it refuses to open and leaves as it was, how tables grow from version to version, and the key. */
#include "store_case.h"
#include "store/files.h"
#include "store/migrate.h"
#include "util/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What a refused file, and what lies beside it, look like. */
static const char *print_all(struct store_case *at) {
	return arena_printf(&at->arena, "%s|%s|%s|%s|%s", store_case_print_of(at, at->path),
			store_case_print_of(at, arena_printf(&at->arena, "%s-turns", at->path)),
			store_case_print_of(at, arena_printf(&at->arena, "%s-wal", at->path)),
			store_case_print_of(at, arena_printf(&at->arena, "%s-journal", at->path)),
			store_case_print_of(at, arena_printf(&at->arena, "%s-shm", at->path)));
}

static void assert_refused(struct store_case *at, const char *sentence) {
	const char *before = print_all(at);
	assert_string_equal(store_case_refused(at), arena_printf(&at->arena, sentence, at->path, migration_count));
	assert_string_equal(print_all(at), before);
}

static void assert_damaged(struct store_case *at) {
	const char *before = print_all(at);
	const char *error = store_case_refused(at);
	const char *beginning = arena_printf(&at->arena, "%s is damaged (", at->path);
	assert_memory_equal(error, beginning, strlen(beginning));
	assert_non_null(strstr(error, "): restore it from a backup"));
	assert_string_equal(print_all(at), before);
}

/* A store with something in it. */
static void make_store(struct store_case *at, int users) {
	store_case_open(at);
	for (int i = 0; i < users; i++) {
		store_case_add_user(at, arena_printf(&at->arena, "user%d@a.lit", i));
	}
	store_case_close(at);
}

static void write_file(const char *path, const void *bytes, size_t size, off_t offset) {
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, size, offset), size);
	close(fd);
}

static void make_directory(struct store_case *at) {
	char *error = NULL;
	assert_true(files_make_directory(arena_printf(&at->arena, "%s/gw.lit", at->directory), &error));
}

/* --- Refused --- */

static void test_not_a_database(void **state) {
	struct store_case *at = *state;
	make_directory(at);
	write_file(at->path, "hello", 5, 0);
	assert_refused(at, "%s is not a database, or its beginning is damaged");
	char text[5000];
	memset(text, 'x', sizeof(text));
	write_file(at->path, text, sizeof(text), 0);
	assert_refused(at, "%s is not a database, or its beginning is damaged");
	unlink(at->path);
	mkdir(at->path, 0700);
	assert_string_equal(store_case_refused(at), arena_printf(&at->arena, "%s is not a file", at->path));
}

static void test_a_database_of_another_program(void **state) {
	struct store_case *at = *state;
	make_directory(at);
	store_case_sql(at, "PRAGMA journal_mode = WAL; CREATE TABLE users (id)");
	assert_refused(at, "%s is a database of another program");
	store_case_sql(at, "PRAGMA application_id = 252006673");
	assert_refused(at, "%s is a database of another program");
}

static void test_a_newer_version(void **state) {
	struct store_case *at = *state;
	make_store(at, 3);
	store_case_sql(at, "PRAGMA user_version = 99");
	assert_refused(at, "%s was written by a newer Gangway: its tables have version 99, this one knows up to %zu");
}

/* The newer version stands in the write-ahead log only, because the newer program was killed. */
static void test_a_newer_version_that_was_not_closed(void **state) {
	struct store_case *at = *state;
	make_store(at, 3);
	const char *original = at->path;
	const char *copy = arena_printf(&at->arena, "%s/copy.sqlite", at->directory);
	sqlite3 *db;
	sqlite3_open(original, &db);
	sqlite3_exec(db, "PRAGMA user_version = 8", NULL, NULL, NULL);
	assert_int_equal(system(arena_printf(&at->arena, "cp %s %s && cp %s-wal %s-wal", original, copy, original, copy)), 0);
	sqlite3_close(db);
	snprintf(at->path, sizeof(at->path), "%s", copy);
	at->options.path = at->path;
	assert_refused(at, "%s was written by a newer Gangway: its tables have version 8, this one knows up to %zu");
}

static void test_a_truncated_database(void **state) {
	struct store_case *at = *state;
	make_store(at, 500);
	assert_int_equal(truncate(at->path, 4096 * 5), 0);
	assert_damaged(at);
	assert_int_equal(truncate(at->path, 50), 0);
	assert_refused(at, "%s is not a database, or its beginning is damaged");
}

static void test_a_damaged_page(void **state) {
	struct store_case *at = *state;
	make_store(at, 500);
	char garbage[4096];
	memset(garbage, 0x5a, sizeof(garbage));
	struct stat found;
	stat(at->path, &found);
	write_file(at->path, garbage, sizeof(garbage), found.st_size - 4096);
	assert_damaged(at);
}

/* A large file is looked through only if it was not closed. */
static void test_a_large_damaged_file_that_was_not_closed(void **state) {
	struct store_case *at = *state;
	make_store(at, 10000);
	char garbage[4096];
	memset(garbage, 0x5a, sizeof(garbage));
	struct stat found;
	stat(at->path, &found);
	assert_true(found.st_size > 512 * 1024);
	write_file(at->path, garbage, sizeof(garbage), found.st_size - 4096);
	write_file(arena_printf(&at->arena, "%s-wal", at->path), garbage, 32, 0);
	assert_damaged(at);
}

static bool count_user(const struct store_user *user, void *data) {
	(void)user;
	++*(size_t *)data;
	return true;
}

/* And what is only found later is told to whoever reads. */
static void test_damage_found_while_reading(void **state) {
	struct store_case *at = *state;
	make_store(at, 10000);
	const char *root = store_case_sql(at, "SELECT rootpage FROM sqlite_schema WHERE name = 'users'");
	char garbage[4096];
	memset(garbage, 0x5a, sizeof(garbage));
	write_file(at->path, garbage, sizeof(garbage), (atoi(root) - 1) * 4096);
	store_case_open(at);
	size_t count = 0;
	assert_false(store_users_each(at->store, count_user, &count));
	assert_int_equal(count, 0);
}

/* Another process, which waits until it is told to open the store, and exits with 0 when that is refused. */
static pid_t start_rival(struct store_case *at, int *out_start) {
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		char byte;
		char *error = NULL;
		bool is_told = read(ends[0], &byte, 1) == 1;
		bool is_refused = store_open(at->loop, &at->options, &error) == NULL && strstr(error, "is in use") != NULL;
		_exit(is_told && is_refused ? 0 : 1);
	}
	close(ends[0]);
	*out_start = ends[1];
	return child;
}

static void test_in_use(void **state) {
	struct store_case *at = *state;
	int start, status;
	pid_t rival = start_rival(at, &start);
	store_case_open(at);
	assert_string_equal(store_case_refused(at),
			arena_printf(&at->arena, "%s is in use: is Gangway running already?", at->path));
	assert_int_equal(write(start, "!", 1), 1);
	close(start);
	waitpid(rival, &status, 0);
	assert_int_equal(status, 0);
	store_case_add_user(at, "romeo@montague.lit"); /* and goes on working */
	assert_true(store_commit(at->store));
}

/* The other one has made the file just now, and nothing is in it yet. */
static void test_in_use_before_anything_is_written(void **state) {
	struct store_case *at = *state;
	char *error = NULL;
	sqlite3 *rival;
	char *directory = files_directory_of(at->path);
	assert_true(files_make_directory(directory, &error));
	free(directory);
	assert_int_equal(sqlite3_open(at->path, &rival), SQLITE_OK);
	assert_int_equal(sqlite3_exec(rival, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_string_equal(store_case_refused(at),
			arena_printf(&at->arena, "%s is in use: is Gangway running already?", at->path));
	assert_int_equal(access(at->path, F_OK), 0);
	sqlite3_close(rival);
	store_case_open(at);
}

/* Runs as somebody who may not write what root made. */
static int as_nobody(struct store_case *at, const char *sentence) {
	pid_t child = fork();
	if (child == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
			_exit(3);
		}
		char *error = NULL;
		if (store_open(at->loop, &at->options, &error) != NULL) {
			_exit(2);
		}
		_exit(strcmp(error, sentence) == 0 ? 0 : 1);
	}
	int status;
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static void test_what_may_not_be_written(void **state) {
	struct store_case *at = *state;
	const char *directory = arena_printf(&at->arena, "%s/gw.lit", at->directory);
	make_store(at, 3);
	chmod(at->directory, 0755);
	chmod(directory, 0555);
	chmod(at->path, 0444);
	const char *before = print_all(at);
	assert_int_equal(as_nobody(at, arena_printf(&at->arena, "Cannot write %s: Permission denied", at->path)), 0);
	chmod(at->path, 0666);
	assert_int_equal(as_nobody(at, arena_printf(&at->arena,
			"Cannot write to the directory %s, where the store is kept: Permission denied", directory)), 0);
	assert_string_equal(print_all(at), before);
	chmod(directory, 0700);
	unlink(at->path);
	unlink(arena_printf(&at->arena, "%s-closed", at->path));
	chmod(directory, 0555);
	assert_int_equal(as_nobody(at, arena_printf(&at->arena,
			"Cannot write to the directory %s, where the store is kept: Permission denied", directory)), 0);
	rmdir(directory);
	chmod(at->directory, 0555);
	assert_int_equal(as_nobody(at, arena_printf(&at->arena, "Cannot make the directory %s: Permission denied",
			directory)), 0);
	chmod(at->directory, 0700);
}

/* --- The key --- */

static void test_another_key(void **state) {
	struct store_case *at = *state;
	make_store(at, 3);
	at->key[0] ^= 1;
	assert_refused(at, "The credentials in %s were sealed with another key: put back the key file that was used before");
	at->key[0] ^= 1;
	store_case_open(at);
}

static const char *key_refused(struct store_case *at) {
	uint8_t key[DIGEST_KEY_SIZE];
	char *error = NULL;
	assert_false(store_key_load(at->directory, key, &error));
	const char *copy = arena_strdup(&at->arena, error);
	free(error);
	return copy;
}

static void test_the_key_file(void **state) {
	struct store_case *at = *state;
	uint8_t key[DIGEST_KEY_SIZE], again[DIGEST_KEY_SIZE];
	char *error = NULL;
	unsetenv("CREDENTIALS_DIRECTORY");
	char path[4096];
	snprintf(path, sizeof(path), "%s/gangway.key", at->directory);
	assert_true(store_key_load(at->directory, key, &error));
	assert_true(store_key_load(at->directory, again, &error));
	assert_memory_equal(key, again, sizeof(key));
	struct stat found;
	stat(path, &found);
	assert_int_equal(found.st_mode & 0777, 0600);
	assert_int_equal(found.st_size, 65);

	chmod(path, 0640);
	assert_string_equal(key_refused(at), arena_printf(&at->arena, "The key %s can be read by others (mode 640): chmod 600 "
			"it, and have users change their passwords if somebody might have read it", path));
	chmod(path, 0600);
	truncate(path, 63);
	assert_string_equal(key_refused(at), arena_printf(&at->arena, "%s is not a key: 64 hexadecimal digits are expected. "
			"Put the right file back; without it the stored credentials cannot be opened", path));

	/* A directory of the service manager goes first, when it has a key. */
	const char *credentials = arena_printf(&at->arena, "%s/credentials", at->directory);
	mkdir(credentials, 0700);
	setenv("CREDENTIALS_DIRECTORY", credentials, 1);
	assert_non_null(strstr(key_refused(at), "gangway.key is not a key"));
	write_file(arena_printf(&at->arena, "%s/gangway-key", credentials),
			"000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f\n", 65, 0);
	assert_true(store_key_load(at->directory, key, &error));
	for (uint8_t i = 0; i < DIGEST_KEY_SIZE; i++) {
		assert_int_equal(key[i], i);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
}

/* --- Migrations --- */

static sqlite3 *connect_to(struct store_case *at) {
	sqlite3 *db;
	make_directory(at);
	sqlite3_open(at->path, &db);
	sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	return db;
}

static const char *const steps[] = {
	"CREATE TABLE users (jid)",
	"ALTER TABLE users ADD COLUMN name; UPDATE users SET name = 'of ' || jid",
	"CREATE TABLE rooms (jid)",
};

/* rows: N14 */
static void test_from_version_to_version(void **state) {
	struct store_case *at = *state;
	const char *copy = arena_printf(&at->arena, "%s.before-v3", at->path);
	char *error = NULL;
	sqlite3 *db = connect_to(at);
	assert_true(migrate(db, at->path, steps, 1, &error));
	assert_int_equal(migrate_version(db), 1);
	assert_string_equal(store_case_print_of(at, arena_printf(&at->arena, "%s.before-v1", at->path)), "");
	sqlite3_exec(db, "INSERT INTO users VALUES ('romeo')", NULL, NULL, NULL);
	assert_true(migrate(db, at->path, steps, 3, &error));
	assert_int_equal(migrate_version(db), 3);
	assert_true(migrate(db, at->path, steps, 3, &error)); /* nothing to do */
	sqlite3_close(db);
	assert_string_equal(store_case_sql(at, "SELECT name FROM users"), "of romeo");

	struct stat found;
	stat(copy, &found);
	assert_int_equal(found.st_mode & 0777, 0600);
	snprintf(at->path, sizeof(at->path), "%s", copy);
	assert_string_equal(store_case_sql(at, "PRAGMA user_version"), "1");
	assert_string_equal(store_case_sql(at, "SELECT group_concat(name) FROM pragma_table_info('users')"), "jid");
	assert_string_equal(store_case_sql(at, "SELECT jid FROM users"), "romeo");
}

static void test_a_step_that_fails_changes_nothing(void **state) {
	static const char *const bad[] = { "CREATE TABLE users (jid)", "CREATE TABLE rooms (jid)", "CREATE TABLE users (jid)" };
	struct store_case *at = *state;
	char *error = NULL;
	sqlite3 *db = connect_to(at);
	assert_true(migrate(db, at->path, bad, 1, &error));
	assert_false(migrate(db, at->path, bad, 3, &error));
	assert_string_equal(error, "Cannot bring the tables of the store from version 1 to 3: table users already exists");
	free(error);
	assert_int_equal(migrate_version(db), 1);
	sqlite3_close(db);
	assert_string_equal(store_case_sql(at, "SELECT group_concat(name) FROM sqlite_schema"), "users");
	assert_string_equal(store_case_print_of(at, arena_printf(&at->arena, "%s.before-v3", at->path)), "");
}

static void test_no_change_without_a_copy(void **state) {
	struct store_case *at = *state;
	const char *copy = arena_printf(&at->arena, "%s.before-v2", at->path);
	char *error = NULL;
	sqlite3 *db = connect_to(at);
	assert_true(migrate(db, at->path, steps, 1, &error));
	mkdir(copy, 0700);
	assert_false(migrate(db, at->path, steps, 2, &error));
	assert_string_equal(error, arena_printf(&at->arena, "Cannot make the copy %s that has to be there before the store "
			"changes: is there room on the disk?", copy));
	free(error);
	assert_int_equal(migrate_version(db), 1);
	sqlite3_close(db);
	assert_string_equal(store_case_print_of(at, arena_printf(&at->arena, "%s.new", copy)), "");
}

static bool count_chat(const struct store_chat *chat, void *data) {
	assert_string_equal(chat->name, "Juliet Capulet");
	assert_true(chat->is_in_roster && chat->is_friend && !chat->is_declined);
	++*(size_t *)data;
	return true;
}

/* What the first version kept is there after all steps since then. */
static void test_a_store_of_the_first_version(void **state) {
	struct store_case *at = *state;
	char *error = NULL;
	sqlite3 *db = connect_to(at);
	assert_true(migrate(db, at->path, migrations, 1, &error));
	assert_int_equal(sqlite3_exec(db, "PRAGMA application_id = 0x476e6777;"
			"INSERT INTO users VALUES (1, 'romeo@montague.lit', 0, 1, '', NULL);"
			"INSERT INTO chats VALUES (1, 1, 'juliet', 'Juliet Capulet', 1, 1);"
			"INSERT INTO message_ids VALUES (1, 1, 'x1', 'r1', 0), (1, 2, 'x2', 'r\xc3\xa9', 0);"
			"INSERT INTO new_message_ids VALUES (3, 1, 'x1', 'r3', 0)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	store_case_open(at);
	size_t count = 0;
	assert_true(store_chats_each(at->store, 1, count_chat, &count));
	assert_int_equal(count, 1);
	assert_string_equal(store_message_remote_id(at->store, &at->arena, 1, "x2"), "r\xc3\xa9");
	assert_string_equal(store_message_remote_id(at->store, &at->arena, 1, "x1"), "r3");
	assert_null(store_message_xmpp_id(at->store, &at->arena, 1, "r1"));
}

static void copy_file(const char *from, const char *to) {
	static uint8_t bytes[256 * 1024];
	int size = files_read(from, bytes, sizeof(bytes));
	assert_true(size > 0 && size < (int)sizeof(bytes));
	FILE *file = fopen(to, "wbe");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, (size_t)size, file), size);
	fclose(file);
	chmod(to, 0600);
}

/* The power went while the first tables were made: of the first page only the end got to the disk. */
static void test_a_store_that_was_half_made_is_made_anew(void **state) {
	struct store_case *at = *state;
	const char *other = arena_printf(&at->arena, "%s-other", at->path);
	make_store(at, 0); /* for the folder */
	unlink(at->path);
	sqlite3 *db;
	sqlite3_open(other, &db);
	sqlite3_exec(db, "BEGIN; CREATE TABLE one (id); CREATE TABLE two (id)", NULL, NULL, NULL);
	assert_int_equal(sqlite3_db_cacheflush(db), SQLITE_OK);
	copy_file(arena_printf(&at->arena, "%s-journal", other), arena_printf(&at->arena, "%s-journal", at->path));
	copy_file(other, at->path);
	sqlite3_close(db);
	int fd = open(at->path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, (char[512]){ 0 }, 512, 0), 512);
	close(fd);
	store_case_open(at);
	assert_int_equal(store_users_count(at->store), 0);
	store_case_add_user(at, "romeo@montague.lit");
	store_case_close(at);
	store_case_open(at);
	assert_int_equal(store_users_count(at->store), 1);
	store_case_close(at);
}

static bool note_user(const struct store_user *user, void *data) {
	struct store_case *at = data;
	if (strcmp(user->jid, "romeo@montague.lit") == 0) {
		assert_true(user->is_welcomed);
		struct gw_form *credentials = store_user_credentials(at->store, user->id);
		assert_string_equal(gw_form_text(credentials, "password"), "wherefore");
		gw_form_free(credentials);
		size_t chats = 0;
		assert_true(store_chats_each(at->store, user->id, count_chat, &chats));
		assert_int_equal(chats, 1);
	}
	return true;
}

/* tests/unit/stores/ has a store as a Gangway wrote it that had only the first version of the tables. rows: N14 */
static void test_a_store_that_an_old_gangway_wrote(void **state) {
	struct store_case *at = *state;
	make_store(at, 0); /* for the folder */
	unlink(at->path);
	copy_file(SOURCE_ROOT "/tests/unit/stores/version-1.sqlite", at->path);
	store_case_open(at);
	assert_int_equal(store_users_count(at->store), 2);
	assert_true(store_users_each(at->store, note_user, at));
	assert_string_equal(store_message_remote_id(at->store, &at->arena, 1, "x29"), "m29");
	assert_string_equal(store_message_xmpp_id(at->store, &at->arena, 1, "m0"), "x0");
	store_user_remove(at->store, 1);
	store_case_close(at);

	/* The copy is what it was before. */
	snprintf(at->path + strlen(at->path), sizeof(at->path) - strlen(at->path), ".before-v%zu", migration_count);
	assert_string_equal(store_case_sql(at, "PRAGMA user_version"), "1");
	assert_string_equal(store_case_sql(at, "SELECT count(*) FROM users"), "2");
}

/* --- The documented tables --- */

/* SQL without comments and with single spaces. */
static const char *plain_sql(struct store_case *at, const char *sql) {
	char *plain = arena_strdup(&at->arena, sql), *out = plain;
	for (const char *in = sql; *in != '\0';) {
		if (strncmp(in, "--", 2) == 0) {
			in += strcspn(in, "\n");
		} else if (*in == ' ' || *in == '\t' || *in == '\n') {
			in++;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
	return plain;
}

static const char *tables_of(struct store_case *at) {
	return plain_sql(at, store_case_sql(at, "SELECT group_concat(sql, ';' || char(10)) FROM "
			"(SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)"));
}

static void test_schema_sql_is_what_migrations_make(void **state) {
	struct store_case *at = *state;
	make_store(at, 0);
	const char *migrated = tables_of(at);
	unlink(at->path);

	FILE *file = fopen(SOURCE_ROOT "/src/store/schema.sql", "re");
	assert_non_null(file);
	static char text[65536];
	size_t size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	sqlite3 *db;
	sqlite3_open(at->path, &db);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_string_equal(migrated, tables_of(at));
}

static void test_a_new_store_says_whose_it_is(void **state) {
	struct store_case *at = *state;
	store_case_open(at); /* in the main file, before anything is closed */
	uint8_t header[100];
	assert_int_equal(files_read(at->path, header, sizeof(header)), sizeof(header));
	assert_memory_equal(header + 68, "Gngw", 4);
	const uint8_t version[] = { 0, 0, 0, (uint8_t)migration_count };
	assert_memory_equal(header + 60, version, 4);
}

/* An empty file is a store that was about to be made. */
static void test_an_empty_file(void **state) {
	struct store_case *at = *state;
	make_directory(at);
	write_file(at->path, "", 0, 0);
	make_store(at, 1);
	store_case_open(at);
	assert_int_equal(store_users_count(at->store), 1);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, store_case_set_up, store_case_tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_not_a_database),
		STORE_TEST(test_a_database_of_another_program),
		STORE_TEST(test_a_newer_version),
		STORE_TEST(test_a_newer_version_that_was_not_closed),
		STORE_TEST(test_a_truncated_database),
		STORE_TEST(test_a_damaged_page),
		STORE_TEST(test_a_large_damaged_file_that_was_not_closed),
		STORE_TEST(test_damage_found_while_reading),
		STORE_TEST(test_in_use),
		STORE_TEST(test_in_use_before_anything_is_written),
		STORE_TEST(test_what_may_not_be_written),
		STORE_TEST(test_another_key),
		STORE_TEST(test_the_key_file),
		STORE_TEST(test_from_version_to_version),
		STORE_TEST(test_a_step_that_fails_changes_nothing),
		STORE_TEST(test_no_change_without_a_copy),
		STORE_TEST(test_a_store_of_the_first_version),
		STORE_TEST(test_a_store_that_was_half_made_is_made_anew),
		STORE_TEST(test_a_store_that_an_old_gangway_wrote),
		STORE_TEST(test_schema_sql_is_what_migrations_make),
		STORE_TEST(test_a_new_store_says_whose_it_is),
		STORE_TEST(test_an_empty_file),
	};
	return cmocka_run_group_tests_name("store_migrate", tests, NULL, NULL);
}
