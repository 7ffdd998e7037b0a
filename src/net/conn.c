/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Connections. A turn of a busy one costs three system calls: the wait, one read of up to 64 KiB
 * into a buffer that all share, one write at the end of the turn.
 * 	DIALLING -> [HANDSHAKING] -> OPEN -> LINGERING -> GONE
 *
 * The owner knows the connection until it closes it, its scope closes or on_end was called; what is
 * said after that (pending bytes, TLS's goodbye) is between us and the peer. The scope inside is
 * therefore a child of the loop's and not of the owner's.
 */
#include <gangway/conn.h>

#include "net/dial.h"
#include "net/loop.h"
#include "net/resolve.h"
#include "net/tls.h"
#include "util/mem.h"
#include "util/strbuf.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum {
	CONNECT_TIMEOUT_MS = 30000,
	LINGER_MS = 2000,
};
enum { PENDING_MAX = 16 * 1024 * 1024 };
enum { INPUT_MAX = TLS_INPUT_MAX };
enum { BUFFER_KEPT_MAX = 256 * 1024 };

/* What TLS may add to what is pending: record headers, handshake and answers to key updates. */
enum { TLS_OVERHEAD_MAX = 1024 * 1024 };

static const char *const OVERFULL = "the peer does not take what is sent to it";

enum state {
	DIALLING,
	HANDSHAKING,
	OPEN,
	LINGERING,
	GONE,
};

struct gw_conn {
	struct scope_item item;   /* on the owner's scope */
	struct gw_scope scope;    /* of everything here */
	struct scope_item anchor; /* on that, to go with the loop */
	struct shared *shared;
	struct gw_conn *prev, *next; /* among the dirty ones */

	enum state state;
	bool is_dirty, is_paused, wants_write, has_read, has_written, is_half_closed, said_goodbye;
	int fd; /* -1: none */
	struct gw_watch *watch;
	struct gw_timer *deadline; /* of connecting, then of lingering */
	struct tls *tls;

	struct strbuf out;    /* to the socket */
	size_t sent;          /* bytes of `out` that the kernel has already: at most half of them */
	struct strbuf plain;  /* with TLS: not yet encrypted */
	struct strbuf unread; /* what came with the last of the handshake */
	size_t max_pending_bytes;

	bool is_fated; /* the end is known and about to be told */
	struct gw_conn_end fate;
	char text[128]; /* of the fate */

	const struct gw_conn_events *events;
	void *data;
	enum gw_conn_tls tls_mode;
	char *host, *ca_file, *certificate_file, *key_file; /* until open */
};

/* The part of the loop. */
struct shared {
	struct gw_loop *loop;
	struct loop_hook flush;
	struct gw_conn *dirty; /* with something to do at the end of the turn */
	char input[INPUT_MAX];
	char *plain; /* made with the first TLS connection */
};

/* In the order in which they happen. */
static void connected(int fd, const char *error, void *data);
static void handle_ready(int events, void *data);
static void opened(struct gw_conn *conn);
static void handle_proceed(void *data);
static void handle_drained(void *data);
static void handle_deadline(void *data);

/* The end of things */

static void destroy(struct gw_conn *conn) {
	if (conn->state == GONE) {
		return;
	}
	conn->state = GONE;
	scope_remove(&conn->item);
	scope_remove(&conn->anchor);
	scope_close(&conn->scope);
	if (conn->is_dirty) {
		DL_DELETE(conn->shared->dirty, conn);
	}
	if (conn->fd >= 0) {
		close(conn->fd);
	}
	tls_free(conn->tls);
	strbuf_finish(&conn->out);
	strbuf_finish(&conn->plain);
	strbuf_finish(&conn->unread);
	free(conn->host);
	free(conn->ca_file);
	free(conn->certificate_file);
	free(conn->key_file);
	loop_free_later(conn->shared->loop, conn, NULL);
}

static void mark_dirty(struct gw_conn *conn) {
	if (!conn->is_dirty) {
		conn->is_dirty = true;
		DL_APPEND(conn->shared->dirty, conn);
		loop_hurry(conn->shared->loop);
	}
}

/* Only its owner's bytes can be made to wait, not TLS's or what is discarded in the end. */
static bool may_read(const struct gw_conn *conn) {
	return !conn->is_half_closed && !(conn->is_paused && conn->state == OPEN);
}

/* Waits for what is of use now. */
static void set_interest(struct gw_conn *conn) {
	int events = (may_read(conn) ? GW_READABLE : 0) | (conn->wants_write ? GW_WRITABLE : 0);
	if (conn->watch != NULL) {
		loop_watch_for(conn->watch, events);
	}
}

/*
 * The owner has left. Sends what is pending at the end of the turn, then waits for the peer's end.
 */
static void linger(struct gw_conn *conn) {
	if (conn->fd < 0 || (conn->state != OPEN && conn->out.size == 0)) {
		destroy(conn);
		return;
	}
	scope_remove(&conn->item);
	conn->state = LINGERING;
	gw_timer_stop(conn->deadline);
	conn->deadline = gw_timer_start(&conn->scope, LINGER_MS, handle_deadline, conn);
	set_interest(conn);
	mark_dirty(conn);
}

static void end(struct gw_conn *conn, enum gw_conn_problem problem, const char *text) {
	const struct gw_conn_end told = { .problem = problem, .text = text };
	if (problem == GW_CONN_LOST || problem == GW_CONN_UNREACHABLE) {
		destroy(conn);
	} else {
		linger(conn);
	}
	conn->events->on_end(conn, &told, conn->data);
}

/* The end is known, but this is not the place to call out, or something has to be told before. */
static void doom(struct gw_conn *conn, enum gw_conn_problem problem, const char *text) {
	if (conn->is_fated) {
		return;
	}
	conn->is_fated = true;
	snprintf(conn->text, sizeof(conn->text), "%s", text);
	conn->fate = (struct gw_conn_end){ .problem = problem, .text = conn->text };
	gw_defer(&conn->scope, handle_proceed, conn);
}

static void handle_scope_end(struct scope_item *item) {
	end(container_of(item, struct gw_conn, item), GW_CONN_CANCELLED, "cancelled");
}

/* The loop itself is ending. */
static void handle_anchor_end(struct scope_item *item) {
	struct gw_conn *conn = container_of(item, struct gw_conn, anchor);
	bool is_owned = conn->state != LINGERING;
	destroy(conn);
	if (is_owned) {
		const struct gw_conn_end told = { .problem = GW_CONN_CANCELLED, .text = "cancelled" };
		conn->events->on_end(conn, &told, conn->data);
	}
}

static void handle_deadline(void *data) {
	struct gw_conn *conn = data;
	conn->deadline = NULL;
	if (conn->state == LINGERING) {
		destroy(conn);
	} else {
		end(conn, GW_CONN_UNREACHABLE, "the host does not answer in time");
	}
}

/* Writing */

/*
 * A buffer that is used well is kept for the next turn; one that has become too big is given back.
 */
static void empty(struct strbuf *buf) {
	if (buf->capacity > BUFFER_KEPT_MAX || buf->size < buf->capacity / 8) {
		strbuf_shrink(buf);
	} else {
		strbuf_clear(buf);
	}
}

static void encrypt(struct gw_conn *conn) {
	if (conn->tls == NULL || !tls_is_open(conn->tls)) {
		return;
	}
	if (conn->plain.size > 0) {
		if (!tls_write(conn->tls, conn->plain.bytes, conn->plain.size)) {
			doom(conn, GW_CONN_LOST, OVERFULL);
		}
		empty(&conn->plain);
	}
	if (conn->state == LINGERING && !conn->said_goodbye) {
		conn->said_goodbye = true;
		tls_end(conn->tls);
	}
}

/* One send(). False when the connection is lost. */
static bool send_pending(struct gw_conn *conn) {
	struct strbuf *out = &conn->out;
	if (conn->sent == out->size) {
		return true;
	}
	ssize_t count = send(conn->fd, out->bytes + conn->sent, out->size - conn->sent, MSG_NOSIGNAL);
	if (count < 0) {
		return errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
	}
	conn->has_written = true;
	conn->sent += (size_t)count;
	if (conn->sent == out->size) {
		empty(out);
		conn->sent = 0;
	} else if (conn->sent > out->size / 2) {
		strbuf_consume(out, conn->sent);
		conn->sent = 0;
	}
	return true;
}

/*
 * A peer that has Nagle's algorithm on (Prosody does) sends nothing more until what it sent is
 * acknowledged, and the kernel puts that off for 40 ms when there is nothing to send with it.
 */
static void acknowledge(struct gw_conn *conn) {
	const int yes = 1;
	if (conn->has_read && !conn->has_written) {
		setsockopt(conn->fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
	}
	conn->has_read = conn->has_written = false;
}

/* Everything was sent and the owner is gone. */
static void say_goodbye(struct gw_conn *conn) {
	if (conn->is_half_closed) {
		destroy(conn);
	} else {
		shutdown(conn->fd, SHUT_WR);
	}
}

static void flush(struct gw_conn *conn) {
	if (conn->fd < 0) {
		return;
	}
	bool had_pending = gw_conn_pending_bytes(conn) > 0;
	encrypt(conn);
	if (!send_pending(conn)) {
		if (conn->state == LINGERING) {
			destroy(conn);
		} else {
			doom(conn, GW_CONN_LOST, strerror(errno));
		}
		return;
	}

	bool is_drained = conn->out.size == 0;
	acknowledge(conn);
	if (conn->wants_write == is_drained) {
		conn->wants_write = !is_drained;
		set_interest(conn);
	}
	if (is_drained && conn->state == LINGERING) {
		say_goodbye(conn);
	} else if (is_drained && had_pending && conn->events->on_drained != NULL) {
		gw_defer(&conn->scope, handle_drained, conn);
	}
}

static void handle_drained(void *data) {
	struct gw_conn *conn = data;
	if (conn->state == OPEN && !conn->is_fated && gw_conn_pending_bytes(conn) == 0) {
		conn->events->on_drained(conn, conn->data);
	}
}

/* The hook at the end of each turn. */
static void handle_flush(void *data) {
	struct shared *shared = data;
	while (shared->dirty != NULL) {
		struct gw_conn *conn = shared->dirty;
		DL_DELETE(shared->dirty, conn);
		conn->is_dirty = false;
		flush(conn);
	}
}

size_t gw_conn_pending_bytes(const struct gw_conn *conn) {
	return conn->out.size - conn->sent + conn->plain.size;
}

void gw_conn_write(struct gw_conn *conn, const void *bytes, size_t size) {
	if (conn->state >= LINGERING || conn->is_fated || size == 0) {
		return;
	}
	if (gw_conn_pending_bytes(conn) + size > conn->max_pending_bytes) {
		doom(conn, GW_CONN_LOST, OVERFULL);
		return;
	}
	strbuf_add(conn->tls_mode == GW_CONN_PLAIN ? &conn->out : &conn->plain, bytes, size);
	if (conn->state == OPEN) {
		mark_dirty(conn);
	}
}

/* Reading */

static void receive(struct gw_conn *conn, const char *bytes, size_t size) {
	if (size > 0) {
		conn->events->on_bytes(conn, bytes, size, conn->data);
	}
}

/* What the bytes say; opens the connection when the handshake is over. */
static void receive_tls(struct gw_conn *conn, const char *bytes, size_t size) {
	struct shared *shared = conn->shared;
	size_t plain_size;
	enum tls_status status = tls_read(conn->tls, bytes, size, shared->plain, &plain_size);
	if (conn->out.size > 0) {
		mark_dirty(conn);
	}
	switch (status) {
	case TLS_FINE: break;
	case TLS_ENDED: doom(conn, GW_CONN_ENDED, "the peer closed the connection"); break;
	case TLS_UNTRUSTED: doom(conn, GW_CONN_UNTRUSTED, tls_error(conn->tls)); break;
	case TLS_BROKEN: doom(conn, GW_CONN_LOST, tls_error(conn->tls)); break;
	}

	if (conn->state == HANDSHAKING && tls_is_open(conn->tls)) {
		strbuf_add(&conn->unread, shared->plain, plain_size);
		opened(conn);
	} else {
		receive(conn, shared->plain, plain_size);
	}
}

/*
 * The peer sends no more. TLS has a goodbye of its own, without which the end may be anybody's
 * work.
 */
static void receive_end(struct gw_conn *conn) {
	conn->is_half_closed = true;
	set_interest(conn);
	if (conn->is_fated) {
		return;
	}
	if (conn->state == HANDSHAKING) {
		end(conn, GW_CONN_UNREACHABLE, "the peer closed the connection before TLS was agreed on");
	} else if (conn->tls != NULL) {
		end(conn, GW_CONN_LOST, "the connection was cut");
	} else {
		end(conn, GW_CONN_ENDED, "the peer closed the connection");
	}
}

static void receive_error(struct gw_conn *conn, int error) {
	if (error == EAGAIN || error == EINTR) {
		return;
	}
	if (conn->state == HANDSHAKING) {
		end(conn, GW_CONN_UNREACHABLE, strerror(error));
	} else {
		end(conn, GW_CONN_LOST, strerror(error));
	}
}

/* After the owner has left: whatever still comes is read so that the peer's end is seen. */
static void discard(struct gw_conn *conn) {
	ssize_t size = recv(conn->fd, conn->shared->input, INPUT_MAX, 0);
	if (size == 0 && gw_conn_pending_bytes(conn) > 0) {
		conn->is_half_closed = true;
		set_interest(conn);
	} else if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
		destroy(conn);
	}
}

/*
 * One read a turn. More than that is read in the next turn, at the cost of one wait for each 64
 * KiB, and nobody else has to wait for a peer that sends a lot.
 */
static void handle_ready(int events, void *data) {
	struct gw_conn *conn = data;
	if (events & GW_WRITABLE && conn->wants_write) {
		mark_dirty(conn);
	}
	if (!(events & GW_READABLE) || !may_read(conn)) {
		return;
	}
	if (conn->state == LINGERING) {
		discard(conn);
		return;
	}

	ssize_t size = recv(conn->fd, conn->shared->input, INPUT_MAX, 0);
	if (size <= 0) {
		if (size == 0) {
			receive_end(conn);
		} else {
			receive_error(conn, errno);
		}
		return;
	}
	conn->has_read = true;
	mark_dirty(conn);
	if (conn->tls != NULL) {
		receive_tls(conn, conn->shared->input, (size_t)size);
	} else {
		receive(conn, conn->shared->input, (size_t)size);
	}
}

/* What was put off: bytes that came with the handshake, then the end. */
static void handle_proceed(void *data) {
	struct gw_conn *conn = data;
	if (conn->state >= LINGERING) {
		return;
	}
	if (conn->unread.size > 0) {
		if (conn->is_paused) {
			return;
		}
		size_t size = conn->unread.size;
		char *bytes = strbuf_steal(&conn->unread);
		loop_free_later(conn->shared->loop, bytes, NULL);
		if (conn->is_fated) {
			gw_defer(&conn->scope, handle_proceed, conn);
		}
		receive(conn, bytes, size);
	} else if (conn->is_fated) {
		conn->is_fated = false;
		end(conn, conn->fate.problem, conn->text);
	}
}

void gw_conn_pause(struct gw_conn *conn) {
	conn->is_paused = true;
	set_interest(conn);
}

void gw_conn_resume(struct gw_conn *conn) {
	conn->is_paused = false;
	set_interest(conn);
	if (conn->unread.size > 0 || conn->is_fated) {
		gw_defer(&conn->scope, handle_proceed, conn);
	}
}

/* Connecting */

static void shared_free(void *state) {
	struct shared *shared = state;
	loop_remove_hook(shared->loop, LOOP_RANK_FLUSH, &shared->flush);
	free(shared->plain);
	free(shared);
}

static struct shared *shared_get(struct gw_loop *loop) {
	struct shared *shared = loop_part(loop, LOOP_PART_CONN);
	if (shared == NULL) {
		shared = mem_new(sizeof(*shared));
		shared->loop = loop;
		shared->flush = (struct loop_hook){ .run = handle_flush, .data = shared };
		loop_add_hook(loop, LOOP_RANK_FLUSH, &shared->flush);
		loop_set_part(loop, LOOP_PART_CONN, shared, shared_free);
	}
	return shared;
}

static void handle_closed_already(void *data) {
	struct gw_conn *conn = data;
	if (conn->state != GONE) {
		end(conn, GW_CONN_CANCELLED, "cancelled");
	}
}

static struct gw_conn *conn_new(struct gw_loop *loop, const struct gw_conn_options *options) {
	struct gw_conn *conn = mem_new(sizeof(*conn));
	conn->shared = shared_get(loop);
	conn->fd = -1;
	conn->tls_mode = options->tls;
	conn->host = host_to_ascii(options->host);
	conn->ca_file = mem_strdup(options->ca_file);
	conn->certificate_file = mem_strdup(options->certificate_file);
	conn->key_file = mem_strdup(options->key_file);
	conn->max_pending_bytes = options->max_pending_bytes;
	if (conn->max_pending_bytes == 0) {
		conn->max_pending_bytes = PENDING_MAX;
	}
	strbuf_init(&conn->out, 2 * conn->max_pending_bytes + TLS_OVERHEAD_MAX);
	strbuf_init(&conn->plain, conn->max_pending_bytes);
	strbuf_init(&conn->unread, TLS_PLAIN_MAX);
	scope_init(&conn->scope, loop_scope(loop));
	return conn;
}

struct gw_conn *gw_conn_open(struct gw_scope *scope, const struct gw_conn_options *options,
		const struct gw_conn_events *events, void *data) {
	struct gw_conn *conn = conn_new(scope->loop, options);
	conn->events = events;
	conn->data = data;
	if (!scope_is_open(scope)) {
		loop_cancel_later(scope->loop, handle_closed_already, conn);
		return conn;
	}

	scope_add(&conn->scope, &conn->anchor, handle_anchor_end);
	scope_add(scope, &conn->item, handle_scope_end);
	int64_t timeout_ms = options->connect_timeout_ms;
	if (timeout_ms <= 0) {
		timeout_ms = CONNECT_TIMEOUT_MS;
	}
	conn->deadline = gw_timer_start(&conn->scope, timeout_ms, handle_deadline, conn);
	if (conn->host == NULL) {
		doom(conn, GW_CONN_UNREACHABLE, "this is not a host name");
		return conn;
	}
	dial_start(&conn->scope, conn->host, options->port, options->public_only, connected, conn);
	return conn;
}

static bool start_tls(struct gw_conn *conn, const char **out_error) {
	const struct tls_options options = {
		.host = conn->host,
		.is_verified = conn->tls_mode == GW_CONN_TLS,
		.ca_file = conn->ca_file,
		.certificate_file = conn->certificate_file,
		.key_file = conn->key_file,
	};
	if (conn->shared->plain == NULL) {
		conn->shared->plain = mem_new(TLS_PLAIN_MAX);
	}
	conn->tls = tls_new(conn->shared->loop, &options, &conn->out, out_error);
	return conn->tls != NULL;
}

static void connected(int fd, const char *error, void *data) {
	struct gw_conn *conn = data;
	if (fd < 0) {
		end(conn, GW_CONN_UNREACHABLE, error);
		return;
	}

	conn->fd = fd;
	conn->watch = gw_watch_start(&conn->scope, fd, GW_READABLE, handle_ready, conn);
	if (conn->tls_mode == GW_CONN_PLAIN) {
		opened(conn);
		return;
	}
	conn->state = HANDSHAKING;
	if (!start_tls(conn, &error)) {
		end(conn, GW_CONN_UNTRUSTED, error);
		return;
	}
	mark_dirty(conn);
}

static void opened(struct gw_conn *conn) {
	conn->state = OPEN;
	set_interest(conn);
	gw_timer_stop(conn->deadline);
	conn->deadline = NULL;
	if (gw_conn_pending_bytes(conn) > 0) {
		mark_dirty(conn);
	}
	if (conn->unread.size > 0) {
		gw_defer(&conn->scope, handle_proceed, conn);
	}
	if (conn->events->on_open != NULL) {
		conn->events->on_open(conn, conn->data);
	}
}

void gw_conn_close(struct gw_conn *conn) {
	if (conn != NULL && conn->state < LINGERING) {
		linger(conn);
	}
}
