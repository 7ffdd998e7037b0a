/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the network tells about a message of the user's before the module has answered with its id: receipts, read marks,
 * reactions, edits and retractions may come by another way than the answer, and overtake it. They wait until it is here, in
 * memory: the message itself is not safe on the network before.
 */
#ifndef GATEWAY_EARLY_H
#define GATEWAY_EARLY_H

#include "gateway/deliveries.h"

/* Of a session. What is more is told at once, the oldest first, as if nothing were under way. */
enum { EARLY_MAX = 128, EARLY_MAX_BYTES = 256 * 1024 };

struct early_news {
	enum early_verb { EARLY_RECEIVED, EARLY_DISPLAYED, EARLY_ACKNOWLEDGED, EARLY_REACTIONS, EARLY_EDIT, EARLY_RETRACTION } verb;
	bool is_own;    /* the user's doing, elsewhere */
	const char *id; /* the network's, of the message */
	const char *const *reactions;
	size_t reaction_count;
	const struct gw_message *edit;
};

/*
 * There is no such message in the chat. True: it may be one that the module is just being asked for, and this is told again
 * (copied) by the verb that it came by when that is known.
 */
bool early_keep(struct gw_contact *chat, const struct early_news *news);

/* The message has its id, if the network has one for it, and is not under way any more; or it is uncertain now. */
void early_settle(struct delivery *delivery);

/* What was refused when it was told, because too much waited for the server, may be accepted now. */
void early_tell_again(struct gw_session *session);

/* The session has closed. */
void early_forget(struct gw_session *session);

#endif
