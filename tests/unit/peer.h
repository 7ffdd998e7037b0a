/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The other side of a connection, on the same loop: a small server that does what a test tells it.
 */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include "net/scope.h"
#include "util/strbuf.h"

#include <openssl/ssl.h>

enum { PEERS_MAX = 8 };

struct peer {
	struct peer_server *server;
	int fd; /* -1: closed */
	SSL *ssl;
	struct gw_watch *watch;
	struct strbuf in, out;
	size_t read_count; /* reads that brought bytes */
	bool is_open;      /* accepted, and TLS is done */
	bool saw_end;      /* the other side sends no more, or is lost */
};

struct peer_server {
	struct gw_scope scope;
	int fd;
	unsigned port;
	SSL_CTX *tls; /* NULL: plain; borrowed */
	struct peer peers[PEERS_MAX];
	size_t count;
	bool is_deaf; /* peers do not read */

	/* Both may be NULL. */
	void (*on_open)(struct peer *peer);
	void (*on_bytes)(struct peer *peer); /* something was added to `in` */
};

/*
 * Listens on a free port of the address ("127.0.0.1", "::1"), or on the port given. False: cannot.
 */
bool peer_listen(struct peer_server *server, struct gw_scope *scope, const char *address,
		unsigned port);

/* Closes everything. */
void peer_server_finish(struct peer_server *server);

void peer_send(struct peer *peer, const void *bytes, size_t size);
void peer_send_text(struct peer *peer, const char *text);
void peer_hear(struct peer *peer);  /* reads again, after the server was deaf */
void peer_end(struct peer *peer);   /* says goodbye, TLS's too; still reads */
void peer_cut(struct peer *peer);   /* closes without TLS's goodbye */
void peer_reset(struct peer *peer); /* closes with a TCP reset */

/* Turns the loop of the test's `fixture` until the condition holds, or fails after ten seconds. */
#define WAIT_FOR(condition) \
	do { \
		for (int wait_ = 0; wait_ < 500 && !(condition); wait_++) { \
			loop_turn(fixture->loop, 20); \
		} \
		assert_true(condition); \
	} while (0)

#endif
