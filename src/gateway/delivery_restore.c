/* SPDX-License-Identifier: MPL-2.0 */
/* One stored stanza after the other. */
#include "gateway/delivery_restore.h"

#include "gateway/contact.h"
#include "gateway/delivery_notes.h"
#include "gateway/delivery_rows.h"
#include "gateway/outbox.h"
#include "gateway/returned.h"
#include "gateway/uncertain.h"
#include "gateway/waiting.h"

#include <utlist.h>

enum { LIVES_MAX = 3 }; /* in which a message is handed over again */

/* Whom it was taken for, whatever the module thinks of the address now. */
static struct gw_contact *restore_contact(struct gw_session *session, const struct stanza *stanza) {
	const char *local = stanza->to.local, *id = delivery_noted(stanza, NOTE_CONTACT_ID);
	struct gw_contact *contact = local ? contact_find_by_local(session, local) : NULL;
	if (contact || !local) {
		return contact;
	}
	return id ? gw_session_contact(session, id) : contact_get_by_local(session, local);
}

/* It takes the way of everything that comes in, as late as it is. */
static void take_left_behind(struct gw_gateway *gateway, struct stanza *stanza) {
	int64_t number = delivery_noted_integer(stanza, NOTE_NUMBER);
	delivery_note_recovered(stanza, number, delivery_noted_integer(stanza, NOTE_RECEIVED_AT));
	gateway->hooks->on_stanza(gateway, stanza);
}

/* Nobody is there who could be asked to take it. */
static void refuse_restored(struct gw_session *session, struct stanza *stanza) {
	struct gw_gateway *gateway = session->gateway;
	gw_log_warning(&session->log, "a message that waited is for %s, who is not known any more", stanza->to.bare);
	gateway->counters.taken++;
	gateway->counters.returned++;
	static const char why[] = "This waited while the gateway was started anew, and now nobody is known by this address any "
			"more.";
	outbox_refuse(gateway, stanza, GW_ITEM_NOT_FOUND, why);
	returned_note(session, stanza, delivery_noted_integer(stanza, NOTE_RECEIVED_AT), why);
}

/* The user has been told already. */
static void restore_uncertain(struct gw_session *session, struct gw_contact *contact, struct stanza *stanza,
		struct delivery_row *row) {
	int64_t told_at_ms = delivery_noted_integer(stanza, NOTE_TOLD_AT);
	if (contact && gw_time_ms(session->gateway->loop) - told_at_ms < UNCERTAIN_MS) {
		struct delivery *delivery = delivery_take_up(session, contact, stanza);
		delivery->told_at_ms = told_at_ms;
		delivery_row_put(row, delivery);
		delivery_leave_session(delivery);
		uncertain_add(delivery);
	}
}

/*
 * A message that its module does not survive would be handed over again for as long as it is kept, and nobody's messages get
 * far meanwhile.
 */
static bool is_fatal(const struct delivery *delivery) {
	if (delivery_noted_integer(delivery->stanza, NOTE_LIVES) < LIVES_MAX) {
		return false;
	}
	gw_log_error(&delivery->session->log, "the process ended each of the %d times that the module was given a message to %s: "
			"it is not given it again", LIVES_MAX + 1, delivery->contact->bare_jid);
	return true;
}

static void restore_unanswered(struct gw_session *session, struct gw_contact *contact, struct stanza *stanza,
		struct delivery_row *row, bool is_handed) {
	struct delivery *delivery = delivery_take_up(session, contact, stanza);
	delivery_row_put(row, delivery);
	delivery->was_handed = is_handed;
	session->gateway->counters.taken++;
}

void delivery_restore(const struct xml_node *xml, struct delivery_row *row, bool is_handed, void *data) {
	struct gw_gateway *gateway = data;
	struct arena *arena = arena_create();
	const char *problem;
	struct stanza *stanza = stanza_new(arena, xml_copy(arena, xml), &problem);
	if (!stanza) {
		arena_finish(arena);
		return;
	}
	if (delivery_noted(stanza, NOTE_LEFT_BEHIND)) {
		take_left_behind(gateway, stanza);
		stanza_unref(stanza);
		return;
	}
	struct gw_session *session = session_find(gateway, stanza->from.bare);
	struct gw_contact *contact = session ? restore_contact(session, stanza) : NULL;
	if (delivery_noted(stanza, NOTE_TOLD_AT)) {
		restore_uncertain(session, contact, stanza, row);
	} else if (session && !contact) {
		refuse_restored(session, stanza);
	} else if (contact) {
		restore_unanswered(session, contact, stanza, row, is_handed);
	}
	stanza_unref(stanza);
}

static void settle(struct delivery *delivery) {
	const struct gw_gateway *gateway = delivery->session->gateway;
	if (delivery->was_handed && delivery_was_played_back(delivery)) {
		gateway->hooks->on_confirmed(delivery);
	} else if (delivery->was_handed && (!gateway->module->recognises_messages || is_fatal(delivery))) {
		delivery_refuse_uncertain(delivery, GW_REMOTE_SERVER_TIMEOUT, "The gateway was interrupted while it passed this on");
	} else {
		waiting_limit(delivery);
	}
}

void deliveries_settle_restored(struct gw_session *session) {
	struct delivery *delivery, *next;
	DL_FOREACH_SAFE(session->deliveries, delivery, next) {
		settle(delivery);
	}
}
