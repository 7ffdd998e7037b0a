/* SPDX-License-Identifier: MPL-2.0 */
/* Timers: a heap that the loop looks at once a turn. Starting and stopping cost no system call. */
#include "net/timer.h"

#include "net/loop.h"
#include "util/mem.h"

#include <assert.h>
#include <stdlib.h>

/* Later than any clock here will ever show, and still far from overflow. */
static const int64_t DELAY_MAX_MS = INT64_MAX / 4;

/* The index of a timer that is not in the heap: stopped, or calling back. */
static const size_t NOWHERE = SIZE_MAX;

struct gw_timer {
	struct scope_item item;
	struct gw_loop *loop;
	size_t index;
	int64_t due_ms;
	uint64_t number;     /* of its start, to keep the order of equals */
	int64_t interval_ms; /* 0: once */
	void (*callback)(void *data);
	void *data;
};

static bool is_before(const struct gw_timer *a, const struct gw_timer *b) {
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->number < b->number;
}

static void put(struct timers *timers, size_t index, struct gw_timer *timer) {
	timers->heap[index] = timer;
	timer->index = index;
}

/* Finds the place for a timer from a free position upwards. */
static void sift_up(struct timers *timers, size_t index, struct gw_timer *timer) {
	while (index > 0) {
		size_t parent = (index - 1) / 2;
		if (!is_before(timer, timers->heap[parent])) {
			break;
		}
		put(timers, index, timers->heap[parent]);
		index = parent;
	}
	put(timers, index, timer);
}

/* The same, downwards. */
static void sift_down(struct timers *timers, size_t index, struct gw_timer *timer) {
	for (;;) {
		size_t child = 2 * index + 1;
		if (child >= timers->count) {
			break;
		}
		if (child + 1 < timers->count && is_before(timers->heap[child + 1], timers->heap[child])) {
			child++;
		}
		if (!is_before(timers->heap[child], timer)) {
			break;
		}
		put(timers, index, timers->heap[child]);
		index = child;
	}
	put(timers, index, timer);
}

static void heap_add(struct timers *timers, struct gw_timer *timer, int64_t due_ms) {
	if (timers->count == timers->capacity) {
		timers->capacity = timers->capacity == 0 ? 16 : timers->capacity * 2;
		timers->heap = mem_resize(timers->heap, timers->capacity * sizeof(*timers->heap));
	}
	timer->due_ms = due_ms;
	timer->number = timers->started++;
	sift_up(timers, timers->count++, timer);
}

static void heap_remove(struct timers *timers, struct gw_timer *timer) {
	size_t hole = timer->index;
	struct gw_timer *last = timers->heap[--timers->count];
	timer->index = NOWHERE;
	if (last == timer) {
		return;
	}
	if (is_before(last, timer)) {
		sift_up(timers, hole, last);
	} else {
		sift_down(timers, hole, last);
	}
}

void timers_finish(struct timers *timers) {
	assert(timers->count == 0);
	free(timers->heap);
	*timers = (struct timers){ 0 };
}

int64_t timers_next_ms(const struct timers *timers) {
	return timers->count > 0 ? timers->heap[0]->due_ms : INT64_MAX;
}

/* Keeps the beat, but skips what was missed while the process stood still. */
static int64_t next_beat(const struct gw_timer *timer, int64_t now_ms) {
	int64_t next_ms = timer->due_ms + timer->interval_ms;
	return next_ms > now_ms ? next_ms : now_ms + timer->interval_ms;
}

bool timers_fire_one(struct timers *timers, int64_t now_ms, uint64_t started) {
	struct gw_timer *timer = timers->count > 0 ? timers->heap[0] : NULL;
	if (timer == NULL || timer->due_ms > now_ms || timer->number >= started) {
		return false;
	}

	if (timer->interval_ms > 0) {
		heap_remove(timers, timer);
		heap_add(timers, timer, next_beat(timer, now_ms));
	} else {
		gw_timer_stop(timer);
	}
	timer->callback(timer->data);
	return true;
}

static void handle_scope_end(struct scope_item *item) {
	gw_timer_stop(container_of(item, struct gw_timer, item));
}

static struct gw_timer *start(struct gw_scope *scope, int64_t delay_ms, int64_t interval_ms,
		void (*callback)(void *data), void *data) {
	if (!scope_is_open(scope)) {
		return NULL;
	}
	if (delay_ms < 0) {
		delay_ms = 0;
	} else if (delay_ms > DELAY_MAX_MS) {
		delay_ms = DELAY_MAX_MS;
	}

	struct gw_timer *timer = mem_new(sizeof(*timer));
	timer->loop = scope->loop;
	timer->interval_ms = interval_ms;
	timer->callback = callback;
	timer->data = data;
	scope_add(scope, &timer->item, handle_scope_end);
	heap_add(loop_timers(timer->loop), timer, gw_now_ms(timer->loop) + delay_ms);
	return timer;
}

struct gw_timer *gw_timer_start(struct gw_scope *scope, int64_t delay_ms,
		void (*callback)(void *data), void *data) {
	return start(scope, delay_ms, 0, callback, data);
}

struct gw_timer *gw_timer_start_repeating(struct gw_scope *scope, int64_t interval_ms,
		void (*callback)(void *data), void *data) {
	int64_t beat_ms = interval_ms < 1 ? 1 : interval_ms < DELAY_MAX_MS ? interval_ms
																	   : DELAY_MAX_MS;
	return start(scope, beat_ms, beat_ms, callback, data);
}

/* Stopping twice in one turn is harmless: the memory is there until its end. */
void gw_timer_stop(struct gw_timer *timer) {
	if (timer == NULL || timer->index == NOWHERE) {
		return;
	}
	heap_remove(loop_timers(timer->loop), timer);
	scope_remove(&timer->item);
	loop_free_later(timer->loop, timer, NULL);
}
