/* SPDX-License-Identifier: MPL-2.0 */
/* Connections with TLS: whom they trust and whom not, and that the bytes are the same. */
#include <gangway/conn.h>

#include "certs.h"
#include "net/loop.h"
#include "peer.h"
#include "util/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Made once. */
static struct cert authority, stranger;
static char *ca_file;

struct fixture {
	struct gw_loop *loop;
	struct gw_scope scope;
	struct peer_server server;
	SSL_CTX *ctx;
	struct gw_conn *conn; /* NULL once it ended */
	struct strbuf received;
	int opened, drained, ended;
	enum gw_conn_problem problem;
	char text[128];
	bool pauses_when_open;
};

static struct fixture *fixture;

static void handle_open(struct gw_conn *conn, void *data) {
	(void)data;
	assert_int_equal(fixture->received.size, 0);
	fixture->opened++;
	if (fixture->pauses_when_open) {
		gw_conn_pause(conn);
	}
}

static void handle_bytes(struct gw_conn *conn, const char *bytes, size_t size, void *data) {
	(void)conn;
	(void)data;
	assert_int_equal(fixture->opened, 1);
	strbuf_add(&fixture->received, bytes, size);
}

static void handle_drained(struct gw_conn *conn, void *data) {
	(void)data;
	assert_int_equal(gw_conn_pending_bytes(conn), 0);
	fixture->drained++;
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

static int make_authorities(void **state) {
	(void)state;
	authority = cert_new(&(struct cert_options){ .name = "Good CA", .is_authority = true });
	stranger = cert_new(&(struct cert_options){ .name = "Other CA", .is_authority = true });
	ca_file = cert_save(&authority);
	return 0;
}

static int free_authorities(void **state) {
	(void)state;
	unlink(ca_file);
	free(ca_file);
	cert_free(&authority);
	cert_free(&stranger);
	return 0;
}

static int set_up(void **state) {
	fixture = mem_new(sizeof(*fixture));
	fixture->loop = loop_new();
	strbuf_init(&fixture->received, STRBUF_UNLIMITED);
	scope_init(&fixture->scope, loop_scope(fixture->loop));
	assert_true(peer_listen(&fixture->server, loop_scope(fixture->loop), "127.0.0.1", 0));
	*state = fixture;
	return 0;
}

static int tear_down(void **state) {
	(void)state;
	scope_close(&fixture->scope);
	peer_server_finish(&fixture->server);
	for (int i = 0; i < 100 && loop_count_waiting(fixture->loop) > 0; i++) {
		loop_turn(fixture->loop, 20);
	}
	assert_int_equal(loop_count_waiting(fixture->loop), 0);
	loop_free(fixture->loop);
	SSL_CTX_free(fixture->ctx);
	strbuf_finish(&fixture->received);
	free(fixture);
	return 0;
}

/* The server shows a certificate like this. */
static void serve(struct cert_options options) {
	if (options.name == NULL) {
		options.name = "server";
	}
	struct cert cert = cert_new(&options);
	fixture->ctx = cert_server(&cert);
	fixture->server.tls = fixture->ctx;
	cert_free(&cert);
}

static void serve_good(void) {
	serve((struct cert_options){ .alternatives = "DNS:localhost", .issuer = &authority });
}

static struct gw_conn_options to_server(void) {
	return (struct gw_conn_options){
		.host = "localhost",
		.port = fixture->server.port,
		.tls = GW_CONN_TLS,
		.ca_file = ca_file,
	};
}

static void open_with(struct gw_conn_options options) {
	fixture->conn = gw_conn_open(&fixture->scope, &options, &events, fixture);
}

static void open_and_wait(struct gw_conn_options options) {
	open_with(options);
	WAIT_FOR(fixture->opened + fixture->ended > 0);
}

static struct peer *open_both(void) {
	open_and_wait(to_server());
	assert_int_equal(fixture->opened, 1);
	WAIT_FOR(fixture->server.peers[0].is_open);
	return &fixture->server.peers[0];
}

static void assert_untrusted(const char *text) {
	assert_int_equal(fixture->opened, 0);
	assert_int_equal(fixture->ended, 1);
	assert_int_equal(fixture->problem, GW_CONN_UNTRUSTED);
	assert_string_equal(fixture->text, text);
}

/* Trust */

static void test_a_good_certificate_is_trusted(void **state) {
	(void)state;
	serve_good();
	struct peer *peer = open_both();
	assert_string_equal(SSL_get_servername(peer->ssl, TLSEXT_NAMETYPE_host_name), "localhost");
}

static void test_a_good_certificate_of_an_address_is_trusted(void **state) {
	(void)state;
	serve((struct cert_options){ .alternatives = "IP:127.0.0.1", .issuer = &authority });
	struct gw_conn_options options = to_server();
	options.host = "127.0.0.1";
	open_and_wait(options);
	assert_int_equal(fixture->opened, 1);
}

static void test_another_hosts_certificate_is_not(void **state) {
	(void)state;
	serve((struct cert_options){ .alternatives = "DNS:example.org", .issuer = &authority });
	open_and_wait(to_server());
	assert_untrusted("the certificate is for another host");
}

static void test_a_certificate_without_the_address_is_not(void **state) {
	(void)state;
	serve_good();
	struct gw_conn_options options = to_server();
	options.host = "127.0.0.1";
	open_and_wait(options);
	assert_untrusted("the certificate is for another host");
}

static void test_an_expired_certificate_is_not(void **state) {
	(void)state;
	serve((struct cert_options){
			.alternatives = "DNS:localhost",
			.issuer = &authority,
			.begins_s = -7200,
			.ends_s = -3600,
	});
	open_and_wait(to_server());
	assert_untrusted("the certificate has expired");
}

static void test_a_certificate_of_tomorrow_is_not(void **state) {
	(void)state;
	serve((struct cert_options){
			.alternatives = "DNS:localhost",
			.issuer = &authority,
			.begins_s = 3600,
			.ends_s = 7200,
	});
	open_and_wait(to_server());
	assert_untrusted("the certificate is not valid yet");
}

static void test_an_unknown_authority_is_not(void **state) {
	(void)state;
	serve((struct cert_options){ .alternatives = "DNS:localhost", .issuer = &stranger });
	open_and_wait(to_server());
	assert_untrusted("the certificate is from an authority that is not trusted here");
}

static void test_a_self_signed_certificate_is_not(void **state) {
	(void)state;
	serve((struct cert_options){ .alternatives = "DNS:localhost" });
	struct gw_conn_options options = to_server();
	options.ca_file = NULL;
	open_and_wait(options);
	assert_untrusted("the certificate is self-signed and not known here");
}

static void test_who_asks_for_it_gets_anybody(void **state) {
	(void)state;
	serve((struct cert_options){
			.alternatives = "DNS:example.org",
			.begins_s = -7200,
			.ends_s = -3600,
	});
	struct gw_conn_options options = to_server();
	options.tls = GW_CONN_TLS_UNVERIFIED;
	open_and_wait(options);
	assert_int_equal(fixture->opened, 1);
}

static void send_greeting(struct peer *peer) {
	peer_send_text(peer, "220 mail.example.org ESMTP\r\n");
}

static void test_a_server_without_tls_is_told_so(void **state) {
	(void)state;
	fixture->server.on_open = send_greeting;
	open_and_wait(to_server());
	assert_untrusted("the server does not speak TLS on this port");
}

static void test_a_file_that_is_not_there_is_named(void **state) {
	(void)state;
	serve_good();
	struct gw_conn_options options = to_server();
	options.ca_file = "/nowhere/ca.pem";
	open_and_wait(options);
	assert_untrusted("cannot use the file /nowhere/ca.pem");
}

static void test_our_certificate_is_shown(void **state) {
	(void)state;
	serve_good();
	SSL_CTX_set_verify(fixture->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(fixture->ctx), authority.certificate);
	struct cert mine = cert_new(&(struct cert_options){ .name = "us", .issuer = &authority });
	char *path = cert_save(&mine);
	struct gw_conn_options options = to_server();
	options.certificate_file = path;
	open_and_wait(options);
	WAIT_FOR(fixture->server.peers[0].is_open);
	assert_int_equal(fixture->opened, 1);
	unlink(path);
	free(path);
	cert_free(&mine);
}

/* The file of authorities is looked at again when it has changed. */
static void test_a_renewed_file_is_read_again(void **state) {
	(void)state;
	char *path = cert_save(&stranger);
	struct gw_conn_options options = to_server();
	serve_good();
	options.ca_file = path;
	open_and_wait(options);
	assert_int_equal(fixture->problem, GW_CONN_UNTRUSTED);

	unlink(path);
	char *renewed = cert_save(&authority);
	assert_int_equal(rename(renewed, path), 0);
	fixture->ended = 0;
	open_and_wait(options);
	assert_int_equal(fixture->opened, 1);
	unlink(path);
	free(renewed);
	free(path);
}

/* Bytes */

static void test_bytes_go_both_ways(void **state) {
	(void)state;
	serve_good();
	open_with(to_server());
	gw_conn_write(fixture->conn, "early bird", 10);
	WAIT_FOR(fixture->server.count == 1 && fixture->server.peers[0].in.size == 10);
	WAIT_FOR(fixture->drained == 1);
	peer_send_text(&fixture->server.peers[0], "worm");
	WAIT_FOR(fixture->received.size == 4);
	assert_string_equal(fixture->received.bytes, "worm");
}

static void test_a_lot_goes_both_ways(void **state) {
	enum { SIZE = 3 * 1024 * 1024 };
	char *text = mem_new(SIZE);
	(void)state;
	for (size_t i = 0; i < SIZE; i++) {
		text[i] = (char)(i * 7 + i / 1000);
	}
	serve_good();
	struct peer *peer = open_both();
	gw_conn_write(fixture->conn, text, SIZE);
	peer_send(peer, text, SIZE);
	WAIT_FOR(fixture->received.size == SIZE && peer->in.size == SIZE);
	assert_memory_equal(fixture->received.bytes, text, SIZE);
	assert_memory_equal(peer->in.bytes, text, SIZE);
	free(text);
}

static void greet(struct peer *peer) {
	peer_send_text(peer, "hello");
}

/* With TLS 1.2 the server's first words come in the same read as the end of the handshake. */
static void test_words_with_the_handshake_come_after_on_open(void **state) {
	(void)state;
	serve_good();
	SSL_CTX_set_max_proto_version(fixture->ctx, TLS1_2_VERSION);
	fixture->server.on_open = greet;
	fixture->pauses_when_open = true;
	open_and_wait(to_server());
	loop_settle(fixture->loop);
	assert_int_equal(fixture->received.size, 0);
	gw_conn_resume(fixture->conn);
	WAIT_FOR(fixture->received.size == 5);
	assert_string_equal(fixture->received.bytes, "hello");
}

static void greet_and_end(struct peer *peer) {
	peer_send_text(peer, "hello");
	peer_end(peer);
}

static void test_words_before_the_end_are_heard(void **state) {
	(void)state;
	serve_good();
	SSL_CTX_set_max_proto_version(fixture->ctx, TLS1_2_VERSION);
	fixture->server.on_open = greet_and_end;
	open_with(to_server());
	WAIT_FOR(fixture->ended == 1);
	assert_string_equal(fixture->received.bytes, "hello");
	assert_int_equal(fixture->problem, GW_CONN_ENDED);
}

static void test_the_end_has_a_goodbye(void **state) {
	(void)state;
	serve_good();
	struct peer *peer = open_both();
	peer_send_text(peer, "bye");
	peer_end(peer);
	WAIT_FOR(fixture->ended == 1);
	assert_string_equal(fixture->received.bytes, "bye");
	assert_int_equal(fixture->problem, GW_CONN_ENDED);
}

static void test_without_a_goodbye_it_was_cut(void **state) {
	(void)state;
	serve_good();
	peer_cut(open_both());
	WAIT_FOR(fixture->ended == 1);
	assert_int_equal(fixture->problem, GW_CONN_LOST);
	assert_string_equal(fixture->text, "the connection was cut");
}

static void test_closing_says_goodbye(void **state) {
	(void)state;
	serve_good();
	struct peer *peer = open_both();
	gw_conn_write(fixture->conn, "last words", 10);
	gw_conn_close(fixture->conn);
	WAIT_FOR(peer->saw_end);
	assert_string_equal(peer->in.bytes, "last words");
	assert_true(SSL_get_shutdown(peer->ssl) & SSL_RECEIVED_SHUTDOWN);
}

static void test_the_handshake_has_a_deadline(void **state) {
	(void)state;
	loop_hold_clock(fixture->loop, 0);
	fixture->server.is_deaf = true;
	open_with(to_server());
	WAIT_FOR(fixture->server.count == 1);
	loop_settle(fixture->loop);
	loop_advance(fixture->loop, 29999);
	assert_int_equal(fixture->ended, 0);
	loop_advance(fixture->loop, 1);
	assert_int_equal(fixture->ended, 1);
	assert_int_equal(fixture->problem, GW_CONN_UNREACHABLE);
	assert_string_equal(fixture->text, "the host does not answer in time");
}

static void test_a_cut_in_the_handshake_is_unreachable(void **state) {
	(void)state;
	fixture->server.on_open = peer_cut;
	open_and_wait(to_server());
	assert_int_equal(fixture->ended, 1);
	assert_int_equal(fixture->problem, GW_CONN_UNREACHABLE);
}

static void test_closing_the_scope_during_the_handshake(void **state) {
	(void)state;
	fixture->server.is_deaf = true;
	open_with(to_server());
	gw_conn_write(fixture->conn, "secret", 6);
	WAIT_FOR(fixture->server.count == 1);
	scope_close(&fixture->scope);
	assert_int_equal(fixture->problem, GW_CONN_CANCELLED);
	peer_hear(&fixture->server.peers[0]);
	WAIT_FOR(fixture->server.peers[0].saw_end);
	assert_null(strstr(fixture->server.peers[0].in.bytes, "secret"));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_good_certificate_is_trusted),
		TEST(test_a_good_certificate_of_an_address_is_trusted),
		TEST(test_another_hosts_certificate_is_not),
		TEST(test_a_certificate_without_the_address_is_not),
		TEST(test_an_expired_certificate_is_not),
		TEST(test_a_certificate_of_tomorrow_is_not),
		TEST(test_an_unknown_authority_is_not),
		TEST(test_a_self_signed_certificate_is_not),
		TEST(test_who_asks_for_it_gets_anybody),
		TEST(test_a_server_without_tls_is_told_so),
		TEST(test_a_file_that_is_not_there_is_named),
		TEST(test_our_certificate_is_shown),
		TEST(test_a_renewed_file_is_read_again),
		TEST(test_bytes_go_both_ways),
		TEST(test_a_lot_goes_both_ways),
		TEST(test_words_with_the_handshake_come_after_on_open),
		TEST(test_words_before_the_end_are_heard),
		TEST(test_the_end_has_a_goodbye),
		TEST(test_without_a_goodbye_it_was_cut),
		TEST(test_closing_says_goodbye),
		TEST(test_the_handshake_has_a_deadline),
		TEST(test_a_cut_in_the_handshake_is_unreachable),
		TEST(test_closing_the_scope_during_the_handshake),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("tls", tests, make_authorities, free_authorities);
}
