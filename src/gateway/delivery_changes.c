/* SPDX-License-Identifier: MPL-2.0 */
/* By the user's ids and, of what the network has confirmed, by the network's. */
#include "gateway/delivery_changes.h"

#include "codec/message.h"
#include "gateway/delivery_notes.h"
#include "gateway/message_ids.h"
#include "util/text.h"

#include <string.h>

/* Which of the user's messages it changes or takes back; NULL: none. */
static const char *target_of(struct stanza *stanza) {
	const struct message_content *content = message_content_of(stanza);
	return content->replaces ? content->replaces : content->retracts;
}

/* Stored with it; an id that a stanza cannot carry is looked for anew in the next life. */
static const char *settle(struct delivery *delivery, const char *remote_id, const char *note, const char *note_unknown) {
	struct stanza *stanza = delivery->stanza;
	if (!remote_id) {
		delivery_note(stanza, note_unknown, "true");
	} else if (text_is_clean(remote_id, strlen(remote_id))) {
		delivery_note(stanza, note, remote_id);
	}
	delivery_notes_changed(delivery);
	return remote_id ? remote_id : "";
}

const char *delivery_target(struct delivery *delivery) {
	const char *target = target_of(delivery->stanza);
	if (target && !delivery->changes) {
		const char *remote_id = message_ids_find_own(delivery->contact, delivery->stanza->arena, target);
		delivery->changes = settle(delivery, remote_id, NOTE_CHANGES, NOTE_CHANGES_UNKNOWN);
	}
	return text_not_empty(delivery->changes);
}

const char *delivery_replies_to(struct delivery *delivery) {
	const char *target = message_content_of(delivery->stanza)->reply.id;
	if (target && !delivery->replies_to) {
		const char *remote_id = message_ids_find_target(delivery->contact, delivery->stanza->arena, target);
		delivery->replies_to = settle(delivery, remote_id, NOTE_REPLIES_TO, NOTE_REPLIES_TO_UNKNOWN);
	}
	return text_not_empty(delivery->replies_to);
}

/* Is it the message of this id, or does it change or take back that? */
static bool is_about(struct stanza *stanza, const char *id) {
	const char *target = target_of(stanza);
	return (stanza->id && strcmp(stanza->id, id) == 0) || (target && strcmp(target, id) == 0);
}

/* The next one before it, in the same chat, that changes a message which the network has an id for; NULL: none does. */
static const struct delivery *next_change(const struct delivery *first, const struct gw_contact *contact,
		const struct stanza *before) {
	const struct delivery *other = first;
	while (other && other->stanza != before && (other->contact != contact || !text_not_empty(other->changes))) {
		other = other->next;
	}
	return other && other->stanza != before ? other : NULL;
}

/* The user's client may know one message by several ids: its own, and those of corrections. */
static bool is_changed_by_another_id(const struct gw_session *session, struct gw_contact *contact,
		const struct stanza *stanza, const char *target) {
	struct arena arena = { 0 };
	const struct delivery *other = next_change(session->deliveries, contact, stanza);
	const char *remote_id = other ? message_ids_find_own(contact, &arena, target) : NULL;
	while (remote_id && other && strcmp(other->changes, remote_id) != 0) {
		other = next_change(other->next, contact, stanza);
	}
	arena_finish(&arena);
	return remote_id && other;
}

bool delivery_changes_unconfirmed(const struct gw_session *session, struct gw_contact *contact, struct stanza *stanza) {
	const char *target = session->deliveries ? target_of(stanza) : NULL;
	const struct delivery *other;
	for (other = target ? session->deliveries : NULL; other && other->stanza != stanza; other = other->next) {
		if (other->contact == contact && is_about(other->stanza, target)) {
			return true;
		}
	}
	return target && is_changed_by_another_id(session, contact, stanza, target);
}
