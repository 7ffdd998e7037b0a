/* SPDX-License-Identifier: MPL-2.0 */
/* What the user wrote, on its way to the module: what message.c and correction.c have in common. */
#ifndef FEATURE_MESSAGE_H
#define FEATURE_MESSAGE_H

#include "codec/message.h"
#include "feature/router.h"
#include "gateway/contact.h"
#include "gateway/deliveries.h"

/* A message of the user's that the network has to hear of: stored first, then handed over, or refused with the reason. */
void message_take(const struct incoming *in);

/* The hook of deliveries.h: the module may have it now. */
void message_deliver(struct delivery *delivery);

/* It has arrived, although the module has not said so. */
void message_confirm(struct delivery *delivery);

/* The request for the callback of this name. `answered` ends the delivery; data is the caller's. */
struct gw_request *delivery_request(struct delivery *delivery, const char *callback, unsigned answers,
		void (*answered)(struct request_result *result, void *data), void *data);

/* Of a request for a text: `answered` is called again if the module answers after the user was told that nobody knows. */
void delivery_await_late(struct delivery *delivery, struct gw_request *req,
		void (*answered)(struct request_result *result, void *data));

/*
 * The module has answered: the user gets the receipt or the refusal, or it waits for another time. Who was told already
 * that nobody knows hears only that it has arrived.
 */
void delivery_end(struct delivery *delivery, const struct request_result *result);

/* What the module is told, with this text; borrowed from the stanza. */
struct gw_message message_to_module(struct delivery *delivery, const struct message_content *content,
		const char *text);

/* Hands over a text that is a message of its own. */
void message_deliver_text(struct delivery *delivery, const struct message_content *content, const char *text);

#endif
