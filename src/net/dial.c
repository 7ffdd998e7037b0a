/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Happy eyeballs (RFC 8305): the addresses of a host are tried one after the other, each with a
 * short head start before the next, and the first that answers wins. So a broken IPv6 route costs a
 * quarter of a second and not two minutes.
 */
#include "net/dial.h"

#include "net/loop.h"
#include "net/resolve.h"
#include "util/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 8305 section 5: the head start. */
enum {
	HEAD_START_MS = 250,
	ATTEMPTS_MAX = 16,
};

/* A silent peer is noticed within a minute. */
enum {
	KEEPALIVE_IDLE_S = 30,
	KEEPALIVE_INTERVAL_S = 10,
	KEEPALIVE_PROBES = 3,
};
enum { UNACKNOWLEDGED_MAX_MS = 45000 };

struct attempt {
	struct dial *dial;
	struct gw_watch *watch;
	int fd; /* -1: over */
};

struct dial {
	struct gw_scope scope; /* of the resolution, the timer and the watches */
	struct scope_item end; /* the first item there, so the last to end */
	struct gw_timer *head_start;
	struct attempt attempts[ATTEMPTS_MAX];
	struct sockaddr_storage addresses[ATTEMPTS_MAX];
	size_t address_count, attempt_count, running_count;
	bool public_only;
	int error; /* the most telling errno so far */
	dial_done *dialled;
	void *data;
};

static void resolved(const struct resolve_result *result, void *data);
static void try_next(struct dial *dial);
static void handle_head_start_over(void *data);
static void handle_answer(int events, void *data);

static void handle_end(struct scope_item *item) {
	struct dial *dial = container_of(item, struct dial, end);
	for (size_t i = 0; i < dial->attempt_count; i++) {
		if (dial->attempts[i].fd >= 0) {
			close(dial->attempts[i].fd);
		}
	}
	loop_free_later(dial->scope.loop, dial, NULL);
}

struct dial *dial_start(struct gw_scope *scope, const char *host, unsigned port, bool public_only,
		dial_done *dialled, void *data) {
	if (!scope_is_open(scope)) {
		return NULL;
	}
	struct dial *dial = mem_new(sizeof(*dial));
	dial->public_only = public_only;
	dial->dialled = dialled;
	dial->data = data;
	scope_init(&dial->scope, scope);
	scope_add(&dial->scope, &dial->end, handle_end);
	resolve_start(&dial->scope, host, port, resolved, dial);
	return dial;
}

void dial_stop(struct dial *dial) {
	if (dial != NULL) {
		scope_close(&dial->scope);
	}
}

static void finish(struct dial *dial, int fd, const char *error) {
	dial_stop(dial);
	dial->dialled(fd, error, dial->data);
}

static void resolved(const struct resolve_result *result, void *data) {
	struct dial *dial = data;
	if (result->is_cancelled) {
		return;
	}
	if (result->error != NULL) {
		finish(dial, -1, result->error);
		return;
	}

	for (size_t i = 0; i < result->count && dial->address_count < ATTEMPTS_MAX; i++) {
		const struct sockaddr_storage *address = &result->addresses[i];
		if (!dial->public_only || address_is_public((const struct sockaddr *)address)) {
			dial->addresses[dial->address_count++] = *address;
		}
	}
	if (dial->address_count == 0) {
		finish(dial, -1, "the address is not a public one");
		return;
	}
	try_next(dial);
}

/* Best effort: a socket without one of these still carries bytes. */
static void set_options(int fd) {
	const struct {
		int level, name, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MAX_MS },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
		setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
	}
}

static socklen_t address_size(const struct sockaddr_storage *address) {
	bool is_six = address->ss_family == AF_INET6;
	return is_six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* That this machine lacks a route or a family tells less than what a host said. */
static bool is_local_lack(int error) {
	return error == 0 || error == ENETUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

static void note_error(struct dial *dial, int error) {
	if (is_local_lack(dial->error) || !is_local_lack(error)) {
		dial->error = error;
	}
}

static const char *describe(int error) {
	switch (error) {
	case ECONNREFUSED: return "connection refused";
	case ETIMEDOUT: return "the host does not answer";
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT: return "no route to the host";
	case EMFILE:
	case ENFILE: return "too many open files";
	default: return strerror(error);
	}
}

/* Starts an attempt; false when it failed at once. */
static bool start_attempt(struct dial *dial, const struct sockaddr_storage *address) {
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		note_error(dial, errno);
		return false;
	}
	set_options(fd);
	const struct sockaddr *generic = (const struct sockaddr *)address;
	if (connect(fd, generic, address_size(address)) != 0 && errno != EINPROGRESS) {
		note_error(dial, errno);
		close(fd);
		return false;
	}

	/* One that is connected already is writable in the next turn. */
	struct attempt *attempt = &dial->attempts[dial->attempt_count++];
	attempt->dial = dial;
	attempt->fd = fd;
	attempt->watch = gw_watch_start(&dial->scope, fd, GW_WRITABLE, handle_answer, attempt);
	dial->running_count++;
	return true;
}

static void try_next(struct dial *dial) {
	gw_timer_stop(dial->head_start);
	dial->head_start = NULL;

	bool is_started = false;
	while (!is_started && dial->address_count > 0) {
		struct sockaddr_storage address = dial->addresses[0];
		dial->address_count--;
		memmove(dial->addresses, dial->addresses + 1, dial->address_count * sizeof(address));
		is_started = start_attempt(dial, &address);
	}
	if (is_started && dial->address_count > 0) {
		dial->head_start = gw_timer_start(
				&dial->scope, HEAD_START_MS, handle_head_start_over, dial);
	}
	if (dial->running_count == 0) {
		finish(dial, -1, describe(dial->error));
	}
}

static void handle_head_start_over(void *data) {
	struct dial *dial = data;
	dial->head_start = NULL;
	try_next(dial);
}

/*
 * A socket that dials a free local port of the range it is itself bound from can end up connected
 * to itself.
 */
static bool is_own_echo(int fd) {
	struct sockaddr_storage own = { 0 }, peer = { 0 };
	socklen_t own_size = sizeof(own), peer_size = sizeof(peer);
	if (getsockname(fd, (struct sockaddr *)&own, &own_size) != 0 ||
			getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0) {
		return false;
	}
	return own_size == peer_size && memcmp(&own, &peer, own_size) == 0;
}

static int connect_error(int fd) {
	int error = 0;
	socklen_t size = sizeof(error);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
		return errno;
	}
	return error == 0 && is_own_echo(fd) ? ECONNREFUSED : error;
}

static void handle_answer(int events, void *data) {
	struct attempt *attempt = data;
	struct dial *dial = attempt->dial;
	int fd = attempt->fd;
	(void)events;

	gw_watch_stop(attempt->watch);
	attempt->fd = -1;
	int error = connect_error(fd);
	if (error == 0) {
		finish(dial, fd, NULL);
		return;
	}
	close(fd);
	note_error(dial, error);
	dial->running_count--;
	try_next(dial);
}
