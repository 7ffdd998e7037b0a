/* SPDX-License-Identifier: MPL-2.0 */
/* What the files of the store share: one SQLite connection, its prepared statements, and the way to write and read. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "net/scope.h"
#include "store/store.h"
#include "store/turn_log.h"
#include "util/digest.h"
#include "util/strbuf.h"

#include <sqlite3.h>

/* Each is prepared at its first use and kept; statements.c has the SQL. */
enum statement {
	TURN_BEGIN,
	TURN_COMMIT,

	USER_ADD,
	USER_SET_CREDENTIALS,
	USER_SET_PREFERENCES,
	USER_SET_TOLD_UNTIL,
	USER_SET_WELCOMED,
	USER_SET_ARCHIVE_UNTIL,
	USER_SET_LEAVING,
	USER_SET_ENTRY,
	USER_FORGET_SETTINGS,
	USER_REMOVE,
	USERS_AFTER,
	USERS_COUNT,
	USER_CREDENTIALS,

	CHAT_ADD,
	CHAT_UPDATE,
	CHAT_REMOVE,
	CHATS_OF_USER,
	CHATS_AFTER,
	CHATS_COUNT,
	CHATS_PRUNE,

	MESSAGE_IDS_PUT_NEW,
	MESSAGE_IDS_NEW,
	MESSAGE_IDS_NEW_COUNT,
	MESSAGE_IDS_ADD,
	MESSAGE_IDS_MOVED,
	MESSAGE_IDS_MOVED_TO,
	MESSAGE_IDS_OF_CHAT,
	MESSAGE_IDS_PRUNE,

	THEIR_IDS_PUT_NEW,
	THEIR_IDS_NEW_AFTER,
	THEIR_IDS_FORGET_NEW,
	THEIR_IDS_OF_CHAT,
	THEIR_IDS_ADD,
	THEIR_IDS_PRUNE,

	DELIVERIES_PUT,
	DELIVERIES_CHANGE,
	DELIVERIES_FORGET,
	DELIVERIES_AFTER,

	ARRIVALS_PUT,
	ARRIVALS_ALL,
	ARRIVALS_FORGET,

	OUTGOING_PUT,
	OUTGOING_SPAN,
	OUTGOING_AFTER,
	OUTGOING_FORGET,

	NUMBER_SET,
	NUMBER,

	UNREAD_PUT,
	UNREAD_OF_CHAT,
	UNREAD_REMOVE,
	UNREAD_PRUNE,

	STATEMENT_COUNT,
};
extern const char *const statement_sql[STATEMENT_COUNT];

/* What is bound to a statement's ?1, ?2, ... Texts and bytes are borrowed for the call. */
struct value {
	enum value_kind { VALUE_NULL,
		VALUE_INTEGER,
		VALUE_TEXT,
		VALUE_BYTES } kind;
	int64_t integer;
	const void *bytes;
	size_t size;
};

struct value value_integer(int64_t integer);
struct value value_text(const char *text); /* NULL is SQL's NULL */
struct value value_bytes(const void *bytes, size_t size);

/* The values of one statement, for the three functions below. */
#define VALUES(...) ((const struct value[]){ __VA_ARGS__ }), \
		(sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value))

void value_bind(sqlite3_stmt *statement, int index, const struct value *value); /* the bytes are borrowed */

/* A write as bytes, for the buffer of a turn and the log of turns: records.c. */
enum { RECORD_MAX_VALUES = 8 };
struct record {
	unsigned statement;
	size_t count;
	struct value values[RECORD_MAX_VALUES]; /* texts and bytes are borrowed from the record */
};
void record_add(struct strbuf *out, enum statement which, const struct value *values, size_t count);
size_t record_read(const char *bytes, size_t at, struct record *out); /* returns where the next one is */

enum { STORE_KNOWN_MAX = 2048 }; /* ids of a chat; the statements say so too */

/* The number by whose name the database knows which turns it has. */
#define LAST_TURN "last_turn"

/* What was written and is not in the database yet, so that it can be repeated: turn.c. */
struct turn {
	struct turn_log *log;   /* NULL: in memory */
	struct turn_log_place place; /* in the log of a life that crashed */
	int64_t number;         /* of the newest turn in the log */
	int64_t settled;        /* turns up to here are in the database */
	bool must_settle;
	struct strbuf writes;   /* of this turn */
	size_t applied_bytes;   /* of the writes: those that the open transaction holds */
	int system_error;       /* errno of the statement that was run last */
	struct gw_timer *retry; /* not NULL: blocked */
	bool is_trouble_told;
	char *trouble;          /* a sentence, while blocked */
	struct loop_hook end;
};

/* Pairs on their way to their chats: message_ids.c. */
struct message_pairs {
	struct strbuf turn; /* of this turn, not written yet */
	unsigned turn_count;
	int64_t turn_put_at_ms;
	unsigned new_count; /* in the table of new ones */
	int64_t last_row;
	int64_t last_pruned_chat_id;
};

struct store {
	struct gw_loop *loop;
	struct gw_scope scope;
	const struct gw_log *log;
	char *path; /* NULL: in memory */
	uint8_t key[DIGEST_KEY_SIZE];
	bool is_sealed;   /* there is no key */

	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	int64_t last_user_id, last_chat_id; /* given; ids are never used twice */

	struct turn turn;
	struct message_pairs message_ids;
	bool is_copy;                /* recognise.c */
	bool is_misread;             /* a query has failed */
	bool is_given_up;            /* nothing is written any more */
	struct gw_timer *checkpoint; /* waits for a pause */
	int wal_pages;               /* in the write-ahead log after the last commit */
	int64_t last_commit_ms;
	void (*on_trouble)(const char *text, void *data);
	void *on_trouble_data;
};

/* Is it the file that was closed last? Around opening and closing: recognise.c. */
void recognise_before(struct store *store);
void recognise(struct store *store);
void recognise_after(const char *path, bool is_copy);

/* What is written goes to the database in pauses: checkpoint.c. */
void checkpoint_init(struct store *store);
void checkpoint_look(struct store *store); /* after each turn */

/* The open transaction goes to the database now, and the log of turns begins anew: turn.c. */
void turn_settle(struct store *store);

/* Into the open transaction goes what the log has and the database has not: repeat.c. */
bool repeat_turns(struct store *store);

/*
 * At the start; the owner has the version that the tables have now. The transaction stays open if the log can be gone on
 * with. False with a sentence: the store cannot be used as it is.
 */
bool repeat_after_crash(struct store *store, const struct turn_log_owner *owner, char **out_error);

/* There are no tables. If a log of turns is beside them, there have been some: the log tells, and a new store begins. */
void repeat_tell_lost(struct store *store);

/* Pairs of ids: what is there when the store is opened, before each commit, and at the end. */
void message_ids_init(struct store *store);
void message_ids_end_turn(struct store *store);
void message_ids_finish(struct store *store);

/* For people: the file, or "the store in memory". */
const char *store_place(const struct store *store);

/*
 * The only way to change anything: part of this turn's transaction, repeated until it works. True when it has been
 * applied, so that sqlite3_changes() tells what it did; false when it waits for the disk.
 */
bool store_write(struct store *store, enum statement which, const struct value *values, size_t count);

/* Reading: `while (query_next(&query)) ...` to the end, or query_finish() before. A failure is logged and ends it. */
struct query {
	struct store *store;
	sqlite3_stmt *row; /* for sqlite3_column_*(); NULL at the end */
	bool is_failed;
};
void query_start(struct query *query, struct store *store, enum statement which, const struct value *values,
		size_t count);
bool query_next(struct query *query);
void query_finish(struct query *query);

/* 0 when there is none. False: it cannot be read, which does not say that there is none. */
bool number_read(struct store *store, const char *name, int64_t *out);

/* A column as text in the arena; NULL stays NULL. */
const char *query_text(const struct query *query, struct arena *arena, int column);

/* A column of bytes in the arena, with a NUL behind them. */
const char *query_text_of_bytes(const struct query *query, struct arena *arena, int column);

/* Numbers as bytes, 8 each, and back (arena); numbers.c. */
void numbers_write(struct strbuf *out, const uint64_t *numbers, size_t count);
const uint64_t *numbers_read(struct arena *arena, const void *from, size_t size, size_t *out_count);
const uint64_t *query_numbers(const struct query *query, struct arena *arena, int column, size_t *out_count);

/* turn.c, for store.c. turn_finish() commits; what cannot be written by then is lost, and logged. */
void turn_init(struct store *store);
void turn_finish(struct store *store);

#endif
