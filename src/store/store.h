/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What survives a restart. One store for each gateway; an embedded SQLite file is the first backend, and nothing above
 * this header knows it.
 *
 * Writes of one turn of the loop are one transaction, committed at the turn's end before the turn's bytes leave the
 * sockets. A write never fails in the caller's face: when the disk is full or the medium broken, the turn's writes are
 * kept in memory and tried again every second, `on_trouble` is told once, bytes are held back and the gateway stops
 * reading (store_is_blocked) until it works again. Reads see the writes of their own turn.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "net/loop.h"
#include "util/arena.h"

#include <gangway/form.h>
#include <gangway/log.h>
#include <stdint.h>

struct store;

struct store_options {
	const char *path;   /* of the database; NULL: in memory */
	const uint8_t *key; /* DIGEST_KEY_SIZE bytes that seal credentials; copied. NULL: random, in memory only */
	bool is_sealed;     /* without a key: credentials stay as they are, and can be neither read nor written */
	const struct gw_log *log;
	bool durable;       /* each commit survives a loss of power too, at the price of a sync; else the loss of the process */

	/* Writing fails (text says why, for the admin) or works again (NULL). May be NULL. */
	void (*on_trouble)(const char *text, void *data);
	void *data;
};

/*
 * Opens, creates (0600, in a directory of 0700) or migrates; before a migration the file is copied to PATH.before-vN. NULL,
 * and a sentence for the admin in *out_error (free()): unreadable, corrupt, in use, of another program, of a newer version,
 * or sealed with another key. Nothing is changed then.
 */
struct store *store_open(struct gw_loop *loop, const struct store_options *options, char **out_error);
void store_close(struct store *store); /* commits first */

/* Ends the turn's transaction now; true when all is on disk. Called by the loop's commit hook, and at shutdown. */
bool store_commit(struct store *store);

/* Writes are waiting for the disk: nothing may leave that depends on them. */
bool store_is_blocked(const struct store *store);

/*
 * The file is not the one that was open last, or has been written to since: it was copied, or put back from a backup. Then it
 * may not know of things that have happened meanwhile. True until somebody says that it has been dealt with.
 */
bool store_is_copy(const struct store *store);
void store_copy_is_dealt_with(struct store *store);

/*
 * The file gangway.key in this directory, made (0600) at first use; $CREDENTIALS_DIRECTORY/gangway-key goes before it.
 * False with a sentence: it cannot be read, is no key, or others can read it.
 */
bool store_key_load(const char *directory, uint8_t *out_key, char **out_error);

/* --- Accounts --- */

struct store_user {
	int64_t id;
	const char *jid;         /* bare */
	int64_t registered_at_ms;
	bool is_welcomed;        /* the welcome message was sent */
	int64_t told_until_ms;    /* absences of the gateway before this time are no news to the user */
	int64_t archive_until_ms; /* by the server's clock: the user's archive was looked at for all of before */
	const char *preferences; /* serialised answers, "" for none */
	bool is_leaving;         /* is to be removed, as soon as the network and the contact list can be told */
	int64_t entry;           /* what became of the gateway's own entry in the contact list; 0: not known */
};

/*
 * In the order of their ids. The strings are borrowed for the call; `each` may write, and false from it ends the walk.
 * False when the walk could not be completed because reading failed (logged).
 */
bool store_users_each(struct store *store, bool (*each)(const struct store_user *user, void *data), void *data);
size_t store_users_count(struct store *store);

/* The id is given by the store (never used twice). Credentials are sealed. */
int64_t store_user_add(struct store *store, const struct store_user *user, const struct gw_form *credentials);
void store_user_set_credentials(struct store *store, int64_t user_id, const struct gw_form *credentials);
struct gw_form *store_user_credentials(struct store *store, int64_t user_id); /* caller frees; NULL: none or cannot be opened */
void store_user_set_preferences(struct store *store, int64_t user_id, const char *preferences);
void store_user_set_welcomed(struct store *store, int64_t user_id);
void store_user_set_told_until(struct store *store, int64_t user_id, int64_t until_ms);
void store_user_set_archive_until(struct store *store, int64_t user_id, int64_t until_ms);
void store_user_set_leaving(struct store *store, int64_t user_id);
void store_user_set_entry(struct store *store, int64_t user_id, int64_t entry);
void store_user_remove(struct store *store, int64_t user_id); /* with everything that is theirs */

/* --- Chats: contacts today, rooms later --- */

struct store_chat {
	int64_t id;
	int64_t user_id;
	const char *remote_id;  /* the network's id, any text */
	const char *name;       /* NULL: none */
	bool is_in_roster;      /* we put it into the user's roster */
	bool is_friend;
	bool is_declined;       /* the user does not want it there */
};

/* The same for one user's chats, in no order. */
bool store_chats_each(struct store *store, int64_t user_id, bool (*each)(const struct store_chat *chat, void *data),
		void *data);

/*
 * Forgets those that are not in the contact list, have nothing unread and no messages that the user could still change, but
 * for so many of whom most was heard, and then the newest.
 */
void store_chats_prune(struct store *store, int64_t user_id, size_t keep);

int64_t store_chat_add(struct store *store, const struct store_chat *chat);
void store_chat_update(struct store *store, const struct store_chat *chat);
void store_chat_remove(struct store *store, int64_t chat_id);

/* --- Message ids: which message is which, per chat (AA1, W-8); the 2048 newest pairs of a chat are known --- */

/* The pair replaces an older one with the same XMPP id in this chat. */
void store_message_id_put(struct store *store, int64_t chat_id, const char *xmpp_id, const char *remote_id,
		int64_t now_ms);

/* Copied into the arena; NULL when not known. */
const char *store_message_remote_id(struct store *store, struct arena *arena, int64_t chat_id, const char *xmpp_id);
const char *store_message_xmpp_id(struct store *store, struct arena *arena, int64_t chat_id, const char *remote_id);

/* Whether or not its XMPP id has been given to another message since. */
bool store_message_has_remote_id(struct store *store, int64_t chat_id, const char *remote_id);

/*
 * Forgets pairs and unread ids that were put before this time or that 2048 newer ones of their chat have followed. A
 * bounded number a call: call again soon as long as it returns true, and then some time later.
 */
bool store_message_ids_prune(struct store *store, int64_t before_ms);

/* --- Which messages contacts have sent, each as a number that stands for its id --- */

/* What was sent in one turn, of all chats: chat and key by turns. The id is the caller's and larger than all before. */
struct store_numbers {
	int64_t id;
	const uint64_t *numbers;
	size_t count;
};
void store_their_ids_put_new(struct store *store, const struct store_numbers *row);

/* The first row behind this id, copied into the arena; false: there is none, or reading failed (logged). */
bool store_their_ids_new_after(struct store *store, struct arena *arena, int64_t id, struct store_numbers *out);

/* The rows up to this id. */
void store_their_ids_forget_new(struct store *store, int64_t up_to_id);

/* Of one chat, the 2048 newest, oldest first; copied into the arena. Adding does nothing when the chat is gone. */
size_t store_their_ids(struct store *store, struct arena *arena, int64_t chat_id, const uint64_t **out_keys);
void store_their_ids_add(struct store *store, int64_t chat_id, const uint64_t *keys, size_t count);
void store_their_ids_prune(struct store *store, int64_t chat_id); /* the others */

/* --- What users wrote and the network has not answered yet: in the order in which it came --- */

struct store_deliveries {
	int64_t id;          /* the caller's, larger than all before */
	bool is_handed;      /* the module was asked */
	const char *stanzas; /* as they are written, one behind the other */
	size_t size;
};

void store_deliveries_put(struct store *store, const struct store_deliveries *row);
void store_deliveries_change(struct store *store, int64_t id, const char *stanzas, size_t size);
void store_deliveries_forget(struct store *store, int64_t id);

/* The first row behind this id, copied into the arena; false: there is none, or reading failed (logged). */
bool store_deliveries_after(struct store *store, struct arena *arena, int64_t id, struct store_deliveries *out);

/* --- Which messages came from users lately, each as a number that stands for it --- */

struct store_arrivals {
	int64_t id;       /* the caller's, larger than all before */
	int64_t since_ms; /* they came after this time, before which all has come */
	int64_t came_ms;  /* and about then; 0: not known. Both by the server's clock */
	const uint64_t *keys;
	size_t count;
};

void store_arrivals_put(struct store *store, const struct store_arrivals *row);

/* The oldest row first; rows are borrowed until the callback returns. */
void store_arrivals_each(struct store *store, void (*each)(const struct store_arrivals *row, void *data), void *data);

/* The rows up to this id. */
void store_arrivals_forget(struct store *store, int64_t up_to_id);

/* --- Single numbers to remember, by name; 0: not there --- */

void store_number_set(struct store *store, const char *name, int64_t number);
int64_t store_number(struct store *store, const char *name);

/* --- What has to reach the XMPP server: rows in the order of their ids, forgotten from the first one on --- */

struct store_outgoing {
	int64_t id;
	int64_t put_at_ms;
	const char *stanzas; /* as they are written, one behind the other */
	size_t size;
};

/* The id is the caller's and larger than all before. */
void store_outgoing_put(struct store *store, const struct store_outgoing *row);

/* The first row behind this id, copied into the arena; false: there is none, or reading failed (logged). */
bool store_outgoing_after(struct store *store, struct arena *arena, int64_t id, struct store_outgoing *out);

/* The largest id, 0 when there is no row, and the size of all rows. Looks at each of them: once, at the start. */
void store_outgoing_span(struct store *store, int64_t *out_last_id, size_t *out_bytes);

/* The rows up to this id. */
void store_outgoing_forget(struct store *store, int64_t up_to_id);

/* --- Messages that a contact sent and the user has not displayed yet (mark_all_messages; rows G16, H6) --- */

void store_unread_put(struct store *store, int64_t chat_id, const char *remote_id, int64_t now_ms);

/*
 * Walks the unread ids oldest first, up to and including this one (all of them when it is not among them), and forgets
 * them.
 */
void store_unread_take(struct store *store, int64_t chat_id, const char *up_to_remote_id,
		void (*each)(const char *remote_id, void *data), void *data);

/* --- A store that cannot be read --- */

/* Has a query failed since it was opened? What was taken for missing may be there then. */
bool store_is_misread(const struct store *store);

/* Nothing that this turn has written, or that is written from now on, counts: it rests on what was misread. */
void store_give_up(struct store *store);

#endif
