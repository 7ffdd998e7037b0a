/* SPDX-License-Identifier: MPL-2.0 */
/* What the store knows of links, and times of arrivals. */
#include "gateway/recovery_span.h"

#include "gateway/arrivals.h"
#include "gateway/deliveries.h"

enum {
	LONGEST_MS = 3600 * 1000,   /* by then the server has found that nobody is there, and sends messages back */
	LATEST_MS = 7 * 24 * 3600 * 1000, /* what is asked for is not older: archives do not go back for ever */
};

#define FIRST_LINK "recovery_first_link_ms"
#define LAST_LINK "recovery_last_link_ms"

static bool is_since(int64_t link_ms, int64_t until_ms) {
	return link_ms > until_ms + SERVER_CLOCK_TELLS_MS;
}

/* From now on something may be lost on this link, too: when it breaks before all have caught up, the next one has to know. */
static void note_link(const struct recovery_span *span, int64_t time_ms) {
	struct store *store = span->gateway->store;
	int64_t until_ms = arrivals_complete_until_ms(span->gateway->arrivals);
	if (time_ms && until_ms) {
		if (!is_since(store_number(store, FIRST_LINK), until_ms)) {
			store_number_set(store, FIRST_LINK, time_ms);
		}
		store_number_set(store, LAST_LINK, time_ms);
	}
}

static void look_at_links(struct recovery_span *span) {
	const struct gw_gateway *gateway = span->gateway;
	int64_t first_ms = store_number(gateway->store, FIRST_LINK);
	bool there_was_one = is_since(first_ms, arrivals_complete_until_ms(gateway->arrivals));
	span->first_link_ms = there_was_one ? first_ms : 0;
	span->last_link_ms = there_was_one ? store_number(gateway->store, LAST_LINK) : 0;
}

void recovery_span_link_came(struct recovery_span *span) {
	span->asked_at_ms = 0;
	look_at_links(span);
	note_link(span, arrivals_server_now_ms(span->gateway->arrivals));
}

void recovery_span_begin(struct recovery_span *span, int64_t time_ms) {
	const struct arrivals *arrivals = span->gateway->arrivals;
	if (time_ms) {
		note_link(span, time_ms);
	}
	span->until_ms = arrivals_complete_until_ms(arrivals);
	span->known_ms = arrivals_known_since_ms(arrivals);
	span->asked_at_ms = time_ms;
	span->asked_at_number = deliveries_next_number(span->gateway->deliveries);
}

/*
 * A user whose archive was looked at before the last link broke has less to wait for, whatever became of the others. The
 * server's clock may have been put back since.
 */
static int64_t until_for(const struct recovery_span *span, const struct gw_session *session) {
	int64_t own_ms = session->archive_until_ms;
	bool is_possible = own_ms <= span->asked_at_ms + ARCHIVE_MARGIN_MS + SERVER_CLOCK_TELLS_MS;
	return own_ms > span->until_ms && is_possible ? own_ms : span->until_ms;
}

/* Not of before the time from which each message is known. */
int64_t recovery_span_start(const struct recovery_span *span, const struct gw_session *session) {
	int64_t start_ms = until_for(span, session) - ARCHIVE_MARGIN_MS;
	return start_ms > span->known_ms ? start_ms : span->known_ms;
}

/* Of each link that broke since then the same holds. */
int64_t recovery_span_end(const struct recovery_span *span, const struct gw_session *session) {
	int64_t until_ms = until_for(span, session);
	return (span->last_link_ms > until_ms ? span->last_link_ms : until_ms) + LONGEST_MS;
}

bool recovery_span_is_between_links(const struct recovery_span *span, const struct gw_session *session, int64_t at_ms) {
	return at_ms > until_for(span, session) + LONGEST_MS && at_ms < span->first_link_ms - ARCHIVE_MARGIN_MS;
}

bool recovery_span_is_too_old(const struct recovery_span *span, const struct gw_session *session) {
	return span->asked_at_ms - until_for(span, session) > LATEST_MS;
}

/*
 * What was forgotten again would be taken for what never came. And what was written after the server's clock was put back
 * stands in archives before the time from which they would be asked.
 */
bool recovery_span_is_known(const struct recovery_span *span) {
	const struct gw_gateway *gateway = span->gateway;
	if (arrivals_have_gap(gateway->arrivals)) {
		gw_log_warning(&gateway->log, "more messages came than can be remembered, so users' archives are not asked for what "
				"was lost");
		return false;
	}
	if (span->asked_at_ms && span->asked_at_ms < span->until_ms - ARCHIVE_MARGIN_MS) {
		gw_log_warning(&gateway->log, "the server's clock was put back, so users' archives are not asked for what was lost");
		return false;
	}
	return span->asked_at_ms != 0;
}
