/* SPDX-License-Identifier: MPL-2.0 */
/* Names that need no name service, those that have a slow one, and which addresses are public. */
#include "net/resolve.h"

#include "net/loop.h"
#include "util/mem.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct answer {
	int count;
	char text[512]; /* the addresses, or the error */
};

static void handle_resolved(const struct resolve_result *result, void *data) {
	struct answer *answer = data;
	answer->count++;
	answer->text[0] = '\0';
	if (result->error != NULL) {
		const char *mark = result->is_cancelled ? "!" : "";
		snprintf(answer->text, sizeof(answer->text), "%s%s", mark, result->error);
		return;
	}
	for (size_t i = 0; i < result->count; i++) {
		char address[INET6_ADDRSTRLEN];
		const void *bytes;
		unsigned port;
		if (result->addresses[i].ss_family == AF_INET6) {
			const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&result->addresses[i];
			bytes = &six->sin6_addr;
			port = ntohs(six->sin6_port);
		} else {
			const struct sockaddr_in *four = (const struct sockaddr_in *)&result->addresses[i];
			bytes = &four->sin_addr;
			port = ntohs(four->sin_port);
		}
		inet_ntop(result->addresses[i].ss_family, bytes, address, sizeof(address));
		size_t used = strlen(answer->text);
		snprintf(answer->text + used, sizeof(answer->text) - used, "%s#%u ", address, port);
	}
}

static void test_names_that_need_no_service(void **state) {
	static const struct {
		const char *host, *expected;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1#5347 " },
		{ "::1", "::1#5347 " },
		{ "2001:db8::17", "2001:db8::17#5347 " },
		{ "127.1", "127.0.0.1#5347 " },
		{ "localhost", "::1#5347 127.0.0.1#5347 " },
		{ "LOCALHOST.", "::1#5347 127.0.0.1#5347 " },
		{ "irc.localhost", "::1#5347 127.0.0.1#5347 " },
		{ "", "this is not a host name" },
	};
	struct gw_loop *loop = loop_new();
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct answer answer = { 0 };
		resolve_start(loop_scope(loop), rows[i].host, 5347, handle_resolved, &answer);
		assert_int_equal(answer.count, 0);
		loop_settle(loop);
		assert_int_equal(answer.count, 1);
		assert_string_equal(answer.text, rows[i].expected);
	}
	assert_int_equal(loop_count_waiting(loop), 0);
	loop_free(loop);
}

static void test_an_overlong_name_is_none(void **state) {
	struct gw_loop *loop = loop_new();
	struct answer answer = { 0 };
	char host[300];
	(void)state;
	memset(host, 'a', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	resolve_start(loop_scope(loop), host, 1, handle_resolved, &answer);
	loop_settle(loop);
	assert_string_equal(answer.text, "this is not a host name");
	loop_free(loop);
}

static void test_one_answer_whatever_happens(void **state) {
	struct gw_loop *loop = loop_new();
	struct gw_scope scope;
	struct answer closed = { 0 }, closed_before = { 0 }, stopped = { 0 }, stopped_too = { 0 };
	(void)state;
	scope_init(&scope, loop_scope(loop));
	resolve_start(&scope, "127.0.0.1", 1, handle_resolved, &closed);
	resolve_stop(resolve_start(&scope, "127.0.0.1", 1, handle_resolved, &stopped));
	resolve_stop(NULL);
	scope_close(&scope);
	assert_string_equal(closed.text, "!cancelled");
	resolve_start(&scope, "127.0.0.1", 1, handle_resolved, &closed_before);
	resolve_stop(resolve_start(&scope, "127.0.0.1", 1, handle_resolved, &stopped_too));
	assert_int_equal(closed_before.count, 0);
	loop_settle(loop);
	assert_string_equal(closed_before.text, "!cancelled");
	assert_int_equal(closed.count, 1);
	assert_int_equal(closed_before.count, 1);
	assert_int_equal(stopped.count + stopped_too.count, 0);
	loop_free(loop);
}

/* The name service: silent for *.slow until it may speak; it knows all of these by one address. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned asked; /* how often, about all names */
	bool may_speak;
} service = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **out_addresses) {
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	const char *dot = strrchr(host, '.');
	if (!dot || strcmp(dot, ".slow") != 0 || hints->ai_flags & AI_NUMERICHOST) {
		return real(host, port, hints, out_addresses);
	}
	pthread_mutex_lock(&service.lock);
	service.asked++;
	pthread_cond_broadcast(&service.changed);
	while (!service.may_speak) {
		pthread_cond_wait(&service.changed, &service.lock);
	}
	pthread_mutex_unlock(&service.lock);
	return real("192.0.2.1", port, hints, out_addresses);
}

static unsigned wait_until_asked(unsigned times) {
	pthread_mutex_lock(&service.lock);
	while (service.asked < times) {
		pthread_cond_wait(&service.changed, &service.lock);
	}
	unsigned asked = service.asked;
	pthread_mutex_unlock(&service.lock);
	return asked;
}

static void let_service_speak(bool may_speak) {
	pthread_mutex_lock(&service.lock);
	service.may_speak = may_speak;
	service.asked = may_speak ? service.asked : 0;
	pthread_cond_broadcast(&service.changed);
	pthread_mutex_unlock(&service.lock);
}

static void test_a_host_is_looked_up_once_for_all(void **state) {
	struct gw_loop *loop = loop_new();
	struct gw_scope scope;
	struct answer first = { 0 }, second = { 0 }, left = { 0 }, stopped = { 0 }, other = { 0 };
	(void)state;
	let_service_speak(false);
	scope_init(&scope, loop_scope(loop));
	/* Whoever asks and leaves does not take a thread each time. */
	for (int i = 0; i < 10; i++) {
		struct resolve *resolve = resolve_start(&scope, "host.slow", 1, handle_resolved, &stopped);
		wait_until_asked(1);
		resolve_stop(resolve);
	}
	resolve_start(loop_scope(loop), "host.slow", 1, handle_resolved, &first);
	resolve_start(&scope, "host.slow", 2, handle_resolved, &left);
	resolve_start(loop_scope(loop), "host.slow", 3, handle_resolved, &second);
	scope_close(&scope);
	assert_string_equal(left.text, "!cancelled");
	resolve_start(loop_scope(loop), "other.slow", 4, handle_resolved, &other);
	assert_int_equal(wait_until_asked(2), 2);
	let_service_speak(true);
	while (first.count + second.count + other.count < 3) {
		loop_turn(loop, -1);
	}
	assert_string_equal(first.text, "192.0.2.1#1 ");
	assert_string_equal(second.text, "192.0.2.1#3 ");
	assert_string_equal(other.text, "192.0.2.1#4 ");
	assert_int_equal(wait_until_asked(0), 2);
	assert_int_equal(left.count, 1);
	assert_int_equal(stopped.count, 0);
	assert_int_equal(loop_count_waiting(loop), 0);
	loop_free(loop);
}

/* A dozen silent name servers keep nobody from using others. */
static void test_slow_names_leave_room(void **state) {
	enum { SLOW = 24 };
	struct gw_loop *loop = loop_new();
	struct answer slow[SLOW] = { 0 };
	unsigned done = 0;
	(void)state;
	let_service_speak(false);
	for (int i = 0; i < SLOW; i++) {
		char host[16];
		snprintf(host, sizeof(host), "host%d.slow", i);
		resolve_start(loop_scope(loop), host, 1, handle_resolved, &slow[i]);
	}
	assert_int_equal(wait_until_asked(SLOW), SLOW);
	let_service_speak(true);
	while (done < SLOW) {
		loop_turn(loop, -1);
		done = 0;
		for (int i = 0; i < SLOW; i++) {
			done += (unsigned)slow[i].count;
		}
	}
	loop_free(loop);
}

static void test_international_names_become_ascii(void **state) {
	(void)state;
	char *ascii = host_to_ascii("b\xc3\xbc"
								"cher.example");
	assert_string_equal(ascii, "xn--bcher-kva.example");
	free(ascii);
	ascii = host_to_ascii("Plain.example");
	assert_string_equal(ascii, "Plain.example");
	free(ascii);
	assert_null(host_to_ascii("\xff\xfe"));
}

static bool is_public(const char *text) {
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
		return address_is_public((const struct sockaddr *)&four);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return address_is_public((const struct sockaddr *)&six);
}

static void test_public_and_other_addresses(void **state) {
	static const char *const others[] = {
		"0.0.0.0",
		"0.1.2.3",
		"10.0.0.1",
		"10.255.255.255",
		"100.64.0.1",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.8",
		"192.0.2.1",
		"192.88.99.1",
		"192.168.0.1",
		"198.18.0.1",
		"198.19.255.255",
		"198.51.100.7",
		"203.0.113.7",
		"224.0.0.1",
		"239.1.2.3",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::127.0.0.1",
		"::ffff:127.0.0.1",
		"::ffff:10.0.0.1",
		"::ffff:192.168.1.1",
		"64:ff9b::10.0.0.1",
		"64:ff9b:1::1",
		"100::1",
		"2001::1",
		"2001:2::1",
		"2001:10::1",
		"2001:1ff::1",
		"2001:db8::1",
		"2002:0a00:0001::1",
		"2002:7f00:0001::",
		"3fff::1",
		"3fff:fff::1",
		"4000::1",
		"5f00::1",
		"fc00::1",
		"fd12:3456::1",
		"fe80::1",
		"fec0::1",
		"ff02::1",
	};
	static const char *const publics[] = {
		"1.1.1.1",
		"8.8.8.8",
		"9.255.255.255",
		"11.0.0.1",
		"100.63.255.255",
		"100.128.0.1",
		"126.0.0.1",
		"128.0.0.1",
		"172.15.0.1",
		"172.32.0.1",
		"192.0.1.1",
		"192.167.0.1",
		"198.17.0.1",
		"198.20.0.1",
		"203.0.114.1",
		"223.255.255.255",
		"2001:200::1",
		"2001:4860:4860::8888",
		"2a00:1450::1",
		"2606:4700::1111",
		"2002:0808:0808::1",
		"::ffff:8.8.8.8",
		"64:ff9b::8.8.8.8",
		"3ffe::1",
		"3fff:1000::1",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		if (is_public(others[i])) {
			fail_msg("%s is taken for public", others[i]);
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(publics); i++) {
		if (!is_public(publics[i])) {
			fail_msg("%s is not taken for public", publics[i]);
		}
	}
	assert_false(address_is_public(&(struct sockaddr){ .sa_family = AF_UNIX }));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_that_need_no_service),
		cmocka_unit_test(test_an_overlong_name_is_none),
		cmocka_unit_test(test_one_answer_whatever_happens),
		cmocka_unit_test(test_a_host_is_looked_up_once_for_all),
		cmocka_unit_test(test_slow_names_leave_room),
		cmocka_unit_test(test_international_names_become_ascii),
		cmocka_unit_test(test_public_and_other_addresses),
	};
	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
