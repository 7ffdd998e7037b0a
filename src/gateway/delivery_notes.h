/* SPDX-License-Identifier: MPL-2.0 */
/* What is stored of a message on its way to the network besides itself: attributes of the stanza, which it is stored as. */
#ifndef GATEWAY_DELIVERY_NOTES_H
#define GATEWAY_DELIVERY_NOTES_H

#include "xmpp/stanza.h"

#include <stdint.h>

#define NOTE_RECEIVED_AT "received-at-ms"
#define NOTE_NUMBER "number"
#define NOTE_ECHO "echo-id"
#define NOTE_ECHO_WITHOUT_ID "echo-without-id" /* an empty note is none */
#define NOTE_CHANGES "changes" /* the network's message of this id */
#define NOTE_CHANGES_UNKNOWN "changes-unknown" /* one that it had no id for */
#define NOTE_REPLIES_TO "replies-to" /* the same of what it replies to */
#define NOTE_REPLIES_TO_UNKNOWN "replies-to-unknown"
#define NOTE_TAKEN_BACK "taken-back"
#define NOTE_TOLD_AT "told-at-ms" /* that it may have arrived */
#define NOTE_LIVES "lives" /* beside the first, in which the network was given it and did not answer */
#define NOTE_CONTACT_ID "contact-id" /* of one that is not stored itself */
#define NOTE_ID_GIVEN_AGAIN "id-given-again" /* to a later message, by the user's client */
#define NOTE_LEFT_BEHIND "left-behind" /* by deliveries_leave_behind() */

/* The first ones; what a client has written there counts for nothing. */
void delivery_notes_begin(struct stanza *stanza, int64_t number, int64_t received_at_ms);

/* The same for a stanza of the user's archive: its place, and when it was written. To be called before it is taken. */
void delivery_note_recovered(struct stanza *stanza, int64_t number, int64_t written_at_ms);

/* Copies the value; NULL: no more. */
void delivery_note(struct stanza *stanza, const char *name, const char *value);
void delivery_note_integer(struct stanza *stanza, const char *name, int64_t value);

/* It was handed over, and no process has ended by that: the next life in which it is counts as the first (NOTE_LIVES). */
void delivery_note_survived(struct stanza *stanza);

/* NULL, 0: nothing is noted. */
const char *delivery_noted(const struct stanza *stanza, const char *name);
int64_t delivery_noted_integer(const struct stanza *stanza, const char *name);

#endif
