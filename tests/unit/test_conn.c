/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Plain connections: opening, bytes both ways, every way to end, and closing from inside each
 * callback.
 */
#include <gangway/conn.h>

#include "net/hold.h"
#include "net/loop.h"
#include "peer.h"
#include "util/mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum when {
	NEVER,
	ON_OPEN,
	ON_BYTES,
	ON_DRAINED,
};

struct fixture {
	struct gw_loop *loop;
	struct gw_scope scope;
	struct peer_server server;
	struct gw_conn *conn; /* NULL once it ended */
	struct strbuf received;
	int opened, drained, ended;
	enum gw_conn_problem problem;
	char text[128];
	enum when closes, closes_scope, pauses;
};

static struct fixture *fixture;

static void act(enum when now) {
	if (fixture->pauses == now) {
		gw_conn_pause(fixture->conn);
	}
	if (fixture->closes == now) {
		gw_conn_close(fixture->conn);
		fixture->conn = NULL;
	}
	if (fixture->closes_scope == now) {
		scope_close(&fixture->scope);
	}
}

static void handle_open(struct gw_conn *conn, void *data) {
	assert_ptr_equal(data, fixture);
	assert_ptr_equal(conn, fixture->conn);
	fixture->opened++;
	act(ON_OPEN);
}

static void handle_bytes(struct gw_conn *conn, const char *bytes, size_t size, void *data) {
	(void)data;
	assert_ptr_equal(conn, fixture->conn);
	assert_true(size > 0);
	strbuf_add(&fixture->received, bytes, size);
	act(ON_BYTES);
}

static void handle_drained(struct gw_conn *conn, void *data) {
	(void)data;
	assert_int_equal(gw_conn_pending_bytes(conn), 0);
	fixture->drained++;
	act(ON_DRAINED);
}

static void handle_end(struct gw_conn *conn, const struct gw_conn_end *end, void *data) {
	(void)data;
	assert_ptr_equal(conn, fixture->conn);
	fixture->conn = NULL;
	fixture->ended++;
	fixture->problem = end->problem;
	snprintf(fixture->text, sizeof(fixture->text), "%s", end->text);
}

static const struct gw_conn_events events = {
	.on_open = handle_open,
	.on_bytes = handle_bytes,
	.on_drained = handle_drained,
	.on_end = handle_end,
};

static int set_up(void **state) {
	fixture = mem_new(sizeof(*fixture));
	fixture->loop = loop_new();
	strbuf_init(&fixture->received, STRBUF_UNLIMITED);
	scope_init(&fixture->scope, loop_scope(fixture->loop));
	assert_true(peer_listen(&fixture->server, loop_scope(fixture->loop), "127.0.0.1", 0));
	*state = fixture;
	return 0;
}

/* Nothing may be left waiting once both sides have gone. */
static int tear_down(void **state) {
	(void)state;
	scope_close(&fixture->scope);
	peer_server_finish(&fixture->server);
	for (int i = 0; i < 100 && loop_count_waiting(fixture->loop) > 0; i++) {
		loop_turn(fixture->loop, 20);
	}
	assert_int_equal(loop_count_waiting(fixture->loop), 0);
	loop_free(fixture->loop);
	strbuf_finish(&fixture->received);
	free(fixture);
	return 0;
}

static struct gw_conn_options to_server(void) {
	return (struct gw_conn_options){ .host = "127.0.0.1", .port = fixture->server.port };
}

static void open_with(struct gw_conn_options options) {
	fixture->conn = gw_conn_open(&fixture->scope, &options, &events, fixture);
	assert_non_null(fixture->conn);
	assert_int_equal(fixture->opened + fixture->ended, 0);
}

static struct peer *open_both(void) {
	open_with(to_server());
	WAIT_FOR(fixture->opened == 1 && fixture->server.count == 1);
	return &fixture->server.peers[0];
}

static void write_text(const char *text) {
	gw_conn_write(fixture->conn, text, strlen(text));
}

static void assert_peer_heard(const char *text) {
	struct peer *peer = &fixture->server.peers[0];
	WAIT_FOR(fixture->server.count == 1 && peer->in.size >= strlen(text));
	assert_string_equal(peer->in.bytes, text);
}

/* Bytes both ways */

static void test_what_is_written_before_it_is_open_waits(void **state) {
	(void)state;
	open_with(to_server());
	write_text("early ");
	write_text("bird");
	assert_int_equal(gw_conn_pending_bytes(fixture->conn), 10);
	assert_peer_heard("early bird");
	WAIT_FOR(fixture->drained == 1);
	assert_int_equal(fixture->opened, 1);
}

static void test_bytes_go_both_ways(void **state) {
	struct peer *peer = open_both();
	(void)state;
	peer_send_text(peer, "<stream>");
	WAIT_FOR(fixture->received.size == 8);
	assert_string_equal(fixture->received.bytes, "<stream>");
	write_text("<handshake/>");
	assert_peer_heard("<handshake/>");
}

static void test_one_turn_sends_once(void **state) {
	struct peer *peer = open_both();
	(void)state;
	for (int i = 0; i < 100; i++) {
		write_text("<presence/>");
	}
	assert_int_equal(peer->in.size, 0);
	WAIT_FOR(peer->in.size == 1100);
	assert_int_equal(peer->read_count, 1);
}

static char *big_text(size_t size) {
	char *text = mem_new(size);
	for (size_t i = 0; i < size; i++) {
		text[i] = (char)('a' + i % 23 + i / 4096 % 3);
	}
	return text;
}

static void test_a_large_write_arrives_whole(void **state) {
	enum { SIZE = 8 * 1024 * 1024 };
	char *text = big_text(SIZE);
	(void)state;
	fixture->server.is_deaf = true;
	struct peer *peer = open_both();
	gw_conn_write(fixture->conn, text, SIZE / 2);
	loop_settle(fixture->loop);
	assert_true(gw_conn_pending_bytes(fixture->conn) > 0);
	assert_int_equal(fixture->drained, 0);
	gw_conn_write(fixture->conn, text + SIZE / 2, SIZE / 2);
	peer_hear(peer);
	WAIT_FOR(peer->in.size == SIZE);
	WAIT_FOR(fixture->drained == 1);
	assert_memory_equal(peer->in.bytes, text, SIZE);
	free(text);
}

static void test_a_large_answer_arrives_whole(void **state) {
	enum { SIZE = 8 * 1024 * 1024 };
	char *text = big_text(SIZE);
	struct peer *peer = open_both();
	(void)state;
	peer_send(peer, text, SIZE);
	WAIT_FOR(fixture->received.size == SIZE);
	assert_memory_equal(fixture->received.bytes, text, SIZE);
	free(text);
}

static void test_pausing_makes_the_peer_wait(void **state) {
	struct peer *peer = open_both();
	(void)state;
	gw_conn_pause(fixture->conn);
	peer_send_text(peer, "one");
	loop_settle(fixture->loop);
	assert_int_equal(fixture->received.size, 0);
	write_text("still speaking");
	assert_peer_heard("still speaking");
	gw_conn_resume(fixture->conn);
	WAIT_FOR(fixture->received.size == 3);

	fixture->pauses = ON_BYTES;
	peer_send_text(peer, "two");
	WAIT_FOR(fixture->received.size == 6);
	peer_send_text(peer, "three");
	peer_end(peer);
	loop_settle(fixture->loop);
	assert_string_equal(fixture->received.bytes, "onetwo");
	assert_int_equal(fixture->ended, 0);
	fixture->pauses = NEVER;
	gw_conn_resume(fixture->conn);
	WAIT_FOR(fixture->ended == 1);
	assert_string_equal(fixture->received.bytes, "onetwothree");
}

static void test_too_much_pending_is_a_lost_connection(void **state) {
	struct gw_conn_options options = to_server();
	char block[4096] = { 0 };
	(void)state;
	fixture->server.is_deaf = true;
	options.max_pending_bytes = 10000;
	open_with(options);
	write_text("x");
	gw_conn_write(fixture->conn, block, sizeof(block));
	gw_conn_write(fixture->conn, block, sizeof(block));
	assert_int_equal(gw_conn_pending_bytes(fixture->conn), 8193);
	gw_conn_write(fixture->conn, block, sizeof(block));
	assert_int_equal(gw_conn_pending_bytes(fixture->conn), 8193);
	assert_int_equal(fixture->ended, 0);
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_LOST);
}

/* Ends that the peer or the network makes */

static void test_a_refused_port_is_unreachable(void **state) {
	struct gw_conn_options options = to_server();
	(void)state;
	peer_server_finish(&fixture->server);
	open_with(options);
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_UNREACHABLE);
	assert_string_equal(fixture->text, "connection refused");
}

static void test_a_name_that_is_none_is_unreachable(void **state) {
	struct gw_conn_options options = to_server();
	(void)state;
	options.host = "";
	open_with(options);
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_UNREACHABLE);
	assert_string_equal(fixture->text, "this is not a host name");
}

/* From above: the peer waits, and nothing leaves, until it is lifted; those to come are held too. */
static void test_connections_below_a_scope_can_be_held(void **state) {
	(void)state;
	struct gw_scope *above = &fixture->scope;
	struct peer *peer = open_both();
	assert_int_equal(gw_conn_last_held_ms(fixture->conn), 0);
	hold_connections(above, HOLD_READING | HOLD_WRITING);
	peer_send_text(peer, "in");
	gw_conn_write(fixture->conn, "out", 3);
	for (int i = 0; i < 5; i++) {
		loop_turn(fixture->loop, 5);
	}
	assert_int_equal(fixture->received.size, 0);
	assert_int_equal(peer->in.size, 0);
	hold_connections(above, HOLD_READING);
	WAIT_FOR(peer->in.size == 3);
	assert_int_equal(fixture->received.size, 0);
	assert_int_equal(gw_conn_last_held_ms(fixture->conn), gw_now_ms(fixture->loop));
	hold_connections(above, HOLD_NOTHING);
	int64_t lifted_ms = gw_now_ms(fixture->loop);
	WAIT_FOR(fixture->received.size == 2);
	assert_int_equal(gw_conn_last_held_ms(fixture->conn), lifted_ms);
}

/* There would be room again for what the peer did not take before: that wakes nobody. */
static void test_a_held_connection_lets_the_loop_sleep(void **state) {
	enum { SIZE = 8 * 1024 * 1024 };
	char *text = big_text(SIZE);
	(void)state;
	fixture->server.is_deaf = true;
	struct peer *peer = open_both();
	gw_conn_write(fixture->conn, text, SIZE);
	loop_settle(fixture->loop);
	hold_connections(&fixture->scope, HOLD_READING | HOLD_WRITING);
	peer_hear(peer);
	loop_settle(fixture->loop);
	assert_true(gw_conn_pending_bytes(fixture->conn) > 0);
	hold_connections(&fixture->scope, HOLD_NOTHING);
	WAIT_FOR(peer->in.size == SIZE);
	assert_memory_equal(peer->in.bytes, text, SIZE);
	free(text);
}

static void test_connections_beside_a_held_scope_are_read(void **state) {
	(void)state;
	struct gw_scope beside;
	scope_init(&beside, loop_scope(fixture->loop));
	struct peer *peer = open_both();
	hold_connections(&beside, HOLD_READING | HOLD_WRITING);
	peer_send_text(peer, "in");
	gw_conn_write(fixture->conn, "out", 3);
	WAIT_FOR(fixture->received.size == 2 && peer->in.size == 3);
	assert_int_equal(gw_conn_last_held_ms(fixture->conn), 0);
	scope_close(&beside);
}

static void test_private_addresses_can_be_refused(void **state) {
	struct gw_conn_options options = to_server();
	(void)state;
	options.public_only = true;
	open_with(options);
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_UNREACHABLE);
	assert_string_equal(fixture->text, "the address is not a public one");
	assert_int_equal(fixture->server.count, 0);
}

static void test_localhost_is_found_whatever_the_family(void **state) {
	struct gw_conn_options options = to_server();
	(void)state;
	options.host = "localhost";
	open_with(options);
	WAIT_FOR(fixture->opened == 1);
}

static void test_the_peer_closes(void **state) {
	struct peer *peer = open_both();
	(void)state;
	peer_send_text(peer, "bye");
	peer_cut(peer);
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_ENDED);
	assert_string_equal(fixture->received.bytes, "bye");
	assert_string_equal(fixture->text, "the peer closed the connection");
}

/* A peer that ends its stream still hears what we have to say to that. */
static void test_a_half_closed_connection_delivers_the_rest(void **state) {
	enum { SIZE = 4 * 1024 * 1024 };
	char *text = big_text(SIZE);
	(void)state;
	fixture->server.is_deaf = true;
	struct peer *peer = open_both();
	gw_conn_write(fixture->conn, text, SIZE);
	peer_end(peer);
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_ENDED);
	peer_hear(peer);
	WAIT_FOR(peer->saw_end);
	assert_int_equal(peer->in.size, SIZE);
	assert_memory_equal(peer->in.bytes, text, SIZE);
	free(text);
}

static void test_a_reset_is_a_loss(void **state) {
	struct peer *peer = open_both();
	(void)state;
	peer_reset(peer);
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_LOST);
}

static void test_writing_to_the_lost_is_a_loss(void **state) {
	struct peer *peer = open_both();
	(void)state;
	gw_conn_pause(fixture->conn);
	peer_reset(peer);
	write_text("anybody there?");
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_LOST);
}

/* It was not read yet when the peer went, and we notice that by writing. */
static void test_what_the_lost_said_before_is_heard(void **state) {
	struct peer *peer = open_both();
	(void)state;
	hold_connections(&fixture->scope, HOLD_READING);
	peer_send_text(peer, "these are my last words");
	peer_cut(peer);
	for (int i = 0; i < 5; i++) {
		write_text("anybody there?");
		loop_turn(fixture->loop, 5);
	}
	assert_int_equal(fixture->ended, 0);
	assert_int_equal(gw_conn_pending_bytes(fixture->conn), 0);
	hold_connections(&fixture->scope, HOLD_NOTHING);
	WAIT_FOR(fixture->ended == 1);
	assert_string_equal(fixture->received.bytes, "these are my last words");
}

/* Two connections that nobody accepts fill the queue of the first address: it will never answer. */
static void test_a_silent_address_costs_a_head_start(void **state) {
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fds[4];
	(void)state;
	six.sin6_port = htons((uint16_t)fixture->server.port);
	fds[0] = socket(AF_INET6, SOCK_STREAM, 0);
	if (fds[0] < 0 || bind(fds[0], (struct sockaddr *)&six, sizeof(six)) != 0) {
		close(fds[0]);
		skip();
	}
	assert_int_equal(listen(fds[0], 0), 0);
	for (int i = 1; i < 4; i++) {
		fds[i] = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fds[i], (struct sockaddr *)&six, sizeof(six));
	}

	struct gw_conn_options options = to_server();
	options.host = "localhost";
	loop_hold_clock(fixture->loop, 0);
	open_with(options);
	loop_settle(fixture->loop);
	assert_int_equal(fixture->opened, 0);
	loop_advance(fixture->loop, 250);
	WAIT_FOR(fixture->opened == 1);
	for (int i = 0; i < 4; i++) {
		close(fds[i]);
	}
}

/* Ends that we make */

static void test_closing_sends_what_is_pending(void **state) {
	enum { SIZE = 4 * 1024 * 1024 };
	char *text = big_text(SIZE);
	(void)state;
	fixture->server.is_deaf = true;
	struct peer *peer = open_both();
	gw_conn_write(fixture->conn, text, SIZE);
	gw_conn_close(fixture->conn);
	peer_hear(peer);
	WAIT_FOR(peer->saw_end);
	assert_int_equal(peer->in.size, SIZE);
	assert_int_equal(fixture->ended, 0);
	gw_conn_close(NULL);
	free(text);
}

static void test_a_peer_that_does_not_go_is_left(void **state) {
	char *text = big_text(4 * 1024 * 1024);
	(void)state;
	loop_hold_clock(fixture->loop, 0);
	fixture->server.is_deaf = true;
	open_both();
	size_t others = loop_count_waiting(fixture->loop) - 1;
	gw_conn_write(fixture->conn, text, 4 * 1024 * 1024);
	gw_conn_close(fixture->conn);
	loop_advance(fixture->loop, 1999);
	assert_int_equal(loop_count_waiting(fixture->loop), others + 2);
	loop_advance(fixture->loop, 1);
	assert_int_equal(loop_count_waiting(fixture->loop), others);
	free(text);
}

static void test_closing_the_scope_cancels(void **state) {
	(void)state;
	struct peer *peer = open_both();
	write_text("last words");
	scope_close(&fixture->scope);
	assert_int_equal(fixture->ended, 1);
	assert_int_equal(fixture->problem, GW_CONN_CANCELLED);
	assert_peer_heard("last words");
	WAIT_FOR(peer->saw_end);
}

static void test_closing_while_connecting(void **state) {
	(void)state;
	open_with(to_server());
	write_text("never sent");
	gw_conn_close(fixture->conn);
	loop_settle(fixture->loop);
	assert_int_equal(fixture->opened + fixture->ended, 0);
	assert_int_equal(loop_count_waiting(fixture->loop), 1); /* the server */

	open_with(to_server());
	write_text("never sent");
	scope_close(&fixture->scope);
	assert_int_equal(fixture->ended, 1);
	assert_int_equal(fixture->problem, GW_CONN_CANCELLED);
}

static void test_a_closed_scope_cancels_at_once(void **state) {
	(void)state;
	scope_close(&fixture->scope);
	open_with(to_server());
	write_text("never sent");
	loop_turn(fixture->loop, -1);
	assert_int_equal(loop_count_waiting(fixture->loop), 1);
	assert_int_equal(fixture->ended, 1);
	assert_int_equal(fixture->problem, GW_CONN_CANCELLED);

	fixture->ended = 0;
	open_with(to_server());
	gw_conn_close(fixture->conn);
	loop_turn(fixture->loop, -1);
	assert_int_equal(fixture->ended, 0);
}

static void test_the_end_of_the_loop_cancels(void **state) {
	(void)state;
	open_both();
	peer_server_finish(&fixture->server);
	gw_conn_pause(fixture->conn);
	loop_free(fixture->loop);
	assert_int_equal(fixture->ended, 1);
	assert_int_equal(fixture->problem, GW_CONN_CANCELLED);
	fixture->loop = loop_new();
	scope_init(&fixture->scope, loop_scope(fixture->loop));
}

/* Closing from inside */

static void close_in(enum when closes, enum when closes_scope) {
	fixture->closes = closes;
	fixture->closes_scope = closes_scope;
	open_with(to_server());
	write_text("hello");
	WAIT_FOR(fixture->server.count == 1);
	peer_send_text(&fixture->server.peers[0], "hello");
	WAIT_FOR(fixture->conn == NULL);
	loop_settle(fixture->loop);
	assert_int_equal(fixture->opened, 1);
	assert_int_equal(fixture->ended, closes == NEVER ? 1 : 0);
	assert_peer_heard("hello");
}

static void test_close_in_on_open(void **state) {
	(void)state;
	close_in(ON_OPEN, NEVER);
}

static void test_close_in_on_bytes(void **state) {
	(void)state;
	close_in(ON_BYTES, NEVER);
}

static void test_close_in_on_drained(void **state) {
	(void)state;
	close_in(ON_DRAINED, NEVER);
}

static void test_close_scope_in_on_open(void **state) {
	(void)state;
	close_in(NEVER, ON_OPEN);
}

static void test_close_scope_in_on_bytes(void **state) {
	(void)state;
	close_in(NEVER, ON_BYTES);
}

static void test_close_scope_in_on_drained(void **state) {
	(void)state;
	close_in(NEVER, ON_DRAINED);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_written_before_it_is_open_waits),
		TEST(test_bytes_go_both_ways),
		TEST(test_one_turn_sends_once),
		TEST(test_a_large_write_arrives_whole),
		TEST(test_a_large_answer_arrives_whole),
		TEST(test_pausing_makes_the_peer_wait),
		TEST(test_too_much_pending_is_a_lost_connection),
		TEST(test_a_refused_port_is_unreachable),
		TEST(test_a_name_that_is_none_is_unreachable),
		TEST(test_connections_below_a_scope_can_be_held),
		TEST(test_a_held_connection_lets_the_loop_sleep),
		TEST(test_connections_beside_a_held_scope_are_read),
		TEST(test_private_addresses_can_be_refused),
		TEST(test_localhost_is_found_whatever_the_family),
		TEST(test_the_peer_closes),
		TEST(test_a_half_closed_connection_delivers_the_rest),
		TEST(test_a_reset_is_a_loss),
		TEST(test_writing_to_the_lost_is_a_loss),
		TEST(test_what_the_lost_said_before_is_heard),
		TEST(test_a_silent_address_costs_a_head_start),
		TEST(test_closing_sends_what_is_pending),
		TEST(test_a_peer_that_does_not_go_is_left),
		TEST(test_closing_the_scope_cancels),
		TEST(test_closing_while_connecting),
		TEST(test_a_closed_scope_cancels_at_once),
		TEST(test_the_end_of_the_loop_cancels),
		TEST(test_close_in_on_open),
		TEST(test_close_in_on_bytes),
		TEST(test_close_in_on_drained),
		TEST(test_close_scope_in_on_open),
		TEST(test_close_scope_in_on_bytes),
		TEST(test_close_scope_in_on_drained),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
