/* SPDX-License-Identifier: MPL-2.0 */
/* The SQL that runs while the gateway works. The tables themselves: schema.sql. */
#include "store/database.h"

/* Rows are numbered for each chat, and lie in this order: what is added next to what was added last. */
#define NEXT_ID(table) "(SELECT coalesce(max(id), 0) + 1 FROM " table " WHERE chat_id = ?1)"

/* At most ?3 of a chat's oldest rows, if they are of before ?2 or no longer among the newest. */
#define PRUNE(table, newest) \
	"DELETE FROM " table " WHERE chat_id = ?1" \
	" AND id IN (SELECT id FROM " table " WHERE chat_id = ?1 ORDER BY id LIMIT ?3)" \
	" AND (put_at_ms < ?2 OR id < " newest ")"

/* The row with which a chat's 2048 newest begin, where a row holds many. */
#define FIRST_OF(table, count) \
	"coalesce((SELECT max(id) FROM (SELECT id, sum(" count ") OVER (ORDER BY id DESC) AS newer" \
	" FROM " table " WHERE chat_id = ?1) WHERE newer >= 2048), 0)"
#define FIRST_OF_PAIRS FIRST_OF("message_ids", "pair_count")
#define FIRST_OF_KEYS FIRST_OF("their_ids", "key_count")
#define FIRST_OF_UNREAD "coalesce((SELECT id FROM unread WHERE chat_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET 2047), 0)"

const char *const statement_sql[STATEMENT_COUNT] = {
	[TURN_BEGIN] = "BEGIN IMMEDIATE",
	[TURN_COMMIT] = "COMMIT",

	[USER_ADD] = "INSERT INTO users (id, jid, registered_at_ms, is_welcomed, preferences, credentials, told_until_ms)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?3)",
	[USER_SET_CREDENTIALS] = "UPDATE users SET credentials = ?2 WHERE id = ?1",
	[USER_SET_PREFERENCES] = "UPDATE users SET preferences = ?2 WHERE id = ?1",
	[USER_SET_ARCHIVE_UNTIL] = "UPDATE users SET archive_until_ms = ?2 WHERE id = ?1",
	[USER_SET_TOLD_UNTIL] = "UPDATE users SET told_until_ms = ?2 WHERE id = ?1",
	[USER_SET_WELCOMED] = "UPDATE users SET is_welcomed = 1 WHERE id = ?1",
	[USER_SET_LEAVING] = "INSERT OR REPLACE INTO settings (name, value) VALUES ('user ' || ?1 || ' leaves', 1)",
	[USER_SET_ENTRY] = "INSERT OR REPLACE INTO settings (name, value) VALUES ('user ' || ?1 || ' entry', ?2)",
	[USER_FORGET_SETTINGS] = "DELETE FROM settings WHERE name IN ('user ' || ?1 || ' leaves', 'user ' || ?1 || ' entry')",
	[USER_REMOVE] = "DELETE FROM users WHERE id = ?1",
	[USERS_AFTER] = "SELECT id, jid, registered_at_ms, is_welcomed, preferences, archive_until_ms,"
		" EXISTS (SELECT 1 FROM settings WHERE name = 'user ' || users.id || ' leaves'), told_until_ms,"
		" coalesce((SELECT value FROM settings WHERE name = 'user ' || users.id || ' entry'), 0) FROM users"
		" WHERE id > ?1 ORDER BY id LIMIT ?2",
	[USERS_COUNT] = "SELECT count(*) FROM users",
	[USER_CREDENTIALS] = "SELECT credentials FROM users WHERE id = ?1",

	[CHAT_ADD] = "INSERT INTO chats (id, user_id, remote_id, name, is_in_roster, is_friend, is_declined)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[CHAT_UPDATE] = "UPDATE chats SET remote_id = ?2, name = ?3, is_in_roster = ?4, is_friend = ?5, is_declined = ?6"
		" WHERE id = ?1",
	[CHAT_REMOVE] = "DELETE FROM chats WHERE id = ?1",
	[CHATS_OF_USER] = "SELECT id, remote_id, name, is_in_roster, is_friend, is_declined FROM chats WHERE user_id = ?1",
	[CHATS_COUNT] = "SELECT count(*) FROM chats WHERE user_id = ?1",
	[CHATS_PRUNE] = "DELETE FROM chats WHERE id IN (SELECT id FROM chats WHERE user_id = ?1 AND NOT is_in_roster"
			" AND NOT is_declined AND NOT EXISTS (SELECT 1 FROM message_ids WHERE chat_id = chats.id)"
			" AND NOT EXISTS (SELECT 1 FROM unread WHERE chat_id = chats.id)"
			" ORDER BY (SELECT count(*) FROM their_ids WHERE chat_id = chats.id) DESC, id DESC LIMIT -1 OFFSET ?2)",
	[CHATS_AFTER] = "SELECT id FROM chats WHERE id > ?1 ORDER BY id LIMIT ?2",

	[MESSAGE_IDS_PUT_NEW] = "INSERT INTO new_message_ids (id, put_at_ms, pair_count, pairs) VALUES (?1, ?2, ?3, ?4)",
	[MESSAGE_IDS_NEW] = "SELECT put_at_ms, pairs FROM new_message_ids ORDER BY id",
	[MESSAGE_IDS_NEW_COUNT] = "SELECT coalesce(sum(pair_count), 0), max(coalesce(max(id), 0),"
		" coalesce((SELECT value FROM settings WHERE name = 'last_message_id'), 0)) FROM new_message_ids",
	[MESSAGE_IDS_ADD] = "INSERT INTO message_ids (chat_id, id, put_at_ms, pair_count, pairs)"
		" SELECT id, ?2, ?3, ?4, ?5 FROM chats WHERE id = ?1",
	[MESSAGE_IDS_MOVED] = "DELETE FROM new_message_ids",
	[MESSAGE_IDS_MOVED_TO] = "INSERT OR REPLACE INTO settings (name, value) VALUES ('last_message_id', ?1)",
	[MESSAGE_IDS_OF_CHAT] = "SELECT pairs FROM message_ids WHERE chat_id = ?1 AND id >= " FIRST_OF_PAIRS " ORDER BY id",
	[MESSAGE_IDS_PRUNE] = PRUNE("message_ids", FIRST_OF_PAIRS),

	[THEIR_IDS_PUT_NEW] = "INSERT INTO new_their_ids (id, keys) VALUES (?1, ?2)",
	[THEIR_IDS_NEW_AFTER] = "SELECT id, keys FROM new_their_ids WHERE id > ?1 ORDER BY id LIMIT 1",
	[THEIR_IDS_FORGET_NEW] = "DELETE FROM new_their_ids WHERE id <= ?1",
	[THEIR_IDS_OF_CHAT] = "SELECT keys FROM their_ids WHERE chat_id = ?1 AND id >= " FIRST_OF_KEYS " ORDER BY id",
	[THEIR_IDS_ADD] = "INSERT INTO their_ids (chat_id, id, key_count, keys)"
		" SELECT id, " NEXT_ID("their_ids") ", ?2, ?3 FROM chats WHERE id = ?1",
	[THEIR_IDS_PRUNE] = "DELETE FROM their_ids WHERE chat_id = ?1 AND id < " FIRST_OF_KEYS,

	[DELIVERIES_PUT] = "INSERT INTO deliveries (id, is_handed, stanzas) VALUES (?1, ?2, ?3)",
	[DELIVERIES_CHANGE] = "UPDATE deliveries SET stanzas = ?2 WHERE id = ?1",
	[DELIVERIES_FORGET] = "DELETE FROM deliveries WHERE id = ?1",
	[DELIVERIES_AFTER] = "SELECT id, is_handed, stanzas FROM deliveries WHERE id > ?1 ORDER BY id LIMIT 1",

	[ARRIVALS_PUT] = "INSERT INTO arrivals (id, since_ms, keys, came_ms) VALUES (?1, ?2, ?3, ?4)",
	[ARRIVALS_ALL] = "SELECT id, since_ms, keys, came_ms FROM arrivals ORDER BY id",
	[ARRIVALS_FORGET] = "DELETE FROM arrivals WHERE id <= ?1",

	[OUTGOING_PUT] = "INSERT INTO outgoing (id, put_at_ms, stanzas) VALUES (?1, ?2, ?3)",
	[OUTGOING_SPAN] = "SELECT coalesce(max(id), 0), coalesce(sum(length(stanzas)), 0) FROM outgoing",
	[OUTGOING_AFTER] = "SELECT id, put_at_ms, stanzas FROM outgoing WHERE id > ?1 ORDER BY id LIMIT 1",
	[OUTGOING_FORGET] = "DELETE FROM outgoing WHERE id <= ?1",

	[NUMBER_SET] = "INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)",
	[NUMBER] = "SELECT value FROM settings WHERE name = ?1",

	[UNREAD_PUT] = "INSERT INTO unread (chat_id, id, remote_id, put_at_ms)"
		" VALUES (?1, " NEXT_ID("unread") ", ?2, ?3)",
	[UNREAD_OF_CHAT] = "SELECT id, remote_id FROM unread WHERE chat_id = ?1 ORDER BY id",
	[UNREAD_REMOVE] = "DELETE FROM unread WHERE chat_id = ?1 AND id <= ?2",
	[UNREAD_PRUNE] = PRUNE("unread", FIRST_OF_UNREAD),
};
