/* SPDX-License-Identifier: MPL-2.0 */
/* HTTP requests against a small server on the same loop. rows: A5 */
#include <gangway/http.h>

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
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

enum { BIG = 2 * 1024 * 1024 };

struct fixture {
	struct gw_loop *loop;
	struct gw_scope scope;
	struct peer_server server;
	char *url; /* of the server, without the path */
	char *asked;
	int requests;      /* that the server heard */
	char heard[2048];  /* the head of the last one */
	size_t heard_size; /* of its body */

	int answers;
	int status;
	char *error, *body, *content_type, *etag, *last_modified;
	size_t size;
	bool is_cancelled;
};

static struct fixture *fixture;

/* The server */

static const struct {
	const char *path, *answer;
} pages[] = {
	{ "/hello", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n"
				"etag:  \"abc\" \r\nLast-Modified: today\r\n\r\nhello" },
	{ "/created", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n" },
	{ "/missing", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone" },
	{ "/moved", "HTTP/1.1 302 Found\r\nLocation: /hello\r\nETag: old\r\n"
				"Content-Type: text/old\r\nContent-Length: 3\r\n\r\nold" },
	{ "/round", "HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n" },
	{ "/file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n" },
	{ "/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf" },
	{ "/big", "HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n" },
	{ "/endless", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" },
};

/* A path that is not in the table is never answered. */
static void respond(struct peer *peer, const char *path) {
	for (size_t i = 0; i < ARRAY_LENGTH(pages); i++) {
		if (strcmp(pages[i].path, path) == 0) {
			peer_send_text(peer, pages[i].answer);
		}
	}
	if (strcmp(path, "/big") == 0 || strcmp(path, "/endless") == 0) {
		char *big = mem_new(BIG);
		peer_send(peer, big, BIG);
		free(big);
	} else if (strcmp(path, "/cut") == 0) {
		peer_cut(peer);
	}
}

/* One request after the other. */
static void handle_request(struct peer *peer) {
	char path[64] = "";
	size_t body_size = 0;
	char *end = strstr(peer->in.bytes, "\r\n\r\n");
	if (end == NULL) {
		return;
	}
	size_t head_size = (size_t)(end + 4 - peer->in.bytes);
	for (char *line = peer->in.bytes; line < end; line = strstr(line, "\r\n") + 2) {
		if (strncasecmp(line, "Content-Length:", 15) == 0) {
			body_size = strtoul(line + 15, NULL, 10);
		}
	}
	if (peer->in.size < head_size + body_size) {
		return;
	}
	sscanf(peer->in.bytes, "%*s %63s", path);
	snprintf(fixture->heard, sizeof(fixture->heard), "%.*s", (int)head_size, peer->in.bytes);
	fixture->heard_size = body_size;
	fixture->requests++;
	strbuf_consume(&peer->in, head_size + body_size);
	respond(peer, path);
}

/* The client */

static void handle_answered(const struct gw_http_result *result, void *data) {
	assert_ptr_equal(data, fixture);
	assert_int_equal(result->body[result->size], '\0');
	fixture->answers++;
	fixture->status = result->status;
	fixture->size = result->size;
	fixture->is_cancelled = result->is_cancelled;
	mem_set_string(&fixture->error, result->error);
	mem_set_string(&fixture->body, result->body);
	mem_set_string(&fixture->content_type, result->content_type);
	mem_set_string(&fixture->etag, result->etag);
	mem_set_string(&fixture->last_modified, result->last_modified);
}

static int set_up(void **state) {
	fixture = mem_new(sizeof(*fixture));
	fixture->loop = loop_new();
	scope_init(&fixture->scope, loop_scope(fixture->loop));
	assert_true(peer_listen(&fixture->server, loop_scope(fixture->loop), "127.0.0.1", 0));
	fixture->server.on_bytes = handle_request;
	fixture->url = mem_printf("http://127.0.0.1:%u", fixture->server.port);
	*state = fixture;
	return 0;
}

static int tear_down(void **state) {
	(void)state;
	scope_close(&fixture->scope);
	peer_server_finish(&fixture->server);
	loop_settle(fixture->loop);
	assert_int_equal(loop_count_waiting(fixture->loop), 0);
	loop_free(fixture->loop);
	free(fixture->url);
	free(fixture->asked);
	mem_set_string(&fixture->error, NULL);
	mem_set_string(&fixture->body, NULL);
	mem_set_string(&fixture->content_type, NULL);
	mem_set_string(&fixture->etag, NULL);
	mem_set_string(&fixture->last_modified, NULL);
	free(fixture);
	return 0;
}

/* Starts a request for a path on the server (or for a whole URL). */
static struct gw_http *start(const char *path, struct gw_http_options options) {
	free(fixture->asked);
	fixture->asked = mem_printf("%s%s", path[0] == '/' ? fixture->url : "", path);
	options.url = fixture->asked;
	fixture->answers = 0;
	struct gw_http *http = gw_http_start(&fixture->scope, &options, handle_answered, fixture);
	assert_non_null(http);
	assert_int_equal(fixture->answers, 0);
	return http;
}

static void ask(const char *path, struct gw_http_options options) {
	start(path, options);
	WAIT_FOR(fixture->answers == 1);
}

static void get(const char *path) {
	ask(path, (struct gw_http_options){ 0 });
}

static void assert_failed(const char *error) {
	assert_non_null(fixture->error);
	assert_string_equal(fixture->error, error);
	assert_int_equal(fixture->status, 0);
	assert_string_equal(fixture->body, "");
	assert_false(fixture->is_cancelled);
}

static void test_get(void **state) {
	(void)state;
	get("/hello");
	assert_null(fixture->error);
	assert_int_equal(fixture->status, 200);
	assert_string_equal(fixture->body, "hello");
	assert_string_equal(fixture->content_type, "text/plain");
	assert_string_equal(fixture->etag, "\"abc\"");
	assert_string_equal(fixture->last_modified, "today");
	assert_non_null(strstr(fixture->heard, "GET /hello HTTP/1.1\r\n"));

	get("/missing");
	assert_null(fixture->error);
	assert_int_equal(fixture->status, 404);
	assert_string_equal(fixture->body, "none");
	assert_string_equal(fixture->content_type, "");
	assert_int_equal(fixture->server.count, 1); /* one connection for both */
}

static void test_head(void **state) {
	(void)state;
	ask("/hello", (struct gw_http_options){ .method = "HEAD" });
	assert_int_equal(fixture->status, 200);
	assert_int_equal(fixture->size, 0);
	assert_string_equal(fixture->etag, "\"abc\"");
}

static void test_put_uploads(void **state) {
	static const struct gw_http_header headers[] = {
		{ "Content-Type", "image/png" },
		{ "Authorization", "Bearer token" },
		{ 0 },
	};
	char *body = mem_new(BIG);
	(void)state;
	ask("/created", (struct gw_http_options){
							.method = "PUT",
							.headers = headers,
							.body = body,
							.body_size = BIG,
					});
	free(body);
	assert_int_equal(fixture->status, 201);
	assert_int_equal(fixture->heard_size, BIG);
	assert_non_null(strstr(fixture->heard, "PUT /created HTTP/1.1\r\n"));
	assert_non_null(strstr(fixture->heard, "Content-Type: image/png\r\n"));
	assert_non_null(strstr(fixture->heard, "Authorization: Bearer token\r\n"));
	assert_null(strstr(fixture->heard, "Expect"));
	assert_null(strstr(fixture->heard, "urlencoded"));
}

static void test_post_and_others(void **state) {
	(void)state;
	ask("/created", (struct gw_http_options){ .method = "POST", .body = "a=b", .body_size = 3 });
	assert_non_null(strstr(fixture->heard, "POST /created HTTP/1.1\r\n"));
	assert_int_equal(fixture->heard_size, 3);
	assert_null(strstr(fixture->heard, "Content-Type"));
	ask("/created", (struct gw_http_options){ .method = "DELETE" });
	assert_non_null(strstr(fixture->heard, "DELETE /created HTTP/1.1\r\n"));
}

static void test_redirects(void **state) {
	(void)state;
	get("/moved");
	assert_int_equal(fixture->status, 200);
	assert_string_equal(fixture->body, "hello");
	assert_string_equal(fixture->etag, "\"abc\"");
	assert_string_equal(fixture->content_type, "text/plain");

	ask("/moved", (struct gw_http_options){ .method = "PUT", .body = "x", .body_size = 1 });
	assert_int_equal(fixture->status, 302);
	assert_string_equal(fixture->body, "old");

	fixture->requests = 0;
	get("/round");
	assert_failed("there are too many redirections");
	assert_int_equal(fixture->requests, 6);

	get("/file");
	assert_failed("only http and https addresses can be used");
}

static void test_limits(void **state) {
	(void)state;
	get("/big");
	assert_failed("the answer is too large");
	get("/endless");
	assert_failed("the answer is too large");
	ask("/big", (struct gw_http_options){ .max_bytes = BIG });
	assert_null(fixture->error);
	assert_int_equal(fixture->size, BIG);
}

static void test_failures(void **state) {
	static const struct gw_http_header forged[] = { { "X", "a\r\nY: b" }, { 0 } };
	static const struct gw_http_header nameless[] = { { "X Y", "a" }, { 0 } };
	(void)state;
	get("/cut");
	assert_failed("the connection was lost");
	get("ftp://127.0.0.1/");
	assert_failed("only http and https addresses can be used");
	get("http://");
	assert_failed("this is not a web address");
	ask("/hello", (struct gw_http_options){ .headers = forged });
	assert_failed("the method or a header of this request is malformed");
	ask("/hello", (struct gw_http_options){ .headers = nameless });
	assert_failed("the method or a header of this request is malformed");
	ask("/hello", (struct gw_http_options){ .method = "GET /x HTTP/1.1\r\n" });
	assert_failed("the method or a header of this request is malformed");
	peer_server_finish(&fixture->server);
	get("/hello");
	assert_failed("cannot connect to the server");
}

/* Also when a connection to the private address is there already. */
static void test_private_addresses_can_be_refused(void **state) {
	const struct gw_http_options public_only = { .public_only = true };
	(void)state;
	get("/hello");
	assert_null(fixture->error);
	fixture->requests = 0;
	ask("/hello", public_only);
	assert_failed("the address is not a public one");
	ask("http://[::ffff:127.0.0.1]/", public_only);
	assert_failed("the address is not a public one");
	setenv("http_proxy", fixture->url, 1);
	ask("http://192.168.0.1/", public_only);
	unsetenv("http_proxy");
	assert_failed("the address is not a public one");
	assert_int_equal(fixture->requests, 0);
}

static void test_the_whole_has_a_deadline(void **state) {
	(void)state;
	loop_hold_clock(fixture->loop, 0);
	start("/never", (struct gw_http_options){ 0 });
	WAIT_FOR(fixture->requests == 1);
	loop_advance(fixture->loop, 29999);
	assert_int_equal(fixture->answers, 0);
	loop_advance(fixture->loop, 1);
	assert_int_equal(fixture->answers, 1);
	assert_failed("the server does not answer in time");
}

static void test_closing_the_scope_cancels(void **state) {
	(void)state;
	start("/never", (struct gw_http_options){ 0 });
	WAIT_FOR(fixture->requests == 1);
	scope_close(&fixture->scope);
	assert_int_equal(fixture->answers, 1);
	assert_true(fixture->is_cancelled);

	start("/hello", (struct gw_http_options){ 0 });
	loop_turn(fixture->loop, -1);
	assert_int_equal(fixture->answers, 1);
	assert_true(fixture->is_cancelled);
}

static void test_stopping_is_silent(void **state) {
	(void)state;
	struct gw_http *http = start("/never", (struct gw_http_options){ 0 });
	WAIT_FOR(fixture->requests == 1);
	gw_http_stop(http);
	gw_http_stop(NULL);
	gw_http_stop(start("/hello", (struct gw_http_options){ 0 }));
	loop_settle(fixture->loop);
	assert_int_equal(fixture->answers, 0);
	assert_int_equal(fixture->requests, 1);
}

static int64_t chained;

static void handle_chain(const struct gw_http_result *result, void *data) {
	(void)data;
	assert_int_equal(result->status, 200);
	if (++chained < 5) {
		const struct gw_http_options options = { .url = fixture->asked };
		gw_http_start(&fixture->scope, &options, handle_chain, NULL);
	} else {
		scope_close(&fixture->scope);
	}
}

static void test_an_answer_may_start_the_next_and_close_the_scope(void **state) {
	(void)state;
	fixture->asked = mem_printf("%s/hello", fixture->url);
	const struct gw_http_options options = { .url = fixture->asked };
	chained = 0;
	gw_http_start(&fixture->scope, &options, handle_chain, NULL);
	WAIT_FOR(chained == 5);
}

static void handle_counted(const struct gw_http_result *result, void *data) {
	(void)data;
	assert_int_equal(result->status, 200);
	fixture->answers++;
}

static void test_many_at_once(void **state) {
	(void)state;
	fixture->asked = mem_printf("%s/hello", fixture->url);
	const struct gw_http_options options = { .url = fixture->asked };
	for (int i = 0; i < 100; i++) {
		gw_http_start(&fixture->scope, &options, handle_counted, NULL);
	}
	WAIT_FOR(fixture->answers == 100);
}

static void test_the_end_of_the_loop_cancels(void **state) {
	(void)state;
	start("/never", (struct gw_http_options){ 0 });
	WAIT_FOR(fixture->requests == 1);
	peer_server_finish(&fixture->server);
	loop_free(fixture->loop);
	assert_int_equal(fixture->answers, 1);
	assert_true(fixture->is_cancelled);
	fixture->loop = loop_new();
	scope_init(&fixture->scope, loop_scope(fixture->loop));
}

static void test_certificates_are_verified(void **state) {
	struct cert authority = cert_new(&(struct cert_options){ .name = "CA", .is_authority = true });
	struct cert cert = cert_new(&(struct cert_options){
			.name = "server",
			.alternatives = "IP:127.0.0.1",
			.issuer = &authority,
	});
	char *ca_file = cert_save(&authority);
	SSL_CTX *ctx = cert_server(&cert);
	(void)state;
	fixture->server.tls = ctx;
	free(fixture->url);
	fixture->url = mem_printf("https://127.0.0.1:%u", fixture->server.port);

	get("/hello");
	assert_failed("the server's certificate is not trusted");
	ask("/hello", (struct gw_http_options){ .ca_file = ca_file });
	assert_null(fixture->error);
	assert_string_equal(fixture->body, "hello");

	free(fixture->url);
	fixture->url = mem_printf("https://localhost:%u", fixture->server.port);
	ask("/hello", (struct gw_http_options){ .ca_file = ca_file });
	assert_failed("the server's certificate is not trusted");

	unlink(ca_file);
	free(ca_file);
	SSL_CTX_free(ctx);
	cert_free(&cert);
	cert_free(&authority);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_head),
		TEST(test_put_uploads),
		TEST(test_post_and_others),
		TEST(test_redirects),
		TEST(test_limits),
		TEST(test_failures),
		TEST(test_private_addresses_can_be_refused),
		TEST(test_the_whole_has_a_deadline),
		TEST(test_closing_the_scope_cancels),
		TEST(test_stopping_is_silent),
		TEST(test_an_answer_may_start_the_next_and_close_the_scope),
		TEST(test_many_at_once),
		TEST(test_the_end_of_the_loop_cancels),
		TEST(test_certificates_are_verified),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
