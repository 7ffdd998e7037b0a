/* SPDX-License-Identifier: MPL-2.0 */
/* store: the disk is full or fails. Nothing is lost, nothing is told twice, and reads go on. */
#include "store_case.h"
#include "store/database.h"
#include "util/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The disk of the test: SQLite writes through it, and it fails with an errno of choice once room_bytes are used up. */
static struct {
	int error; /* 0: the disk is fine */
	size_t room_bytes;
	unsigned failed_writes;
	int good_looks; /* at files before one fails; -1: all are good, or it has failed */
	int (*fstat)(int fd, struct stat *out);
	ssize_t (*pwrite)(int fd, const void *bytes, size_t size, off_t offset);
} disk;

static ssize_t disk_pwrite(int fd, const void *bytes, size_t size, off_t offset) {
	if (disk.error == 0) {
		return disk.pwrite(fd, bytes, size, offset);
	}
	size_t written = size < disk.room_bytes ? size : disk.room_bytes;
	disk.room_bytes -= written;
	if (written == 0) {
		disk.failed_writes++;
		errno = disk.error;
		return -1;
	}
	return disk.pwrite(fd, bytes, written, offset);
}

static int disk_fstat(int fd, struct stat *out) {
	if (disk.good_looks < 0 || disk.good_looks-- > 0) {
		return disk.fstat(fd, out);
	}
	errno = EIO;
	return -1;
}

static int install_disk(void **state) {
	(void)state;
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	disk.pwrite = (ssize_t(*)(int, const void *, size_t, off_t))vfs->xGetSystemCall(vfs, "pwrite64");
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)disk_pwrite);
	disk.fstat = (int (*)(int, struct stat *))vfs->xGetSystemCall(vfs, "fstat");
	vfs->xSetSystemCall(vfs, "fstat", (sqlite3_syscall_ptr)disk_fstat);
	return 0;
}

static int set_up(void **state) {
	disk.error = 0;
	disk.room_bytes = 0;
	disk.failed_writes = 0;
	disk.good_looks = -1;
	return store_case_set_up(state);
}

static int tear_down(void **state) {
	disk.error = 0;
	return store_case_tear_down(state);
}

static bool count_user(const struct store_user *user, void *data) {
	(void)user;
	++*(size_t *)data;
	return true;
}

static size_t count_users(struct store_case *at) {
	size_t count = 0;
	assert_true(store_users_each(at->store, count_user, &count));
	return count;
}

static void seconds_pass(struct store_case *at, int seconds) {
	loop_advance(at->loop, seconds * 1000);
}

/* A turn's write that the disk does not take. */
static void fail_with(struct store_case *at, int error) {
	store_case_open(at);
	store_case_add_user(at, "before@a.lit");
	loop_end_turn(at->loop);
	assert_false(store_is_blocked(at->store));

	disk.error = error;
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	int64_t chat = store_case_add_chat(at, user, "juliet");
	store_message_id_put(at->store, chat, "x1", "r1", 1);
	loop_end_turn(at->loop);
	assert_true(store_is_blocked(at->store));
	assert_int_equal(at->trouble_count, 1);
	assert_false(store_commit(at->store));
}

static void assert_all_is_there(struct store_case *at) {
	assert_int_equal(count_users(at), 2);
	assert_string_equal(store_message_remote_id(at->store, &at->arena, 1, "x1"), "r1");
	assert_string_equal(store_message_remote_id(at->store, &at->arena, 1, "x2"), "r2");
}

static void test_a_full_disk_is_waited_for(void **state) {
	struct store_case *at = *state;
	fail_with(at, ENOSPC);
	assert_string_equal(at->trouble, arena_printf(&at->arena, "Cannot write %s: database or disk is full", at->path));
	assert_string_equal(store_message_remote_id(at->store, &at->arena, 1, "x1"), "r1");
	assert_int_equal(count_users(at), 2);

	seconds_pass(at, 5);
	store_message_id_put(at->store, 1, "x2", "r2", 1); /* the network goes on talking */
	loop_end_turn(at->loop);
	assert_all_is_there(at);
	seconds_pass(at, 5);
	assert_true(store_is_blocked(at->store));
	assert_int_equal(at->trouble_count, 1);
	assert_int_equal(at->recovery_count, 0);
	assert_true(disk.failed_writes >= 10);

	disk.error = 0;
	seconds_pass(at, 1);
	assert_false(store_is_blocked(at->store));
	assert_int_equal(at->recovery_count, 1);
	assert_all_is_there(at);

	assert_int_equal(store_case_add_user(at, "tybalt@capulet.lit"), 3);
	store_case_close(at);
	store_case_open(at);
	assert_int_equal(count_users(at), 3);
	assert_int_equal(at->trouble_count, 1);
}

/* The disk takes the beginning of what a commit writes. */
static void test_a_disk_that_becomes_full_meanwhile(void **state) {
	struct store_case *at = *state;
	for (size_t room_bytes = 1; room_bytes < 200; room_bytes += 30) {
		disk.room_bytes = room_bytes;
		fail_with(at, ENOSPC);
		store_message_id_put(at->store, 1, "x2", "r2", 1);
		disk.room_bytes = room_bytes / 2;
		seconds_pass(at, 3);
		assert_true(store_is_blocked(at->store));
		disk.error = 0;
		seconds_pass(at, 1);
		assert_false(store_is_blocked(at->store));
		assert_all_is_there(at);
		store_case_close(at);
		assert_string_equal(store_case_sql(at, "PRAGMA integrity_check"), "ok");
		store_case_open(at);
		assert_all_is_there(at);
		store_user_remove(at->store, 1);
		store_user_remove(at->store, 2);
		store_case_close(at);
		unlink(at->path);
		at->trouble_count = 0;
	}
}

static void test_a_disk_that_fails(void **state) {
	struct store_case *at = *state;
	fail_with(at, EIO);
	assert_string_equal(at->trouble, arena_printf(&at->arena, "Cannot write %s: Input/output error", at->path));
	store_message_id_put(at->store, 1, "x2", "r2", 1);
	seconds_pass(at, 2);
	disk.error = 0;
	seconds_pass(at, 1);
	assert_int_equal(at->recovery_count, 1);
	assert_all_is_there(at);
}

/* The system's own refusal, with nothing of SQLite replaced. */
static void test_a_limit_on_the_size_of_files(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	store_case_add_chat(at, user, "juliet");
	loop_end_turn(at->loop);

	struct rlimit before;
	getrlimit(RLIMIT_FSIZE, &before);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ .rlim_cur = 64 * 1024, .rlim_max = before.rlim_max });
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < 3000; i++) {
		char id[16];
		snprintf(id, sizeof(id), "x%d", i);
		store_message_id_put(at->store, 1, id, id, i);
	}
	loop_end_turn(at->loop);
	assert_true(store_is_blocked(at->store));
	assert_string_equal(at->trouble, arena_printf(&at->arena, "Cannot write %s: File too large", at->path));
	assert_string_equal(store_message_xmpp_id(at->store, &at->arena, 1, "x1234"), "x1234");
	seconds_pass(at, 1);
	assert_true(store_is_blocked(at->store));

	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, old);
	seconds_pass(at, 1);
	assert_false(store_is_blocked(at->store));
	store_case_close(at);
	assert_string_equal(store_case_sql(at, "SELECT coalesce((SELECT sum(pair_count) FROM message_ids), 0) + "
			"coalesce((SELECT sum(pair_count) FROM new_message_ids), 0)"), "3000");
}

/* Turns are on the disk in their log, but the database has no room for them. */
static void test_a_disk_that_is_full_for_the_database(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	char *large = mem_new(100001);
	memset(large, 'p', 100000);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	store_user_set_preferences(at->store, user, large);
	loop_end_turn(at->loop);

	disk.error = ENOSPC;
	disk.room_bytes = 50 * 1000;
	store_case_add_user(at, "juliet@capulet.lit");
	loop_end_turn(at->loop);
	assert_false(store_is_blocked(at->store));
	turn_settle(at->store);
	assert_true(store_is_blocked(at->store));
	assert_int_equal(at->trouble_count, 1);
	assert_int_equal(count_users(at), 2);
	store_case_add_user(at, "nurse@capulet.lit");
	seconds_pass(at, 3);
	assert_int_equal(count_users(at), 3);
	assert_int_equal(at->recovery_count, 0);

	disk.error = 0;
	seconds_pass(at, 1);
	assert_false(store_is_blocked(at->store));
	assert_int_equal(at->recovery_count, 1);
	assert_int_equal(turn_log_size(at->store->turn.log), 0);
	store_case_close(at);
	free(large);
	assert_string_equal(store_case_sql(at, "SELECT group_concat(length(preferences)) FROM users"), "100000,0,0");
}

/* And then the gateway stops: the log keeps them. */
static void test_closing_while_the_database_has_no_room(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	store_case_add_user(at, "romeo@montague.lit");
	loop_end_turn(at->loop);
	disk.error = ENOSPC;
	store_case_close(at);
	disk.error = 0;
	assert_string_equal(store_case_sql(at, "SELECT count(*) FROM users"), "0");
	store_case_open(at);
	assert_int_equal(count_users(at), 1);
}

/* Opening needs no room for what only the log holds; it goes on behind that. */
static void test_opening_while_the_disk_is_full(void **state) {
	struct store_case *at = *state;
	const char *left = arena_printf(&at->arena, "%s/left", at->directory);
	const char *copy = arena_printf(&at->arena, "for i in '' -wal -turns; do cp %s$i %s$i; done", at->path, left);
	const char *put_back = arena_printf(&at->arena, "for i in '' -wal -turns; do cp %s$i %s$i; done", left, at->path);
	store_case_open(at);
	store_case_add_user(at, "romeo@montague.lit");
	loop_end_turn(at->loop);
	for (int users = 2; users < 5; users++) {
		assert_int_equal(system(copy), 0);
		store_case_close(at);
		assert_int_equal(system(put_back), 0);
		disk.error = ENOSPC;
		store_case_open(at);
		assert_int_equal(count_users(at), users - 1);
		assert_false(store_is_blocked(at->store));
		assert_int_equal(store_case_add_user(at, arena_printf(&at->arena, "user%d@a.lit", users)), users);
		loop_end_turn(at->loop);
		assert_true(store_is_blocked(at->store));
		disk.error = 0;
		seconds_pass(at, 1);
		assert_false(store_is_blocked(at->store));
	}
	store_case_close(at);
	assert_string_equal(store_case_sql(at, "SELECT count(*) FROM users"), "4");
}

/* The statement itself fails, in the middle of a turn, and SQLite gives up the whole transaction. */
static void test_a_statement_that_fails(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	loop_end_turn(at->loop);
	assert_int_equal(sqlite3_exec(at->store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL), SQLITE_OK);
	char *large = mem_new(20001);
	memset(large, 'p', 20000);
	store_user_set_welcomed(at->store, user);
	store_user_set_preferences(at->store, user, large);
	assert_true(store_is_blocked(at->store));
	assert_int_equal(at->trouble_count, 0); /* said at the end of the turn */
	store_case_add_user(at, "juliet@capulet.lit");
	loop_end_turn(at->loop);
	assert_int_equal(at->trouble_count, 1);
	assert_int_equal(count_users(at), 1); /* what was committed */

	assert_int_equal(sqlite3_exec(at->store->db, "PRAGMA max_page_count = 100000", NULL, NULL, NULL), SQLITE_OK);
	seconds_pass(at, 1);
	assert_int_equal(at->recovery_count, 1);
	store_case_close(at);
	free(large);
	assert_string_equal(store_case_sql(at, "SELECT group_concat(jid || is_welcomed || length(preferences)) FROM users"),
			"romeo@montague.lit120000,juliet@capulet.lit00");
}

/* Nobody can wait for ever: what was committed before is whole. */
static void test_closing_while_the_disk_is_full(void **state) {
	struct store_case *at = *state;
	fail_with(at, ENOSPC);
	store_case_close(at);
	disk.error = 0;
	store_case_open(at);
	assert_int_equal(count_users(at), 1);
	assert_int_equal(store_case_add_user(at, "romeo@montague.lit"), 2);
}

/* A turn of any size is taken, in pieces. */
static void test_a_huge_turn(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	char *large = mem_new((1 << 20) + 1);
	memset(large, 'p', 1 << 20);
	size_t largest = 0;
	for (int i = 0; i < 70; i++) {
		store_user_set_preferences(at->store, user, large);
		largest = at->store->turn.writes.size > largest ? at->store->turn.writes.size : largest;
	}
	free(large);
	assert_in_range(largest, 60 << 20, 65 << 20);
	loop_end_turn(at->loop);
	assert_false(store_is_blocked(at->store));
}

static void test_what_waits_is_bounded(void **state) {
	struct store_case *at = *state;
	pid_t child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		fail_with(at, ENOSPC);
		char *large = mem_new((1 << 20) + 1);
		memset(large, 'p', 1 << 20);
		for (int i = 0; i < 70; i++) {
			store_user_set_preferences(at->store, 1, large);
		}
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* --- A disk that cannot be read for a moment --- */

static int interrupt_once(void *data) {
	bool *is_done = data;
	bool is_first = !*is_done;
	*is_done = true;
	return is_first;
}

static void copy_store(struct store_case *at, const char *from, const char *to) {
	assert_int_equal(system(arena_printf(&at->arena, "for i in '' -wal -turns; do rm -f %s$i; [ ! -e %s$i ] || cp %s$i %s$i; "
			"done", to, from, from, to)), 0);
}

/* Which turns are in the database is not guessed: those of this life follow them, or the next life would leave them out. */
static void test_opening_while_a_look_at_a_file_fails(void **state) {
	struct store_case *at = *state;
	const char *closed = arena_printf(&at->arena, "%s/closed", at->directory);
	const char *left = arena_printf(&at->arena, "%s/left", at->directory);
	store_case_open(at);
	store_case_add_user(at, "romeo@montague.lit");
	loop_end_turn(at->loop);
	store_case_close(at);
	copy_store(at, at->path, closed);
	unsigned refused = 0;
	bool has_failed = true;
	for (int good_looks = 0; has_failed; good_looks++) {
		copy_store(at, closed, at->path);
		char *error = NULL;
		disk.good_looks = good_looks;
		at->store = store_open(at->loop, &at->options, &error);
		has_failed = disk.good_looks < 0;
		disk.good_looks = -1;
		refused += at->store == NULL;
		free(error);
		if (at->store == NULL) {
			store_case_open(at);
		}
		store_case_add_user(at, "juliet@capulet.lit");
		seconds_pass(at, 1);
		assert_false(store_is_blocked(at->store));
		copy_store(at, at->path, left);
		store_case_close(at);
		copy_store(at, left, at->path);
		store_case_open(at);
		assert_int_equal(count_users(at), 2);
		store_case_close(at);
	}
	assert_true(refused > 0);
}

static void test_pairs_that_cannot_be_read_stay_where_they_are(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t chat = store_case_add_chat(at, store_case_add_user(at, "romeo@montague.lit"), "juliet");
	store_message_id_put(at->store, chat, "x1", "m1", 1);
	loop_end_turn(at->loop);
	bool is_done = false;
	sqlite3_progress_handler(at->store->db, 1, interrupt_once, &is_done);
	store_message_ids_prune(at->store, 0);
	sqlite3_progress_handler(at->store->db, 0, NULL, NULL);
	assert_true(is_done);
	assert_string_equal(store_message_remote_id(at->store, &at->arena, chat, "x1"), "m1");
	store_message_ids_prune(at->store, 0);
	assert_string_equal(store_message_remote_id(at->store, &at->arena, chat, "x1"), "m1");
	store_case_close(at);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_a_full_disk_is_waited_for),
		STORE_TEST(test_a_disk_that_becomes_full_meanwhile),
		STORE_TEST(test_a_disk_that_fails),
		STORE_TEST(test_a_limit_on_the_size_of_files),
		STORE_TEST(test_a_disk_that_is_full_for_the_database),
		STORE_TEST(test_closing_while_the_database_has_no_room),
		STORE_TEST(test_opening_while_the_disk_is_full),
		STORE_TEST(test_a_statement_that_fails),
		STORE_TEST(test_closing_while_the_disk_is_full),
		STORE_TEST(test_a_huge_turn),
		STORE_TEST(test_what_waits_is_bounded),
		STORE_TEST(test_opening_while_a_look_at_a_file_fails),
		STORE_TEST(test_pairs_that_cannot_be_read_stay_where_they_are),
	};
	return cmocka_run_group_tests_name("store_trouble", tests, install_disk, NULL);
}
