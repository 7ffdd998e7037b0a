/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a connection is made of, for its two files: conn.c, how it comes and goes, and conn_io.c,
 * the bytes in between.
 *
 *	DIALLING -> [HANDSHAKING] -> OPEN -> LINGERING -> GONE
 *
 * The owner knows the connection until it closes it, its scope closes or on_end was called; what is
 * said after that (pending bytes, TLS's goodbye) is between us and the peer. The scope inside is
 * therefore a child of the loop's and not of the owner's.
 */
#ifndef NET_CONN_IO_H
#define NET_CONN_IO_H

#include <gangway/conn.h>

#include "net/loop.h"
#include "net/tls.h"
#include "util/strbuf.h"

enum conn_state {
	CONN_DIALLING,
	CONN_HANDSHAKING,
	CONN_OPEN,
	CONN_LINGERING,
	CONN_GONE,
};

struct gw_conn {
	struct scope_item item;   /* on the owner's scope */
	struct gw_scope scope;    /* of everything here */
	struct scope_item anchor; /* on that, to go with the loop */
	struct conn_shared *shared;
	struct gw_conn *prev, *next; /* among the dirty ones */

	enum conn_state state;
	bool is_dirty;              /* has something to do at the end of the turn */
	bool is_paused;             /* by its owner */
	bool is_half_closed;        /* the peer sends no more */
	bool is_mute;               /* the peer takes no more, but what it said before is still to be read */
	bool said_goodbye;          /* TLS's */
	bool wants_write;           /* the kernel did not take everything */
	bool has_read, has_written; /* in this turn */

	int fd; /* -1: none */
	struct gw_watch *watch;
	struct gw_timer *deadline; /* of connecting, then of lingering */
	struct tls *tls;

	struct strbuf out;    /* to the socket */
	size_t sent;          /* bytes of `out` that the kernel has already: at most half of them */
	struct strbuf plain;  /* with TLS: not yet encrypted */
	struct strbuf unread; /* what came with the last of the handshake */
	size_t max_pending_bytes;
	int64_t held_until_ms; /* 0: was not held yet, or for the first time now */

	bool is_fated; /* the end is known and about to be told */
	struct gw_conn_end fate;
	char text[128]; /* of the fate */

	const struct gw_conn_events *events;
	void *data;
	enum gw_conn_tls tls_mode;
	char *host, *ca_file, *certificate_file, *key_file; /* until open */
};

/* What the connections of a loop have in common. */
struct conn_shared {
	struct gw_loop *loop;
	struct loop_hook flush;
	struct gw_conn *dirty;
	char input[TLS_INPUT_MAX];
	char *plain; /* of TLS_PLAIN_MAX bytes, made with the first TLS connection */
};

/* conn.c */

/* TLS is done, or not wanted. Calls out. */
void conn_opened(struct gw_conn *conn);

/* Tells the owner; what is pending is still sent if there is a point in it. Calls out. */
void conn_end(struct gw_conn *conn, enum gw_conn_problem problem, const char *text);

/*
 * The same from where one cannot call out, or when something has to be told before. The first one
 * counts.
 */
void conn_doom(struct gw_conn *conn, enum gw_conn_problem problem, const char *text);

/* The owner's scope ends: by this, connections are known among what stands on one. */
void conn_handle_scope_end(struct scope_item *item);

/* Gone without a word; the memory stays until the end of the turn. */
void conn_destroy(struct gw_conn *conn);

/* conn_io.c */

/* The callback of the watch. */
void conn_handle_ready(int events, void *data);

/* Deferred: tells what was put off, first unread bytes, then the fate. */
void conn_handle_proceed(void *data);

/* The hook at the end of each turn; its data is the conn_shared. */
void conn_handle_flush(void *data);

/* There is something to do at the end of the turn. */
void conn_mark_dirty(struct gw_conn *conn);

/* Waits for what is of use in this state. */
void conn_set_interest(struct gw_conn *conn);

#endif
