/* SPDX-License-Identifier: MPL-2.0 */
/* From a host name to addresses, without standing still. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/scope.h"

#include <sys/socket.h>

struct resolve_result {
	const char *error;                        /* NULL when there are addresses; borrowed */
	const struct sockaddr_storage *addresses; /* in the order to try them (RFC 8305) */
	size_t count;
	bool is_cancelled;
};

struct resolve;

/*
 * Calls back exactly once: with the addresses, with an error, or cancelled when the scope closes.
 * Numeric addresses are answered too, never from inside this call. At most 16 addresses.
 */
struct resolve *resolve_start(struct gw_scope *scope, const char *host, unsigned port,
		void (*resolved)(const struct resolve_result *result, void *data), void *data);

/* No callback after this. NULL is fine. */
void resolve_stop(struct resolve *resolve);

/*
 * False for loopback, private, link-local, unique-local, multicast, unspecified, documentation and
 * carrier NAT addresses, and for IPv6 forms that carry such an IPv4 address.
 */
bool address_is_public(const struct sockaddr *address);

/*
 * The name as DNS and TLS know it (RFC 3490 for international ones); NULL when it cannot be one.
 * Released with free().
 */
char *host_to_ascii(const char *host);

#endif
