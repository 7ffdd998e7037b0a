/* SPDX-License-Identifier: MPL-2.0 */
/* Which messages the server has taken. */
#include "deliveries.h"

#include "memory.h"

#include <utlist.h>

struct irc_delivery {
	struct irc_delivery *next, *prev;
	struct gw_request *req; /* NULL once answered; the entry stays to take further complaints about its lines */
	struct gw_contact *contact;
	char *target;
	unsigned batch;
	size_t lines, written, refused;
	unsigned serial; /* of the PING behind it; 0: none yet */
};

unsigned irc_deliveries_add(struct irc_deliveries *deliveries, struct gw_request *req, struct gw_contact *contact,
		const char *target, size_t line_count) {
	struct irc_delivery *delivery = irc_new(sizeof(*delivery));
	if (++deliveries->last_batch == 0) {
		deliveries->last_batch = 1;
	}
	delivery->req = req;
	delivery->contact = contact;
	delivery->target = irc_strdup(target);
	delivery->batch = deliveries->last_batch;
	delivery->lines = line_count;
	DL_APPEND(deliveries->first, delivery);
	return delivery->batch;
}

/* Takes it out; the request, if it is still to be answered, is the caller's. */
static struct gw_request *take(struct irc_deliveries *deliveries, struct irc_delivery *delivery) {
	struct gw_request *req = delivery->req;
	DL_DELETE(deliveries->first, delivery);
	free(delivery->target);
	free(delivery);
	return req;
}

void irc_deliveries_written(struct irc_deliveries *deliveries, unsigned batch) {
	struct irc_delivery *delivery;
	DL_FOREACH(deliveries->first, delivery) {
		if (delivery->batch == batch) {
			delivery->written++;
			return;
		}
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
void irc_deliveries_answered(struct irc_deliveries *deliveries, unsigned serial) {
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
		struct gw_request *req = take(deliveries, delivery);
		if (req != NULL) {
			if (deliveries->delivered != NULL) {
				deliveries->delivered(contact);
			}
			gw_request_ok(req);
		}
	}
}

bool irc_deliveries_refused(struct irc_deliveries *deliveries, enum irc_casemap casemap, const char *target,
		enum gw_condition condition, const char *text) {
	struct irc_delivery *delivery;
	DL_FOREACH(deliveries->first, delivery) {
		bool is_meant = target == NULL || irc_casemap_equal(casemap, target, delivery->target);
		if (is_meant && delivery->refused < delivery->written) {
			break;
		}
	}
	if (delivery == NULL) {
		return false;
	}
	struct gw_request *req = delivery->req;
	delivery->refused++;
	delivery->req = NULL;
	if (req != NULL) {
		gw_request_fail(req, condition, text);
	}
	return true;
}

unsigned irc_deliveries_cancel(struct irc_deliveries *deliveries, const struct gw_request *req,
		enum gw_condition condition, const char *text) {
	struct irc_delivery *delivery;
	DL_FOREACH(deliveries->first, delivery) {
		if (delivery->req == req) {
			break;
		}
	}
	if (delivery == NULL) {
		return 0;
	}
	unsigned batch = delivery->batch;
	gw_request_fail(take(deliveries, delivery), condition, text);
	return batch;
}

void irc_deliveries_fail_all(struct irc_deliveries *deliveries) {
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
