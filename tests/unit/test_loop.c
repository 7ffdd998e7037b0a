/* SPDX-License-Identifier: MPL-2.0 */
/* The loop: clocks, timers, the order inside a turn, watches, signals, calls from other threads. */
#include "net/loop.h"
#include "util/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t START_MS = 1700000000000;

struct fixture {
	struct gw_loop *loop;
	struct gw_scope scope;
	char seen[256];
	int count;
	struct gw_timer *other;
	struct gw_watch *watch;
	int fds[2];
};

static struct fixture *fixture;

static void see(const char *text) {
	strncat(fixture->seen, text, sizeof(fixture->seen) - strlen(fixture->seen) - 1);
}

static int set_up(void **state) {
	fixture = mem_new(sizeof(*fixture));
	fixture->loop = loop_new();
	scope_init(&fixture->scope, loop_scope(fixture->loop));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fixture->fds), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state) {
	(void)state;
	scope_close(&fixture->scope);
	loop_settle(fixture->loop);
	assert_int_equal(loop_count_waiting(fixture->loop), 0);
	loop_free(fixture->loop);
	close(fixture->fds[0]);
	close(fixture->fds[1]);
	free(fixture);
	return 0;
}

/* Writes its letter and how far the clock has moved. */
static int64_t began_ms;

static void handle_letter(void *data) {
	char text[32];
	int passed_ms = (int)(gw_now_ms(fixture->loop) - began_ms);
	snprintf(text, sizeof(text), "%s%d ", (const char *)data, passed_ms);
	see(text);
}

static void hold(void) {
	loop_hold_clock(fixture->loop, START_MS);
	began_ms = gw_now_ms(fixture->loop);
}

static void test_timers_fire_in_order_each_at_its_time(void **state) {
	(void)state;
	hold();
	gw_timer_start(&fixture->scope, 30, handle_letter, "c");
	gw_timer_start(&fixture->scope, 10, handle_letter, "a");
	gw_timer_start(&fixture->scope, 20, handle_letter, "b");
	gw_timer_start(&fixture->scope, 20, handle_letter, "B");
	gw_timer_start(&fixture->scope, 0, handle_letter, "z");
	loop_advance(fixture->loop, 9);
	assert_string_equal(fixture->seen, "z0 ");
	loop_advance(fixture->loop, 12);
	assert_string_equal(fixture->seen, "z0 a10 b20 B20 ");
	assert_int_equal(gw_now_ms(fixture->loop) - began_ms, 21);
	assert_true(gw_time_ms(fixture->loop) == START_MS + 21);
	loop_advance(fixture->loop, 3600000);
	assert_string_equal(fixture->seen, "z0 a10 b20 B20 c30 ");
}

static void test_a_held_clock_stands_still(void **state) {
	(void)state;
	hold();
	gw_timer_start(&fixture->scope, 1, handle_letter, "a");
	usleep(3000);
	loop_settle(fixture->loop);
	assert_string_equal(fixture->seen, "");
	assert_true(gw_time_ms(fixture->loop) == START_MS);
	loop_jump_wall_clock(fixture->loop, -5000);
	assert_true(gw_time_ms(fixture->loop) == START_MS - 5000);
	assert_true(gw_now_ms(fixture->loop) == began_ms);
}

static void test_a_repeating_timer_keeps_its_beat(void **state) {
	(void)state;
	hold();
	struct gw_timer *timer = gw_timer_start_repeating(&fixture->scope, 10, handle_letter, "t");
	loop_advance(fixture->loop, 35);
	assert_string_equal(fixture->seen, "t10 t20 t30 ");
	gw_timer_stop(timer);
	loop_advance(fixture->loop, 35);
	assert_string_equal(fixture->seen, "t10 t20 t30 ");
	gw_timer_stop(NULL);
}

static void handle_stop_other(void *data) {
	handle_letter(data);
	gw_timer_stop(fixture->other);
}

static void handle_start_another(void *data) {
	handle_letter(data);
	if (++fixture->count < 3) {
		gw_timer_start(&fixture->scope, 0, handle_start_another, "n");
	}
}

static void handle_close_scope(void *data) {
	handle_letter(data);
	scope_close(&fixture->scope);
}

static void test_timers_may_stop_and_start_others(void **state) {
	(void)state;
	hold();
	gw_timer_start(&fixture->scope, 10, handle_stop_other, "s");
	fixture->other = gw_timer_start(&fixture->scope, 10, handle_letter, "x");
	loop_advance(fixture->loop, 10);
	assert_string_equal(fixture->seen, "s10 ");
	gw_timer_start(&fixture->scope, 0, handle_start_another, "n");
	loop_settle(fixture->loop);
	assert_string_equal(fixture->seen, "s10 n10 n10 n10 ");
}

static void test_a_timer_may_close_its_scope(void **state) {
	(void)state;
	hold();
	gw_timer_start_repeating(&fixture->scope, 5, handle_close_scope, "q");
	gw_timer_start(&fixture->scope, 5, handle_letter, "x");
	gw_timer_start(&fixture->scope, 7, handle_letter, "y");
	gw_defer(&fixture->scope, handle_letter, "d");
	loop_advance(fixture->loop, 100);
	assert_string_equal(fixture->seen, "d0 q5 ");
}

static void handle_stop_self(void *data) {
	struct gw_timer **self = data;
	see("r");
	if (++fixture->count == 2) {
		gw_timer_stop(*self);
		gw_timer_stop(*self);
	}
}

static void test_a_repeating_timer_may_stop_itself(void **state) {
	struct gw_timer *timer;
	(void)state;
	hold();
	timer = gw_timer_start_repeating(&fixture->scope, 0, handle_stop_self, &timer);
	loop_advance(fixture->loop, 100);
	assert_string_equal(fixture->seen, "rr");
}

/* Thousands of timers started, stopped and fired in a disorder that is the same in each run. */
static int64_t last_fired_ms;

static void handle_ordered(void *data) {
	(void)data;
	assert_true(gw_now_ms(fixture->loop) >= last_fired_ms);
	last_fired_ms = gw_now_ms(fixture->loop);
	fixture->count++;
}

static void test_the_heap_keeps_order(void **state) {
	enum { COUNT = 20000 };
	struct gw_timer **timers = mem_new_array(COUNT, sizeof(struct gw_timer *));
	unsigned random = 1;
	int stopped = 0;
	(void)state;
	hold();
	last_fired_ms = 0;
	for (int i = 0; i < COUNT; i++) {
		random = random * 1103515245 + 12345;
		timers[i] = gw_timer_start(&fixture->scope, 1 + (random >> 16) % 500, handle_ordered, NULL);
	}
	for (int i = 0; i < COUNT; i++) {
		random = random * 1103515245 + 12345;
		if ((random >> 16) % 3 == 0) {
			gw_timer_stop(timers[i]);
			stopped++;
		}
	}
	assert_int_equal(loop_count_waiting(fixture->loop), COUNT - stopped);
	loop_advance(fixture->loop, 250);
	assert_in_range(fixture->count, 1, COUNT - stopped - 1);
	loop_advance(fixture->loop, 250);
	assert_int_equal(fixture->count, COUNT - stopped);
	free(timers);
}

static void handle_stop_loop(void *data) {
	(void)data;
	loop_stop(fixture->loop);
}

static void test_the_real_clock_runs(void **state) {
	(void)state;
	int64_t before_ms = gw_now_ms(fixture->loop);
	assert_true(gw_time_ms(fixture->loop) > START_MS);
	gw_timer_start(&fixture->scope, 3, handle_stop_loop, NULL);
	loop_run(fixture->loop);
	assert_true(gw_now_ms(fixture->loop) >= before_ms + 3);
	loop_turn(fixture->loop, 2);
}

static void handle_hook(void *data) {
	see(data);
}

static void handle_deferred(void *data) {
	see(data);
	if (++fixture->count < 3) {
		gw_defer(&fixture->scope, handle_deferred, "again ");
	}
}

static void handle_release(void *pointer) {
	see("freed ");
	free(pointer);
}

static void test_a_turn_ends_with_hooks_by_rank_then_frees(void **state) {
	struct loop_hook commit = { .run = handle_hook, .data = "commit " };
	struct loop_hook commit_too = { .run = handle_hook, .data = "commit2 " };
	struct loop_hook flush = { .run = handle_hook, .data = "flush " };
	(void)state;
	loop_add_hook(fixture->loop, LOOP_RANK_FLUSH, &flush);
	loop_add_hook(fixture->loop, LOOP_RANK_COMMIT, &commit);
	loop_add_hook(fixture->loop, LOOP_RANK_COMMIT, &commit_too);
	loop_free_later(fixture->loop, malloc(1), handle_release);
	loop_free_later(fixture->loop, malloc(1), NULL);
	fixture->count = 1;
	gw_defer(&fixture->scope, handle_deferred, "deferred ");
	assert_string_equal(fixture->seen, "");
	loop_turn(fixture->loop, -1);
	assert_string_equal(fixture->seen, "deferred commit commit2 flush freed ");
	fixture->seen[0] = '\0';
	loop_turn(fixture->loop, -1);
	assert_string_equal(fixture->seen, "again commit commit2 flush ");

	fixture->seen[0] = '\0';
	loop_remove_hook(fixture->loop, LOOP_RANK_COMMIT, &commit);
	loop_remove_hook(fixture->loop, LOOP_RANK_FLUSH, &flush);
	loop_end_turn(fixture->loop);
	assert_string_equal(fixture->seen, "commit2 ");
	loop_remove_hook(fixture->loop, LOOP_RANK_COMMIT, &commit_too);
}

static void handle_cancelled(void *data) {
	see(data);
}

static void test_cancellations_are_heard_before_memory_goes(void **state) {
	(void)state;
	loop_free_later(fixture->loop, malloc(1), handle_release);
	loop_cancel_later(fixture->loop, handle_cancelled, "cancelled ");
	loop_turn(fixture->loop, -1);
	assert_string_equal(fixture->seen, "cancelled freed ");
}

static void handle_ready(int events, void *data) {
	char bytes[16];
	(void)data;
	if (events & GW_WRITABLE) {
		see("writable ");
		loop_watch_for(fixture->watch, GW_READABLE);
	} else if (events & GW_READABLE) {
		ssize_t size = read(fixture->fds[0], bytes, sizeof(bytes));
		see(size > 0 ? "bytes " : "end ");
		if (size <= 0) {
			gw_watch_stop(fixture->watch);
		}
	}
}

static void watch(int events) {
	fixture->watch = gw_watch_start(&fixture->scope, fixture->fds[0], events, handle_ready, NULL);
}

static void test_watches_tell_what_is_ready(void **state) {
	(void)state;
	watch(GW_READABLE | GW_WRITABLE);
	assert_int_equal(loop_count_waiting(fixture->loop), 1);
	loop_settle(fixture->loop);
	assert_string_equal(fixture->seen, "writable ");
	assert_int_equal(write(fixture->fds[1], "x", 1), 1);
	loop_settle(fixture->loop);
	assert_string_equal(fixture->seen, "writable bytes ");

	loop_watch_for(fixture->watch, 0);
	assert_int_equal(write(fixture->fds[1], "x", 1), 1);
	loop_settle(fixture->loop);
	assert_string_equal(fixture->seen, "writable bytes ");
	loop_watch_for(fixture->watch, GW_READABLE);
	close(fixture->fds[1]);
	fixture->fds[1] = -1;
	loop_settle(fixture->loop);
	assert_string_equal(fixture->seen, "writable bytes bytes end ");
	assert_int_equal(loop_count_waiting(fixture->loop), 0);
	gw_watch_stop(NULL);
}

static void test_a_file_cannot_be_watched(void **state) {
	(void)state;
	FILE *file = tmpfile();
	assert_null(gw_watch_start(&fixture->scope, fileno(file), GW_READABLE, handle_ready, NULL));
	fclose(file);
	assert_int_equal(loop_count_waiting(fixture->loop), 0);
}

/*
 * The descriptor may be closed, and watched again under the same number, as soon as a watch was
 * stopped.
 */
static void test_a_stopped_watch_is_silent_at_once(void **state) {
	(void)state;
	watch(GW_READABLE);
	assert_int_equal(write(fixture->fds[1], "x", 1), 1);
	gw_watch_stop(fixture->watch);
	watch(GW_READABLE);
	assert_non_null(fixture->watch);
	loop_settle(fixture->loop);
	assert_string_equal(fixture->seen, "bytes ");
}

static int64_t seen_ms;

static void handle_posted(void *data) {
	see(data);
	seen_ms = gw_now_ms(fixture->loop);
	if (strcmp(data, "3") == 0) {
		loop_stop(fixture->loop);
	}
}

static void *post_from_outside(void *data) {
	gw_post(data, handle_posted, "1");
	gw_post(data, handle_posted, "2");
	gw_post(data, handle_posted, "3");
	return NULL;
}

static void test_other_threads_can_post(void **state) {
	pthread_t thread;
	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, post_from_outside, fixture->loop), 0);
	loop_run(fixture->loop);
	pthread_join(thread, NULL);
	assert_string_equal(fixture->seen, "123");
	gw_post(fixture->loop, handle_posted, "never run, and not leaked");
}

static void *post_late(void *data) {
	usleep(50000);
	gw_post(data, handle_posted, "3");
	return NULL;
}

/* What comes after a long wait comes now, and not when the wait began: timers that it starts are not late already. */
static void test_a_wait_takes_time(void **state) {
	pthread_t thread;
	(void)state;
	int64_t before_ms = gw_now_ms(fixture->loop);
	assert_int_equal(pthread_create(&thread, NULL, post_late, fixture->loop), 0);
	gw_post(fixture->loop, handle_posted, "1");
	loop_turn(fixture->loop, 1);
	while (strcmp(fixture->seen, "13") != 0) {
		loop_turn(fixture->loop, -1);
	}
	pthread_join(thread, NULL);
	assert_true(seen_ms >= before_ms + 50);
}

static void handle_signalled(void *data) {
	see(data);
}

static void test_signals_arrive_in_the_loop(void **state) {
	(void)state;
	loop_on_signal(&fixture->scope, SIGUSR1, handle_signalled, "signal ");
	raise(SIGUSR1);
	assert_string_equal(fixture->seen, "");
	loop_settle(fixture->loop);
	assert_string_equal(fixture->seen, "signal ");
}

/* The program was busy, or did not get the processor: the wait is over as it begins, and has to end nevertheless. */
static void test_a_wait_that_is_over_when_it_begins(void **state) {
	(void)state;
	hold();
	loop_turn(fixture->loop, 1);
	usleep(5000);
	loop_turn(fixture->loop, 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_timers_fire_in_order_each_at_its_time),
		TEST(test_a_held_clock_stands_still),
		TEST(test_a_wait_that_is_over_when_it_begins),
		TEST(test_a_repeating_timer_keeps_its_beat),
		TEST(test_timers_may_stop_and_start_others),
		TEST(test_a_timer_may_close_its_scope),
		TEST(test_a_repeating_timer_may_stop_itself),
		TEST(test_the_heap_keeps_order),
		TEST(test_the_real_clock_runs),
		TEST(test_a_turn_ends_with_hooks_by_rank_then_frees),
		TEST(test_cancellations_are_heard_before_memory_goes),
		TEST(test_watches_tell_what_is_ready),
		TEST(test_a_file_cannot_be_watched),
		TEST(test_a_stopped_watch_is_silent_at_once),
		TEST(test_other_threads_can_post),
		TEST(test_a_wait_takes_time),
		TEST(test_signals_arrive_in_the_loop),
	};
	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
