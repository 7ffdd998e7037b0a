/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Writing and reading. The writes of a turn go into a transaction that stays open over many turns, and, as statement and
 * values, into a buffer. At the end of the turn the buffer goes to the log (turn_log.h): then it is on the disk. When the
 * log has grown, or in a pause, the transaction is committed: it settles. When SQLite cannot commit it gives the
 * transaction up (a full disk shows only then, since the page cache does not spill); log and buffer are what is left to try
 * again with. The repeated writes stand in a transaction that is open while the disk is not ready, so that reads go on
 * seeing them. A store in memory has no log, and settles at the end of each turn.
 */
#include "store/database.h"

#include "util/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	RETRY_MS = 1000,

	/* Of a turn that is committed early, so that it does not grow further; if the disk does not take it, all ends. */
	TURN_MAX_BYTES = 64 * 1024 * 1024,

	/* When the open transaction settles: bytes of the log, or of pages in memory; both bound what a restart has to do. */
	SETTLE_BYTES = 8 * 1024 * 1024,
	SETTLE_CACHE_BYTES = 6 * 1024 * 1024,
};

struct value value_integer(int64_t integer) {
	return (struct value){ .kind = VALUE_INTEGER, .integer = integer };
}

struct value value_text(const char *text) {
	if (text == NULL) {
		return (struct value){ .kind = VALUE_NULL };
	}
	return (struct value){ .kind = VALUE_TEXT, .bytes = text, .size = strlen(text) };
}

struct value value_bytes(const void *bytes, size_t size) {
	return (struct value){ .kind = VALUE_BYTES, .bytes = bytes, .size = size };
}

/* Statements */

static sqlite3_stmt *prepare(struct store *store, enum statement which) {
	sqlite3_stmt **slot = &store->statements[which];
	if (*slot == NULL) {
		sqlite3_prepare_v3(store->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
	}
	return *slot;
}

void value_bind(sqlite3_stmt *statement, int index, const struct value *value) {
	switch (value->kind) {
	case VALUE_NULL:
		sqlite3_bind_null(statement, index);
		break;
	case VALUE_INTEGER:
		sqlite3_bind_int64(statement, index, value->integer);
		break;
	case VALUE_TEXT:
		sqlite3_bind_text64(statement, index, value->bytes, value->size, SQLITE_STATIC, SQLITE_UTF8);
		break;
	case VALUE_BYTES:
		sqlite3_bind_blob64(statement, index, value->bytes, value->size, SQLITE_STATIC);
		break;
	}
}

static sqlite3_stmt *prepare_bound(struct store *store, enum statement which, const struct value *values,
		size_t count) {
	sqlite3_stmt *statement = prepare(store, which);
	if (statement != NULL) {
		for (size_t i = 0; i < count; i++) {
			value_bind(statement, (int)i + 1, &values[i]);
		}
	}
	return statement;
}

/* Runs a statement without result rows. SQLITE_OK, or the error that sqlite3_errmsg() then speaks of. */
static int run(struct store *store, enum statement which, const struct value *values, size_t count) {
	sqlite3_stmt *statement = prepare_bound(store, which, values, count);
	if (statement == NULL) {
		return sqlite3_errcode(store->db);
	}
	errno = 0;
	sqlite3_step(statement);
	store->turn.system_error = errno;
	return sqlite3_reset(statement);
}

/* Trouble */

/* The system's words if it was the system, else SQLite's. (SQLite itself forgets the errno of a failed commit.) */
static const char *reason(struct store *store) {
	int error = sqlite3_errcode(store->db) & 0xff;
	if (error == SQLITE_OK) {
		return "what was written before cannot be repeated";
	}
	bool is_of_system = error == SQLITE_IOERR || error == SQLITE_CANTOPEN;
	return is_of_system && store->turn.system_error != 0
			? strerror(store->turn.system_error)
			: sqlite3_errmsg(store->db);
}

static void stay_readable(struct store *store);

static void handle_retry(void *data) {
	store_commit(data);
}

/* Something could not be written: from now on the turn waits for the disk. */
static void block(struct store *store, const char *why) {
	struct turn *turn = &store->turn;
	if (turn->retry == NULL) {
		turn->trouble = mem_printf("Cannot write %s: %s", store_place(store), why);
		turn->retry = gw_timer_start_repeating(&store->scope, RETRY_MS, handle_retry, store);
	}
	stay_readable(store);
}

static void unblock(struct store *store) {
	struct turn *turn = &store->turn;
	if (turn->retry == NULL) {
		return;
	}
	gw_timer_stop(turn->retry);
	turn->retry = NULL;
	free(turn->trouble);
	turn->trouble = NULL;
}

bool store_is_blocked(const struct store *store) {
	return store->turn.retry != NULL;
}

/* Says that trouble began or ended, once each, and where nothing else is going on. */
static void tell_trouble(struct store *store) {
	struct turn *turn = &store->turn;
	bool is_blocked = store_is_blocked(store);
	if (turn->is_trouble_told == is_blocked) {
		return;
	}
	turn->is_trouble_told = is_blocked;
	if (store->on_trouble != NULL) {
		store->on_trouble(turn->trouble, store->on_trouble_data);
	}
}

/* The transaction */

/* Writes that contradict the tables are mistakes of ours: they are dropped, or nothing could ever be written again. */
static bool is_contradiction(int error) {
	return (error & 0xff) == SQLITE_CONSTRAINT;
}

/* When SQLite gave one up, the turns that the log holds come first. */
static bool begin(struct store *store) {
	if (!sqlite3_get_autocommit(store->db)) {
		return true;
	}
	if (run(store, TURN_BEGIN, NULL, 0) != SQLITE_OK) {
		return false;
	}
	if (turn_log_size(store->turn.log) > 0 && !repeat_turns(store)) {
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	return true;
}

/* Brings the open transaction up to all writes of the turn. */
static bool apply_rest(struct store *store) {
	struct turn *turn = &store->turn;
	if (!begin(store)) {
		return false;
	}
	while (turn->applied_bytes < turn->writes.size) {
		struct record record;
		size_t next = record_read(turn->writes.bytes, turn->applied_bytes, &record);
		int error = run(store, (enum statement)record.statement, record.values, record.count);
		if (error != SQLITE_OK && !is_contradiction(error)) {
			return false;
		}
		turn->applied_bytes = next;
	}
	return true;
}

/* In a transaction given up there was more than what fails: that can be read at any time. */
static void stay_readable(struct store *store) {
	for (bool with_writes = true; sqlite3_get_autocommit(store->db); with_writes = false) {
		store->turn.applied_bytes = 0;
		if (!(with_writes ? apply_rest(store) : begin(store)) && !with_writes) {
			return;
		}
	}
}

static void forget_writes(struct turn *turn) {
	strbuf_clear(&turn->writes);
	strbuf_shrink(&turn->writes);
	turn->applied_bytes = 0;
}

/* The turn is on the disk when the log has it; nothing has to be done where there is no disk. */
static bool append(struct store *store) {
	struct turn *turn = &store->turn;
	if (turn->log == NULL || turn->writes.size == 0) {
		return true;
	}
	if (!turn_log_append(turn->log, turn->number + 1, turn->writes.bytes, turn->writes.size)) {
		return false;
	}
	turn->number++;
	forget_writes(turn);
	return true;
}

/* Turns that wait in memory and in the log: as many as are worth the trouble of writing them to the database. */
static bool has_to_settle(const struct store *store) {
	int cache_bytes, highest;
	return store->turn.log == NULL || turn_log_size(store->turn.log) >= SETTLE_BYTES ||
			(sqlite3_db_status(store->db, SQLITE_DBSTATUS_CACHE_USED, &cache_bytes, &highest, 0) == SQLITE_OK &&
					cache_bytes >= SETTLE_CACHE_BYTES);
}

/* Commits in the database what the log has, so that it can begin anew. */
static bool settle(struct store *store) {
	struct turn *turn = &store->turn;
	turn->must_settle = true;
	if (turn->log != NULL && run(store, NUMBER_SET, VALUES(value_text(LAST_TURN), value_integer(turn->number))) != SQLITE_OK) {
		return false;
	}
	if (run(store, TURN_COMMIT, NULL, 0) != SQLITE_OK) {
		return false;
	}
	turn->must_settle = false;
	turn->settled = turn->number;
	if (turn->log != NULL) {
		turn_log_begin_anew(turn->log);
	}
	forget_writes(turn);
	return true;
}

static bool commit(struct store *store) {
	struct turn *turn = &store->turn;
	if (turn->writes.size == 0 && !turn->must_settle) {
		return true;
	}
	if (!apply_rest(store)) {
		block(store, reason(store));
		return false;
	}
	if (!append(store)) {
		block(store, turn_log_reason(turn->log));
		return false;
	}
	if ((turn->must_settle || has_to_settle(store)) && !settle(store)) {
		block(store, reason(store));
		return false;
	}
	checkpoint_look(store);
	unblock(store);
	return true;
}

void turn_settle(struct store *store) {
	store->turn.must_settle = turn_log_size(store->turn.log) > 0;
	commit(store);
	tell_trouble(store);
}

bool store_commit(struct store *store) {
	message_ids_end_turn(store);
	bool is_written = commit(store);
	tell_trouble(store);
	return is_written;
}

/* A turn that large is not one stanza's doing: what it has written so far goes to the disk now. */
static void limit(struct store *store) {
	if (store->turn.writes.size < TURN_MAX_BYTES || commit(store)) {
		return;
	}
	gw_log_error(store->log, "%s still cannot be written and memory for what waits is used up: giving up",
			store_place(store));
	abort();
}

bool store_write(struct store *store, enum statement which, const struct value *values, size_t count) {
	assert(count <= RECORD_MAX_VALUES);
	struct turn *turn = &store->turn;
	if (store->is_given_up) {
		return false;
	}
	bool is_current = turn->applied_bytes == turn->writes.size;
	int error = SQLITE_OK;
	if (is_current && begin(store)) {
		error = run(store, which, values, count);
	} else if (is_current) {
		error = sqlite3_errcode(store->db);
	}
	if (is_contradiction(error)) {
		gw_log_error(store->log, "A write to %s was dropped: %s", store_place(store), sqlite3_errmsg(store->db));
		return false;
	}
	record_add(&turn->writes, which, values, count);
	if (is_current && error == SQLITE_OK) {
		turn->applied_bytes = turn->writes.size;
	} else if (is_current) {
		block(store, reason(store));
	}
	loop_hurry(store->loop);
	limit(store);
	return is_current && error == SQLITE_OK;
}

static void handle_turn_end(void *data) {
	struct store *store = data;
	if (!store_is_blocked(store)) {
		message_ids_end_turn(store);
		commit(store);
	}
	tell_trouble(store);
}

/* The open transaction ends with the connection; what it held of the log of a life that crashed stays in the log. */
void store_give_up(struct store *store) {
	store->is_given_up = true;
	forget_writes(&store->turn);
}

void turn_init(struct store *store) {
	strbuf_init(&store->turn.writes, STRBUF_UNLIMITED);
	store->turn.end = (struct loop_hook){ .run = handle_turn_end, .data = store };
	loop_add_hook(store->loop, LOOP_RANK_COMMIT, &store->turn.end);
}

void turn_finish(struct store *store) {
	struct turn *turn = &store->turn;
	message_ids_end_turn(store);
	turn->must_settle = !store->is_given_up && (turn->writes.size > 0 || turn_log_size(turn->log) > 0);
	if (!commit(store) && (turn->log == NULL || turn->writes.size > 0)) {
		gw_log_error(store->log, "%s could not be written: the last changes are lost", store_place(store));
	}
	turn_log_free(turn->log, turn_log_size(turn->log) > 0);
	loop_remove_hook(store->loop, LOOP_RANK_COMMIT, &store->turn.end);
	strbuf_finish(&store->turn.writes);
	free(store->turn.trouble);
}

/* Reading */

static void fail(struct query *query) {
	query->is_failed = query->store->is_misread = true;
	gw_log_error(query->store->log, "Cannot read %s: %s", store_place(query->store), sqlite3_errmsg(query->store->db));
}

bool store_is_misread(const struct store *store) {
	return store->is_misread;
}

void query_start(struct query *query, struct store *store, enum statement which, const struct value *values,
		size_t count) {
	*query = (struct query){ .store = store, .row = prepare_bound(store, which, values, count) };
	if (query->row == NULL) {
		fail(query);
	}
}

bool query_next(struct query *query) {
	if (query->row == NULL) {
		return false;
	}
	int result = sqlite3_step(query->row);
	if (result == SQLITE_ROW) {
		return true;
	}
	if (result != SQLITE_DONE) {
		fail(query);
	}
	query_finish(query);
	return false;
}

void query_finish(struct query *query) {
	if (query->row != NULL) {
		sqlite3_reset(query->row);
		query->row = NULL;
	}
}

const char *query_text(const struct query *query, struct arena *arena, int column) {
	return arena_strdup(arena, (const char *)sqlite3_column_text(query->row, column));
}

const char *query_text_of_bytes(const struct query *query, struct arena *arena, int column) {
	const char *bytes = sqlite3_column_blob(query->row, column);
	size_t size = (size_t)sqlite3_column_bytes(query->row, column);
	char *copy = arena_alloc(arena, size + 1);
	if (size > 0) {
		memcpy(copy, bytes, size);
	}
	copy[size] = '\0';
	return copy;
}
