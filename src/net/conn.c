/* SPDX-License-Identifier: MPL-2.0 */
/* How a connection comes and goes; conn_io.h explains the states. */
#include <gangway/conn.h>

#include "net/conn_io.h"
#include "net/dial.h"
#include "net/resolve.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

enum {
	CONNECT_TIMEOUT_MS = 30000,
	LINGER_MS = 2000,
	PENDING_MAX = 16 * 1024 * 1024,
};

/* What TLS may add to what is pending: record headers, handshake and answers to key updates. */
enum {
	TLS_OVERHEAD_MAX = 1024 * 1024,
};

static void connected(int fd, const char *error, void *data);
static void handle_deadline(void *data);
static void handle_anchor_end(struct scope_item *item);

/* Connecting */

static void shared_free(void *state) {
	struct conn_shared *shared = state;
	loop_remove_hook(shared->loop, LOOP_RANK_FLUSH, &shared->flush);
	free(shared->plain);
	free(shared);
}

static struct conn_shared *shared_get(struct gw_loop *loop) {
	struct conn_shared *shared = loop_part(loop, LOOP_PART_CONN);
	if (shared == NULL) {
		shared = mem_new(sizeof(*shared));
		shared->loop = loop;
		shared->flush = (struct loop_hook){ .run = conn_handle_flush, .data = shared };
		loop_add_hook(loop, LOOP_RANK_FLUSH, &shared->flush);
		loop_set_part(loop, LOOP_PART_CONN, shared, shared_free);
	}
	return shared;
}

static void handle_closed_already(void *data) {
	struct gw_conn *conn = data;
	if (conn->state != CONN_GONE) {
		conn_end(conn, GW_CONN_CANCELLED, "cancelled");
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
	scope_add(scope, &conn->item, conn_handle_scope_end);
	int64_t timeout_ms = options->connect_timeout_ms;
	if (timeout_ms <= 0) {
		timeout_ms = CONNECT_TIMEOUT_MS;
	}
	conn->deadline = gw_timer_start(&conn->scope, timeout_ms, handle_deadline, conn);
	if (conn->host == NULL) {
		conn_doom(conn, GW_CONN_UNREACHABLE, "this is not a host name");
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
		conn_end(conn, GW_CONN_UNREACHABLE, error);
		return;
	}

	conn->fd = fd;
	conn->watch = gw_watch_start(&conn->scope, fd, GW_READABLE, conn_handle_ready, conn);
	if (conn->tls_mode == GW_CONN_PLAIN) {
		conn_opened(conn);
		return;
	}
	conn->state = CONN_HANDSHAKING;
	if (!start_tls(conn, &error)) {
		conn_end(conn, GW_CONN_UNTRUSTED, error);
		return;
	}
	conn_mark_dirty(conn);
}

static void forget_names(struct gw_conn *conn) {
	mem_set_string(&conn->host, NULL);
	mem_set_string(&conn->ca_file, NULL);
	mem_set_string(&conn->certificate_file, NULL);
	mem_set_string(&conn->key_file, NULL);
}

void conn_opened(struct gw_conn *conn) {
	conn->state = CONN_OPEN;
	conn_set_interest(conn);
	gw_timer_stop(conn->deadline);
	conn->deadline = NULL;
	forget_names(conn);
	if (gw_conn_pending_bytes(conn) > 0) {
		conn_mark_dirty(conn);
	}
	if (conn->unread.size > 0) {
		gw_defer(&conn->scope, conn_handle_proceed, conn);
	}
	if (conn->events->on_open != NULL) {
		conn->events->on_open(conn, conn->data);
	}
}

/* The end */

void conn_destroy(struct gw_conn *conn) {
	if (conn->state == CONN_GONE) {
		return;
	}
	conn->state = CONN_GONE;
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
	forget_names(conn);
	loop_free_later(conn->shared->loop, conn, NULL);
}

/*
 * The owner has left. Sends what is pending at the end of the turn, then waits for the peer's end.
 */
static void linger(struct gw_conn *conn) {
	if (conn->fd < 0 || (conn->state != CONN_OPEN && conn->out.size == 0)) {
		conn_destroy(conn);
		return;
	}
	scope_remove(&conn->item);
	conn->state = CONN_LINGERING;
	gw_timer_stop(conn->deadline);
	conn->deadline = gw_timer_start(&conn->scope, LINGER_MS, handle_deadline, conn);
	conn_set_interest(conn);
	conn_mark_dirty(conn);
}

void gw_conn_close(struct gw_conn *conn) {
	if (conn != NULL && conn->state < CONN_LINGERING) {
		linger(conn);
	}
}

void conn_end(struct gw_conn *conn, enum gw_conn_problem problem, const char *text) {
	const struct gw_conn_end told = { .problem = problem, .text = text };
	if (problem == GW_CONN_LOST || problem == GW_CONN_UNREACHABLE) {
		conn_destroy(conn);
	} else {
		linger(conn);
	}
	conn->events->on_end(conn, &told, conn->data);
}

void conn_doom(struct gw_conn *conn, enum gw_conn_problem problem, const char *text) {
	if (conn->is_fated) {
		return;
	}
	conn->is_fated = true;
	snprintf(conn->text, sizeof(conn->text), "%s", text);
	conn->fate = (struct gw_conn_end){ .problem = problem, .text = conn->text };
	gw_defer(&conn->scope, conn_handle_proceed, conn);
}

void conn_handle_scope_end(struct scope_item *item) {
	conn_end(container_of(item, struct gw_conn, item), GW_CONN_CANCELLED, "cancelled");
}

/* The loop itself is ending. */
static void handle_anchor_end(struct scope_item *item) {
	struct gw_conn *conn = container_of(item, struct gw_conn, anchor);
	bool is_owned = conn->state != CONN_LINGERING;
	conn_destroy(conn);
	if (is_owned) {
		const struct gw_conn_end told = { .problem = GW_CONN_CANCELLED, .text = "cancelled" };
		conn->events->on_end(conn, &told, conn->data);
	}
}

static void handle_deadline(void *data) {
	struct gw_conn *conn = data;
	conn->deadline = NULL;
	if (conn->state == CONN_LINGERING) {
		conn_destroy(conn);
	} else {
		conn_end(conn, GW_CONN_UNREACHABLE, "the host does not answer in time");
	}
}
