/* SPDX-License-Identifier: MPL-2.0 */
/* TLS as a transformation of bytes: OpenSSL never sees a socket. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "util/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

struct gw_loop;
struct tls;

struct tls_options {
	const char *host; /* the server's name or address, as resolved (host_to_ascii) */
	bool is_verified;
	const char *ca_file;                     /* NULL: the system's authorities */
	const char *certificate_file, *key_file; /* our own; may be NULL */
};

enum tls_status {
	TLS_FINE,      /* more bytes are welcome */
	TLS_ENDED,     /* the peer said goodbye */
	TLS_UNTRUSTED, /* certificate not accepted, or TLS not agreed on: tls_error() */
	TLS_BROKEN,    /* it had begun and broke: tls_error() */
};

enum {
	TLS_INPUT_MAX = 64 * 1024, /* the most that tls_read() takes */
	TLS_PLAIN_MAX = 96 * 1024, /* the room it needs, with what of a record was waiting inside */
};

/*
 * A client's side. The first bytes to send are in `out` already, to which this and the others
 * append whatever has to be sent; it stays the caller's. NULL with an error (a phrase, borrowed
 * until the next call) when a file cannot be used.
 */
struct tls *tls_new(struct gw_loop *loop, const struct tls_options *options, struct strbuf *out,
		const char **out_error);
void tls_free(struct tls *tls);

/*
 * Takes all the bytes that came and gives what they say. There may be plain bytes with any status,
 * to be used first.
 */
enum tls_status tls_read(struct tls *tls, const char *bytes, size_t size,
		char plain[static TLS_PLAIN_MAX], size_t *out_size);

/* Both sides have agreed: tls_write() may be called. */
bool tls_is_open(const struct tls *tls);

/* False when `out` is full. */
bool tls_write(struct tls *tls, const void *bytes, size_t size);

/* Appends the goodbye. */
void tls_end(struct tls *tls);

/* What went wrong, a phrase for people. Lives as long as the tls. */
const char *tls_error(const struct tls *tls);

#endif
