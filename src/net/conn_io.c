/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The bytes of a connection. A turn of a busy one costs three system calls: the wait, one read of
 * up to 64 KiB into a buffer that all share, one write at the end of the turn.
 */
#include "net/conn_io.h"

#include "net/hold.h"
#include "util/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <utlist.h>

static const char *const OVERFULL = "the peer does not take what is sent to it";

static void handle_drained(void *data);

/* From above (hold.h): by any scope that the owner lives below. Nobody holds what has no owner any more. */
static bool is_held(const struct gw_conn *conn, unsigned what) {
	for (const struct gw_scope *scope = conn->item.scope; scope != NULL; scope = scope->parent) {
		if (scope->held & what) {
			return true;
		}
	}
	return false;
}

static bool is_to_wait(const struct gw_conn *conn) {
	return conn->is_paused || is_held(conn, HOLD_READING);
}

/* Only its owner's bytes can be made to wait, not TLS's or what is discarded in the end. */
static bool may_read(const struct gw_conn *conn) {
	return !conn->is_half_closed && !(conn->state == CONN_OPEN && is_to_wait(conn));
}

static bool may_write(const struct gw_conn *conn) {
	return conn->wants_write && !is_held(conn, HOLD_WRITING);
}

void conn_set_interest(struct gw_conn *conn) {
	int events = (may_read(conn) ? GW_READABLE : 0) | (may_write(conn) ? GW_WRITABLE : 0);
	if (conn->watch != NULL) {
		loop_watch_for(conn->watch, events);
	}
}

/* Writing */

void conn_mark_dirty(struct gw_conn *conn) {
	if (!conn->is_dirty) {
		conn->is_dirty = true;
		DL_APPEND(conn->shared->dirty, conn);
		loop_hurry(conn->shared->loop);
	}
}

static void encrypt(struct gw_conn *conn) {
	if (conn->tls == NULL || !tls_is_open(conn->tls)) {
		return;
	}
	if (conn->plain.size > 0) {
		if (!tls_write(conn->tls, conn->plain.bytes, conn->plain.size)) {
			conn_doom(conn, GW_CONN_LOST, OVERFULL);
		}
		strbuf_recycle(&conn->plain);
	}
	if (conn->state == CONN_LINGERING && !conn->said_goodbye) {
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
		strbuf_recycle(out);
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
		conn_destroy(conn);
	} else {
		shutdown(conn->fd, SHUT_WR);
	}
}

/* Of a peer that is gone: what it had said before. */
static bool has_unread(const struct gw_conn *conn) {
	char byte;
	return !conn->is_half_closed && recv(conn->fd, &byte, 1, MSG_PEEK) > 0;
}

/* Writing failed. When there is something to read, reading finds the same end behind it. */
static void lose(struct gw_conn *conn, int error) {
	if (conn->state == CONN_LINGERING) {
		conn_destroy(conn);
		return;
	}
	conn->wants_write = false;
	conn_set_interest(conn);
	if (conn->state == CONN_OPEN && has_unread(conn)) {
		conn->is_mute = true;
		strbuf_clear(&conn->out);
		conn->sent = 0;
	} else {
		conn_doom(conn, GW_CONN_LOST, strerror(error));
	}
}

/* TLS goes on talking, but to nobody. */
static void flush_mute(struct gw_conn *conn) {
	strbuf_clear(&conn->out);
	if (conn->state == CONN_LINGERING) {
		conn_destroy(conn);
	}
}

static void flush(struct gw_conn *conn) {
	if (conn->is_mute) {
		flush_mute(conn);
		return;
	}
	if (conn->fd < 0 || is_held(conn, HOLD_WRITING)) {
		return;
	}
	bool had_pending = gw_conn_pending_bytes(conn) > 0;
	encrypt(conn);
	if (!send_pending(conn)) {
		lose(conn, errno);
		return;
	}

	bool is_drained = conn->out.size == 0;
	acknowledge(conn);
	if (conn->wants_write == is_drained) {
		conn->wants_write = !is_drained;
		conn_set_interest(conn);
	}
	if (is_drained && conn->state == CONN_LINGERING) {
		say_goodbye(conn);
	} else if (is_drained && had_pending && conn->events->on_drained != NULL) {
		gw_defer(&conn->scope, handle_drained, conn);
	}
}

static void handle_drained(void *data) {
	struct gw_conn *conn = data;
	if (conn->state == CONN_OPEN && !conn->is_fated && gw_conn_pending_bytes(conn) == 0) {
		conn->events->on_drained(conn, conn->data);
	}
}

void conn_handle_flush(void *data) {
	struct conn_shared *shared = data;
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
	if (conn->state >= CONN_LINGERING || conn->is_fated || conn->is_mute || size == 0) {
		return;
	}
	if (gw_conn_pending_bytes(conn) + size > conn->max_pending_bytes) {
		conn_doom(conn, GW_CONN_LOST, OVERFULL);
		return;
	}
	strbuf_add(conn->tls_mode == GW_CONN_PLAIN ? &conn->out : &conn->plain, bytes, size);
	if (conn->state == CONN_OPEN) {
		conn_mark_dirty(conn);
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
	struct conn_shared *shared = conn->shared;
	size_t plain_size;
	enum tls_status status = tls_read(conn->tls, bytes, size, shared->plain, &plain_size);
	if (conn->out.size > 0) {
		conn_mark_dirty(conn);
	}
	switch (status) {
	case TLS_FINE: break;
	case TLS_ENDED: conn_doom(conn, GW_CONN_ENDED, "the peer closed the connection"); break;
	case TLS_UNTRUSTED: conn_doom(conn, GW_CONN_UNTRUSTED, tls_error(conn->tls)); break;
	case TLS_BROKEN: conn_doom(conn, GW_CONN_LOST, tls_error(conn->tls)); break;
	}

	if (conn->state == CONN_HANDSHAKING && tls_is_open(conn->tls)) {
		strbuf_add(&conn->unread, shared->plain, plain_size);
		conn_opened(conn);
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
	conn_set_interest(conn);
	if (conn->is_fated) {
		return;
	}
	if (conn->state == CONN_HANDSHAKING) {
		conn_end(conn, GW_CONN_UNREACHABLE, "the peer went before TLS was agreed on");
	} else if (conn->tls != NULL) {
		conn_end(conn, GW_CONN_LOST, "the connection was cut");
	} else {
		conn_end(conn, GW_CONN_ENDED, "the peer closed the connection");
	}
}

static void receive_error(struct gw_conn *conn, int error) {
	if (error == EAGAIN || error == EINTR) {
		return;
	}
	if (conn->state == CONN_HANDSHAKING) {
		conn_end(conn, GW_CONN_UNREACHABLE, strerror(error));
	} else {
		conn_end(conn, GW_CONN_LOST, strerror(error));
	}
}

/* After the owner has left: whatever still comes is read so that the peer's end is seen. */
static void discard(struct gw_conn *conn) {
	ssize_t size = recv(conn->fd, conn->shared->input, TLS_INPUT_MAX, 0);
	if (size == 0 && gw_conn_pending_bytes(conn) > 0) {
		conn->is_half_closed = true;
		conn_set_interest(conn);
	} else if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
		conn_destroy(conn);
	}
}

/*
 * One read a turn. More than that is read in the next turn, at the cost of one wait for each 64
 * KiB, and nobody else has to wait for a peer that sends a lot.
 */
void conn_handle_ready(int events, void *data) {
	struct gw_conn *conn = data;
	if (events & GW_WRITABLE && conn->wants_write) {
		conn_mark_dirty(conn);
	}
	if (!(events & GW_READABLE) || !may_read(conn)) {
		return;
	}
	if (conn->state == CONN_LINGERING) {
		discard(conn);
		return;
	}

	ssize_t size = recv(conn->fd, conn->shared->input, TLS_INPUT_MAX, 0);
	if (size <= 0) {
		if (size == 0) {
			receive_end(conn);
		} else {
			receive_error(conn, errno);
		}
		return;
	}
	conn->has_read = true;
	conn_mark_dirty(conn);
	if (conn->tls != NULL) {
		receive_tls(conn, conn->shared->input, (size_t)size);
	} else {
		receive(conn, conn->shared->input, (size_t)size);
	}
}

void conn_handle_proceed(void *data) {
	struct gw_conn *conn = data;
	if (conn->state >= CONN_LINGERING) {
		return;
	}
	if (conn->unread.size > 0) {
		if (is_to_wait(conn)) {
			return;
		}
		size_t size = conn->unread.size;
		char *bytes = strbuf_steal(&conn->unread);
		loop_free_later(conn->shared->loop, bytes, NULL);
		if (conn->is_fated) {
			gw_defer(&conn->scope, conn_handle_proceed, conn);
		}
		receive(conn, bytes, size);
	} else if (conn->is_fated) {
		conn->is_fated = false;
		conn_end(conn, conn->fate.problem, conn->text);
	}
}

void gw_conn_pause(struct gw_conn *conn) {
	conn->is_paused = true;
	conn_set_interest(conn);
}

static void go_on(struct gw_conn *conn) {
	conn_set_interest(conn);
	if (conn->unread.size > 0 || conn->is_fated) {
		gw_defer(&conn->scope, conn_handle_proceed, conn);
	}
}

void gw_conn_resume(struct gw_conn *conn) {
	conn->is_paused = false;
	go_on(conn);
}

int64_t gw_conn_last_held_ms(const struct gw_conn *conn) {
	return is_held(conn, HOLD_READING | HOLD_WRITING) ? gw_now_ms(conn->shared->loop) : conn->held_until_ms;
}

static void each_below(struct gw_scope *scope, void (*visit)(struct gw_conn *conn)) {
	for (struct scope_item *item = scope->items; item != NULL; item = item->next) {
		if (item->end == conn_handle_scope_end) {
			visit(container_of(item, struct gw_conn, item));
		}
	}
	for (struct gw_scope *child = scope->first_child; child != NULL; child = child->next_sibling) {
		each_below(child, visit);
	}
}

static void note_held(struct gw_conn *conn) {
	conn->held_until_ms = gw_conn_last_held_ms(conn);
}

static void look_again(struct gw_conn *conn) {
	if (conn->fd >= 0) {
		conn_mark_dirty(conn);
		go_on(conn);
	}
}

void hold_connections(struct gw_scope *scope, unsigned what) {
	if (scope->held == what) {
		return;
	}
	each_below(scope, note_held);
	scope->held = (uint8_t)what;
	each_below(scope, look_again);
}
