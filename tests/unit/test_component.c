/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The stream to the server, with a server that does what the test says and a clock that the test moves: refused, silent,
 * dead, and back.
 */
#include "xmpp/component.h"

#include "net/loop.h"
#include "peer.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct gw_loop *loop;
	struct peer_server server;
	struct component *component;
	int online, offline, stanzas;
	bool was_complete;
	char last_from[128];
};

static struct fixture *fixture;

static void handle_online(void *data) {
	(void)data;
	fixture->online++;
}

static void handle_offline(const char *text, bool is_complete, void *data) {
	(void)data;
	assert_non_null(text);
	fixture->offline++;
	fixture->was_complete = is_complete;
}

static void handle_stanza(struct stanza *stanza, void *data) {
	(void)data;
	fixture->stanzas++;
	snprintf(fixture->last_from, sizeof(fixture->last_from), "%s", stanza->from.full);
	stanza_unref(stanza);
}

static struct component_events test_events = {
	.on_online = handle_online,
	.on_stanza = handle_stanza,
	.on_offline = handle_offline,
};

static struct component *make_component(void) {
	static const struct gw_log log = { .name = "test" };
	return component_new(loop_scope(fixture->loop), &(struct component_options){
		.host = "127.0.0.1",
		.port = fixture->server.port,
		.jid = "gw.lit",
		.secret = "test",
		.log = &log,
	}, &test_events, fixture);
}

static int set_up(void **state) {
	(void)state;
	fixture = mem_new(sizeof(*fixture));
	test_events.may_send = NULL;
	fixture->loop = loop_new();
	loop_hold_clock(fixture->loop, 0);
	assert_true(peer_listen(&fixture->server, loop_scope(fixture->loop), "127.0.0.1", 0));
	fixture->component = make_component();
	return 0;
}

static int tear_down(void **state) {
	(void)state;
	component_close(fixture->component);
	peer_server_finish(&fixture->server);
	for (int i = 0; i < 100 && loop_count_waiting(fixture->loop) > 0; i++) {
		loop_turn(fixture->loop, 20);
	}
	assert_int_equal(loop_count_waiting(fixture->loop), 0);
	loop_free(fixture->loop);
	free(fixture);
	return 0;
}

static bool has_heard(const struct peer *peer, const char *text) {
	return peer->in.size > 0 && strstr(peer->in.bytes, text);
}

/* The newest connection, once there are `count`. */
static struct peer *wait_for_peer(size_t count) {
	WAIT_FOR(fixture->server.count == count && fixture->server.peers[count - 1].is_open);
	return &fixture->server.peers[count - 1];
}

static void send_header(struct peer *peer) {
	WAIT_FOR(has_heard(peer, "to='gw.lit'>"));
	peer_send_text(peer, "<stream:stream xmlns='jabber:component:accept' "
			"xmlns:stream='http://etherx.jabber.org/streams' id='3BF96D32' from='gw.lit'>");
	WAIT_FOR(has_heard(peer, "</handshake>"));
}

static void shake_hands(struct peer *peer) {
	int before = fixture->online;
	send_header(peer);
	peer_send_text(peer, "<handshake/>");
	WAIT_FOR(fixture->online == before + 1);
}

static void pass_time(int64_t ms) {
	loop_advance(fixture->loop, ms);
	loop_settle(fixture->loop);
}

static void send_typed(const char *name, const char *type, const char *id) {
	struct arena arena = { 0 };
	struct xml_node *stanza = stanza_make(&arena, name, type, "gw.lit", "romeo@montague.lit", id);
	component_send(fixture->component, stanza);
	arena_finish(&arena);
}

/* XEP-0114 example 3: the stream's id and the secret. */
static void test_the_handshake(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	send_header(peer);
	/* printf 3BF96D32test | sha1sum */
	assert_true(has_heard(peer, "<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>"));
	assert_false(component_is_online(fixture->component));
	peer_send_text(peer, "<handshake/>");
	WAIT_FOR(fixture->online == 1);
	assert_true(component_is_online(fixture->component));
}

static void test_a_server_that_never_answers_the_handshake(void **state) {
	(void)state;
	component_start(fixture->component);
	send_header(wait_for_peer(1));
	pass_time(19999);
	assert_int_equal(fixture->server.count, 1);
	pass_time(1);
	pass_time(1000);
	shake_hands(wait_for_peer(2));
	assert_int_equal(fixture->offline, 1); /* it may have said yes, and more, on a link that was dead */
}

/* Only a server that ended the stream has surely written nothing that did not come. */
static void test_a_link_that_breaks_before_the_handshake_is_answered(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	send_header(peer);
	peer_send_text(peer, "</stream:stream>");
	pass_time(1000);
	peer = wait_for_peer(2);
	assert_int_equal(fixture->offline, 0);
	send_header(peer);
	peer_cut(peer);
	WAIT_FOR(fixture->offline == 1);
	assert_false(fixture->was_complete);
}

/* Nothing tells that the other side is gone: the machine behind the port fell over. */
static void test_a_dead_link_is_noticed_within_a_minute(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	shake_hands(peer);
	pass_time(40000);
	WAIT_FOR(has_heard(peer, "urn:xmpp:ping"));
	pass_time(19999);
	assert_int_equal(fixture->offline, 0);
	pass_time(1);
	assert_int_equal(fixture->offline, 1);
	pass_time(1000);
	shake_hands(wait_for_peer(2));
}

static void test_an_answer_of_any_kind_keeps_the_link(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	shake_hands(peer);
	for (int i = 0; i < 10; i++) {
		pass_time(20000);
		int before = fixture->stanzas;
		peer_send_text(peer, "<presence from='romeo@montague.lit' to='gw.lit'/>");
		WAIT_FOR(fixture->stanzas == before + 1);
	}
	assert_false(has_heard(peer, "urn:xmpp:ping"));
	pass_time(40000);
	WAIT_FOR(has_heard(peer, "urn:xmpp:ping"));
	peer_send_text(peer, "<iq type='error' id='liveness' from='gw.lit' to='gw.lit'/>");
	WAIT_FOR(fixture->stanzas == 11);
	pass_time(39999);
	assert_int_equal(fixture->offline, 0);
}

static void refuse(struct peer *peer) {
	peer_cut(peer);
}

/* Moves the clock in steps until somebody connects again; how long that took. */
static int64_t wait_for_return(int64_t step_ms) {
	size_t before = fixture->server.count;
	int64_t waited_ms = 0;
	while (fixture->server.count == before) {
		assert_true(waited_ms < 3600000);
		pass_time(step_ms);
		waited_ms += step_ms;
		for (int i = 0; i < 5; i++) {
			loop_turn(fixture->loop, 5);
		}
	}
	return waited_ms;
}

/* Half of the time at least, all of it at most; and all of it is twice as long each time. */
static void test_waits_grow(void **state) {
	(void)state;
	fixture->server.on_open = refuse;
	component_start(fixture->component);
	WAIT_FOR(fixture->server.count == 1);
	for (int64_t wait_ms = 1000; fixture->server.count < 7; wait_ms *= 2) {
		int64_t step_ms = wait_ms / 20, waited_ms = wait_for_return(step_ms);
		assert_true(waited_ms >= wait_ms / 2 - step_ms);
		assert_true(waited_ms <= wait_ms + step_ms);
	}
	assert_int_equal(fixture->online + fixture->offline, 0);
}

/* Somebody waits for it. Messages and subscriptions have a journal of their own; the rest is told anew, or nobody asks. */
static void test_answers_wait_for_the_link(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	shake_hands(peer);
	peer_end(peer);
	WAIT_FOR(fixture->offline == 1);
	send_typed("message", "chat", "w1");
	send_typed("presence", "unsubscribe", "w2");
	send_typed("iq", "get", "w3");
	send_typed("iq", "error", "w4");
	send_typed("iq", "result", "w5");
	pass_time(1000);
	peer = wait_for_peer(2);
	shake_hands(peer);
	WAIT_FOR(has_heard(peer, "id='w5'"));
	assert_true(has_heard(peer, "id='w4'"));
	assert_false(has_heard(peer, "id='w1'") || has_heard(peer, "id='w2'") || has_heard(peer, "id='w3'"));
}

static bool send_large(const char *id, int size) {
	struct arena arena = { 0 };
	struct xml_node *large = stanza_make(&arena, "iq", "result", "gw.lit", "romeo@montague.lit", id);
	xml_text(xml_add(large, "photo", NULL), arena_printf(&arena, "%*s", size, ""));
	bool is_accepted = component_send(fixture->component, large);
	arena_finish(&arena);
	return is_accepted;
}

/* The server would end the stream for it. */
static void test_what_is_too_big_is_not_sent(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	shake_hands(peer);
	assert_true(send_large("l1", 400 * 1024));
	assert_false(send_large("l2", 520 * 1024));
	assert_true(send_large("l3", 1));
	WAIT_FOR(has_heard(peer, "id='l3'"));
	assert_true(has_heard(peer, "id='l1'"));
	assert_false(has_heard(peer, "id='l2'"));
}

static bool may_send(void *data) {
	(void)data;
	return false;
}

/* What was held back (by a full disk) when the link broke: no question that nobody asks any more, no presence twice. */
static void test_what_was_held_back_when_the_link_broke(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	shake_hands(peer);
	test_events.may_send = may_send;
	send_typed("iq", "result", "h1");
	send_typed("presence", NULL, "h2");
	send_typed("iq", "get", "h3");
	for (int i = 0; i < 5; i++) {
		assert_true(send_large("h4", 400 * 1024));
	}
	send_typed("iq", "result", "h5");
	peer_end(peer);
	WAIT_FOR(fixture->offline == 1);
	assert_false(has_heard(peer, "id='h1'"));
	test_events.may_send = NULL;
	send_typed("iq", "result", "h6");
	pass_time(1000);
	peer = wait_for_peer(2);
	shake_hands(peer);
	WAIT_FOR(has_heard(peer, "id='h6'"));
	const char *first = strstr(peer->in.bytes, "id='h1'"), *second = strstr(peer->in.bytes, "id='h4'");
	const char *third = strstr(peer->in.bytes, "id='h5'"), *last = strstr(peer->in.bytes, "id='h6'");
	assert_true(first && second && third && first < second && second < third && third < last);
	assert_false(has_heard(peer, "id='h2'"));
	assert_false(has_heard(peer, "id='h3'"));
}

/* Whoever does not listen, because the disk is full, cannot say that nobody speaks. */
static void test_a_link_that_is_not_read_is_not_dead(void **state) {
	(void)state;
	component_start(fixture->component);
	shake_hands(wait_for_peer(1));
	component_pause(fixture->component);
	pass_time(10 * 60000);
	assert_int_equal(fixture->offline, 0);
	component_resume(fixture->component);
	pass_time(39999);
	assert_int_equal(fixture->offline, 0);
}

static void test_a_pause_outlives_the_link(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	shake_hands(peer);
	component_pause(fixture->component);
	component_break(fixture->component, "the test says so");
	component_start(fixture->component);
	peer = wait_for_peer(2);
	shake_hands(peer);
	peer_send_text(peer, "<presence from='romeo@montague.lit' to='gw.lit'/>");
	for (int i = 0; i < 5; i++) {
		loop_turn(fixture->loop, 5);
	}
	assert_int_equal(fixture->stanzas, 0);
	component_resume(fixture->component);
	WAIT_FOR(fixture->stanzas == 1);
}

/* Two gateways by the same name push each other out: not ever again within a second. */
static void test_waits_grow_when_the_link_does_not_last(void **state) {
	(void)state;
	component_start(fixture->component);
	for (int64_t wait_ms = 1000; fixture->server.count < 5; wait_ms *= 2) {
		struct peer *peer = wait_for_peer(fixture->server.count > 0 ? fixture->server.count : 1);
		shake_hands(peer);
		peer_send_text(peer, "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
		int before = fixture->offline;
		WAIT_FOR(fixture->offline == before + 1 || !component_is_online(fixture->component));
		assert_true(wait_for_return(wait_ms / 20) >= wait_ms / 2 - wait_ms / 20);
	}
}

static void count_left(bool is_complete, void *data) {
	assert_true(is_complete);
	++*(int *)data;
}

/* At whatever moment of dialling: nobody has to wait for a link that nothing was said on. */
static void test_leaving_while_a_link_is_being_made(void **state) {
	(void)state;
	for (int turns = 0; turns < PEERS_MAX; turns++) {
		int left = 0;
		component_start(fixture->component);
		for (int i = 0; i < turns; i++) {
			loop_turn(fixture->loop, 0);
		}
		component_leave(fixture->component, count_left, &left);
		for (int i = 0; i < 10 && left == 0; i++) {
			loop_turn(fixture->loop, 0);
		}
		assert_int_equal(left, 1);
		component_close(fixture->component);
		fixture->component = make_component();
	}
}

/* An address that the server lets through and we do not know how to prepare. */
static void test_an_address_that_is_none(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	shake_hands(peer);
	peer_send_text(peer, "<iq type='get' id='m1' from='romeo@montague.lit/orchard' to='a&quot;b@gw.lit'><ping "
			"xmlns='urn:xmpp:ping'/></iq><message type='error' id='m2' from='romeo@montague.lit' to='@gw.lit'/>"
			"<presence id='m3' from='romeo@montague.lit' to='@gw.lit'/><presence from='a@montague.lit' to='gw.lit'/>");
	WAIT_FOR(has_heard(peer, "jid-malformed"));
	assert_true(has_heard(peer, "id='m1'"));
	assert_true(has_heard(peer, "to='romeo@montague.lit/orchard'"));
	WAIT_FOR(fixture->stanzas == 1);
	assert_false(has_heard(peer, "id='m2'"));
	assert_false(has_heard(peer, "id='m3'"));
}

static void test_a_stanza_that_is_too_big_is_answered_and_the_stream_goes_on(void **state) {
	(void)state;
	component_start(fixture->component);
	struct peer *peer = wait_for_peer(1);
	shake_hands(peer);
	struct strbuf big;
	strbuf_init(&big, STRBUF_UNLIMITED);
	strbuf_add_text(&big, "<message from='romeo@montague.lit/orchard' to='juliet@gw.lit' id='big'><body>");
	for (int i = 0; i < 15000; i++) {
		strbuf_add_text(&big, "O Romeo, Romeo! wherefore art thou Romeo? Deny thy father and refuse thy name; or, if thou ");
	}
	strbuf_add_text(&big, "</body></message>");
	peer_send_text(peer, big.bytes);
	strbuf_finish(&big);
	WAIT_FOR(has_heard(peer, "policy-violation"));
	assert_true(has_heard(peer, "to='romeo@montague.lit/orchard'"));
	assert_int_equal(fixture->stanzas, 0);
	peer_send_text(peer, "<presence from='juliet@capulet.lit' to='gw.lit'/>");
	WAIT_FOR(fixture->stanzas == 1);
	assert_string_equal(fixture->last_from, "juliet@capulet.lit");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_the_handshake),
		TEST(test_a_server_that_never_answers_the_handshake),
		TEST(test_a_link_that_breaks_before_the_handshake_is_answered),
		TEST(test_a_dead_link_is_noticed_within_a_minute),
		TEST(test_an_answer_of_any_kind_keeps_the_link),
		TEST(test_waits_grow),
		TEST(test_answers_wait_for_the_link),
		TEST(test_what_is_too_big_is_not_sent),
		TEST(test_what_was_held_back_when_the_link_broke),
		TEST(test_a_link_that_is_not_read_is_not_dead),
		TEST(test_a_pause_outlives_the_link),
		TEST(test_waits_grow_when_the_link_does_not_last),
		TEST(test_leaving_while_a_link_is_being_made),
		TEST(test_an_address_that_is_none),
		TEST(test_a_stanza_that_is_too_big_is_answered_and_the_stream_goes_on),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("component", tests, NULL, NULL);
}
