/* SPDX-License-Identifier: MPL-2.0 */
/* What the user changes and takes back of what they wrote to a contact. */
#ifndef FEATURE_CORRECTION_H
#define FEATURE_CORRECTION_H

#include "codec/message.h"
#include "feature/router.h"
#include "gateway/deliveries.h"

/* A message with <retract/> came in. */
void retraction_handle(const struct incoming *in);

/* A message with <retract/>, or with <replace/> and a body, blank or not, is stored and may go to the module. */
void retraction_deliver(struct delivery *delivery);
void correction_deliver(struct delivery *delivery, const struct message_content *content);

/* The network has played back what replaces another message: from now on both ids of the user's lead to what it says now. */
void correction_note_confirmed(struct delivery *delivery);

#endif
