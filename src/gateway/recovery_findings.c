/* SPDX-License-Identifier: MPL-2.0 */
/* Keys of what is found, in the order of the archive. */
#include "gateway/recovery_findings.h"

#include "gateway/arrivals.h"
#include "gateway/deliveries.h"
#include "gateway/delivery_notes.h"
#include "util/digest.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

/* A message to one of ours, in the archive's order. */
struct found {
	struct found *prev, *next;
	struct stanza *stanza; /* NULL: it has come, and only tells where others stand */
	uint64_t key;
	bool is_missing;       /* it has not come, and the user does not know */
	int64_t at_ms;         /* when the archive took it */
	unsigned place;        /* in the archive */
	int64_t number;        /* of its place among the deliveries */
	struct found *same_before; /* the one before it that has the same key */
	struct found *nameless_before; /* without an id: the one before it to the same contact, if it has none either */
	bool is_returned;      /* without an id: what stands behind it is an error without one */
	UT_hash_handle hh;
};

/* A result, whatever it is: archives may count, and begin a page, with one of the page before. */
struct seen {
	uint64_t key;
	UT_hash_handle hh;
};

/* An error that the user got for a message. */
struct returned {
	uint64_t key;
	unsigned place; /* in the archive, of the last one: what stands behind it was sent once more */
	struct found *nameless; /* of a contact: the last message without an id that did not come back */
	UT_hash_handle hh;
};

struct recovery_findings {
	struct gw_session *session;
	const struct recovery_span *span;
	unsigned count; /* results, whatever they are */
	struct found *found, *by_key; /* the last one of each key */
	struct seen *seen;
	struct returned *returned;
	struct arena arena;
};

struct recovery_findings *recovery_findings_new(struct gw_session *session, const struct recovery_span *span) {
	struct recovery_findings *findings = mem_new(sizeof(*findings));
	findings->session = session;
	findings->span = span;
	return findings;
}

void recovery_findings_free(struct recovery_findings *findings) {
	struct found *found;
	DL_FOREACH(findings->found, found) {
		if (found->stanza) {
			stanza_unref(found->stanza);
		}
	}
	HASH_CLEAR(hh, findings->by_key);
	HASH_CLEAR(hh, findings->seen);
	HASH_CLEAR(hh, findings->returned);
	arena_finish(&findings->arena);
	free(findings);
}

unsigned recovery_findings_count(const struct recovery_findings *findings) {
	return findings->count;
}

/* --- What is found --- */

static uint64_t key_of_returned(const struct gw_jid *contact, const char *id) {
	return digest_add_text(digest_add_text(0, contact->bare), id);
}

static struct returned *find_returned(const struct recovery_findings *findings, uint64_t key) {
	struct returned *returned;
	HASH_FIND(hh, findings->returned, &key, sizeof(key), returned);
	return returned;
}

static struct returned *get_returned(struct recovery_findings *findings, const struct gw_jid *contact, const char *id) {
	uint64_t key = key_of_returned(contact, id);
	struct returned *returned = find_returned(findings, key);
	if (!returned) {
		returned = arena_new(&findings->arena, sizeof(*returned));
		returned->key = key;
		HASH_ADD(hh, findings->returned, key, sizeof(key), returned);
	}
	return returned;
}

/* Servers send back at once: without an id it is the last one. */
static void add_returned(struct recovery_findings *findings, const struct stanza *stanza) {
	struct returned *returned = get_returned(findings, &stanza->from, stanza->id);
	returned->place = findings->count;
	if (returned->nameless) {
		returned->nameless->is_returned = true;
		returned->nameless = returned->nameless->nameless_before;
	}
}

static void add_nameless(struct recovery_findings *findings, struct found *found) {
	struct returned *returned = get_returned(findings, &found->stanza->to, NULL);
	found->nameless_before = returned->nameless;
	returned->nameless = found;
}

static struct found *find_last(const struct recovery_findings *findings, uint64_t key) {
	struct found *found;
	HASH_FIND(hh, findings->by_key, &key, sizeof(key), found);
	return found;
}

/* Takes the stanza over. There may be thousands that have come: of them nothing but the place is kept, if they have an id. */
static void add_found(struct recovery_findings *findings, struct stanza *stanza, uint64_t key, int64_t at_ms) {
	struct found *found = arena_new(&findings->arena, sizeof(*found));
	if (stanza->id && arrivals_knows(findings->span->gateway->arrivals, key, at_ms)) {
		stanza_unref(stanza);
	} else {
		found->stanza = stanza;
	}
	if (found->stanza && !stanza->id) {
		add_nameless(findings, found);
	}
	found->key = key;
	found->at_ms = at_ms;
	found->place = findings->count;
	DL_APPEND(findings->found, found);
	found->same_before = find_last(findings, key);
	if (found->same_before) {
		HASH_DEL(findings->by_key, found->same_before);
	}
	HASH_ADD(hh, findings->by_key, key, sizeof(key), found);
}

/* From the user to a contact of ours it is a message; from there to the user, as an error, it says what became of one. */
static void look_at(struct recovery_findings *findings, const struct archive_result *result) {
	const struct gw_jid *ours = &findings->span->gateway->jid;
	struct arena *arena = arena_create();
	struct xml_node *xml = xml_copy(arena, result->message);
	const char *problem;
	stanza_adopt(xml);
	struct stanza *stanza = stanza_new(arena, xml, &problem);
	if (!stanza) {
		arena_finish(arena);
		return;
	}
	bool is_from_user = strcmp(stanza->from.bare, findings->session->jid.bare) == 0;
	bool is_to_contact = stanza->to.local && strcmp(stanza->to.domain, ours->domain) == 0;
	uint64_t key = is_from_user && is_to_contact ? arrivals_key(stanza) : 0;
	if (key && !gateway_is_own_copy(findings->span->gateway, stanza)) {
		add_found(findings, stanza, key, result->at_ms);
		return;
	}
	if (stanza_is_error(stanza) && strcmp(stanza->from.domain, ours->domain) == 0) {
		add_returned(findings, stanza);
	}
	stanza_unref(stanza);
}

static bool is_new(struct recovery_findings *findings, const char *id) {
	struct seen *seen = NULL;
	if (!id || !*id) {
		return true;
	}
	uint64_t key = digest_add_text(0, id);
	HASH_FIND(hh, findings->seen, &key, sizeof(key), seen);
	if (seen) {
		return false;
	}
	seen = arena_new(&findings->arena, sizeof(*seen));
	seen->key = key;
	HASH_ADD(hh, findings->seen, key, sizeof(key), seen);
	return true;
}

void recovery_findings_add(struct recovery_findings *findings, const struct archive_result *result) {
	findings->count++;
	if (is_new(findings, result->id) &&
			!recovery_span_is_between_links(findings->span, findings->session, result->at_ms)) {
		look_at(findings, result);
	}
}

/* --- Sorting it in --- */

static bool was_returned(const struct recovery_findings *findings, const struct found *found) {
	const struct stanza *stanza = found->stanza;
	const struct returned *returned = stanza->id ? find_returned(findings, key_of_returned(&stanza->to, stanza->id)) : NULL;
	return found->is_returned || (returned && returned->place > found->place);
}

static void find_missing(struct recovery_findings *findings) {
	struct found *found;
	DL_FOREACH(findings->found, found) {
		found->is_missing = found->stanza && !was_returned(findings, found) &&
				!arrivals_knows(findings->span->gateway->arrivals, found->key, found->at_ms);
	}
}

static bool came_since_asked(const struct recovery_span *span, const struct delivery *delivery) {
	return delivery->number > span->asked_at_number;
}

static unsigned count_since_asked(const struct recovery_findings *findings, uint64_t key) {
	unsigned count = 0;
	struct delivery *delivery;
	DL_FOREACH(findings->session->deliveries, delivery) {
		count += came_since_asked(findings->span, delivery) && arrivals_key(delivery->stanza) == key;
	}
	return count;
}

/*
 * The same words without an id, "Alarm" from a script, can only be counted: what came since the time until which all has, and
 * what the archive took since then; both before the server told its time on this link.
 */
static void count_alike(const struct recovery_findings *findings, struct found *last) {
	const struct recovery_span *span = findings->span;
	int64_t after_ms = span->until_ms + 2 * SERVER_CLOCK_TELLS_MS;
	unsigned came = arrivals_count(span->gateway->arrivals, last->key), taken = 0;
	unsigned since_asked = count_since_asked(findings, last->key);
	if (came == 0 || came < since_asked) {
		return;
	}
	while (last && last->at_ms >= span->asked_at_ms) {
		last = last->same_before;
	}
	for (const struct found *found = last; found && found->at_ms > after_ms; found = found->same_before) {
		taken += !found->is_returned;
	}
	for (came -= since_asked; taken > came; last = last->same_before) {
		if (!last->is_returned) {
			last->is_missing = true;
			taken--;
		}
	}
}

static void find_missing_alike(const struct recovery_findings *findings) {
	for (struct found *last = findings->by_key; last; last = last->hh.next) {
		if (last->stanza && !last->stanza->id && last->same_before) {
			count_alike(findings, last);
		}
	}
}

static struct delivery *last_of(const struct gw_session *session) {
	return session->deliveries ? session->deliveries->prev : NULL;
}

static struct delivery *before(const struct gw_session *session, const struct delivery *delivery) {
	return delivery == session->deliveries ? NULL : delivery->prev;
}

/*
 * Messages that came and wait for the network tell where those that did not come stand. What came on this link after the
 * archive had been asked is not among what was found: it is behind all. Of the same words without an id what waits is the last.
 */
static void number(struct recovery_findings *findings) {
	const struct recovery_span *span = findings->span;
	struct gw_session *session = findings->session;
	int64_t next = 0;
	for (struct delivery *delivery = last_of(session); delivery; delivery = before(session, delivery)) {
		struct found *found = find_last(findings, arrivals_key(delivery->stanza));
		while (found && (found->number || found->is_missing)) {
			found = found->same_before;
		}
		if (found && !delivery->stanza->id && found->at_ms < span->asked_at_ms && came_since_asked(span, delivery)) {
			found = NULL; /* its own place is behind all */
		}
		if (found) {
			found->number = delivery->number;
		} else if (delivery_is_held(delivery)) {
			next = delivery->number;
		}
	}
	if (!next) {
		next = deliveries_next_number(session->gateway->deliveries);
	}
	for (struct found *found = findings->found ? findings->found->prev : NULL; found;
			found = found == findings->found ? NULL : found->prev) {
		if (found->number && found->number < next) {
			next = found->number;
		} else if (found->is_missing) {
			found->number = --next;
		}
	}
}

void recovery_findings_take_missing(struct recovery_findings *findings) {
	struct gw_gateway *gateway = findings->span->gateway;
	unsigned count = 0;
	struct found *found;
	find_missing(findings);
	find_missing_alike(findings);
	number(findings);
	DL_FOREACH(findings->found, found) {
		if (found->is_missing && arrivals_note_recovered(gateway->arrivals, found->stanza, found->at_ms)) {
			delivery_note_recovered(found->stanza, found->number, found->at_ms);
			gateway->hooks->on_stanza(gateway, found->stanza);
			count++;
		}
	}
	gateway->counters.recovered += count;
	if (count > 0) {
		gw_log_info(&findings->session->log, "recovered %u message%s from the user's archive", count,
				count == 1 ? "" : "s");
	}
}
