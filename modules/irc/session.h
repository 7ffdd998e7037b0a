/* SPDX-License-Identifier: MPL-2.0 */
/* A user's life on IRC: their one connection, and who they talk to over it. */
#ifndef IRC_SESSION_H
#define IRC_SESSION_H

#include "client.h"
#include "deliveries.h"
#include "playback.h"

#include <gangway/gangway.h>

/* The module's memory of a session. */
struct irc_session {
	struct gw_session *session;
	char *host;                /* of the server, as it stands in addresses; NULL before the first login */
	struct irc_client *client; /* NULL when not connected */
	struct gw_request *login, *logout; /* not answered yet */
	struct irc_deliveries deliveries;
	unsigned strangers;        /* people who wrote first, since then: a day */
	int64_t strangers_since_ms;
	bool are_strangers_many;   /* which the user was told */
	unsigned all_strangers;    /* in this life of the process */
	struct irc_twin *twins;    /* people.c: contacts by folded nickname, of this mapping, up to this one */
	enum irc_casemap twins_casemap;
	const struct gw_contact *newest;
	bool is_renamed;           /* the network has changed the user's nickname, since the login */
	struct irc_move *moves;    /* the contacts' */
	struct irc_playback playback; /* of this connection */
	int64_t ctcp_answered_at_ms;
};

/* And of a contact. */
struct irc_contact {
	bool is_away; /* told so when written to */
	struct irc_move *move; /* of who had this nickname and took another one; NULL: they are here, for all we know */
};

struct irc_move {
	struct irc_move *next, *prev;
	char nick[IRC_NAME_MAX]; /* what they are called now */
};

/* Callbacks of struct gw_module. */
void irc_session_opened(struct gw_session *session);
void irc_session_closed(struct gw_session *session);
void irc_login(struct gw_request *req, struct gw_session *session);
void irc_logout(struct gw_request *req, struct gw_session *session);
void irc_validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form);
bool irc_is_contact_id(struct gw_session *session, const char *id);
void irc_on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message);

/*
 * People (people.c). The id of a contact is nick%server, or only the nick where the admin fixed the server. Contacts are
 * found by the network's idea of sameness; `nick` is what they are called right now.
 */
struct gw_contact *irc_contact_find(struct irc_session *mine, const char *nick);
struct gw_contact *irc_contact_get(struct irc_session *mine, const char *nick); /* NULL: there are too many already */

int64_t irc_session_now_ms(const struct irc_session *mine); /* gw_now_ms() */

/*
 * Whose nickname it is. Went: to that other nickname. Came: from another one, which makes them who they were only if they
 * had gone there. Back: they have written under it. The user writes to nobody who went.
 */
void irc_contact_went(struct gw_contact *contact, const char *nick);
void irc_contact_came(struct gw_contact *contact, const char *nick);
void irc_contact_is_back(struct gw_contact *contact);
void irc_people_forget_moves(struct irc_session *mine); /* when the session is over, and its contacts */

/* What was noted of their names counts no more: the server is another, or the session ends. */
void irc_people_forget_twins(struct irc_session *mine);

/* The nickname to write to. False: the id belongs to another server. */
bool irc_contact_nick(struct irc_session *mine, const struct gw_contact *contact, char *out, size_t size);

/* The network calls the user otherwise now: services do so where a nickname is somebody's. The status line tells it. */
void irc_session_renamed(struct irc_session *mine);

/* Lines about messages (incoming.c), and the bookkeeping of those on their way (outgoing.c). */
void irc_session_read(struct irc_session *mine, const struct irc_line *line);
void irc_session_written(struct irc_session *mine, unsigned batch);
void irc_session_ponged(struct irc_session *mine, unsigned serial);
void irc_contact_delivered(struct gw_contact *contact);
void irc_contact_stopped(struct gw_contact *contact, unsigned batch);
void irc_contact_refused(struct gw_contact *contact, const char *beginning, const char *text, bool is_sure);

#endif
