/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which messages contacts have sent, by the network's ids, and what became of messages: a network may play back what it sent
 * before, and what refers to a message must not be applied to another one. The 2048 newest of a chat are known, in this life
 * of the process and the next ones.
 */
#ifndef GATEWAY_THEIR_IDS_H
#define GATEWAY_THEIR_IDS_H

#include "gateway/contact.h"

struct their_ids;

struct their_ids *their_ids_new(struct gw_gateway *gateway);
void their_ids_free(struct their_ids *ids);

enum their_event { THEIR_MESSAGE, A_RETRACTION };

/* False: it was noted before. */
bool their_ids_note(struct gw_contact *contact, enum their_event event, const char *remote_id);

/* What was noted in this turn could not be passed on: when it comes again it is new. */
void their_ids_forget(struct gw_contact *contact, enum their_event event, const char *remote_id);

/* Was a message with this id sent? */
bool their_ids_is_there(struct gw_contact *contact, const char *remote_id);

/*
 * What can change to and fro: how the contact and the user let a message read, and what they think of it. The text of an edit
 * whose message was never there is not how that reads if it comes after all. The numbers are stored: add at the end.
 */
enum their_state { STATE_THEIR_TEXT, STATE_OWN_TEXT, STATE_THEIR_REACTIONS, STATE_OWN_REACTIONS, STATE_UNSEEN_TEXT };

/* The state is a number that stands for it. False: that is the last one noted. */
bool their_ids_note_state(struct gw_contact *contact, enum their_state which, const char *remote_id, uint64_t state);
void their_ids_forget_state(struct gw_contact *contact, enum their_state which, const char *remote_id, uint64_t state);
uint64_t their_ids_text_state(const char *text);

/* The contact ends; what is known of it is in the store. */
void their_ids_close(struct gw_contact *contact);

#endif
