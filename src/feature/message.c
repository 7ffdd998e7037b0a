/* SPDX-License-Identifier: MPL-2.0 */
/* What the user writes to a contact: to the module, and back as receipt or as error with a reason. */
#include "feature/message.h"

#include "feature/correction.h"
#include "feature/features.h"
#include "gateway/delivery_changes.h"
#include "gateway/echoes.h"
#include "gateway/outbox.h"
#include "util/arena.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <string.h>

static void delivered(struct request_result *result, void *data);

static bool refuse(const struct incoming *in, enum gw_condition condition, const char *text) {
	router_refuse(in, condition, text);
	return true;
}

/* --- To the module --- */

struct gw_request *delivery_request(struct delivery *delivery, const char *callback, unsigned answers,
		void (*answered)(struct request_result *result, void *data), void *data) {
	struct gw_session *session = delivery->session;
	return request_new(&session->scope, &(struct request_options){
		.name = callback,
		.answers = answers | ANSWER_NOT_SENT,
		.timeout_ms = session->gateway->options->request_timeout_ms,
		.log = &session->log,
		.gateway = session->gateway,
	}, answered, data);
}

void delivery_await_late(struct delivery *delivery, struct gw_request *req,
		void (*answered)(struct request_result *result, void *data)) {
	delivery->request = req;
	request_on_late(req, answered);
}

struct gw_message message_to_module(struct delivery *delivery, const struct message_content *content,
		const char *text) {
	const char *nonce = delivery_nonce(delivery);
	return (struct gw_message){
		.id = delivery->session->gateway->module->recognises_messages ? nonce : NULL,
		.nonce = nonce,
		.text = text,
		.thread = content->thread,
		.replies_to = delivery_replies_to(delivery),
		.sent_at_ms = delivery->has_waited ? delivery->received_at_ms : 0,
	};
}

void message_deliver_text(struct delivery *delivery, const struct message_content *content, const char *text) {
	struct gw_request *req = delivery_request(delivery, "on_message", ANSWER_PLAIN | ANSWER_ID, delivered, delivery);
	struct gw_message message = message_to_module(delivery, content, text);
	delivery_await_late(delivery, req, delivered);
	delivery->session->gateway->module->on_message(req, &delivery->contact->chat, &message);
}

static const char nobody_to_write_to[] = "Nobody can be written to on this network.";

/*
 * What waited may meet another module than the one that it was taken for. The module may look at the message until its callback
 * returns, which can be longer than the delivery lasts.
 */
void message_deliver(struct delivery *delivery) {
	struct stanza *stanza = stanza_ref(delivery->stanza);
	const struct message_content *content = message_content_of(stanza);
	if (content->retracts) {
		retraction_deliver(delivery);
	} else if (!delivery->session->gateway->module->on_message) {
		delivery_refuse(delivery, GW_FEATURE_NOT_IMPLEMENTED, nobody_to_write_to);
	} else if (content->replaces) {
		correction_deliver(delivery, content);
	} else {
		message_deliver_text(delivery, content, content->body);
	}
	stanza_unref(stanza);
}

/* --- And what became of it --- */

static void delivered(struct request_result *result, void *data) {
	struct delivery *delivery = data;
	echo_settle(delivery, result);
	if (result->condition == GW_OK && result->id) {
		delivery_put_remote_id(delivery, result->id);
	}
	delivery_end(delivery, result);
}

/* Row H3: the network has it. */
static void send_receipt(const struct delivery *delivery) {
	const struct stanza *stanza = delivery->stanza;
	struct xml_node *receipt = stanza_make(stanza->arena, "message", stanza->type, delivery->contact->full_jid,
			stanza->from.bare, NULL);
	message_content_write(receipt, &(struct message_content){ .received = stanza->id });
	outbox_send_receipt(delivery->session->gateway, receipt);
}

static bool wants_receipt(const struct delivery *delivery) {
	return delivery_has_id(delivery) && !delivery->session->gateway->module->proper_receipts &&
			xml_find(delivery->stanza->xml, "request", NS_RECEIPTS);
}

/* Asked once more at the next start, when the module would know that it has been asked before. */
static bool is_left_for_next_start(const struct gw_gateway *gateway, const struct request_result *result) {
	return result->is_cancelled && gateway->is_stopping && gateway->module->recognises_messages;
}

/* Nobody has answered: what happened, the beginning of a sentence. NULL: somebody has. */
static const char *why_uncertain(const struct gw_gateway *gateway, const struct request_result *result) {
	if (result->is_timed_out) {
		return "The network has not confirmed this in time";
	} else if (result->is_cancelled) {
		return gateway->is_stopping ? "The gateway was stopped before the network had confirmed this" :
				"You have left the gateway before the network had confirmed this";
	}
	return NULL;
}

void delivery_end(struct delivery *delivery, const struct request_result *result) {
	const char *why = why_uncertain(delivery->session->gateway, result);
	bool is_news = delivery->state != DELIVERY_UNCERTAIN || result->condition == GW_OK;
	if (!is_news || is_left_for_next_start(delivery->session->gateway, result)) {
		return;
	} else if (result->is_not_sent) {
		delivery_not_sent(delivery);
	} else if (why) {
		delivery_refuse_uncertain(delivery, result->condition, why);
	} else if (result->condition != GW_OK) {
		delivery_refuse(delivery, result->condition, result->text);
	} else {
		if (wants_receipt(delivery)) {
			send_receipt(delivery);
		}
		delivery_finish(delivery);
	}
}

void message_confirm(struct delivery *delivery) {
	const struct message_content *content = message_content_of(delivery->stanza);
	if (content->replaces && !content->retracts) {
		correction_note_confirmed(delivery);
	}
	delivery_end(delivery, &(struct request_result){ .condition = GW_OK });
}

/* --- From the user --- */

void message_take(const struct incoming *in) {
	if (!in->gateway->module->on_message) {
		router_refuse(in, GW_FEATURE_NOT_IMPLEMENTED, nobody_to_write_to);
		return;
	}
	const char *text = NULL;
	enum gw_condition condition = deliveries_take(in->session, in->contact, in->stanza, &text);
	if (condition != GW_OK) {
		router_refuse(in, condition, text);
	}
}

static bool handle_message(const struct incoming *in) {
	const struct message_content *content = message_content_of(in->stanza);
	const char *type = in->stanza->type ? in->stanza->type : "normal";
	if (content->is_forwarded_carbon || strcmp(type, "headline") == 0) {
		return true;
	} else if (strcmp(type, "groupchat") == 0) {
		return refuse(in, GW_NOT_ACCEPTABLE, "This is a person's address, not a room's.");
	} else if (content->encryption) {
		return refuse(in, GW_NOT_ACCEPTABLE, arena_printf(in->stanza->arena,
				"This message is encrypted with %s, which the network cannot read. Switch encryption off for this "
				"contact.", content->encryption));
	} else if (content->retracts) {
		retraction_handle(in);
	} else if (content->reacts_to) {
		return refuse(in, GW_FEATURE_NOT_IMPLEMENTED, "Reactions cannot be sent to this network.");
	} else if (content->body && (*content->body || content->replaces)) {
		message_take(in);
	}
	return true;
}

static const struct route routes[] = {
	{ MESSAGE, TO_CONTACT, NULL, NULL, NEEDS_USER, handle_message },
	{ 0 },
};

const struct feature feature_message = {
	.xep = "0085 0203 0308 0334 0424 0444 0461",
	.title = "Messages of contacts and of the gateway",
	.routes = routes,
	.note = "From the network to the user. From the user, text is carried; for what they change and take back see below.",
};

/* --- XEP-0184 --- */

static bool has_on_message(const struct gw_gateway *gateway) {
	return gateway->module->on_message != NULL;
}

static const char *const receipts_disco[] = { NS_RECEIPTS, NULL };

const struct feature feature_receipts = {
	.xep = "0184",
	.title = "Message Delivery Receipts",
	.disco = receipts_disco,
	.contact_disco = receipts_disco,
	.available = has_on_message,
	.note = "A receipt means that the network has the message; with proper_receipts, that its device has it.",
};
