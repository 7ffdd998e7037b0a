/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What of a user's waits is not counted row by row: it is counted in two heaps, by the place in the journal where each of
 * them ends. When the server has taken the earlier one, the later one becomes it. So it is known within a factor of two,
 * for a few words a user, and without a look at anybody who does not speak.
 */
#include "gateway/share.h"

#include "gateway/journal.h"
#include "gateway/session.h"
#include "net/hold.h"

#include <utlist.h>

static void take_off(struct share *share, uint64_t taken) {
	for (int i = 0; i < 2 && taken >= share->earlier.end; i++) {
		share->earlier = share->later;
		share->later = (struct share_heap){ 0 };
	}
}

static size_t waiting_bytes(struct gw_session *session) {
	struct share *share = &session->share;
	take_off(share, journal_taken(session->gateway->journal));
	return share->earlier.bytes + share->later.bytes;
}

static void hold(struct gw_session *session) {
	session->share.is_held = true;
	DL_APPEND2(session->gateway->held_sessions, session, share.previous, share.next);
	hold_connections(&session->scope, HOLD_READING);
	gw_log_debug(&session->log, "the network has to wait: too much of theirs waits for the XMPP server");
}

static void release(struct gw_session *session) {
	session->share.is_held = false;
	DL_DELETE2(session->gateway->held_sessions, session, share.previous, share.next);
	hold_connections(&session->scope, HOLD_NOTHING);
	gw_log_debug(&session->log, "the network need not wait any more");
}

void share_add(struct gw_session *session, size_t bytes) {
	struct journal *journal = session->gateway->journal;
	struct share *share = &session->share;
	size_t waiting = waiting_bytes(session) + bytes;
	share->later.bytes += bytes;
	share->later.end = journal_end(journal);
	if (!share->is_held && waiting > journal_share(journal)) {
		hold(session);
	}
}

/* Not at each stanza that comes and goes at the border. */
void shares_update(struct gw_gateway *gateway) {
	struct gw_session *session, *next;
	DL_FOREACH_SAFE2(gateway->held_sessions, session, next, share.next) {
		if (waiting_bytes(session) <= journal_share(gateway->journal) / 2) {
			release(session);
		}
	}
}

void share_close(struct gw_session *session) {
	if (session->share.is_held) {
		release(session);
	}
}
