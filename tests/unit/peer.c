/* SPDX-License-Identifier: MPL-2.0 */
#include "peer.h"

#include "net/loop.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void set_interest(struct peer *peer) {
	bool reads = !peer->server->is_deaf && !peer->saw_end;
	loop_watch_for(peer->watch,
			(reads ? GW_READABLE : 0) | (peer->out.size > 0 ? GW_WRITABLE : 0));
}

static void flush(struct peer *peer) {
	while (peer->fd >= 0 && peer->out.size > 0) {
		ssize_t count;
		if (peer->ssl != NULL) {
			count = SSL_write(peer->ssl, peer->out.bytes, (int)peer->out.size);
		} else {
			count = send(peer->fd, peer->out.bytes, peer->out.size, MSG_NOSIGNAL);
		}
		if (count <= 0) {
			break;
		}
		strbuf_consume(&peer->out, (size_t)count);
	}
}

static bool accept_tls(struct peer *peer) {
	if (peer->ssl == NULL || SSL_is_init_finished(peer->ssl)) {
		return true;
	}
	int result = SSL_accept(peer->ssl);
	if (result == 1) {
		return true;
	}
	if (SSL_get_error(peer->ssl, result) != SSL_ERROR_WANT_READ) {
		peer->saw_end = true;
	}
	return false;
}

static ssize_t read_some(struct peer *peer, char *bytes, size_t size) {
	if (peer->ssl == NULL) {
		return recv(peer->fd, bytes, size, 0);
	}
	int count = SSL_read(peer->ssl, bytes, (int)size);
	if (count > 0) {
		return count;
	}
	errno = EAGAIN;
	return SSL_get_error(peer->ssl, count) == SSL_ERROR_WANT_READ ? -1 : 0;
}

/* Reads until nothing is left. True when there is something new in `in`. */
static bool drain(struct peer *peer) {
	static char bytes[256 * 1024];
	size_t before = peer->in.size;
	ssize_t count;
	while ((count = read_some(peer, bytes, sizeof(bytes))) > 0) {
		strbuf_add(&peer->in, bytes, (size_t)count);
		peer->read_count++;
	}
	if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
		peer->saw_end = true;
	}
	return peer->in.size > before;
}

static void handle_ready(int events, void *data) {
	struct peer *peer = data;
	bool was_open = peer->is_open;
	bool has_news = false;
	(void)events;
	if (!peer->server->is_deaf && !peer->saw_end && accept_tls(peer)) {
		peer->is_open = true;
		has_news = drain(peer);
	}
	flush(peer);
	set_interest(peer);
	if (peer->is_open && !was_open && peer->server->on_open != NULL) {
		peer->server->on_open(peer);
	}
	if (has_news && peer->fd >= 0 && peer->server->on_bytes != NULL) {
		peer->server->on_bytes(peer);
	}
}

static void handle_incoming(int events, void *data) {
	struct peer_server *server = data;
	const int yes = 1;
	(void)events;
	int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		return;
	}
	assert(server->count < PEERS_MAX);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	struct peer *peer = &server->peers[server->count++];
	*peer = (struct peer){ .server = server, .fd = fd };
	strbuf_init(&peer->in, STRBUF_UNLIMITED);
	strbuf_init(&peer->out, STRBUF_UNLIMITED);
	if (server->tls != NULL) {
		peer->ssl = SSL_new(server->tls);
		SSL_set_fd(peer->ssl, fd);
		SSL_set_mode(peer->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
		SSL_set_mode(peer->ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	}
	peer->watch = gw_watch_start(&server->scope, fd, 0, handle_ready, peer);
	set_interest(peer);
	if (server->tls == NULL) {
		peer->is_open = true;
		if (server->on_open != NULL) {
			server->on_open(peer);
		}
	}
}

bool peer_listen(struct peer_server *server, struct gw_scope *scope, const char *address,
		unsigned port) {
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	bool is_four = inet_pton(AF_INET, address, &four.sin_addr) == 1;
	inet_pton(AF_INET6, address, &six.sin6_addr);
	struct sockaddr *bound = is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six;
	socklen_t size = is_four ? sizeof(four) : sizeof(six);
	const int yes = 1;

	server->fd = socket(bound->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server->fd < 0) {
		return false;
	}
	setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(server->fd, bound, size) != 0 || listen(server->fd, PEERS_MAX) != 0) {
		close(server->fd);
		server->fd = -1;
		return false;
	}
	getsockname(server->fd, bound, &size);
	server->port = ntohs(is_four ? four.sin_port : six.sin6_port);
	scope_init(&server->scope, scope);
	gw_watch_start(&server->scope, server->fd, GW_READABLE, handle_incoming, server);
	return true;
}

void peer_server_finish(struct peer_server *server) {
	for (size_t i = 0; i < server->count; i++) {
		peer_cut(&server->peers[i]);
		strbuf_finish(&server->peers[i].in);
		strbuf_finish(&server->peers[i].out);
	}
	if (scope_is_open(&server->scope)) {
		scope_close(&server->scope);
		close(server->fd);
	}
	server->count = 0;
}

void peer_send(struct peer *peer, const void *bytes, size_t size) {
	strbuf_add(&peer->out, bytes, size);
	flush(peer);
	set_interest(peer);
}

void peer_send_text(struct peer *peer, const char *text) {
	peer_send(peer, text, strlen(text));
}

void peer_hear(struct peer *peer) {
	peer->server->is_deaf = false;
	set_interest(peer);
}

void peer_end(struct peer *peer) {
	if (peer->ssl != NULL) {
		SSL_shutdown(peer->ssl);
	}
	shutdown(peer->fd, SHUT_WR);
}

void peer_cut(struct peer *peer) {
	if (peer->fd < 0) {
		return;
	}
	gw_watch_stop(peer->watch);
	SSL_free(peer->ssl);
	close(peer->fd);
	peer->ssl = NULL;
	peer->fd = -1;
}

void peer_reset(struct peer *peer) {
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_cut(peer);
}
