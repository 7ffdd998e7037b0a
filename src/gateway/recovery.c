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
#include "gateway/privileged_iq.h"
#include "gateway/privileges.h"
#include "gateway/recovery_findings.h"
#include "gateway/recovery_span.h"
#include "gateway/server_time.h"
#include "util/digest.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
	AT_ONCE = 4,
	PAGE_MESSAGES = 100,
};

/* One user's archive. */
struct search {
	struct search *prev, *next;
	struct recovery *recovery;
	struct gw_session *session;
	char *query_id;
	bool is_void; /* the link went */
	bool is_cut;  /* there is more than is looked at */
	bool leaves_out; /* the user has chosen that not all is kept: what is not found may be lost all the same */
	const char *after;   /* the last result of the page before */
	struct recovery_findings *findings;
	struct arena arena;
};

struct recovery {
	struct gw_gateway *gateway;
	struct gw_session *waiting; /* for their turn */
	struct search *searches;
	unsigned searching;
	unsigned link_number;
	struct recovery_span span;
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
	recovery->span.gateway = gateway;
	return recovery;
}

static void search_free(struct search *search) {
	recovery_findings_free(search->findings);
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

void recovery_link_came(struct recovery *recovery) {
	struct gw_gateway *gateway = recovery->gateway;
	recovery->link_number++;
	recovery_span_link_came(&recovery->span);
	deliveries_hold(gateway->deliveries);
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		session->is_behind = true;
	}
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
		} else if (are_asked && may_ask(recovery, session) && !recovery_span_is_too_old(&recovery->span, session)) {
			wait_for_turn(recovery, session);
		} else {
			catch_up(session);
		}
	}
	begin_next(recovery);
}

static void handle_time(int64_t time_ms, void *data) {
	struct link *link = data;
	struct recovery *recovery = link->recovery;
	bool is_current = link->number == recovery->link_number && !recovery->gateway->is_stopping;
	free(link);
	if (is_current) {
		if (time_ms) {
			arrivals_note_time(recovery->gateway->arrivals, time_ms);
		}
		recovery->has_complained = false;
		recovery_span_begin(&recovery->span, time_ms);
		begin_all(recovery, recovery_span_is_known(&recovery->span));
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
	set_until(session, recovery->span.asked_at_ms);
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
	if (recovery->span.asked_at_ms) {
		set_until_exactly(session, recovery->span.asked_at_ms);
	}
}

static bool ask_for_page(struct search *search, const char *after) {
	struct gw_gateway *gateway = search->recovery->gateway;
	struct arena arena = { 0 };
	const char *user = search->session->jid.bare;
	struct xml_node *iq = privileged_iq_new(gateway, &arena, "set", user, user);
	archive_query_write(iq, &(struct archive_query){
		.id = search->query_id,
		.start_ms = recovery_span_start(&search->recovery->span, search->session),
		.end_ms = recovery_span_end(&search->recovery->span, search->session),
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

/* Whatever came of it. */
static void finish(struct search *search) {
	struct gw_session *session = search->session;
	end_search(search);
	catch_up(session);
}

/* True when it does not go on: the user left; or is asked about anew, with the next link. */
static bool is_broken_off(struct search *search, const struct ask_result *result) {
	struct recovery *recovery = search->recovery;
	bool has_gone = result->is_cancelled || search->is_void;
	if (has_gone) {
		end_search(search);
		begin_next(recovery);
	}
	return has_gone;
}

/* Where the archive does not say, it keeps all. */
static void preferences_came(const struct ask_result *result, void *data) {
	struct search *search = data;
	struct recovery *recovery = search->recovery;
	if (is_broken_off(search, result)) {
		return;
	}
	search->leaves_out = result->condition == GW_OK &&
			archive_preferences_leave_out(result->payload, recovery->gateway->jid.domain);
	if (!ask_for_page(search, NULL)) {
		finish(search);
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
	search->findings = recovery_findings_new(session, &recovery->span);
	DL_APPEND(recovery->searches, search);
	recovery->searching++;
	if (!ask_for_preferences(search) && !ask_for_page(search, NULL)) {
		finish(search);
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

void recovery_handle_result(struct recovery *recovery, const struct stanza *stanza, const struct archive_result *result) {
	struct search *search = find_search(recovery, result->query_id);
	if (search && strcmp(search->session->jid.bare, stanza->from.bare) == 0) {
		recovery_findings_add(search->findings, result);
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
	if (goes_round || recovery_findings_count(search->findings) >= arrivals_max(search->recovery->gateway->arrivals)) {
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
	if (is_broken_off(search, result)) {
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
		recovery_findings_take_missing(search->findings);
	}
	finish(search);
	begin_next(recovery);
}
