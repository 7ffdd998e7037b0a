-- SPDX-License-Identifier: MPL-2.0
-- The tables as all migrations together leave them (migrate.c makes them; a test compares). For readers.

-- Things to remember about the database itself: key_check is a value sealed with the key that seals credentials.
CREATE TABLE settings (
	name TEXT PRIMARY KEY,
	value
) WITHOUT ROWID;

-- Who has an account on the gateway. AUTOINCREMENT remembers the highest id ever given.
CREATE TABLE users (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	jid TEXT NOT NULL UNIQUE,             -- bare
	registered_at_ms INTEGER NOT NULL,
	is_welcomed INTEGER NOT NULL,         -- the welcome message was sent
	preferences TEXT NOT NULL,            -- serialised answers
	credentials BLOB                      -- serialised answers, sealed for "user ID credentials"
);

-- Contacts of users.
CREATE TABLE chats (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	remote_id TEXT NOT NULL,              -- what the network calls it
	name TEXT,
	is_in_roster INTEGER NOT NULL,
	is_friend INTEGER NOT NULL,
	UNIQUE (user_id, remote_id)
);

-- Which message is which, in the order in which they were told; a newer pair with the same XMPP id counts. Both indexes
-- are cut into batches of 1024 rows, so that what is added together lies together: message_ids.c says why. A batch has
-- no foreign key to the chats for the same reason; removing a chat removes its rows.
CREATE TABLE message_ids (
	id INTEGER PRIMARY KEY,
	chat_id INTEGER NOT NULL,
	xmpp_id TEXT NOT NULL,
	remote_id TEXT NOT NULL,
	put_at_ms INTEGER NOT NULL
);
CREATE INDEX message_ids_by_xmpp_id ON message_ids (id >> 10, chat_id, xmpp_id);
CREATE INDEX message_ids_by_remote_id ON message_ids (id >> 10, chat_id, remote_id);

-- Messages that came from the network and were not displayed yet, oldest first.
CREATE TABLE unread (
	id INTEGER PRIMARY KEY,
	chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
	remote_id TEXT NOT NULL,
	put_at_ms INTEGER NOT NULL
);
CREATE INDEX unread_by_chat ON unread (chat_id);
