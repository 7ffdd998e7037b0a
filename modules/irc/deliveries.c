/* SPDX-License-Identifier: MPL-2.0 */
/* Which messages the server has taken. */
#include "deliveries.h"

#include "memory.h"

#include <gangway/text.h>
#include <utlist.h>

enum {
	LATE_MS = 5 * 60000,  /* a server that is not heard for longer is cut off by the others */
	TAKEN_MAX = 64,
	BEGINNING_BYTES = 80, /* so that the user knows which message it was */
	QUOTE_BYTES = 20,     /* of a line, in what servers say of those that they could not deliver */
};

struct irc_quote {
	char bytes[QUOTE_BYTES + 1];
};

struct irc_delivery {
	struct irc_delivery *next, *prev;
	struct gw_request *req; /* NULL once answered; the entry stays to take further complaints about its lines */
	struct gw_contact *contact;
	char *target, *beginning;
	unsigned batch;
	size_t lines, noted, written, refused;
	struct irc_quote *quotes; /* of the lines, as many as were noted */
	unsigned serial; /* of the PING behind it; 0: none yet */
	int64_t taken_at_ms;
};

static char *copy_beginning(const char *text) {
	size_t size = strcspn(text, "\r\n");
	bool is_whole = text[size] == '\0' && size <= BEGINNING_BYTES;
	size_t cut = size <= BEGINNING_BYTES ? size : gw_text_cut(text, size, BEGINNING_BYTES, true);
	char *beginning = irc_new(cut + sizeof("…"));
	memcpy(beginning, text, cut);
	memcpy(beginning + cut, is_whole ? "" : "…", is_whole ? 1 : sizeof("…"));
	return beginning;
}

unsigned irc_deliveries_add(struct irc_deliveries *deliveries, struct gw_request *req, struct gw_contact *contact,
		const char *target, const char *text, size_t line_count) {
	struct irc_delivery *delivery = irc_new(sizeof(*delivery));
	if (++deliveries->last_batch == 0) {
		deliveries->last_batch = 1;
	}
	delivery->req = req;
	delivery->contact = contact;
	delivery->target = irc_strdup(target);
	delivery->beginning = copy_beginning(text);
	delivery->batch = deliveries->last_batch;
	delivery->lines = line_count;
	delivery->quotes = irc_new(line_count * sizeof(*delivery->quotes));
	DL_APPEND(deliveries->first, delivery);
	return delivery->batch;
}

static void free_delivery(struct irc_delivery *delivery) {
	free(delivery->target);
	free(delivery->beginning);
	free(delivery->quotes);
	free(delivery);
}

/* Takes it out; the request, if it is still to be answered, is the caller's. */
static struct gw_request *take(struct irc_deliveries *deliveries, struct irc_delivery *delivery) {
	struct gw_request *req = delivery->req;
	DL_DELETE(deliveries->first, delivery);
	free_delivery(delivery);
	return req;
}

static void forget_oldest_taken(struct irc_deliveries *deliveries) {
	struct irc_delivery *oldest = deliveries->taken;
	DL_DELETE(deliveries->taken, oldest);
	deliveries->taken_count--;
	free_delivery(oldest);
}

static void forget_old_ones(struct irc_deliveries *deliveries, int64_t now_ms) {
	while (deliveries->taken != NULL && now_ms - deliveries->taken->taken_at_ms >= LATE_MS) {
		forget_oldest_taken(deliveries);
	}
}

/* The server has it. The same for what has failed already: there may be more complaints about its lines. */
static struct gw_request *keep_as_taken(struct irc_deliveries *deliveries, struct irc_delivery *delivery, int64_t now_ms) {
	struct gw_request *req = delivery->req;
	DL_DELETE(deliveries->first, delivery);
	delivery->taken_at_ms = now_ms;
	DL_APPEND(deliveries->taken, delivery);
	if (++deliveries->taken_count > TAKEN_MAX) {
		forget_oldest_taken(deliveries);
	}
	forget_old_ones(deliveries, now_ms);
	return req;
}

static struct irc_delivery *find_batch(const struct irc_deliveries *deliveries, unsigned batch) {
	struct irc_delivery *delivery;
	DL_FOREACH(deliveries->first, delivery) {
		if (delivery->batch == batch) {
			break;
		}
	}
	return delivery;
}

void irc_deliveries_note_line(struct irc_deliveries *deliveries, unsigned batch, const char *piece) {
	struct irc_delivery *delivery = find_batch(deliveries, batch);
	if (delivery != NULL && delivery->noted < delivery->lines) {
		char *bytes = delivery->quotes[delivery->noted++].bytes;
		memcpy(bytes, piece, strnlen(piece, QUOTE_BYTES)); /* which was zeroed */
	}
}

void irc_deliveries_written(struct irc_deliveries *deliveries, unsigned batch) {
	struct irc_delivery *delivery = find_batch(deliveries, batch);
	if (delivery != NULL) {
		delivery->written++;
	}
}

static bool waits_for_ping(const struct irc_delivery *delivery) {
	return delivery->serial == 0 && delivery->written >= delivery->lines;
}

bool irc_deliveries_need_ping(const struct irc_deliveries *deliveries) {
	const struct irc_delivery *delivery;
	DL_FOREACH(deliveries->first, delivery) {
		if (waits_for_ping(delivery)) {
			return true;
		}
	}
	return false;
}

void irc_deliveries_pinged(struct irc_deliveries *deliveries, unsigned serial) {
	struct irc_delivery *delivery;
	DL_FOREACH(deliveries->first, delivery) {
		if (waits_for_ping(delivery)) {
			delivery->serial = serial;
		}
	}
}

/* Answering may come back here: the list is looked at afresh each time. */
void irc_deliveries_answered(struct irc_deliveries *deliveries, unsigned serial, int64_t now_ms) {
	for (;;) {
		struct irc_delivery *delivery;
		DL_FOREACH(deliveries->first, delivery) {
			if (delivery->serial == serial) {
				break;
			}
		}
		if (delivery == NULL) {
			return;
		}
		struct gw_contact *contact = delivery->contact;
		struct gw_request *req = keep_as_taken(deliveries, delivery, now_ms);
		if (req != NULL) {
			if (deliveries->delivered != NULL) {
				deliveries->delivered(contact);
			}
			gw_request_ok(req);
		}
	}
}

/* What a complaint names: a target, or how the line began; neither: it does not say. */
struct subject {
	enum irc_casemap casemap;
	const char *target, *quote;
};

static bool is_quoted(const struct irc_delivery *delivery, const char *quote) {
	for (size_t i = 0; i < delivery->noted; i++) {
		if (strncmp(delivery->quotes[i].bytes, quote, QUOTE_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_about(const struct subject *subject, const struct irc_delivery *delivery) {
	if (subject->quote != NULL) {
		return is_quoted(delivery, subject->quote);
	}
	return subject->target == NULL || irc_casemap_equal(subject->casemap, subject->target, delivery->target);
}

/*
 * The newest one: somebody who took what was written before has left since then, seldom the other way round. When all of
 * them failed, as many complaints come. Only the first one about a message is news.
 */
static bool refuse_late(struct irc_deliveries *deliveries, const struct subject *subject, const char *text, int64_t now_ms) {
	struct irc_delivery *delivery, *found = NULL;
	bool is_sure = true;
	forget_old_ones(deliveries, now_ms);
	DL_FOREACH(deliveries->taken, delivery) {
		if (delivery->refused < delivery->lines && is_about(subject, delivery)) {
			is_sure = is_sure && (found == NULL || found->contact == delivery->contact);
			found = delivery;
		}
	}
	if (found != NULL && found->refused++ == 0 && deliveries->refused_late != NULL) {
		deliveries->refused_late(found->contact, found->beginning, text, is_sure);
	}
	return found != NULL;
}

/* Who is told that a message failed will send it again: its other lines would be there twice, then. */
static void stop(struct irc_deliveries *deliveries, struct irc_delivery *delivery) {
	if (delivery->written < delivery->lines && deliveries->stopped != NULL) {
		delivery->lines = delivery->written;
		deliveries->stopped(delivery->contact, delivery->batch);
	}
}

static bool refuse(struct irc_deliveries *deliveries, const struct subject *subject, enum gw_condition condition,
		const char *text, int64_t now_ms) {
	struct irc_delivery *delivery;
	DL_FOREACH(deliveries->first, delivery) {
		if (is_about(subject, delivery) && delivery->refused < delivery->written) {
			break;
		}
	}
	if (delivery == NULL) {
		bool is_known = subject->target != NULL || subject->quote != NULL;
		return is_known && refuse_late(deliveries, subject, text, now_ms);
	}
	struct gw_request *req = delivery->req;
	delivery->refused++;
	delivery->req = NULL;
	stop(deliveries, delivery);
	if (req != NULL) {
		gw_request_fail(req, condition, text);
	}
	return true;
}

bool irc_deliveries_refused(struct irc_deliveries *deliveries, enum irc_casemap casemap, const char *target,
		enum gw_condition condition, const char *text, int64_t now_ms) {
	const struct subject subject = { .casemap = casemap, .target = target };
	return refuse(deliveries, &subject, condition, text, now_ms);
}

bool irc_deliveries_refused_quote(struct irc_deliveries *deliveries, const char *quote, enum gw_condition condition,
		const char *text, int64_t now_ms) {
	const struct subject subject = { .quote = quote };
	return refuse(deliveries, &subject, condition, text, now_ms);
}

bool irc_deliveries_refused_somebody(struct irc_deliveries *deliveries, enum gw_condition condition, const char *text,
		int64_t now_ms) {
	const struct subject subject = { 0 };
	return refuse_late(deliveries, &subject, text, now_ms) || refuse(deliveries, &subject, condition, text, now_ms);
}

static struct irc_delivery *find(const struct irc_deliveries *deliveries, const struct gw_request *req) {
	struct irc_delivery *delivery;
	DL_FOREACH(deliveries->first, delivery) {
		if (delivery->req == req) {
			break;
		}
	}
	return delivery;
}

bool irc_deliveries_has_begun(const struct irc_deliveries *deliveries, const struct gw_request *req) {
	const struct irc_delivery *delivery = find(deliveries, req);
	return delivery != NULL && delivery->written > 0;
}

unsigned irc_deliveries_cancel(struct irc_deliveries *deliveries, const struct gw_request *req,
		enum gw_condition condition, const char *text) {
	struct irc_delivery *delivery = find(deliveries, req);
	if (delivery == NULL) {
		return 0;
	}
	unsigned batch = delivery->batch;
	gw_request_fail(take(deliveries, delivery), condition, text);
	return batch;
}

void irc_deliveries_fail_all(struct irc_deliveries *deliveries) {
	while (deliveries->taken != NULL) {
		forget_oldest_taken(deliveries);
	}
	while (deliveries->first != NULL) {
		bool has_left = deliveries->first->written > 0;
		struct gw_request *req = take(deliveries, deliveries->first);
		if (req != NULL && has_left) {
			gw_request_fail(req, GW_RECIPIENT_UNAVAILABLE,
					"The connection to the IRC server broke before it confirmed this message: it may not have arrived.");
		} else if (req != NULL) {
			gw_request_not_sent(req);
		}
	}
}
