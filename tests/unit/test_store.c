/* SPDX-License-Identifier: MPL-2.0 */
/* store: what is put comes back, also after a restart, and what is removed is gone. */
#include "store_case.h"
#include "util/mem.h"
#include "util/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* What a walk over users or chats saw, as one text. */
struct seen {
	char text[65536];
	size_t count, stop_after;
	struct store *store;
};

static bool see_user(const struct store_user *user, void *data) {
	struct seen *seen = data;
	size_t used = strlen(seen->text);
	snprintf(seen->text + used, sizeof(seen->text) - used, "%lld %s %lld %d [%s]\n", (long long)user->id, user->jid,
			(long long)user->registered_at_ms, user->is_welcomed, user->preferences);
	return ++seen->count != seen->stop_after;
}

static const char *users_of(struct store_case *at) {
	struct seen seen = { 0 };
	assert_true(store_users_each(at->store, see_user, &seen));
	assert_int_equal(store_users_count(at->store), seen.count);
	return arena_strdup(&at->arena, seen.text);
}

static bool see_chat(const struct store_chat *chat, void *data) {
	struct seen *seen = data;
	size_t used = strlen(seen->text);
	snprintf(seen->text + used, sizeof(seen->text) - used, "%lld %lld %s %s %d %d %d\n", (long long)chat->id,
			(long long)chat->user_id, chat->remote_id, chat->name != NULL ? chat->name : "-", chat->is_in_roster,
			chat->is_friend, chat->is_declined);
	seen->count++;
	return true;
}

static const char *chats_of(struct store_case *at, int64_t user_id) {
	struct seen seen = { 0 };
	assert_true(store_chats_each(at->store, user_id, see_chat, &seen));
	return arena_strdup(&at->arena, seen.text);
}

static void restart(struct store_case *at) {
	store_case_close(at);
	store_case_open(at);
}

static void end_turn(struct store_case *at) {
	loop_end_turn(at->loop);
}

/* rows: N2 U22 */
static void test_users(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	assert_string_equal(users_of(at), "");
	int64_t romeo = store_user_add(at->store,
			&(struct store_user){ .jid = "romeo@montague.lit", .registered_at_ms = 17, .preferences = "a=b" }, NULL);
	int64_t juliet = store_case_add_user(at, "juliet@capulet.lit");
	assert_true(romeo > 0 && juliet > romeo);
	const char *expected = "1 romeo@montague.lit 17 0 [a=b]\n2 juliet@capulet.lit 5 0 []\n";
	assert_string_equal(users_of(at), expected); /* of its own turn */
	end_turn(at);
	restart(at);
	assert_string_equal(users_of(at), expected);

	store_user_set_welcomed(at->store, juliet);
	store_user_set_preferences(at->store, juliet, "line\n\"quoted\" ☃");
	store_user_set_preferences(at->store, romeo, NULL);
	restart(at); /* closing commits */
	assert_string_equal(users_of(at),
			"1 romeo@montague.lit 17 0 []\n2 juliet@capulet.lit 5 1 [line\n\"quoted\" ☃]\n");
}

static void test_walk_ends_when_asked(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	for (int i = 0; i < 600; i++) {
		char jid[32];
		snprintf(jid, sizeof(jid), "u%d@a.lit", i);
		store_case_add_user(at, jid);
	}
	static const size_t stops[] = { 1, 2, 256, 257, 600 };
	for (size_t i = 0; i < ARRAY_LENGTH(stops); i++) {
		struct seen seen = { .stop_after = stops[i] };
		assert_true(store_users_each(at->store, see_user, &seen));
		assert_int_equal(seen.count, stops[i]);
	}
	struct seen all = { 0 };
	store_users_each(at->store, see_user, &all);
	assert_int_equal(all.count, 600);
}

static bool remove_user(const struct store_user *user, void *data) {
	struct seen *seen = data;
	store_user_remove(seen->store, user->id);
	store_commit(seen->store);
	seen->count++;
	return true;
}

static void test_walk_may_write(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	for (int i = 0; i < 300; i++) {
		char jid[32];
		snprintf(jid, sizeof(jid), "u%d@a.lit", i);
		store_case_add_user(at, jid);
	}
	struct seen seen = { .store = at->store };
	assert_true(store_users_each(at->store, remove_user, &seen));
	assert_int_equal(seen.count, 300);
	assert_int_equal(store_users_count(at->store), 0);
}

static void test_ids_are_never_given_again(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	int64_t chat = store_case_add_chat(at, user, "juliet");
	store_user_remove(at->store, user);
	restart(at);
	int64_t next_user = store_case_add_user(at, "romeo@montague.lit");
	assert_int_equal(next_user, user + 1);
	assert_int_equal(store_case_add_chat(at, next_user, "juliet"), chat + 1);
}

/* rows: N15 */
static void test_credentials_are_sealed(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "username", "romeo");
	gw_form_set(form, "password", "tybalt-must-not-know");
	struct store_user romeo = { .jid = "romeo@montague.lit" };
	int64_t id = store_user_add(at->store, &romeo, form);
	int64_t other = store_case_add_user(at, "juliet@capulet.lit");
	assert_null(store_user_credentials(at->store, other));
	assert_null(store_user_credentials(at->store, 99));
	restart(at);

	struct gw_form *stored = store_user_credentials(at->store, id);
	assert_string_equal(gw_form_value(stored, "password"), "tybalt-must-not-know");
	assert_string_equal(gw_form_value(stored, "username"), "romeo");
	gw_form_free(stored);
	gw_form_set(form, "password", "mercutio-neither");
	store_user_set_credentials(at->store, id, form);
	stored = store_user_credentials(at->store, id);
	assert_string_equal(gw_form_value(stored, "password"), "mercutio-neither");
	gw_form_free(stored);
	gw_form_free(form);
	store_case_close(at);

	FILE *file = fopen(at->path, "re");
	static char bytes[1 << 20];
	size_t size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_null(memmem(bytes, size, "tybalt-must", 11));
	assert_null(memmem(bytes, size, "mercutio", 8));
	assert_non_null(memmem(bytes, size, "romeo@montague.lit", 18));
}

static void test_credentials_of_another_row_do_not_open(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "password", "secret");
	int64_t romeo = store_user_add(at->store, &(struct store_user){ .jid = "romeo@montague.lit" }, form);
	int64_t juliet = store_user_add(at->store, &(struct store_user){ .jid = "juliet@capulet.lit" }, form);
	gw_form_free(form);
	store_case_close(at);
	store_case_sql(at, "UPDATE users SET credentials = (SELECT credentials FROM users WHERE id = 1) WHERE id = 2");
	store_case_open(at);
	assert_null(store_user_credentials(at->store, juliet));
	form = store_user_credentials(at->store, romeo);
	assert_non_null(form);
	gw_form_free(form);
}

/* rows: N4 */
static void test_chats(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	int64_t other = store_case_add_user(at, "benvolio@montague.lit");
	int64_t chat = store_case_add_chat(at, user, "juliet");
	store_case_add_chat(at, user, "");
	store_case_add_chat(at, other, "juliet");
	assert_string_equal(chats_of(at, other), "3 2 juliet - 0 0 0\n");
	store_chat_update(at->store, &(struct store_chat){ .id = chat, .user_id = user, .remote_id = "Juliet",
			.name = "Juliet Capulet", .is_in_roster = true, .is_friend = true });
	store_chat_update(at->store, &(struct store_chat){ .id = 3, .user_id = other, .remote_id = "juliet",
			.is_declined = true });
	restart(at);
	const char *chats = chats_of(at, user);
	assert_non_null(strstr(chats, "1 1 Juliet Juliet Capulet 1 1 0\n"));
	assert_non_null(strstr(chats, "2 1  - 0 0 0\n"));
	assert_string_equal(chats_of(at, other), "3 2 juliet - 0 0 1\n");
	store_chat_remove(at->store, chat);
	assert_string_equal(chats_of(at, user), "2 1  - 0 0 0\n");
}

/* People whom the user has nothing to do with are forgotten, but for those who wrote most, and the newest. */
static void test_chats_are_pruned(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	int64_t other = store_case_add_user(at, "benvolio@montague.lit");
	int64_t listed = store_case_add_chat(at, user, "listed");
	int64_t declined = store_case_add_chat(at, user, "declined");
	int64_t unread = store_case_add_chat(at, user, "unread");
	store_case_add_chat(at, other, "tybalt");
	int64_t known = store_case_add_chat(at, user, "known");
	store_case_add_chat(at, user, "old");
	store_case_add_chat(at, user, "newer");
	store_case_add_chat(at, user, "newest");
	store_chat_update(at->store, &(struct store_chat){ .id = listed, .remote_id = "listed", .is_in_roster = true });
	store_chat_update(at->store, &(struct store_chat){ .id = declined, .remote_id = "declined", .is_declined = true });
	store_unread_put(at->store, unread, "m-1", 1);
	store_their_ids_add(at->store, known, (const uint64_t[]){ 1, 2 }, 2);
	store_chats_prune(at->store, user, 7);
	assert_non_null(strstr(chats_of(at, user), "old"));
	store_chats_prune(at->store, user, 2);
	restart(at);
	const char *chats = chats_of(at, user);
	assert_null(strstr(chats, "old"));
	assert_null(strstr(chats, "newer"));
	for (const char *const *left = (const char *const[]){ "listed", "declined", "unread", "known", "newest", NULL }; *left;
			left++) {
		assert_non_null(strstr(chats, *left));
	}
	assert_non_null(strstr(chats_of(at, other), "tybalt"));
}

static const char *remote(struct store_case *at, int64_t chat, const char *xmpp_id) {
	const char *id = store_message_remote_id(at->store, &at->arena, chat, xmpp_id);
	return id != NULL ? id : "(none)";
}

static const char *xmpp(struct store_case *at, int64_t chat, const char *remote_id) {
	const char *id = store_message_xmpp_id(at->store, &at->arena, chat, remote_id);
	return id != NULL ? id : "(none)";
}

/* Two chats, with the ids 1 and 2. */
static void open_with_chats(struct store_case *at) {
	store_case_open(at);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	assert_int_equal(store_case_add_chat(at, user, "juliet"), 1);
	assert_int_equal(store_case_add_chat(at, user, "nurse"), 2);
}

/* rows: N8 N9 */
static void test_message_ids(void **state) {
	struct store_case *at = *state;
	open_with_chats(at);
	assert_string_equal(remote(at, 1, "x1"), "(none)");
	store_message_id_put(at->store, 1, "x1", "r1", 10);
	store_message_id_put(at->store, 2, "x1", "r2", 10); /* the same id elsewhere is another message */
	assert_string_equal(remote(at, 1, "x1"), "r1");
	assert_string_equal(remote(at, 2, "x1"), "r2");
	assert_string_equal(xmpp(at, 1, "r1"), "x1");
	assert_string_equal(xmpp(at, 1, "r2"), "(none)");
	restart(at);
	assert_string_equal(remote(at, 1, "x1"), "r1");
	assert_string_equal(xmpp(at, 2, "r2"), "x1");

	store_message_id_put(at->store, 1, "x1", "r3", 11); /* replaces */
	assert_string_equal(remote(at, 1, "x1"), "r3");
	assert_string_equal(xmpp(at, 1, "r3"), "x1");
	assert_string_equal(xmpp(at, 1, "r1"), "(none)");
	assert_true(store_message_has_remote_id(at->store, 1, "r1")); /* it has been there, though */
	assert_false(store_message_has_remote_id(at->store, 1, "r2"));

	store_message_id_put(at->store, 1, "x4", "r3", 12); /* one message of the network, two of XMPP: the newer counts */
	assert_string_equal(xmpp(at, 1, "r3"), "x4");
	assert_string_equal(remote(at, 1, "x1"), "r3");
	assert_string_equal(remote(at, 1, "x4"), "r3");
}

static void put_many(struct store_case *at, int64_t chat, int first, int count) {
	for (int i = first; i < first + count; i++) {
		char xmpp_id[16], remote_id[16];
		snprintf(xmpp_id, sizeof(xmpp_id), "x%d", i);
		snprintf(remote_id, sizeof(remote_id), "r%d", i);
		store_message_id_put(at->store, chat, xmpp_id, remote_id, i);
	}
}

/* A question stays cheap, whatever somebody put into a chat. */
static void test_the_newest_ids_of_a_chat_are_known(void **state) {
	struct store_case *at = *state;
	open_with_chats(at);
	put_many(at, 1, 0, 10);
	put_many(at, 2, 0, 2048);
	assert_string_equal(remote(at, 2, "x0"), "r0");
	put_many(at, 2, 3000, 2100); /* a few of them have not moved to the chat yet */
	assert_string_equal(remote(at, 2, "x0"), "(none)");
	assert_string_equal(xmpp(at, 2, "r0"), "(none)");
	assert_string_equal(xmpp(at, 2, "r3000"), "x3000");
	assert_string_equal(xmpp(at, 2, "r5099"), "x5099");
	assert_string_equal(xmpp(at, 1, "r0"), "x0");
}

static void test_pruning(void **state) {
	struct store_case *at = *state;
	open_with_chats(at);
	assert_false(store_message_ids_prune(at->store, 100));
	for (int i = 0; i < 100; i++) {
		put_many(at, 1, 10 * i, 10);
		end_turn(at);
		put_many(at, 2, 10 * i + 500, 1);
		assert_false(store_message_ids_prune(at->store, 0)); /* they move to their chats */
	}
	assert_true(store_message_ids_prune(at->store, 705)); /* in portions */
	assert_string_equal(remote(at, 1, "x639"), "(none)");
	assert_string_equal(remote(at, 1, "x640"), "r640");
	assert_false(store_message_ids_prune(at->store, 705));
	assert_string_equal(remote(at, 1, "x699"), "(none)");
	assert_string_equal(remote(at, 1, "x705"), "r705");
	assert_string_equal(remote(at, 2, "x700"), "(none)");
	assert_string_equal(remote(at, 2, "x710"), "r710");

	put_many(at, 1, 1000, 3000); /* more than count */
	while (store_message_ids_prune(at->store, 0)) {
	}
	store_case_close(at);
	int64_t left;
	assert_true(text_read_integer(store_case_sql(at, "SELECT sum(pair_count) FROM message_ids WHERE chat_id = 1"), 2048,
			2048 + 100, &left));
}

/* Of contacts' messages none is too old to be played back: the newest count. */
static void test_pruning_their_ids(void **state) {
	struct store_case *at = *state;
	open_with_chats(at);
	uint64_t keys[50];
	for (uint64_t first = 0; first < 3000; first += ARRAY_LENGTH(keys)) {
		for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
			keys[i] = first + i;
		}
		store_their_ids_add(at->store, 1, keys, ARRAY_LENGTH(keys));
	}
	store_their_ids_add(at->store, 2, keys, ARRAY_LENGTH(keys));
	while (store_message_ids_prune(at->store, 0)) {
	}
	const uint64_t *known;
	assert_int_equal(store_their_ids(at->store, &at->arena, 1, &known), 2048);
	assert_int_equal(known[2047], 2999);
	store_case_close(at);
	int64_t left;
	assert_true(text_read_integer(store_case_sql(at, "SELECT sum(key_count) FROM their_ids WHERE chat_id = 1"), 2048,
			2048 + (int64_t)ARRAY_LENGTH(keys), &left));
	assert_string_equal(store_case_sql(at, "SELECT sum(key_count) FROM their_ids WHERE chat_id = 2"), "50");
}

/* All chats get their turn, more than one call looks at. */
static void test_pruning_many_chats(void **state) {
	struct store_case *at = *state;
	open_with_chats(at);
	for (int i = 0; i < 200; i++) {
		int64_t chat = store_case_add_chat(at, 1, arena_printf(&at->arena, "contact%d", i));
		put_many(at, chat, i % 2, 1);
		store_unread_put(at->store, chat, "u", i % 2);
		end_turn(at);
	}
	while (store_message_ids_prune(at->store, 1)) {
	}
	store_case_close(at);
	assert_string_equal(store_case_sql(at, "SELECT count(*) FROM message_ids"), "100");
	assert_string_equal(store_case_sql(at, "SELECT count(*) FROM unread"), "100");
}

static void see_id(const char *remote_id, void *data) {
	struct seen *seen = data;
	strcat(seen->text, remote_id);
	strcat(seen->text, " ");
}

static const char *take(struct store_case *at, int64_t chat, const char *up_to) {
	struct seen seen = { 0 };
	store_unread_take(at->store, chat, up_to, see_id, &seen);
	return arena_strdup(&at->arena, seen.text);
}

/* rows: N5 */
static void test_unread(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t user = store_case_add_user(at, "romeo@montague.lit");
	int64_t chat = store_case_add_chat(at, user, "juliet");
	int64_t other = store_case_add_chat(at, user, "nurse");
	static const char *const ids[] = { "z", "b", "a", "c" };
	for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
		store_unread_put(at->store, chat, ids[i], (int64_t)i);
		store_unread_put(at->store, other, ids[i], (int64_t)i);
	}
	restart(at);
	assert_string_equal(take(at, chat, "b"), "z b ");
	assert_string_equal(take(at, chat, "b"), "a c "); /* not among them: all */
	assert_string_equal(take(at, chat, "b"), "");
	store_message_ids_prune(at->store, 2);
	assert_string_equal(take(at, other, "c"), "a c ");
}

/* rows: N16 */
static void test_removed_users_leave_nothing(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t romeo = store_case_add_user(at, "romeo@montague.lit");
	int64_t juliet = store_case_add_user(at, "juliet@capulet.lit");
	int64_t chats[] = { store_case_add_chat(at, romeo, "a"), store_case_add_chat(at, juliet, "b"),
		store_case_add_chat(at, romeo, "c") };
	for (int i = 0; i < 3000; i++) {
		char id[16];
		snprintf(id, sizeof(id), "%d", i);
		store_message_id_put(at->store, chats[i % 3], id, id, i);
		store_unread_put(at->store, chats[i % 3], id, i);
	}
	store_chat_remove(at->store, chats[2]);
	assert_string_equal(remote(at, chats[2], "2"), "(none)");
	assert_string_equal(remote(at, chats[0], "0"), "0");
	store_user_remove(at->store, romeo);
	assert_string_equal(chats_of(at, romeo), "");
	assert_string_equal(users_of(at), "2 juliet@capulet.lit 5 0 []\n");
	assert_string_equal(remote(at, chats[1], "2998"), "2998");
	store_case_close(at);
	store_case_open(at);
	while (store_message_ids_prune(at->store, 0)) {
	}
	store_case_close(at);
	assert_string_equal(store_case_sql(at, "SELECT (SELECT count(*) FROM chats) || ' ' || (SELECT sum(pair_count) FROM "
			"message_ids) || ' ' || (SELECT count(*) FROM unread)"), "1 1000 1000");
}

/* A mistake of the caller costs that write, not the turn. */
static void test_contradictions_are_dropped(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	int64_t romeo = store_case_add_user(at, "romeo@montague.lit");
	store_case_add_user(at, "romeo@montague.lit");
	store_case_add_chat(at, 77, "nobody's");
	int64_t chat = store_case_add_chat(at, romeo, "juliet");
	assert_true(store_commit(at->store));
	restart(at);
	assert_string_equal(users_of(at), "1 romeo@montague.lit 5 0 []\n");
	assert_non_null(strstr(chats_of(at, romeo), "juliet"));
	assert_true(chat > 0);
	assert_int_equal(at->trouble_count, 0);
}

/* rows: N1 */
static void test_files_are_private(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	store_case_add_user(at, "romeo@montague.lit");
	end_turn(at);
	static const char *const suffixes[] = { "", "-wal", "-turns" };
	for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++) {
		struct stat found;
		assert_int_equal(stat(arena_printf(&at->arena, "%s%s", at->path, suffixes[i]), &found), 0);
		assert_int_equal(found.st_mode & 0777, 0600);
	}
	struct stat directory;
	assert_int_equal(stat(arena_printf(&at->arena, "%s/gw.lit", at->directory), &directory), 0);
	assert_int_equal(directory.st_mode & 0777, 0700);
}

static void test_in_memory(void **state) {
	struct store_case *at = *state;
	at->options = (struct store_options){ 0 };
	store_case_open(at);
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "password", "secret");
	int64_t id = store_user_add(at->store, &(struct store_user){ .jid = "romeo@montague.lit" }, form);
	gw_form_free(form);
	end_turn(at);
	form = store_user_credentials(at->store, id);
	assert_string_equal(gw_form_value(form, "password"), "secret");
	gw_form_free(form);
	restart(at);
	assert_int_equal(store_users_count(at->store), 0);
}

/* What was committed is there even if nobody closed the store. */
static void test_commits_survive_a_crash(void **state) {
	struct store_case *at = *state;
	store_case_open(at);
	store_case_add_user(at, "romeo@montague.lit");
	end_turn(at);
	store_case_add_user(at, "juliet@capulet.lit");
	const char *copy = arena_printf(&at->arena, "%s/copy.sqlite", at->directory);
	assert_int_equal(system(arena_printf(&at->arena, "for i in '' -wal -turns; do cp %s$i %s$i; done", at->path, copy)), 0);
	store_case_close(at);
	at->options.path = copy;
	store_case_open(at);
	assert_string_equal(users_of(at), "1 romeo@montague.lit 5 0 []\n");
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, store_case_set_up, store_case_tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_users),
		STORE_TEST(test_walk_ends_when_asked),
		STORE_TEST(test_walk_may_write),
		STORE_TEST(test_ids_are_never_given_again),
		STORE_TEST(test_credentials_are_sealed),
		STORE_TEST(test_credentials_of_another_row_do_not_open),
		STORE_TEST(test_chats),
		STORE_TEST(test_chats_are_pruned),
		STORE_TEST(test_message_ids),
		STORE_TEST(test_the_newest_ids_of_a_chat_are_known),
		STORE_TEST(test_pruning),
		STORE_TEST(test_pruning_their_ids),
		STORE_TEST(test_pruning_many_chats),
		STORE_TEST(test_unread),
		STORE_TEST(test_removed_users_leave_nothing),
		STORE_TEST(test_contradictions_are_dropped),
		STORE_TEST(test_files_are_private),
		STORE_TEST(test_in_memory),
		STORE_TEST(test_commits_survive_a_crash),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
