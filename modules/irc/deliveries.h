/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Messages of the user's that are on their way. IRC has no receipts, but a server answers in order: when it has answered a
 * PING that was written behind a message without complaining about the message, it has taken it. Until then a complaint
 * ("No such nick") makes the message fail. A complaint may also come later: of another server, where the other person is, or
 * through a bouncer, which answers PINGs by itself. Somebody else writes the lines and the PINGs; here is the bookkeeping.
 */
#ifndef IRC_DELIVERIES_H
#define IRC_DELIVERIES_H

#include "casemap.h"

#include <gangway/request.h>

struct gw_contact;
struct irc_delivery;

struct irc_deliveries {
	struct irc_delivery *first; /* oldest first */
	struct irc_delivery *taken; /* the last ones that the server took, for late complaints; oldest first */
	size_t taken_count;
	unsigned last_batch;
	void (*delivered)(struct gw_contact *contact); /* called for each message that the server took */

	/* One failed before all its lines were written: those that have not left are to be dropped. */
	void (*stopped)(struct gw_contact *contact, unsigned batch);

	/*
	 * And when it turns out that one of those taken did not arrive; `beginning` is that of its text. Not sure: most likely
	 * this one, but it may have been one to somebody else.
	 */
	void (*refused_late)(struct gw_contact *contact, const char *beginning, const char *text, bool is_sure);
};

/* A message begins, of so many lines. Returns its number (never 0), by which its lines are known. */
unsigned irc_deliveries_add(struct irc_deliveries *deliveries, struct gw_request *req, struct gw_contact *contact,
		const char *target, const char *text, size_t line_count);

/* One of its lines, as it is going to be said. */
void irc_deliveries_note_line(struct irc_deliveries *deliveries, unsigned batch, const char *piece);

/* A line of it has left. */
void irc_deliveries_written(struct irc_deliveries *deliveries, unsigned batch);

/* Is there a message that has left in full and that no PING stands behind yet? */
bool irc_deliveries_need_ping(const struct irc_deliveries *deliveries);

/* A PING with this serial was written just now. */
void irc_deliveries_pinged(struct irc_deliveries *deliveries, unsigned serial);

/* It was answered: everything before it has arrived at the server. */
void irc_deliveries_answered(struct irc_deliveries *deliveries, unsigned serial, int64_t now_ms);

/*
 * The server complains about a line to this target (NULL: it does not say to which): the oldest message that it can be
 * about fails, or else the newest one that was taken in the last minutes has failed after all. False when there is none.
 */
bool irc_deliveries_refused(struct irc_deliveries *deliveries, enum irc_casemap casemap, const char *target,
		enum gw_condition condition, const char *text, int64_t now_ms);

/* The same of a server that knows nobody by the target's number any more, and quotes how the line began instead. */
bool irc_deliveries_refused_quote(struct irc_deliveries *deliveries, const char *quote, enum gw_condition condition,
		const char *text, int64_t now_ms);

/* The same of a server that only says the number. What others say comes late: the newest one that was taken goes first. */
bool irc_deliveries_refused_somebody(struct irc_deliveries *deliveries, enum gw_condition condition, const char *text,
		int64_t now_ms);

/* Has some of it left already? */
bool irc_deliveries_has_begun(const struct irc_deliveries *deliveries, const struct gw_request *req);

/* It is not sent any further: answers its request. Returns its number, for its unwritten lines; 0: not found. */
unsigned irc_deliveries_cancel(struct irc_deliveries *deliveries, const struct gw_request *req,
		enum gw_condition condition, const char *text);

/* The connection is gone. What has not left at all is told apart from what may have arrived. */
void irc_deliveries_fail_all(struct irc_deliveries *deliveries);

#endif
