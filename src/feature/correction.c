/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the user changes (XEP-0308, row H8) and takes back (XEP-0424, row H9) of what they wrote to a contact. Only a
 * message of theirs that the network has an id for can be meant: nothing is ever applied to another one.
 */
#include "feature/correction.h"

#include "feature/features.h"
#include "feature/message.h"
#include "gateway/delivery_changes.h"
#include "gateway/echoes.h"
#include "gateway/message_ids.h"
#include "gateway/their_ids.h"
#include "util/arena.h"
#include "util/text.h"
#include "xml/ns.h"

#include <string.h>

/* A correction that the module is asked for; lives in the arena of the delivery's stanza. */
struct correction {
	struct delivery *delivery;
	const char *remote_id;     /* of the message that is corrected, on the network */
	struct gw_message message; /* what it says now; of a replacement: what is sent when the old one has been taken back */
};

static void corrected(struct request_result *result, void *data);
static void old_one_retracted(struct request_result *result, void *data);
static void replaced(struct request_result *result, void *data);
static void retracted(struct request_result *result, void *data);

static struct correction *correction_new(struct delivery *delivery, const char *remote_id) {
	struct correction *correction = arena_new(delivery->stanza->arena, sizeof(*correction));
	*correction = (struct correction){ .delivery = delivery, .remote_id = remote_id };
	return correction;
}

static const struct gw_module *module_of(const struct delivery *delivery) {
	return delivery->session->gateway->module;
}

/* --- The network changes messages --- */

static void correct(struct delivery *delivery, const struct message_content *content, const char *remote_id) {
	struct correction *correction = correction_new(delivery, remote_id);
	correction->message = message_to_module(delivery, content, content->body);
	struct gw_request *req = delivery_request(delivery, "on_correct", ANSWER_PLAIN | ANSWER_ID, corrected, correction);
	delivery_await_late(delivery, req, corrected);
	module_of(delivery)->on_correct(req, &delivery->contact->chat, remote_id, &correction->message);
}

/*
 * The user's edit, and from now on the original too, is what the network calls so. The original is put last: of the pairs with
 * one remote id the newest says what the network's id means in XMPP. But the user's client may have given its id to another
 * message meanwhile, which has it then.
 */
static void put_edit(const struct correction *correction, const char *edit_id) {
	struct delivery *delivery = correction->delivery;
	struct gw_contact *contact = delivery->contact;
	const char *original_id = message_ids_is_own(contact, correction->remote_id) ?
			message_ids_to_xmpp(contact, delivery->stanza->arena, correction->remote_id) : NULL;
	delivery_put_remote_id(delivery, edit_id);
	if (original_id) {
		message_ids_put(contact, original_id, edit_id);
	}
}

/* XEP-0308 names the original in each correction, some clients name the last correction: both lead on. */
static void note_corrected(const struct correction *correction, const char *text, const char *edit_id) {
	struct gw_contact *contact = correction->delivery->contact;
	their_ids_note_state(contact, STATE_OWN_TEXT, correction->remote_id, their_ids_text_state(text));
	if (edit_id && strcmp(edit_id, correction->remote_id) != 0) {
		delivery_put_remote_id(correction->delivery, edit_id);
	} else {
		put_edit(correction, correction->remote_id);
	}
}

static void corrected(struct request_result *result, void *data) {
	const struct correction *correction = data;
	struct delivery *delivery = correction->delivery;
	echo_settle_change(delivery, result);
	if (result->condition == GW_OK) {
		note_corrected(correction, correction->message.text, result->id ? result->id : delivery_echo_id(delivery));
	}
	delivery_end(delivery, result);
}

/* --- It does not: the correction is a message of its own, and the old one may go before --- */

static const char *as_new_text(const struct delivery *delivery, const struct message_content *content) {
	return arena_printf(delivery->stanza->arena, CORRECTION_PREFIX "%s", content->body);
}

static void tell_not_changed(struct gw_session *session) {
	if (!session->is_told_of_corrections) {
		session->is_told_of_corrections = true;
		gw_session_tell(session, "This network cannot change messages that have been sent. What you correct is sent as a "
				"new message that begins with “Correction:”.");
	}
}

/* When the network says that the message is gone, that counts; when the module does, the network may say it later. */
static void settle_retraction(struct delivery *delivery, struct request_result *result) {
	if (delivery->is_taken_back) {
		*result = (struct request_result){ .condition = GW_OK };
	} else if (result->condition == GW_OK) {
		their_ids_note(delivery->contact, A_RETRACTION, delivery->takes_back);
		delivery_set_taken_back(delivery);
	}
	delivery->takes_back = NULL;
}

/* The stanza outlives the delivery as long as the module reads it. */
static void send_replacement(struct correction *correction) {
	struct delivery *delivery = correction->delivery;
	struct stanza *stanza = stanza_ref(delivery->stanza);
	struct gw_request *req = delivery_request(delivery, "on_message", ANSWER_PLAIN | ANSWER_ID, replaced, correction);
	delivery_await_late(delivery, req, replaced);
	module_of(delivery)->on_message(req, &delivery->contact->chat, &correction->message);
	stanza_unref(stanza);
}

/* What was handed over before may have got half way. */
static void replace(struct delivery *delivery, const struct message_content *content, const char *remote_id) {
	struct correction *correction = correction_new(delivery, remote_id);
	correction->message = message_to_module(delivery, content, as_new_text(delivery, content));
	if (delivery->is_taken_back) {
		send_replacement(correction);
		return;
	}
	delivery->takes_back = remote_id;
	struct gw_request *req = delivery_request(delivery, "on_retract", ANSWER_PLAIN, old_one_retracted, correction);
	module_of(delivery)->on_retract(req, &delivery->contact->chat, remote_id);
}

/* Nothing is sent beside a message that is still there. */
static void old_one_retracted(struct request_result *result, void *data) {
	struct correction *correction = data;
	struct delivery *delivery = correction->delivery;
	struct gw_session *session = delivery->session;
	settle_retraction(delivery, result);
	if (result->condition != GW_OK) {
		delivery_end(delivery, result);
	} else if (session->state != SESSION_LOGGED_IN) {
		delivery_end(delivery, &(struct request_result){
			.condition = GW_RECIPIENT_UNAVAILABLE,
			.text = session_unavailable_text(delivery->stanza->arena, session),
		});
	} else {
		send_replacement(correction);
	}
}

/* The original was taken back: who corrects it once more means what stands there instead. */
static void note_replaced(const struct correction *correction, const char *new_id) {
	if (new_id) {
		put_edit(correction, new_id);
	}
}

static void replaced(struct request_result *result, void *data) {
	const struct correction *correction = data;
	struct delivery *delivery = correction->delivery;
	echo_settle(delivery, result);
	if (result->condition == GW_OK) {
		note_replaced(correction, result->id ? result->id : delivery_echo_id(delivery));
	}
	delivery_end(delivery, result);
}

static void send_anew(struct delivery *delivery, const struct message_content *content, const char *remote_id) {
	if (module_of(delivery)->on_retract &&
			delivery->session->gateway->options->last_message_correction_retraction_workaround) {
		replace(delivery, content, remote_id);
	} else {
		message_deliver_text(delivery, content, as_new_text(delivery, content));
	}
}

/* --- Taking back --- */

static const char no_taking_back[] = "Messages cannot be taken back on this network.";

void retraction_deliver(struct delivery *delivery) {
	if (!module_of(delivery)->on_retract) {
		delivery_refuse(delivery, GW_FEATURE_NOT_IMPLEMENTED, no_taking_back);
		return;
	}
	const char *remote_id = delivery_target(delivery);
	if (!remote_id) {
		delivery_refuse(delivery, GW_ITEM_NOT_FOUND, "This message cannot be taken back: the network does not know it as "
				"one that you sent to this contact.");
		return;
	}
	delivery->takes_back = remote_id;
	struct gw_request *req = delivery_request(delivery, "on_retract", ANSWER_PLAIN, retracted, delivery);
	module_of(delivery)->on_retract(req, &delivery->contact->chat, remote_id);
}

static void retracted(struct request_result *result, void *data) {
	settle_retraction(data, result);
	delivery_end(data, result);
}

void retraction_handle(const struct incoming *in) {
	if (!in->gateway->module->on_retract) {
		router_refuse(in, GW_FEATURE_NOT_IMPLEMENTED, no_taking_back);
	} else {
		message_take(in);
	}
}

/* --- Which of them --- */

void correction_deliver(struct delivery *delivery, const struct message_content *content) {
	const struct gw_module *module = module_of(delivery);
	const struct gateway_options *options = delivery->session->gateway->options;
	const char *remote_id = delivery_target(delivery);
	bool is_blank = !content->body[strspn(content->body, " \t\r\n")];
	if (is_blank && module->on_retract && !options->no_correction_empty_body_as_retraction) {
		retraction_deliver(delivery);
	} else if (remote_id && module->on_correct) {
		correct(delivery, content, remote_id);
	} else if (is_blank) {
		delivery_refuse(delivery, GW_NOT_ACCEPTABLE, "A message cannot be changed into an empty one on this network.");
	} else if (remote_id) {
		tell_not_changed(delivery->session);
		send_anew(delivery, content, remote_id);
	} else {
		message_deliver_text(delivery, content, as_new_text(delivery, content));
	}
}

/* In an earlier life, perhaps. A text that was sent beside the old one changes nothing. */
void correction_note_confirmed(struct delivery *delivery) {
	const struct message_content *content = message_content_of(delivery->stanza);
	const char *remote_id = delivery_target(delivery);
	bool is_retraction = delivery->is_taken_back && text_is_blank(content->body);
	if (!remote_id || is_retraction) {
		return;
	}
	struct correction *correction = correction_new(delivery, remote_id);
	if (module_of(delivery)->on_correct) {
		note_corrected(correction, content->body, delivery_echo_id(delivery));
	} else if (delivery->is_taken_back) {
		note_replaced(correction, delivery_echo_id(delivery));
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
