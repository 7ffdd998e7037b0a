/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Archives, some at a time, each page by page:
 *
 *	waiting -> asked what it keeps -> asked for its pages ... -> sorted in -> caught up
 *
 * Only when all users have caught up does the time move on from which the next link asks (arrivals.h).
 */
#include "gateway/recovery.h"

#include "gateway/absence.h"
#include "gateway/arrivals.h"
#include "gateway/deliveries.h"
#include "gateway/delivery_notes.h"
#include "gateway/privileged_iq.h"
#include "gateway/privileges.h"
#include "gateway/server_time.h"
#include "util/digest.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum {
	AT_ONCE = 4,
	PAGE_MESSAGES = 100,
	LONGEST_MS = 3600 * 1000,   /* by then the server has found that nobody is there, and sends messages back */
	LATEST_MS = 7 * 24 * 3600 * 1000, /* what is asked for is not older: archives do not go back for ever */
};

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

/* One user's archive. */
struct search {
	struct search *prev, *next;
	struct recovery *recovery;
	struct gw_session *session;
	char *query_id;
	unsigned looked_at; /* messages */
	bool is_void; /* the link went */
	bool is_cut;  /* there is more than is looked at */
	bool leaves_out; /* the user has chosen that not all is kept: what is not found may be lost all the same */
	const char *after;   /* the last result of the page before */
	struct found *found, *by_key; /* the last one of each key */
	struct seen *seen;
	struct returned *returned;
	struct arena arena;
};

struct recovery {
	struct gw_gateway *gateway;
	struct gw_session *waiting; /* for their turn */
	struct search *searches;
	unsigned searching;
	unsigned link_number;
	int64_t until_ms, known_ms; /* all of before that has come; what has come since then is known by its key */
	int64_t first_link_ms, last_link_ms; /* since then there were links before this one, from and to; 0: none */
	int64_t asked_at_ms;        /* by the server's clock: what is lost on this link comes later; 0: not known yet */
	int64_t asked_at_number;    /* of deliveries: what has come since then has a greater one */
	bool has_complained;        /* about archives that cannot be asked, in the log */
};

/* Which one a question was asked by. */
struct link {
	struct recovery *recovery;
	unsigned number;
};

static void begin_next(struct recovery *recovery);
static void page_ended(const struct ask_result *result, void *data);

struct recovery *recovery_new(struct gw_gateway *gateway) {
	struct recovery *recovery = mem_new(sizeof(*recovery));
	recovery->gateway = gateway;
	return recovery;
}

static void search_free(struct search *search) {
	struct found *found;
	DL_FOREACH(search->found, found) {
		if (found->stanza) {
			stanza_unref(found->stanza);
		}
	}
	HASH_CLEAR(hh, search->by_key);
	HASH_CLEAR(hh, search->seen);
	HASH_CLEAR(hh, search->returned);
	arena_finish(&search->arena);
	free(search->query_id);
	free(search);
}

void recovery_free(struct recovery *recovery) {
	free(recovery);
}

/* --- Who waits --- */

void recovery_close(struct gw_session *session) {
	struct recovery *recovery = session->gateway->recovery;
	if (session->is_archive_waiting) {
		session->is_archive_waiting = false;
		DL_DELETE2(recovery->waiting, session, archive_prev, archive_next);
	}
}

void recovery_hurry(struct gw_session *session) {
	struct recovery *recovery = session->gateway->recovery;
	if (session->is_archive_waiting) {
		DL_DELETE2(recovery->waiting, session, archive_prev, archive_next);
		DL_PREPEND2(recovery->waiting, session, archive_prev, archive_next);
	}
}

static void catch_up(struct gw_session *session) {
	session->is_behind = false;
	absence_search_ended(session);
	deliveries_hand_over(session);
}

static bool may_ask(const struct recovery *recovery, const struct gw_session *session) {
	return privileges_may_send_iq(recovery->gateway, session->jid.domain, NS_MAM, PRIVILEGE_SET);
}

#define FIRST_LINK "recovery_first_link_ms"
#define LAST_LINK "recovery_last_link_ms"

static bool is_since(int64_t link_ms, int64_t until_ms) {
	return link_ms > until_ms + SERVER_CLOCK_TELLS_MS;
}

/* From now on something may be lost on this link, too: when it breaks before all have caught up, the next one has to know. */
static void note_link(const struct recovery *recovery, int64_t time_ms) {
	struct store *store = recovery->gateway->store;
	int64_t until_ms = arrivals_complete_until_ms(recovery->gateway->arrivals);
	if (time_ms && until_ms) {
		if (!is_since(store_number(store, FIRST_LINK), until_ms)) {
			store_number_set(store, FIRST_LINK, time_ms);
		}
		store_number_set(store, LAST_LINK, time_ms);
	}
}

static void look_at_links(struct recovery *recovery) {
	const struct gw_gateway *gateway = recovery->gateway;
	int64_t first_ms = store_number(gateway->store, FIRST_LINK);
	bool there_was_one = is_since(first_ms, arrivals_complete_until_ms(gateway->arrivals));
	recovery->first_link_ms = there_was_one ? first_ms : 0;
	recovery->last_link_ms = there_was_one ? store_number(gateway->store, LAST_LINK) : 0;
}

void recovery_link_came(struct recovery *recovery) {
	struct gw_gateway *gateway = recovery->gateway;
	recovery->link_number++;
	recovery->asked_at_ms = 0;
	look_at_links(recovery);
	note_link(recovery, arrivals_server_now_ms(gateway->arrivals));
	deliveries_hold(gateway->deliveries);
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		session->is_behind = true;
	}
}

static void set_span(struct recovery *recovery, int64_t time_ms) {
	const struct arrivals *arrivals = recovery->gateway->arrivals;
	recovery->until_ms = arrivals_complete_until_ms(arrivals);
	recovery->known_ms = arrivals_known_since_ms(arrivals);
	recovery->asked_at_ms = time_ms;
	recovery->asked_at_number = deliveries_next_number(recovery->gateway->deliveries);
	recovery->has_complained = false;
}

/*
 * A user whose archive was looked at before the last link broke has less to wait for, whatever became of the others. The
 * server's clock may have been put back since.
 */
static int64_t until_for(const struct recovery *recovery, const struct gw_session *session) {
	int64_t own_ms = session->archive_until_ms;
	bool is_possible = own_ms <= recovery->asked_at_ms + ARCHIVE_MARGIN_MS + SERVER_CLOCK_TELLS_MS;
	return own_ms > recovery->until_ms && is_possible ? own_ms : recovery->until_ms;
}

/* Not of before the time from which each message is known. */
static int64_t start_for(const struct recovery *recovery, const struct gw_session *session) {
	int64_t start_ms = until_for(recovery, session) - ARCHIVE_MARGIN_MS;
	return start_ms > recovery->known_ms ? start_ms : recovery->known_ms;
}

/* Of each link that broke since then the same holds. */
static int64_t end_for(const struct recovery *recovery, const struct gw_session *session) {
	int64_t until_ms = until_for(recovery, session);
	return (recovery->last_link_ms > until_ms ? recovery->last_link_ms : until_ms) + LONGEST_MS;
}

/* When there was no link for so long that the server had found that, and had sent messages back. */
static bool is_between_links(const struct search *search, int64_t at_ms) {
	const struct recovery *recovery = search->recovery;
	return at_ms > until_for(recovery, search->session) + LONGEST_MS && at_ms < recovery->first_link_ms - ARCHIVE_MARGIN_MS;
}

static bool is_too_late(const struct recovery *recovery, const struct gw_session *session) {
	return recovery->asked_at_ms - until_for(recovery, session) > LATEST_MS;
}

static void wait_for_turn(struct recovery *recovery, struct gw_session *session) {
	if (!session->is_archive_waiting) {
		session->is_archive_waiting = true;
		DL_APPEND2(recovery->waiting, session, archive_prev, archive_next);
	}
	if (session->delivery_count > 0) {
		recovery_hurry(session);
	}
}

static void begin_all(struct recovery *recovery, bool are_asked) {
	struct gw_gateway *gateway = recovery->gateway;
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		if (!session->is_behind) {
			recovery_user_came(session); /* on this link, from which all has come */
		} else if (are_asked && may_ask(recovery, session) && !is_too_late(recovery, session)) {
			wait_for_turn(recovery, session);
		} else {
			catch_up(session);
		}
	}
	begin_next(recovery);
}

/*
 * What was forgotten again would be taken for what never came. And what was written after the server's clock was put back
 * stands in archives before the time from which they would be asked.
 */
static bool can_recover(const struct recovery *recovery) {
	const struct gw_gateway *gateway = recovery->gateway;
	if (arrivals_have_gap(gateway->arrivals)) {
		gw_log_warning(&gateway->log, "more messages came than can be remembered, so users' archives are not asked for what "
				"was lost");
		return false;
	}
	if (recovery->asked_at_ms && recovery->asked_at_ms < recovery->until_ms - ARCHIVE_MARGIN_MS) {
		gw_log_warning(&gateway->log, "the server's clock was put back, so users' archives are not asked for what was lost");
		return false;
	}
	return recovery->asked_at_ms != 0;
}

static void handle_time(int64_t time_ms, void *data) {
	struct link *link = data;
	struct recovery *recovery = link->recovery;
	bool is_current = link->number == recovery->link_number && !recovery->gateway->is_stopping;
	free(link);
	if (is_current) {
		if (time_ms) {
			arrivals_note_time(recovery->gateway->arrivals, time_ms);
			note_link(recovery, time_ms);
		}
		set_span(recovery, time_ms);
		begin_all(recovery, can_recover(recovery));
	}
}

void recovery_link_is_ready(struct recovery *recovery) {
	struct gw_gateway *gateway = recovery->gateway;
	const char *domain = privileges_domain_for_iq(gateway, NS_MAM, PRIVILEGE_SET);
	if (domain && arrivals_complete_until_ms(gateway->arrivals)) {
		struct link link = { .recovery = recovery, .number = recovery->link_number };
		server_time_ask(gateway, domain, handle_time, mem_dup(&link, sizeof(link)));
	} else {
		begin_all(recovery, false);
	}
}

void recovery_link_went(struct recovery *recovery) {
	recovery->link_number++;
	struct search *search;
	DL_FOREACH(recovery->searches, search) {
		search->is_void = true;
	}
	while (recovery->waiting) {
		recovery_close(recovery->waiting);
	}
}

/* --- Asking --- */

static void set_until(struct gw_session *session, int64_t time_ms) {
	session->archive_until_ms = time_ms;
	store_user_set_archive_until(session->gateway->store, session->id, time_ms);
}

static void note_until(const struct recovery *recovery, struct gw_session *session) {
	set_until(session, recovery->asked_at_ms);
}

/* Without the margin. */
static void set_until_exactly(struct gw_session *session, int64_t time_ms) {
	set_until(session, time_ms ? time_ms + ARCHIVE_MARGIN_MS : 0);
}

/* Of a stranger nothing is remembered that could be told from what never came. */
void recovery_user_came(struct gw_session *session) {
	session->is_behind = false;
	set_until_exactly(session, arrivals_server_now_ms(session->gateway->arrivals));
}

void recovery_user_was_told(struct gw_session *session) {
	const struct recovery *recovery = session->gateway->recovery;
	if (recovery->asked_at_ms) {
		set_until_exactly(session, recovery->asked_at_ms);
	}
}

static bool ask_for_page(struct search *search, const char *after) {
	struct gw_gateway *gateway = search->recovery->gateway;
	struct arena arena = { 0 };
	const char *user = search->session->jid.bare;
	struct xml_node *iq = privileged_iq_new(gateway, &arena, "set", user, user);
	archive_query_write(iq, &(struct archive_query){
		.id = search->query_id,
		.start_ms = start_for(search->recovery, search->session),
		.end_ms = end_for(search->recovery, search->session),
		.after = after,
		.max = PAGE_MESSAGES,
	});
	bool is_asked = privileged_iq_ask(gateway, &search->session->scope, iq, ASK_TIMEOUT_MS, page_ended, search);
	arena_finish(&arena);
	return is_asked;
}

static void end_search(struct search *search) {
	struct recovery *recovery = search->recovery;
	DL_DELETE(recovery->searches, search);
	recovery->searching--;
	search_free(search);
}

static void end_without_answer(struct search *search) {
	struct gw_session *session = search->session;
	end_search(search);
	catch_up(session);
}

/* True when it is not to go on: the user left; or is asked about anew, with the next link. */
static bool has_gone(const struct search *search, const struct ask_result *result) {
	return result->is_cancelled || search->is_void;
}

/* Where the archive does not say, it keeps all. */
static void preferences_came(const struct ask_result *result, void *data) {
	struct search *search = data;
	struct recovery *recovery = search->recovery;
	if (has_gone(search, result)) {
		end_search(search);
		begin_next(recovery);
		return;
	}
	search->leaves_out = result->condition == GW_OK &&
			archive_preferences_leave_out(result->payload, recovery->gateway->jid.domain);
	if (!ask_for_page(search, NULL)) {
		end_without_answer(search);
		begin_next(recovery);
	}
}

/* What an archive keeps is of interest to those who would be told what it does not. */
static bool ask_for_preferences(struct search *search) {
	const struct gw_session *session = search->session;
	struct gw_gateway *gateway = search->recovery->gateway;
	if (!session->missed_from_ms ||
			!privileges_may_send_iq(gateway, session->jid.domain, NS_MAM, PRIVILEGE_GET)) {
		return false;
	}
	struct arena arena = { 0 };
	struct xml_node *iq = privileged_iq_new(gateway, &arena, "get", session->jid.bare, session->jid.bare);
	archive_preferences_ask(iq);
	bool is_asked = privileged_iq_ask(gateway, &search->session->scope, iq, ASK_TIMEOUT_MS, preferences_came, search);
	arena_finish(&arena);
	return is_asked;
}

static void begin(struct recovery *recovery, struct gw_session *session) {
	struct search *search = mem_new(sizeof(*search));
	search->recovery = recovery;
	search->session = session;
	search->query_id = mem_strdup(digest_random_id(&search->arena));
	DL_APPEND(recovery->searches, search);
	recovery->searching++;
	if (!ask_for_preferences(search) && !ask_for_page(search, NULL)) {
		end_without_answer(search);
	}
}

static void begin_next(struct recovery *recovery) {
	struct gw_gateway *gateway = recovery->gateway;
	bool goes_on = gateway->is_link_ready && !gateway->is_stopping;
	while (recovery->waiting && recovery->searching < AT_ONCE && goes_on) {
		struct gw_session *session = recovery->waiting;
		recovery_close(session);
		begin(recovery, session);
	}
	if (!recovery->waiting && recovery->searching == 0 && goes_on) {
		deliveries_hold_no_longer(gateway->deliveries);
		arrivals_caught_up(gateway->arrivals);
	}
}

/* --- What is found --- */

static struct search *find_search(const struct recovery *recovery, const char *query_id) {
	struct search *search = recovery->searches;
	while (search && strcmp(search->query_id, query_id) != 0) {
		search = search->next;
	}
	return search;
}

static uint64_t key_of_returned(const struct gw_jid *contact, const char *id) {
	return digest_add_text(digest_add_text(0, contact->bare), id);
}

static struct returned *find_returned(const struct search *search, uint64_t key) {
	struct returned *returned;
	HASH_FIND(hh, search->returned, &key, sizeof(key), returned);
	return returned;
}

static struct returned *get_returned(struct search *search, const struct gw_jid *contact, const char *id) {
	uint64_t key = key_of_returned(contact, id);
	struct returned *returned = find_returned(search, key);
	if (!returned) {
		returned = arena_new(&search->arena, sizeof(*returned));
		returned->key = key;
		HASH_ADD(hh, search->returned, key, sizeof(key), returned);
	}
	return returned;
}

/* Servers send back at once: without an id it is the last one. */
static void add_returned(struct search *search, const struct stanza *stanza) {
	struct returned *returned = get_returned(search, &stanza->from, stanza->id);
	returned->place = search->looked_at;
	if (returned->nameless) {
		returned->nameless->is_returned = true;
		returned->nameless = returned->nameless->nameless_before;
	}
}

static void add_nameless(struct search *search, struct found *found) {
	struct returned *returned = get_returned(search, &found->stanza->to, NULL);
	found->nameless_before = returned->nameless;
	returned->nameless = found;
}

static struct found *find_last(const struct search *search, uint64_t key) {
	struct found *found;
	HASH_FIND(hh, search->by_key, &key, sizeof(key), found);
	return found;
}

/* Takes the stanza over. There may be thousands that have come: of them nothing but the place is kept, if they have an id. */
static void add_found(struct search *search, struct stanza *stanza, uint64_t key, int64_t at_ms) {
	struct found *found = arena_new(&search->arena, sizeof(*found));
	if (stanza->id && arrivals_knows(search->recovery->gateway->arrivals, key, at_ms)) {
		stanza_unref(stanza);
	} else {
		found->stanza = stanza;
	}
	if (found->stanza && !stanza->id) {
		add_nameless(search, found);
	}
	found->key = key;
	found->at_ms = at_ms;
	found->place = search->looked_at;
	DL_APPEND(search->found, found);
	found->same_before = find_last(search, key);
	if (found->same_before) {
		HASH_DEL(search->by_key, found->same_before);
	}
	HASH_ADD(hh, search->by_key, key, sizeof(key), found);
}

/* From the user to a contact of ours it is a message; from there to the user, as an error, it says what became of one. */
static void look_at(struct search *search, const struct archive_result *result) {
	const struct gw_jid *ours = &search->recovery->gateway->jid;
	struct arena *arena = arena_create();
	struct xml_node *xml = xml_copy(arena, result->message);
	const char *problem;
	stanza_adopt(xml);
	struct stanza *stanza = stanza_new(arena, xml, &problem);
	if (!stanza) {
		arena_finish(arena);
		return;
	}
	bool is_from_user = strcmp(stanza->from.bare, search->session->jid.bare) == 0;
	bool is_to_contact = stanza->to.local && strcmp(stanza->to.domain, ours->domain) == 0;
	uint64_t key = is_from_user && is_to_contact ? arrivals_key(stanza) : 0;
	if (key && !gateway_is_own_copy(search->recovery->gateway, stanza)) {
		add_found(search, stanza, key, result->at_ms);
		return;
	}
	if (stanza_is_error(stanza) && strcmp(stanza->from.domain, ours->domain) == 0) {
		add_returned(search, stanza);
	}
	stanza_unref(stanza);
}

static bool is_new(struct search *search, const char *id) {
	struct seen *seen = NULL;
	if (!id || !*id) {
		return true;
	}
	uint64_t key = digest_add_text(0, id);
	HASH_FIND(hh, search->seen, &key, sizeof(key), seen);
	if (seen) {
		return false;
	}
	seen = arena_new(&search->arena, sizeof(*seen));
	seen->key = key;
	HASH_ADD(hh, search->seen, key, sizeof(key), seen);
	return true;
}

void recovery_handle_result(struct recovery *recovery, const struct stanza *stanza, const struct archive_result *result) {
	struct search *search = find_search(recovery, result->query_id);
	if (search && strcmp(search->session->jid.bare, stanza->from.bare) == 0) {
		search->looked_at++;
		if (is_new(search, result->id) && !is_between_links(search, result->at_ms)) {
			look_at(search, result);
		}
	}
}

/* --- Sorting it in --- */

static bool was_returned(const struct search *search, const struct found *found) {
	const struct stanza *stanza = found->stanza;
	const struct returned *returned = stanza->id ? find_returned(search, key_of_returned(&stanza->to, stanza->id)) : NULL;
	return found->is_returned || (returned && returned->place > found->place);
}

static void find_missing(struct search *search) {
	struct found *found;
	DL_FOREACH(search->found, found) {
		found->is_missing = found->stanza && !was_returned(search, found) &&
				!arrivals_knows(search->recovery->gateway->arrivals, found->key, found->at_ms);
	}
}

static bool came_since_asked(const struct recovery *recovery, const struct delivery *delivery) {
	return delivery->number > recovery->asked_at_number;
}

static unsigned count_since_asked(const struct search *search, uint64_t key) {
	unsigned count = 0;
	struct delivery *delivery;
	DL_FOREACH(search->session->deliveries, delivery) {
		count += came_since_asked(search->recovery, delivery) && arrivals_key(delivery->stanza) == key;
	}
	return count;
}

/*
 * The same words without an id, "Alarm" from a script, can only be counted: what came since the time until which all has, and
 * what the archive took since then; both before the server told its time on this link.
 */
static void count_alike(const struct search *search, struct found *last) {
	const struct recovery *recovery = search->recovery;
	int64_t after_ms = recovery->until_ms + 2 * SERVER_CLOCK_TELLS_MS;
	unsigned came = arrivals_count(recovery->gateway->arrivals, last->key), taken = 0;
	unsigned since_asked = count_since_asked(search, last->key);
	if (came == 0 || came < since_asked) {
		return;
	}
	while (last && last->at_ms >= recovery->asked_at_ms) {
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

static void find_missing_alike(const struct search *search) {
	for (struct found *last = search->by_key; last; last = last->hh.next) {
		if (last->stanza && !last->stanza->id && last->same_before) {
			count_alike(search, last);
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
static void number(struct search *search) {
	const struct recovery *recovery = search->recovery;
	struct gw_session *session = search->session;
	int64_t next = 0;
	for (struct delivery *delivery = last_of(session); delivery; delivery = before(session, delivery)) {
		struct found *found = find_last(search, arrivals_key(delivery->stanza));
		while (found && (found->number || found->is_missing)) {
			found = found->same_before;
		}
		if (found && !delivery->stanza->id && found->at_ms < recovery->asked_at_ms && came_since_asked(recovery, delivery)) {
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
	for (struct found *found = search->found ? search->found->prev : NULL; found;
			found = found == search->found ? NULL : found->prev) {
		if (found->number && found->number < next) {
			next = found->number;
		} else if (found->is_missing) {
			found->number = --next;
		}
	}
}

static void sort_in(struct search *search) {
	struct gw_gateway *gateway = search->recovery->gateway;
	unsigned count = 0;
	struct found *found;
	find_missing(search);
	find_missing_alike(search);
	number(search);
	DL_FOREACH(search->found, found) {
		if (found->is_missing && arrivals_note_recovered(gateway->arrivals, found->stanza, found->at_ms)) {
			delivery_note_recovered(found->stanza, found->number, found->at_ms);
			gateway->hooks->on_stanza(gateway, found->stanza);
			count++;
		}
	}
	gateway->counters.recovered += count;
	if (count > 0) {
		gw_log_info(&search->session->log, "recovered %u message%s from the user's archive", count,
				count == 1 ? "" : "s");
	}
}

static void complain(struct search *search, const struct ask_result *result) {
	struct recovery *recovery = search->recovery;
	if (!recovery->has_complained) {
		recovery->has_complained = true;
		gw_log_warning(&recovery->gateway->log, "the server does not answer for the archive of %s, so messages may be "
				"missing: %s%s%s. The admin guide says what it needs", search->session->jid.bare,
				gw_condition_name(result->condition), result->text ? ", " : "", result->text ? result->text : "");
	}
}

/* True when there is another page to wait for. */
static bool goes_on(struct search *search, const struct archive_end *end) {
	if (end->is_complete || !end->last) {
		return false;
	}
	bool goes_round = search->after && strcmp(search->after, end->last) == 0;
	if (goes_round || search->looked_at >= arrivals_max(search->recovery->gateway->arrivals)) {
		gw_log_warning(&search->session->log, "the archive has more messages than are looked at");
		search->is_cut = true;
		return false;
	}
	search->after = arena_strdup(&search->arena, end->last);
	search->is_cut = !ask_for_page(search, search->after); /* the server may have taken its grant back */
	return !search->is_cut;
}

static void page_ended(const struct ask_result *result, void *data) {
	struct search *search = data;
	struct recovery *recovery = search->recovery;
	struct gw_session *session = search->session;
	struct archive_end end;
	if (has_gone(search, result)) {
		end_search(search);
		begin_next(recovery);
		return;
	}
	if (result->condition != GW_OK || !archive_end_read(result->payload, &end)) {
		complain(search, result);
	} else if (goes_on(search, &end)) {
		return;
	} else {
		if (!search->is_cut && !search->leaves_out) {
			absence_is_made_up_for(session);
		}
		if (!search->is_cut) {
			note_until(recovery, session);
		}
		sort_in(search);
	}
	end_search(search);
	catch_up(session);
	begin_next(recovery);
}
