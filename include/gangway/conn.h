/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A TCP connection, with TLS if wanted: resolves, races IPv6 and IPv4, connects, verifies the certificate, reads, writes.
 * Nagle's algorithm is off and TCP keepalive is on. What is written in one turn of the loop leaves in one piece at its
 * end, after everything the turn stored has been committed.
 */
#ifndef GANGWAY_CONN_H
#define GANGWAY_CONN_H

#include <gangway/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_conn;

enum gw_conn_tls {
	GW_CONN_PLAIN,   /* no TLS */
	GW_CONN_TLS,     /* TLS from the first byte; the certificate is verified for `host` (RFC 6125) */
	GW_CONN_TLS_UNVERIFIED, /* TLS without a look at the certificate. Only when the user asked for it */
};

enum gw_conn_problem {
	GW_CONN_ENDED,       /* the peer closed the connection properly */
	GW_CONN_UNREACHABLE, /* name not found, refused, timed out, no route */
	GW_CONN_UNTRUSTED,   /* the certificate is not valid for the host, or TLS could not be agreed on */
	GW_CONN_LOST,        /* it was there and broke */
	GW_CONN_CANCELLED,   /* its scope closed */
};

struct gw_conn_end {
	enum gw_conn_problem problem;
	const char *text; /* a phrase for people: "connection refused", "the certificate has expired"; borrowed */
};

/*
 * All callbacks run from the loop, never from inside a gw_conn_*() call. Only when its scope closes on_end comes at once, from
 * inside the call that closes it: an answer to the request whose scope it is, given in on_bytes, calls on_end before it
 * returns. Behind such a call do not touch what on_end releases.
 */
struct gw_conn_events {
	/* Connected, and TLS is done. May be NULL. */
	void (*on_open)(struct gw_conn *conn, void *data);

	/* Bytes arrived; they are borrowed. */
	void (*on_bytes)(struct gw_conn *conn, const char *bytes, size_t size, void *data);

	/* Everything written so far has been given to the kernel. May be NULL. */
	void (*on_drained)(struct gw_conn *conn, void *data);

	/*
	 * Called exactly once unless gw_conn_close() was called before: could not connect, lost, ended, or the scope closed.
	 * The connection is gone: forget the pointer, release `data` here.
	 */
	void (*on_end)(struct gw_conn *conn, const struct gw_conn_end *end, void *data);
};

struct gw_conn_options {
	const char *host;            /* copied; name or address */
	unsigned port;
	enum gw_conn_tls tls;
	const char *ca_file;         /* PEM file with the only authorities to trust; NULL: the system's. Copied */
	const char *certificate_file, *key_file; /* PEM; our own certificate, or NULL. Copied */
	bool public_only;            /* refuse loopback, private and link-local addresses: for hosts that users name */
	int64_t connect_timeout_ms;  /* until on_open; 0: 30 s */
	size_t max_pending_bytes;    /* unsent bytes beyond which the connection counts as lost; 0: 16 MiB */
};

/* Starts to connect. Never NULL; what goes wrong is told by on_end. `events` is borrowed and has to stay. */
struct gw_conn *gw_conn_open(struct gw_scope *scope, const struct gw_conn_options *options,
		const struct gw_conn_events *events, void *data);

/* Copies the bytes. Before on_open they wait for it. */
void gw_conn_write(struct gw_conn *conn, const void *bytes, size_t size);

/* Bytes written but not yet taken by the kernel. */
size_t gw_conn_pending_bytes(const struct gw_conn *conn);

/* Stops and resumes reading, to make the peer wait (backpressure). */
void gw_conn_pause(struct gw_conn *conn);
void gw_conn_resume(struct gw_conn *conn);

/*
 * When the gateway held the connection last, by gw_now_ms(): now while it does, 0 when it never did. It holds connections
 * while the disk or the journal is full: they are not read, and what is written to them may not leave. Those on the scope of
 * a session are also not read while too much of what that user's network said waits for the XMPP server. The peer's silence
 * until then is not the peer's, so judge it only by what comes later. gw_conn_pause() does not count.
 */
int64_t gw_conn_last_held_ms(const struct gw_conn *conn);

/* Says goodbye (what is pending is sent first, for at most 2 s) and goes away. No callback after this. NULL is fine. */
void gw_conn_close(struct gw_conn *conn);

#ifdef __cplusplus
}
#endif

#endif
