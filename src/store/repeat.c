/* SPDX-License-Identifier: MPL-2.0 */
/* Turns that stand in the log but not in the database: after a crash, and when SQLite gave up a transaction of many turns. */
#include "store/database.h"

#include "store/migrate.h"
#include "util/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run through the log, with its own statements: they may be those of another version. */
struct repetition {
	struct store *store;
	struct turn_log_frames frames;
	sqlite3_stmt **statements;
	unsigned count;    /* of turns */
	int64_t last_turn;
};

static sqlite3_stmt *statement_of(struct repetition *repetition, unsigned number) {
	if (number >= repetition->frames.sql_count) {
		return NULL;
	}
	sqlite3_stmt **slot = &repetition->statements[number];
	if (*slot == NULL) {
		sqlite3_prepare_v2(repetition->store->db, repetition->frames.sql[number], -1, slot, NULL);
	}
	return *slot;
}

/* What contradicts the tables was dropped the first time, too. */
static bool repeat_record(struct repetition *repetition, const struct record *record) {
	sqlite3_stmt *statement = statement_of(repetition, record->statement);
	if (statement == NULL) {
		return false;
	}
	for (size_t i = 0; i < record->count; i++) {
		value_bind(statement, (int)i + 1, &record->values[i]);
	}
	sqlite3_step(statement);
	int error = sqlite3_reset(statement) & 0xff;
	return error == SQLITE_OK || error == SQLITE_CONSTRAINT;
}

static bool repeat_frame(struct repetition *repetition, const char *bytes, size_t size) {
	for (size_t at = 0; at < size;) {
		struct record record;
		at = record_read(bytes, at, &record);
		if (!repeat_record(repetition, &record)) {
			return false;
		}
	}
	return true;
}

/* All turns behind this one, which have to follow it without a gap. */
static bool repeat_after(struct repetition *repetition, int64_t settled) {
	const char *bytes;
	size_t size;
	int64_t turn = 0;
	repetition->last_turn = settled;
	while (turn_log_next(&repetition->frames, &turn, &bytes, &size)) {
		if (turn <= settled) {
			continue;
		}
		if (turn != repetition->last_turn + 1) {
			break;
		}
		if (!repeat_frame(repetition, bytes, size)) {
			return false;
		}
		repetition->last_turn = turn;
		repetition->count++;
	}
	return true;
}

static bool start(struct repetition *repetition, struct store *store) {
	*repetition = (struct repetition){ .store = store };
	if (!turn_log_read(store->path, &repetition->frames)) {
		return false;
	}
	repetition->statements = mem_new((repetition->frames.sql_count + 1) * sizeof(*repetition->statements));
	return true;
}

static void finish(struct repetition *repetition) {
	for (size_t i = 0; i < repetition->frames.sql_count; i++) {
		sqlite3_finalize(repetition->statements[i]);
	}
	free(repetition->statements);
	turn_log_close(&repetition->frames);
}

bool repeat_turns(struct store *store) {
	struct repetition repetition;
	if (!start(&repetition, store)) {
		return false;
	}
	bool is_done = repeat_after(&repetition, store->turn.settled) && repetition.last_turn == store->turn.number;
	finish(&repetition);
	return is_done;
}

/* --- At the start --- */

/* What a log has, without repeating it. */
struct contents {
	struct turn_log_frames frames; /* looked at to the end; borrowed */
	int64_t first, last;           /* turns; 0: there are none */
};

static struct contents look_through(const struct turn_log_frames *frames) {
	struct contents contents = { .frames = *frames };
	const char *bytes;
	size_t size;
	if (turn_log_next(&contents.frames, &contents.first, &bytes, &size)) {
		contents.last = contents.first;
		while (turn_log_next(&contents.frames, &contents.last, &bytes, &size)) {
		}
	}
	return contents;
}

/* A log that is not this database's, or of another time of it, has nothing to say. */
static bool is_meant_for(const struct repetition *repetition, const struct contents *contents, int64_t settled,
		const struct turn_log_owner *owner) {
	const struct turn_log_frames *frames = &contents->frames;
	if (contents->last <= settled) {
		return false;
	}
	if (frames->database != owner->database || frames->schema != owner->schema || contents->first > settled + 1) {
		gw_log_warning(repetition->store->log, "%s-turns belongs to another database, or to another time of this one: it "
				"is not used", store_place(repetition->store));
		return false;
	}
	return true;
}

/* The store is as it was at an earlier moment, which is better than none; but somebody has to know. */
static void tell_damage(const struct repetition *repetition, const struct contents *contents, int64_t settled,
		const struct turn_log_owner *owner) {
	const struct turn_log_frames *frames = &contents->frames;
	int64_t last = contents->last > settled ? contents->last : settled;
	if (frames->is_headless || (frames->database == owner->database && turn_log_has_more(frames, last))) {
		gw_log_error(repetition->store->log, "%s-turns is damaged: some of what was stored last before the crash is lost",
				store_place(repetition->store));
	}
}

static bool run(struct store *store, const char *sql) {
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool settle(struct store *store, int64_t turn) {
	char sql[128];
	snprintf(sql, sizeof(sql), "INSERT OR REPLACE INTO settings (name, value) VALUES ('" LAST_TURN "', %" PRId64 ")", turn);
	return run(store, sql) && run(store, "COMMIT");
}

/*
 * The log is gone on with where that can be done, as if nothing had happened: the disk may have no room now. Tables that a
 * migration is about to change want it settled.
 */
static bool repeat_all(struct repetition *repetition, const struct turn_log_owner *owner) {
	struct store *store = repetition->store;
	if (!run(store, "BEGIN IMMEDIATE") || !repeat_after(repetition, store->turn.settled)) {
		return false;
	}
	if (owner->schema == (int)migration_count) {
		store->turn.place = turn_log_place(&repetition->frames, owner);
	}
	store->turn.number = repetition->last_turn;
	if (store->turn.place.end == 0) {
		store->turn.settled = repetition->last_turn;
		return settle(store, repetition->last_turn);
	}
	return true;
}

void repeat_tell_lost(struct store *store) {
	struct turn_log_frames frames;
	const char *bytes;
	size_t size;
	int64_t turn = 0;
	if (turn_log_read(store->path, &frames) && turn_log_next(&frames, &turn, &bytes, &size)) {
		gw_log_error(store->log, "%s is missing or empty, and %s-turns beside it is not: nobody is registered any more; put a "
				"backup back, if there is one", store_place(store), store_place(store));
	}
	turn_log_close(&frames);
}

bool repeat_after_crash(struct store *store, const struct turn_log_owner *owner, char **out_error) {
	struct repetition repetition;
	if (!start(&repetition, store)) {
		*out_error = mem_printf("Cannot read %s-turns: %s", store_place(store), strerror(errno));
		return false;
	}
	const struct contents contents = look_through(&repetition.frames);
	tell_damage(&repetition, &contents, store->turn.settled, owner);
	bool is_done = true;
	if (repetition.frames.is_newer) {
		is_done = false;
		*out_error = mem_printf("%s-turns was written by a newer Gangway, which did not end in order: start that one once "
				"more, so that what it took in is not lost", store_place(store));
	} else if (is_meant_for(&repetition, &contents, store->turn.settled, owner)) {
		is_done = repeat_all(&repetition, owner);
		if (is_done) {
			gw_log_info(store->log, "%u turns that only %s-turns held are in the store again", repetition.count,
					store_place(store));
		} else {
			*out_error = mem_printf("Cannot bring what %s-turns holds into the store: %s", store_place(store),
					sqlite3_errmsg(store->db));
		}
	}
	finish(&repetition);
	return is_done;
}
