/* SPDX-License-Identifier: MPL-2.0 */
/* Presences that wait until the server has taken what was written before. */
#include "gateway/news.h"

#include "gateway/contact.h"

enum {
	PENDING_MAX_BYTES = 512 * 1024, /* half of what the journal may have under way */
	LOOK_AGAIN_MS = 50,
};

static void tell(void *data);

static bool is_much_pending(const struct gw_gateway *gateway) {
	return !gateway->is_stopped && component_pending_bytes(gateway->component) > PENDING_MAX_BYTES;
}

bool news_have_to_wait(const struct gw_session *session) {
	return session->state != SESSION_CLOSED && is_much_pending(session->gateway);
}

static void look_again(struct gw_gateway *gateway) {
	if (!gateway->news_timer) {
		gateway->news_timer = gw_timer_start(&gateway->scope, LOOK_AGAIN_MS, tell, gateway);
	}
}

void news_add(struct gw_session *session) {
	if (!session->has_news) {
		session->has_news = true;
		session->gateway->news_count++;
	}
	look_again(session->gateway);
}

void news_forget(struct gw_session *session) {
	struct gw_gateway *gateway = session->gateway;
	if (gateway->news_next == session) {
		gateway->news_next = session->hh.next;
	}
	if (session->has_news) {
		session->has_news = false;
		gateway->news_count--;
	}
}

/* Goes on with its other contacts when it is this session's turn again. */
static void tell_session(struct gw_session *session) {
	if (session->is_status_news) {
		session_send_status(session, NULL);
	}
	for (struct gw_contact *contact = session->first_contact; contact; contact = contact->next) {
		if (is_much_pending(session->gateway)) {
			return;
		}
		if (contact->is_news) {
			contact_send_presence(contact, NULL);
		}
	}
	session->has_news = false;
	session->gateway->news_count--;
}

static struct gw_session *next_with_news(struct gw_gateway *gateway) {
	struct gw_session *session;
	do {
		session = gateway->news_next ? gateway->news_next : gateway->sessions;
		gateway->news_next = session->hh.next;
	} while (!session->has_news);
	return session;
}

void news_tell_all(struct gw_gateway *gateway) {
	while (gateway->news_count > 0 && !is_much_pending(gateway)) {
		tell_session(next_with_news(gateway));
	}
}

static void tell(void *data) {
	struct gw_gateway *gateway = data;
	gateway->news_timer = NULL;
	news_tell_all(gateway);
	if (gateway->news_count > 0) {
		look_again(gateway);
	}
}
