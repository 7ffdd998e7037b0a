/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event loop, and all there is of libuv in this program. libuv waits, wakes, resolves names and
 * catches signals; timers are ours (timer.c), so that tests can move the clock and stopping is over
 * when the call returns.
 */
#include "net/loop.h"

#include "net/calls.h"
#include "net/timer.h"
#include "util/mem.h"

#include <assert.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

struct garbage {
	void *pointer;
	void (*release)(void *pointer);
};

struct part {
	void *state;
	void (*free)(void *state);
};

struct gw_loop {
	uv_loop_t uv;
	uv_timer_t alarm;    /* bounds the wait of a turn */
	uv_async_t doorbell; /* rung by gw_post() */

	struct gw_scope root;
	struct timers timers;
	struct calls deferred;
	struct calls cancelled; /* what was started on closed scopes */
	struct loop_hook *hooks[LOOP_RANK_LAST + 1];
	struct loop_hook *next_hook; /* of those that are running */
	struct part parts[LOOP_PARTS];

	struct garbage *garbage;
	size_t garbage_count, garbage_capacity;

	pthread_mutex_t post_lock;
	struct calls posted; /* under the lock */

	size_t watch_count, lookup_count, deferred_count;
	uint64_t event_count; /* of whatever called out, to see when nothing happens any more */
	bool is_stopped, is_in_turn, is_hurried;

	bool is_held;
	int64_t now_ms;
	int64_t held_time_ms;
	int64_t wall_jump_ms;
};

/* Life */

static void handle_alarm(uv_timer_t *alarm) {
	/* It has done its work: the wait is over. */
	(void)alarm;
}

static void handle_doorbell(uv_async_t *doorbell) {
	struct gw_loop *loop = doorbell->data;
	pthread_mutex_lock(&loop->post_lock);
	struct calls posted = loop->posted;
	loop->posted = (struct calls){ 0 };
	pthread_mutex_unlock(&loop->post_lock);

	loop->event_count++;
	calls_run(&posted);
}

/* What cannot fail unless the system is out of memory or descriptors before anything has begun. */
static void must(int status) {
	if (status != 0) {
		abort();
	}
}

struct gw_loop *loop_new(void) {
	/*
	 * Slow name servers keep half of libuv's threads busy at most: with its default of 4 two bad names would stop all.
	 * Users choose names, so there are many; they begin with the first name, and cost a few pages each.
	 */
	setenv("UV_THREADPOOL_SIZE", "64", 0);

	struct gw_loop *loop = mem_new(sizeof(*loop));
	must(uv_loop_init(&loop->uv));
	must(uv_timer_init(&loop->uv, &loop->alarm));
	must(uv_async_init(&loop->uv, &loop->doorbell, handle_doorbell));
	loop->doorbell.data = loop;
	must(pthread_mutex_init(&loop->post_lock, NULL));
	scope_init_root(&loop->root, loop);
	return loop;
}

static void free_parts(struct gw_loop *loop) {
	for (size_t i = 0; i < LOOP_PARTS; i++) {
		struct part part = loop->parts[i];
		loop->parts[i] = (struct part){ 0 };
		if (part.free != NULL) {
			part.free(part.state);
		}
	}
}

void loop_free(struct gw_loop *loop) {
	if (loop == NULL) {
		return;
	}
	scope_close(&loop->root);
	loop_end_turn(loop);
	free_parts(loop);
	loop_end_turn(loop);
	calls_drop(&loop->deferred);
	calls_drop(&loop->posted);
	timers_finish(&loop->timers);

	uv_close((uv_handle_t *)&loop->alarm, NULL);
	uv_close((uv_handle_t *)&loop->doorbell, NULL);
	if (loop->lookup_count == 0) {
		uv_run(&loop->uv, UV_RUN_DEFAULT);
	} else {
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	}
	if (uv_loop_close(&loop->uv) != 0) {
		/*
		 * A thread still waits for a name server and will touch the loop: leave it that memory
		 * rather than wait.
		 */
		return;
	}
	pthread_mutex_destroy(&loop->post_lock);
	free(loop->garbage);
	free(loop);
}

struct gw_scope *loop_scope(struct gw_loop *loop) {
	return &loop->root;
}

struct timers *loop_timers(struct gw_loop *loop) {
	return &loop->timers;
}

void *loop_part(const struct gw_loop *loop, enum loop_part part) {
	return loop->parts[part].state;
}

void loop_set_part(struct gw_loop *loop, enum loop_part part, void *state,
		void (*free_state)(void *state)) {
	loop->parts[part] = (struct part){ .state = state, .free = free_state };
}

/* Clocks */

int64_t gw_now_ms(struct gw_loop *loop) {
	if (!loop->is_held) {
		if (!loop->is_in_turn) {
			uv_update_time(&loop->uv);
		}
		/* In a turn it is the time at which its wait ended, and not only from the timers on: watches start timers, too. */
		loop->now_ms = (int64_t)uv_now(&loop->uv);
	}
	return loop->now_ms;
}

int64_t gw_time_ms(struct gw_loop *loop) {
	if (loop->is_held) {
		return loop->held_time_ms;
	}
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + loop->wall_jump_ms;
}

void loop_hold_clock(struct gw_loop *loop, int64_t time_ms) {
	gw_now_ms(loop);
	loop->is_held = true;
	loop->held_time_ms = time_ms;
}

static void move_clock(struct gw_loop *loop, int64_t to_ms) {
	loop->held_time_ms += to_ms - loop->now_ms;
	loop->now_ms = to_ms;
}

void loop_advance(struct gw_loop *loop, int64_t by_ms) {
	assert(loop->is_held && by_ms >= 0);

	int64_t end_ms = loop->now_ms + by_ms;
	loop_settle(loop);
	for (int64_t next_ms; (next_ms = timers_next_ms(&loop->timers)) <= end_ms;) {
		if (next_ms > loop->now_ms) {
			move_clock(loop, next_ms);
		}
		loop_settle(loop);
	}
	move_clock(loop, end_ms);
}

void loop_jump_wall_clock(struct gw_loop *loop, int64_t by_ms) {
	loop->held_time_ms += by_ms;
	loop->wall_jump_ms += by_ms;
}

/* Turns */

/* How long this turn may wait; -1: for ever. */
static int64_t wait_limit(struct gw_loop *loop, int64_t max_wait_ms) {
	if (loop->is_hurried || loop->deferred.first != NULL || loop->cancelled.first != NULL) {
		return 0;
	}
	int64_t next_ms = timers_next_ms(&loop->timers);
	if (next_ms <= loop->now_ms) {
		return 0;
	}
	if (next_ms == INT64_MAX || loop->is_held) {
		return max_wait_ms;
	}
	int64_t wait_ms = next_ms - loop->now_ms;
	return max_wait_ms >= 0 && max_wait_ms < wait_ms ? max_wait_ms : wait_ms;
}

/*
 * Waits and calls the watches, lookups, signals and posted calls that are ready. The alarm repeats because libuv looks at
 * the time once more before it waits: an alarm that is due by then would be over, and nothing would end the wait.
 */
static void run_ready(struct gw_loop *loop, int64_t limit_ms) {
	if (limit_ms > 0) {
		uv_timer_start(&loop->alarm, handle_alarm, (uint64_t)limit_ms, 1);
	}
	uv_run(&loop->uv, limit_ms == 0 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
	if (limit_ms > 0) {
		uv_timer_stop(&loop->alarm);
	}
}

/* With a held clock each timer gets a turn of its own. */
static void run_timers(struct gw_loop *loop) {
	if (!loop->is_held) {
		loop->now_ms = (int64_t)uv_now(&loop->uv);
	}
	uint64_t started = loop->timers.started;
	while (timers_fire_one(&loop->timers, loop->now_ms, started)) {
		loop->event_count++;
		if (loop->is_held) {
			return;
		}
	}
}

/* Calls that are deferred from now on wait for the next turn. */
static void run_deferred(struct gw_loop *loop) {
	struct calls deferred = loop->deferred;
	loop->deferred = (struct calls){ 0 };
	loop->deferred_count = 0;
	loop->event_count += calls_run(&deferred);
}

static void run_hooks(struct gw_loop *loop) {
	for (size_t rank = 0; rank <= LOOP_RANK_LAST; rank++) {
		loop->next_hook = loop->hooks[rank];
		while (loop->next_hook != NULL) {
			struct loop_hook *hook = loop->next_hook;
			loop->next_hook = hook->next;
			hook->run(hook->data);
		}
	}
}

static void collect_garbage(struct gw_loop *loop) {
	for (size_t i = 0; i < loop->garbage_count; i++) {
		struct garbage garbage = loop->garbage[i];
		(garbage.release != NULL ? garbage.release : free)(garbage.pointer);
	}
	loop->garbage_count = 0;
}

static void end_turn(struct gw_loop *loop) {
	loop->is_hurried = false;
	loop->event_count += calls_run(&loop->cancelled);
	run_hooks(loop);
	loop->event_count += calls_run(&loop->cancelled);
	collect_garbage(loop);
	loop->is_in_turn = false;
}

void loop_end_turn(struct gw_loop *loop) {
	assert(!loop->is_in_turn);
	gw_now_ms(loop);
	loop->is_in_turn = true;
	end_turn(loop);
}

void loop_turn(struct gw_loop *loop, int64_t max_wait_ms) {
	assert(!loop->is_in_turn);
	gw_now_ms(loop);
	int64_t limit_ms = wait_limit(loop, max_wait_ms);
	loop->is_in_turn = true;
	run_ready(loop, limit_ms);
	run_timers(loop);
	run_deferred(loop);
	end_turn(loop);
}

void loop_run(struct gw_loop *loop) {
	loop->is_stopped = false;
	while (!loop->is_stopped) {
		loop_turn(loop, -1);
	}
}

void loop_stop(struct gw_loop *loop) {
	loop->is_stopped = true;
}

void loop_settle(struct gw_loop *loop) {
	uint64_t event_count;
	do {
		event_count = loop->event_count;
		loop_turn(loop, 0);
	} while (loop->event_count != event_count || wait_limit(loop, -1) == 0);
}

size_t loop_count_waiting(const struct gw_loop *loop) {
	return loop->timers.count + loop->watch_count + loop->lookup_count + loop->deferred_count;
}

void loop_add_hook(struct gw_loop *loop, enum loop_rank rank, struct loop_hook *hook) {
	struct loop_hook **end = &loop->hooks[rank];
	while (*end != NULL) {
		end = &(*end)->next;
	}
	hook->next = NULL;
	*end = hook;
}

void loop_remove_hook(struct gw_loop *loop, enum loop_rank rank, struct loop_hook *hook) {
	if (loop->next_hook == hook) {
		loop->next_hook = hook->next;
	}
	for (struct loop_hook **slot = &loop->hooks[rank]; *slot != NULL; slot = &(*slot)->next) {
		if (*slot == hook) {
			*slot = hook->next;
			return;
		}
	}
}

void loop_free_later(struct gw_loop *loop, void *pointer, void (*release)(void *pointer)) {
	if (loop->garbage_count == loop->garbage_capacity) {
		loop->garbage_capacity = loop->garbage_capacity == 0 ? 64 : loop->garbage_capacity * 2;
		loop->garbage = mem_resize(loop->garbage, loop->garbage_capacity * sizeof(*loop->garbage));
	}
	loop->garbage[loop->garbage_count++] = (struct garbage){ pointer, release };
	if (!loop->is_in_turn) {
		loop->is_hurried = true;
	}
}

void loop_hurry(struct gw_loop *loop) {
	loop->is_hurried = true;
}

/* Calls */

void gw_defer(struct gw_scope *scope, void (*callback)(void *data), void *data) {
	if (!scope_is_open(scope)) {
		return;
	}
	calls_add(&scope->loop->deferred, scope, callback, data);
	scope->loop->deferred_count++;
}

void loop_cancel_later(struct gw_loop *loop, void (*cancelled)(void *data), void *data) {
	calls_add(&loop->cancelled, NULL, cancelled, data);
}

void gw_post(struct gw_loop *loop, void (*callback)(void *data), void *data) {
	pthread_mutex_lock(&loop->post_lock);
	calls_add(&loop->posted, NULL, callback, data);
	pthread_mutex_unlock(&loop->post_lock);
	uv_async_send(&loop->doorbell);
}

/* Watches */

struct gw_watch {
	uv_poll_t uv;
	struct scope_item item;
	struct gw_loop *loop;
	int events; /* wanted ones, GW_READABLE | GW_WRITABLE */
	bool is_stopped;
	void (*callback)(int events, void *data);
	void *data;
};

static void handle_ready(uv_poll_t *uv, int status, int ready);

/* The values of libuv's events are those of ours. */
static_assert((int)UV_READABLE == GW_READABLE && (int)UV_WRITABLE == GW_WRITABLE, "libuv");

static void watch_apply(struct gw_watch *watch) {
	if (watch->events != 0) {
		uv_poll_start(&watch->uv, watch->events, handle_ready);
	} else {
		uv_poll_stop(&watch->uv);
	}
}

static void handle_ready(uv_poll_t *uv, int status, int ready) {
	struct gw_watch *watch = uv->data;
	watch->loop->event_count++;
	if (status < 0) {
		/*
		 * An error on the descriptor, after which libuv looks away. Whoever asked finds it when
		 * reading or writing.
		 */
		watch_apply(watch);
		ready = GW_READABLE | GW_WRITABLE;
	}
	watch->callback(ready, watch->data);
}

static void handle_watch_scope_end(struct scope_item *item) {
	gw_watch_stop(container_of(item, struct gw_watch, item));
}

struct gw_watch *gw_watch_start(struct gw_scope *scope, int fd, int events,
		void (*callback)(int events, void *data), void *data) {
	if (!scope_is_open(scope)) {
		return NULL;
	}
	struct gw_watch *watch = mem_new(sizeof(*watch));
	if (uv_poll_init(&scope->loop->uv, &watch->uv, fd) != 0) {
		free(watch);
		return NULL;
	}
	watch->uv.data = watch;
	watch->loop = scope->loop;
	watch->events = events;
	watch->callback = callback;
	watch->data = data;
	watch->loop->watch_count++;
	scope_add(scope, &watch->item, handle_watch_scope_end);
	watch_apply(watch);
	return watch;
}

void loop_watch_for(struct gw_watch *watch, int events) {
	if (watch->is_stopped || watch->events == events) {
		return;
	}
	watch->events = events;
	watch_apply(watch);
}

static void handle_watch_closed(uv_handle_t *uv) {
	free(uv->data);
}

void gw_watch_stop(struct gw_watch *watch) {
	if (watch == NULL || watch->is_stopped) {
		return;
	}
	watch->is_stopped = true;
	watch->loop->watch_count--;
	scope_remove(&watch->item);
	uv_close((uv_handle_t *)&watch->uv, handle_watch_closed);
}

/* Signals */

struct signal_watch {
	uv_signal_t uv;
	struct scope_item item;
	struct gw_loop *loop;
	void (*callback)(void *data);
	void *data;
};

static void handle_signal(uv_signal_t *uv, int signal_number) {
	struct signal_watch *watch = uv->data;
	(void)signal_number;
	watch->loop->event_count++;
	watch->callback(watch->data);
}

static void handle_signal_scope_end(struct scope_item *item) {
	struct signal_watch *watch = container_of(item, struct signal_watch, item);
	uv_close((uv_handle_t *)&watch->uv, handle_watch_closed);
}

void loop_on_signal(struct gw_scope *scope, int signal_number,
		void (*callback)(void *data), void *data) {
	if (!scope_is_open(scope)) {
		return;
	}
	struct signal_watch *watch = mem_new(sizeof(*watch));
	watch->loop = scope->loop;
	watch->callback = callback;
	watch->data = data;
	must(uv_signal_init(&watch->loop->uv, &watch->uv));
	watch->uv.data = watch;
	must(uv_signal_start(&watch->uv, handle_signal, signal_number));
	scope_add(scope, &watch->item, handle_signal_scope_end);
}

/* Names */

struct loop_lookup {
	uv_getaddrinfo_t uv;
	struct gw_loop *loop;
	lookup_found *found; /* NULL: stopped */
	void *data;
};

static const char *lookup_error(int status) {
	switch (status) {
	case 0:
		return NULL;
	case UV_EAI_NONAME:
	case UV_EAI_NODATA:
	case UV_EINVAL:
		return "there is no host of this name";
	case UV_EAI_AGAIN:
	case UV_EAI_FAIL:
		return "the name service does not answer";
	default:
		return "the name cannot be looked up";
	}
}

static void handle_addresses(uv_getaddrinfo_t *uv, int status, struct addrinfo *addresses) {
	struct loop_lookup *lookup = uv->data;
	lookup->loop->lookup_count--;
	lookup->loop->event_count++;
	if (lookup->found != NULL) {
		lookup->found(lookup_error(status), addresses, lookup->data);
	}
	uv_freeaddrinfo(addresses);
	free(lookup);
}

struct loop_lookup *loop_lookup_start(struct gw_loop *loop, const char *host,
		lookup_found *found, void *data) {
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct loop_lookup *lookup = mem_new(sizeof(*lookup));
	lookup->loop = loop;
	lookup->found = found;
	lookup->data = data;
	lookup->uv.data = lookup;
	if (uv_getaddrinfo(&loop->uv, &lookup->uv, handle_addresses, host, NULL, &hints) != 0) {
		free(lookup);
		return NULL;
	}
	loop->lookup_count++;
	return lookup;
}

void loop_lookup_stop(struct loop_lookup *lookup) {
	lookup->found = NULL;
	uv_cancel((uv_req_t *)&lookup->uv);
}

bool loop_lookup_withdraw(struct loop_lookup *lookup) {
	if (uv_cancel((uv_req_t *)&lookup->uv) != 0) {
		return false;
	}
	lookup->found = NULL;
	return true;
}
