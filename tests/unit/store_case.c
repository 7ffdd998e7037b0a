/* SPDX-License-Identifier: MPL-2.0 */
/* What the tests of the store share. */
#include "store_case.h"

#include "util/log.h"
#include "util/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ftw.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void drop_line(enum gw_log_level level, const char *line, void *data) {
	(void)level;
	(void)line;
	(void)data;
}

static void hear_trouble(const char *text, void *data) {
	struct store_case *at = data;
	if (text != NULL) {
		at->trouble_count++;
		snprintf(at->trouble, sizeof(at->trouble), "%s", text);
	} else {
		at->recovery_count++;
	}
}

int store_case_set_up(void **state) {
	struct store_case *at = mem_new(sizeof(*at));
	log_set_sink(drop_line, NULL);
	at->loop = loop_new();
	loop_hold_clock(at->loop, 1000);
	strcpy(at->directory, "/tmp/gangway-store-XXXXXX");
	assert_non_null(mkdtemp(at->directory));
	snprintf(at->path, sizeof(at->path), "%s/gw.lit/store.sqlite", at->directory);
	memset(at->key, 7, sizeof(at->key));
	at->options = (struct store_options){ .path = at->path, .key = at->key, .on_trouble = hear_trouble, .data = at };
	*state = at;
	return 0;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *place) {
	(void)found;
	(void)kind;
	(void)place;
	return remove(path);
}

int store_case_tear_down(void **state) {
	struct store_case *at = *state;
	store_case_close(at);
	loop_free(at->loop);
	nftw(at->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_finish(&at->arena);
	arena_release_cache();
	free(at);
	log_set_sink(NULL, NULL);
	return 0;
}

void store_case_open(struct store_case *at) {
	char *error = NULL;
	at->store = store_open(at->loop, &at->options, &error);
	if (at->store == NULL) {
		print_error("%s\n", error);
		free(error);
	}
	assert_non_null(at->store);
	assert_null(error);
}

void store_case_close(struct store_case *at) {
	store_close(at->store);
	at->store = NULL;
	loop_end_turn(at->loop);
}

const char *store_case_refused(struct store_case *at) {
	char *error = NULL;
	assert_null(store_open(at->loop, &at->options, &error));
	assert_non_null(error);
	const char *copy = arena_strdup(&at->arena, error);
	free(error);
	return copy;
}

const char *store_case_sql(struct store_case *at, const char *sql) {
	sqlite3 *db;
	const char *answer = NULL;
	assert_int_equal(sqlite3_open(at->path, &db), SQLITE_OK);
	for (const char *rest = sql; *rest != '\0';) {
		sqlite3_stmt *statement;
		assert_int_equal(sqlite3_prepare_v2(db, rest, -1, &statement, &rest), SQLITE_OK);
		int result;
		while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
			const char *text = (const char *)sqlite3_column_text(statement, 0);
			answer = answer != NULL ? answer : arena_strdup(&at->arena, text);
		}
		assert_int_equal(result, SQLITE_DONE);
		sqlite3_finalize(statement);
	}
	sqlite3_close(db);
	return answer;
}

const char *store_case_print_of(struct store_case *at, const char *path) {
	struct stat found;
	if (stat(path, &found) != 0) {
		return "";
	}
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	uint8_t *bytes = mem_new((size_t)found.st_size + 1);
	assert_int_equal(fread(bytes, 1, (size_t)found.st_size, file), found.st_size);
	fclose(file);
	uint8_t hash[DIGEST_SHA256_SIZE];
	digest_sha256(bytes, (size_t)found.st_size, hash);
	free(bytes);
	return arena_printf(&at->arena, "%s %lld.%09ld", digest_hex(&at->arena, hash, sizeof(hash)),
			(long long)found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
}

int64_t store_case_add_user(struct store_case *at, const char *jid) {
	return store_user_add(at->store, &(struct store_user){ .jid = jid, .registered_at_ms = 5 }, NULL);
}

int64_t store_case_add_chat(struct store_case *at, int64_t user_id, const char *remote_id) {
	return store_chat_add(at->store, &(struct store_chat){ .user_id = user_id, .remote_id = remote_id });
}
