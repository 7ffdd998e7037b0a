/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What users write to the network. A message is stored before anything else happens to it, and stays so until the network
 * has answered; the answer, and what follows from it, is stored in the same turn in which the message is forgotten.
 *
 *	WAITING -> HANDED -> answered
 *	   ^_________| the module says that it was surely not sent
 *
 * While the network is away messages wait, in their order, as long as the user wants them kept; the receipt is withheld. What
 * the module had been asked when the process died may have reached the network: that is told to the user, once, and not
 * repeated, unless the module recognises a message that it is given again (recognises_messages), or the network had played it
 * back already. What corrects or takes back a message waits until that, and whatever else changes it, is answered.
 */
#ifndef GATEWAY_DELIVERIES_H
#define GATEWAY_DELIVERIES_H

#include "gateway/gateway.h"
#include "xmpp/stanza.h"

/* Of one user, that are not answered. One message is taken, however long it is. */
enum {
	DELIVERIES_MAX = 500,
	DELIVERIES_MAX_BYTES = 1024 * 1024, /* of memory, about */
};

struct delivery_row;

/* One message. All of it lives in the stanza's arena. */
struct delivery {
	struct stanza *stanza;
	struct gw_session *session;
	struct gw_contact *contact;
	size_t bytes;            /* of memory that it takes */
	int64_t received_at_ms;
	int64_t since_ms;        /* the same by gw_now_ms(), which nobody sets; of an earlier life as far as the clock tells */
	int64_t number;          /* in the order in which they came, whatever the clock says and whichever row they stand in */
	enum delivery_state { DELIVERY_WAITING, DELIVERY_READY, DELIVERY_HANDED, DELIVERY_UNCERTAIN } state;
	bool has_waited;         /* the module is told when it was written */
	struct gw_request *request; /* whose late answer is still of interest */
	int64_t told_at_ms;      /* that it is uncertain (uncertain.h); stored */
	int64_t uncertain_since_ms; /* the same by gw_now_ms(), which nobody sets */
	bool was_handed;         /* in an earlier life of the process, or in doubt: the network may have it */
	const char *changes;     /* delivery_target(); "": of no known id; NULL: not handed over yet */
	const char *replies_to;  /* delivery_replies_to(), likewise */
	bool has_remote_id;      /* in this life */
	const char *takes_back;  /* what the network calls the message that the module is asked to take back; NULL: it is not */
	bool is_taken_back;      /* and that is done; stored, so that what is handed over again goes on from there */
	const char *nonce;       /* delivery_nonce() */
	const char *echo_id;     /* under which the network has played it back (echoes.h); "": without one; NULL: it has not */
	bool is_echo_sure;       /* it had the nonce */
	const char *echo_text;   /* and what it said; NULL when that was in an earlier life */
	bool is_earlier;         /* handed over before the last login, and not answered yet */
	uint64_t ready_since;    /* the turn */
	struct gw_timer *expiry; /* while it waits */
	struct delivery *prev, *next;               /* of the session, in the order in which they came */
	struct delivery *row_prev, *row_next;       /* stored together */
	struct delivery *ready_prev, *ready_next;   /* to be handed over in the next turn */
	struct delivery_row *row;
};

struct deliveries *deliveries_new(struct gw_gateway *gateway);
void deliveries_free(struct deliveries *deliveries);

/* Takes up what an earlier life of the process has left; the users are there. */
void deliveries_restore(struct gw_gateway *gateway);

/*
 * Takes a message of the user's to this contact (keeps the stanza), to be handed to the module once it is stored, or when
 * the user is logged in again. Or refuses it, with *out_text (in the stanza's arena).
 */
enum gw_condition deliveries_take(struct gw_session *session, struct gw_contact *contact, struct stanza *stanza,
		const char **out_text);

/* Nobody can be told any more what becomes of it (keeps the stanza): if it is for a contact, the next life takes it up. */
void deliveries_leave_behind(struct deliveries *deliveries, struct stanza *stanza);

/*
 * Messages that come from now on may have to stand behind others that are still looked for (recovery.h): they are kept back
 * as long as their session is behind.
 */
void deliveries_hold(struct deliveries *deliveries);
void deliveries_hold_no_longer(struct deliveries *deliveries);
bool delivery_is_held(const struct delivery *delivery);

/* Behind all that have come, with room before it. */
int64_t deliveries_next_number(struct deliveries *deliveries);

/* One that is stored, or comes out of an archive, in its place: its notes (delivery_notes.h) say which (keeps the stanza). */
struct delivery *delivery_take_up(struct gw_session *session, struct gw_contact *contact, struct stanza *stanza);

/* What could not be stored can be now. */
void deliveries_resume(struct gw_gateway *gateway);

/* The module's answer is here: the message is forgotten, and its memory goes. */
void delivery_finish(struct delivery *delivery);
void delivery_forget(struct delivery *delivery); /* which does not mean that it has arrived */

/* It goes back into its place among those that wait; and those that wait are handed over as far as that is possible. */
void delivery_wait(struct delivery *delivery);
void deliveries_hand_over(struct gw_session *session);

/*
 * The module has surely not sent it, or would recognise it: it waits again, and so does everything behind it, for the next
 * login or a few seconds, the next time twice as long.
 */
void delivery_not_sent(struct delivery *delivery);

/* Finishes it and sends it back to the user: that it was not done, and why. */
void delivery_refuse(struct delivery *delivery, enum gw_condition condition, const char *text);

/*
 * The same when nobody knows whether it was done: why not, as the beginning of a sentence. If it turns out that it was, the
 * hook on_confirmed is called, and has to finish it.
 */
void delivery_refuse_uncertain(struct delivery *delivery, enum gw_condition condition, const char *why);

/* One that waits goes back: refused, unless the network may have it all the same. */
void delivery_give_up(struct delivery *delivery, const char *text);

/* It is no longer among those of its session that are under way. */
void delivery_leave_session(struct delivery *delivery);

/* What it is known by to the module, and may be to the network: stays the same in the next life of the process. */
const char *delivery_nonce(struct delivery *delivery);

/*
 * Does its id mean it? Clients that count their messages begin anew: when one that is uncertain turns out to have arrived, its
 * id may be another one's by then.
 */
bool delivery_has_id(const struct delivery *delivery);

/* By what the user's client can refer to it; of one that has no id something else that tells that it is the user's. */
const char *delivery_xmpp_id(struct delivery *delivery);

/* It is what the network calls so; and nothing that was written before it, and has the same id, is that any more. */
void delivery_put_remote_id(struct delivery *delivery, const char *remote_id);

/* The network has played it back under this id ("": without one), or (NULL) it turned out to be another one. Stored with it. */
void delivery_set_echo(struct delivery *delivery, const char *remote_id);

/* Under which id; NULL: it has not, or without one. */
const char *delivery_echo_id(const struct delivery *delivery);

/* What it takes back is gone. Stored with it. */
void delivery_set_taken_back(struct delivery *delivery);

/* Something that is stored with it (delivery_notes.h) has changed. */
void delivery_notes_changed(struct delivery *delivery);

/* The network has told that it has it, or that what it takes back is gone: whatever becomes of the answer, this arrived. */
bool delivery_was_played_back(const struct delivery *delivery);

/*
 * The session is logged in: what waits is handed over. It is not, for a while: what waits has a time limit from now on. Or
 * it will not be by itself: what waits goes back to the user.
 */
void deliveries_session_came(struct gw_session *session);
void deliveries_session_went(struct gw_session *session);
void deliveries_session_stays_away(struct gw_session *session, const char *why);

/* The user may want that to be longer or shorter now. */
void deliveries_preferences_changed(struct gw_session *session);

/* The session is closed; what waits stays stored. */
void deliveries_close(struct gw_session *session);

/* How many of the session's wait for the network. */
size_t deliveries_waiting_count(const struct gw_session *session);

#endif
