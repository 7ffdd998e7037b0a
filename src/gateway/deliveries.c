/* SPDX-License-Identifier: MPL-2.0 */
/* Messages on their way to the network. A turn stores them; the next one, when that is on the disk, hands them over. */
#include "gateway/deliveries.h"

#include "codec/message.h"
#include "gateway/arrivals.h"
#include "gateway/contact.h"
#include "gateway/delivery_changes.h"
#include "gateway/delivery_notes.h"
#include "gateway/delivery_restore.h"
#include "gateway/delivery_rows.h"
#include "gateway/early.h"
#include "gateway/message_ids.h"
#include "gateway/outbox.h"
#include "gateway/returned.h"
#include "gateway/uncertain.h"
#include "gateway/waiting.h"
#include "module/request.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/text.h"
#include "xmpp/condition.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
	RECOVERED_MS = 60000,      /* what is found in an archive may be so old, even if nothing else is kept so long */
	NUMBER_STEP = 1 << 20,     /* so that what is recovered finds its place between */
};

struct deliveries {
	struct gw_gateway *gateway;
	struct loop_hook turn_end;
	struct delivery_rows *rows;
	struct delivery *ready; /* to be handed over */
	bool is_scheduled;
	uint64_t turn;          /* counts those that had to hand something over */
	int64_t last_number;
	int64_t held_from;      /* this number; 0: none are */
	bool is_hold_stored;    /* the next life has to know, too */
};

static void handle_turn_end(void *data);
static void hand_over(void *data);
static void put_no_remote_id(struct delivery *delivery);

struct deliveries *deliveries_new(struct gw_gateway *gateway) {
	struct deliveries *deliveries = mem_new(sizeof(*deliveries));
	deliveries->gateway = gateway;
	deliveries->rows = delivery_rows_new(gateway);
	deliveries->turn_end = (struct loop_hook){ .run = handle_turn_end, .data = deliveries };
	loop_add_hook(gateway->loop, LOOP_RANK_COLLECT, &deliveries->turn_end);
	return deliveries;
}

void deliveries_free(struct deliveries *deliveries) {
	if (!deliveries) {
		return;
	}
	loop_remove_hook(deliveries->gateway->loop, LOOP_RANK_COLLECT, &deliveries->turn_end);
	delivery_rows_free(deliveries->rows);
	free(deliveries);
}

static void schedule(struct deliveries *deliveries) {
	if (!deliveries->is_scheduled) {
		deliveries->is_scheduled = true;
		gw_defer(&deliveries->gateway->scope, hand_over, deliveries);
	}
}

/* Before the commit: what was stored is handed over in the next turn. */
static void handle_turn_end(void *data) {
	struct deliveries *deliveries = data;
	delivery_rows_store(deliveries->rows);
	if (deliveries->ready && !store_is_blocked(deliveries->gateway->store)) {
		deliveries->turn++;
		schedule(deliveries);
	}
}

/* --- One message --- */

/* Without what it takes to manage it: its number is limited, too. */
static size_t bytes_of(const struct xml_node *xml) {
	size_t bytes = sizeof(*xml) + (xml->text ? strlen(xml->text) : 0);
	for (const struct xml_attr *attr = xml->attrs; attr; attr = attr->next) {
		bytes += sizeof(*attr) + strlen(attr->value);
	}
	for (const struct xml_node *child = xml->first; child; child = child->next) {
		bytes += bytes_of(child);
	}
	return bytes;
}

static struct delivery *delivery_new(struct gw_session *session, struct gw_contact *contact, struct stanza *stanza) {
	struct delivery *delivery = arena_new(stanza->arena, sizeof(*delivery));
	delivery->stanza = stanza_ref(stanza);
	delivery->session = session;
	delivery->contact = contact;
	delivery->bytes = bytes_of(stanza->xml);
	session->delivery_bytes += delivery->bytes;
	session->delivery_count++;
	return delivery;
}

static void stamp(struct deliveries *deliveries, struct delivery *delivery) {
	delivery->received_at_ms = gw_time_ms(deliveries->gateway->loop);
	delivery->since_ms = gw_now_ms(deliveries->gateway->loop);
	delivery->number = deliveries_next_number(deliveries);
	delivery_notes_begin(delivery->stanza, delivery->number, delivery->received_at_ms);
}

/* The last of its session. */
static struct delivery *delivery_add(struct gw_session *session, struct gw_contact *contact, struct stanza *stanza) {
	struct delivery *delivery = delivery_new(session, contact, stanza);
	stamp(session->gateway->deliveries, delivery);
	DL_APPEND(session->deliveries, delivery);
	return delivery;
}

/* After a restart the module may know nobody before the login: the address alone would not do. */
static void store_contact(const struct delivery *delivery) {
	struct gw_contact *contact = delivery->contact;
	if (!text_is_clean(contact->id, strlen(contact->id))) {
		contact_chat_id(contact); /* a stanza cannot carry it */
	}
	delivery_note(delivery->stanza, NOTE_CONTACT_ID, contact->chat_id ? NULL : contact->id);
}

int64_t deliveries_next_number(struct deliveries *deliveries) {
	return deliveries->last_number += NUMBER_STEP;
}

/* From now on it counts as something that the network may have. */
static void make_ready(struct deliveries *deliveries, struct delivery *delivery) {
	delivery_target(delivery); /* is settled now */
	gw_timer_stop(delivery->expiry);
	delivery->expiry = NULL;
	delivery->state = DELIVERY_READY;
	delivery->session->in_flight_count++;
	delivery->ready_since = deliveries->turn;
	DL_APPEND2(deliveries->ready, delivery, ready_prev, ready_next);
	loop_hurry(deliveries->gateway->loop);
}

static void leave_ready(struct deliveries *deliveries, struct delivery *delivery) {
	if (delivery->state == DELIVERY_READY) {
		DL_DELETE2(deliveries->ready, delivery, ready_prev, ready_next);
	}
}

/* It is no longer with the module, or about to be. */
static void leave_flight(struct delivery *delivery) {
	if (delivery->state != DELIVERY_WAITING) {
		leave_ready(delivery->session->gateway->deliveries, delivery);
		delivery->session->in_flight_count--;
		delivery->session->earlier_count -= delivery->is_earlier;
		delivery->is_earlier = false;
		delivery->state = DELIVERY_WAITING;
	}
}

#define HELD_FROM "deliveries_held_from"

void deliveries_hold(struct deliveries *deliveries) {
	if (!deliveries->held_from) {
		deliveries->held_from = deliveries->last_number + 1;
	}
}

/* As a rule there is nothing to be held, and nothing to be stored: the first answers wait for no disk. */
static void store_hold(struct deliveries *deliveries, int64_t held_from) {
	deliveries->is_hold_stored = held_from != 0;
	store_number_set(deliveries->gateway->store, HELD_FROM, held_from);
}

/* What is stored now has to wait for what is still looked for in the next life, too. */
static void keep_hold(struct deliveries *deliveries) {
	if (deliveries->held_from && !deliveries->is_hold_stored) {
		store_hold(deliveries, deliveries->held_from);
	}
}

void deliveries_hold_no_longer(struct deliveries *deliveries) {
	deliveries->held_from = 0;
	if (deliveries->is_hold_stored) {
		store_hold(deliveries, 0);
	}
}

void deliveries_leave_behind(struct deliveries *deliveries, struct stanza *stanza) {
	if (stanza->to.local && arrivals_key(stanza)) {
		struct delivery *delivery = arena_new(stanza->arena, sizeof(*delivery));
		delivery->stanza = stanza_ref(stanza);
		stamp(deliveries, delivery);
		delivery_note(stanza, NOTE_LEFT_BEHIND, "true");
		keep_hold(deliveries);
		delivery_rows_put(deliveries->rows, delivery, false);
	}
}

bool delivery_is_held(const struct delivery *delivery) {
	int64_t held_from = delivery->session->gateway->deliveries->held_from;
	return held_from && delivery->number >= held_from && delivery->session->is_behind;
}

/* What the network was given before this login comes first: it may have to be handed over again. */
static bool may_be_handed_over(const struct gw_session *session) {
	return waiting_is_over(session) && session->earlier_count == 0;
}

static bool has_free_place(const struct gw_session *session) {
	unsigned at_once = session->gateway->module->messages_at_once;
	return may_be_handed_over(session) && (!at_once || session->in_flight_count < at_once);
}

/* One more, stored before it is handed over, for the process may not survive that; or one less, when it was not. */
static void add_lives(struct deliveries *deliveries, struct delivery *delivery, int64_t count) {
	if (delivery->was_handed) {
		int64_t lives = delivery_noted_integer(delivery->stanza, NOTE_LIVES);
		delivery_note_integer(delivery->stanza, NOTE_LIVES, lives + count);
		delivery_rows_rewrite(deliveries->rows, delivery);
	}
}

/* In the order in which they came. */
void deliveries_hand_over(struct gw_session *session) {
	struct deliveries *deliveries = session->gateway->deliveries;
	struct delivery *delivery;
	if (session->in_flight_count == session->delivery_count) {
		return; /* as a rule: nobody waits, and there may be hundreds to look at */
	}
	DL_FOREACH(session->deliveries, delivery) {
		if (!has_free_place(session) || delivery_is_held(delivery)) {
			return;
		}
		if (delivery->state == DELIVERY_WAITING) {
			if (delivery_changes_unconfirmed(session, delivery->contact, delivery->stanza)) {
				return;
			}
			delivery_rows_move(deliveries->rows, delivery, true);
			add_lives(deliveries, delivery, 1);
			make_ready(deliveries, delivery);
		}
	}
}

void delivery_wait(struct delivery *delivery) {
	struct deliveries *deliveries = delivery->session->gateway->deliveries;
	if (delivery->state == DELIVERY_READY) {
		add_lives(deliveries, delivery, -1);
	}
	leave_flight(delivery);
	delivery_rows_move(deliveries->rows, delivery, delivery->was_handed);
	waiting_limit(delivery);
}

void delivery_leave_session(struct delivery *delivery) {
	gw_timer_stop(delivery->expiry);
	delivery->expiry = NULL;
	leave_flight(delivery);
	DL_DELETE(delivery->session->deliveries, delivery);
	delivery->session->delivery_count--;
	delivery->session->delivery_bytes -= delivery->bytes;
}

void delivery_forget(struct delivery *delivery) {
	struct gw_session *session = delivery->session;
	put_no_remote_id(delivery);
	if (delivery->state == DELIVERY_UNCERTAIN) {
		uncertain_remove(delivery);
	} else {
		delivery_leave_session(delivery);
	}
	request_on_late(delivery->request, NULL);
	delivery_rows_remove(session->gateway->deliveries->rows, delivery);
	early_settle(delivery);
	stanza_unref(delivery->stanza);
	deliveries_hand_over(session);
}

/* What was returned as uncertain stays counted as that. */
void delivery_finish(struct delivery *delivery) {
	delivery->session->again_ms = 0;
	delivery->session->gateway->counters.arrived += delivery->state != DELIVERY_UNCERTAIN;
	delivery_forget(delivery);
}

/* For the command `status`. */
static void note_refusal(struct delivery *delivery, const char *text) {
	struct gw_session *session = delivery->session;
	char *last = mem_printf("%s: %s", delivery->contact->bare_jid, text);
	mem_set_string(&session->last_refusal, last);
	free(last);
	session->refused_count++;
	session->gateway->counters.returned++;
}

static void send_back(struct delivery *delivery, enum gw_condition condition, const char *text) {
	const char *why = text ? text : condition_text(condition);
	outbox_refuse(delivery->session->gateway, delivery->stanza, condition, text);
	note_refusal(delivery, why);
	returned_note(delivery->session, delivery->stanza, delivery->received_at_ms, why);
}

void delivery_refuse(struct delivery *delivery, enum gw_condition condition, const char *text) {
	send_back(delivery, condition, text);
	delivery_forget(delivery);
}

/* The number is stored with the message; the time tells it from those of earlier lives of the process. */
const char *delivery_nonce(struct delivery *delivery) {
	const struct stanza *stanza = delivery->stanza;
	const int64_t place[] = { delivery->number, delivery->received_at_ms };
	uint64_t halves[2];
	if (delivery->nonce) {
		return delivery->nonce;
	}
	for (unsigned i = 0; i < ARRAY_LENGTH(halves); i++) {
		uint64_t half = digest_number(place, sizeof(place), i);
		half = digest_add_text(half, stanza->from.bare);
		half = digest_add_text(half, stanza->to.bare);
		halves[i] = digest_add_text(half, stanza->id);
	}
	return delivery->nonce = digest_hex(stanza->arena, halves, sizeof(halves));
}

bool delivery_has_id(const struct delivery *delivery) {
	bool is_given_again = delivery->state == DELIVERY_UNCERTAIN && delivery_noted(delivery->stanza, NOTE_ID_GIVEN_AGAIN);
	return delivery->stanza->id && !is_given_again;
}

static bool is_namesake(const struct delivery *one, const struct delivery *other) {
	return one->contact == other->contact && one->stanza->id && other->stanza->id &&
			strcmp(one->stanza->id, other->stanza->id) == 0;
}

/* Those before it that the user's client has called the same. */
static void note_id_given_again(struct delivery *first, const struct delivery *to) {
	struct delivery *other;
	DL_FOREACH(to->stanza->id ? first : NULL, other) {
		if (other->number < to->number && is_namesake(other, to) && !delivery_noted(other->stanza, NOTE_ID_GIVEN_AGAIN)) {
			delivery_note(other->stanza, NOTE_ID_GIVEN_AGAIN, "true");
			delivery_rows_rewrite(to->session->gateway->deliveries->rows, other);
		}
	}
}

static bool has_remote_id(const struct delivery *delivery) {
	return delivery->has_remote_id || delivery_echo_id(delivery);
}

/* As long as none of those that have it since then has been confirmed, or came back, what is before them means this one. */
static bool leads_on(const struct delivery *delivery) {
	bool is_given_again = delivery_noted(delivery->stanza, NOTE_ID_GIVEN_AGAIN);
	const struct delivery *other = is_given_again ? delivery->session->deliveries : NULL;
	while (other && (other->number <= delivery->number || !is_namesake(other, delivery) || has_remote_id(other))) {
		other = other->next;
	}
	return is_given_again && !other;
}

const char *delivery_xmpp_id(struct delivery *delivery) {
	return delivery_has_id(delivery) && !leads_on(delivery) ? delivery->stanza->id : delivery_nonce(delivery);
}

void delivery_put_remote_id(struct delivery *delivery, const char *remote_id) {
	message_ids_put(delivery->contact, delivery_xmpp_id(delivery), remote_id);
	delivery->has_remote_id = true;
}

/*
 * It ends without one. What else the user's client called so, and the network has, is not what it means by that any more: its
 * next change would be made to another message. Of a user who has left nothing is stored.
 */
static void put_no_remote_id(struct delivery *delivery) {
	struct gw_session *session = delivery->session;
	const char *id = delivery->stanza->id;
	bool is_over = session->state == SESSION_CLOSED && !session->gateway->is_stopping;
	if (id && !has_remote_id(delivery) && !is_over && strcmp(delivery_xmpp_id(delivery), id) == 0) {
		message_ids_put_none(delivery->contact, id);
	}
}

void delivery_refuse_uncertain(struct delivery *delivery, enum gw_condition condition, const char *why) {
	gw_log_warning(&delivery->session->log, "a message to %s was not confirmed: it may have arrived",
			delivery->contact->bare_jid);
	struct gw_session *session = delivery->session;
	struct gw_gateway *gateway = session->gateway;
	gateway->counters.uncertain++;
	send_back(delivery, condition, arena_printf(delivery->stanza->arena, "%s: it may have arrived, or not. It is not sent "
			"again by itself.", why));
	bool is_text = message_content_of(delivery->stanza)->body && !message_content_of(delivery->stanza)->retracts;
	if (!is_text || (session->state == SESSION_CLOSED && !gateway->is_stopping)) {
		delivery_forget(delivery);
		return;
	}
	put_no_remote_id(delivery);
	delivery_leave_session(delivery);
	delivery->told_at_ms = gw_time_ms(gateway->loop);
	delivery_note_integer(delivery->stanza, NOTE_TOLD_AT, delivery->told_at_ms);
	delivery_rows_rewrite(gateway->deliveries->rows, delivery);
	uncertain_add(delivery);
	early_settle(delivery);
	deliveries_hand_over(session);
}

/* Where a correction takes the old text back that is only half of it, unless it leaves nothing of the text. */
bool delivery_was_played_back(const struct delivery *delivery) {
	const struct message_content *content = message_content_of(delivery->stanza);
	return delivery->echo_id || (delivery->is_taken_back && (content->retracts || text_is_blank(content->body)));
}

void delivery_give_up(struct delivery *delivery, const char *text) {
	if (!delivery->was_handed) {
		delivery_refuse(delivery, GW_RECIPIENT_UNAVAILABLE, text);
	} else if (delivery_was_played_back(delivery)) {
		delivery->session->gateway->hooks->on_confirmed(delivery);
	} else {
		delivery_refuse_uncertain(delivery, GW_REMOTE_SERVER_TIMEOUT,
				"This was interrupted while it was passed on, and the network could not be asked since");
	}
}

void delivery_set_echo(struct delivery *delivery, const char *remote_id) {
	struct stanza *stanza = delivery->stanza;
	delivery->echo_id = remote_id ? arena_strdup(stanza->arena, remote_id) : NULL;
	delivery_note(stanza, NOTE_ECHO, remote_id);
	delivery_note(stanza, NOTE_ECHO_WITHOUT_ID, remote_id && !*remote_id ? "true" : NULL);
	delivery_rows_rewrite(delivery->session->gateway->deliveries->rows, delivery);
}

const char *delivery_echo_id(const struct delivery *delivery) {
	return text_not_empty(delivery->echo_id);
}

void delivery_notes_changed(struct delivery *delivery) {
	delivery_rows_rewrite(delivery->session->gateway->deliveries->rows, delivery);
}

void delivery_set_taken_back(struct delivery *delivery) {
	if (!delivery->is_taken_back) {
		delivery->is_taken_back = true;
		delivery_note(delivery->stanza, NOTE_TAKEN_BACK, "true");
		delivery_notes_changed(delivery);
	}
}

/* --- What is stored already, or comes out of an archive --- */

/* The clock may have been set back. */
static int64_t since_ms(struct gw_loop *loop, int64_t received_at_ms) {
	int64_t age_ms = gw_time_ms(loop) - received_at_ms;
	return gw_now_ms(loop) - (age_ms > 0 ? age_ms : 0);
}

static int compare_numbers(const struct delivery *a, const struct delivery *b) {
	return (a->number > b->number) - (a->number < b->number);
}

/* One that had to wait once more stands in a younger row than those that came after it. */
struct delivery *delivery_take_up(struct gw_session *session, struct gw_contact *contact, struct stanza *stanza) {
	struct deliveries *deliveries = session->gateway->deliveries;
	struct delivery *delivery = delivery_new(session, contact, stanza);
	delivery->received_at_ms = delivery_noted_integer(stanza, NOTE_RECEIVED_AT);
	delivery->since_ms = since_ms(session->gateway->loop, delivery->received_at_ms);
	delivery->number = delivery_noted_integer(stanza, NOTE_NUMBER);
	delivery->has_waited = stanza->is_recovered;
	delivery->echo_id = delivery_noted(stanza, NOTE_ECHO_WITHOUT_ID) ? "" : delivery_noted(stanza, NOTE_ECHO);
	delivery->changes = delivery_noted(stanza, NOTE_CHANGES_UNKNOWN) ? "" : delivery_noted(stanza, NOTE_CHANGES);
	delivery->replies_to = delivery_noted(stanza, NOTE_REPLIES_TO_UNKNOWN) ? "" : delivery_noted(stanza, NOTE_REPLIES_TO);
	delivery->is_taken_back = delivery_noted(stanza, NOTE_TAKEN_BACK) != NULL;
	if (delivery->number > deliveries->last_number) {
		deliveries->last_number = delivery->number;
	}
	DL_INSERT_INORDER(session->deliveries, delivery, compare_numbers);
	return delivery;
}

void deliveries_restore(struct gw_gateway *gateway) {
	struct deliveries *deliveries = gateway->deliveries;
	deliveries->held_from = store_number(gateway->store, HELD_FROM);
	deliveries->is_hold_stored = deliveries->held_from != 0;
	deliveries->last_number = deliveries->held_from; /* at least: numbers of an earlier life may all be gone */
	if (!delivery_rows_restore(deliveries->rows, delivery_restore, gateway)) {
		gateway->counters.lost++;
		gw_log_error(&gateway->log, "stored messages of users are damaged: they were changed from outside");
	}
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		deliveries_settle_restored(session);
	}
}

/* --- Taking, handing over --- */

static bool is_too_old(struct gw_session *session, const struct stanza *stanza) {
	int64_t kept_ms = waiting_max_ms(session);
	int64_t age_ms = gw_time_ms(session->gateway->loop) - delivery_noted_integer(stanza, NOTE_RECEIVED_AT);
	return age_ms > (kept_ms > RECOVERED_MS ? kept_ms : RECOVERED_MS);
}

static bool has_no_room(const struct gw_session *session, const struct stanza *stanza) {
	return session->delivery_count >= DELIVERIES_MAX || (session->delivery_count > 0 &&
			session->delivery_bytes + bytes_of(stanza->xml) > DELIVERIES_MAX_BYTES);
}

enum gw_condition deliveries_take(struct gw_session *session, struct gw_contact *contact, struct stanza *stanza,
		const char **out_text) {
	struct deliveries *deliveries = session->gateway->deliveries;
	bool is_logged_in = session->state == SESSION_LOGGED_IN;
	if (stanza->id && !message_id_is_short(stanza->id)) {
		*out_text = arena_printf(stanza->arena, "Your client gave this message an id of more than %d bytes.",
				MESSAGE_ID_MAX_BYTES);
		return GW_POLICY_VIOLATION;
	}
	if (!is_logged_in && (waiting_max_ms(session) <= 0 || !session_will_come_back(session))) {
		*out_text = session_unavailable_text(stanza->arena, session);
		return GW_RECIPIENT_UNAVAILABLE;
	}
	if (has_no_room(session, stanza)) {
		*out_text = is_logged_in ? "The network has not answered your last messages yet. Please wait." :
				"Too many of your messages wait for the network already.";
		return GW_RESOURCE_CONSTRAINT;
	}
	if (stanza->is_recovered && is_too_old(session, stanza)) {
		*out_text = "This did not get to the gateway in time, and is too old to be sent now.";
		return GW_RECIPIENT_UNAVAILABLE;
	}
	bool is_next = !session->is_behind && has_free_place(session) &&
			session->delivery_count == session->in_flight_count &&
			!delivery_changes_unconfirmed(session, contact, stanza);
	struct delivery *delivery = stanza->is_recovered ? delivery_take_up(session, contact, stanza) :
			delivery_add(session, contact, stanza);
	session->gateway->counters.taken++;
	note_id_given_again(session->deliveries, delivery);
	note_id_given_again(session->uncertain, delivery);
	if (delivery_is_held(delivery)) {
		keep_hold(deliveries);
	}
	store_contact(delivery);
	delivery_rows_put(deliveries->rows, delivery, is_next);
	if (is_next) {
		make_ready(deliveries, delivery);
	} else {
		waiting_limit(delivery);
		deliveries_hand_over(session);
	}
	return GW_OK;
}

/* Their rows are on the disk, or nothing is handed over. */
static void hand_over(void *data) {
	struct deliveries *deliveries = data;
	struct gw_gateway *gateway = deliveries->gateway;
	deliveries->is_scheduled = false;
	if (store_is_blocked(gateway->store)) {
		return; /* deliveries_resume() */
	}
	uint64_t turn = deliveries->turn;
	while (deliveries->ready && deliveries->ready->ready_since < turn) {
		struct delivery *delivery = deliveries->ready;
		if (!may_be_handed_over(delivery->session)) {
			delivery_wait(delivery);
			continue;
		}
		leave_ready(deliveries, delivery);
		delivery->state = DELIVERY_HANDED; /* which counts as before */
		gateway->hooks->on_delivery(delivery);
	}
}

void deliveries_resume(struct gw_gateway *gateway) {
	if (gateway->deliveries->ready) {
		schedule(gateway->deliveries);
	}
}

void deliveries_session_stays_away(struct gw_session *session, const char *why) {
	struct delivery *delivery, *next;
	DL_FOREACH_SAFE(session->deliveries, delivery, next) {
		if (delivery->state != DELIVERY_HANDED) {
			delivery_give_up(delivery, why);
		}
	}
}

/*
 * What stays stays in its row, too, so that the row is complete whenever it is written. What was only about to be handed over
 * was not, and what was has ended no process: the next life has to know.
 */
void deliveries_close(struct gw_session *session) {
	struct delivery_rows *rows = session->gateway->deliveries->rows;
	struct delivery *delivery, *next;
	session->again = NULL;
	DL_FOREACH_SAFE(session->deliveries, delivery, next) {
		if (delivery->state == DELIVERY_READY) {
			add_lives(session->gateway->deliveries, delivery, -1);
			delivery_rows_move(rows, delivery, delivery->was_handed);
		} else if (delivery->state == DELIVERY_HANDED) {
			delivery_note_survived(delivery->stanza);
			delivery_rows_rewrite(rows, delivery);
		}
		leave_flight(delivery);
		delivery->expiry = NULL;
		session->gateway->counters.left++;
		DL_DELETE(session->deliveries, delivery);
	}
	while (session->uncertain) {
		delivery = session->uncertain;
		uncertain_remove(delivery);
		if (!session->gateway->is_stopping) {
			delivery_rows_remove(rows, delivery);
			stanza_unref(delivery->stanza);
		}
	}
}

size_t deliveries_waiting_count(const struct gw_session *session) {
	size_t count = 0;
	const struct delivery *delivery;
	DL_FOREACH(session->deliveries, delivery) {
		count += delivery->state == DELIVERY_WAITING;
	}
	return count;
}
