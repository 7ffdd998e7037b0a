/* SPDX-License-Identifier: MPL-2.0 */
/* The queue before the network's door. */
#include "gateway/login_queue.h"

#include "util/mem.h"

#include <stdlib.h>

struct line {
	struct gw_session *first, **last;
};

struct login_queue {
	struct gw_gateway *gateway;
	struct line fresh, failed; /* who is in the second waits until the first is empty */
	unsigned running, at_once;
	bool is_scheduled;
};

static void run(void *data);
static void handle_delay(void *data);

struct login_queue *login_queue_new(struct gw_gateway *gateway, unsigned at_once) {
	struct login_queue *queue = mem_new(sizeof(*queue));
	queue->gateway = gateway;
	queue->fresh.last = &queue->fresh.first;
	queue->failed.last = &queue->failed.first;
	queue->at_once = at_once ? at_once : LOGINS_AT_ONCE;
	return queue;
}

void login_queue_free(struct login_queue *queue) {
	free(queue);
}

static struct gw_session *first_of(const struct login_queue *queue) {
	return queue->fresh.first ? queue->fresh.first : queue->failed.first;
}

static void schedule(struct login_queue *queue) {
	if (!queue->is_scheduled && first_of(queue) && queue->running < queue->at_once) {
		queue->is_scheduled = true;
		gw_defer(&queue->gateway->scope, run, queue);
	}
}

/* The first failure is the loss of a login that had been fine. */
static struct line *line_of(struct login_queue *queue, const struct gw_session *session) {
	return session->failures > 1 ? &queue->failed : &queue->fresh;
}

void login_queue_add(struct login_queue *queue, struct gw_session *session) {
	struct line *line = line_of(queue, session);
	session->queue_next = NULL;
	session->is_queued = true;
	*line->last = session;
	line->last = &session->queue_next;
	schedule(queue);
}

static bool leave(struct line *line, struct gw_session *session) {
	for (struct gw_session **slot = &line->first; *slot; slot = &(*slot)->queue_next) {
		if (*slot == session) {
			*slot = session->queue_next;
			if (line->last == &session->queue_next) {
				line->last = slot;
			}
			session->queue_next = NULL;
			return true;
		}
	}
	return false;
}

void login_queue_remove(struct login_queue *queue, struct gw_session *session) {
	if (session->is_queued && !leave(&queue->fresh, session)) {
		leave(&queue->failed, session);
	}
	session->is_queued = false;
}

static void count_no_longer(struct login_queue *queue, struct gw_session *session) {
	session->turn = NULL;
	queue->running--;
	schedule(queue);
}

void login_queue_done(struct login_queue *queue, struct gw_session *session) {
	if (session->turn) {
		gw_timer_stop(session->turn);
		count_no_longer(queue, session);
	}
}

static void handle_delay(void *data) {
	struct gw_session *session = data;
	count_no_longer(session->gateway->logins, session);
}

/* One at a time from the loop: a login that ends at once does not starve the stanzas of others. */
static void run(void *data) {
	struct login_queue *queue = data;
	queue->is_scheduled = false;
	struct gw_session *session = first_of(queue);
	if (!session || queue->running >= queue->at_once) {
		return;
	}
	login_queue_remove(queue, session);
	queue->running++;
	session->turn = gw_timer_start(&session->scope, LOGIN_COUNTS_MS, handle_delay, session);
	schedule(queue);
	session_begin_login(session);
}
