/* SPDX-License-Identifier: MPL-2.0 */
/*
 * When the write-ahead log goes into the database. That waits for the disk, some 10 to 40 ms, so it is done in a pause:
 * when nothing has been committed for a moment. Only a log that has grown large without any pause is not left to wait.
 */
#include "store/database.h"

enum {
	PAUSE_MS = 400,
	WORTHWHILE_PAGES = 64,
	MOST_PAGES = 1000, /* 4 MiB */
};

static void handle_pause(void *data);

/* After each commit: how long the log is now. */
static int committed(void *data, sqlite3 *db, const char *name, int pages) {
	struct store *store = data;
	store->last_commit_ms = gw_now_ms(store->loop);
	if (pages >= MOST_PAGES) {
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	} else if (pages >= WORTHWHILE_PAGES && !store->checkpoint) {
		store->checkpoint = gw_timer_start(&store->scope, PAUSE_MS, handle_pause, store);
	}
	return SQLITE_OK;
}

static void handle_pause(void *data) {
	struct store *store = data;
	int64_t quiet_ms = gw_now_ms(store->loop) - store->last_commit_ms;
	store->checkpoint = NULL;
	if (quiet_ms < PAUSE_MS || store_is_blocked(store)) {
		store->checkpoint = gw_timer_start(&store->scope, PAUSE_MS, handle_pause, store);
		return;
	}
	/* What does not work now works at another pause, or is told when a commit fails. */
	sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

void checkpoint_init(struct store *store) {
	sqlite3_wal_hook(store->db, committed, store);
}
