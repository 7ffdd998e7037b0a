/* SPDX-License-Identifier: MPL-2.0 */
/* Flood control. */
#include "queue.h"

#include "memory.h"

#include <utlist.h>

void irc_queue_init(struct irc_queue *queue, unsigned burst, int64_t interval_ms, int64_t now_ms) {
	*queue = (struct irc_queue){
		.interval_ms = interval_ms,
		.credit_max_ms = interval_ms * burst,
		.credit_ms = interval_ms * burst,
		.counted_at_ms = now_ms,
	};
}

void irc_queue_finish(struct irc_queue *queue) {
	struct irc_queued *line, *next;
	DL_FOREACH_SAFE(queue->first, line, next) {
		free(line);
	}
	queue->first = NULL;
	queue->count = 0;
}

void irc_queue_add(struct irc_queue *queue, unsigned batch, const char *bytes, size_t size) {
	struct irc_queued *line = irc_new(sizeof(*line) + size);
	line->batch = batch;
	line->size = size;
	memcpy(line->bytes, bytes, size);
	DL_APPEND(queue->first, line);
	queue->count++;
}

static void grow_credit(struct irc_queue *queue, int64_t now_ms) {
	queue->credit_ms += now_ms - queue->counted_at_ms;
	queue->counted_at_ms = now_ms;
	if (queue->credit_ms > queue->credit_max_ms) {
		queue->credit_ms = queue->credit_max_ms;
	}
}

int64_t irc_queue_wait_ms(struct irc_queue *queue, int64_t now_ms) {
	if (queue->first == NULL) {
		return -1;
	}
	grow_credit(queue, now_ms);
	int64_t missing_ms = queue->interval_ms - queue->credit_ms;
	return missing_ms > 0 ? missing_ms : 0;
}

struct irc_queued *irc_queue_take(struct irc_queue *queue, int64_t now_ms) {
	if (irc_queue_wait_ms(queue, now_ms) != 0) {
		return NULL;
	}
	struct irc_queued *line = queue->first;
	DL_DELETE(queue->first, line);
	queue->count--;
	queue->credit_ms -= queue->interval_ms;
	return line;
}

/* The debt has a limit, so that a server that asks for many answers cannot silence the user for long. */
void irc_queue_spend(struct irc_queue *queue, int64_t now_ms) {
	grow_credit(queue, now_ms);
	queue->credit_ms -= queue->interval_ms;
	if (queue->credit_ms < -queue->credit_max_ms) {
		queue->credit_ms = -queue->credit_max_ms;
	}
}

void irc_queue_drop(struct irc_queue *queue, unsigned batch) {
	struct irc_queued *line, *next;
	DL_FOREACH_SAFE(queue->first, line, next) {
		if (line->batch == batch) {
			DL_DELETE(queue->first, line);
			queue->count--;
			free(line);
		}
	}
}
