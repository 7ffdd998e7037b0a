/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The user's contact list, from the gateway's side; one engine for every path (W-19). Where the user's server lets us
 * (XEP-0356) entries are written silently; elsewhere, and unless the admin does not want it, the contact asks for a
 * subscription, which the user sees and confirms.
 */
#ifndef GATEWAY_ROSTER_H
#define GATEWAY_ROSTER_H

#include "gateway/contact.h"

/* Once for each contact: not again for somebody whom the user declined or took out, in this run or the next. */
void roster_add(struct gw_contact *contact);

/* The link is ready: what could not be written while it was not. */
void roster_catch_up(struct gw_session *session);

/* Brings name, group and subscription of an entry up to date, where we may write. */
void roster_push(struct gw_contact *contact);

/* Takes the contact out of the list; may be added again. */
void roster_remove(struct gw_contact *contact);

/* What the user decided: the contact is in the list now, or is not wanted there. */
void roster_accepted(struct gw_contact *contact);
void roster_declined(struct gw_contact *contact);

/*
 * The gateway's own entry (row E1): written once, since name and group are the user's from then on; or asked for until the
 * user has answered, in this run or the next.
 */
void roster_add_gateway(struct gw_session *session);
void roster_gateway_accepted(struct gw_session *session);
void roster_gateway_declined(struct gw_session *session);

/*
 * Which clients are there? Not while the user is asked whether we may know: servers answer for the user that we may not, and
 * Prosody then forgets that we asked.
 */
void roster_probe_user(struct gw_session *session);

struct roster_sync_result {
	enum gw_condition condition; /* GW_OK, or why it was not possible */
	const char *text;
	unsigned added, removed, updated;
};

/*
 * Compares the user's list with the session's contacts (rows E3, C23): missing friends are added, changed ones brought
 * up to date, entries of ours in the roster group that the network does not know any more are removed. Calls back once.
 */
void roster_sync(struct gw_session *session, void (*synced)(const struct roster_sync_result *result, void *data),
		void *data);

/* Everything of ours out of the list, and subscriptions ended both ways (B16, B18, W-15). */
void roster_remove_all(struct gw_session *session);

#endif
