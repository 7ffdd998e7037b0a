/* SPDX-License-Identifier: MPL-2.0 */
/* Requests: one answer, whatever the module does with the handle. */
#include "module/request.h"

#include "net/loop.h"
#include "util/log.h"
#include "util/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct gw_loop *loop;
static struct gw_scope scope;
static unsigned answers, complaints;
static enum gw_condition condition;
static char heard[64];  /* the text or id of the last answer */
static bool has_id;
static bool is_leaving; /* the asker closes all that is its before it looks at the answer */
static char last_line[256];

static void note_line(enum gw_log_level level, const char *line, void *data) {
	(void)data;
	complaints += level == GW_LOG_ERROR;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static int begin(void **state) {
	(void)state;
	loop = loop_new();
	loop_hold_clock(loop, 0);
	scope_init(&scope, loop_scope(loop));
	answers = complaints = 0;
	is_leaving = false;
	log_set_sink(note_line, NULL);
	return 0;
}

static int end(void **state) {
	(void)state;
	scope_close(&scope);
	loop_free(loop);
	log_set_sink(NULL, NULL);
	assert_int_equal(request_count_open(), 0);
	return 0;
}

static void answered(struct request_result *result, void *data) {
	(void)data;
	answers++;
	condition = result->condition;
	if (is_leaving) {
		scope_close(&scope);
	}
	has_id = result->id != NULL;
	const char *said = result->id ? result->id : result->text;
	snprintf(heard, sizeof(heard), "%s", said ? said : "");
}

static struct gw_request *ask(void) {
	return request_new(&scope, &(struct request_options){ .name = "on_message", .answers = ANSWER_PLAIN | ANSWER_ID },
			answered, NULL);
}

static void assert_complains(const char *what) {
	assert_int_equal(complaints, 1);
	assert_non_null(strstr(last_line, what));
	complaints = 0;
}

static void test_an_empty_id_is_none(void **state) {
	(void)state;
	has_id = true;
	gw_request_ok_id(ask(), "");
	assert_int_equal(answers, 1);
	assert_false(has_id);
}

static void test_a_second_answer_is_passed_over(void **state) {
	(void)state;
	struct gw_request *req = ask();
	gw_request_ok(req);
	assert_int_equal(complaints, 0);
	gw_request_fail(req, GW_NOT_ALLOWED, "No.");
	assert_complains("(on_message) that it had answered already");
	loop_settle(loop);
	gw_request_ok_id(req, "m-1");
	assert_complains("on_message");
	assert_int_equal(answers, 1);
	assert_int_equal(condition, GW_OK);
}

static void test_an_old_handle_is_not_a_newer_request(void **state) {
	(void)state;
	struct gw_request *old = ask(), *newer[200];
	gw_request_ok(old);
	loop_settle(loop);
	for (size_t i = 0; i < 200; i++) { /* the place is used again */
		newer[i] = ask();
		assert_ptr_not_equal(newer[i], old);
	}
	gw_request_fail(old, GW_NOT_ALLOWED, "No.");
	assert_int_equal(complaints, 1);
	assert_int_equal(answers, 1);
	for (size_t i = 0; i < 200; i++) {
		gw_request_ok(newer[i]);
	}
	assert_int_equal(answers, 201);
	assert_int_equal(complaints, 1);
}

static void test_whatever_else_is_done_with_it_does_nothing(void **state) {
	(void)state;
	struct gw_request *req = ask();
	gw_request_ok(req);
	assert_true(gw_request_is_cancelled(req));
	assert_null(gw_request_gateway(req));
	assert_null(gw_timer_start(gw_request_scope(req), 0, NULL, NULL));
	gw_request_on_cancel(req, NULL, NULL);
	assert_int_equal(complaints, 4);
}

static void test_after_the_deadline_one_answer_is_owed(void **state) {
	(void)state;
	struct gw_request *req = ask();
	loop_advance(loop, 60000);
	assert_int_equal(answers, 1);
	assert_int_equal(condition, GW_REMOTE_SERVER_TIMEOUT);
	assert_true(gw_request_is_cancelled(req));
	gw_request_ok(req);
	assert_int_equal(complaints, 0);
	gw_request_ok(req);
	assert_complains("on_message");
	assert_int_equal(answers, 1);
}

static void test_and_after_the_asker_has_gone(void **state) {
	(void)state;
	struct gw_request *req = ask();
	scope_close(&scope);
	assert_int_equal(answers, 1);
	assert_int_equal(condition, GW_SERVICE_UNAVAILABLE);
	gw_request_ok(req);
	gw_request_ok(req);
	assert_int_equal(complaints, 1);
	assert_int_equal(answers, 1);
}

/* What a module keeps for an answer, and frees when its work for it ends. */
struct attempt {
	struct scope_item on_scope;
	char text[32];
};

static void attempt_end(struct scope_item *item) {
	free(container_of(item, struct attempt, on_scope));
}

static struct attempt *attempt(struct gw_request *req, const char *text) {
	struct attempt *attempt = mem_new(sizeof(*attempt));
	snprintf(attempt->text, sizeof(attempt->text), "%s", text);
	scope_add(gw_request_scope(req), &attempt->on_scope, attempt_end);
	return attempt;
}

static void test_the_answer_may_belong_to_what_ends_with_the_request(void **state) {
	(void)state;
	struct gw_request *req = ask();
	gw_request_fail(req, GW_NOT_AUTHORIZED, attempt(req, "The network says no.")->text);
	assert_string_equal(heard, "The network says no.");
	req = ask();
	gw_request_ok_id(req, attempt(req, "m-1")->text);
	assert_string_equal(heard, "m-1");
	assert_int_equal(answers, 2);
	is_leaving = true;
	req = ask();
	gw_request_fail(req, GW_NOT_AUTHORIZED, attempt(req, "The network still says no.")->text);
	assert_string_equal(heard, "The network still says no.");
}

static void test_no_handle_of_ours(void **state) {
	(void)state;
	gw_request_ok(NULL);
	assert_complains("an old one");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_empty_id_is_none, begin, end),
		cmocka_unit_test_setup_teardown(test_a_second_answer_is_passed_over, begin, end),
		cmocka_unit_test_setup_teardown(test_an_old_handle_is_not_a_newer_request, begin, end),
		cmocka_unit_test_setup_teardown(test_whatever_else_is_done_with_it_does_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_after_the_deadline_one_answer_is_owed, begin, end),
		cmocka_unit_test_setup_teardown(test_and_after_the_asker_has_gone, begin, end),
		cmocka_unit_test_setup_teardown(test_the_answer_may_belong_to_what_ends_with_the_request, begin, end),
		cmocka_unit_test_setup_teardown(test_no_handle_of_ours, begin, end),
	};
	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
