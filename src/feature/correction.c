/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the user changes (XEP-0308, row H8) and takes back (XEP-0424, row H9) of what they wrote to a contact. Only a
 * message of theirs that the network has an id for can be meant: nothing is ever applied to another one.
 */
#include "feature/correction.h"

#include "feature/features.h"
#include "feature/message.h"
#include "gateway/message_ids.h"
#include "util/arena.h"
#include "xml/ns.h"

#include <string.h>

/* A correction that the module is asked for. */
struct correction {
	struct delivery *delivery; /* whose arena holds this too */
	const char *original_id;   /* of the message that is corrected, as it was sent first */
	const char *remote_id;     /* the same on the network */
	struct stanza *stanza;     /* of a replacement: where the strings of the message are */
	struct gw_message message; /* what is sent when the old one has been taken back */
};

static void corrected(struct request_result *result, void *data);
static void old_one_retracted(struct request_result *result, void *data);
static void replaced(struct request_result *result, void *data);
static void retracted(struct request_result *result, void *data);

static struct correction *correction_new(const struct incoming *in, const struct message_content *content,
		const char *remote_id) {
	struct delivery *delivery = delivery_new(in, content);
	struct correction *correction = arena_new(delivery->arena, sizeof(*correction));
	*correction = (struct correction){
		.delivery = delivery,
		.original_id = message_ids_to_xmpp(in->contact, delivery->arena, remote_id),
		.remote_id = arena_strdup(delivery->arena, remote_id),
	};
	return correction;
}

/* --- The network changes messages --- */

static void correct(const struct incoming *in, const struct message_content *content, const char *remote_id) {
	struct correction *correction = correction_new(in, content, remote_id);
	struct gw_message message = message_to_module(in, content, content->body);
	struct gw_request *req = delivery_request(correction->delivery, "on_correct", ANSWER_PLAIN | ANSWER_ID, corrected,
			correction);
	in->gateway->module->on_correct(req, &in->contact->chat, remote_id, &message);
}

/* XEP-0308 names the original in each correction, some clients name the last correction: both lead on. */
static void corrected(struct request_result *result, void *data) {
	const struct correction *correction = data;
	struct delivery *delivery = correction->delivery;
	if (result->condition == GW_OK && delivery->id) {
		if (result->id && strcmp(result->id, correction->remote_id) != 0) {
			message_ids_put(delivery->contact, delivery->id, result->id);
		} else {
			message_ids_put_edit(delivery->contact, delivery->id, correction->original_id, correction->remote_id);
		}
	}
	delivery_end(delivery, result);
}

/* --- It does not: the correction is a message of its own, and the old one may go before --- */

static const char *as_new_text(const struct incoming *in, const struct message_content *content) {
	return arena_printf(in->stanza->arena, "Correction: %s", content->body);
}

static void tell_not_changed(struct gw_session *session) {
	if (!session->is_told_of_corrections) {
		session->is_told_of_corrections = true;
		gw_session_tell(session, "This network cannot change messages that have been sent. What you correct is sent as a "
				"new message that begins with “Correction:”.");
	}
}

/* The message's strings have to live until on_message() has returned, which is longer than the delivery may. */
static void replace(const struct incoming *in, const struct message_content *content, const char *remote_id) {
	struct correction *correction = correction_new(in, content, remote_id);
	correction->stanza = stanza_ref(in->stanza);
	correction->message = message_to_module(in, content, as_new_text(in, content));
	struct gw_request *req = delivery_request(correction->delivery, "on_retract", ANSWER_PLAIN, old_one_retracted,
			correction);
	in->gateway->module->on_retract(req, &in->contact->chat, remote_id);
}

/* Nothing is sent beside a message that is still there. */
static void old_one_retracted(struct request_result *result, void *data) {
	struct correction *correction = data;
	struct delivery *delivery = correction->delivery;
	struct stanza *stanza = correction->stanza;
	struct gw_contact *contact = delivery->contact;
	struct gw_session *session = contact->session;
	if (result->condition != GW_OK) {
		delivery_end(delivery, result);
	} else if (session->state != SESSION_LOGGED_IN) {
		delivery_end(delivery, &(struct request_result){
			.condition = GW_RECIPIENT_UNAVAILABLE,
			.text = session_unavailable_text(delivery->arena, session),
		});
	} else {
		struct gw_message message = correction->message;
		struct gw_request *req = delivery_request(delivery, "on_message", ANSWER_PLAIN | ANSWER_ID, replaced, correction);
		session->gateway->module->on_message(req, &contact->chat, &message);
	}
	stanza_unref(stanza);
}

/* The original was taken back: who corrects it once more means what stands there instead. */
static void replaced(struct request_result *result, void *data) {
	const struct correction *correction = data;
	struct delivery *delivery = correction->delivery;
	if (result->condition == GW_OK && result->id && delivery->id) {
		message_ids_put_edit(delivery->contact, delivery->id, correction->original_id, result->id);
	}
	delivery_end(delivery, result);
}

static void send_anew(const struct incoming *in, const struct message_content *content, const char *remote_id) {
	if (in->gateway->module->on_retract && in->gateway->options->last_message_correction_retraction_workaround) {
		replace(in, content, remote_id);
	} else {
		deliver(in, content, as_new_text(in, content));
	}
}

/* --- Taking back --- */

static void retract(const struct incoming *in, const struct message_content *content, const char *xmpp_id) {
	const char *remote_id = message_ids_find_own(in->contact, in->stanza->arena, xmpp_id);
	if (!remote_id) {
		router_refuse(in, GW_ITEM_NOT_FOUND, "This message cannot be taken back: the network does not know it as one that "
				"you sent to this contact.");
		return;
	}
	struct delivery *delivery = delivery_new(in, content);
	struct gw_request *req = delivery_request(delivery, "on_retract", ANSWER_PLAIN, retracted, delivery);
	in->gateway->module->on_retract(req, &in->contact->chat, remote_id);
}

static void retracted(struct request_result *result, void *data) {
	delivery_end(data, result);
}

/* --- What the user's client sends --- */

void correction_handle(const struct incoming *in, const struct message_content *content) {
	const struct gw_module *module = in->gateway->module;
	const struct gateway_options *options = in->gateway->options;
	if (!delivery_is_possible(in)) {
		return;
	}
	const char *remote_id = message_ids_find_own(in->contact, in->stanza->arena, content->replaces);
	bool is_blank = !content->body[strspn(content->body, " \t\r\n")];
	if (is_blank && module->on_retract && !options->no_correction_empty_body_as_retraction) {
		retract(in, content, content->replaces);
	} else if (remote_id && module->on_correct) {
		correct(in, content, remote_id);
	} else if (is_blank) {
		router_refuse(in, GW_NOT_ACCEPTABLE, "A message cannot be changed into an empty one on this network.");
	} else if (remote_id) {
		tell_not_changed(in->session);
		send_anew(in, content, remote_id);
	} else {
		deliver(in, content, as_new_text(in, content));
	}
}

void retraction_handle(const struct incoming *in, const struct message_content *content) {
	if (!in->gateway->module->on_retract) {
		router_refuse(in, GW_FEATURE_NOT_IMPLEMENTED, "Messages cannot be taken back on this network.");
	} else if (delivery_is_possible(in)) {
		retract(in, content, content->retracts);
	}
}

/* --- What contacts are said to understand --- */

static bool has_on_correct(const struct gw_gateway *gateway) {
	return gateway->module->on_correct != NULL;
}

static bool has_on_retract(const struct gw_gateway *gateway) {
	return gateway->module->on_retract != NULL;
}

static const char *const correction_disco[] = { NS_CORRECT, NULL };
static const char *const retraction_disco[] = { NS_RETRACT, NULL };

const struct feature feature_correction = {
	.xep = "0308",
	.title = "Last Message Correction, by the user",
	.contact_disco = correction_disco,
	.available = has_on_correct,
	.note = "Of any message that the network gave an id; else what is corrected is sent as a new text that says so.",
};

const struct feature feature_retraction = {
	.xep = "0424",
	.title = "Message Retraction, by the user",
	.contact_disco = retraction_disco,
	.available = has_on_retract,
	.note = "Of any message that the network gave an id. The form of version 0.3 is understood, too.",
};
