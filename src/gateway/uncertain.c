/* SPDX-License-Identifier: MPL-2.0 */
/* A short list for each session. */
#include "gateway/uncertain.h"

#include "module/request.h"

#include <utlist.h>

static void forget(void *data) {
	struct delivery *delivery = data;
	delivery->expiry = NULL;
	delivery_forget(delivery);
}

static bool has_too_many(const struct gw_session *session) {
	return session->uncertain_count > UNCERTAIN_MAX ||
			(session->uncertain_count > 1 && session->uncertain_bytes > DELIVERIES_MAX_BYTES);
}

/* When a login or the process ends, they come in any order. */
static int compare_numbers(const struct delivery *a, const struct delivery *b) {
	return (a->number > b->number) - (a->number < b->number);
}

void uncertain_add(struct delivery *delivery) {
	struct gw_session *session = delivery->session;
	struct gw_loop *loop = session->gateway->loop;
	int64_t stored_age_ms = gw_time_ms(loop) - delivery->told_at_ms;
	int64_t age_ms = stored_age_ms > 0 ? stored_age_ms : 0; /* the clock may have been set back */
	delivery->state = DELIVERY_UNCERTAIN;
	delivery->uncertain_since_ms = gw_now_ms(loop) - age_ms;
	DL_INSERT_INORDER(session->uncertain, delivery, compare_numbers);
	if (scope_is_open(&session->scope)) {
		delivery->expiry = gw_timer_start(&session->scope, age_ms < UNCERTAIN_MS ? UNCERTAIN_MS - age_ms : 0, forget,
				delivery);
	}
	session->uncertain_count++;
	session->uncertain_bytes += delivery->bytes;
	while (has_too_many(session)) {
		delivery_forget(session->uncertain != delivery ? session->uncertain : delivery->next);
	}
}

void uncertain_remove(struct delivery *delivery) {
	gw_timer_stop(delivery->expiry);
	delivery->expiry = NULL;
	request_on_late(delivery->request, NULL);
	delivery->request = NULL;
	DL_DELETE(delivery->session->uncertain, delivery);
	delivery->session->uncertain_count--;
	delivery->session->uncertain_bytes -= delivery->bytes;
}
