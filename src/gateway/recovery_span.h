/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From when to when users' archives are asked for what was lost, by the server's clock: from the time until which all has come
 * (arrivals.h), or until which this user's archive was read, to when the server has surely begun to send messages back.
 */
#ifndef GATEWAY_RECOVERY_SPAN_H
#define GATEWAY_RECOVERY_SPAN_H

#include "gateway/gateway.h"

struct recovery_span {
	struct gw_gateway *gateway;
	int64_t until_ms, known_ms; /* all of before that has come; what has come since then is known by its key */
	int64_t first_link_ms, last_link_ms; /* since then there were links before this one, from and to; 0: none */
	int64_t asked_at_ms;        /* what is lost on this link comes later; 0: not known yet */
	int64_t asked_at_number;    /* of deliveries: what has come since then has a greater one */
};

/* The link is there; then the server has told its time, or has not (0). */
void recovery_span_link_came(struct recovery_span *span);
void recovery_span_begin(struct recovery_span *span, int64_t time_ms);

/* False: what archives have of it does not tell what was lost. The log says why. */
bool recovery_span_is_known(const struct recovery_span *span);

/* For this user. */
bool recovery_span_is_too_old(const struct recovery_span *span, const struct gw_session *session);
int64_t recovery_span_start(const struct recovery_span *span, const struct gw_session *session);
int64_t recovery_span_end(const struct recovery_span *span, const struct gw_session *session);

/* When there was no link for so long that the server had found that, and had sent messages back. */
bool recovery_span_is_between_links(const struct recovery_span *span, const struct gw_session *session, int64_t at_ms);

#endif
