/* SPDX-License-Identifier: MPL-2.0 */
/* What the user writes to a contact: to the module, and back as receipt or as error with a reason. */
#include "feature/message.h"

#include "feature/correction.h"
#include "feature/features.h"
#include "gateway/message_ids.h"
#include "gateway/outbox.h"
#include "util/arena.h"
#include "xml/ns.h"

#include <string.h>

enum { DELIVERIES_MAX = 500 }; /* of one user, that the module has not answered yet */

static void delivered(struct request_result *result, void *data);

static bool refuse(const struct incoming *in, enum gw_condition condition, const char *text) {
	router_refuse(in, condition, text);
	return true;
}

/* Row H3: the network has it. */
static void send_receipt(const struct delivery *delivery) {
	struct xml_node *receipt = stanza_make(delivery->arena, "message", delivery->type, delivery->contact->full_jid,
			delivery->from_bare, NULL);
	message_content_write(receipt, &(struct message_content){ .received = delivery->id });
	outbox_send_message(delivery->contact->session->gateway, receipt);
}

static void send_refusal(const struct delivery *delivery, enum gw_condition condition, const char *text) {
	struct xml_node *error = stanza_make(delivery->arena, "message", "error", delivery->to, delivery->from,
			delivery->id);
	stanza_add_error(error, condition, text);
	outbox_send_message(delivery->contact->session->gateway, error);
}

struct delivery *delivery_new(const struct incoming *in, const struct message_content *content) {
	const struct stanza *stanza = in->stanza;
	struct arena *arena = arena_create();
	struct delivery *delivery = arena_new(arena, sizeof(*delivery));
	*delivery = (struct delivery){
		.arena = arena,
		.contact = in->contact,
		.id = arena_strdup(arena, stanza->id),
		.type = arena_strdup(arena, stanza->type),
		.from = arena_strdup(arena, stanza->from.full),
		.from_bare = arena_strdup(arena, stanza->from.bare),
		.to = arena_strdup(arena, stanza->to.full),
		.wants_receipt = content->wants_receipt && stanza->id && !in->gateway->module->proper_receipts,
	};
	in->session->delivery_count++;
	return delivery;
}

struct gw_request *delivery_request(struct delivery *delivery, const char *callback, unsigned answers,
		void (*answered)(struct request_result *result, void *data), void *data) {
	struct gw_session *session = delivery->contact->session;
	return request_new(&session->scope, &(struct request_options){
		.name = callback,
		.answers = answers,
		.timeout_ms = session->gateway->options->request_timeout_ms,
		.log = &session->log,
		.gateway = session->gateway,
	}, answered, data);
}

void delivery_end(struct delivery *delivery, const struct request_result *result) {
	delivery->contact->session->delivery_count--;
	if (result->condition != GW_OK) {
		send_refusal(delivery, result->condition, result->is_cancelled ?
				"The gateway was stopped before the network had confirmed this message: it may not have arrived." :
				result->text);
	} else if (delivery->wants_receipt) {
		send_receipt(delivery);
	}
	arena_finish(delivery->arena);
}

struct gw_message message_to_module(const struct incoming *in, const struct message_content *content, const char *text) {
	struct gw_message message = { .text = text, .thread = content->thread };
	if (content->reply.id) {
		message.replies_to = message_ids_to_remote(in->contact, in->stanza->arena, content->reply.id);
	}
	return message;
}

void deliver(const struct incoming *in, const struct message_content *content, const char *text) {
	struct delivery *delivery = delivery_new(in, content);
	struct gw_request *req = delivery_request(delivery, "on_message", ANSWER_PLAIN | ANSWER_ID, delivered, delivery);
	struct gw_message message = message_to_module(in, content, text);
	in->gateway->module->on_message(req, &in->contact->chat, &message);
}

static void delivered(struct request_result *result, void *data) {
	struct delivery *delivery = data;
	if (result->condition == GW_OK && result->id && delivery->id) {
		message_ids_put(delivery->contact, delivery->id, result->id);
	}
	delivery_end(delivery, result);
}

bool delivery_is_possible(const struct incoming *in) {
	if (!in->gateway->module->on_message) {
		router_refuse(in, GW_FEATURE_NOT_IMPLEMENTED, "Nobody can be written to on this network.");
	} else if (in->session->state != SESSION_LOGGED_IN) {
		router_refuse(in, GW_RECIPIENT_UNAVAILABLE, session_unavailable_text(in->stanza->arena, in->session));
	} else if (in->session->delivery_count >= DELIVERIES_MAX) {
		router_refuse(in, GW_RESOURCE_CONSTRAINT, "The network has not answered your last messages yet. Please wait.");
	} else {
		return true;
	}
	return false;
}

/* Once everything that is no text for the network has been told so. */
static void handle_text(const struct incoming *in, const struct message_content *content) {
	if (content->replaces) {
		correction_handle(in, content);
	} else if (*content->body && delivery_is_possible(in)) {
		deliver(in, content, content->body);
	}
}

static bool handle_message(const struct incoming *in) {
	struct message_content content;
	message_content_read(in->stanza->xml, &content);
	const char *type = in->stanza->type ? in->stanza->type : "normal";
	if (content.is_forwarded_carbon || strcmp(type, "headline") == 0) {
		return true;
	} else if (strcmp(type, "groupchat") == 0) {
		return refuse(in, GW_NOT_ACCEPTABLE, "This is a person's address, not a room's.");
	} else if (content.encryption) {
		return refuse(in, GW_NOT_ACCEPTABLE, arena_printf(in->stanza->arena,
				"This message is encrypted with %s, which the network cannot read. Switch encryption off for this "
				"contact.", content.encryption));
	} else if (content.retracts) {
		retraction_handle(in, &content);
	} else if (content.reacts_to) {
		return refuse(in, GW_FEATURE_NOT_IMPLEMENTED, "There are no reactions on this network.");
	} else if (content.body) {
		handle_text(in, &content);
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
