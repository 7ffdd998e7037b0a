/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which message is which (algorithm AA1), per chat:
 * - what the network sent has the network's id on the XMPP side too: nothing is stored here for it (their_ids.h);
 * - what the user sent from XMPP has the client's id there, and the pair is stored when the network tells its own.
 *
 * The last pairs are kept in memory: receipts, read marks and answers are about what was just said.
 */
#ifndef GATEWAY_MESSAGE_IDS_H
#define GATEWAY_MESSAGE_IDS_H

#include "gateway/contact.h"
#include "util/arena.h"

/*
 * Longer ids are not remembered, nor is anything found by them: they are those of somebody who means harm. A message of the
 * user's with such an id is refused.
 */
enum { MESSAGE_ID_MAX_BYTES = 1000 };

struct message_ids;

bool message_id_is_short(const char *id);

/* Shorter ids may be counters, which begin anew with each stream. */
bool message_id_is_random(const char *id);

struct message_ids *message_ids_new(struct gw_gateway *gateway);
void message_ids_free(struct message_ids *ids);

/* The user's message got this id on the network. */
void message_ids_put(struct gw_contact *contact, const char *xmpp_id, const char *remote_id);

/* The network has none for it after all. */
void message_ids_withdraw(struct gw_contact *contact, const char *xmpp_id);

/* It got none; and by its id the user's client means no other one any more. */
void message_ids_put_none(struct gw_contact *contact, const char *xmpp_id);

/*
 * Was the network's message with this id sent from XMPP, or shown there as the user's own? And can it be referred to, which
 * it cannot when the client has given its XMPP id to another one since?
 */
bool message_ids_was_own(struct gw_contact *contact, const char *remote_id);
bool message_ids_is_own(struct gw_contact *contact, const char *remote_id);

/*
 * What the network calls the message that the user's client knows by this id; NULL when it is none of the user's, or one
 * that the network gave no id.
 */
const char *message_ids_find_own(struct gw_contact *contact, struct arena *arena, const char *xmpp_id);

/*
 * The same of anybody's; NULL when no such message is known, or it has no id on the network: what the client calls it can be
 * the network's id of another one.
 */
const char *message_ids_find_target(struct gw_contact *contact, struct arena *arena, const char *xmpp_id);

/* The id that the user's client knows the network's message by. Never NULL. */
const char *message_ids_to_xmpp(struct gw_contact *contact, struct arena *arena, const char *remote_id);

#endif
