/* SPDX-License-Identifier: MPL-2.0 */
/* The queue before the network's door. */
#include "gateway/login_queue.h"

#include "util/mem.h"

#include <stdlib.h>

struct login_queue {
	struct gw_gateway *gateway;
	struct gw_session *first, **last;
	unsigned running, at_once;
	bool is_scheduled;
};

static void run(void *data);

struct login_queue *login_queue_new(struct gw_gateway *gateway, unsigned at_once) {
	struct login_queue *queue = mem_new(sizeof(*queue));
	queue->gateway = gateway;
	queue->last = &queue->first;
	queue->at_once = at_once ? at_once : LOGINS_AT_ONCE;
	return queue;
}

void login_queue_free(struct login_queue *queue) {
	free(queue);
}

static void schedule(struct login_queue *queue) {
	if (!queue->is_scheduled && queue->first && queue->running < queue->at_once) {
		queue->is_scheduled = true;
		gw_defer(&queue->gateway->scope, run, queue);
	}
}

void login_queue_add(struct login_queue *queue, struct gw_session *session) {
	session->queue_next = NULL;
	session->is_queued = true;
	*queue->last = session;
	queue->last = &session->queue_next;
	schedule(queue);
}

void login_queue_remove(struct login_queue *queue, struct gw_session *session) {
	if (!session->is_queued) {
		return;
	}
	session->is_queued = false;
	for (struct gw_session **slot = &queue->first; *slot; slot = &(*slot)->queue_next) {
		if (*slot == session) {
			*slot = session->queue_next;
			if (queue->last == &session->queue_next) {
				queue->last = slot;
			}
			session->queue_next = NULL;
			return;
		}
	}
}

void login_queue_done(struct login_queue *queue) {
	queue->running--;
	schedule(queue);
}

/* One at a time from the loop: a login that ends at once does not starve the stanzas of others. */
static void run(void *data) {
	struct login_queue *queue = data;
	queue->is_scheduled = false;
	struct gw_session *session = queue->first;
	if (!session || queue->running >= queue->at_once) {
		return;
	}
	login_queue_remove(queue, session);
	queue->running++;
	schedule(queue);
	session_begin_login(session);
}
