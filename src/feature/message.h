/* SPDX-License-Identifier: MPL-2.0 */
/* What the user wrote, on its way to the module: what message.c and correction.c have in common. */
#ifndef FEATURE_MESSAGE_H
#define FEATURE_MESSAGE_H

#include "codec/message.h"
#include "feature/router.h"
#include "gateway/contact.h"

/* One stanza that the module has to take or to refuse: what the receipt or the refusal needs. */
struct delivery {
	struct arena *arena; /* holds this too */
	struct gw_contact *contact;
	const char *id, *type, *from, *from_bare, *to;
	bool wants_receipt;
};

/* Can the module be given something now? If not, the user has been told why. */
bool delivery_is_possible(const struct incoming *in);

struct delivery *delivery_new(const struct incoming *in, const struct message_content *content);

/* The request for the callback of this name. `answered` ends the delivery. */
struct gw_request *delivery_request(struct delivery *delivery, const char *callback, unsigned answers,
		void (*answered)(struct request_result *result, void *data), void *data);

/* The module has answered: the user gets the receipt or the refusal. */
void delivery_end(struct delivery *delivery, const struct request_result *result);

/* What the module is told, with this text; borrowed from the stanza. */
struct gw_message message_to_module(const struct incoming *in, const struct message_content *content, const char *text);

/* The whole of it, for a text that is a message of its own. */
void deliver(const struct incoming *in, const struct message_content *content, const char *text);

#endif
