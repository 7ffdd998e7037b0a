/* SPDX-License-Identifier: MPL-2.0 */
/* The SQL that runs while the gateway works. The tables themselves: schema.sql. */
#include "store/database.h"

/* All batches of message ids from the oldest to the newest; see message_ids.c. */
#define WITH_BATCHES \
	"WITH RECURSIVE batches(n) AS (" \
	" SELECT min(id) >> 10 FROM message_ids" \
	" UNION ALL" \
	" SELECT n + 1 FROM batches WHERE n < (SELECT max(id) >> 10 FROM message_ids)" \
	") "

/*
 * The oldest rows, if they are of before ?1. Rows are in the order in which they were put, so one from long after the
 * newest was written while the clock was wrong, and goes too.
 */
#define PRUNE(table) \
	"DELETE FROM " table " WHERE id IN (SELECT id FROM " table " ORDER BY id LIMIT ?2)" \
	" AND (put_at_ms < ?1" \
	"  OR put_at_ms > 86400000 + (SELECT put_at_ms FROM " table " ORDER BY id DESC LIMIT 1))"

const char *const statement_sql[STATEMENT_COUNT] = {
	[TURN_BEGIN] = "BEGIN IMMEDIATE",
	[TURN_COMMIT] = "COMMIT",

	[USER_ADD] = "INSERT INTO users (id, jid, registered_at_ms, is_welcomed, preferences, credentials)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[USER_SET_CREDENTIALS] = "UPDATE users SET credentials = ?2 WHERE id = ?1",
	[USER_SET_PREFERENCES] = "UPDATE users SET preferences = ?2 WHERE id = ?1",
	[USER_SET_WELCOMED] = "UPDATE users SET is_welcomed = 1 WHERE id = ?1",
	[USER_REMOVE] = "DELETE FROM users WHERE id = ?1",
	[USERS_AFTER] = "SELECT id, jid, registered_at_ms, is_welcomed, preferences FROM users"
		" WHERE id > ?1 ORDER BY id LIMIT ?2",
	[USERS_COUNT] = "SELECT count(*) FROM users",
	[USER_CREDENTIALS] = "SELECT credentials FROM users WHERE id = ?1",

	[CHAT_ADD] = "INSERT INTO chats (id, user_id, remote_id, name, is_in_roster, is_friend)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[CHAT_UPDATE] = "UPDATE chats SET remote_id = ?2, name = ?3, is_in_roster = ?4, is_friend = ?5 WHERE id = ?1",
	[CHAT_REMOVE] = "DELETE FROM chats WHERE id = ?1",
	[CHATS_OF_USER] = "SELECT id, remote_id, name, is_in_roster, is_friend FROM chats WHERE user_id = ?1",

	[MESSAGE_ID_PUT] = "INSERT INTO message_ids (chat_id, xmpp_id, remote_id, put_at_ms) VALUES (?1, ?2, ?3, ?4)",
	[MESSAGE_IDS_REMOVE_OF_CHAT] = WITH_BATCHES
		"DELETE FROM message_ids WHERE id IN ("
		" SELECT m.id FROM batches CROSS JOIN message_ids AS m"
		" WHERE m.id >> 10 = n AND m.chat_id = ?1)",
	[MESSAGE_IDS_REMOVE_OF_USER] = WITH_BATCHES
		"DELETE FROM message_ids WHERE id IN ("
		" SELECT m.id FROM batches CROSS JOIN chats AS c CROSS JOIN message_ids AS m"
		" WHERE c.user_id = ?1 AND m.id >> 10 = n AND m.chat_id = c.id)",
	[MESSAGE_IDS_PRUNE] = PRUNE("message_ids"),
	[MESSAGE_IDS_RANGE] = "SELECT (SELECT min(id) FROM message_ids), (SELECT max(id) FROM message_ids)",
	[MESSAGE_ID_BY_XMPP_ID] = "SELECT id, remote_id FROM message_ids"
		" WHERE id >> 10 = ?1 AND chat_id = ?2 AND xmpp_id = ?3 ORDER BY id DESC LIMIT 1",
	[MESSAGE_ID_BY_REMOTE_ID] = "SELECT id, xmpp_id FROM message_ids"
		" WHERE id >> 10 = ?1 AND chat_id = ?2 AND remote_id = ?3 ORDER BY id DESC",

	[UNREAD_PUT] = "INSERT INTO unread (chat_id, remote_id, put_at_ms) VALUES (?1, ?2, ?3)",
	[UNREAD_OF_CHAT] = "SELECT id, remote_id FROM unread WHERE chat_id = ?1 ORDER BY id",
	[UNREAD_REMOVE] = "DELETE FROM unread WHERE chat_id = ?1 AND id <= ?2",
	[UNREAD_PRUNE] = PRUNE("unread"),
};
