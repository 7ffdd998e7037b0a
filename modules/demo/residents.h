/* SPDX-License-Identifier: MPL-2.0 */
/* Those who live on the demo network: somebody to talk to for a user who is alone. */
#ifndef DEMO_RESIDENTS_H
#define DEMO_RESIDENTS_H

#include <gangway/gangway.h>

/* Puts them into the contact list of somebody who has just logged in. */
void residents_greet(struct gw_session *session);

bool residents_have(const char *name);

/* All of them, one by one; NULL behind the last. */
const char *residents_name(size_t index);

/* The user wrote to one of them: what it says to that, and what it does. `id` is the message's. */
void residents_hear(struct gw_chat *chat, const struct gw_message *message, const char *id);

/* The user changed the message with this id, or took it back: so does the resident with the answer to it. */
void residents_hear_correction(struct gw_chat *chat, const char *id, const struct gw_message *message);
void residents_hear_retraction(struct gw_chat *chat, const char *id);

#endif
