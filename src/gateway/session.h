/* SPDX-License-Identifier: MPL-2.0 */
/* A registered user and their login to the network: the states, and the one engine that reconnects. */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include "gateway/resources.h"
#include "module/request.h"
#include "net/scope.h"
#include "store/store.h"

#include <gangway/contact.h>
#include <gangway/module.h>
#include <gangway/session.h>
#include <uthash.h>

enum session_state {
	SESSION_IDLE,        /* no attempt is planned: wrong credentials, or just opened */
	SESSION_QUEUED,      /* waits for its turn to log in */
	SESSION_LOGGING_IN,
	SESSION_LOGGED_IN,
	SESSION_RETRYING,    /* waits for the time of the next attempt */
	SESSION_LOGGING_OUT,
	SESSION_CLOSED,      /* out of all lists; its memory goes at the end of the turn */
};

/* What of a user's waits for the XMPP server: share.h. */
struct share {
	struct share_heap {
		size_t bytes;
		uint64_t end; /* its place in the journal */
	} earlier, later;
	bool is_held;
	struct gw_session *previous, *next; /* among those who are */
};

/* The gateway's own entry in the user's contact list: roster.h. The numbers are stored. */
enum gateway_entry {
	ENTRY_UNKNOWN,
	ENTRY_WRITTEN,  /* by us; from then on it is the user's */
	ENTRY_ACCEPTED, /* we asked, and may see the user's presence */
	ENTRY_DECLINED,
};

struct gw_session {
	struct gw_gateway *gateway;
	void *module_data;
	struct gw_scope scope;
	struct gw_log log;
	struct gw_jid jid; /* bare; its strings are in jid_strings */
	char *jid_strings;
	int64_t id;        /* of the store */
	char *preferences; /* serialised */
	bool is_welcomed;
	int64_t archive_until_ms; /* recovery.c */
	bool is_told_of_self;    /* that what they do elsewhere cannot be shown */
	bool is_told_of_corrections; /* that they are new messages on this network */
	enum gateway_entry entry; /* stored */
	bool is_entry_due;       /* it has to be written when the link is ready */
	bool is_entry_asked_for; /* the user has not answered yet, and may have been asked before that */
	bool is_leaving;         /* for good: stored, so that it is gone on with after a restart */
	struct removal *removal; /* which is under way; NULL: none */
	bool is_user_waiting; /* the next login's failure is worth a message, not only a status */

	enum session_state state;
	unsigned failures;    /* in a row; 0 while logged in */
	unsigned past_failures; /* before the login that succeeded last */
	int64_t logged_in_at_ms;
	enum gw_loss loss;    /* the last one */
	struct gw_timer *retry;
	struct gw_request *login, *logout;
	struct after_logout *after_logout; /* who waits for the logout, in order */
	struct gw_session *queue_next;
	bool is_queued;       /* stands in the login queue */
	struct gw_timer *turn; /* while it counts among the logins that run at once */

	enum gw_show show;    /* the status line */
	char *status;
	bool is_status_news;  /* it changed since it was told last: news.h */
	bool has_news;        /* it, or a contact's presence, waits to be told */

	struct resources resources; /* the user's clients */
	struct gw_contact *first_contact; /* contacts_first() reads them from the store */
	bool has_contacts;                /* they have been read */
	unsigned guess_count;             /* contacts that are there because the user asked for their addresses */
	bool is_behind;          /* messages of before this link may be missing still: recovery.h */
	bool is_archive_waiting; /* to be asked: in gateway->recovery */
	struct gw_session *archive_prev, *archive_next;
	int64_t heard_ms;                   /* when the user wrote last, by the loop's clock; 0: not in this life */
	int64_t told_until_ms;                /* absences before this time are no news */
	int64_t missed_from_ms, missed_to_ms; /* what they wrote in between may be lost, and they have to be told: absence.h */
	bool was_there, is_told_later;        /* when the link broke; and when they are there again */
	struct share share;
	struct delivery *deliveries;      /* messages that the network has not answered yet: deliveries.h */
	int64_t next_bounce_ms;           /* when the next message that the user's server sends back is worth a line */
	unsigned refused_count;           /* messages that came back to the user */
	char *last_refusal;               /* to whom, and why; NULL: none did */
	struct returned_line *returned;   /* of those, what is still to be told: returned.h */
	struct early_list *early;         /* what was told about them before they had an id; NULL: nothing was (early.h) */
	struct delivery *uncertain;       /* those that may have arrived: uncertain.h */
	unsigned uncertain_count;
	struct gw_timer *again;           /* they wait for this, because one could not be sent */
	int64_t again_ms;                 /* how long, the last time; 0: one has arrived since then */
	unsigned delivery_count, in_flight_count; /* all of them; those that the module has been asked about */
	unsigned earlier_count;           /* of these, before the last login */
	size_t delivery_bytes, uncertain_bytes;
	UT_hash_handle hh;
};

/* The session of a new or stored account; the module's memory is there, nothing is started. */
struct gw_session *session_new(struct gw_gateway *gateway, const struct store_user *user);

/* Leaves all lists at once and ends everything of it; the account stays in the store. Memory goes at the turn's end. */
void session_close(struct gw_session *session);

struct gw_session *session_find(struct gw_gateway *gateway, const char *bare_jid);

/* Asks for a login as soon as it is this session's turn. Does nothing when logged in or already on the way. */
void session_log_in(struct gw_session *session);

/* Logs out if needed, then logs in anew: after changed credentials, and for the command `re-login`. */
void session_log_in_again(struct gw_session *session);

/*
 * Logs out (whatever state it is in) and then calls back, exactly once. Several may wait for the same logout: each looks
 * at the state it finds, which may be SESSION_CLOSED by then.
 */
void session_log_out(struct gw_session *session, void (*logged_out)(struct gw_session *session, void *data), void *data);

/* Is it logged in, or going to be without anybody's doing? */
bool session_will_come_back(const struct gw_session *session);

/* Called by the login queue when it is this session's turn. */
void session_begin_login(struct gw_session *session);

/* The status line again, to one full address or (NULL) to the account. */
void session_send_status(struct gw_session *session, const char *to);

/* The link is back: the status line, who is there, and who went meanwhile. */
void session_send_presences(struct gw_session *session);

/* The user's clients came, changed or went: the module hears what they show all in all, if the user prefers so. */
void session_user_changed(struct gw_session *session);

/* A boolean of the preferences, with its default. */
bool session_prefers(struct gw_session *session, const char *var);

/* Why messages cannot be taken now, as a sentence; for errors to clients. */
const char *session_unavailable_text(struct arena *arena, const struct gw_session *session);

#endif
