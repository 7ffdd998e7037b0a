/* SPDX-License-Identifier: MPL-2.0 */
/* Attributes of a stored stanza. */
#include "gateway/delivery_notes.h"

#include "util/mem.h"
#include "util/text.h"

#include <stdlib.h>

void delivery_note(struct stanza *stanza, const char *name, const char *value) {
	if (value || xml_get(stanza->xml, name)) {
		xml_set(stanza->xml, name, value ? value : "");
	}
}

void delivery_note_integer(struct stanza *stanza, const char *name, int64_t value) {
	xml_set_integer(stanza->xml, name, value);
}

/* Of one that the network may have each life is counted. */
void delivery_note_survived(struct stanza *stanza) {
	delivery_note_integer(stanza, NOTE_LIVES, -1);
}

const char *delivery_noted(const struct stanza *stanza, const char *name) {
	return text_not_empty(xml_get(stanza->xml, name));
}

int64_t delivery_noted_integer(const struct stanza *stanza, const char *name) {
	const char *value = xml_get(stanza->xml, name);
	return value ? strtoll(value, NULL, 10) : 0;
}

void delivery_notes_begin(struct stanza *stanza, int64_t number, int64_t received_at_ms) {
	static const char *const others[] = { NOTE_ECHO, NOTE_ECHO_WITHOUT_ID, NOTE_CHANGES, NOTE_CHANGES_UNKNOWN,
		NOTE_REPLIES_TO, NOTE_REPLIES_TO_UNKNOWN, NOTE_TAKEN_BACK, NOTE_TOLD_AT, NOTE_LIVES, NOTE_CONTACT_ID,
		NOTE_ID_GIVEN_AGAIN, NOTE_LEFT_BEHIND };
	delivery_note_integer(stanza, NOTE_NUMBER, number);
	delivery_note_integer(stanza, NOTE_RECEIVED_AT, received_at_ms);
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		delivery_note(stanza, others[i], NULL);
	}
}

void delivery_note_recovered(struct stanza *stanza, int64_t number, int64_t written_at_ms) {
	stanza->is_recovered = true;
	delivery_notes_begin(stanza, number, written_at_ms);
}
