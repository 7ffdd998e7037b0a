/* SPDX-License-Identifier: MPL-2.0 */
/* store: what only the log of turns holds comes back after a crash, all of it or what was whole, and only where it belongs. */
#include "store/database.h"
#include "store/migrate.h"
#include "store_case.h"
#include "util/log.h"
#include "util/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *turns_of(struct store_case *at) {
	return arena_printf(&at->arena, "%s-turns", at->path);
}

static off_t size_of(const char *path) {
	struct stat found;
	return stat(path, &found) == 0 ? found.st_size : -1;
}

static void copy(struct store_case *at, const char *from, const char *to) {
	assert_int_equal(system(arena_printf(&at->arena, "for i in '' -wal -turns; do rm -f %s$i; "
			"[ ! -e %s$i ] || cp %s$i %s$i; done", to, from, from, to)), 0);
}

/* From now on the test goes on with what a crash would leave at this moment. */
static void crash(struct store_case *at) {
	const char *left = arena_printf(&at->arena, "%s/left", at->directory);
	copy(at, at->path, left);
	store_case_close(at);
	copy(at, left, at->path);
}

static void turn(struct store_case *at, const char *jid) {
	store_case_add_user(at, jid);
	loop_end_turn(at->loop);
}

static bool note_user(const struct store_user *user, void *data) {
	strcat(strcat(data, user->jid), " ");
	return true;
}

static const char *users(struct store_case *at) {
	char *text = arena_new(&at->arena, 4096);
	assert_true(store_users_each(at->store, note_user, text));
	return text;
}

static void test_turns_come_back(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	turn(at, "a");
	turn(at, "b");
	store_case_add_user(at, "never at its end");
	crash(at);
	assert_string_equal(store_case_sql(at, "SELECT count(*) FROM users"), "0");
	store_case_open(at);
	assert_string_equal(users(at), "a b ");
	turn(at, "c");
	assert_int_equal(store_case_add_user(at, "d"), 4);
	loop_end_turn(at->loop);
	crash(at);
	store_case_open(at);
	assert_string_equal(users(at), "a b c d ");
	store_case_close(at);
	assert_int_equal(size_of(turns_of(at)), -1);
	assert_string_equal(store_case_sql(at, "SELECT count(*) FROM users"), "4");
}

static void test_durable_turns(void **state) {
	struct store_case *at = *state;
	at->options.durable = true;
	store_case_open(at);
	turn(at, "a");
	turn_settle(at->store);
	turn(at, "b");
	crash(at);
	store_case_open(at);
	assert_string_equal(users(at), "a b ");
	turn(at, "c");
	assert_string_equal(users(at), "a b c ");
}

static unsigned complaints;

static void note_complaint(enum gw_log_level level, const char *line, void *data) {
	(void)data;
	complaints += level == GW_LOG_ERROR && (strstr(line, "-turns is damaged") || strstr(line, "is missing or empty"));
}

/* The store is opened, and its log of turns is said to be damaged, or not. */
static void open_damaged(struct store_case *at, bool is_damaged) {
	complaints = 0;
	log_set_sink(note_complaint, NULL);
	store_case_open(at);
	assert_int_equal(complaints, is_damaged);
}

/* The end of the last turn is missing. */
static void test_a_torn_turn(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	turn(at, "a");
	off_t whole = size_of(turns_of(at));
	turn(at, "b");
	off_t end = size_of(turns_of(at));
	crash(at);
	const char *left = arena_printf(&at->arena, "%s/again", at->directory);
	copy(at, at->path, left);
	for (off_t size = end - 1; size >= whole; size -= 13) {
		copy(at, left, at->path);
		assert_int_equal(truncate(turns_of(at), size), 0);
		open_damaged(at, false);
		assert_string_equal(users(at), "a ");
		turn(at, "c");
		crash(at);
		store_case_open(at);
		assert_string_equal(users(at), "a c ");
		store_case_close(at);
	}
}

static void damage(const char *path, off_t offset) {
	FILE *file = fopen(path, "r+be");
	assert_non_null(file);
	fseek(file, offset, SEEK_SET);
	int byte = fgetc(file);
	fseek(file, offset, SEEK_SET);
	fputc(byte ^ 1, file);
	fclose(file);
}

/* What follows a turn that is damaged may need what that one did. */
static void test_damage(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	turn(at, "a");
	off_t first = size_of(turns_of(at));
	turn(at, "b");
	off_t second = size_of(turns_of(at));
	turn(at, "c");
	crash(at);
	const char *left = arena_printf(&at->arena, "%s/again", at->directory);
	copy(at, at->path, left);
	for (off_t offset = first; offset < second; offset += 7) {
		copy(at, left, at->path);
		damage(turns_of(at), offset);
		open_damaged(at, true);
		assert_string_equal(users(at), "a ");
		store_case_close(at);
	}
	copy(at, left, at->path);
	damage(turns_of(at), 60); /* what tells the statements */
	open_damaged(at, true);
	assert_string_equal(users(at), "");
	turn(at, "d");
	crash(at);
	store_case_open(at);
	assert_string_equal(users(at), "d ");
}

/* After a step back to an older version, of a newer one that was killed. */
static void test_a_log_of_a_format_that_is_not_known_yet(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	turn(at, "a");
	crash(at);
	uint32_t format = 2;
	FILE *file = fopen(turns_of(at), "r+be");
	assert_non_null(file);
	fseek(file, 8, SEEK_SET);
	assert_int_equal(fwrite(&format, sizeof(format), 1, file), 1);
	fclose(file);
	const char *before = store_case_print_of(at, turns_of(at));
	assert_string_equal(store_case_refused(at), arena_printf(&at->arena, "%s-turns was written by a newer Gangway, which did "
			"not end in order: start that one once more, so that what it took in is not lost", at->path));
	assert_string_equal(store_case_print_of(at, turns_of(at)), before);
}

/* Old frames behind the new ones, when the log has begun anew. */
static void test_the_log_begins_anew(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	turn(at, "a");
	turn(at, "b");
	turn_settle(at->store);
	assert_int_equal(turn_log_size(at->store->turn.log), 0);
	off_t size = size_of(turns_of(at));
	turn(at, "c");
	assert_int_equal(size_of(turns_of(at)), size);
	crash(at);
	open_damaged(at, false); /* for b, which still stands behind c, is in the database */
	assert_string_equal(users(at), "a b c ");
}

static void test_a_log_of_another_database(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	turn(at, "a");
	crash(at);
	const char *other = arena_printf(&at->arena, "%s/other-turns", at->directory);
	rename(turns_of(at), other);
	unlink(at->path);
	store_case_open(at);
	turn(at, "romeo");
	store_case_close(at);
	rename(other, turns_of(at));
	store_case_open(at);
	assert_string_equal(users(at), "romeo ");
}

/* A new one begins, for nothing can be repeated without the tables; but it is no first start. */
static void test_a_log_without_its_database(void **state) {
	struct store_case *at = *state;
	open_damaged(at, false);
	turn(at, "a");
	crash(at);
	assert_int_equal(truncate(at->path, 0), 0);
	unlink(arena_printf(&at->arena, "%s-wal", at->path));
	open_damaged(at, true);
	assert_string_equal(users(at), "");
	turn(at, "b");
	crash(at);
	open_damaged(at, false);
	assert_string_equal(users(at), "b ");
}

/* The database was put back to what it was before the log began. */
static void test_a_log_of_another_time(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	turn(at, "a");
	store_case_close(at);
	const char *old = arena_printf(&at->arena, "%s/old", at->directory);
	copy(at, at->path, old);
	store_case_open(at);
	turn(at, "b");
	turn_settle(at->store);
	turn(at, "c");
	crash(at);
	rename(old, at->path);
	unlink(arena_printf(&at->arena, "%s-wal", at->path));
	store_case_open(at);
	assert_string_equal(users(at), "a ");
}

static void write_turn(struct store_case *at, const struct turn_log_owner *owner, int64_t number, unsigned statement,
		const struct value *values, size_t count) {
	struct strbuf bytes;
	strbuf_init(&bytes, STRBUF_UNLIMITED);
	record_add(&bytes, (enum statement)statement, values, count);
	struct turn_log *log = turn_log_new(at->path, owner, &(struct turn_log_place){ 0 }, false);
	assert_true(turn_log_append(log, number, bytes.bytes, bytes.size));
	turn_log_free(log, true);
	strbuf_finish(&bytes);
}

static int64_t number_of(struct store_case *at, const char *sql) {
	return strtoll(store_case_sql(at, sql), NULL, 10);
}

#define SQL_TURNS_ID "SELECT value FROM settings WHERE name = 'turns_id'"
#define SQL_LAST_TURN "SELECT value FROM settings WHERE name = 'last_turn'"

/* Its statements are taken from the log itself: another version may have others, or numbered otherwise. */
static void test_statements_of_another_version(void **state) {
	struct store_case *at = *state;
	static const char *const sql[] = {
		"no statement at all", "INSERT INTO users (jid, registered_at_ms, is_welcomed, preferences) VALUES (?1, 0, 1, '')",
	};
	store_case_open(at);
	turn(at, "a");
	store_case_close(at);
	struct turn_log_owner owner = { number_of(at, SQL_TURNS_ID), (int)migration_count, sql, 2 };
	write_turn(at, &owner, number_of(at, SQL_LAST_TURN) + 1, 1, VALUES(value_text("of another version")));
	store_case_open(at);
	assert_string_equal(users(at), "a of another version ");
	store_case_close(at);

	write_turn(at, &owner, number_of(at, SQL_LAST_TURN) + 1, 0, NULL, 0);
	const char *error = store_case_refused(at);
	assert_non_null(strstr(error, "Cannot bring what"));
	assert_non_null(strstr(error, "-turns holds into the store: "));
	assert_true(size_of(turns_of(at)) > 0);
}

static void make_store_of_version_6(struct store_case *at) {
	sqlite3 *db;
	char *error = NULL;
	store_case_open(at); /* for the key */
	store_case_close(at);
	unlink(at->path);
	assert_int_equal(sqlite3_open(at->path, &db), SQLITE_OK);
	assert_true(migrate(db, at->path, migrations, 6, &error));
	assert_int_equal(sqlite3_exec(db, "PRAGMA application_id = 0x476e6777;"
			"INSERT INTO users VALUES (1, 'romeo', 0, 1, '', NULL);"
			"INSERT INTO chats VALUES (1, 1, 'juliet', 'Juliet', 1, 1, 0);"
			"INSERT INTO settings VALUES ('turns_id', 77), ('last_turn', 3)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The tables are those of the log's version until its turns are in them. */
static void test_turns_before_a_migration(void **state) {
	struct store_case *at = *state;
	static const char *const sql[] = { "INSERT INTO new_message_ids VALUES (2, 1, 'x2', 'r2', 5)" };
	make_store_of_version_6(at);
	write_turn(at, &(struct turn_log_owner){ 77, 6, sql, 1 }, 4, 0, NULL, 0);
	store_case_open(at);
	assert_string_equal(store_message_remote_id(at->store, &at->arena, 1, "x2"), "r2");
	turn(at, "b");
	crash(at);
	store_case_open(at);
	assert_string_equal(users(at), "romeo b ");
}

/* A log that could be gone on with, but for the tables. */
static void test_a_migration_of_tables_only(void **state) {
	struct store_case *at = *state;
	make_store_of_version_6(at);
	write_turn(at, &(struct turn_log_owner){ 77, 6, statement_sql, STATEMENT_COUNT }, 4, NUMBER_SET,
			VALUES(value_text("of version 6"), value_integer(6)));
	store_case_open(at);
	assert_int_equal(store_number(at->store, "of version 6"), 6);
	turn(at, "b");
	crash(at);
	store_case_open(at);
	assert_string_equal(users(at), "romeo b ");
	assert_int_equal(store_number(at->store, "of version 6"), 6);
}

/* Frames that the tables do not fit any more. */
static void test_a_log_of_older_tables(void **state) {
	struct store_case *at = *state;
	static const char *const sql[] = { "DELETE FROM users" };
	store_case_open(at);
	turn(at, "a");
	store_case_close(at);
	struct turn_log_owner owner = { number_of(at, SQL_TURNS_ID), (int)migration_count - 1, sql, 1 };
	write_turn(at, &owner, number_of(at, SQL_LAST_TURN) + 1, 0, NULL, 0);
	store_case_open(at);
	assert_string_equal(users(at), "a ");
}

static void put_large(struct store_case *at, int64_t user) {
	char *large = mem_new(100001);
	memset(large, 'p', 100000);
	store_user_set_preferences(at->store, user, large);
	loop_end_turn(at->loop);
	free(large);
}

/* The log does not grow for ever, and a pause is used. */
static void test_settling(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "a");
	for (int i = 0; i < 300; i++) {
		put_large(at, user);
		assert_true(turn_log_size(at->store->turn.log) < 9 * 1024 * 1024);
	}
	assert_true(size_of(turns_of(at)) < 9 * 1024 * 1024);
	for (int i = 0; i < 5; i++) {
		put_large(at, user);
	}
	assert_true(turn_log_size(at->store->turn.log) > 0);
	loop_advance(at->loop, 1000);
	assert_int_equal(turn_log_size(at->store->turn.log), 0);
	assert_int_equal(at->trouble_count, 0);
}

/* One turn that makes the file large does not leave it so. */
static void test_a_large_turn(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "a");
	char *large = mem_new(20000001);
	memset(large, 'p', 20000000);
	store_user_set_preferences(at->store, user, large);
	free(large);
	loop_end_turn(at->loop);
	assert_true(size_of(turns_of(at)) < 1024 * 1024);
	crash(at);
	store_case_open(at);
	assert_string_equal(users(at), "a ");
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, store_case_set_up, store_case_tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_turns_come_back),
		STORE_TEST(test_durable_turns),
		STORE_TEST(test_a_torn_turn),
		STORE_TEST(test_damage),
		STORE_TEST(test_a_log_of_a_format_that_is_not_known_yet),
		STORE_TEST(test_the_log_begins_anew),
		STORE_TEST(test_a_log_of_another_database),
		STORE_TEST(test_a_log_without_its_database),
		STORE_TEST(test_a_log_of_another_time),
		STORE_TEST(test_statements_of_another_version),
		STORE_TEST(test_turns_before_a_migration),
		STORE_TEST(test_a_migration_of_tables_only),
		STORE_TEST(test_a_log_of_older_tables),
		STORE_TEST(test_settling),
		STORE_TEST(test_a_large_turn),
	};
	return cmocka_run_group_tests_name("store turns", tests, NULL, NULL);
}
