-- SPDX-License-Identifier: MPL-2.0
-- The tables as all migrations together leave them (migrate.c makes them; a test compares). For readers.

-- Single things to remember. key_check is a value sealed with the key that seals credentials; `user ID leaves` stands there
-- from the moment in which a user is to be removed, and `user ID entry` says what became of the gateway's own entry in
-- their contact list.
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
	credentials BLOB,                     -- serialised answers, sealed for "user ID credentials"
	archive_until_ms INTEGER NOT NULL DEFAULT 0, -- by the server's clock; the user's archive was looked at for all before
	told_until_ms INTEGER NOT NULL DEFAULT 0     -- absences of the gateway before this time are no news to the user
);

-- Contacts of users.
CREATE TABLE chats (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	remote_id TEXT NOT NULL,              -- what the network calls it
	name TEXT,
	is_in_roster INTEGER NOT NULL,
	is_friend INTEGER NOT NULL,
	is_declined INTEGER NOT NULL DEFAULT 0, -- the user does not want it there
	UNIQUE (user_id, remote_id)
);

-- Which message is which: pairs of the XMPP id and the network's id, each id with a NUL behind it, oldest first. put_at_ms
-- is the newest one's. Rows are numbered in the order in which their pairs were told; a newer pair with the same XMPP id
-- counts. There is no index of the ids: message_ids.c says why.
CREATE TABLE message_ids (
	chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
	id INTEGER NOT NULL,
	put_at_ms INTEGER NOT NULL,
	pair_count INTEGER NOT NULL,
	pairs BLOB NOT NULL,
	PRIMARY KEY (chat_id, id)
) WITHOUT ROWID;

-- The pairs that were told last, of all chats, a row for a turn: the chat's id, with a NUL behind it, before each pair.
-- Two thousand at most, then they move to their chats all at once.
CREATE TABLE new_message_ids (
	id INTEGER PRIMARY KEY,
	put_at_ms INTEGER NOT NULL,
	pair_count INTEGER NOT NULL,
	pairs BLOB NOT NULL
);

-- Which messages contacts have sent: keys that stand for the network's ids of them, 8 bytes each, least significant first,
-- oldest first (gateway/their_ids.c). Rows of a chat are numbered, the oldest first.
CREATE TABLE their_ids (
	chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
	id INTEGER NOT NULL,
	key_count INTEGER NOT NULL,
	keys BLOB NOT NULL,
	PRIMARY KEY (chat_id, id)
) WITHOUT ROWID;

-- Those that were sent last, of all chats: what came in one turn, chat and key by turns. They move to their chats many at
-- once.
CREATE TABLE new_their_ids (
	id INTEGER PRIMARY KEY,
	keys BLOB NOT NULL
);

-- Messages that came from the network and were not displayed yet, oldest first.
CREATE TABLE unread (
	chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
	id INTEGER NOT NULL,
	remote_id TEXT NOT NULL,
	put_at_ms INTEGER NOT NULL,
	PRIMARY KEY (chat_id, id)
) WITHOUT ROWID;

-- What modules handed over for users and the XMPP server has not surely taken yet: the stanzas of one turn, as they are
-- written, one behind the other.
CREATE TABLE outgoing (
	id INTEGER PRIMARY KEY,
	put_at_ms INTEGER NOT NULL,
	stanzas BLOB NOT NULL
);

-- What users wrote and the network has not answered yet: the stanzas of one turn, one behind the other, each with the time
-- at which it came. is_handed: the module was asked, so the network may have them.
CREATE TABLE deliveries (
	id INTEGER PRIMARY KEY,
	is_handed INTEGER NOT NULL,
	stanzas BLOB NOT NULL
);

-- Which messages users sent lately: the keys of one turn's, 8 bytes each, least significant first (gateway/arrivals.c).
-- since_ms: all before this time, by the server's clock, had come. came_ms: what that clock showed as they came; 0: not known.
CREATE TABLE arrivals (
	id INTEGER PRIMARY KEY,
	since_ms INTEGER NOT NULL,
	keys BLOB NOT NULL,
	came_ms INTEGER NOT NULL DEFAULT 0
);
