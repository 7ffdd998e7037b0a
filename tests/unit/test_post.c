/* SPDX-License-Identifier: MPL-2.0 */
/* gw_post() from many threads at once; script/test runs this with the thread sanitizer, too. */
#include "net/loop.h"
#include "util/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { THREADS = 4, POSTS = 5000 };

struct sender {
	struct gw_loop *loop;
	pthread_t thread;
	unsigned sent, received;
};

struct letter {
	struct sender *from;
	unsigned number;
};

static unsigned finished;

/* What is posted may be used without a lock: it is the loop's from then on. */
static void handle_letter(void *data) {
	struct letter *letter = data;
	struct sender *from = letter->from;
	assert_int_equal(letter->number, from->received);
	from->received++;
	free(letter);
	if (from->received == POSTS && ++finished == THREADS) {
		loop_stop(from->loop);
	}
}

static void *send_letters(void *data) {
	struct sender *sender = data;
	while (sender->sent < POSTS) {
		struct letter letter = { .from = sender, .number = sender->sent++ };
		gw_post(sender->loop, handle_letter, mem_dup(&letter, sizeof(letter)));
	}
	return NULL;
}

static void test_each_threads_posts_come_in_their_order(void **state) {
	(void)state;
	struct gw_loop *loop = loop_new();
	struct sender senders[THREADS];
	finished = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		senders[i] = (struct sender){ .loop = loop };
		assert_int_equal(pthread_create(&senders[i].thread, NULL, send_letters, &senders[i]), 0);
	}
	loop_run(loop);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(senders[i].thread, NULL);
		assert_int_equal(senders[i].received, POSTS);
	}
	loop_free(loop);
}

static void never(void *data) {
	(void)data;
	fail_msg("what was posted to a loop that ends was run");
}

static void *post_in_vain(void *data) {
	for (unsigned i = 0; i < POSTS; i++) {
		gw_post(data, never, NULL);
	}
	return NULL;
}

static void test_what_is_posted_to_a_loop_that_ends_is_dropped(void **state) {
	(void)state;
	struct gw_loop *loop = loop_new();
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, post_in_vain, loop), 0);
	pthread_join(thread, NULL);
	loop_free(loop);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_threads_posts_come_in_their_order),
		cmocka_unit_test(test_what_is_posted_to_a_loop_that_ends_is_dropped),
	};
	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
