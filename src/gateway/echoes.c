/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which echo is which: by the nonce where the network tells it, else by the text until the answer names the id. Of the same
 * words said twice, ids change places then.
 */
#include "gateway/echoes.h"

#include "codec/message.h"
#include "gateway/contact.h"
#include "gateway/delivery_changes.h"
#include "gateway/message_ids.h"
#include "util/mem.h"
#include "util/text.h"

#include <string.h>
#include <utlist.h>

enum {
	SKEW_MS = 300000,      /* that the network's clock may differ from ours */
	LATE_ECHO_MS = 600000, /* by its text, of what may have arrived: later the same words are another message */
};

/* --- By the text --- */

static bool is_same_text(const char *one, const char *other) {
	size_t size = text_trimmed_size(one);
	return size > 0 && size == text_trimmed_size(other) && strncmp(one, other, size) == 0;
}

/* Is what it changes the network's message of this id? */
static bool has_target(struct delivery *delivery, const char *target_id) {
	const char *remote_id = delivery_target(delivery);
	return remote_id && strcmp(remote_id, target_id) == 0;
}

/* As a message, which a correction is where it cannot be made; or, with a target, as the change of that. */
static bool says(struct delivery *delivery, const char *target_id, const char *text) {
	const struct message_content *content = message_content_of(delivery->stanza);
	if (!content->body || content->retracts) {
		return false;
	} else if (target_id) {
		return content->replaces && is_same_text(content->body, text) && has_target(delivery, target_id);
	} else if (content->replaces) {
		return text_starts_with(text, CORRECTION_PREFIX) && is_same_text(content->body, text + strlen(CORRECTION_PREFIX));
	}
	return is_same_text(content->body, text);
}

/* The module was asked, in this life or in the one before, about the time at which this was sent. */
static bool is_unconfirmed(const struct delivery *delivery, const struct gw_message *message) {
	int64_t sent_at_ms = message->sent_at_ms;
	if (delivery->echo_id || (sent_at_ms && sent_at_ms < delivery->received_at_ms - SKEW_MS)) {
		return false;
	} else if (delivery->state == DELIVERY_UNCERTAIN) {
		struct gw_loop *loop = delivery->session->gateway->loop;
		int64_t age_ms = sent_at_ms ? gw_time_ms(loop) - sent_at_ms : 0;
		return gw_now_ms(loop) - age_ms < delivery->uncertain_since_ms + LATE_ECHO_MS;
	}
	return delivery->state == DELIVERY_HANDED || delivery->was_handed;
}

static struct delivery *find_among(struct delivery *first, const struct gw_contact *contact, const char *target_id,
		const struct gw_message *message, const struct delivery *but_not) {
	struct delivery *delivery;
	DL_FOREACH(first, delivery) {
		if (delivery->contact == contact && delivery != but_not && is_unconfirmed(delivery, message) &&
				says(delivery, target_id, message->text)) {
			break;
		}
	}
	return delivery;
}

static struct delivery *find_by_text(struct gw_contact *contact, const char *target_id,
		const struct gw_message *message, const struct delivery *but_not) {
	struct gw_session *session = contact->session;
	struct delivery *delivery = find_among(session->deliveries, contact, target_id, message, but_not);
	return delivery ? delivery : find_among(session->uncertain, contact, target_id, message, but_not);
}

/* --- Noting --- */

static void note(struct delivery *delivery, const char *remote_id, const char *text) {
	delivery_set_echo(delivery, remote_id && message_id_is_short(remote_id) ? remote_id : "");
	delivery->echo_text = arena_strdup(delivery->stanza->arena, text);
	if (remote_id && *remote_id) {
		delivery_put_remote_id(delivery, remote_id);
	}
}

static void take_by_text(struct delivery *delivery, const struct gw_message *message) {
	note(delivery, message->id, message->text);
	if (delivery->state == DELIVERY_UNCERTAIN) {
		delivery->session->gateway->hooks->on_confirmed(delivery);
	}
}

/* It was not this one's echo: another one's with the same text, or it is shown now. */
static void pass_on(const struct delivery *delivery, const struct gw_message *echo) {
	struct delivery *other = find_by_text(delivery->contact, NULL, echo, delivery);
	if (other) {
		take_by_text(other, echo);
	} else {
		actor_show_own(delivery->contact, echo);
	}
}

/* --- By the nonce, which leaves no doubt --- */

static struct delivery *find_by_nonce(struct gw_contact *contact, const char *nonce) {
	struct delivery *const lists[] = { contact->session->deliveries, contact->session->uncertain };
	for (unsigned i = 0; i < ARRAY_LENGTH(lists); i++) {
		struct delivery *delivery;
		DL_FOREACH(lists[i], delivery) {
			if (delivery->contact == contact && strcmp(delivery_nonce(delivery), nonce) == 0) {
				return delivery;
			}
		}
	}
	return NULL;
}

/* What went by the text before was something else then. One that waits to be handed over again need not be. */
static bool take_by_nonce(struct gw_contact *contact, const struct gw_message *message) {
	struct delivery *delivery = find_by_nonce(contact, message->nonce);
	if (!delivery || delivery->is_echo_sure) {
		return delivery != NULL;
	}
	struct gw_message before = { .id = delivery_echo_id(delivery), .text = delivery->echo_text };
	note(delivery, message->id, message->text ? message->text : "");
	delivery->is_echo_sure = true;
	if (before.text) {
		pass_on(delivery, &before);
	}
	if (delivery->state != DELIVERY_HANDED) {
		contact->session->gateway->hooks->on_confirmed(delivery);
	}
	return true;
}

bool echo_take(struct gw_contact *contact, const char *target_id, const struct gw_message *message) {
	if (message->nonce) {
		return take_by_nonce(contact, message);
	}
	struct delivery *delivery = message->text ? find_by_text(contact, target_id, message, NULL) : NULL;
	if (delivery) {
		take_by_text(delivery, message);
	}
	return delivery != NULL;
}

bool echo_take_retraction(struct gw_contact *contact, const char *remote_id) {
	struct delivery *delivery;
	DL_FOREACH(contact->session->deliveries, delivery) {
		if (delivery->contact == contact && delivery->takes_back && strcmp(delivery->takes_back, remote_id) == 0) {
			delivery_set_taken_back(delivery);
			break;
		}
	}
	return delivery != NULL;
}

/* --- Settling --- */

static struct delivery *find_by_echo(struct gw_contact *contact, const char *remote_id) {
	struct delivery *delivery;
	DL_FOREACH(contact->session->deliveries, delivery) {
		if (delivery->contact == contact && delivery->echo_id && strcmp(delivery->echo_id, remote_id) == 0) {
			break;
		}
	}
	return delivery;
}

/*
 * The same words twice, and this one's echo was taken for the other's: each gets the other's id. The other one is still
 * under way, or was shown as said elsewhere. False: this one's echo has not come yet.
 */
static bool swap(struct gw_contact *contact, const char *right_id, const struct gw_message *echo) {
	struct delivery *other = find_by_echo(contact, right_id);
	struct arena arena = { 0 };
	bool is_shown = !other && message_ids_is_own(contact, right_id);
	if (other) {
		note(other, echo->id, echo->text);
	} else if (is_shown && echo->id) {
		message_ids_put(contact, message_ids_to_xmpp(contact, &arena, right_id), echo->id);
	}
	arena_finish(&arena);
	return other || is_shown;
}

static bool is_open(const struct request_result *result) {
	return result->is_cancelled || result->condition == GW_REMOTE_SERVER_TIMEOUT;
}

void echo_settle(struct delivery *delivery, struct request_result *result) {
	const char *echo_id = delivery_echo_id(delivery);
	struct gw_message echo = { .id = echo_id, .text = delivery->echo_text };
	if (!delivery->echo_id) {
		return;
	} else if (is_open(result) || (delivery->is_echo_sure && result->condition != GW_OK)) {
		*result = (struct request_result){ .condition = GW_OK };
		return;
	} else if (result->condition == GW_OK &&
			(!result->id || !echo_id || delivery->is_echo_sure || strcmp(result->id, echo_id) == 0)) {
		return;
	}
	delivery_set_echo(delivery, NULL);
	if (echo_id) {
		message_ids_withdraw(delivery->contact, delivery_xmpp_id(delivery));
	}
	if (result->condition != GW_OK || !swap(delivery->contact, result->id, &echo)) {
		pass_on(delivery, &echo);
	}
}

void echo_settle_change(struct delivery *delivery, struct request_result *result) {
	if (delivery->echo_id && result->condition != GW_OK) {
		*result = (struct request_result){ .condition = GW_OK, .id = delivery_echo_id(delivery) };
	}
}
