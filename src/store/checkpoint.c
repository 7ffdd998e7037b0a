/* SPDX-License-Identifier: MPL-2.0 */
/*
 * When the log of turns goes into the write-ahead log, and that into the database. The second waits for the disk, some 10
 * to 40 ms, so both are done in a pause: when nothing has been written for a moment. Only what has grown large without any
 * pause is not left to wait.
 */
#include "store/database.h"

enum {
	PAUSE_MS = 400,
	WORTHWHILE_BYTES = 256 * 1024,
	WORTHWHILE_PAGES = 64,
	MOST_PAGES = 1000, /* 4 MiB */
};

static void handle_pause(void *data);

static void wait_for_pause(struct store *store) {
	if (!store->checkpoint) {
		store->checkpoint = gw_timer_start(&store->scope, PAUSE_MS, handle_pause, store);
	}
}

/* After each commit: how long the write-ahead log is now. */
static int committed(void *data, sqlite3 *db, const char *name, int pages) {
	struct store *store = data;
	store->wal_pages = pages;
	if (pages >= MOST_PAGES) {
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	}
	return SQLITE_OK;
}

void checkpoint_look(struct store *store) {
	store->last_commit_ms = gw_now_ms(store->loop);
	if (turn_log_size(store->turn.log) >= WORTHWHILE_BYTES || store->wal_pages >= WORTHWHILE_PAGES) {
		wait_for_pause(store);
	}
}

static void handle_pause(void *data) {
	struct store *store = data;
	int64_t quiet_ms = gw_now_ms(store->loop) - store->last_commit_ms;
	store->checkpoint = NULL;
	if (quiet_ms < PAUSE_MS || store_is_blocked(store) || store->turn.writes.size > 0) {
		wait_for_pause(store);
		return;
	}
	/* What does not work now works at another pause, or is told when a turn cannot be written. */
	turn_settle(store);
	if (store->wal_pages >= WORTHWHILE_PAGES && !store_is_blocked(store)) {
		sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		store->wal_pages = 0;
	}
}

void checkpoint_init(struct store *store) {
	sqlite3_wal_hook(store->db, committed, store);
}
