/* SPDX-License-Identifier: MPL-2.0 */
/* Which messages the IRC server has taken, and which it complained about. */
#include "deliveries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Requests are named by a letter; the answers are collected here: "a:ok b:7(text) " */
static char answers[1024];

void gw_request_ok(struct gw_request *req) {
	sprintf(answers + strlen(answers), "%c:ok ", *(char *)req);
}

void gw_request_fail(struct gw_request *req, enum gw_condition condition, const char *text) {
	sprintf(answers + strlen(answers), "%c:%d(%.9s) ", *(char *)req, (int)condition, text);
}

void gw_request_not_sent(struct gw_request *req) {
	sprintf(answers + strlen(answers), "%c:not sent ", *(char *)req);
}

static void handle_delivered(struct gw_contact *contact) {
	sprintf(answers + strlen(answers), "<%s> ", (char *)contact);
}

static void handle_stopped(struct gw_contact *contact, unsigned batch) {
	sprintf(answers + strlen(answers), "<%s stop %u> ", (char *)contact, batch);
}

static void handle_refused_late(struct gw_contact *contact, const char *beginning, const char *text, bool is_sure) {
	sprintf(answers + strlen(answers), "<%s %s %s: %s> ", (char *)contact, is_sure ? "lost" : "may have lost", beginning, text);
}

static char juliet[] = "juliet", nurse[] = "nurse";
static char a[] = "a", b[] = "b", c[] = "c";

static const char *text = "But soft";

static unsigned add(struct irc_deliveries *deliveries, char *req, char *contact, size_t lines) {
	return irc_deliveries_add(deliveries, (struct gw_request *)(void *)req, (struct gw_contact *)(void *)contact, contact,
			text, lines);
}

static void assert_answers(const char *expected) {
	assert_string_equal(answers, expected);
	answers[0] = '\0';
}

static int setup(void **state) {
	static struct irc_deliveries deliveries;
	deliveries = (struct irc_deliveries){
		.delivered = handle_delivered,
		.stopped = handle_stopped,
		.refused_late = handle_refused_late,
	};
	*state = &deliveries;
	answers[0] = '\0';
	return 0;
}

static int teardown(void **state) {
	struct irc_deliveries *deliveries = *state;
	irc_deliveries_fail_all(deliveries);
	assert_null(deliveries->first);
	return 0;
}

static void waits_for_the_pong_behind_the_last_line(void **state) {
	struct irc_deliveries *deliveries = *state;
	unsigned batch = add(deliveries, a, juliet, 2);
	irc_deliveries_written(deliveries, batch);
	assert_false(irc_deliveries_need_ping(deliveries));
	irc_deliveries_pinged(deliveries, 5); /* somebody else's ping, before the last line */
	irc_deliveries_answered(deliveries, 5, 1000);
	assert_answers("");
	irc_deliveries_written(deliveries, batch);
	assert_true(irc_deliveries_need_ping(deliveries));
	irc_deliveries_pinged(deliveries, 6);
	assert_false(irc_deliveries_need_ping(deliveries));
	irc_deliveries_answered(deliveries, 6, 1000);
	assert_answers("<juliet> a:ok ");
	assert_null(deliveries->first);
}

static void answers_in_order(void **state) {
	struct irc_deliveries *deliveries = *state;
	irc_deliveries_written(deliveries, add(deliveries, a, juliet, 1));
	irc_deliveries_pinged(deliveries, 1);
	irc_deliveries_written(deliveries, add(deliveries, b, nurse, 1));
	irc_deliveries_written(deliveries, add(deliveries, c, juliet, 1));
	irc_deliveries_answered(deliveries, 1, 1000);
	assert_answers("<juliet> a:ok ");
	irc_deliveries_pinged(deliveries, 2);
	irc_deliveries_answered(deliveries, 2, 1000);
	assert_answers("<nurse> b:ok <juliet> c:ok ");
}

/* One complaint for each line; only the first one answers. */
static void fails_what_the_server_complains_about(void **state) {
	struct irc_deliveries *deliveries = *state;
	unsigned first = add(deliveries, a, juliet, 2);
	irc_deliveries_written(deliveries, first);
	irc_deliveries_written(deliveries, first);
	irc_deliveries_written(deliveries, add(deliveries, b, nurse, 1));
	irc_deliveries_written(deliveries, add(deliveries, c, juliet, 1));
	irc_deliveries_pinged(deliveries, 1);
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_RFC1459, "JULIET", GW_ITEM_NOT_FOUND, "No such", 1000));
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_RFC1459, "juliet", GW_ITEM_NOT_FOUND, "No such", 1000));
	char expected[64];
	sprintf(expected, "a:%d(No such) ", (int)GW_ITEM_NOT_FOUND);
	assert_answers(expected);
	assert_false(irc_deliveries_refused(deliveries, IRC_CASEMAP_RFC1459, "romeo", GW_ITEM_NOT_FOUND, "x", 1000));
	irc_deliveries_answered(deliveries, 1, 1000);
	assert_answers("<nurse> b:ok <juliet> c:ok ");
}

static void says_no_more_of_what_has_failed(void **state) {
	struct irc_deliveries *deliveries = *state;
	unsigned batch = add(deliveries, a, juliet, 5);
	irc_deliveries_written(deliveries, batch);
	irc_deliveries_written(deliveries, batch);
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_ITEM_NOT_FOUND, "No such", 1000));
	char expected[64];
	sprintf(expected, "<juliet stop %u> a:%d(No such) ", batch, (int)GW_ITEM_NOT_FOUND);
	assert_answers(expected);
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_ITEM_NOT_FOUND, "No such", 1000));
	assert_true(irc_deliveries_need_ping(deliveries));
	irc_deliveries_pinged(deliveries, 1);
	irc_deliveries_answered(deliveries, 1, 1000);
	assert_answers("");
	assert_null(deliveries->first);
}

static void takes_a_complaint_about_nobody_for_the_oldest(void **state) {
	struct irc_deliveries *deliveries = *state;
	unsigned unwritten = add(deliveries, a, juliet, 1);
	irc_deliveries_written(deliveries, add(deliveries, b, nurse, 1));
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, NULL, GW_POLICY_VIOLATION, "Too long", 1000));
	assert_false(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, NULL, GW_POLICY_VIOLATION, "Too long", 1000));
	char expected[64];
	sprintf(expected, "b:%d(Too long) ", (int)GW_POLICY_VIOLATION);
	assert_answers(expected);
	irc_deliveries_written(deliveries, unwritten);
	irc_deliveries_pinged(deliveries, 1);
	irc_deliveries_answered(deliveries, 1, 1000);
	assert_answers("<juliet> a:ok ");
}

/* By another server, or through a bouncer: nobody waits for the answer any more. */
static void tells_of_complaints_that_come_late(void **state) {
	struct irc_deliveries *deliveries = *state;
	text = "But soft, what light through yonder window breaks? It is the east, and Juliet is it\nArise";
	unsigned first = add(deliveries, a, juliet, 2);
	text = "But soft";
	irc_deliveries_written(deliveries, first);
	irc_deliveries_written(deliveries, first);
	irc_deliveries_written(deliveries, add(deliveries, b, nurse, 1));
	irc_deliveries_pinged(deliveries, 1);
	irc_deliveries_answered(deliveries, 1, 1000);
	assert_answers("<juliet> a:ok <nurse> b:ok ");
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "Juliet", GW_FORBIDDEN, "Deaf", 2000));
	assert_answers("<juliet lost But soft, what light through yonder window breaks? It is the east, and Juliet is…: Deaf> ");
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_FORBIDDEN, "Deaf", 2000));
	assert_false(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_FORBIDDEN, "Deaf", 2000));
	assert_false(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, NULL, GW_FORBIDDEN, "Deaf", 2000));
	int64_t later_ms = 1000 + 5 * 60000;
	assert_false(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "nurse", GW_FORBIDDEN, "Deaf", later_ms));
	assert_answers("");
	assert_null(deliveries->taken);
}

/* They talked for a while, and then one of them left. */
static void takes_a_late_complaint_for_the_newest(void **state) {
	struct irc_deliveries *deliveries = *state;
	for (unsigned i = 1; i <= 3; i++) {
		text = i == 1 ? "first" : i == 2 ? "second" : "third";
		irc_deliveries_written(deliveries, add(deliveries, a, juliet, 1));
		irc_deliveries_pinged(deliveries, i);
		irc_deliveries_answered(deliveries, i, 1000 + i);
	}
	text = "But soft";
	answers[0] = '\0';
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_FORBIDDEN, "Late", 2000));
	assert_answers("<juliet lost third: Late> ");
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_FORBIDDEN, "Late", 2000));
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_FORBIDDEN, "Late", 2000));
	assert_answers("<juliet lost second: Late> <juliet lost first: Late> ");
	assert_false(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_FORBIDDEN, "Late", 2000));
}

/* Servers that have only a number of who left quote the line, of any length, up to twenty bytes or fifty. */
static void finds_the_line_that_is_quoted(void **state) {
	struct irc_deliveries *deliveries = *state;
	unsigned first = add(deliveries, a, juliet, 2);
	irc_deliveries_note_line(deliveries, first, "But soft, what light through yonder");
	irc_deliveries_note_line(deliveries, first, "[Arise]");
	irc_deliveries_written(deliveries, first);
	irc_deliveries_written(deliveries, first);
	unsigned second = add(deliveries, b, nurse, 1);
	irc_deliveries_note_line(deliveries, second, "But");
	irc_deliveries_written(deliveries, second);
	irc_deliveries_pinged(deliveries, 1);
	irc_deliveries_answered(deliveries, 1, 1000);
	assert_answers("<juliet> a:ok <nurse> b:ok ");
	assert_false(irc_deliveries_refused_quote(deliveries, "Bu", GW_ITEM_NOT_FOUND, "Left", 2000));
	assert_true(irc_deliveries_refused_quote(deliveries, "But", GW_ITEM_NOT_FOUND, "Left", 2000));
	assert_answers("<nurse lost But soft: Left> ");
	assert_true(irc_deliveries_refused_quote(deliveries, "But soft, what light", GW_ITEM_NOT_FOUND, "Left", 2000));
	assert_answers("<juliet lost But soft: Left> ");
	assert_true(irc_deliveries_refused_quote(deliveries, "[Arise]", GW_ITEM_NOT_FOUND, "Left", 2000));
	assert_answers("");
	unsigned third = add(deliveries, c, juliet, 1);
	irc_deliveries_note_line(deliveries, third, "But soft, what light through yonder");
	irc_deliveries_written(deliveries, third);
	assert_true(irc_deliveries_refused_quote(deliveries, "But soft, what light throu", GW_ITEM_NOT_FOUND, "Left", 2000));
	char expected[64];
	sprintf(expected, "c:%d(Left) ", (int)GW_ITEM_NOT_FOUND);
	assert_answers(expected);
}

static void guesses_when_only_a_number_is_said(void **state) {
	struct irc_deliveries *deliveries = *state;
	assert_false(irc_deliveries_refused_somebody(deliveries, GW_ITEM_NOT_FOUND, "Left", 1000));
	irc_deliveries_written(deliveries, add(deliveries, a, nurse, 1));
	irc_deliveries_pinged(deliveries, 1);
	irc_deliveries_answered(deliveries, 1, 1000);
	irc_deliveries_written(deliveries, add(deliveries, b, juliet, 1));
	irc_deliveries_pinged(deliveries, 2);
	irc_deliveries_answered(deliveries, 2, 1000);
	answers[0] = '\0';
	assert_true(irc_deliveries_refused_somebody(deliveries, GW_ITEM_NOT_FOUND, "Left", 2000));
	assert_answers("<juliet may have lost But soft: Left> ");
	assert_true(irc_deliveries_refused_somebody(deliveries, GW_ITEM_NOT_FOUND, "Left", 2000));
	assert_answers("<nurse lost But soft: Left> ");
	assert_false(irc_deliveries_refused_somebody(deliveries, GW_ITEM_NOT_FOUND, "Left", 2000));
	irc_deliveries_written(deliveries, add(deliveries, c, juliet, 1));
	assert_true(irc_deliveries_refused_somebody(deliveries, GW_ITEM_NOT_FOUND, "Left", 2000));
	char expected[64];
	sprintf(expected, "c:%d(Left) ", (int)GW_ITEM_NOT_FOUND);
	assert_answers(expected);
}

static void remembers_the_last_ones_for_that(void **state) {
	struct irc_deliveries *deliveries = *state;
	for (unsigned i = 1; i <= 65; i++) {
		irc_deliveries_written(deliveries, add(deliveries, a, i == 1 ? nurse : juliet, 1));
		irc_deliveries_pinged(deliveries, i);
		irc_deliveries_answered(deliveries, i, 1000);
		answers[0] = '\0';
	}
	assert_false(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "nurse", GW_FORBIDDEN, "Late", 1000));
	assert_true(irc_deliveries_refused(deliveries, IRC_CASEMAP_ASCII, "juliet", GW_FORBIDDEN, "Late", 1000));
	assert_answers("<juliet lost But soft: Late> ");
}

static void tells_what_may_have_arrived(void **state) {
	struct irc_deliveries *deliveries = *state;
	irc_deliveries_written(deliveries, add(deliveries, a, juliet, 2));
	add(deliveries, b, juliet, 1);
	irc_deliveries_fail_all(deliveries);
	char expected[64];
	sprintf(expected, "a:%d(The conne) b:not sent ", (int)GW_RECIPIENT_UNAVAILABLE);
	assert_answers(expected);
}

static void forgets_what_nobody_waits_for(void **state) {
	struct irc_deliveries *deliveries = *state;
	unsigned batch = add(deliveries, a, juliet, 1);
	struct gw_request *req = (struct gw_request *)(void *)a, *other = (struct gw_request *)(void *)b;
	irc_deliveries_written(deliveries, add(deliveries, b, nurse, 2));
	assert_false(irc_deliveries_has_begun(deliveries, req));
	assert_true(irc_deliveries_has_begun(deliveries, other));
	irc_deliveries_cancel(deliveries, other, GW_REMOTE_SERVER_TIMEOUT, "late");
	answers[0] = '\0';
	assert_int_equal(irc_deliveries_cancel(deliveries, req, GW_REMOTE_SERVER_TIMEOUT, "late"), batch);
	assert_int_equal(irc_deliveries_cancel(deliveries, req, GW_REMOTE_SERVER_TIMEOUT, "late"), 0);
	char expected[64];
	sprintf(expected, "a:%d(late) ", (int)GW_REMOTE_SERVER_TIMEOUT);
	assert_answers(expected);
	irc_deliveries_written(deliveries, batch);
	assert_false(irc_deliveries_need_ping(deliveries));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(waits_for_the_pong_behind_the_last_line, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(fails_what_the_server_complains_about, setup, teardown),
		cmocka_unit_test_setup_teardown(says_no_more_of_what_has_failed, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_a_complaint_about_nobody_for_the_oldest, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_of_complaints_that_come_late, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_a_late_complaint_for_the_newest, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_the_line_that_is_quoted, setup, teardown),
		cmocka_unit_test_setup_teardown(guesses_when_only_a_number_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(remembers_the_last_ones_for_that, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_what_may_have_arrived, setup, teardown),
		cmocka_unit_test_setup_teardown(forgets_what_nobody_waits_for, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
