/* SPDX-License-Identifier: MPL-2.0 */
/* A person on the network: a live object of its session, made once and kept. */
#ifndef GATEWAY_CONTACT_H
#define GATEWAY_CONTACT_H

#include "gateway/actor.h"
#include "gateway/session.h"

#include <gangway/contact.h>

enum {
	CONTACT_ID_MAX_BYTES = 1023,
	CONTACT_GUESSES_MAX = 2000, /* of a session, in one run */
	CONTACTS_KEPT_MAX = 5000,   /* of a user, from one run to the next, that are not in the contact list */
};

/* The resource that contacts speak with: clients address answers to it. */
#define CONTACT_RESOURCE "gangway"

/* The key of the gateway's hash: whose contact, and which. */
struct contact_key {
	int64_t session_id;
	char local[]; /* prepared local part, with its NUL */
};

struct gw_contact {
	struct gw_session *session;
	void *module_data;
	struct gw_actor actor;
	struct gw_chat chat;
	struct gw_contact *previous, *next; /* of the session */
	int64_t chat_id; /* of the store; 0: not stored yet */
	struct theirs *theirs; /* which messages the contact has sent; NULL: nobody asked yet (their_ids.h) */
	struct marks *marks;   /* which were passed on lately; NULL: none (marks.h) */
	char *id;        /* the network's */
	char *name;      /* NULL: none */
	char *bare_jid, *full_jid;
	char *status;
	int64_t last_seen_ms; /* 0: not known */
	struct gw_timer *refresh; /* of the words about it */
	enum gw_show show;
	bool is_friend;
	bool is_in_roster;
	bool is_asked_for; /* the entry was written, or a subscription was asked for: once is enough, whatever the answer */
	bool is_declined;  /* and the answer was no, or the user has taken the entry out since then: stored */
	bool is_entry_due; /* the contact list has to be brought up to date when the link is ready */
	bool is_listed;    /* while the list is being compared: it has an entry */
	bool is_shown;     /* the last presence that left for the user was an available one */
	bool is_news;      /* it is to be told once more: what it shows, last_seen_ms or the words about it changed since then */
	struct contact_key *key;
	UT_hash_handle hh;
};

/* By the local part of an address as it stands in a stanza. */
struct gw_contact *contact_find_by_local(struct gw_session *session, const char *local);

/*
 * The same; made when the address is one that a person on this network can have. NULL: nobody can be there, or the user
 * has asked for too many already (contacts_are_many).
 */
struct gw_contact *contact_get_by_local(struct gw_session *session, const char *local);
bool contacts_are_many(const struct gw_session *session);

/*
 * The first of a session's contacts, NULL when there are none; then along `next`. They are read from the store when they
 * are first of interest, not when the gateway starts: a hundred thousand users must not keep it from answering.
 */
struct gw_contact *contacts_first(struct gw_session *session);

/* All of a session's, without a word to anyone. */
void contacts_close(struct gw_session *session);

/* In the store from now on: before the first thing that is stored about it. */
int64_t contact_chat_id(struct gw_contact *contact);

/* What the contact is doing, again, to one address or (NULL) to the account. */
void contact_send_presence(struct gw_contact *contact, const char *to);

/* Everybody offline, because the network is gone: told once to the user. */
void contacts_set_offline(struct gw_session *session);

/* Writes name, friendship and what is known of the entry in the contact list to the store. */
void contact_store(struct gw_contact *contact);

#endif
